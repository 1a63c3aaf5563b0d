//! What is installed and what is missing.

use crate::boards::boards;
use crate::probe;
use crate::toolchain::{Kind, OVERRIDE, candidates, find_in, find_toolchain, search_path};
use crate::types::ToolReport;
use std::ffi::OsStr;
use tinyscope_core::plan::Core;

/// Tools and boards, in the order in which a first measurement needs them.
pub fn doctor() -> Vec<ToolReport> {
    let (path, override_program) = search_path();
    let mut reports = tools(&path);
    if let Some(wanted) = override_program {
        let found = find_toolchain(Core::CortexM7, &path, Some(&wanted)).ok();
        let missing = found.is_none();
        reports.insert(
            0,
            ToolReport {
                name: OVERRIDE.to_owned(),
                purpose: "compile for Cortex-M, instead of those looked for".to_owned(),
                found: found.map(|tool| format!("{}, {}", tool.version, tool.program.display())),
                install: missing.then(|| format!("unset {OVERRIDE} or set it to a compiler")),
            },
        );
    }
    let connected: Vec<String> = boards()
        .into_iter()
        .filter(|board| !board.is_virtual)
        .map(|board| format!("{} ({})", board.name, board.id))
        .collect();
    reports.push(ToolReport {
        name: "virtual board".to_owned(),
        purpose: "measure without hardware".to_owned(),
        found: Some(format!("built in ({})", probe::VIRTUAL_CHIPS.join(", "))),
        install: None,
    });
    let missing = connected.is_empty();
    reports.push(ToolReport {
        name: "debug probe".to_owned(),
        purpose: "measure on a real board (optional)".to_owned(),
        found: (!missing).then(|| connected.join(", ")),
        install: missing.then(|| {
            "connect a probe; on Linux its udev rule has to allow access to it".to_owned()
        }),
    });
    reports
}

/// The compilers found in the folders of `path`.
pub fn tools(path: &OsStr) -> Vec<ToolReport> {
    candidates()
        .iter()
        .map(|&(name, kind)| {
            let found = find_in(name, kind, path)
                .map(|tool| format!("{}, {}", tool.version, tool.program.display()));
            let (purpose, install) = match kind {
                Kind::Gcc => ("compile for Cortex-M", "apt install gcc-arm-none-eabi"),
                Kind::Clang => (
                    "compile for Cortex-M, second choice",
                    "apt install clang lld",
                ),
                Kind::Zig => (
                    "compile for Cortex-M, third choice",
                    "see ziglang.org/download",
                ),
            };
            ToolReport {
                name: name.to_owned(),
                purpose: purpose.to_owned(),
                install: found.is_none().then(|| install.to_owned()),
                found,
            }
        })
        .collect()
}
