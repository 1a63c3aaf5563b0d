//! Random networks under random legal schedules.

use crate::build::Numbers;
use crate::cases::{Reference, choices, for_all, planned, producers};
use std::cell::RefCell;
use std::collections::BTreeMap;
use tinyscope_core::plan::{Plan, Prepared};
use tinyscope_core::schedule::{Flow, HandOver, InputMode, Method, Source};

const CASES: u32 = 3000;

/// What a plan has in it that the tests are about.
fn features(flow: &Flow, plan: &Plan) -> Vec<&'static str> {
    let mut found = Vec::new();
    for segment in &plan.segments {
        found.push(match segment.method {
            Method::Layer => "layer by layer",
            Method::Patch { .. } => "patches",
            Method::HorizontalCache { .. } => "horizontal cache",
            Method::LineBuffers {
                hand_over: HandOver::Row,
            } => "line buffers, rows",
            Method::LineBuffers {
                hand_over: HandOver::Pixel,
            } => "line buffers, pixels",
            Method::TileCache { .. } => "tile cache",
        });
        let steps = segment.steps.clone();
        let inner = |step: usize| producers(flow, step).any(|p| steps.contains(&p) && p + 1 < step);
        if segment.method != Method::Layer && steps.clone().any(inner) {
            found.push("delayed rows in a stage");
        }
        let crosses = |p: usize| p + 1 < steps.end && flow.steps[p].last_reader >= steps.end;
        if matches!(segment.method, Method::LineBuffers { .. }) && steps.clone().any(crosses) {
            found.push("stage that a residual leaves");
        }
        let last = &plan.steps[steps.end - 1];
        let read = |step: usize| {
            (plan.steps[step].inputs.iter().zip(&flow.steps[step].inputs)).any(|(input, source)| {
                let outside = match *source {
                    Source::Step(producer) => producer < steps.start,
                    Source::Input(_) => true,
                    Source::Constant => false,
                };
                outside && input.buffer == last.output.buffer
            })
        };
        if matches!(segment.method, Method::LineBuffers { .. }) && steps.clone().any(read) {
            found.push("output over input");
        }
    }
    let any = |name, has: bool| has.then_some(name);
    found.extend(any(
        "accumulators",
        plan.steps.iter().any(|s| s.accumulators.is_some()),
    ));
    found.extend(any(
        "kept rows",
        plan.steps.iter().any(|s| s.kept_rows.is_some()),
    ));
    found.extend(any(
        "in place",
        plan.steps.iter().any(|s| s.in_place.is_some()),
    ));
    found.extend(any(
        "scratch",
        plan.steps.iter().any(|s| s.scratch.is_some()),
    ));
    found.extend(any("input by rows", plan.choices.input == InputMode::Rows));
    found.extend(any("several outputs", plan.graph.outputs.len() > 1));
    found.extend(any("several stages", plan.segments.len() > 2));
    found.sort_unstable();
    found.dedup();
    found
}

#[test]
fn every_schedule_gives_the_bytes_of_the_layer_by_layer_run() {
    let counts: RefCell<BTreeMap<&str, usize>> = RefCell::default();
    for_all(CASES, |graph, seed| {
        let prepared = Prepared::new(graph).unwrap();
        let choices = choices(&prepared, &mut Numbers::new(seed));
        let plan = planned(&prepared, &choices);
        let reference = Reference::new(&plan.graph, seed);
        (reference.check(&plan)).map_err(|error| format!("{error} under {choices:?}"))?;
        let mut counts = counts.borrow_mut();
        *counts.entry("cases").or_default() += 1;
        for feature in features(&prepared.flow, &plan) {
            *counts.entry(feature).or_default() += 1;
        }
        Ok(())
    });
    let counts = counts.into_inner();
    println!("{counts:#?}");
    for (feature, share) in [
        ("layer by layer", 10),
        ("patches", 10),
        ("horizontal cache", 10),
        ("line buffers, rows", 10),
        ("line buffers, pixels", 10),
        ("tile cache", 10),
        ("delayed rows in a stage", 10),
        ("stage that a residual leaves", 5),
        ("output over input", 10),
        ("accumulators", 5),
        ("kept rows", 5),
        ("in place", 10),
        ("scratch", 10),
        ("input by rows", 10),
        ("several outputs", 5),
        ("several stages", 10),
    ] {
        let count = counts.get(feature).copied().unwrap_or(0);
        assert!(count * 100 >= CASES as usize * share, "{feature}: {count}");
    }
}
