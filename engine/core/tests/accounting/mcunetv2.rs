//! Patch stages against counting pixel by pixel.

use crate::{Random, built};
use tinyscope_core::accounting::mcunetv2::{search, stage};
use tinyscope_core::cost::{macs, macs_per_pixel};
use tinyscope_core::design::Built;

/// MACs of a stage over all operators of a chain, clipped: which pixels of each map each patch needs, one by one.
fn slow_macs(built: &Built, grid: usize) -> u64 {
    let graph = &built.graph;
    let maps: Vec<[usize; 3]> = (graph.ops.iter())
        .map(|op| graph.tensor(op.outputs[0]).hwc())
        .collect();
    let [h, w, _] = *maps.last().expect("an operator");
    let mut total = 0;
    for patch in 0..grid * grid {
        let (row, column) = (patch / grid, patch % grid);
        let inside = |at: usize, part: usize, extent: usize| {
            (part * extent / grid..(part + 1) * extent / grid).contains(&at)
        };
        let mut needed: Vec<bool> = (0..h * w)
            .map(|at| inside(at / w, row, h) && inside(at % w, column, w))
            .collect();
        for (index, op) in graph.ops.iter().enumerate().rev() {
            let count = needed.iter().filter(|&&n| n).count() as u64;
            total += count * macs_per_pixel(graph, op);
            let [ih, iw, _] = graph.tensor(op.inputs[0]).hwc();
            let window = op.kind.window().expect("a convolution");
            let width = maps[index][1];
            let mut before = vec![false; ih * iw];
            for at in (0..needed.len()).filter(|&at| needed[at]) {
                let y0 = (at / width * window.stride[0]) as isize - window.padding.top as isize;
                let x0 = (at % width * window.stride[1]) as isize - window.padding.left as isize;
                for tap in 0..window.kernel[0] * window.kernel[1] {
                    let y = y0 + (tap / window.kernel[1]) as isize;
                    let x = x0 + (tap % window.kernel[1]) as isize;
                    if (0..ih as isize).contains(&y) && (0..iw as isize).contains(&x) {
                        before[y as usize * iw + x as usize] = true;
                    }
                }
            }
            needed = before;
        }
    }
    total
}

#[test]
fn clipped_macs_are_those_of_counting_pixels() {
    let mut random = Random(11);
    let mut compared = 0;
    for _ in 0..60 {
        let layers = 1 + random.below(4);
        let built = random.chain(layers);
        let grid = 2 + random.below(3);
        let Some(stage) = stage(&built, layers, grid) else {
            continue;
        };
        let whole: u64 = built
            .graph
            .ops
            .iter()
            .map(|op| macs(&built.graph, op))
            .sum();
        // A stride larger than its kernel skips pixels, which the bounding interval holds.
        let skips = built.graph.ops.iter().any(|op| {
            let window = op.kind.window().expect("a convolution");
            window.kernel[0] < window.stride[0]
        });
        let slow = slow_macs(&built, grid);
        assert!(stage.clipped_macs >= slow);
        assert!(skips || stage.clipped_macs == slow, "{built:?}");
        assert!(stage.unclipped_macs >= stage.clipped_macs);
        assert_eq!((stage.network_macs, stage.layer_macs), (whole, whole));
        compared += usize::from(!skips);
    }
    assert!(compared >= 15, "{compared}");
}

#[test]
fn the_search_finds_what_no_other_stage_beats() {
    let built = built("mobilenetv2-1.0-r224");
    for factor in [1.03, 1.07, 1.1, 1.5] {
        let best = search(&built, factor).expect("a stage");
        for blocks in 1..=18 {
            for grid in 2..=16 {
                let Some(other) = stage(&built, blocks, grid) else {
                    continue;
                };
                let beaten = other.account.peak_bytes < best.stage.account.peak_bytes;
                assert!(
                    !beaten || other.factor() > factor,
                    "{blocks} blocks, {grid}×{grid}"
                );
            }
        }
        assert!(best.stage.factor() <= factor);
    }
    // Even the stem alone, whose patches do not meet, costs as much as layer by layer.
    assert_eq!(search(&built, 0.99), None);
    assert_eq!(stage(&built, 19, 4), None);
    assert_eq!(stage(&built, 0, 4), None);
    assert_eq!(stage(&built, 5, 29), None);
    assert_eq!(stage(&built, 5, 0), None);
}
