//! The `MCUNetV2` paper's memory and patch-based inference (Lin et al., `NeurIPS` 2021).
//!
//! int8; an operator needs its input and its output, a depthwise convolution is in place, a residual is not counted, the
//! image is. A patch stage runs its first blocks patch by patch with the whole halo computed again for every patch, into
//! a map that is kept whole.

mod layers;
mod patch;
mod search;

pub use layers::{block_peaks, layer_by_layer};
pub use patch::{Stage, stage};
pub use search::{Choice, search};
