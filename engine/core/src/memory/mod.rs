//! Buffers with lifetimes in, offsets out; and the order of nodes in which the least is live at once. Knows nothing of
//! tensors or operators.
//!
//! Working in place is expressed by giving both tensors one block, with gaps where they overlap only in part, so a block
//! never has to overlap another.
//! [`pack`] is the instant answer, [`solve()`] the anytime exact one; every packing passes [`validate()`] before it leaves.

mod block;
mod bound;
mod csv;
mod greedy;
mod instance;
pub mod order;
mod pairs;
mod rank;
mod search;
mod solve;
mod validate;

pub use block::{Block, Gap};
pub use bound::{lower_bound, max_live_bytes};
pub use csv::{CsvError, blocks_from_csv};
pub use solve::{Limits, Progress, solve};
pub use validate::{PackingError, validate};

use std::ops::ControlFlow;

/// An answer: an offset for each block, and the height they reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packing {
    /// Offsets in bytes, in the blocks' order.
    pub offsets: Vec<usize>,
    /// Bytes from 0 to the end of the highest block.
    pub height: usize,
    /// No packing can be lower than this.
    pub lower_bound: usize,
}

impl Packing {
    /// Whether no packing is lower: the height is a proven lower bound.
    pub const fn is_lowest(&self) -> bool {
        self.height <= self.lower_bound
    }

    /// The answer that `offsets` stand for.
    fn of(blocks: &[Block], offsets: Vec<usize>, lower_bound: usize) -> Self {
        let height = (blocks.iter().zip(&offsets))
            .map(|(block, offset)| offset + block.bytes)
            .max()
            .unwrap_or(0);
        Self {
            offsets,
            height,
            lower_bound,
        }
    }
}

/// Search nodes after which the exact search keeps the best answer so far: well under a millisecond for the
/// buffers of a network, so that a plan stays instant.
const EXACT_NODES: u64 = 4_000;

/// Packs `blocks` as low as it can: the best of several greedy orders, improved by a bounded exact search where
/// that does not reach the lower bound.
///
/// # Errors
/// [`PackingError`] when a block is impossible in itself, or blocks with fixed offsets contradict each other or their
/// alignment.
pub fn pack(blocks: &[Block]) -> Result<Packing, PackingError> {
    let limits = Limits {
        nodes: EXACT_NODES,
        enough: 0,
    };
    solve(blocks, &limits, &mut |_| ControlFlow::Continue(()))
}

/// That the blocks make sense, and that even stacked upon each other they fit the address range.
fn check(blocks: &[Block]) -> Result<(), PackingError> {
    let mut top: usize = 0;
    for (index, block) in blocks.iter().enumerate() {
        if !block.is_possible() {
            return Err(PackingError::Block { block: index });
        }
        let fixed = block.fixed.unwrap_or(0);
        top = (top.checked_add(block.bytes))
            .and_then(|top| top.checked_add(block.align)?.checked_add(fixed))
            .filter(|&top| isize::try_from(top).is_ok())
            .ok_or(PackingError::Overflow { block: index })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
