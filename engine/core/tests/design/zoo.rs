//! The designs against the block tables and figures of the released architectures.

use crate::{design, support};
use tinyscope_core::cost::macs;

/// MACs of a design's graph, and weights and biases apart from each other.
fn totals(name: &str) -> [u64; 3] {
    let graph = design(name).to_graph().expect("a graph");
    let work = graph.ops.iter().map(|op| macs(&graph, op)).sum();
    let (mut weights, mut biases) = (0, 0);
    for (w, b) in graph.ops.iter().filter_map(|op| op.kind.parameters()) {
        weights += graph.tensor(w).elements() as u64;
        biases += b.map_or(0, |b| graph.tensor(b).elements() as u64);
    }
    [work, weights, biases]
}

#[test]
fn every_released_architecture_has_its_published_macs_and_parameters() {
    let Some(tables) = support::block_tables() else {
        return;
    };
    for table in tables {
        let name = &table.design;
        let after = |key: &str| table.after(key);
        let resolution = design(name).resolution;
        assert_eq!(
            resolution.map(|r| r.to_string()),
            [after("res"); 2],
            "{name}"
        );
        let [work, weights, biases] = totals(name);
        assert_eq!(format!("{:.2}M", work as f64 / 1e6), after("MAC"), "{name}");
        // The released networks count a scale and a shift of batch normalisation for each channel, and the bias of the
        // last layer; on the device, each output channel has a 4-byte bias and a 4-byte scale.
        let classes = design(name).head.classes.unwrap_or(0) as u64;
        let released = weights + 2 * (biases - classes) + classes;
        assert_eq!(
            format!("{:.3}M", released as f64 / 1e6),
            after("par"),
            "{name}"
        );
        assert_eq!(
            (weights + 8 * biases).to_string(),
            after("w/bias+scale"),
            "{name}"
        );
    }
}

#[test]
fn mobilenetv2_has_its_published_size() {
    // Sandler et al. 2018, table 4: 3.4 M parameters, 300 M multiply-adds.
    let [work, weights, _] = totals("mobilenetv2-1.0-r224");
    assert_eq!(format!("{:.1}", work as f64 / 1e8), "3.0");
    assert_eq!(format!("{:.1}", weights as f64 / 1e6), "3.5");
}
