//! Stages, progress, boards, chips and tools. Plain data.

use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is being done; progress and errors name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// A probe or the virtual board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BoardInfo {
    /// `virtual`, or `VID:PID:SERIAL`: what `--board` takes.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// The chip, where the board tells.
    pub chip: Option<String>,
    /// Chips that the board can have: of the virtual one, an example of each line that it can be.
    pub chips: Vec<String>,
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
    /// Whether the virtual board can be this chip.
    pub simulated: bool,
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
    /// The line that installs it, when missing; for Debian and Ubuntu where that matters.
    pub install: Option<String>,
    /// Where it is to be had for other systems, when missing.
    pub home: Option<String>,
}
