//! Linux: the rule that lets people open debug probes, and whether one is installed.

use crate::types::ToolReport;
use std::path::{Path, PathBuf};

/// The rule's text.
pub const RULE: &str = include_str!("../../../../dist/69-tinyscope-probes.rules");
/// The rule's file name.
pub const RULE_FILE: &str = "69-tinyscope-probes.rules";

/// Where rules lie, those that win first (`udev(7)`).
pub(super) const FOLDERS: [&str; 4] = [
    "/etc/udev/rules.d",
    "/run/udev/rules.d",
    "/usr/lib/udev/rules.d",
    "/lib/udev/rules.d",
];
/// A rule file larger than this is none.
const MAX_BYTES: u64 = 1 << 20;

/// The line that installs the rule.
pub(super) fn install_line() -> String {
    format!(
        "tinyscope doctor --udev-rule | sudo tee /etc/udev/rules.d/{RULE_FILE} >/dev/null && sudo udevadm control \
         --reload && sudo udevadm trigger"
    )
}

/// Whether a rule for probes is in one of the folders.
pub(super) fn report(folders: &[&str]) -> ToolReport {
    let found = folders.iter().find_map(|folder| rule_in(Path::new(folder)));
    let missing = found.is_none();
    ToolReport {
        name: "udev rule".to_owned(),
        purpose: "open debug probes without being root".to_owned(),
        found: found.map(|file| file.display().to_string()),
        install: missing.then(install_line),
        home: None,
    }
}

/// The first file, by name, that gives people access to CMSIS-DAP probes: ours, or another tool's.
fn rule_in(folder: &Path) -> Option<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|file| file.extension().is_some_and(|e| e == "rules"))
        .collect();
    files.sort();
    files.into_iter().find(|file| {
        let small = file
            .metadata()
            .is_ok_and(|about| about.is_file() && about.len() <= MAX_BYTES);
        let bytes = if small {
            std::fs::read(file).unwrap_or_default()
        } else {
            Vec::new()
        };
        let text = String::from_utf8_lossy(&bytes);
        let mut lines = text
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'));
        lines.any(|line| {
            line.contains("CMSIS-DAP") && (line.contains("uaccess") || line.contains("MODE"))
        })
    })
}
