//! Heights that no packing can be below.

use super::Block;

/// Largest sum of bytes in use at one step: no packing is lower.
pub fn max_live_bytes(blocks: &[Block]) -> usize {
    let loads = loads(blocks).into_iter();
    loads.map(|(_, load)| load).max().unwrap_or(0)
}

/// The best bound that takes no search: what is live at one step, stacked at the blocks' alignments; the largest block;
/// the end of the highest fixed block.
pub fn lower_bound(blocks: &[Block]) -> usize {
    let ends = blocks.iter().map(|b| b.fixed.unwrap_or(0) + b.bytes);
    let lowest = ends.max().unwrap_or(0).max(max_live_bytes(blocks));
    if blocks.iter().all(|b| b.align == 1) {
        return lowest;
    }
    (blocks.iter().flat_map(Block::spans))
        .map(|span| stacked_bytes(blocks, span.first))
        .fold(lowest, usize::max)
}

/// The least height of what is in use at `time`. Where all of it begins at multiples of one alignment, each but the
/// topmost takes its size rounded up to that.
fn stacked_bytes(blocks: &[Block], time: usize) -> usize {
    let (mut bytes, mut rounded, mut most_padding) = (0, 0, 0);
    let alive = |b: &&Block| b.first <= time && time <= b.last;
    let align = (blocks.iter().filter(alive)).map(|b| b.align).min();
    let align = align.unwrap_or(1);
    for block in blocks.iter().filter(alive) {
        let now = block.spans().find(|s| s.first <= time && time <= s.last);
        let Some(span) = now else { continue };
        if span.lower % align != 0 {
            return 0;
        }
        let size = span.upper - span.lower;
        let padding = size.next_multiple_of(align) - size;
        bytes += size;
        rounded += size + padding;
        most_padding = most_padding.max(padding);
    }
    bytes.max(rounded - most_padding)
}

/// The bytes in use from each time on at which they change, rising.
pub(super) fn loads(blocks: &[Block]) -> Vec<(usize, usize)> {
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
