//! The virtual board as a debug probe: probe-rs lists and opens it like any other.
//!
//! It owns the plug-in and fault injection for tests. It must not know what is flashed or measured: sessions use the
//! opened probe exactly as they use a real one.

mod driver;
mod faults;

pub use faults::Faults;

use crate::BoardError;
pub(crate) use driver::VirtualProbe;

use driver::VirtualFactory;
use probe_rs::plugin::{Plugin, register_plugin};
use probe_rs::probe::Probe;
use std::sync::Once;

/// USB vendor number under which the virtual board is listed; no vendor has it.
pub const VENDOR_ID: u16 = 0xFFFF;
/// USB product number under which the virtual board is listed.
pub const PRODUCT_ID: u16 = 0x0746;
/// Serial number of the virtual board.
pub const SERIAL: &str = "VIRTUAL";
/// The chip on the virtual board, as the probe-rs registry names it.
pub const CHIP: &str = "STM32F746NGHx";

static FACTORY: VirtualFactory = VirtualFactory;

/// Make the virtual board known to probe-rs, so that its `Lister` lists and opens it. Any number of calls register it
/// once.
pub fn register() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        register_plugin(Plugin {
            probe_drivers: &[&FACTORY],
            ..Plugin::default()
        });
    });
}

/// Open a virtual board. Each one opened is a chip of its own, as delivered: flash erased, core running without a
/// program. It lives as long as the probe or the session made from it.
pub fn open_virtual() -> Result<Probe, BoardError> {
    Ok(open_virtual_with(Faults::default()))
}

/// A virtual board without probe-rs' wrapping, for whoever serves it to others.
///
/// # Errors
/// [`BoardError::UnknownChip`] where there is no virtual board with this chip.
pub(crate) fn virtual_probe(chip: Option<&str>) -> Result<VirtualProbe, BoardError> {
    match chip {
        Some(name) if !name.eq_ignore_ascii_case(CHIP) => Err(BoardError::UnknownChip {
            name: name.to_owned(),
            suggestion: format!("; the virtual board has a {CHIP}"),
        }),
        _ => Ok(VirtualProbe::new(
            tinyscope_vmcu::stm32f746(),
            Faults::default(),
        )),
    }
}

/// Open a virtual board whose probe misbehaves as told, to test what stands on it.
pub fn open_virtual_with(faults: Faults) -> Probe {
    register();
    Probe::new(VirtualProbe::new(tinyscope_vmcu::stm32f746(), faults))
}
