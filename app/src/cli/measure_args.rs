//! What `measure` and `records` accept.

use super::args::{PlanArgs, PreprocessingArgs};
use crate::samples;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

const ON_THE_BOARD: &str = "On the board";
const INPUTS: &str = "Inputs";
const ENERGY: &str = "Energy";
const BUILD_AND_RECORD: &str = "Build and record";

/// What the help of `measure` shows last.
pub const EXAMPLES: &str = "\
Examples:
  tinyscope measure scene                                on the virtual board, its default chip
  tinyscope measure model.tflite --chip nRF52840_xxAA    on another virtual chip; `tinyscope boards` names them
  tinyscope measure model.tflite --board 0483:374b       on a real board, as `tinyscope boards` names its probe
  tinyscope measure project/                             a folder that `tinyscope emit` wrote, edited or not";

/// What to measure, where, on what, and what becomes of it.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Debug, Args)]
pub struct MeasureArgs {
    /// Model and schedule; or a folder that `emit` wrote, edited or not.
    #[command(flatten)]
    pub plan: PlanArgs,
    /// `virtual`, or a probe as `tinyscope boards` names it.
    #[arg(long, help_heading = ON_THE_BOARD, default_value = "virtual")]
    pub board: String,
    /// Number of measured runs.
    #[arg(long, help_heading = ON_THE_BOARD, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub runs: u32,
    /// Number of runs before those, not counted.
    #[arg(long, help_heading = ON_THE_BOARD, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub warm_up: u32,
    /// Folder of inputs: pictures (PNG, JPEG, BMP) or `.npy` arrays; sub-folders are classes. Each runs once, the first
    /// as often as --runs says. Random codes without.
    #[arg(long, help_heading = INPUTS, value_name = "FOLDER")]
    pub inputs: Option<PathBuf>,
    /// How many inputs at most, evenly spread over the folder.
    #[arg(long, help_heading = INPUTS, value_name = "N", default_value_t = samples::LIMIT, value_parser = super::args::samples)]
    pub samples: usize,
    /// What happens to pictures.
    #[command(flatten, next_help_heading = INPUTS)]
    pub preprocessing: PreprocessingArgs,
    /// Current that the chip takes while it runs, in mA, for an estimate of the energy; without it the vendor's typical
    /// figure, where one is known.
    #[arg(long, help_heading = ENERGY, value_name = "MA", value_parser = thousandths)]
    pub current: Option<u32>,
    /// Voltage that goes with it, in V.
    #[arg(long, help_heading = ENERGY, value_name = "V", default_value = "3.3", value_parser = thousandths, requires = "current")]
    pub voltage: u32,
    /// Compiler to build with, by name or path.
    #[arg(long, help_heading = BUILD_AND_RECORD, value_name = "PROGRAM")]
    pub compiler: Option<String>,
    /// Speed of the debug link in kHz; the probe's own choice without.
    #[arg(long, help_heading = ON_THE_BOARD, value_name = "KHZ", value_parser = clap::value_parser!(u32).range(1..=200_000))]
    pub speed: Option<u32>,
    /// Hold the chip in reset while attaching: for programs that close the debug port.
    #[arg(long, help_heading = ON_THE_BOARD)]
    pub under_reset: bool,
    /// Time limit for a run on the target, in seconds.
    #[arg(long, help_heading = ON_THE_BOARD, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
    /// Keep the generated project and the build here.
    #[arg(long, help_heading = BUILD_AND_RECORD, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// Compile even if nothing changed since an earlier build.
    #[arg(long, help_heading = BUILD_AND_RECORD)]
    pub rebuild: bool,
    /// Do not compare with the host's run.
    #[arg(long, help_heading = BUILD_AND_RECORD)]
    pub no_compare: bool,
    /// Do not keep the measurement.
    #[arg(long, help_heading = BUILD_AND_RECORD)]
    pub no_record: bool,
    /// With an edited project: the model that it was printed from, where it is not in its old place.
    #[arg(long, help_heading = BUILD_AND_RECORD, value_name = "FILE")]
    pub model: Option<PathBuf>,
}

/// What to do with kept measurements.
#[derive(Debug, Subcommand)]
pub enum RecordsCommand {
    /// One line each, oldest first.
    List {
        /// Only those of this model.
        #[arg(value_name = "FILE")]
        model: Option<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// One, step by step.
    Show {
        /// Which: as `list` names it, or the beginning of that; `last`.
        id: String,
        /// Print JSON: the record as it is kept.
        #[arg(long)]
        json: bool,
    },
    /// Two, side by side: what differs in how they came about, then step by step.
    Compare {
        /// The first.
        a: String,
        /// The second.
        b: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// As a file for other programs.
    Export {
        /// Which; all if none is named.
        ids: Vec<String>,
        /// Only those of this model.
        #[arg(long, value_name = "FILE")]
        model: Option<PathBuf>,
        /// Format; without it what the ending of --out says, else csv.
        #[arg(long, value_enum)]
        format: Option<RecordFormat>,
        /// File to write; standard output without.
        #[arg(long, value_name = "PATH")]
        out: Option<PathBuf>,
        /// Overwrite PATH if it is there.
        #[arg(long)]
        force: bool,
    },
    /// Measure again what a record says, on the same board or another.
    Rerun {
        /// Which.
        id: String,
        /// Another board.
        #[arg(long)]
        board: Option<String>,
        /// The model, where it is not in its old place.
        #[arg(long, value_name = "FILE")]
        model: Option<PathBuf>,
        /// Do not keep the measurement.
        #[arg(long)]
        no_record: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Values of `--format` of `records export`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RecordFormat {
    /// A line for each step and run.
    Csv,
    /// The records as they are kept.
    Json,
}

/// A positive decimal number in thousandths: exact, since records hold no rounded numbers.
fn thousandths(text: &str) -> Result<u32, String> {
    let wrong = || format!("`{text}` is not a number above 0 with at most three decimals");
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || part.len() > 3 || !digits(whole) || !digits(part) {
        return Err(wrong());
    }
    let number: u32 = format!("{whole}{part:0<3}").parse().map_err(|_| wrong())?;
    if number == 0 {
        Err(wrong())
    } else {
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousandths_are_exact() {
        assert_eq!(thousandths("3.3"), Ok(3300));
        assert_eq!(thousandths("102"), Ok(102_000));
        assert_eq!(thousandths("0.001"), Ok(1));
        for bad in [
            "", ".5", "0", "-1", "1.2345", "1e3", "inf", "9999999", "1,5",
        ] {
            assert!(thousandths(bad).is_err(), "{bad}");
        }
    }
}
