//! First fit in several orders; the lowest result is kept, the earlier order winning ties.

use super::bound::{loads, lower_bound};
use super::{Block, Packing};
use std::cmp::Reverse;

/// Packs by every order and keeps the best. Blocks with a fixed offset are placed first, wherever they say.
pub(super) fn pack(blocks: &[Block]) -> Packing {
    let bound = lower_bound(blocks);
    let mut best: Option<Packing> = None;
    for order in orders(blocks) {
        let packing = Packing::of(blocks, first_fit(blocks, &order), bound);
        if best.as_ref().is_none_or(|b| packing.height < b.height) {
            best = Some(packing);
        }
        if best.as_ref().is_some_and(|b| b.height <= bound) {
            break;
        }
    }
    best.unwrap_or_else(|| Packing::of(blocks, Vec::new(), bound))
}

/// The orders tried. Sorting is stable, so equal keys keep the blocks' order and results are deterministic.
fn orders(blocks: &[Block]) -> Vec<Vec<usize>> {
    // The fullest step that each block lives through.
    let loads = loads(blocks);
    let pressure: Vec<usize> = (blocks.iter())
        .map(|b| {
            let from = loads.partition_point(|&(time, _)| time <= b.first);
            (loads[from.saturating_sub(1)..].iter())
                .take_while(|&&(time, _)| time <= b.last)
                .map(|&(_, load)| load)
                .max()
                .unwrap_or(0)
        })
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
        by(&|i| {
            (
                blocks[i].bytes.saturating_mul(span(&blocks[i])),
                blocks[i].bytes,
            )
        }),
        by(&|i| (usize::MAX - blocks[i].first, blocks[i].bytes)),
        by(&|i| (blocks[i].last, blocks[i].bytes)),
    ]
}

/// Places each block of `order` at the lowest offset that is free for its whole life.
fn first_fit(blocks: &[Block], order: &[usize]) -> Vec<usize> {
    let mut offsets = vec![0; blocks.len()];
    let mut placed: Vec<usize> = Vec::with_capacity(blocks.len());
    let fixed = order.iter().filter(|&&i| blocks[i].fixed.is_some());
    let free = order.iter().filter(|&&i| blocks[i].fixed.is_none());
    let mut taken: Vec<(isize, isize)> = Vec::new();
    for &i in fixed.chain(free) {
        let block = &blocks[i];
        offsets[i] = block.fixed.unwrap_or_else(|| {
            taken.clear();
            for &other in &placed {
                let at = offsets[other] as isize;
                let apart = block.apart(&blocks[other]).into_iter();
                taken.extend(apart.map(|(above, below)| (at + above, at + below)));
            }
            lowest_free(&mut taken, block.align)
        });
        placed.push(i);
    }
    offsets
}

/// The lowest multiple of `align` in none of the open intervals `taken`.
fn lowest_free(taken: &mut [(isize, isize)], align: usize) -> usize {
    taken.sort_unstable();
    let mut offset = 0_usize;
    for &(from, to) in taken.iter() {
        if offset as isize <= from {
            break; // Those that follow begin no lower.
        }
        if (offset as isize) < to {
            offset = (to as usize).next_multiple_of(align);
        }
    }
    offset
}
