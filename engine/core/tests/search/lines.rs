//! Line buffers worked out from windows are those found by following every event.

use crate::build::network;
use crate::support;
use proptest::prelude::*;
use tinyscope_core::import::import;
use tinyscope_core::plan::Prepared;
use tinyscope_core::schedule::Lines;
use tinyscope_core::schedule::stream::Unit;

const UNITS: [Unit; 3] = [Unit::Row, Unit::Pixel, Unit::Column];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn counting_gives_what_following_gives(graph in network(), fed in any::<bool>()) {
        let prepared = Prepared::new(&graph).unwrap();
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
