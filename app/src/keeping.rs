//! Measurements made in the window as records: what they depend on beside the measurement itself.

use crate::document::{Model, ModelSource};
use crate::measuring::Settings;
use crate::samples;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tinyscope_board::Measurement;
use tinyscope_board::record::{self, Correction, Listing, ModelFacts, Record, RequestFacts};
use tinyscope_core::plan::Plan;
use tinyscope_core::quant::preprocess::Preprocessing;

/// What a record says of the model and of what was asked for.
pub struct Facts {
    model: ModelFacts,
    request: RequestFacts,
}

/// Which model it is.
pub fn model_facts(model: &Model) -> ModelFacts {
    let file = match &model.source {
        ModelSource::File(path) => std::path::absolute(path)
            .unwrap_or_else(|_| path.clone())
            .to_string_lossy()
            .into_owned(),
        ModelSource::Example(name) => name.clone(),
    };
    ModelFacts {
        name: model.source.stem(),
        file,
        sha256: model.sha256.clone(),
    }
}

/// The facts of a measurement of `model` with these settings.
pub fn facts(
    model: &Model,
    settings: &Settings,
    preprocessing: Option<Preprocessing>,
    timeout: Duration,
) -> Facts {
    let folder = settings.inputs.as_ref();
    Facts {
        model: model_facts(model),
        request: RequestFacts {
            inputs_folder: folder.map(|folder| folder.to_string_lossy().into_owned()),
            inputs_limit: folder.map(|_| samples::LIMIT as u64),
            preprocessing,
            timeout_seconds: timeout.as_secs(),
            ..RequestFacts::default()
        },
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

/// Writes the record of a measurement into the folder of records.
///
/// # Errors
/// Why it could not be written, for people.
pub fn keep(
    folder: &Path,
    facts: Facts,
    plan: &Plan,
    measurement: &Measurement,
) -> Result<(), String> {
    let record = Record::new(facts.model, plan, facts.request, measurement.clone());
    (record::save(folder, &record).map(drop)).map_err(|error| error.to_string())
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
