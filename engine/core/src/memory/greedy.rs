//! First fit in several orders; the lowest result is kept, the earlier order winning ties.

use super::{Block, Packing, max_live_bytes};
use std::cmp::Reverse;

/// Packs by every order and keeps the best. Blocks with a fixed offset are placed first, wherever they say.
pub(super) fn pack(blocks: &[Block]) -> Packing {
    let bound = max_live_bytes(blocks);
    let mut best: Option<Packing> = None;
    for order in orders(blocks) {
        let packing = Packing::of(blocks, first_fit(blocks, &order));
        if best.as_ref().is_none_or(|b| packing.height < b.height) {
            best = Some(packing);
        }
        if best.as_ref().is_some_and(|b| b.height <= bound) {
            break;
        }
    }
    best.unwrap_or_else(|| Packing::of(blocks, Vec::new()))
}

/// The orders tried. Sorting is stable, so equal keys keep the blocks' order and results are deterministic.
fn orders(blocks: &[Block]) -> Vec<Vec<usize>> {
    let load = |time: usize| -> usize {
        (blocks.iter())
            .filter(|b| b.first <= time && time <= b.last)
            .map(|b| b.bytes)
            .sum()
    };
    // The fullest step that each block lives through.
    let pressure: Vec<usize> = (blocks.iter())
        .map(|b| (b.first..=b.last).map(load).max().unwrap_or(0))
        .collect();
    let span = |b: &Block| b.last - b.first + 1;
    let by = |key: &dyn Fn(usize) -> (usize, usize)| {
        let mut order: Vec<usize> = (0..blocks.len()).collect();
        order.sort_by_key(|&i| Reverse(key(i)));
        order
    };
    vec![
        by(&|i| (blocks[i].bytes, span(&blocks[i]))),
        by(&|i| (pressure[i], blocks[i].bytes)),
        by(&|i| (span(&blocks[i]), blocks[i].bytes)),
        by(&|i| (pressure[i], span(&blocks[i]))),
        by(&|i| (blocks[i].bytes * span(&blocks[i]), blocks[i].bytes)),
        by(&|i| (usize::MAX - blocks[i].first, blocks[i].bytes)),
        by(&|i| (blocks[i].last, blocks[i].bytes)),
    ]
}

/// Places each block of `order` at the lowest offset that is free for its whole life.
fn first_fit(blocks: &[Block], order: &[usize]) -> Vec<usize> {
    let mut offsets = vec![0; blocks.len()];
    // Placed blocks, by rising offset.
    let mut placed: Vec<usize> = Vec::with_capacity(blocks.len());
    let fixed = order.iter().filter(|&&i| blocks[i].fixed.is_some());
    let free = order.iter().filter(|&&i| blocks[i].fixed.is_none());
    for &i in fixed.chain(free) {
        let block = &blocks[i];
        offsets[i] = block.fixed.unwrap_or_else(|| {
            let mut offset: usize = 0;
            for &other in placed.iter().filter(|&&o| blocks[o].meets(block)) {
                if offset + block.bytes <= offsets[other] {
                    break;
                }
                let end = offsets[other] + blocks[other].bytes;
                offset = offset.max(end.next_multiple_of(block.align));
            }
            offset
        });
        let at = placed.partition_point(|&o| offsets[o] <= offsets[i]);
        placed.insert(at, i);
    }
    offsets
}
