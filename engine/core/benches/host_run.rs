//! Time of one inference on the host, prepared once: `cargo bench -p tinyscope-core --bench host_run`.
#![allow(missing_docs, reason = "a bench")]

#[path = "../tests/support/mod.rs"]
mod support;

use divan::counter::ItemsCount;
use std::path::Path;
use tinyscope_core::cost::macs;
use tinyscope_core::graph::Graph;
use tinyscope_core::import::import;
use tinyscope_core::quant::{Runner, random_input};

fn main() {
    divan::main();
}

/// Models by name: of the shared ones those that are here, and the project's own.
fn models() -> Vec<String> {
    let shared = support::MODELS
        .into_iter()
        .filter(|name| support::model(name).is_some());
    let own = support::own_models().into_iter();
    shared
        .map(str::to_owned)
        .chain(own.filter_map(|(path, _)| stem(&path)))
        .collect()
}

fn stem(path: &Path) -> Option<String> {
    Some(path.file_stem()?.to_string_lossy().into_owned())
}

fn load(name: &str) -> Graph {
    let bytes = if support::MODELS.contains(&name) {
        support::model(name)
    } else {
        let mut own = support::own_models().into_iter();
        own.find_map(|(path, bytes)| (stem(&path)? == name).then_some(bytes))
    };
    let imported = import(name, &bytes.expect("a listed model is readable"));
    imported
        .graph
        .unwrap_or_else(|| panic!("{name} is not imported: {:#?}", imported.diagnostics))
}

fn multiply_accumulates(graph: &Graph) -> u64 {
    graph.ops.iter().map(|op| macs(graph, op)).sum()
}

#[divan::bench(args = models())]
fn host_run(bencher: divan::Bencher<'_, '_>, name: &str) {
    let graph = load(name);
    let inputs = random_input(&graph, 1);
    let runner = Runner::new(&graph).expect("the model can be run");
    bencher
        .counter(ItemsCount::new(multiply_accumulates(&graph)))
        .bench(|| runner.run(&inputs).expect("the model runs"));
}
