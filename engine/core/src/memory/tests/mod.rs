#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod order;
mod properties;
mod validator;

use super::*;

fn block(bytes: usize, first: usize, last: usize) -> Block {
    Block::new(bytes, 1, first, last)
}

#[test]
fn nothing_needs_no_memory() {
    let packing = pack(&[]).unwrap();
    assert_eq!((packing.height, packing.lower_bound), (0, 0));
}

#[test]
fn blocks_that_never_meet_share_their_bytes() {
    let packing = pack(&[block(100, 0, 1), block(60, 2, 3), block(80, 4, 4)]).unwrap();
    assert_eq!(packing.offsets, [0, 0, 0]);
    assert_eq!(packing.height, 100);
}

#[test]
fn the_exact_search_closes_a_gap_that_every_greedy_order_leaves() {
    // The first of random instances on which each of the seven orders ends at 26 or above.
    let blocks = [
        block(2, 2, 2),
        block(6, 0, 0),
        block(2, 0, 2),
        block(6, 2, 2),
        block(9, 3, 5),
        block(6, 1, 3),
        block(9, 1, 3),
    ];
    assert!(greedy::pack(&blocks).height > 25);
    let packing = pack(&blocks).unwrap();
    assert_eq!((packing.height, packing.lower_bound), (25, 25));
}

#[test]
fn fixed_blocks_stay_where_they_are() {
    let mut io = block(16, 0, 3);
    io.fixed = Some(32);
    let packing = pack(&[block(40, 1, 2), io, block(30, 0, 1)]).unwrap();
    assert_eq!(packing.offsets[1], 32);
}

#[test]
fn contradicting_fixed_blocks_are_an_error() {
    let mut a = block(16, 0, 3);
    a.fixed = Some(0);
    let mut b = block(16, 3, 5);
    b.fixed = Some(8);
    assert_eq!(pack(&[a, b]), Err(PackingError::Overlap { a: 0, b: 1 }));
}

#[test]
fn a_gap_lets_others_into_the_bytes_it_frees() {
    // Input in the upper part until step 2, output in the lower part from step 2 on; both in use at step 2 alone.
    let mut overlapped = block(100, 0, 4);
    overlapped.gaps = vec![
        Gap {
            first: 0,
            last: 1,
            lower: 40,
            upper: 100,
        },
        Gap {
            first: 3,
            last: 4,
            lower: 0,
            upper: 70,
        },
    ];
    let blocks = [overlapped, block(40, 0, 1), block(30, 3, 4)];
    let packing = pack(&blocks).unwrap();
    assert_eq!(packing.offsets, [0, 0, 70]);
    assert_eq!((packing.height, packing.lower_bound), (100, 100));
    let wrong = Packing {
        offsets: vec![0, 0, 69],
        ..packing
    };
    let overlap = PackingError::Overlap { a: 0, b: 2 };
    assert_eq!(validate(&blocks, &wrong), Err(overlap));
}

#[test]
fn a_smaller_block_may_go_below_a_larger_one_for_its_alignment() {
    let blocks = [
        Block::new(2, 2, 0, 0),
        Block::new(3, 1, 0, 1),
        Block::new(5, 1, 2, 3),
    ];
    let packing = pack(&blocks).unwrap();
    assert_eq!((packing.height, packing.lower_bound), (5, 5));
}
