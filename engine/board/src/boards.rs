//! The boards at hand: the virtual one and every debug probe.

use crate::probe;
use crate::types::BoardInfo;
use probe_rs::probe::list::Lister;

/// The virtual board first, then the connected probes by identifier.
pub fn boards() -> Vec<BoardInfo> {
    let mut probes: Vec<BoardInfo> = Lister::new()
        .list_all()
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
                is_virtual: false,
            }
        })
        .collect();
    probes.sort_by(|a, b| a.id.cmp(&b.id));
    let built_in = BoardInfo {
        id: "virtual".to_owned(),
        name: "Virtual board".to_owned(),
        chip: Some(probe::CHIP.to_owned()),
        is_virtual: true,
    };
    std::iter::once(built_in).chain(probes).collect()
}
