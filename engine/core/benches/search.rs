//! Speed of one plan and of the exact searches, for networks of about 60 steps with residuals.
#![allow(missing_docs, reason = "a benchmark has no interface")]

#[path = "../tests/support/mod.rs"]
mod support;

use divan::Bencher;
use std::ops::ControlFlow;
use tinyscope_core::design;
use tinyscope_core::plan::{
    Choices, Counted, Objective, Prepared, Query, Schedule, Target, Ways, front, plan_prepared,
    search,
};
use tinyscope_core::schedule::InputMode;

fn main() {
    divan::main();
}

/// Designs: 64, 57 and 67 steps.
const NETS: [&str; 3] = ["mobilenetv2-1.0-r224", "mcunet-vww1", "mcunet-320kb-1mb"];

const INPUTS: [InputMode; 2] = [InputMode::Resident, InputMode::Rows];

fn prepared(name: &str) -> Prepared {
    let path = support::workspace().join(format!("models/{name}.ron"));
    let bytes = std::fs::read(path).expect("a readable design");
    let graph = design::open(&bytes)
        .graph
        .expect("a design that makes a graph");
    Prepared::new(&graph).expect("a network that plans")
}

/// The same network with nothing remembered.
fn fresh(prepared: &Prepared) -> Prepared {
    prepared.forgetting()
}

fn choices(input: InputMode) -> Choices {
    Choices {
        input,
        ..Choices::default()
    }
}

/// The schedule with the least memory by line buffers.
fn streamed(prepared: &Prepared, input: InputMode) -> Choices {
    let query = query(UNBOUND, Ways::lines());
    let watch = &mut |_| ControlFlow::Continue(());
    let target = Target::stm32f746();
    let found = search(prepared, &target, &choices(input), &query, watch);
    found.expect("a schedule").plan.choices
}

const UNBOUND: Objective = Objective::LeastMemory {
    max_mac_factor: None,
};

fn query(objective: Objective, ways: Ways) -> Query {
    Query {
        counted: Counted::Arena,
        ways,
        ..Query::new(objective)
    }
}

#[divan::bench(args = NETS)]
fn plan_by_layer(bencher: Bencher<'_, '_>, net: &str) {
    let (prepared, target) = (prepared(net), Target::stm32f746());
    bencher.bench(|| plan_prepared(&prepared, &target, &Choices::default()));
}

#[divan::bench(args = NETS)]
fn plan_line_buffers_known(bencher: Bencher<'_, '_>, net: &str) {
    let (prepared, target) = (prepared(net), Target::stm32f746());
    let choices = streamed(&prepared, InputMode::Rows);
    bencher.bench(|| plan_prepared(&prepared, &target, &choices));
}

#[divan::bench(args = NETS)]
fn plan_line_buffers_new(bencher: Bencher<'_, '_>, net: &str) {
    let (prepared, target) = (prepared(net), Target::stm32f746());
    let choices = streamed(&prepared, InputMode::Rows);
    assert!(matches!(choices.schedule, Schedule::Stages(_)));
    bencher
        .with_inputs(|| fresh(&prepared))
        .bench_values(|prepared| plan_prepared(&prepared, &target, &choices));
}

fn searched(bencher: Bencher<'_, '_>, net: &str, input: InputMode, query: &Query) {
    let (prepared, target, choices) = (prepared(net), Target::stm32f746(), choices(input));
    bencher
        .with_inputs(|| fresh(&prepared))
        .bench_values(|prepared| {
            let watch = &mut |_| ControlFlow::Continue(());
            search(&prepared, &target, &choices, query, watch)
        });
}

#[divan::bench(args = NETS, consts = [0, 1])]
fn least_memory_by_line_buffers<const INPUT: usize>(bencher: Bencher<'_, '_>, net: &str) {
    let objective = Objective::LeastMemory {
        max_mac_factor: Some(1.0),
    };
    searched(
        bencher,
        net,
        INPUTS[INPUT],
        &query(objective, Ways::lines()),
    );
}

#[divan::bench(args = NETS)]
fn least_memory_of_all_ways(bencher: Bencher<'_, '_>, net: &str) {
    let objective = Objective::LeastMemory {
        max_mac_factor: Some(1.3),
    };
    searched(bencher, net, INPUTS[0], &query(objective, Ways::all()));
}

#[divan::bench(args = NETS)]
fn least_macs_of_all_ways(bencher: Bencher<'_, '_>, net: &str) {
    let objective = Objective::LeastMacs {
        arena_bytes: 256 * 1024,
    };
    searched(bencher, net, INPUTS[0], &query(objective, Ways::all()));
}

#[divan::bench(args = NETS)]
fn whole_front_of_all_ways(bencher: Bencher<'_, '_>, net: &str) {
    let (prepared, target) = (prepared(net), Target::stm32f746());
    let query = query(UNBOUND, Ways::all());
    let choices = choices(InputMode::Resident);
    bencher
        .with_inputs(|| fresh(&prepared))
        .bench_values(|prepared| {
            let watch = &mut |_| ControlFlow::Continue(());
            front(&prepared, &target, &choices, &query, watch)
        });
}
