//! What a person chooses before quantising.

use serde::{Deserialize, Serialize};

/// How the range of an activation follows from the samples. Zero is always inside the range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The smallest and the largest value seen.
    #[default]
    MinMax,
    /// Smallest and largest of each sample, averaged exponentially in the order of the samples (Jacob et al. 2018).
    MovingAverage {
        /// Weight of the past, 0 to below 1. 0.9 is usual; with `n` samples, `1 − 1/n` forgets little.
        momentum: f32,
    },
    /// The range without the outermost values.
    Percentile {
        /// Per cent of all values that lie below the upper end, and above the lower end; above 50, at most 100.
        /// 99.99 is usual.
        percent: f32,
    },
    /// The range whose clipping and rounding together make the least mean squared error.
    Mse,
}

impl Method {
    /// The four methods with their usual parameters.
    pub const ALL: [Self; 4] = [
        Self::MinMax,
        Self::MovingAverage { momentum: 0.9 },
        Self::Percentile { percent: 99.99 },
        Self::Mse,
    ];

    /// Its name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MinMax => "min–max",
            Self::MovingAverage { .. } => "moving average",
            Self::Percentile { .. } => "percentile",
            Self::Mse => "least squared error",
        }
    }
}

/// What the samples are; the report repeats it, so that nobody takes ranges of noise for ranges of data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RangeSource {
    /// Inputs like those that the network will see.
    #[default]
    Data,
    /// Random numbers ([`super::random_samples`]): enough to try the arithmetic, useless for accuracy.
    Random,
}

/// The type of the quantised network's inputs and outputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Border {
    /// The caller gives and reads codes.
    #[default]
    Int8,
    /// The caller gives and reads real numbers; QUANTIZE and DEQUANTIZE stand at the border.
    Float,
}

/// Options of the quantisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// How ranges follow from the samples.
    pub method: Method,
    /// Cross-layer equalisation (Nagel et al. 2019) before anything else. Only through operators that a positive factor
    /// passes unchanged, so not through RELU6.
    pub equalize: bool,
    /// Adds the mean output error that rounded weights make over the samples to each bias (Nagel et al. 2019).
    pub correct_bias: bool,
    /// One weight scale for each row of a fully connected operator. Older runtimes take only one for all.
    pub dense_per_channel: bool,
    /// The type of inputs and outputs.
    pub border: Border,
    /// What the samples are.
    pub source: RangeSource,
}
