//! Buffers with lifetimes in, offsets out. Knows nothing of tensors or operators.
//!
//! Working in place is expressed by giving both tensors one block, so a block never has to overlap another.
//! [`pack`] tries greedy orders, then a bounded exact search; every answer passes [`validate()`] before it leaves.

mod exact;
mod greedy;
mod validate;

pub use validate::{PackingError, validate};

/// A buffer to be placed. Times are inclusive on both ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Size in bytes.
    pub bytes: usize,
    /// Offset must be a multiple of this power of two.
    pub align: usize,
    /// First step at which the buffer is in use.
    pub first: usize,
    /// Last step at which the buffer is in use.
    pub last: usize,
    /// Offset that must be taken, if any.
    pub fixed: Option<usize>,
}

impl Block {
    /// Whether both are in use at some step.
    pub const fn meets(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

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
    /// The answer that `offsets` stand for.
    fn of(blocks: &[Block], offsets: Vec<usize>) -> Self {
        let height = (blocks.iter().zip(&offsets))
            .map(|(block, offset)| offset + block.bytes)
            .max()
            .unwrap_or(0);
        Self {
            offsets,
            height,
            lower_bound: max_live_bytes(blocks),
        }
    }
}

/// Largest sum of sizes in use at one step: no packing is lower.
pub fn max_live_bytes(blocks: &[Block]) -> usize {
    // The sum can only grow where a block begins.
    (blocks.iter().map(|block| block.first))
        .map(|time| {
            (blocks.iter())
                .filter(|b| b.first <= time && time <= b.last)
                .map(|b| b.bytes)
                .sum()
        })
        .max()
        .unwrap_or(0)
}

/// Search nodes after which the exact search keeps the best answer so far: well under a millisecond for the
/// buffers of a network, so that a plan stays instant.
const EXACT_NODES: usize = 4_000;

/// Packs `blocks` as low as it can: the best of several greedy orders, improved by a bounded exact search where
/// that does not reach the lower bound.
///
/// # Errors
/// [`PackingError`] when blocks with fixed offsets contradict each other or their alignment.
pub fn pack(blocks: &[Block]) -> Result<Packing, PackingError> {
    let mut best = greedy::pack(blocks);
    if best.height > best.lower_bound && blocks.iter().all(|b| b.fixed.is_none()) {
        best = exact::improve(blocks, best, EXACT_NODES);
    }
    validate(blocks, &best)?;
    Ok(best)
}

#[cfg(test)]
mod tests;
