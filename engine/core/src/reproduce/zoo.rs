//! The released architectures: their work, as published with their accuracy.

use super::Figures;
use super::row::{Group, Unit};
use crate::cost::macs;
use crate::design::{DesignError, bundled};

const GROUP: Group = Group {
    name: "Released architectures",
    accounting: "Multiply-accumulates of all convolutions and dense layers, padded taps included.",
};

/// MACs in millions as mit-han-lab/mcunet prints them.
const MACS: [(&str, f64); 9] = [
    ("mbv2-w0.35-r144", 23.5),
    ("proxyless-w0.3-r176", 38.3),
    ("mcunet-10fps", 6.4),
    ("mcunet-5fps", 12.8),
    ("mcunet-256kb-1mb", 67.3),
    ("mcunet-320kb-1mb", 81.8),
    ("mcunet-512kb-2mb", 125.9),
    ("mcunet-vww1", 11.6),
    ("mcunet-vww2", 55.8),
];

pub fn rows(figures: &mut Figures) -> Result<(), DesignError> {
    for (name, published) in MACS {
        let graph = bundled(name)?.to_graph()?;
        let all: u64 = graph.ops.iter().map(|op| macs(&graph, op)).sum();
        let ours = all as f64 / 1e6;
        figures.push(GROUP, name.into(), ([published, ours], Unit::MegaMacs, 1));
    }
    Ok(())
}
