//! Post-training quantisation: a float graph and sample inputs become an int8 graph and a report on what it cost.
//!
//! Weights are symmetric int8 per output channel, activations asymmetric int8 per tensor, biases int32, as TFLite's
//! int8 specification has them; ranges follow Jacob et al. (2018), equalisation and bias correction Nagel et al. (2019).
//! Owns the choice of ranges and scales. What an operator computes is defined beside it, for float and for int8 alike.
//! Knows nothing of files: decoding pictures is the caller's, [`super::preprocess`] makes values of their pixels.
//!
//! Results depend on the graph, the samples and the options alone, never on the number of threads.

mod affine;
mod agreement;
mod bias;
mod build;
mod channels;
mod clip;
mod compare;
mod equalize;
mod error;
mod evaluate;
mod histogram;
mod observe;
mod options;
mod prepare;
mod progress;
mod report;
mod samples;
mod scale;
mod stream;
mod weights;
mod whole;

pub(crate) use affine::from_range;
pub use agreement::argmax;
pub use error::CalibrateError;
pub use evaluate::{Accuracy, evaluate};
pub use options::{Border, Method, Options, RangeSource};
pub use progress::{Phase, Progress};
pub use report::{Agreement, Quantized, Report, StepNoise};
pub use samples::{Samples, fit_input, random_samples};
pub use whole::quantize;
