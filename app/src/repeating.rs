//! Measuring again what a record says: what was asked for then, for window and command line alike. Board, chip and schedule
//! are not here; they are the plan's and the user's.

use crate::samples;
use std::path::PathBuf;
use std::time::Duration;
use tinyscope_board::MeasureRequest;
use tinyscope_board::measure::Supply;
use tinyscope_board::record::Record;
use tinyscope_core::quant::preprocess::Preprocessing;

/// Most runs that a record may ask for again; it comes from anybody.
const MOST_RUNS: u32 = crate::measuring::MOST_RUNS;
/// Time limit for a run of which the record says none.
const TIMEOUT: Duration = Duration::from_mins(1);
/// Longest time limit for a run.
const LONGEST: Duration = Duration::from_hours(1);

/// What a record asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Repetition {
    /// Runs that are measured.
    pub runs: u32,
    /// Runs before them, which do not count.
    pub warm_up: u32,
    /// Folder of inputs; `None` for the random input.
    pub inputs: Option<PathBuf>,
    /// How many inputs at most.
    pub samples: usize,
    /// How pictures became inputs, where the record says it.
    pub preprocessing: Option<Preprocessing>,
    /// What the energy was estimated from.
    pub supply: Option<Supply>,
    /// The compiler that was asked for.
    pub compiler: Option<String>,
    /// Time limit for one run.
    pub timeout: Duration,
    /// Whether the bytes were held against the host's.
    pub compare: bool,
}

impl Repetition {
    /// Of a record.
    pub fn of(record: &Record) -> Self {
        let (request, old) = (&record.request, &record.measurement);
        let limit = request.inputs_limit.and_then(|n| usize::try_from(n).ok());
        Self {
            runs: old.runs.clamp(1, MOST_RUNS),
            warm_up: old.warm_up.min(MOST_RUNS),
            inputs: request.inputs_folder.as_ref().map(PathBuf::from),
            samples: limit.unwrap_or(samples::LIMIT),
            preprocessing: request.preprocessing,
            supply: old.energy.as_ref().map(|energy| energy.supply.clone()),
            compiler: request.compiler.clone(),
            timeout: match request.timeout_seconds {
                0 => TIMEOUT,
                seconds => Duration::from_secs(seconds).min(LONGEST),
            },
            compare: old.compared,
        }
    }

    /// Makes a request ask for it, but for the inputs, which have to be read first.
    pub fn apply(&self, request: &mut MeasureRequest) {
        request.runs = self.runs;
        request.warm_up = self.warm_up;
        request.supply.clone_from(&self.supply);
        request.compiler.clone_from(&self.compiler);
        request.timeout = self.timeout;
        request.compare = self.compare;
    }
}
