//! Boards that come and go: a list to compare with the last one, cheap enough for every second or two.
//!
//! It must not run where a window draws: looking for probes asks the system for all its USB devices.

use crate::boards::{boards, can_search};
use crate::types::BoardInfo;
use std::collections::BTreeSet;
use std::path::Path;

/// Where Linux lists USB devices, one entry each.
const USB_DEVICES: &str = "/sys/bus/usb/devices";
/// Polls after which probes are searched for although the list of devices did not change: permissions may have.
const SEARCH_EVERY: u32 = 15;

/// What has changed since the last look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BoardsChange {
    /// All boards now, the virtual one first.
    pub boards: Vec<BoardInfo>,
    /// Those that were not there before.
    pub added: Vec<BoardInfo>,
    /// Those that are gone.
    pub removed: Vec<BoardInfo>,
}

/// Remembers what was there.
#[derive(Clone, Debug, Default)]
pub struct BoardsWatch {
    devices: Option<BTreeSet<String>>,
    known: Vec<BoardInfo>,
    polls: u32,
}

impl BoardsWatch {
    /// Looks again: `None` while nothing has changed. The first look always tells what is there.
    pub fn poll(&mut self) -> Option<BoardsChange> {
        // Where nothing can be searched for, nothing comes or goes.
        let devices = if can_search() {
            usb_devices(Path::new(USB_DEVICES))
        } else {
            Some(BTreeSet::new())
        };
        self.poll_with(devices, boards)
    }

    fn poll_with(
        &mut self,
        devices: Option<BTreeSet<String>>,
        search: impl FnOnce() -> Vec<BoardInfo>,
    ) -> Option<BoardsChange> {
        let first = self.known.is_empty();
        self.polls = self.polls.wrapping_add(1);
        let same = !first && devices.is_some() && devices == self.devices;
        if same && !self.polls.is_multiple_of(SEARCH_EVERY) {
            return None;
        }
        self.devices = devices;
        let now = search();
        let missing_from = |those: &[BoardInfo], these: &[BoardInfo]| -> Vec<BoardInfo> {
            let gone = |board: &&BoardInfo| those.iter().all(|other| other.id != board.id);
            these.iter().filter(gone).cloned().collect()
        };
        let added = missing_from(&self.known, &now);
        let removed = missing_from(&now, &self.known);
        self.known.clone_from(&now);
        let changed = first || !added.is_empty() || !removed.is_empty();
        changed.then_some(BoardsChange {
            boards: now,
            added,
            removed,
        })
    }
}

/// Names of the USB devices with the numbers that they were given, which are new with each plugging in; `None` where
/// the system has no such list.
fn usb_devices(folder: &Path) -> Option<BTreeSet<String>> {
    let entries = std::fs::read_dir(folder).ok()?;
    let devices = entries.filter_map(Result::ok).map(|entry| {
        let number = std::fs::read_to_string(entry.path().join("devnum")).unwrap_or_default();
        format!("{}:{}", entry.file_name().to_string_lossy(), number.trim())
    });
    Some(devices.collect())
}

#[cfg(test)]
mod tests {
    use super::{BoardsWatch, SEARCH_EVERY, usb_devices};
    use crate::types::BoardInfo;
    use std::collections::BTreeSet;

    fn board(id: &str) -> BoardInfo {
        BoardInfo {
            id: id.to_owned(),
            name: id.to_owned(),
            chip: None,
            chips: Vec::new(),
            is_virtual: false,
        }
    }

    fn devices(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn coming_and_going_is_told_once() {
        let mut watch = BoardsWatch::default();
        let first = watch.poll_with(Some(devices(&["hub"])), || vec![board("virtual")]);
        assert_eq!(first.expect("the first look").boards.len(), 1);
        let unsearched = || panic!("nothing changed, so nothing is searched for");
        assert_eq!(watch.poll_with(Some(devices(&["hub"])), unsearched), None);
        let both = || vec![board("virtual"), board("a")];
        let change = watch.poll_with(Some(devices(&["hub", "1-1:4"])), both);
        assert_eq!(change.expect("a probe came").added, [board("a")]);
        // Another device that is no probe.
        assert_eq!(
            watch.poll_with(Some(devices(&["hub", "1-1:4", "1-2:5"])), both),
            None
        );
        let change = watch.poll_with(Some(devices(&["hub"])), || vec![board("virtual")]);
        assert_eq!(change.expect("it went").removed, [board("a")]);
    }

    #[test]
    fn without_a_list_of_devices_or_now_and_then_it_searches_all_the_same() {
        let mut watch = BoardsWatch::default();
        let mut searches = 0;
        for _ in 0..4 {
            watch.poll_with(None, || {
                searches += 1;
                vec![board("virtual")]
            });
        }
        assert_eq!(searches, 4);
        let mut searches = 0;
        for _ in 0..2 * SEARCH_EVERY {
            watch.poll_with(Some(devices(&["hub"])), || {
                searches += 1;
                vec![board("virtual")]
            });
        }
        assert!((2..=3).contains(&searches), "{searches}");
    }

    #[test]
    fn a_device_plugged_in_again_is_another_one() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let device = folder.path().join("1-1");
        std::fs::create_dir(&device)?;
        std::fs::write(device.join("devnum"), "7\n")?;
        let before = usb_devices(folder.path());
        std::fs::write(device.join("devnum"), "8\n")?;
        assert_ne!(before, usb_devices(folder.path()));
        Ok(())
    }
}
