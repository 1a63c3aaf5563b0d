//! What a measurement is made of: request, progress and result. Plain data.

use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tinyscope_core::plan::{Plan, StepId};

/// What to measure, where and how often.
#[derive(Clone, Debug)]
pub struct MeasureRequest {
    /// The plan to build and run; its target names the chip.
    pub plan: Arc<Plan>,
    /// `virtual`, or a probe as [`BoardInfo::id`] names it.
    pub board: String,
    /// Input codes, as many as the lowered graph's inputs have bytes; `None` takes seeded random codes.
    pub input: Option<Vec<i8>>,
    /// How many runs are measured, at least 1.
    pub runs: u32,
    /// Time limit for one run on the target.
    pub timeout: Duration,
    /// Where to keep the generated project and the build; `None` uses a temporary folder.
    pub build_dir: Option<PathBuf>,
}

/// What is being done; progress and errors name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Printing C.
    Generate,
    /// Compiling and linking.
    Compile,
    /// Connecting to the chip.
    Attach,
    /// Erasing flash sectors.
    Erase,
    /// Programming flash.
    Program,
    /// Reading back and comparing.
    Verify,
    /// Running the program.
    Run,
    /// Comparing with the host's run.
    Compare,
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Generate => "generating C",
            Self::Compile => "compiling",
            Self::Attach => "attaching",
            Self::Erase => "erasing",
            Self::Program => "programming",
            Self::Verify => "verifying",
            Self::Run => "running",
            Self::Compare => "comparing",
        })
    }
}

/// A progress report.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// Share of the stage that is done, 0 to 1.
    pub fraction: f32,
    /// One line for the log; may be empty.
    pub message: String,
}

/// Shared flag by which a long task is told to stop.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Ask the task to stop at its next check.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether stopping was asked for.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// One step's measurement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepMeasurement {
    /// The step.
    pub id: StepId,
    /// Cycles of each run by the core's cycle counter, in run order; patches of a stage are summed.
    pub cycles: Vec<u64>,
    /// Instructions of the first run; only the virtual board counts them.
    pub instructions: Option<u64>,
    /// Checksum of the output equals the host's.
    pub bit_exact: bool,
}

/// Where the target first departs from the host.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The first step whose checksum differs.
    pub step: StepId,
    /// Position of the first differing element in the whole output map: row, column, channel.
    pub at: [usize; 3],
    /// The target's value.
    pub target: i8,
    /// The host's value.
    pub host: i8,
    /// Number of differing elements in that step's output (of the patch, in a patch stage).
    pub count: usize,
}

/// The result of a measurement, with all that it depends on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measurement {
    /// `virtual` or the probe.
    pub board: String,
    /// Chip name in the registry.
    pub chip: String,
    /// Where the numbers come from, for people: `simulated, timing model m7-1` or `measured`.
    pub provenance: String,
    /// Whether the cycles were simulated.
    pub simulated: bool,
    /// Compiler and version.
    pub toolchain: String,
    /// Compiler flags.
    pub flags: String,
    /// Core clock in hertz that milliseconds are computed with.
    pub clock_hz: u64,
    /// Per step, in step order.
    pub steps: Vec<StepMeasurement>,
    /// Cycles of the whole inference, smallest of the runs; hooks excluded.
    pub total_cycles: u64,
    /// Instructions of the whole inference, hooks excluded; virtual board only.
    pub instructions: Option<u64>,
    /// Deepest stack use in bytes.
    pub stack_bytes: u32,
    /// Guards before and after the arena were intact.
    pub guards_intact: bool,
    /// Flash of code and constants in the built image, bytes.
    pub flash_bytes: u64,
    /// Static RAM in the built image, arena included, bytes.
    pub ram_bytes: u64,
    /// Every step and every output equal the host's run.
    pub bit_exact: bool,
    /// The first difference, when there is one.
    pub difference: Option<Difference>,
    /// Codes of the outputs, one after the other, from the target's first run.
    pub output: Vec<i8>,
    /// Wall time of each stage that ran, in order.
    pub stage_times: Vec<(Stage, Duration)>,
}

/// A probe or the virtual board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BoardInfo {
    /// `virtual`, or `VID:PID:SERIAL`: what `--board` takes.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// The chip, where the board tells.
    pub chip: Option<String>,
    /// Whether it is the built-in simulator.
    pub is_virtual: bool,
}

/// A chip of the probe-rs registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChipInfo {
    /// Registry name.
    pub name: String,
    /// Family or vendor series.
    pub family: String,
    /// Processor, as the registry names it.
    pub core: String,
    /// RAM in bytes.
    pub ram_bytes: u64,
    /// Flash in bytes.
    pub flash_bytes: u64,
}

/// One line of `tinyscope doctor`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ToolReport {
    /// Tool, for example `arm-none-eabi-gcc`.
    pub name: String,
    /// What it is needed for.
    pub purpose: String,
    /// Version and path, when found.
    pub found: Option<String>,
    /// The line that installs it, when missing.
    pub install: Option<String>,
}
