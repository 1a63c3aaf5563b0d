//! The packing solver on the instances of `MiniMalloc`'s benchmark. All of them, with times, are printed by the example
//! `arena`; here are those that few placements solve.

#[path = "support/arena.rs"]
mod instances;
mod support;

use std::ops::ControlFlow;
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
        let greedy = pack(blocks).expect("possible blocks");
        assert!(greedy.lower_bound == lower_bound(blocks));
        if "BCDEFGHJ".contains(&instance.name) {
            let packing = solved(blocks, 100_000, instance.capacity);
            assert!(packing.height <= instance.capacity, "{}", instance.name);
            assert!(packing.height <= greedy.height);
        }
        if "BCE".contains(&instance.name) {
            let packing = solved(blocks, 100_000, 0);
            assert!(packing.is_lowest(), "{}", instance.name);
            assert_eq!(packing.height, lower_bound(blocks), "{}", instance.name);
        }
    }
}
