//! The virtual board as a debug probe: probe-rs lists and opens it like any other, once for each chip that it can have.
//!
//! It owns the plug-in, the table of chips and fault injection for tests. It must not know what is flashed or measured:
//! sessions use the opened probe exactly as they use a real one.

mod chips;
mod driver;
mod faults;
mod jtag;

pub use chips::{
    VIRTUAL_CHIPS, VirtualChip, VirtualLine, simulates, virtual_arm_chip, virtual_chip,
    virtual_chips, virtual_lines,
};
pub use faults::{Fault, FaultKind, Faults, Handle};

use crate::BoardError;
pub(crate) use driver::VirtualProbe;

use driver::VirtualFactory;
use jtag::JtagProbe;
use probe_rs::plugin::{Plugin, register_plugin};
use probe_rs::probe::{DebugProbe, Probe};
use std::sync::Once;
use tinyscope_vmcu::Machine;

/// USB vendor number under which the virtual boards are listed; no vendor has it.
pub const VENDOR_ID: u16 = 0xFFFF;
/// USB product number under which the virtual boards are listed. Their serial numbers are the names of their chips.
pub const PRODUCT_ID: u16 = 0x0746;
/// The chip that a virtual board has unless another one is asked for, as the probe-rs registry names it.
pub const CHIP: &str = "STM32F746NGHx";

/// What a virtual board's probe calls itself.
const NAME: &str = "Tinyscope virtual board";
/// Speed in kHz that its link has until another one is asked for.
const SPEED_KHZ: u32 = 4000;

static FACTORY: VirtualFactory = VirtualFactory;

/// Make the virtual boards known to probe-rs, so that its `Lister` lists and opens them. Any number of calls register
/// them once.
pub fn register() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        register_plugin(Plugin {
            probe_drivers: &[&FACTORY],
            ..Plugin::default()
        });
    });
}

/// Open a virtual board with this chip. Each one opened is a chip of its own, as delivered: flash erased, core running
/// without a program. It lives as long as the probe or the session made from it.
///
/// # Errors
/// As [`virtual_chip`].
pub fn open_virtual(chip: &str) -> Result<Probe, BoardError> {
    open_virtual_chip(chip, Faults::default())
}

/// A virtual board without probe-rs' wrapping, for whoever serves it to others; the default one if no chip is named.
/// Only of the Cortex-M lines: what is served is their debug port.
///
/// # Errors
/// As [`virtual_chip`].
pub(crate) fn virtual_probe(chip: Option<&str>) -> Result<VirtualProbe, BoardError> {
    let chip = virtual_arm_chip(chip.unwrap_or(CHIP))?;
    Ok(VirtualProbe::new(chip, Faults::default()))
}

/// Open a virtual board with this chip whose probe misbehaves as told, to test what stands on it.
///
/// # Errors
/// As [`virtual_chip`].
pub fn open_virtual_chip(chip: &str, faults: Faults) -> Result<Probe, BoardError> {
    register();
    let chip = virtual_chip(chip)?;
    Ok(Probe::from_specific_probe(open_chip(chip, faults)))
}

/// The probe that is wired to a chip of this kind.
fn open_chip(chip: VirtualChip, faults: Faults) -> Box<dyn DebugProbe> {
    match chip {
        VirtualChip::Arm(chip) => Box::new(VirtualProbe::new(chip, faults)),
        VirtualChip::RiscV(chip) => Box::new(JtagProbe::new(chip, faults)),
    }
}

/// Instructions that a board's program has run before the board is opened; see [`open_programmed`].
const RUN_BEFORE: u64 = 1_000_000;

/// Open a virtual board that was used before: flash holds `image` from its start, its program has run for a million
/// instructions, and the core still has halting debug enabled, as the session that programmed it left it.
///
/// # Errors
/// As [`virtual_chip`]; [`BoardError::DoesNotFit`].
pub fn open_programmed(chip: &str, image: &[u8], faults: Faults) -> Result<Probe, BoardError> {
    register();
    let chip = virtual_arm_chip(chip)?;
    let (base, bytes) = chip.flash();
    let too_large = || BoardError::DoesNotFit {
        chip: chip.name.clone(),
        what: "flash",
        needed_bytes: image.len() as u64,
        available_bytes: u64::from(bytes),
    };
    let mut machine = Machine::new(chip.clone());
    if !machine.memory.load(base, image) {
        return Err(too_large());
    }
    machine.reset();
    machine.enable_debug();
    machine.advance(RUN_BEFORE);
    Ok(Probe::new(VirtualProbe::with_machine(machine, faults)))
}

/// As [`open_virtual_chip`], with the chip that a virtual board has unless another one is asked for.
pub fn open_virtual_with(faults: Faults) -> Probe {
    register();
    Probe::new(VirtualProbe::new(tinyscope_vmcu::stm32f746(), faults))
}

/// Open a probe at a chip that may have a past, flashed for example, and that misbehaves as told. The handle tells of
/// the chip when the probe is gone.
pub fn open_machine(machine: Box<Machine>, faults: Faults) -> (Probe, Handle) {
    register();
    let handle = Handle::default();
    let probe = VirtualProbe::of(machine, faults, handle.clone());
    (Probe::new(probe), handle)
}
