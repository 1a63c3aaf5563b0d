//! Files of the program's own making on the disk: written whole or not at all.

use crate::format;
use crate::project::{self, Project};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use tinyscope_core::{Diagnostic, Severity};

/// Read a project file.
pub fn read_project(path: &Path) -> Result<Project, Diagnostic> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| {
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        file.take(project::MAX_BYTES as u64 + 1)
            .read_to_end(&mut bytes)
    });
    read.map_err(|error| {
        let message = format!("{}: {error}", format::path(path));
        Diagnostic::new(
            Severity::Error,
            "file",
            message,
            "check the path and its permissions",
        )
    })?;
    project::parse(&bytes)
}

/// Whether a file may be written here: one that is there is only overwritten with `force`.
///
/// # Errors
/// The file, and what to do, for people.
pub fn may_write(path: &Path, force: bool) -> Result<(), String> {
    if force || path.symlink_metadata().is_err() {
        return Ok(());
    }
    let shown = format::path(path);
    Err(format!(
        "{shown} is there already; choose another path, or --force"
    ))
}

/// Write a file whole: into a temporary file beside it, to the disk, then renamed over it. A failure leaves what was
/// there before.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link stays one: what it points to is replaced.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not the name of a file"))?;
    let (temporary, file) = create_beside(folder, name)?;
    let written = fill(file, bytes).and_then(|()| std::fs::rename(&temporary, &path));
    if written.is_err() {
        // Nothing more can be done about a file that cannot be taken away either.
        let _ = std::fs::remove_file(&temporary);
    }
    written?;
    // The rename itself lasts once the folder is on the disk; not every system lets a folder be opened.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

fn fill(mut file: File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()
}

fn create_beside(folder: &Path, name: &std::ffi::OsStr) -> io::Result<(PathBuf, File)> {
    let mut number = 0_u32;
    loop {
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}-{number}.tmp", std::process::id()));
        let path = folder.join(hidden);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 100 => {
                number += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).expect("the folder can be read");
        let mut names: Vec<String> = entries
            .map(|e| e.expect("an entry").file_name().to_string_lossy().into())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.tinyscope");
        write_whole(&path, b"first, and long").expect("written");
        write_whole(&path, b"second").expect("written");
        assert_eq!(std::fs::read(&path).expect("readable"), b"second");
        assert_eq!(names(folder.path()), ["a.tinyscope"]);
    }

    #[test]
    fn a_failure_leaves_what_was_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let taken = folder.path().join("taken");
        std::fs::create_dir(&taken).expect("made");
        assert!(write_whole(&taken, b"x").is_err(), "a folder is in the way");
        assert!(write_whole(&folder.path().join("no/such/a"), b"x").is_err());
        assert_eq!(names(folder.path()), ["taken"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().expect("a folder");
        let [file, link] = ["file", "link"].map(|n| folder.path().join(n));
        std::fs::write(&file, b"old").expect("written");
        std::os::unix::fs::symlink(&file, &link).expect("linked");
        write_whole(&link, b"new").expect("written");
        assert_eq!(std::fs::read(&file).expect("readable"), b"new");
        assert!(link.symlink_metadata().expect("there").is_symlink());
    }
}
