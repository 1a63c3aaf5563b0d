#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

//! Random instances: against trying every offset, and against the validator.

use crate::memory::*;
use proptest::prelude::*;
use std::ops::ControlFlow;

const THOROUGH: Limits = Limits {
    nodes: 1_000_000,
    enough: 0,
};

fn solved(blocks: &[Block], limits: Limits) -> Result<Packing, PackingError> {
    solve(blocks, &limits, &mut |_| ControlFlow::Continue(()))
}

prop_compose! {
    fn any_block()(bytes in 0_usize..2000, align in 0_u32..4, first in 0_usize..20, span in 0_usize..8) -> Block {
        Block::new(bytes, 1 << align, first, first + span)
    }
}

prop_compose! {
    fn small_block()(
        bytes in 0_usize..7,
        align in prop::sample::select(vec![1, 1, 1, 2, 4]),
        first in 0_usize..6,
        span in 0_usize..5,
        fixed in prop::option::weighted(0.1, 0_usize..3),
    ) -> Block {
        let mut block = Block::new(bytes, align, first, first + span);
        block.fixed = fixed.map(|times| times * 4);
        block
    }
}

/// A block with up to two gaps, in any place.
fn gapped_block() -> impl Strategy<Value = Block> {
    let gap = (0_usize..3, 0_usize..3, 0_usize..7, 0_usize..7);
    (small_block(), prop::collection::vec(gap, 0..3)).prop_map(|(mut block, gaps)| {
        let mut from = block.first;
        for (wait, length, lower, length_bytes) in gaps {
            let (first, last) = (from + wait, from + wait + length);
            let lower = lower.min(block.bytes);
            let upper = (lower + length_bytes).min(block.bytes);
            if last <= block.last {
                block.gaps.push(Gap {
                    first,
                    last,
                    lower,
                    upper,
                });
            }
            from = last + 1;
        }
        block
    })
}

/// The least height, by trying every offset of every block; `None` where fixed blocks contradict each other.
fn optimum(blocks: &[Block]) -> Option<usize> {
    fn bytes_at(block: &Block, offset: usize, time: usize) -> std::ops::Range<usize> {
        let alive = block.first <= time && time <= block.last;
        let gap = (block.gaps.iter()).find(|gap| gap.first <= time && time <= gap.last);
        let (lower, upper) = gap.map_or((0, block.bytes), |gap| (gap.lower, gap.upper));
        if alive {
            offset + lower..offset + upper
        } else {
            0..0
        }
    }
    fn clash(a: &Block, at: usize, b: &Block, bt: usize) -> bool {
        (0..12).any(|time| {
            let (a, b) = (bytes_at(a, at, time), bytes_at(b, bt, time));
            a.clone().any(|byte| b.contains(&byte))
        })
    }
    fn go(blocks: &[Block], offsets: &mut Vec<usize>, height: usize, best: &mut Option<usize>) {
        let Some(block) = blocks.get(offsets.len()) else {
            *best = Some(height);
            return;
        };
        for offset in (0..64).step_by(block.align) {
            let height = height.max(offset + block.bytes);
            if best.is_some_and(|best| height >= best) {
                break;
            }
            let fits = block.fixed.is_none_or(|fixed| fixed == offset);
            let mut others = blocks.iter().zip(&*offsets);
            if fits && !others.any(|(other, &at)| clash(other, at, block, offset)) {
                offsets.push(offset);
                go(blocks, offsets, height, best);
                offsets.pop();
            }
        }
    }
    let mut best = None;
    go(blocks, &mut Vec::new(), 0, &mut best);
    best
}

fn is_exact(blocks: &[Block]) -> Result<(), TestCaseError> {
    match (solved(blocks, THOROUGH), optimum(blocks)) {
        (Ok(packing), Some(optimum)) => {
            prop_assert_eq!(packing.height, optimum);
            prop_assert!(packing.is_lowest());
        }
        (Err(PackingError::Misaligned { .. } | PackingError::Overlap { .. }), None) => {}
        other => prop_assert!(false, "{other:?}"),
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_packing_is_valid_and_not_below_its_bound(blocks in prop::collection::vec(any_block(), 0..40)) {
        let packing = pack(&blocks).unwrap();
        prop_assert_eq!(validate(&blocks, &packing), Ok(()));
        prop_assert!(packing.height >= packing.lower_bound);
        prop_assert!(packing.lower_bound >= max_live_bytes(&blocks));
        prop_assert_eq!(pack(&blocks).unwrap(), packing);
    }

    #[test]
    fn small_instances_are_solved_exactly(blocks in prop::collection::vec(small_block(), 0..6)) {
        is_exact(&blocks)?;
    }

    #[test]
    fn small_instances_with_gaps_are_solved_exactly(blocks in prop::collection::vec(gapped_block(), 0..5)) {
        is_exact(&blocks)?;
    }

    #[test]
    fn a_search_cut_short_gives_a_valid_packing(blocks in prop::collection::vec(any_block(), 0..60), calls in 0_usize..4) {
        let mut left = calls;
        let packing = solve(&blocks, &THOROUGH, &mut |progress| {
            let valid = validate(&blocks, progress.best);
            if left == 0 || valid.is_err() {
                return ControlFlow::Break(());
            }
            left -= 1;
            ControlFlow::Continue(())
        });
        let packing = packing.unwrap();
        prop_assert_eq!(validate(&blocks, &packing), Ok(()));
        prop_assert!(packing.lower_bound <= packing.height);
    }

    #[test]
    fn more_effort_never_gives_a_higher_packing(blocks in prop::collection::vec(any_block(), 0..30)) {
        let some = [0, 100, 10_000].map(|nodes| solved(&blocks, Limits { nodes, enough: 0 }).unwrap());
        prop_assert!(some.is_sorted_by(|a, b| a.height >= b.height));
        let enough = some[0].height;
        prop_assert_eq!(&solved(&blocks, Limits { nodes: 10_000, enough }).unwrap().offsets, &some[0].offsets);
    }
}
