//! The arithmetic, and the host run made from it. The only definition of what an int8 operator computes:
//! every schedule on every target gives these bytes. Knows nothing of schedules.
//!
//! The reference is TensorFlow Lite Micro with its reference kernels, bit for bit.

pub mod calibrate;
mod derive;
mod error;
pub mod fixed;
mod float;
mod kernels;
mod params;
pub mod preprocess;
mod random;
mod run;
mod tile;
mod value;

pub use derive::op_params;
pub use error::QuantError;
pub use kernels::{Kernel, eval_region};
pub use params::{
    AddParams, ConvParams, MeanParams, MulParams, Multiplier, OpParams, PoolParams, PreluParams,
    RequantizeParams, ResizeParams, ResizeTap, SoftmaxParams,
};
pub use random::random_input;
pub(crate) use random::splitmix64;
pub use run::{Runner, dequantize, quantize, run};
pub use tile::{Tile, TileMut};
pub use value::{Trace, Value};
