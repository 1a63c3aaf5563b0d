//! How other tools count working memory: each by name, beside our own count, so that anyone can see why two tools print
//! different peaks for one network.
//!
//! A count is a value: bytes, what they are made of, where the peak is, and a sentence that says what is counted. The
//! rules are re-implemented from the tools' papers and code. Knows nothing of our schedules and plans.

mod account;
mod all;
mod chain;
pub mod mcunetv2;
pub mod msf;
pub mod tensors;
pub mod tflm;
pub mod tinyengine;

pub use account::{Account, Share};
pub use all::layer_by_layer;
