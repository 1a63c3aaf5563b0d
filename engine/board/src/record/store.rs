//! The folder of records. A file is written whole or not at all, never overwritten and never deleted; what cannot be
//! read is named and left where it is.

use super::{Record, VERSION};
use crate::error::BoardError;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

/// A larger file is no record.
const MAX_FILE_BYTES: u64 = 64 << 20;
/// Entries of a folder that are looked at.
const MAX_ENTRIES: usize = 100_000;
/// Records of one plan in one second.
const MAX_NUMBER: u32 = 10_000;
/// Digits of the plan's hash in a file's name.
const PLAN_DIGITS: usize = 8;

/// A record and where it lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Name of the file without its ending: date, plan, number.
    pub id: String,
    /// The file.
    pub path: PathBuf,
    /// What it says.
    pub record: Record,
}

/// A file that should be a record and is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// The file.
    pub path: PathBuf,
    /// Why, for people.
    pub why: String,
}

/// What a folder holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing {
    /// Records, oldest first.
    pub entries: Vec<Entry>,
    /// Files that could not be read; they are left where they are.
    pub damaged: Vec<Damaged>,
}

/// The user's folder of records: `$XDG_DATA_HOME/tinyscope/measurements`, else the same under `~/.local/share` (XDG Base
/// Directory Specification 0.8; relative paths there are to be ignored). `None` where neither is set.
pub fn default_folder() -> Option<PathBuf> {
    crate::folders::of_user("XDG_DATA_HOME", ".local/share").map(|base| base.join("measurements"))
}

/// The time now as ISO 8601, UTC, with milliseconds: measurements of one second keep their order.
pub(super) fn now() -> String {
    format!("{:.3}", jiff::Timestamp::now())
}

/// Text as part of a file's name: letters and digits, at most `length` of them; `none` where nothing is left.
fn part(text: &str, length: usize) -> String {
    let plain = text.chars().filter(char::is_ascii_alphanumeric);
    let part: String = plain.take(length).collect();
    if part.is_empty() {
        "none".to_owned()
    } else {
        part
    }
}

/// Writes a record into its model's folder under `folder`: `<model>/<date>-<plan>-<n>.json`. Two processes that save at
/// once get two files.
///
/// # Errors
/// [`BoardError::Io`] naming the file or folder; then nothing is left behind.
pub fn save(folder: &Path, record: &Record) -> Result<PathBuf, BoardError> {
    let folder = folder.join(part(&record.model.sha256, 64));
    let io = |path: &Path| {
        let path = path.to_path_buf();
        move |source| BoardError::Io { path, source }
    };
    std::fs::create_dir_all(&folder).map_err(io(&folder))?;
    let text = serde_json::to_vec_pretty(record)
        .map_err(|error| io(&folder)(std::io::Error::other(error)))?;
    let mut file = tempfile::Builder::new()
        .prefix(".record")
        .suffix(".tmp")
        .tempfile_in(&folder)
        .map_err(io(&folder))?;
    file.write_all(&text).map_err(io(file.path()))?;
    file.as_file().sync_all().map_err(io(file.path()))?;
    let stem = format!(
        "{}-{}",
        part(&record.date, 19),
        part(&record.measurement.plan_sha256, PLAN_DIGITS)
    );
    let mut number = 0;
    loop {
        let path = folder.join(format!("{stem}-{number}.json"));
        match file.persist_noclobber(&path) {
            Ok(_) => {
                // The name itself lasts once the folder is on the disk; not every system lets a folder be opened.
                if let Ok(folder) = std::fs::File::open(&folder) {
                    let _ = folder.sync_all();
                }
                return Ok(path);
            }
            Err(taken)
                if taken.error.kind() == std::io::ErrorKind::AlreadyExists
                    && number < MAX_NUMBER =>
            {
                file = taken.file;
                number += 1;
            }
            Err(other) => return Err(io(&path)(other.error)),
        }
    }
}

/// Reads one record.
///
/// # Errors
/// [`Damaged`]: not a regular file, too large, or not a record; the file is left alone.
pub fn load(path: &Path) -> Result<Record, Damaged> {
    let damaged = |why: String| Damaged {
        path: path.to_path_buf(),
        why,
    };
    let failed = |error: std::io::Error| damaged(error.to_string());
    // Opening a pipe would wait for somebody to write.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(damaged("not a regular file".to_owned()));
    }
    let mut bytes = Vec::new();
    (std::fs::File::open(path).map_err(failed)?)
        .take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(damaged(format!("larger than {} MiB", MAX_FILE_BYTES >> 20)));
    }
    let record: Record =
        serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
    match record.version {
        0 => Err(damaged("it has no version".to_owned())),
        1..=VERSION => Ok(record),
        newer => Err(damaged(format!(
            "written by a newer Tinyscope (schema {newer}, this one reads up to {VERSION})"
        ))),
    }
}

/// The records under `folder`: of the models whose hash begins with `model`, or of all.
///
/// # Errors
/// [`BoardError::Io`] when the folder is there and cannot be listed. A folder that is not there holds nothing.
pub fn list(folder: &Path, model: Option<&str>) -> Result<Listing, BoardError> {
    let mut listing = Listing::default();
    for models in entries(folder)? {
        let name = models.file_name().unwrap_or_default().to_string_lossy();
        if !models.is_dir() || model.is_some_and(|model| !name.starts_with(model)) {
            continue;
        }
        // A folder that cannot be looked into hides its own records and no others.
        let inside = entries(&models).unwrap_or_else(|error| {
            listing.damaged.push(Damaged {
                path: models.clone(),
                why: error.to_string(),
            });
            Vec::new()
        });
        for path in inside {
            if path.extension().is_none_or(|ending| ending != "json") {
                continue;
            }
            match load(&path) {
                Ok(record) => listing.entries.push(Entry {
                    id: (path.file_stem().unwrap_or_default().to_string_lossy()).into_owned(),
                    path,
                    record,
                }),
                Err(damaged) => listing.damaged.push(damaged),
            }
        }
    }
    let key = |entry: &Entry| (entry.record.date.clone(), entry.id.clone());
    listing.entries.sort_by_cached_key(key);
    Ok(listing)
}

/// The record whose name is `id` or alone begins with it.
pub fn find<'a>(listing: &'a Listing, id: &str) -> Result<&'a Entry, Vec<&'a Entry>> {
    let entries = &listing.entries;
    if let Some(exact) = entries.iter().find(|entry| entry.id == id) {
        return Ok(exact);
    }
    let fitting: Vec<&Entry> = (entries.iter())
        .filter(|entry| !id.is_empty() && entry.id.starts_with(id))
        .collect();
    match fitting[..] {
        [one] => Ok(one),
        _ => Err(fitting),
    }
}

/// What a folder holds, sorted by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, BoardError> {
    let io = |source| BoardError::Io {
        path: folder.to_path_buf(),
        source,
    };
    let listed = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        listed => listed.map_err(io)?,
    };
    let mut paths = Vec::new();
    for entry in listed.take(MAX_ENTRIES) {
        paths.push(entry.map_err(io)?.path());
    }
    paths.sort();
    Ok(paths)
}
