//! What distinguishes one virtual chip from another: plain data that a [`crate::Machine`] is built from.

use crate::cpu::{Core, CoreConfig, FloatUnit};
use crate::memory::Region;

/// Which flash controller a chip has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlashFamily {
    /// STM32F74x/75x, see [`crate::flash::Stm32F7`].
    Stm32F7,
}

/// A chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChipSpec {
    /// Name in the probe-rs registry.
    pub name: &'static str,
    /// Processor, with its options.
    pub core: CoreConfig,
    /// RAM and flash; the flash that the controller serves is the first flash region.
    pub regions: Vec<Region>,
    /// Flash controller.
    pub flash: FlashFamily,
    /// Core clock in hertz that milliseconds are computed with.
    pub clock_hz: u64,
    /// Where the core finds its vector table after reset.
    pub vector_table: u32,
    /// `DBGMCU_IDCODE`: device and revision.
    pub id_code: u32,
}

/// STM32F746NG: Cortex-M7 at 216 MHz, 1 MiB of flash (again on the ITCM bus at 0x00200000), 320 KiB of RAM of which
/// the first 64 KiB are DTCM, 16 KiB of ITCM RAM. After ST's data sheet DS10916 and reference manual RM0385.
pub fn stm32f746() -> ChipSpec {
    ChipSpec {
        name: "STM32F746NGHx",
        core: CoreConfig {
            float: FloatUnit::Single,
            interrupts: 98,
            ..CoreConfig::from(Core::CortexM7)
        },
        regions: vec![
            Region::flash(0x0800_0000, 1 << 20).alias(0x0020_0000),
            // DTCM, SRAM1 and SRAM2 are contiguous.
            Region::ram(0x2000_0000, 320 * 1024),
            Region::ram(0x0000_0000, 16 * 1024),
        ],
        flash: FlashFamily::Stm32F7,
        clock_hz: 216_000_000,
        vector_table: 0x0020_0000, // BOOT_ADD0 as delivered, BOOT pin low
        id_code: 0x1001_6449,      // revision 1, device 0x449
    }
}
