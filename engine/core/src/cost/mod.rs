//! What a step costs: multiply-accumulates, cycles, flash, working memory.

mod kernel;

pub use kernel::{BLOCK_PIXELS, CHANNEL_BYTES, Kernel, PLANES};
