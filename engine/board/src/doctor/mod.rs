//! What is installed and what is missing.

mod udev;

pub use udev::{RULE as UDEV_RULE, RULE_FILE as UDEV_RULE_FILE};

use crate::boards::can_search;
use crate::chips::register_vendors;
use crate::probe;
use crate::toolchain::{
    Architecture, Kind, OVERRIDE, architecture, candidates, find_in, find_toolchain, program,
    search_path,
};
use crate::types::ToolReport;
use probe_rs::probe::list::{Accessibility, Lister};
use std::ffi::OsStr;
use tinyscope_core::plan::Core;

/// A kind of compiler: its usual name, its family, and what it compiles for.
type Compiler = (&'static str, Kind, &'static [Architecture]);

/// The compilers, in the order in which they are preferred.
const COMPILERS: [Compiler; 4] = [
    ("arm-none-eabi-gcc", Kind::Gcc, &[Architecture::Arm]),
    ("clang", Kind::Clang, &Architecture::ALL),
    ("zig", Kind::Zig, &Architecture::ALL),
    ("riscv64-unknown-elf-gcc", Kind::Gcc, &[Architecture::RiscV]),
];

/// Tools and boards, in the order in which a first measurement needs them.
pub fn doctor() -> Vec<ToolReport> {
    let (path, override_program) = search_path();
    let mut reports = Vec::new();
    if let Some(wanted) = override_program {
        let found = find_toolchain(Core::CortexM7, &path, Some(&wanted)).ok();
        let missing = found.is_none();
        reports.push(ToolReport {
            name: OVERRIDE.to_owned(),
            purpose: "compile, instead of those looked for".to_owned(),
            found: found.map(|tool| format!("{}, {}", tool.version, tool.program.display())),
            install: missing.then(|| format!("unset {OVERRIDE} or set it to a compiler")),
            home: None,
        });
    }
    reports.extend(tools(&path));
    reports.push(ToolReport {
        name: "virtual board".to_owned(),
        purpose: "measure without hardware".to_owned(),
        found: Some(format!("built in ({})", probe::virtual_chips().join(", "))),
        install: None,
        home: None,
    });
    let items = if can_search() {
        register_vendors();
        Lister::new().list_all_with_access()
    } else {
        Vec::new()
    };
    let items: Vec<(String, Accessibility)> = items
        .into_iter()
        .filter(|item| item.info.vendor_id != probe::VENDOR_ID)
        .map(|item| {
            let info = &item.info;
            let (vendor, product) = (info.vendor_id, info.product_id);
            let name = format!("{} ({vendor:04x}:{product:04x})", info.identifier);
            (name, item.accessibility)
        })
        .collect();
    reports.extend(probes(&items));
    if cfg!(target_os = "linux") {
        reports.push(udev::report(&udev::FOLDERS));
    }
    reports
}

/// Whether a tool of [`doctor`] is a compiler whose programs `core` runs.
pub fn compiles_for(tool: &ToolReport, core: Core) -> bool {
    let wanted = architecture(core);
    let listed = COMPILERS.iter().find(|compiler| compiler.0 == tool.name);
    match listed {
        Some((_, _, architectures)) => wanted.is_some_and(|core| architectures.contains(&core)),
        None => tool.name == OVERRIDE,
    }
}

/// The compilers found in the folders of `path`.
pub fn tools(path: &OsStr) -> Vec<ToolReport> {
    COMPILERS
        .iter()
        .map(|&(name, kind, architectures)| {
            let cores: Vec<&str> = architectures.iter().map(|a| a.cores()).collect();
            let architecture = architectures[0];
            let found = candidates(architecture)
                .iter()
                .filter(|candidate| candidate.1 == kind)
                .find_map(|&(name, kind)| find_in(name, kind, path));
            let missing = found.is_none();
            let install = match kind {
                // The compiler may be there without the linker that it needs for boards.
                Kind::Clang if program(OsStr::new(name), path).is_some() => "apt install lld",
                _ => kind.install(architecture),
            };
            ToolReport {
                name: name.to_owned(),
                purpose: format!("compile for {}", cores.join("; ")),
                found: found.map(|tool| format!("{}, {}", tool.version, tool.program.display())),
                install: missing.then(|| install.to_owned()),
                home: missing.then(|| kind.home(architecture).to_owned()),
            }
        })
        .collect()
}

/// The probes that may be opened, and those that are there and may not.
fn probes(items: &[(String, Accessibility)]) -> Vec<ToolReport> {
    let names = |wanted: Accessibility| -> Vec<&str> {
        let fitting = items.iter().filter(|item| item.1 == wanted);
        fitting.map(|item| item.0.as_str()).collect()
    };
    let (open, closed) = (
        names(Accessibility::Accessible),
        names(Accessibility::PermissionDenied),
    );
    let missing = open.is_empty();
    let mut reports = vec![ToolReport {
        name: "debug probe".to_owned(),
        purpose: "measure on a real board (optional)".to_owned(),
        found: (!missing).then(|| open.join(", ")),
        install: missing.then(|| "connect a probe".to_owned()),
        home: None,
    }];
    if !closed.is_empty() {
        reports.push(ToolReport {
            name: "access to probes".to_owned(),
            purpose: format!("open {}", closed.join(", ")),
            found: None,
            install: Some(udev::install_line()),
            home: None,
        });
    }
    reports
}

#[cfg(test)]
mod tests;
