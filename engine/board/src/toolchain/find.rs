//! Looks for a compiler in the folders of a search path given by the caller.

use super::run::output_of;
use super::{Architecture, architecture};
use crate::error::BoardError;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use tinyscope_core::plan::Core;

/// The compiler families, in order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// GNU compiler for bare metal, with its libgcc.
    Gcc,
    /// clang with lld. Its run-time library is seldom there; the firmware has what it calls.
    Clang,
    /// `zig cc`: clang and lld in one program, used in the same way.
    Zig,
}

impl Kind {
    /// Every family, in order of preference.
    pub const ALL: [Self; 3] = [Self::Gcc, Self::Clang, Self::Zig];

    /// The name by which it is chosen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gcc => "gcc",
            Self::Clang => "clang",
            Self::Zig => "zig",
        }
    }

    /// The family of this name.
    pub fn named(name: &OsStr) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| name == kind.name())
    }

    /// The line that installs one, on Debian and Ubuntu where it is packaged there.
    pub const fn install(self, architecture: Architecture) -> &'static str {
        match (self, architecture) {
            (Self::Gcc, Architecture::Arm) => "apt install gcc-arm-none-eabi",
            (Self::Gcc, Architecture::RiscV) => "apt install gcc-riscv64-unknown-elf",
            (Self::Clang, _) => "apt install clang lld",
            (Self::Zig, _) => "pip install ziglang",
        }
    }

    /// Where it is to be had for other systems.
    pub const fn home(self, architecture: Architecture) -> &'static str {
        match (self, architecture) {
            (Self::Gcc, Architecture::Arm) => {
                "https://developer.arm.com/downloads/-/arm-gnu-toolchain-downloads"
            }
            (Self::Gcc, Architecture::RiscV) => {
                "https://github.com/xpack-dev-tools/riscv-none-elf-gcc-xpack"
            }
            (Self::Clang, _) => "https://releases.llvm.org",
            (Self::Zig, _) => "https://ziglang.org/download",
        }
    }
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

/// Program names that are looked for, in order.
pub const fn candidates(architecture: Architecture) -> &'static [(&'static str, Kind)] {
    match architecture {
        Architecture::Arm => &[
            ("arm-none-eabi-gcc", Kind::Gcc),
            ("clang", Kind::Clang),
            ("zig", Kind::Zig),
            ("python-zig", Kind::Zig), // as PyPI's package installs it
        ],
        Architecture::RiscV => &[
            ("riscv64-unknown-elf-gcc", Kind::Gcc),
            ("riscv32-unknown-elf-gcc", Kind::Gcc),
            ("riscv-none-elf-gcc", Kind::Gcc),
            ("clang", Kind::Clang),
            ("zig", Kind::Zig),
            ("python-zig", Kind::Zig),
        ],
    }
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

/// Finds a compiler for `core` in the folders of `path`. `wanted` is taken instead of the first that is found: a
/// family by its name (`gcc`, `clang`, `zig`), or a program by name or path. A core that no firmware is for counts as
/// an Arm one.
///
/// # Errors
/// [`BoardError::CompilerMissing`] with what was looked for and what installs it.
pub fn find_toolchain(
    core: Core,
    path: &OsStr,
    wanted: Option<&OsStr>,
) -> Result<Toolchain, BoardError> {
    let architecture = architecture(core).unwrap_or(Architecture::Arm);
    let missing = |searched: String, kind: Kind| BoardError::CompilerMissing {
        core: core.name().to_owned(),
        searched,
        install: kind.install(architecture).to_owned(),
    };
    let family = wanted.and_then(Kind::named);
    if let (Some(wanted), None) = (wanted, family) {
        let text = wanted.to_string_lossy();
        return program(wanted, path)
            .and_then(|program| answer(&program, kind_of(&program)))
            .ok_or_else(|| {
                missing(
                    format!("{text} (as chosen, or from {OVERRIDE})"),
                    kind_of(Path::new(wanted)),
                )
            });
    }
    let fitting = candidates(architecture)
        .iter()
        .filter(|(_, kind)| family.is_none_or(|family| family == *kind));
    (fitting.clone())
        .find_map(|&(name, kind)| find_in(name, kind, path))
        .ok_or_else(|| {
            let names: Vec<&str> = fitting.map(|(name, _)| *name).collect();
            missing(names.join(", "), family.unwrap_or(Kind::Gcc))
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
