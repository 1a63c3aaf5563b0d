//! Which processor it is and with which options it was built: what a vendor chooses when a core goes into a chip.

/// The processors that are modelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Core {
    /// Cortex-M4, Armv7E-M.
    CortexM4,
    /// Cortex-M7, Armv7E-M.
    CortexM7,
    /// Cortex-M33, Armv8-M Mainline with the DSP extension. The security extension is left out, or disabled as ST's
    /// option byte TZEN does: the core is always in one state.
    CortexM33,
}

/// The floating-point unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatUnit {
    /// None: its instructions are a missing coprocessor.
    None,
    /// Single precision; doubleword registers are only moved.
    Single,
    /// Single and double precision.
    Double,
}

/// A core and its options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoreConfig {
    /// The processor.
    pub core: Core,
    /// Its floating-point unit: FPv4 on the M4, FPv5 on the M7 and M33.
    pub float: FloatUnit,
    /// Implemented upper bits of an exception's priority, 3 to 8.
    pub priority_bits: u8,
    /// Interrupt lines, at most 240 (480 on the M33 are not modelled).
    pub interrupts: u16,
    /// Regions of the memory protection unit: 0 (none), 8 or 16.
    pub mpu_regions: u8,
    /// Whether each bit of the first MiB of SRAM and of the peripherals is a word of its own too: an option of the
    /// Cortex-M4, that vendors leave out at will; ignored on the others, which have none.
    pub bit_band: bool,
}

impl From<Core> for CoreConfig {
    /// The options that most chips have: single precision, 16 priorities, 8 regions, bit-banding
    /// where the core can have it.
    fn from(core: Core) -> Self {
        Self {
            core,
            float: FloatUnit::Single,
            priority_bits: 4,
            interrupts: 240,
            mpu_regions: 8,
            bit_band: core == Core::CortexM4,
        }
    }
}
