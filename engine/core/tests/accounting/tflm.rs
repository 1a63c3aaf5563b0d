//! TFLM's greedy planner.

use crate::Random;
use tinyscope_core::accounting::tflm::{Buffer, greedy, head};
use tinyscope_core::import::{View, ViewedTensor};

/// Buffers of `[bytes, first, last]`.
fn buffers(of: &[[usize; 3]]) -> Vec<Buffer> {
    let buffer = |&[bytes, first, last]: &[usize; 3]| Buffer { bytes, first, last };
    of.iter().map(buffer).collect()
}

#[test]
fn its_own_test_cases_come_out_as_there() {
    // greedy_memory_planner_test.cc: TestGreedyBasics, TestGreedyMedium, TestOverlapCase.
    assert_eq!(greedy(&buffers(&[[10, 0, 1], [20, 2, 3]])), [0, 0]);
    assert_eq!(
        greedy(&buffers(&[
            [10, 0, 1],
            [20, 1, 2],
            [30, 2, 3],
            [40, 3, 4],
            [50, 0, 1]
        ])),
        [50, 70, 40, 0, 0]
    );
    let overlap = buffers(&[[100, 0, 1], [50, 2, 3], [20, 1, 2]]);
    let offsets = greedy(&overlap);
    let ends = overlap.iter().zip(&offsets).map(|(b, o)| b.bytes + o);
    assert_eq!(ends.max(), Some(120));
}

#[test]
fn no_two_live_buffers_ever_overlap() {
    let mut random = Random(4);
    for _ in 0..200 {
        let count = 1 + random.below(24);
        let one = |random: &mut Random| {
            let first = random.below(20);
            [16 * random.below(64), first, first + random.below(6)]
        };
        let all: Vec<[usize; 3]> = (0..count).map(|_| one(&mut random)).collect();
        let all = buffers(&all);
        let offsets = greedy(&all);
        for (a, x) in all.iter().zip(&offsets) {
            for (b, y) in all.iter().zip(&offsets) {
                let same = std::ptr::eq(a, b);
                let meet = a.first <= b.last && b.first <= a.last;
                let overlap = x < &(y + b.bytes) && y < &(x + a.bytes);
                assert!(
                    same || !meet || !overlap || a.bytes == 0 || b.bytes == 0,
                    "{all:?}"
                );
            }
        }
    }
}

#[test]
fn a_view_with_an_unknown_size_has_no_head_and_an_empty_one_none_either() {
    assert_eq!(head(&View::default()).map(|a| a.peak_bytes), Some(0));
    let view = View {
        tensors: vec![ViewedTensor::default()],
        ..View::default()
    };
    assert_eq!(head(&view), None);
    let huge = ViewedTensor {
        bytes: Some(u64::MAX),
        ..ViewedTensor::default()
    };
    let view = View {
        tensors: vec![huge],
        ..View::default()
    };
    assert_eq!(head(&view), None);
}
