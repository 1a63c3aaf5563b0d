#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

//! Faults planted for the validator.

use super::block;
use crate::memory::*;

#[test]
fn the_validator_names_each_planted_fault() {
    let blocks = [
        Block {
            align: 4,
            ..block(8, 0, 2)
        },
        Block {
            align: 4,
            ..block(8, 2, 4)
        },
        Block {
            fixed: Some(16),
            ..block(4, 1, 1)
        },
    ];
    let check = |offsets: [usize; 3], height| {
        validate(
            &blocks,
            &Packing {
                offsets: offsets.to_vec(),
                height,
                lower_bound: 0,
            },
        )
    };
    assert_eq!(check([0, 8, 16], 20), Ok(()));
    assert_eq!(
        check([0, 4, 16], 20),
        Err(PackingError::Overlap { a: 0, b: 1 })
    );
    assert_eq!(
        check([0, 10, 16], 20),
        Err(PackingError::Misaligned {
            block: 1,
            offset: 10,
            align: 4
        })
    );
    assert_eq!(
        check([0, 8, 20], 24),
        Err(PackingError::Moved {
            block: 2,
            offset: 20,
            fixed: 16
        })
    );
    assert_eq!(
        check([0, 8, 16], 16),
        Err(PackingError::Height {
            stated: 16,
            actual: 20
        })
    );
    assert_eq!(
        check([0, usize::MAX - 3, 16], 20),
        Err(PackingError::Overflow { block: 1 })
    );
}

/// Two blocks that share step 2. The first keeps bytes 4..8 until then and bytes 0..2 after it.
fn gapped() -> [Block; 2] {
    let mut a = block(8, 0, 4);
    let gap = |first, last, lower, upper| Gap {
        first,
        last,
        lower,
        upper,
    };
    a.gaps = vec![gap(0, 2, 4, 8), gap(4, 4, 0, 2)];
    [a, block(4, 2, 2)]
}

fn check(blocks: &[Block], offsets: &[usize]) -> Result<(), PackingError> {
    let offsets = offsets.to_vec();
    validate(blocks, &Packing::of(blocks, offsets, 0))
}

#[test]
fn bytes_that_a_gap_frees_may_be_taken_and_no_others() {
    let blocks = gapped();
    let overlap = Err(PackingError::Overlap { a: 0, b: 1 });
    let answers: Vec<_> = (0..10).map(|at| check(&blocks, &[0, at])).collect();
    let expected: Vec<_> = (0..10)
        .map(|at| if at == 0 || at >= 8 { Ok(()) } else { overlap })
        .collect();
    assert_eq!(answers, expected);
}

#[test]
fn each_time_of_a_gap_is_looked_at() {
    // Alive with the whole of the first, with its lower end, and with none of it.
    for (first, last, fits) in [(3, 3, false), (4, 4, false), (5, 6, true), (0, 2, true)] {
        let [a, _] = gapped();
        let answer = check(&[a, block(1, first, last)], &[0, 1]);
        assert_eq!(answer.is_ok(), fits, "steps {first} to {last}");
    }
}

#[test]
fn impossible_gaps_are_named() {
    for change in [
        |gaps: &mut Vec<Gap>| gaps[0].upper = 9,
        |gaps: &mut Vec<Gap>| gaps[0].lower = 9,
        |gaps: &mut Vec<Gap>| gaps[1].last = 5,
        |gaps: &mut Vec<Gap>| gaps[1].first = 2,
        |gaps: &mut Vec<Gap>| gaps.swap(0, 1),
    ] {
        let mut blocks = gapped();
        change(&mut blocks[0].gaps);
        assert_eq!(
            check(&blocks, &[0, 8]),
            Err(PackingError::Block { block: 0 })
        );
        assert_eq!(pack(&blocks), Err(PackingError::Block { block: 0 }));
    }
}

#[test]
fn sizes_beyond_the_address_range_are_an_error_and_no_panic() {
    let huge = [block(usize::MAX / 2 - 8, 0, 0), block(8, 0, 0)];
    assert_eq!(pack(&huge), Err(PackingError::Overflow { block: 1 }));
    let mut far = block(8, 0, 0);
    far.fixed = Some(usize::MAX - 3);
    assert_eq!(pack(&[far]), Err(PackingError::Overflow { block: 0 }));
    assert!(pack(&[block(8, 0, usize::MAX)]).is_err());
    // Long lives and blocks too large for the exact search cost nothing.
    let long = [
        block(1 << 40, 0, usize::MAX - 1),
        block((1 << 40) + 1, 7, usize::MAX - 1),
    ];
    assert_eq!(pack(&long).map(|p| p.height), Ok((1 << 41) + 1));
}
