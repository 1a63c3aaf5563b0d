//! Speed of packing: a network's activations at once, and the published instances that are solved soonest.
#![allow(missing_docs, reason = "a benchmark has no interface")]

#[path = "../tests/support/arena.rs"]
mod instances;
#[path = "../tests/support/mod.rs"]
mod support;

use divan::Bencher;
use std::ops::ControlFlow;
use tinyscope_core::import::import;
use tinyscope_core::memory::{Block, Limits, pack, solve};

fn main() {
    divan::main();
}

/// The activations of `vww_96_int8` where the shared models are, else of the project's own scene network.
fn activations() -> Vec<Block> {
    let own = support::workspace().join("models/scene.tflite");
    let path = support::shared("models/vww_96_int8.tflite").unwrap_or(own);
    let bytes = std::fs::read(&path).expect("a readable model");
    let graph = import("model", &bytes).graph.expect("a model that imports");
    instances::activations(&graph)
}

#[divan::bench]
fn pack_network(bencher: Bencher<'_, '_>) {
    let blocks = activations();
    let packing = pack(&blocks).expect("possible blocks");
    println!("{} blocks, {} bytes high", blocks.len(), packing.height);
    bencher.bench(|| pack(&blocks));
}

#[divan::bench(args = ["B", "C", "E", "F", "H", "J"])]
fn fit_instance(bencher: Bencher<'_, '_>, name: &str) {
    let Some(folder) = support::shared("planner") else {
        return;
    };
    let all = instances::instances(&folder).expect("readable instances");
    if let Some(instance) = all.into_iter().find(|instance| instance.name == name) {
        let limits = Limits {
            nodes: 1_000_000,
            enough: instance.capacity,
        };
        bencher.bench(|| {
            solve(
                &instance.blocks,
                &limits,
                &mut |_| ControlFlow::Continue(()),
            )
        });
    }
}
