//! What a step costs: multiply-accumulates, cycles, flash, working memory.

mod cycles;
mod flash;
mod kernel;
mod macs;

pub use cycles::{Work, estimate_cycles};
pub use flash::code_bytes_estimated;
pub use kernel::{BLOCK_PIXELS, CHANNEL_BYTES, Kernel, PLANES};
pub use macs::macs_per_pixel;
