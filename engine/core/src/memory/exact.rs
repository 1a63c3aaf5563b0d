//! Branch and bound for small instances, after the canonical solutions of Moffitt's `MiniMalloc` (ASPLOS'23):
//! blocks are placed by rising offset, each at the lowest place the ones before it leave, and a branch dies when
//! some step's floor plus what is still to come there exceeds the capacity.

use super::{Block, Packing};

/// Lowers `best` until it reaches its lower bound, is proven optimal, or `nodes` placements have been tried.
pub(super) fn improve(blocks: &[Block], mut best: Packing, nodes: usize) -> Packing {
    let mut budget = nodes;
    while best.height > best.lower_bound && budget > 0 {
        // Aim at the bound first: on networks it is nearly always met. Then creep down from the best known.
        let aims = [best.lower_bound, best.height - 1];
        let found = aims.into_iter().find_map(|capacity| {
            let mut search = Search::new(blocks, capacity, budget.div_ceil(2));
            let done = search.place_next(0);
            budget = budget.saturating_sub(search.used).min(budget - 1);
            done.then_some(search.offsets)
        });
        let Some(offsets) = found else { break };
        best = Packing::of(blocks, offsets);
    }
    best
}

struct Search<'a> {
    blocks: &'a [Block],
    /// Largest blocks first, so that the first descent is a good one.
    order: Vec<usize>,
    capacity: usize,
    offsets: Vec<usize>,
    placed: Vec<bool>,
    /// Per step: the end of the highest placed block.
    floor: Vec<usize>,
    /// Per step: bytes of blocks not yet placed.
    remaining: Vec<usize>,
    left: usize,
    used: usize,
    limit: usize,
}

impl<'a> Search<'a> {
    fn new(blocks: &'a [Block], capacity: usize, limit: usize) -> Self {
        let times = blocks.iter().map(|b| b.last + 1).max().unwrap_or(0);
        let mut remaining = vec![0; times];
        for block in blocks {
            for slot in &mut remaining[block.first..=block.last] {
                *slot += block.bytes;
            }
        }
        let mut order: Vec<usize> = (0..blocks.len()).collect();
        order.sort_by_key(|&i| {
            std::cmp::Reverse((blocks[i].bytes, blocks[i].last - blocks[i].first))
        });
        Self {
            blocks,
            order,
            capacity,
            offsets: vec![0; blocks.len()],
            placed: vec![false; blocks.len()],
            floor: vec![0; times],
            remaining,
            left: blocks.len(),
            used: 0,
            limit,
        }
    }

    /// Places one more block at or above `lowest` and goes on; false when no completion fits.
    fn place_next(&mut self, lowest: usize) -> bool {
        if self.left == 0 {
            return true;
        }
        let mut tried: Vec<(usize, usize, usize)> = Vec::new();
        for candidate in 0..self.order.len() {
            let index = self.order[candidate];
            if self.placed[index] {
                continue;
            }
            let Block {
                bytes,
                align,
                first,
                last,
                ..
            } = self.blocks[index];
            // Blocks of equal size and life are interchangeable.
            if tried.contains(&(bytes, first, last)) {
                continue;
            }
            tried.push((bytes, first, last));
            let base = self.floor[first..=last].iter().copied().max().unwrap_or(0);
            let offset = base.next_multiple_of(align);
            if offset < lowest || offset + bytes > self.capacity {
                continue;
            }
            if self.used >= self.limit {
                return false;
            }
            self.used += 1;
            let saved = self.floor[first..=last].to_vec();
            for time in first..=last {
                self.floor[time] = offset + bytes;
                self.remaining[time] -= bytes;
            }
            self.placed[index] = true;
            self.offsets[index] = offset;
            self.left -= 1;
            if self.feasible(offset) && self.place_next(offset) {
                return true;
            }
            self.left += 1;
            self.placed[index] = false;
            self.floor[first..=last].copy_from_slice(&saved);
            for slot in &mut self.remaining[first..=last] {
                *slot += bytes;
            }
        }
        false
    }

    /// Whether every step can still take what is left of it; nothing more goes below `lowest`.
    fn feasible(&self, lowest: usize) -> bool {
        (self.floor.iter().zip(&self.remaining))
            .all(|(floor, rest)| *rest == 0 || floor.max(&lowest) + rest <= self.capacity)
    }
}
