//! What the command line accepts.

use super::measure_args::{EXAMPLES, MeasureArgs, RecordsCommand};
use crate::project::MAX_SAMPLES;
use crate::stages;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use tinyscope_core::quant::calibrate::Method;
use tinyscope_core::quant::preprocess::{ChannelOrder, Fit, Preprocessing};
use tinyscope_core::schedule::{InputMode, Stage};

/// Profiler and model designer for convolutional networks on microcontrollers.
///
/// Without a subcommand the window opens, on FILE if one is given.
#[derive(Debug, Parser)]
#[command(name = "tinyscope", version, args_conflicts_with_subcommands = true)]
#[command(
    after_help = "Exit status: 0 done; 1 the answer is no (does not fit, differs); \
    2 bad input or usage; 3 a tool or board is missing or failed."
)]
pub struct Cli {
    /// What to do without a window.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Model or project to open in the window.
    pub file: Option<PathBuf>,
    /// Open a bundled example in the window instead of a file.
    #[arg(long, value_name = "NAME", conflicts_with = "file")]
    pub example: Option<String>,
}

/// The subcommands. Every one takes `--json`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Operators, shapes, MACs, parameters, memory per step, and everything wrong with the file.
    Inspect(ModelArgs),
    /// A schedule, its arena and its costs.
    Plan {
        /// Model and schedule.
        #[command(flatten)]
        plan: PlanArgs,
        /// Instead of one schedule, all that no other beats in memory, MACs and estimated cycles.
        #[arg(long, conflicts_with_all = ["stage", "split", "max_macs", "max_cycles", "sram"])]
        front: bool,
    },
    /// Write the C project.
    Emit {
        /// Model and schedule.
        #[command(flatten)]
        plan: PlanArgs,
        /// Folder to write into; created if missing. Of what is there, only unedited files of a project are overwritten.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Prefix of every C identifier.
        #[arg(long, default_value = "model", value_parser = identifier)]
        prefix: String,
        /// Overwrite files of the same names whoever wrote them.
        #[arg(long)]
        force: bool,
    },
    /// Instructions and cycles of the generated kernels on the virtual board, by kernel and shape and by network, beside
    /// published figures.
    Bench(BenchArgs),
    /// Write the network as it stands for other programs: TensorFlow Lite, or ONNX (NCHW, QDQ).
    Export {
        /// Model.
        #[command(flatten)]
        model: ModelArgs,
        /// File to write.
        #[arg(long, value_name = "PATH")]
        out: PathBuf,
        /// Format, where the extension of PATH does not say it.
        #[arg(long, value_enum)]
        format: Option<ExportFormat>,
        /// Overwrite PATH if it is there.
        #[arg(long)]
        force: bool,
    },
    /// Run on the host and compare every step: with recorded answers, and each schedule with the plain run.
    Verify {
        /// Model and schedule.
        #[command(flatten)]
        plan: PlanArgs,
        /// Recorded answers of the reference to compare with (an `.npz` archive).
        #[arg(long, value_name = "NPZ")]
        golden: Option<PathBuf>,
        /// Seed of the random input.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Build, flash, run on a board, compare, and print cycles per step.
    #[command(
        after_help = EXAMPLES,
        mut_arg("file", |file| file.help(
            "The model, a project (.tinyscope), the name of a bundled example, or a folder that `emit` wrote"
        ))
    )]
    Measure(MeasureArgs),
    /// Measurements that were kept: list, show, compare, export, measure again.
    Records {
        /// What to do with them.
        #[command(subcommand)]
        command: RecordsCommand,
    },
    /// Make an int8 model of a float one, and report what it costs.
    Quantize(QuantizeArgs),
    /// Run once on the host and print the largest outputs.
    Run {
        /// The model.
        #[command(flatten)]
        model: ModelArgs,
        /// Picture (PNG, JPEG, BMP) or `.npy` array; random input without.
        #[arg(long, value_name = "FILE")]
        image: Option<PathBuf>,
        /// What happens to the picture.
        #[command(flatten)]
        preprocessing: PreprocessingArgs,
        /// Names of the classes, one a line.
        #[arg(long, value_name = "FILE")]
        labels: Option<PathBuf>,
        /// How many outputs to print, largest first.
        #[arg(long, value_name = "N", default_value_t = 5)]
        top: usize,
    },
    /// Published figures of other tools, each beside ours under the same accounting.
    Reproduce {
        /// Folder of the published model files, for the figures that need them.
        #[arg(long, value_name = "DIR")]
        models: Option<PathBuf>,
        /// Folder of `MiniMalloc`'s packing problems (`A.1048576.csv` …), for the figures that need them.
        #[arg(long, value_name = "DIR")]
        packings: Option<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Boards that are connected, and the chips that are known.
    Boards {
        /// List the chips whose name contains this text (all of them if empty).
        #[arg(long, value_name = "TEXT", num_args = 0..=1, default_missing_value = "")]
        chips: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Serve the virtual board over TCP, for an unmodified `probe-rs` to flash, run and debug on.
    Serve {
        /// Chip on the board, as `tinyscope boards` names it.
        #[arg(long, value_name = "NAME")]
        chip: Option<String>,
        /// Address and port to listen on; port 0 takes any that is free.
        #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:3746")]
        listen: std::net::SocketAddr,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Which tools are here, what is missing, and the line that installs it.
    Doctor {
        /// Print only the udev rule that lets people open debug probes on Linux.
        #[arg(long, conflicts_with = "json")]
        udev_rule: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// A model and how to print.
#[derive(Clone, Debug, Args)]
pub struct ModelArgs {
    /// The model, a project (.tinyscope), or the name of a bundled example.
    pub file: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// A model and how to plan it.
#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    pub model: ModelArgs,
    /// Chip, as `tinyscope boards --chips` names it.
    #[arg(long, value_name = "NAME")]
    pub chip: Option<String>,
    /// Bytes of SRAM that the arena may take, instead of the chip's.
    #[arg(long, value_name = "BYTES")]
    pub sram: Option<usize>,
    /// How the steps are run.
    #[arg(long, value_enum)]
    pub schedule: Option<ScheduleArg>,
    /// Run steps A to before B in one way: `layer`, `patch:RxC` (patches), `strips:R` (strips of R rows, columns kept),
    /// `rows` or `pixels` (line buffers), `tiles:RxC` (tiles of so many pixels, rows and columns kept). May be given
    /// several times; steps in no stage run layer by layer.
    #[arg(long, value_name = "A..B=METHOD", value_parser = stages::stage, conflicts_with_all = ["schedule", "split"])]
    pub stage: Vec<Stage>,
    /// How the network's input comes: whole in the arena before the run, or row by row from a callback.
    #[arg(long, value_enum)]
    pub input: Option<InputArg>,
    /// Do not let the output of a line-buffered stage lie over an input that it uses up.
    #[arg(long)]
    pub no_overlap: bool,
    /// Steps in the patch stage; with --grid.
    #[arg(long, value_name = "N", requires = "grid")]
    pub split: Option<usize>,
    /// Patches in each direction, as `P` or as `ROWSxCOLUMNS`; with --split.
    #[arg(long, value_name = "P", requires = "split", value_parser = grid)]
    pub grid: Option<[usize; 2]>,
    /// Keep this stage (as for --stage) while `stream` or `auto` chooses the rest.
    #[arg(long, value_name = "A..B=METHOD", value_parser = stages::stage, conflicts_with_all = ["stage", "split"])]
    pub pin: Vec<Stage>,
    /// Keep a boundary between stages before step N while `stream` or `auto` chooses the rest.
    #[arg(long, value_name = "N", conflicts_with_all = ["stage", "split"])]
    pub pin_boundary: Vec<usize>,
    /// With `patch` and `auto`: the least memory with at most this many times the MACs of the layer-by-layer schedule.
    #[arg(long, value_name = "F", value_parser = factor)]
    pub max_macs: Option<f64>,
    /// With `auto`: the least memory with at most this many times the estimated cycles of the layer-by-layer schedule.
    #[arg(long, value_name = "F", value_parser = factor, conflicts_with = "max_macs")]
    pub max_cycles: Option<f64>,
    /// Do not correct estimated cycles by the measurements that were kept of the chip.
    #[arg(long)]
    pub no_correction: bool,
}

impl PlanArgs {
    /// The plain schedule on the built-in chip.
    pub fn layer_by_layer(model: &ModelArgs) -> Self {
        Self {
            model: model.clone(),
            chip: None,
            sram: None,
            schedule: None,
            stage: Vec::new(),
            input: None,
            no_overlap: false,
            split: None,
            grid: None,
            pin: Vec::new(),
            pin_boundary: Vec::new(),
            max_macs: None,
            max_cycles: None,
            no_correction: true,
        }
    }

    /// Whether anything about chip or schedule was given.
    pub fn chooses(&self) -> bool {
        let lists = [
            self.stage.is_empty(),
            self.pin.is_empty(),
            self.pin_boundary.is_empty(),
        ];
        let limits = self.max_macs.is_some() || self.max_cycles.is_some();
        let chip = self.chip.is_some() || self.sram.is_some();
        let schedule = self.schedule.is_some() || self.split.is_some() || self.input.is_some();
        lists.contains(&false) || limits || chip || schedule || self.no_overlap
    }
}

/// Values of `--input`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InputArg {
    /// Whole, in the arena.
    Resident,
    /// Row by row, each once.
    Rows,
}

impl From<InputArg> for InputMode {
    fn from(arg: InputArg) -> Self {
        match arg {
            InputArg::Resident => Self::Resident,
            InputArg::Rows => Self::Rows,
        }
    }
}

/// Values of `--format` of `export`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// TensorFlow Lite.
    Tflite,
    /// ONNX, operator set 17.
    Onnx,
}

/// How to quantise.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Debug, Args)]
pub struct QuantizeArgs {
    #[command(flatten)]
    pub model: ModelArgs,
    /// The int8 model to write; its ending says in which format.
    #[arg(long, value_name = "OUT.tflite")]
    pub out: PathBuf,
    /// Overwrite it if it is there.
    #[arg(long)]
    pub force: bool,
    /// Folder of samples: pictures (PNG, JPEG, BMP) or `.npy` arrays; sub-folders are classes.
    #[arg(long, value_name = "FOLDER")]
    pub images: Option<PathBuf>,
    /// Take ranges from random input: fit for memory and timing, not for answers.
    #[arg(long, conflicts_with = "images")]
    pub random: bool,
    /// How many samples at most, evenly spread over the folder.
    #[arg(long, value_name = "N", default_value_t = crate::quantise::SAMPLES, value_parser = samples)]
    pub samples: usize,
    /// How ranges of activations follow from the samples.
    #[arg(long, value_enum, default_value_t = MethodArg::Minmax)]
    pub method: MethodArg,
    /// With `--method percentile`: per cent of the values inside the range.
    #[arg(long, value_name = "P")]
    pub percent: Option<f32>,
    /// Equalise the channels of neighbouring layers first.
    #[arg(long)]
    pub equalize: bool,
    /// Correct biases by the mean error of rounded weights.
    #[arg(long)]
    pub correct_bias: bool,
    /// Keep float inputs and outputs.
    #[arg(long)]
    pub float_border: bool,
    #[command(flatten)]
    pub preprocessing: PreprocessingArgs,
}

/// Values of `--method`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MethodArg {
    /// Smallest and largest value.
    Minmax,
    /// Smallest and largest of each sample, averaged.
    MovingAverage,
    /// Without the outermost values.
    Percentile,
    /// Least mean squared error.
    Mse,
}

impl MethodArg {
    /// The method with its usual parameter.
    pub fn method(self) -> Method {
        match self {
            Self::Minmax => Method::MinMax,
            Self::MovingAverage => Method::MovingAverage { momentum: 0.9 },
            Self::Percentile => Method::Percentile { percent: 99.99 },
            Self::Mse => Method::Mse,
        }
    }
}

/// What happens to a picture before the network sees it; what is not given is guessed from the model, and stated.
#[derive(Clone, Debug, Default, Args)]
pub struct PreprocessingArgs {
    /// How a picture gets the size of the input.
    #[arg(long, value_enum)]
    pub resize: Option<ResizeArg>,
    /// Share of height and width that is kept around the middle, for example 0.875.
    #[arg(long, value_name = "SHARE")]
    pub crop: Option<f32>,
    /// Subtracted from pixels of 0 to 255: one number, or one for each channel (`123.7,116.3,103.5`).
    #[arg(long, value_name = "MEAN", value_parser = per_channel, allow_hyphen_values = true)]
    pub mean: Option<[f32; 3]>,
    /// Factor after that: one number, or one for each channel.
    #[arg(long, value_name = "SCALE", value_parser = per_channel, allow_hyphen_values = true)]
    pub scale: Option<[f32; 3]>,
    /// Order of the channels.
    #[arg(long, value_enum)]
    pub channel_order: Option<ChannelArg>,
}

impl PreprocessingArgs {
    /// `base` with what was given in its place.
    pub fn over(&self, base: Preprocessing) -> Preprocessing {
        Preprocessing {
            crop: self.crop.unwrap_or(base.crop),
            fit: match self.resize {
                Some(ResizeArg::Stretch) => Fit::Stretch,
                Some(ResizeArg::Fill) => Fit::Fill,
                None => base.fit,
            },
            order: match self.channel_order {
                Some(ChannelArg::Rgb) => ChannelOrder::Rgb,
                Some(ChannelArg::Bgr) => ChannelOrder::Bgr,
                Some(ChannelArg::Gray) => ChannelOrder::Gray,
                None => base.order,
            },
            mean: self.mean.unwrap_or(base.mean),
            scale: self.scale.unwrap_or(base.scale),
            layout: base.layout,
        }
    }

    /// Whether nothing was given.
    pub fn is_empty(&self) -> bool {
        let numbers = self.crop.is_none() && self.mean.is_none() && self.scale.is_none();
        numbers && self.resize.is_none() && self.channel_order.is_none()
    }
}

/// Values of `--resize`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ResizeArg {
    /// Height and width each for itself.
    Stretch,
    /// Alike, until the picture covers the input; the rest is cut off.
    Fill,
}

/// Values of `--channel-order`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ChannelArg {
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red.
    Bgr,
    /// The luma in every channel.
    Gray,
}

/// Values of `--schedule`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScheduleArg {
    /// One operator after the other.
    Layer,
    /// The first steps patch by patch: by --split and --grid, or the least memory within --max-macs (1.25).
    Patch,
    /// Streamed through line buffers: the least memory with nothing computed twice.
    Stream,
    /// Of all ways the least work that fits the chip's SRAM; with --max-macs or --max-cycles, the least memory within it.
    Auto,
}

fn grid(text: &str) -> Result<[usize; 2], String> {
    let side = |part: &str| match part.trim().parse::<usize>() {
        Ok(n) if (1..=64).contains(&n) => Ok(n),
        _ => Err(format!("`{part}` is not a number from 1 to 64")),
    };
    match text.split_once(['x', 'X', '×']) {
        Some((rows, columns)) => Ok([side(rows)?, side(columns)?]),
        None => side(text).map(|n| [n, n]),
    }
}

fn per_channel(text: &str) -> Result<[f32; 3], String> {
    let number = |part: &str| match part.trim().parse::<f32>() {
        Ok(n) if n.is_finite() => Ok(n),
        _ => Err(format!("`{part}` is not a number")),
    };
    let numbers: Vec<f32> = text.split(',').map(number).collect::<Result<_, _>>()?;
    match numbers[..] {
        [one] => Ok([one; 3]),
        [a, b, c] => Ok([a, b, c]),
        _ => Err("give one number, or three with commas between".into()),
    }
}

pub(super) fn samples(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(n) if (1..=MAX_SAMPLES).contains(&n) => Ok(n),
        _ => Err(format!("give a number from 1 to {MAX_SAMPLES}")),
    }
}

fn identifier(text: &str) -> Result<String, String> {
    let lead = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let rest = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if lead && rest && text.len() <= 32 {
        Ok(text.to_owned())
    } else {
        Err(
            "give a C identifier of at most 32 letters, digits and underscores, a letter first"
                .into(),
        )
    }
}

fn factor(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(f) if f.is_finite() && f >= 1.0 => Ok(f),
        _ => Err("give a number of at least 1, for example 1.2".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn grids_are_square_or_rectangular_and_bounded() {
        assert_eq!(grid("3"), Ok([3, 3]));
        assert_eq!(grid("2x4"), Ok([2, 4]));
        for bad in ["0", "65", "2x", "x", "-1", "1.5", ""] {
            assert!(grid(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn means_and_scales_are_one_or_three_numbers() {
        assert_eq!(per_channel("0.5"), Ok([0.5; 3]));
        assert_eq!(per_channel("1, -2,3"), Ok([1.0, -2.0, 3.0]));
        for bad in ["", "1,2", "1,2,3,4", "x", "inf", "NaN"] {
            assert!(per_channel(bad).is_err(), "{bad}");
        }
        assert!(samples("0").is_err() && samples("256") == Ok(256));
    }

    #[test]
    fn split_and_grid_go_together() {
        assert!(Cli::try_parse_from(["tinyscope", "plan", "m.tflite", "--split", "3"]).is_err());
        assert!(
            Cli::try_parse_from([
                "tinyscope",
                "plan",
                "m.tflite",
                "--split",
                "3",
                "--grid",
                "2"
            ])
            .is_ok()
        );
    }
}

/// What `bench` runs.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// Models, or names of bundled ones; all bundled ones without.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Chips to run each on, simulated; `tinyscope boards` names them.
    #[arg(
        long,
        value_name = "NAME",
        value_delimiter = ',',
        default_value = "STM32F746NGHx"
    )]
    pub chip: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
