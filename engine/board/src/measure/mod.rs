//! Plan → C → image → board → figures, compared with the host's run.

mod compare;
mod currents;
mod energy;
mod host;
mod request;
mod result;
mod run;
mod setup;
mod statistics;

pub use currents::typical_supply;
pub use energy::{Energy, Supply, SupplySource};
pub use request::{Inputs, MeasureRequest, Sample, Samples};
pub use result::{
    Agreement, Clock, Difference, InputResult, Measurement, StageTime, StepMeasurement, megahertz,
};
pub use statistics::Statistics;

use crate::build::sources;
use crate::error::BoardError;
use crate::hash;
use crate::types::{Cancel, Progress, Stage};
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

/// Answers of the host that may wait for the board.
const AHEAD: usize = 8;

/// Generates, builds, flashes, runs and compares.
///
/// # Errors
/// Any [`BoardError`]; a result that differs from the host's is not an error but says so.
pub fn measure(
    request: &MeasureRequest,
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<Measurement, BoardError> {
    measure_files(request, None, progress, cancel)
}

/// [`measure`] with the C project given, which may have been edited: it is held against the host's run of the plan.
///
/// # Errors
/// As [`measure`].
pub fn measure_sources(
    request: &MeasureRequest,
    files: &[(String, String)],
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<Measurement, BoardError> {
    measure_files(request, Some(files), progress, cancel)
}

/// What is to be built, and how it relates to the plan.
struct ProgramFiles {
    files: Vec<(String, String)>,
    plan_sha256: String,
    program_sha256: String,
    edited: Vec<String>,
}

impl ProgramFiles {
    /// The plan's own program, or `given` beside it.
    fn new(printed: Vec<(String, String)>, given: Option<&[(String, String)]>) -> Self {
        let plan_sha256 = hash::of_files(&printed);
        let Some(given) = given else {
            return Self {
                files: printed,
                program_sha256: plan_sha256.clone(),
                plan_sha256,
                edited: Vec::new(),
            };
        };
        let names = printed.iter().chain(given).map(|(name, _)| name.as_str());
        let text = |files: &[(String, String)], name: &str| {
            let file = files.iter().find(|(other, _)| other == name);
            file.map(|(_, text)| text.clone())
        };
        let mut edited: Vec<String> = names
            .filter(|name| text(&printed, name) != text(given, name))
            .map(str::to_owned)
            .collect();
        edited.sort();
        edited.dedup();
        Self {
            files: given.to_vec(),
            plan_sha256,
            program_sha256: hash::of_files(given),
            edited,
        }
    }
}

fn measure_files(
    request: &MeasureRequest,
    given: Option<&[(String, String)]>,
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<Measurement, BoardError> {
    if tinyscope_core::codegen::takes_rows(&request.plan) {
        return Err(BoardError::Model {
            message: "its schedule takes the input by rows, and the measuring firmware has none to give; measure it with \
                      the input resident in the arena, where the steps and their kernels are the same"
                .into(),
        });
    }
    let inputs = host::codes(&request.plan, &request.inputs)?;
    // The host works while the board is built and flashed; it stops when nobody takes its answers any more.
    std::thread::scope(|scope| {
        let (send, answers) = sync_channel(AHEAD);
        let stop = Cancel::default();
        if request.compare {
            let (plan, inputs, stop) = (&request.plan, &inputs, stop.clone());
            scope.spawn(move || host::answer_all(plan, inputs, &send, &stop));
        }
        let mut job = Job {
            request,
            progress,
            cancel,
            times: Vec::new(),
        };
        let result = job
            .generate(given)
            .and_then(|program| job.build_and_run(&program, &inputs, &answers));
        stop.cancel();
        drop(answers);
        result
    })
}

/// A measurement under way.
struct Job<'a> {
    request: &'a MeasureRequest,
    progress: &'a mut dyn FnMut(Progress),
    cancel: &'a Cancel,
    times: Vec<StageTime>,
}

impl Job<'_> {
    fn report(&mut self, stage: Stage, fraction: f32, message: String) {
        (self.progress)(Progress {
            stage,
            fraction,
            message,
        });
    }

    fn took(&mut self, stage: Stage, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.times.push(StageTime { stage, micros });
    }

    fn generate(&mut self, given: Option<&[(String, String)]>) -> Result<ProgramFiles, BoardError> {
        self.report(Stage::Generate, 0.0, String::new());
        let started = Instant::now();
        let program = ProgramFiles::new(sources(&self.request.plan)?, given);
        self.took(Stage::Generate, started.elapsed());
        Ok(program)
    }
}
