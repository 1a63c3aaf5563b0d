//! Line buffers worked out from windows are those found by following every event.

use crate::build::{Builder, network};
use crate::support;
use proptest::prelude::*;
use tinyscope_core::graph::{Graph, Padding, Window};
use tinyscope_core::import::import;
use tinyscope_core::plan::Prepared;
use tinyscope_core::schedule::Lines;
use tinyscope_core::schedule::stream::Unit;

const UNITS: [Unit; 3] = [Unit::Row, Unit::Pixel, Unit::Column];

/// A residual around convolutions that keep the map's size only together: the last one pads what all of them take, so
/// that its first outputs may lie in the padding altogether and lag behind the sum.
fn residual() -> impl Strategy<Value = Graph> {
    let kernels = prop::collection::vec([1_usize..4, 1_usize..4], 1..4);
    let before = [0_usize..7, 0_usize..7];
    let map = [7_usize..10, 7_usize..10];
    (map, kernels, before, any::<bool>()).prop_map(|([height, width], kernels, before, first)| {
        let (mut builder, input) = Builder::new(height, width, 2, 1);
        let point = Window {
            kernel: [1, 1],
            stride: [1, 1],
            dilation: [1, 1],
            padding: Padding::default(),
        };
        let map = builder.conv(input, point, 3);
        let [rows, columns]: [usize; 2] =
            [0, 1].map(|axis| kernels.iter().map(|kernel| kernel[axis] - 1).sum());
        let (top, left) = (before[0].min(rows), before[1].min(columns));
        let mut path = map;
        for (index, &kernel) in kernels.iter().enumerate() {
            let mut window = Window { kernel, ..point };
            if index + 1 == kernels.len() {
                window.padding = Padding {
                    top,
                    bottom: rows - top,
                    left,
                    right: columns - left,
                };
            }
            path = builder.conv(path, window, 3);
        }
        let sum = if first {
            builder.add(map, path)
        } else {
            builder.add(path, map)
        };
        let output = builder.conv(sum, point, 2);
        builder.finish(output)
    })
}

/// Every segment of the network, in every unit.
fn counted_as_followed(graph: &Graph, fed: bool) -> Result<(), TestCaseError> {
    let prepared = Prepared::new(graph).unwrap();
    let flow = &prepared.flow;
    for end in 1..=flow.steps.len() {
        for start in 0..end {
            for unit in UNITS {
                // Strips are not fed.
                let fed = fed && unit != Unit::Column;
                let counted = Lines::new(flow, &(start..end), unit, fed);
                let followed = Lines::followed(flow, &(start..end), unit, fed);
                prop_assert_eq!(counted, followed, "steps {}..{}", start, end);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn counting_gives_what_following_gives(graph in network(), fed in any::<bool>()) {
        counted_as_followed(&graph, fed)?;
    }

    #[test]
    fn residuals_are_counted_as_they_are_followed(graph in residual(), fed in any::<bool>()) {
        counted_as_followed(&graph, fed)?;
    }
}

#[test]
fn counting_gives_what_following_gives_on_real_networks() {
    for name in support::MODELS {
        let Some(bytes) = support::model(name) else {
            continue;
        };
        let prepared = Prepared::new(&import(name, &bytes).graph.unwrap()).unwrap();
        let (flow, steps) = (&prepared.flow, prepared.flow.steps.len());
        for range in [0..steps, 0..steps / 2, steps / 3..steps, 2..steps.min(9)] {
            for unit in UNITS {
                let fed = range.start == 0 && unit != Unit::Column;
                let counted = Lines::new(flow, &range, unit, fed);
                let followed = Lines::followed(flow, &range, unit, fed);
                assert_eq!(counted, followed, "{name}, steps {range:?}");
            }
        }
    }
}
