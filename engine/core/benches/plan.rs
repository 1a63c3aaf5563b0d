//! Speed of planning: the whole path from an imported graph, the part that runs for every mouse move, the search.
#![allow(missing_docs, reason = "a benchmark has no interface")]

#[path = "../tests/support/mod.rs"]
mod support;

use divan::Bencher;
use tinyscope_core::Graph;
use tinyscope_core::import::import;
use tinyscope_core::plan::{
    Choices, Objective, Prepared, Schedule, Target, best_patch, plan, plan_prepared,
};

fn main() {
    divan::main();
}

/// `mcunet_vww` where the shared models are, else the project's own scene network.
fn model() -> Graph {
    let own = support::workspace().join("models/scene.tflite");
    let path = support::shared("models/mcunet_vww.tflite").unwrap_or(own);
    println!("model: {}", path.file_name().unwrap_or_default().display());
    let bytes = std::fs::read(path).expect("a readable model");
    import("model", &bytes).graph.expect("a model that imports")
}

#[divan::bench]
fn plan_from_graph(bencher: Bencher<'_, '_>) {
    let (graph, target, choices) = (model(), Target::stm32f746(), Choices::default());
    bencher.bench(|| plan(&graph, &target, &choices));
}

#[divan::bench]
fn plan_prepared_layer(bencher: Bencher<'_, '_>) {
    let prepared = Prepared::new(&model()).expect("a model that plans");
    let (target, choices) = (Target::stm32f746(), Choices::default());
    bencher.bench(|| plan_prepared(&prepared, &target, &choices));
}

#[divan::bench]
fn plan_prepared_patch(bencher: Bencher<'_, '_>) {
    let prepared = Prepared::new(&model()).expect("a model that plans");
    let split = prepared.legal_splits[prepared.legal_splits.len() / 2];
    let choices = Choices {
        schedule: Schedule::Patch {
            split,
            grid: [3, 3],
        },
        ..Choices::default()
    };
    let target = Target::stm32f746();
    bencher.bench(|| plan_prepared(&prepared, &target, &choices));
}

#[divan::bench]
fn search_all_patch_stages(bencher: Bencher<'_, '_>) {
    let prepared = Prepared::new(&model()).expect("a model that plans");
    let (target, choices) = (Target::stm32f746(), Choices::default());
    let objective = Objective::LeastMemory {
        max_mac_factor: None,
    };
    bencher.bench(|| best_patch(&prepared, &target, &choices, objective));
}
