//! Generated C of random networks under random schedules: on the host, under sanitisers, every step's bytes are those of
//! the schedule interpreter and of the layer-by-layer run, in an arena of exactly the plan's size.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "tests"
)]

mod batch;
#[path = "../schedule/build/mod.rs"]
#[allow(
    dead_code,
    reason = "other tests build networks one operator at a time"
)]
mod build;
#[path = "../streams/cases.rs"]
#[allow(dead_code, reason = "other tests shrink what fails")]
mod cases;

use batch::{Batch, Pair};
use build::{Numbers, network};
use cases::{Reference, choices, planned};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRng, TestRunner};
use std::collections::BTreeMap;
use tinyscope_core::plan::Prepared;
use tinyscope_core::schedule::{InputMode, Method};

/// Pairs of a network and a schedule; more by `TINYSCOPE_PAIRS`.
const PAIRS: usize = 500;

fn pairs() -> usize {
    let asked = std::env::var("TINYSCOPE_PAIRS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(PAIRS)
}

#[test]
fn random_networks_under_random_schedules() {
    if !batch::has_compiler() {
        println!("skipped: no cc");
        return;
    }
    let config = Config::default();
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let networks = network();
    let (mut batch, mut counts) = (Batch::new("random"), BTreeMap::<&str, usize>::new());
    for seed in 0..pairs() as u64 {
        let graph = networks.new_tree(&mut runner).expect("a network").current();
        let prepared = Prepared::new(&graph).unwrap();
        let choices = choices(&prepared, &mut Numbers::new(seed));
        let plan = planned(&prepared, &choices);
        let reference = Reference::new(&plan.graph, seed);
        reference.check(&plan).expect("the plan is right");
        for segment in &plan.segments {
            *counts.entry(segment.method.name()).or_default() += 1;
        }
        *counts.entry("by rows").or_default() += usize::from(choices.input == InputMode::Rows);
        batch.add(Pair { plan, reference });
    }
    batch.run();
    println!("{counts:#?}");
    for name in [
        Method::Layer.name(),
        Method::Patch { grid: [1, 1] }.name(),
        Method::HorizontalCache { rows: 1 }.name(),
        Method::ROWS.name(),
        Method::PIXELS.name(),
        Method::TileCache { tile: [1, 1] }.name(),
        "by rows",
    ] {
        assert!(
            counts.get(name).copied().unwrap_or(0) * 10 >= pairs(),
            "{name}: {counts:?}"
        );
    }
}
