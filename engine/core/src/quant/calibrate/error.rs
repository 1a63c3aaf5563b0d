//! What can go wrong in quantising a graph or judging one.

use crate::graph::DType;
use crate::quant::QuantError;

/// Why a graph could not be quantised or evaluated.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CalibrateError {
    /// There is no sample to take ranges from.
    #[error(
        "there is no sample; choose a folder of pictures or .npy files, or ask for random input"
    )]
    NoSamples,
    /// The graph is not a float graph.
    #[error(
        "operator {index} ({name}) works on {dtype:?}; only networks that are float32 throughout can be quantised"
    )]
    NotFloat {
        /// Index of the operator.
        index: usize,
        /// TFLite name.
        name: &'static str,
        /// The type that is not float32.
        dtype: DType,
    },
    /// A value of the float run, or a weight, is not a finite number.
    #[error(
        "operator {index} ({name}) has a value that is not a finite number; check the weights and the preprocessing"
    )]
    NotFinite {
        /// Index of the operator.
        index: usize,
        /// TFLite name.
        name: &'static str,
    },
    /// A sample cannot be given to the graph.
    #[error("sample {sample}: {why}")]
    Sample {
        /// Number of the sample, from 0.
        sample: usize,
        /// What is wrong with it.
        why: String,
    },
    /// An option is out of its range.
    #[error("{what} is {value}; it must be {must}")]
    Option {
        /// The option.
        what: &'static str,
        /// Its value.
        value: f32,
        /// What it may be.
        must: &'static str,
    },
    /// A run failed.
    #[error(transparent)]
    Run(#[from] QuantError),
    /// The graph that came out breaks an invariant: a defect of this program.
    #[error("the quantised graph is malformed: {0}")]
    Malformed(String),
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
}
