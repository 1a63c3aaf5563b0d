//! The random pairs of a network and a schedule: the same ones in every run.

use crate::build::{Numbers, network};
use crate::cases::{Reference, choices};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRng, TestRunner};
use std::collections::BTreeMap;
use std::ops::Range;
use tinyscope_core::plan::{Plan, Prepared, Target, plan_prepared};
use tinyscope_core::schedule::{InputMode, Method};

/// A plan, and what its run must come to.
pub struct Pair {
    pub plan: Plan,
    pub reference: Reference,
}

/// So many pairs, or as many as the variable of the environment says.
pub fn count(variable: &str, usual: usize) -> usize {
    let asked = std::env::var(variable).ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// The pairs with these numbers, planned for this target; each has passed the schedule interpreter.
pub fn pairs(numbers: Range<usize>, target: &Target) -> Vec<Pair> {
    let config = Config::default();
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let networks = network();
    let mut pairs = Vec::new();
    for number in 0..numbers.end {
        let tree = networks.new_tree(&mut runner).expect("a network");
        if number < numbers.start {
            continue;
        }
        let seed = number as u64;
        let prepared = Prepared::new(&tree.current()).expect("a network that can be planned");
        let choices = choices(&prepared, &mut Numbers::new(seed));
        let plan = plan_prepared(&prepared, target, &choices).expect("a legal schedule");
        let reference = Reference::new(&plan.graph, seed);
        reference.check(&plan).expect("the plan is right");
        pairs.push(Pair { plan, reference });
    }
    pairs
}

/// Asserts that every way to run a segment is among these pairs, and often enough; prints how often.
pub fn assert_every_method(pairs: &[Pair]) {
    let mut counts = BTreeMap::<&str, usize>::new();
    for Pair { plan, .. } in pairs {
        for segment in &plan.segments {
            *counts.entry(segment.method.name()).or_default() += 1;
        }
        let by_rows = plan.choices.input == InputMode::Rows;
        *counts.entry("by rows").or_default() += usize::from(by_rows);
    }
    println!("{} pairs: {counts:?}", pairs.len());
    for name in [
        Method::Layer.name(),
        Method::Patch { grid: [1, 1] }.name(),
        Method::HorizontalCache { rows: 1 }.name(),
        Method::ROWS.name(),
        Method::PIXELS.name(),
        Method::TileCache { tile: [1, 1] }.name(),
        "by rows",
    ] {
        let found = counts.get(name).copied().unwrap_or(0);
        assert!(found * 10 >= pairs.len(), "{name}: {counts:?}");
    }
}
