//! The boards at hand: the virtual one and every debug probe.

use crate::chips::register_vendors;
use crate::probe;
use crate::types::BoardInfo;
use probe_rs::probe::list::Lister;
use probe_rs::probe::{DebugProbeInfo, DebugProbeSelector};
use std::path::Path;

/// Where the system tells of its devices; without it (in some containers) there are no probes to find, and the
/// serial-port search inside probe-rs would panic.
const DEVICES: &str = "/sys/class/tty";

/// Whether probes can be searched for on this system.
pub fn can_search() -> bool {
    !cfg!(target_os = "linux") || Path::new(DEVICES).is_dir()
}

/// The probes that fit `selector`, all of them if there is none, the virtual one included once it is registered.
pub(crate) fn connected(selector: Option<&DebugProbeSelector>) -> Vec<DebugProbeInfo> {
    if can_search() {
        register_vendors();
        Lister::new().list(selector)
    } else {
        Vec::new()
    }
}

/// The virtual board first, then the connected probes by identifier.
pub fn boards() -> Vec<BoardInfo> {
    let mut probes: Vec<BoardInfo> = connected(None)
        .into_iter()
        .filter(|info| (info.vendor_id, info.product_id) != (probe::VENDOR_ID, probe::PRODUCT_ID))
        .map(|info| {
            let mut id = format!("{:04x}:{:04x}", info.vendor_id, info.product_id);
            if let Some(serial) = &info.serial_number {
                id = format!("{id}:{serial}");
            }
            BoardInfo {
                id,
                name: info.identifier,
                chip: None,
                chips: Vec::new(),
                is_virtual: false,
            }
        })
        .collect();
    probes.sort_by(|a, b| a.id.cmp(&b.id));
    let built_in = BoardInfo {
        id: "virtual".to_owned(),
        name: "Virtual board".to_owned(),
        chip: Some(probe::CHIP.to_owned()),
        chips: (probe::virtual_chips().iter())
            .map(|chip| (*chip).to_owned())
            .collect(),
        is_virtual: true,
    };
    std::iter::once(built_in).chain(probes).collect()
}
