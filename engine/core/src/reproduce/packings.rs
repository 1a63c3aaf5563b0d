//! Arena planning: the packing problems that `MiniMalloc` was published with, each as low as the lowest packing known.

use super::row::Group;
use super::{Figures, Source};
use crate::memory::{Limits, blocks_from_csv, solve};
use std::ops::ControlFlow;

/// Problem, lowest height known in bytes.
const HEIGHTS: [(&str, usize); 11] = [
    ("A", 1_048_576),
    ("B", 1_048_576),
    ("C", 1_039_360),
    ("D", 1_031_168),
    ("E", 1_048_576),
    ("F", 1_048_576),
    ("G", 1_048_576),
    ("H", 1_048_576),
    ("I", 1_048_576),
    ("J", 1_044_480),
    ("K", 1_048_576),
];

const GROUP: Group = Group {
    name: "Arena planning: MiniMalloc's problems",
    accounting: "Height of the packing when the lowest one known is reached; packed and then validated.",
};

/// Placements that are tried, far more than any of them takes.
const NODES: u64 = 20_000_000;

pub fn rows(source: &Source<'_>, figures: &mut Figures) {
    for (name, published) in HEIGHTS {
        let Some(text) = (source.packing)(name) else {
            let missing = format!("packing problem {name}: {name}.1048576.csv is not at hand");
            figures.skipped.push(missing);
            continue;
        };
        let limits = Limits {
            nodes: NODES,
            enough: published,
        };
        let text = String::from_utf8_lossy(&text);
        let packed = blocks_from_csv(&text).map_err(|error| error.to_string());
        let packed = packed.and_then(|blocks| {
            solve(&blocks, &limits, &mut |_| ControlFlow::Continue(()))
                .map_err(|error| error.to_string())
        });
        match packed {
            Ok(packing) => figures.within(GROUP, name.into(), published, packing.height),
            Err(error) => figures
                .skipped
                .push(format!("packing problem {name}: {error}")),
        }
    }
}
