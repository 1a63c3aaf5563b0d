//! What a step costs: multiply-accumulates, cycles, flash, working memory.

mod coefficients;
mod cycles;
mod flash;
mod kernel;
mod limit;
mod macs;
mod work;

pub use cycles::{Coefficients, estimate_cycles};
pub use flash::code_bytes_estimated;
pub use kernel::{BLOCK_PIXELS, CHANNEL_BYTES, Kernel, PLANES};
pub(crate) use kernel::{WIDEST_BLOCK, block_widths, takes_blocks};
pub use limit::blocking_limit;
pub use macs::{macs, macs_per_pixel};
pub use work::{Class, Layer, Requantising, Span, TERMS, Work};
