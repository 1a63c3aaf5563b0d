//! Looks for a compiler in the folders of a search path given by the caller.

use super::run::output_of;
use crate::error::BoardError;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use tinyscope_core::plan::Core;

/// The compiler families, in order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// GNU compiler for bare-metal Arm, with its libgcc.
    Gcc,
    /// clang with lld. Has no run-time library here.
    Clang,
    /// `zig cc`, which brings its own.
    Zig,
}

/// A compiler that was found and answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toolchain {
    /// Program.
    pub program: PathBuf,
    /// Family.
    pub kind: Kind,
    /// First line of its version report.
    pub version: String,
}

/// The environment variable that names a compiler to use instead of those looked for.
pub const OVERRIDE: &str = "TINYSCOPE_CC";
/// What installs a compiler on Debian and Ubuntu.
const INSTALL: &str = "apt install gcc-arm-none-eabi";

/// Program names that are looked for, in order.
pub const fn candidates() -> &'static [(&'static str, Kind)] {
    &[
        ("arm-none-eabi-gcc", Kind::Gcc),
        ("clang", Kind::Clang),
        ("zig", Kind::Zig),
    ]
}

/// The user's search path and compiler override, from the environment.
pub fn search_path() -> (std::ffi::OsString, Option<std::ffi::OsString>) {
    (
        std::env::var_os("PATH").unwrap_or_default(),
        std::env::var_os(OVERRIDE).filter(|v| !v.is_empty()),
    )
}

/// A program of this name in one of the folders of `path`, or at the place that `name` gives itself.
pub fn program(name: &OsStr, path: &OsStr) -> Option<PathBuf> {
    let given = Path::new(name);
    if given.components().count() > 1 {
        return given.is_file().then(|| given.to_path_buf());
    }
    let suffix = std::env::consts::EXE_SUFFIX;
    std::env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| {
            let mut file = folder.join(name).into_os_string();
            file.push(suffix);
            PathBuf::from(file)
        })
        .find(|file| is_executable(file))
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata()
        .is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}

fn kind_of(program: &Path) -> Kind {
    let name = program
        .file_stem()
        .map(|n| n.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default();
    if name.contains("zig") {
        Kind::Zig
    } else if name.contains("clang") {
        Kind::Clang
    } else {
        Kind::Gcc
    }
}

/// Finds a compiler for `core` in the folders of `path`; `override_program` is taken instead of looking.
///
/// # Errors
/// [`BoardError::CompilerMissing`] with what was looked for and what installs it.
pub fn find_toolchain(
    core: Core,
    path: &OsStr,
    override_program: Option<&OsStr>,
) -> Result<Toolchain, BoardError> {
    let missing = |searched: String| BoardError::CompilerMissing {
        core: core.name().to_owned(),
        searched,
        install: INSTALL.to_owned(),
    };
    if let Some(wanted) = override_program {
        let wanted_text = wanted.to_string_lossy().into_owned();
        return program(wanted, path)
            .and_then(|program| answer(&program, kind_of(&program)))
            .ok_or_else(|| missing(format!("{wanted_text} (from {OVERRIDE})")));
    }
    candidates()
        .iter()
        .find_map(|&(name, kind)| find_in(name, kind, path))
        .ok_or_else(|| {
            let names: Vec<&str> = candidates().iter().map(|(name, _)| *name).collect();
            missing(names.join(", "))
        })
}

/// The compiler called `name`, if it is in the folders of `path` and answers. clang needs `ld.lld` beside it.
pub fn find_in(name: &str, kind: Kind, path: &OsStr) -> Option<Toolchain> {
    if kind == Kind::Clang {
        program(OsStr::new("ld.lld"), path)?;
    }
    answer(&program(OsStr::new(name), path)?, kind)
}

/// The toolchain if the program tells its version.
fn answer(program: &Path, kind: Kind) -> Option<Toolchain> {
    let argument = if kind == Kind::Zig {
        "version"
    } else {
        "--version"
    };
    let text = output_of(program, &[argument])?;
    let line = text.lines().next()?.trim();
    Some(Toolchain {
        program: program.to_path_buf(),
        kind,
        version: if kind == Kind::Zig {
            format!("zig {line}")
        } else {
            line.to_owned()
        },
    })
}
