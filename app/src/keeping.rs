//! Measurements as records: what they depend on beside the measurement itself, for window and command line alike.

use crate::document::{Model, ModelSource};
use crate::samples::Given;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tinyscope_board::record::{self, Correction, Listing, ModelFacts, Record, RequestFacts};
use tinyscope_board::{MeasureRequest, Measurement};
use tinyscope_core::plan::Plan;

/// What a record says of the model and of what was asked for.
pub struct Facts {
    /// Which model.
    pub model: ModelFacts,
    /// What was asked for.
    pub request: RequestFacts,
}

/// Which model it is; `project` is the file of the project that it was opened from or saved in.
pub fn model_facts(model: &Model, project: Option<&Path>) -> ModelFacts {
    let file = match (project, &model.source) {
        (Some(path), _) => absolute(path),
        (None, ModelSource::File(path)) => absolute(path),
        // Only a path can be made absolute.
        (None, ModelSource::Example(name)) => name.clone(),
    };
    ModelFacts {
        name: model.source.stem(),
        file,
        sha256: model.sha256.clone(),
    }
}

/// A path as records name it, the same from any folder.
pub fn absolute(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.to_string_lossy().into_owned()
}

/// The facts of what is asked for on these inputs; random ones where none are given.
pub fn request_facts(request: &MeasureRequest, given: Option<&Given>) -> RequestFacts {
    RequestFacts {
        inputs_folder: given.map(|given| absolute(&given.folder)),
        inputs_limit: given.map(|given| given.limit as u64),
        preprocessing: given.map(|given| given.preprocessing),
        project_folder: None,
        compiler: request.compiler.clone(),
        timeout_seconds: request.timeout.as_secs(),
    }
}

/// Where the window keeps what it makes. Tests have folders of their own, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folders {
    /// Records of measurements.
    pub records: Option<PathBuf>,
    /// Finished builds.
    pub builds: Option<PathBuf>,
}

impl Folders {
    /// The user's.
    pub fn of_user() -> Self {
        Self {
            records: record::default_folder(),
            builds: tinyscope_board::cache::default_folder(),
        }
    }
}

/// Writes the record of a measurement into the folder of records; returns its file.
///
/// # Errors
/// Why it could not be written, for people.
pub fn keep(
    folder: &Path,
    facts: Facts,
    plan: &Plan,
    measurement: &Measurement,
) -> Result<PathBuf, String> {
    let record = Record::new(facts.model, plan, facts.request, measurement.clone());
    record::save(folder, &record).map_err(|error| error.to_string())
}

/// Records as text: a list in JSON, or a table of comma-separated values.
///
/// # Errors
/// What went wrong, for people.
pub fn export(records: &[&Record], json: bool) -> Result<String, String> {
    if !json {
        return Ok(record::export_csv(records));
    }
    let text = record::export_json(records).map_err(|error| error.to_string())?;
    Ok(text + "\n")
}

/// Writes records into a file, as its ending says where `json` is not given.
///
/// # Errors
/// What went wrong and what to do, for people.
pub fn export_to(records: &[&Record], path: &Path, json: Option<bool>) -> Result<(), String> {
    let ending = path.extension();
    let json = json.unwrap_or_else(|| ending.is_some_and(|e| e.eq_ignore_ascii_case("json")));
    let text = export(records, json)?;
    crate::store::write_whole(path, text.as_bytes()).map_err(|error| {
        let path = crate::format::path(path);
        format!("{path}: {error}; choose a file that can be written")
    })
}

/// What the folder of records says of a model.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// Records of the model, oldest first, and files that could not be read.
    pub listing: Listing,
    /// What all records, of whatever model, say about the estimates: one for each chip.
    pub corrections: Vec<Correction>,
}

/// The records of the model with this hash, and what all records say about the estimates.
///
/// # Errors
/// Why the folder could not be read, for people.
pub fn records(folder: &Path, sha256: &str) -> Result<Kept, String> {
    let mut listing = record::list(folder, None).map_err(|error| error.to_string())?;
    let records: Vec<&Record> = listing.entries.iter().map(|entry| &entry.record).collect();
    let chips: BTreeSet<&str> = (records.iter())
        .map(|record| record.measurement.chip.as_str())
        .collect();
    let corrections = (chips.into_iter())
        .filter_map(|chip| record::correction(&records, chip))
        .collect();
    listing
        .entries
        .retain(|entry| entry.record.model.sha256 == sha256);
    Ok(Kept {
        listing,
        corrections,
    })
}
