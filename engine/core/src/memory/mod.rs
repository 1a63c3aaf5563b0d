//! Buffers with lifetimes in, offsets out. Knows nothing of tensors or operators.
//!
//! Working in place is expressed by giving both tensors one block, with gaps where they overlap only in part, so a block
//! never has to overlap another.
//! [`pack`] tries greedy orders, then a bounded exact search; every answer passes [`validate()`] before it leaves.

mod block;
mod exact;
mod greedy;
mod validate;

pub use block::{Block, Gap};
pub use validate::{PackingError, validate};

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

/// Largest sum of bytes in use at one step: no packing is lower.
pub fn max_live_bytes(blocks: &[Block]) -> usize {
    let loads = loads(blocks).into_iter();
    loads.map(|(_, load)| load).max().unwrap_or(0)
}

/// The bytes in use from each time on at which they change, rising.
fn loads(blocks: &[Block]) -> Vec<(usize, usize)> {
    let mut changes: Vec<(usize, isize)> = Vec::with_capacity(2 * blocks.len());
    for span in blocks.iter().flat_map(Block::spans) {
        let bytes = (span.upper - span.lower) as isize;
        changes.push((span.first, bytes));
        changes.push((span.last.saturating_add(1), -bytes));
    }
    changes.sort_unstable();
    let mut loads: Vec<(usize, usize)> = Vec::with_capacity(changes.len());
    let mut load = 0_isize;
    for (time, change) in changes {
        load += change;
        match loads.last_mut() {
            Some(last) if last.0 == time => last.1 = load.max(0) as usize,
            _ => loads.push((time, load.max(0) as usize)),
        }
    }
    loads
}

/// Search nodes after which the exact search keeps the best answer so far: well under a millisecond for the
/// buffers of a network, so that a plan stays instant.
const EXACT_NODES: usize = 4_000;

/// Packs `blocks` as low as it can: the best of several greedy orders, improved by a bounded exact search where
/// that does not reach the lower bound.
///
/// # Errors
/// [`PackingError`] when a block is impossible in itself, or blocks with fixed offsets contradict each other or their
/// alignment.
pub fn pack(blocks: &[Block]) -> Result<Packing, PackingError> {
    check(blocks)?;
    let mut best = greedy::pack(blocks);
    if best.height > best.lower_bound
        && blocks
            .iter()
            .all(|b| b.fixed.is_none() && b.gaps.is_empty())
    {
        best = exact::improve(blocks, best, EXACT_NODES);
    }
    validate(blocks, &best)?;
    Ok(best)
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
