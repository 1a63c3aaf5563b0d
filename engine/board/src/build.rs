//! From a plan, or any C project with the same interface, to a linked image.

use crate::error::BoardError;
use crate::firmware::{self, Placement, link_script, placement};
use crate::image::{Image, read_image};
use crate::toolchain::{
    Toolchain, architecture, compile_flags, compile_project, find_toolchain, link_flags,
    search_path, target_flags,
};
use crate::types::{Cancel, Progress, Stage};
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use tinyscope_core::codegen::{EmitOptions, emit};
use tinyscope_core::plan::{Core, Plan, Target};

/// A built image and what it was built with.
#[derive(Clone, Debug)]
pub struct Build {
    /// The linked image.
    pub elf: PathBuf,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its sizes and symbols.
    pub image: Image,
    /// Compiler that built it.
    pub toolchain: Toolchain,
    /// Flags it was built with.
    pub flags: String,
    /// What the compiler printed: warnings, as a rule nothing.
    pub log: String,
    /// Where it lies on the chip.
    pub placement: Placement,
    /// Whether it is an earlier build's.
    pub reused: bool,
}

/// All that goes into an image.
pub(crate) struct Parts {
    /// Names and texts: the project, the firmware, the linker script.
    pub files: Vec<(String, String)>,
    /// The compiler.
    pub toolchain: Toolchain,
    /// Definitions for the firmware.
    defines: Vec<&'static str>,
    /// All flags.
    pub flags: String,
    /// Where the image lies on the chip.
    pub placement: Placement,
}

/// The C project of a plan, as file names and texts.
///
/// # Errors
/// [`BoardError::Model`] when code generation refuses the plan.
pub fn sources(plan: &Plan) -> Result<Vec<(String, String)>, BoardError> {
    let project = emit(plan, &EmitOptions::default()).map_err(|error| BoardError::Model {
        message: error.to_string(),
    })?;
    Ok(project
        .files
        .into_iter()
        .map(|file| (file.path, file.text))
        .collect())
}

/// Prints a plan as C and builds it with the measuring firmware in `folder`.
///
/// # Errors
/// As [`build_project`], and [`BoardError::Model`].
pub fn build(
    plan: &Plan,
    folder: &Path,
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<Build, BoardError> {
    build_project(&sources(plan)?, &plan.target, folder, progress, cancel)
}

/// Writes `files` and the measuring firmware to `folder`, then compiles and links them for `target`.
///
/// The project has a `model.h` with `model_run`, the `MODEL_…` sizes and the hooks' declarations. Every `.c` file is
/// compiled; paths are relative.
///
/// # Errors
/// [`BoardError::CompilerMissing`], [`BoardError::CompileFailed`], [`BoardError::DoesNotFit`],
/// [`BoardError::Cancelled`], [`BoardError::Io`].
pub fn build_project(
    files: &[(String, String)],
    target: &Target,
    folder: &Path,
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<Build, BoardError> {
    let (path, override_program) = search_path();
    build_with(
        files,
        target,
        folder,
        (&path, override_program.as_deref()),
        progress,
        cancel,
    )
}

/// [`build_project`] with the compiler's search path and override given.
///
/// # Errors
/// As [`build_project`].
pub fn build_with(
    files: &[(String, String)],
    target: &Target,
    folder: &Path,
    (path, override_program): (&OsStr, Option<&OsStr>),
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<Build, BoardError> {
    let parts = parts(files, target, (path, override_program))?;
    build_parts(parts, target, folder, progress, cancel)
}

/// What goes into the image of these files for `target`, with the compiler's search path and override given.
pub(crate) fn parts(
    files: &[(String, String)],
    target: &Target,
    (path, override_program): (&OsStr, Option<&OsStr>),
) -> Result<Parts, BoardError> {
    let Some(architecture) = architecture(target.core) else {
        return Err(unsupported(target.core));
    };
    let placement = placement(target)?;
    let toolchain = find_toolchain(target.core, path, override_program)?;
    let mut files = files.to_vec();
    let firmware = firmware::sources(architecture);
    files.extend(firmware.map(|(name, text)| (format!("firmware/{name}"), text.to_owned())));
    files.push(("link.ld".to_owned(), link_script(&placement)));
    // The linker lays functions out in this order: the same files give the same image wherever they come from.
    files.sort();
    let defines = firmware::defines(target);
    Ok(Parts {
        files,
        flags: flags_text(&toolchain, target.core, &defines),
        toolchain,
        defines,
        placement,
    })
}

/// Writes the parts to `folder`, compiles and links them.
pub(crate) fn build_parts(
    parts: Parts,
    target: &Target,
    folder: &Path,
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<Build, BoardError> {
    for (name, text) in &parts.files {
        write_file(folder, name, text)?;
    }
    let names = parts.files.iter().map(|(name, _)| name.clone());
    let sources: Vec<String> = names
        .filter(|name| Path::new(name).extension() == Some(OsStr::new("c")))
        .collect();
    let Parts {
        toolchain,
        defines,
        flags,
        placement,
        ..
    } = parts;
    let log = compile_project(
        &toolchain,
        target.core,
        &sources,
        &defines,
        folder,
        &mut |done, total| {
            progress(Progress {
                stage: Stage::Compile,
                fraction: done as f32 / total as f32,
                message: String::new(),
            });
        },
        cancel,
    )
    .map_err(|error| explain_overflow(error, target, &placement))?;

    let elf = folder.join("firmware.elf");
    let bytes = std::fs::read(&elf).map_err(|source| BoardError::Io {
        path: elf.clone(),
        source,
    })?;
    Ok(Build {
        image: read_image(&bytes)?,
        elf,
        bytes,
        flags,
        toolchain,
        log,
        placement,
        reused: false,
    })
}

fn unsupported(core: Core) -> BoardError {
    BoardError::Model {
        message: format!("the measuring firmware does not support {}", core.name()),
    }
}

fn flags_text(toolchain: &Toolchain, core: Core, defines: &[&str]) -> String {
    let mut flags: Vec<&str> = target_flags(toolchain.kind, core).unwrap_or_default();
    flags.extend(compile_flags());
    flags.extend(defines);
    flags.extend(link_flags(toolchain.kind));
    flags.join(" ")
}

fn write_file(folder: &Path, name: &str, text: &str) -> Result<(), BoardError> {
    let relative = Path::new(name);
    let path = folder.join(relative);
    let io = |source| BoardError::Io {
        path: path.clone(),
        source,
    };
    if !relative
        .components()
        .all(|part| matches!(part, Component::Normal(_)))
    {
        return Err(io(std::io::Error::new(
            std::io::ErrorKind::InvalidInput,
            "a project's files lie inside its folder",
        )));
    }
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(io)?;
    }
    std::fs::write(&path, text).map_err(io)
}

/// Turns the linker's complaint that a region overflowed into what was needed and what there is.
fn explain_overflow(error: BoardError, target: &Target, placement: &Placement) -> BoardError {
    let BoardError::CompileFailed { log, .. } = &error else {
        return error;
    };
    let overflow = |region: &str| {
        log.lines()
            .filter(|line| {
                line.contains(&format!("region `{region}'"))
                    || line.contains(&format!("region '{region}'"))
            })
            .filter_map(|line| {
                let (_, tail) = line.split_once("overflowed by ")?;
                tail.split_whitespace().next()?.parse::<u64>().ok()
            })
            .max()
    };
    let ram = if placement.runs_from_ram() {
        "SRAM (for code and weights, too)"
    } else {
        "SRAM"
    };
    for (region, what, memory) in [
        ("RAM", ram, &placement.ram),
        ("FLASH", "flash", &placement.code),
        ("CODE", ram, &placement.ram),
    ] {
        if let Some(bytes) = overflow(region) {
            return BoardError::DoesNotFit {
                chip: target.chip.clone(),
                what,
                needed_bytes: memory.bytes + bytes,
                available_bytes: memory.bytes,
            };
        }
    }
    error
}
