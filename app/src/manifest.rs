//! What a written C project says of where it came from, `tinyscope.json`: enough to plan it again and to tell which of
//! its files were edited since.
//!
//! A project comes from anybody, so nothing in it is trusted: sizes are limited, choices are checked as a project
//! file's are, and no path may lead out of the folder.

use crate::project::{self, Project, Source};
use crate::{engine, format};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use tinyscope_board::hash;
use tinyscope_board::record::ModelFacts;
use tinyscope_core::codegen::{EXAMPLE_FOLDER, SourceFile};
use tinyscope_core::plan::{Choices, Plan, Target};

/// Name of the file in the project's folder.
pub const NAME: &str = "tinyscope.json";
/// The format that this program writes, and the newest that it reads.
const VERSION: u32 = 1;
/// A larger manifest is none.
const MAX_BYTES: u64 = 1 << 20;
/// C files of a project, and their bytes together.
const MAX_FILES: usize = 500;
const MAX_SOURCE_BYTES: u64 = 256 << 20;
/// How deep folders lie in each other.
const MAX_DEPTH: usize = 4;

/// What a project says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the format.
    pub version: u32,
    /// Version of the program that wrote it.
    pub program: String,
    /// The model that it was printed from.
    pub model: ModelFacts,
    /// Prefix of its C identifiers.
    pub prefix: String,
    /// How the model is run.
    pub choices: Choices,
    /// The chip.
    pub chip: String,
    /// Bytes of SRAM of the chip, or what was allowed of it.
    pub sram_bytes: usize,
    /// Bytes of it that are kept back.
    pub reserved_sram_bytes: usize,
    /// Number of steps.
    pub steps: usize,
    /// SHA-256 of the network's C files as they were printed.
    pub plan_sha256: String,
    /// SHA-256 of each file as it was printed, the example and other companions too.
    pub files: BTreeMap<String, String>,
}

impl Manifest {
    /// Of a program that was printed from `plan`, and what it comes with.
    pub fn new(
        model: ModelFacts,
        plan: &Plan,
        prefix: &str,
        program: &engine::Program,
        companions: &[SourceFile],
    ) -> Self {
        let files: Vec<(String, String)> = (program.files.iter())
            .map(|file| (file.path.clone(), file.text.clone()))
            .collect();
        Self {
            version: VERSION,
            program: env!("CARGO_PKG_VERSION").into(),
            model,
            prefix: prefix.into(),
            choices: plan.choices.clone(),
            chip: plan.target.chip.clone(),
            sram_bytes: plan.target.sram_bytes,
            reserved_sram_bytes: plan.target.reserved_sram_bytes,
            steps: plan.steps.len(),
            plan_sha256: hash::of_files(&files),
            files: (program.files.iter().chain(companions))
                .map(|file| (file.path.clone(), hash::of_bytes(file.text.as_bytes())))
                .collect(),
        }
    }

    /// As the text of its file.
    ///
    /// # Errors
    /// None that can happen to values like these.
    pub fn text(&self) -> Result<String, String> {
        let text = serde_json::to_string_pretty(self).map_err(|error| error.to_string())?;
        Ok(text + "\n")
    }

    /// The manifest in `folder`.
    ///
    /// # Errors
    /// A sentence for people: what is wrong and what to do.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let path = folder.join(NAME);
        let shown = format::path(&path);
        let bytes = limited(&path, MAX_BYTES).map_err(|why| {
            format!("{shown}: {why}; measure a folder that `tinyscope emit` wrote")
        })?;
        let bad = |why: &dyn std::fmt::Display| {
            format!(
                "{shown} is no manifest of a project: {}; write the project again with `tinyscope emit`",
                format::visible(&why.to_string())
            )
        };
        let manifest: Self = serde_json::from_slice(&bytes).map_err(|error| bad(&error))?;
        if manifest.version != VERSION {
            return Err(bad(&format!(
                "it is of version {}, this program reads version {VERSION}",
                manifest.version
            )));
        }
        // The same limits as for a project file.
        project::print(&Project {
            version: project::VERSION,
            model: Source::Example("none".into()),
            chip: manifest.chip.clone(),
            choices: manifest.choices.clone(),
            quantise: None,
        })
        .map_err(|problem| bad(&problem.message))?;
        if manifest.files.len() > MAX_FILES {
            return Err(bad(&"it names too many files"));
        }
        Ok(manifest)
    }

    /// The chip with the budgets that were planned for.
    ///
    /// # Errors
    /// A sentence for people.
    pub fn target(&self) -> Result<Target, String> {
        target(&self.chip, self.sram_bytes, self.reserved_sram_bytes)
    }
}

/// A chip with these budgets instead of its own.
///
/// # Errors
/// A sentence for people: a chip that the registry does not know.
pub fn target(chip: &str, sram_bytes: usize, reserved_bytes: usize) -> Result<Target, String> {
    let built_in = Target::stm32f746();
    let mut target = if chip == built_in.chip {
        built_in
    } else {
        engine::target(chip).map_err(|error| error.to_string())?
    };
    target.sram_bytes = sram_bytes;
    target.reserved_sram_bytes = reserved_bytes;
    Ok(target)
}

/// Whether each of `files` may be written into a project's folder: it is not there, has the same text, or is as this
/// program wrote it.
///
/// # Errors
/// A sentence for people: the first one that somebody else wrote or edited.
pub fn may_overwrite(folder: &Path, files: &[(PathBuf, &str)]) -> Result<(), String> {
    let there = folder.join(NAME).symlink_metadata().is_ok();
    let earlier = there.then(|| Manifest::read(folder)).transpose();
    for (path, text) in files {
        if path.symlink_metadata().is_err() {
            continue;
        }
        let now = limited(path, MAX_SOURCE_BYTES);
        let ours = now.is_ok_and(|now| {
            let name = path.strip_prefix(folder).unwrap_or(path).to_string_lossy();
            let hash = hash::of_bytes(&now);
            let printed = |manifest: &Manifest| manifest.files.get(&*name) == Some(&hash);
            now == text.as_bytes()
                || (path.ends_with(NAME) && earlier.as_ref().is_ok_and(Option::is_some))
                || matches!(&earlier, Ok(Some(manifest)) if printed(manifest))
        });
        if !ours {
            return Err(format!(
                "{} is there already and is not as Tinyscope wrote it; choose another folder, or --force",
                format::path(path)
            ));
        }
    }
    Ok(())
}

/// The C files of a project's folder as names and texts, sorted. Hidden files, links out of the folder and
/// the example are no part.
///
/// # Errors
/// A sentence for people: files that cannot be read, too many, too large, not text, or in the way of the firmware's.
pub fn sources(folder: &Path) -> Result<Vec<(String, String)>, String> {
    let failed =
        |path: &Path, why: &dyn std::fmt::Display| format!("{}: {why}", format::path(path));
    let root = folder
        .canonicalize()
        .map_err(|error| failed(folder, &error))?;
    let mut found = Vec::new();
    let mut bytes = 0;
    let mut open: Vec<(PathBuf, usize)> = vec![(root.clone(), 0)];
    while let Some((inside, depth)) = open.pop() {
        let listed = std::fs::read_dir(&inside).map_err(|error| failed(&inside, &error))?;
        for entry in listed {
            let path = entry.map_err(|error| failed(&inside, &error))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_source = path.extension().is_some_and(|e| e == "c" || e == "h");
            if name.starts_with('.') {
                continue;
            }
            let real = path.canonicalize().map_err(|error| failed(&path, &error))?;
            if !real.starts_with(&root) {
                if is_source {
                    return Err(failed(&path, &"it leads out of the project's folder"));
                }
                continue;
            }
            if depth == 0 && name == EXAMPLE_FOLDER {
                continue;
            }
            if path.is_dir() && !path.is_symlink() && depth < MAX_DEPTH {
                open.push((path, depth + 1));
            } else if is_source {
                let text = limited(&path, MAX_SOURCE_BYTES).map_err(|why| failed(&path, &why))?;
                bytes += text.len() as u64;
                if found.len() == MAX_FILES || bytes > MAX_SOURCE_BYTES {
                    return Err(failed(
                        folder,
                        &"too many or too large C files for a project",
                    ));
                }
                let text = String::from_utf8(text)
                    .map_err(|_| failed(&path, &"not text in UTF-8; convert it"))?;
                found.push((relative(&root, &path)?, text));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A file's name within the project, parts with `/` between.
fn relative(root: &Path, path: &Path) -> Result<String, String> {
    let inside = path.strip_prefix(root).unwrap_or(path);
    let parts: Option<Vec<&str>> = inside.iter().map(|part| part.to_str()).collect();
    let name = parts.map(|parts| parts.join("/"));
    match name {
        Some(name) if name.starts_with("firmware/") => Err(format!(
            "{}: the folder `firmware` is the measuring firmware's; rename it",
            format::path(path)
        )),
        Some(name) => Ok(name),
        None => Err(format!("{}: its name is not UTF-8", format::path(path))),
    }
}

/// A regular file of at most so many bytes.
fn limited(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| error.to_string();
    // Opening a pipe would wait for somebody to write.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err("not a regular file".into());
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > most {
        return Err(format!("larger than {most} bytes"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_those_of_the_folder_and_no_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        for name in [
            "b.c",
            "a.h",
            "notes.txt",
            ".hidden.c",
            "sub/c.c",
            "example/main.c",
        ] {
            std::fs::create_dir_all(at(name).parent().expect("a parent")).expect("made");
            std::fs::write(at(name), name).expect("written");
        }
        let found = sources(folder.path()).expect("readable");
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a.h", "b.c", "sub/c.c"]);
        assert_eq!(found[2].1, "sub/c.c");
        std::fs::write(at("latin.c"), b"/* \xe9 */").expect("written");
        assert!(sources(folder.path()).is_err_and(|why| why.contains("latin.c")));
        std::fs::remove_file(at("latin.c")).expect("removed");
        std::fs::create_dir(at("firmware")).expect("made");
        std::fs::write(at("firmware/harness.c"), "").expect("written");
        assert!(sources(folder.path()).is_err_and(|why| why.contains("rename")));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_folder_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let other = tempfile::tempdir().expect("a folder");
        std::fs::write(other.path().join("x.c"), "secret").expect("written");
        let link = folder.path().join("x.c");
        std::os::unix::fs::symlink(other.path().join("x.c"), &link).expect("linked");
        assert!(sources(folder.path()).is_err_and(|why| why.contains("out of")));
    }

    #[test]
    fn a_manifest_that_is_none_says_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let none = Manifest::read(folder.path());
        assert!(none.is_err_and(|why| why.contains("emit")));
        for text in [
            "",
            "{",
            "[]",
            "{\"version\": 99}",
            "{\"version\":1,\"files\":3}",
        ] {
            std::fs::write(folder.path().join(NAME), text).expect("written");
            let why = Manifest::read(folder.path()).expect_err(text);
            assert!(why.contains(NAME), "{why}");
        }
    }
}
