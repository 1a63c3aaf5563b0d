//! The result of a measurement, with all that it depends on. Plain data that is also what a record keeps: whole numbers
//! with their units in the names. Fields are only ever added, each with a default, so that older records still read.

use super::energy::Energy;
use super::statistics::Statistics;
use crate::types::Stage;
use serde::{Deserialize, Serialize};
use tinyscope_core::plan::StepId;

/// The result of a measurement, with all that it depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Measurement {
    /// `virtual` or the probe, as asked for.
    pub board: String,
    /// The probe's own name.
    pub board_name: String,
    /// The probe's serial number, where it has one.
    pub serial: Option<String>,
    /// Chip name in the registry.
    pub chip: String,
    /// Where the numbers come from, for people: `simulated, timing model m7-3` or `measured …`.
    pub provenance: String,
    /// Whether the cycles were simulated.
    pub simulated: bool,
    /// The timing model, where they were.
    pub timing_model: Option<String>,
    /// Compiler and version.
    pub toolchain: String,
    /// The compiler's path.
    pub compiler: String,
    /// Compiler flags.
    pub flags: String,
    /// SHA-256 of the C that the plan prints, in hexadecimal digits: schedule, kernels, arena and weights.
    pub plan_sha256: String,
    /// SHA-256 of the C that was built; another than the plan's where files were edited.
    pub program_sha256: String,
    /// SHA-256 of the linked image.
    pub firmware_sha256: String,
    /// Files of the program that are not as the plan prints them.
    pub edited: Vec<String>,
    /// The image was taken from the folder of finished builds.
    pub build_reused: bool,
    /// The chip held the image already: nothing was erased or programmed.
    pub flash_reused: bool,
    /// Core clock.
    pub clock: Clock,
    /// Core clock in hertz that milliseconds are computed with: [`Clock::hz`].
    pub clock_hz: u64,
    /// Which caches were on, for people.
    pub caches: String,
    /// Runs that were measured.
    pub runs: u32,
    /// Runs before those.
    pub warm_up: u32,
    /// Per step, in step order.
    pub steps: Vec<StepMeasurement>,
    /// Cycles of the whole inference in each run of the first input, in run order; hooks excluded.
    pub cycles: Vec<u64>,
    /// Smallest of them.
    pub total_cycles: u64,
    /// Instructions of the whole inference, hooks excluded; virtual board only.
    pub instructions: Option<u64>,
    /// Deepest stack use in bytes.
    pub stack_bytes: u32,
    /// Stack that the image reserves, in bytes.
    pub stack_reserved_bytes: u32,
    /// Arena of the plan, in bytes.
    pub arena_bytes: u64,
    /// Bytes of the arena up to the last one that the program wrote, where the firmware tells.
    pub arena_touched_bytes: Option<u64>,
    /// Guards before and after the arena were intact.
    pub guards_intact: bool,
    /// Flash of code and constants in the built image, bytes.
    pub flash_bytes: u64,
    /// Static RAM in the built image, arena included, bytes.
    pub ram_bytes: u64,
    /// Whether the answers were held against the host's.
    pub compared: bool,
    /// Every step and every output of every run equal the host's run.
    pub bit_exact: bool,
    /// The first difference, when there is one.
    pub difference: Option<Difference>,
    /// Codes of the outputs, one after the other, from the first measured run.
    pub output: Vec<i8>,
    /// Where the inputs are from, for people.
    pub inputs_about: String,
    /// SHA-256 of all inputs' codes.
    pub inputs_sha256: String,
    /// Every input that ran, in order.
    pub inputs: Vec<InputResult>,
    /// Names of the classes that labels number.
    pub classes: Vec<String>,
    /// Energy of one inference, where a supply is known.
    pub energy: Option<Energy>,
    /// Wall time of each stage that ran, in order.
    pub stage_times: Vec<StageTime>,
}

impl Measurement {
    /// Of the whole inference, over the runs.
    pub fn total(&self) -> Statistics {
        Statistics::of(&self.cycles)
    }

    /// Sums over the inputs.
    pub fn agreement(&self) -> Agreement {
        let count = |is: &dyn Fn(&InputResult) -> bool| {
            u32::try_from(self.inputs.iter().filter(|&input| is(input)).count()).unwrap_or(u32::MAX)
        };
        let right = |answer: Option<u32>, label: Option<u32>| answer.is_some() && answer == label;
        Agreement {
            inputs: count(&|_| true),
            bit_exact: count(&|input| input.bit_exact),
            same_argmax: count(&|input| right(input.target_argmax, input.host_argmax)),
            labelled: count(&|input| input.label.is_some()),
            correct_target: count(&|input| right(input.target_argmax, input.label)),
            correct_host: count(&|input| right(input.host_argmax, input.label)),
        }
    }

    /// The time that a stage took, in microseconds; 0 where it did not run.
    pub fn stage_micros(&self, stage: Stage) -> u64 {
        let times = self.stage_times.iter().filter(|time| time.stage == stage);
        times.map(|time| time.micros).sum()
    }

    /// The smallest run in milliseconds, at [`Self::clock_hz`].
    pub fn milliseconds(&self) -> f64 {
        self.total_cycles as f64 * 1e3 / self.clock_hz.max(1) as f64
    }

    /// `simulated` or `measured`: never in one column.
    pub const fn kind(&self) -> &'static str {
        if self.simulated {
            "simulated"
        } else {
            "measured"
        }
    }
}

/// One step's measurement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepMeasurement {
    /// The step.
    pub id: StepId,
    /// Cycles of each run by the core's cycle counter, in run order; patches of a stage are summed.
    pub cycles: Vec<u64>,
    /// Instructions of the first run; only the virtual board counts them.
    pub instructions: Option<u64>,
    /// Checksum of the output equals the host's, for every run of every input.
    pub bit_exact: bool,
}

impl StepMeasurement {
    /// Of its cycles, over the runs.
    pub fn statistics(&self) -> Statistics {
        Statistics::of(&self.cycles)
    }
}

/// Where the target first departs from the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Index of the input in [`Measurement::inputs`].
    #[serde(default)]
    pub input: u32,
    /// The first step whose checksum differs.
    pub step: StepId,
    /// Position of the first differing element in the whole output map, in the order of the run: row, column, channel.
    pub at: [usize; 3],
    /// The target's value there.
    pub target: i8,
    /// The host's value there.
    pub host: i8,
    /// Number of differing elements in that step's output map.
    pub count: usize,
    /// Largest absolute difference of two codes.
    #[serde(default)]
    pub largest: u8,
    /// Smallest row, column and channel with a difference.
    #[serde(default)]
    pub from: [usize; 3],
    /// Largest row, column and channel with a difference.
    #[serde(default)]
    pub to: [usize; 3],
    /// Rows, columns and channels of the map.
    #[serde(default)]
    pub shape: [usize; 3],
}

/// Core clock of the chip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Clock {
    /// As the plan's target says, in hertz.
    pub rated_hz: u64,
    /// Measured against the host's clock, in hertz.
    pub measured_hz: Option<u64>,
    /// How far that may be off, in parts per million.
    pub error_ppm: Option<u32>,
}

impl Clock {
    /// The clock to compute times with: measured, else rated.
    pub fn hz(&self) -> u64 {
        self.measured_hz.unwrap_or(self.rated_hz)
    }

    /// Where it is from, in few words: `rated`, `measured, ±40 ppm`.
    pub fn origin(&self) -> String {
        match (self.measured_hz, self.error_ppm) {
            (Some(_), Some(ppm)) => format!("measured, ±{ppm} ppm"),
            (Some(_), None) => "measured".to_owned(),
            (None, _) => "rated".to_owned(),
        }
    }
}

/// With where it is from: `216 MHz (rated)`.
impl std::fmt::Display for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", megahertz(self.hz()), self.origin())
    }
}

/// A frequency in hertz as people write clocks, to the hertz: `216 MHz`, `215.998123 MHz`.
pub fn megahertz(hz: u64) -> String {
    let (whole, part) = (hz / 1_000_000, hz % 1_000_000);
    let digits = format!("{whole}.{part:06}");
    let shown = digits.trim_end_matches('0').trim_end_matches('.');
    format!("{shown} MHz")
}

/// What became of one input.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InputResult {
    /// What to call it.
    pub name: String,
    /// Its class, where known.
    pub label: Option<u32>,
    /// Index of the first largest code of the target's first output.
    pub target_argmax: Option<u32>,
    /// The host's, where it was asked.
    pub host_argmax: Option<u32>,
    /// Every step and output of every run equal the host's.
    pub bit_exact: bool,
    /// Cycles of the whole inference, the smallest of its runs.
    pub cycles: u64,
}

/// Sums over the inputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// Number of inputs.
    pub inputs: u32,
    /// Those whose every step equals the host's.
    pub bit_exact: u32,
    /// Those that target and host put in the same class.
    pub same_argmax: u32,
    /// Those whose class is known.
    pub labelled: u32,
    /// Of these, those that the target put in it.
    pub correct_target: u32,
    /// Of these, those that the host put in it.
    pub correct_host: u32,
}

/// How long a stage took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageTime {
    /// The stage.
    pub stage: Stage,
    /// Wall time in microseconds.
    pub micros: u64,
}
