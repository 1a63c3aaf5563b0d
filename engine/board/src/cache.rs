//! Finished builds, to be taken again when nothing changed: everything that goes into an image makes its key. A folder
//! that cannot be used is no reason not to build.
//!
//! An entry is put together in a temporary folder and renamed, so that two processes never see half of one. What is
//! read is checked against its own hash; a damaged entry is built anew.

use crate::build::{self, Build, Parts};
use crate::error::BoardError;
use crate::hash;
use crate::image::read_image;
use crate::types::{Cancel, Progress, Stage};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tinyscope_core::plan::Target;

/// The folder is kept below so many bytes: a few hundred images of the largest microcontrollers.
const MAX_BYTES: u64 = 256 << 20;
/// A larger file is no image of a microcontroller's program.
const MAX_IMAGE_BYTES: u64 = 64 << 20;
/// What a process left behind is taken away after this long.
const STALE: Duration = Duration::from_hours(24);
/// Changes when the layout of an entry does.
const FORMAT: &str = "tinyscope build 1";

const IMAGE: &str = "firmware.elf";
const LOG: &str = "compiler.log";
const SUM: &str = "firmware.sha256";

/// The user's folder of builds: `$XDG_CACHE_HOME/tinyscope/builds`, else under `~/.cache`. `None` where neither is set.
pub fn default_folder() -> Option<PathBuf> {
    crate::folders::of_user("XDG_CACHE_HOME", ".cache").map(|base| base.join("builds"))
}

/// [`build::build_project`], or what an earlier call with the same files, firmware, linker script, flags and compiler
/// left in `cache`. The compiler counts as the same when its path, version, size and time of change are.
///
/// # Errors
/// As [`build::build_project`]; trouble with the folder itself is none.
pub fn build_cached(
    files: &[(String, String)],
    target: &Target,
    cache: &Path,
    compiler: (&OsStr, Option<&OsStr>),
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<Build, BoardError> {
    let parts = build::parts(files, target, compiler)?;
    let entry = cache.join(key(&parts));
    if let Some(build) = taken(&entry, &parts) {
        progress(Progress {
            stage: Stage::Compile,
            fraction: 1.0,
            message: "nothing changed since an earlier build".to_owned(),
        });
        return Ok(build);
    }
    let usable = std::fs::create_dir_all(cache).and_then(|()| {
        let inside = tempfile::Builder::new().prefix(".build-").tempdir_in(cache);
        inside.or_else(|_| tempfile::tempdir())
    });
    let folder = usable
        .or_else(|_| tempfile::tempdir())
        .map_err(|source| BoardError::Io {
            path: cache.to_path_buf(),
            source,
        })?;
    let mut build = build::build_parts(parts, target, folder.path(), progress, cancel)?;
    // Whatever goes wrong here only means that the next measurement compiles again.
    if keep(&build, &entry, cache).is_ok() {
        build.elf = entry.join(IMAGE);
        prune(cache, MAX_BYTES);
    }
    Ok(build)
}

/// What an image depends on, as one hash.
fn key(parts: &Parts) -> String {
    let tool = &parts.toolchain;
    let about = std::fs::metadata(&tool.program).ok();
    let changed = (about.as_ref())
        .and_then(|about| about.modified().ok())
        .and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok())
        .map_or(0, |time| time.as_nanos());
    let numbers = format!("{changed} {}", about.map_or(0, |about| about.len()));
    let program = tool.program.to_string_lossy();
    let facts = [FORMAT, &*program, &tool.version, &numbers, &parts.flags];
    let files = parts.files.iter();
    let files = files.flat_map(|(name, text)| [name.as_str(), text.as_str()]);
    hash::of_parts(facts.into_iter().chain(files).map(str::as_bytes))
}

/// The bytes of a file of an entry.
fn read(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    file.metadata().ok().filter(std::fs::Metadata::is_file)?;
    file.take(MAX_IMAGE_BYTES).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// The build that an entry holds, if it is whole.
fn taken(entry: &Path, parts: &Parts) -> Option<Build> {
    let bytes = read(&entry.join(IMAGE))?;
    let sum = read(&entry.join(SUM))?;
    if sum != hash::of_bytes(&bytes).as_bytes() {
        return None;
    }
    let log = String::from_utf8(read(&entry.join(LOG))?).ok()?;
    let image = read_image(&bytes).ok()?;
    // Its time is that of the last use: the oldest entries are removed first.
    if let Ok(file) = File::options().write(true).open(entry.join(SUM)) {
        let _ = file.set_modified(SystemTime::now());
    }
    Some(Build {
        elf: entry.join(IMAGE),
        bytes,
        image,
        toolchain: parts.toolchain.clone(),
        flags: parts.flags.clone(),
        log,
        placement: parts.placement.clone(),
        reused: true,
    })
}

/// Puts a build into the folder.
fn keep(build: &Build, entry: &Path, cache: &Path) -> std::io::Result<()> {
    let folder = tempfile::Builder::new()
        .prefix(".done-")
        .tempdir_in(cache)?;
    let write = |name: &str, bytes: &[u8]| {
        let mut file = File::create(folder.path().join(name))?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write(IMAGE, &build.bytes)?;
    write(LOG, build.log.as_bytes())?;
    write(SUM, hash::of_bytes(&build.bytes).as_bytes())?;
    if std::fs::rename(folder.path(), entry).is_ok() {
        // Nothing is left for the temporary folder's end to remove.
        let _ = folder.keep();
        return Ok(());
    }
    // Another process was first, or a damaged entry is in the way.
    if read(&entry.join(IMAGE)).as_deref() == Some(&build.bytes[..]) {
        return Ok(());
    }
    std::fs::remove_dir_all(entry)?;
    std::fs::rename(folder.path(), entry)?;
    let _ = folder.keep();
    Ok(())
}

/// Removes the entries that were used longest ago until the rest is within `most` bytes, and what processes left behind.
fn prune(cache: &Path, most: u64) {
    let Ok(listed) = std::fs::read_dir(cache) else {
        return;
    };
    let mut entries: Vec<(SystemTime, PathBuf, u64)> = Vec::new();
    for path in listed.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let hidden = name.starts_with(".build-") || name.starts_with(".done-");
        let is_key = name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit());
        if !hidden && !is_key {
            continue;
        }
        let changed = |path: &Path| path.metadata().and_then(|about| about.modified());
        let used = changed(&path.join(SUM)).or_else(|_| changed(&path));
        let used = used.unwrap_or(SystemTime::UNIX_EPOCH);
        if hidden {
            if used.elapsed().is_ok_and(|age| age > STALE) {
                let _ = std::fs::remove_dir_all(&path);
            }
            continue;
        }
        let bytes = [IMAGE, LOG, SUM]
            .iter()
            .filter_map(|name| path.join(name).metadata().ok())
            .map(|about| about.len())
            .sum();
        entries.push((used, path, bytes));
    }
    entries.sort();
    let mut sum: u64 = entries.iter().map(|entry| entry.2).sum();
    for (_, path, bytes) in &entries {
        if sum <= most {
            break;
        }
        if std::fs::remove_dir_all(path).is_ok() {
            sum -= bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(cache: &Path, digit: char, bytes: usize, age: u64) -> PathBuf {
        let path = cache.join(digit.to_string().repeat(64));
        std::fs::create_dir(&path).expect("a folder");
        std::fs::write(path.join(IMAGE), vec![0; bytes]).expect("written");
        let sum = File::create(path.join(SUM)).expect("created");
        let used = SystemTime::now() - Duration::from_secs(age);
        sum.set_modified(used).expect("dated");
        path
    }

    #[test]
    fn the_entries_used_longest_ago_go_first_and_nothing_else() {
        let cache = tempfile::tempdir().expect("a folder");
        let old = entry(cache.path(), 'a', 600, 300);
        let new = entry(cache.path(), 'b', 600, 10);
        let oldest = entry(cache.path(), 'c', 600, 900);
        let other = cache.path().join("notes.txt");
        std::fs::write(&other, vec![0; 5000]).expect("written");
        prune(cache.path(), 1300);
        assert!(new.exists() && old.exists() && !oldest.exists() && other.exists());
        prune(cache.path(), 700);
        assert!(new.exists() && !old.exists() && other.exists());
    }
}
