//! The packing solver on the instances of `MiniMalloc`'s benchmark. The example `arena` prints the time that each takes.

#[path = "support/arena.rs"]
mod instances;
mod support;

use std::ops::ControlFlow;
use tinyscope_core::import::import;
use tinyscope_core::memory::{Limits, Packing, lower_bound, pack, solve, validate};

fn solved(blocks: &[tinyscope_core::memory::Block], nodes: u64, enough: usize) -> Packing {
    let limits = Limits { nodes, enough };
    let packing = solve(blocks, &limits, &mut |_| ControlFlow::Continue(()));
    let packing = packing.expect("possible blocks");
    assert_eq!(validate(blocks, &packing), Ok(()));
    packing
}

#[test]
fn published_instances_fit_their_capacity() {
    let Some(folder) = support::shared("planner") else {
        return;
    };
    let instances = instances::instances(&folder).expect("readable instances");
    assert_eq!(instances.len(), 12);
    for instance in instances {
        let blocks = &instance.blocks;
        let packing = solved(blocks, 200_000, instance.capacity);
        assert!(packing.height <= instance.capacity, "{}", instance.name);
        if "BCE".contains(&instance.name) {
            let packing = solved(blocks, 100_000, 0);
            assert!(packing.is_lowest(), "{}", instance.name);
            assert_eq!(packing.height, lower_bound(blocks), "{}", instance.name);
        }
    }
}

#[test]
fn every_models_activations_are_packed_at_their_lower_bound() {
    for name in support::MODELS {
        let Some(bytes) = support::model(name) else {
            continue;
        };
        let graph = import(name, &bytes).graph.expect("a model that imports");
        let blocks = instances::activations(&graph);
        let packing = pack(&blocks).expect("possible blocks");
        assert_eq!(validate(&blocks, &packing), Ok(()));
        println!("{name}: {} bytes", packing.height);
        assert!(packing.is_lowest(), "{name}: {packing:?}");
    }
}
