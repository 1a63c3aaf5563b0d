//! What a step costs: multiply-accumulates, cycles, flash, working memory.

mod kernel;

pub use kernel::Kernel;
