//! Every kind of operator on the virtual board, bit for bit: several inputs, several outputs.

#[allow(
    dead_code,
    clippy::expect_used,
    missing_docs,
    reason = "each test takes its part of the shared generators"
)]
#[path = "../../core/tests/codegen/graphs.rs"]
mod graphs;
#[allow(clippy::expect_used, missing_docs, reason = "as above")]
#[path = "../../core/tests/codegen/kinds.rs"]
mod kinds;
#[path = "../../core/tests/support/mod.rs"]
mod support;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tinyscope_board::{BoardError, Cancel, MeasureRequest, Measurement, measure, target_for_chip};
use tinyscope_core::graph::Graph;
use tinyscope_core::import::load;
use tinyscope_core::plan::{
    Choices, Objective, Plan, Prepared, Schedule, Target, best_patch, plan,
};

/// The measurement of a plan; `None`, with a message, where there is no compiler.
fn measured(plan: Plan) -> Result<Option<Measurement>, BoardError> {
    let request = MeasureRequest {
        runs: 2,
        timeout: Duration::from_mins(2),
        ..MeasureRequest::new(Arc::new(plan), "virtual")
    };
    match measure(&request, &mut |_| {}, &Cancel::default()) {
        Ok(measurement) => Ok(Some(measurement)),
        Err(error @ BoardError::CompilerMissing { .. }) => {
            println!("skipped: {error}");
            Ok(None)
        }
        Err(BoardError::CompileFailed { first_error, .. }) => panic!("{first_error}"),
        Err(error) => Err(error),
    }
}

fn sound(graph: &Graph, choices: &Choices) -> Result<(), Box<dyn Error>> {
    sound_on(&Target::stm32f746(), graph, choices)
}

fn sound_on(target: &Target, graph: &Graph, choices: &Choices) -> Result<(), Box<dyn Error>> {
    let plan = plan(graph, target, choices)?;
    let outputs: usize = (plan.graph.outputs.iter())
        .map(|&id| plan.graph.tensor(id).bytes())
        .sum();
    let patched = plan.patch_stage().is_some();
    assert_eq!(patched, choices.schedule != Schedule::Layer);
    if let Some(measurement) = measured(plan)? {
        assert!(measurement.bit_exact, "{:?}", measurement.difference);
        assert!(measurement.guards_intact);
        assert_eq!(measurement.output.len(), outputs);
    }
    Ok(())
}

#[test]
fn every_kind_of_operator_is_bit_exact() -> Result<(), Box<dyn Error>> {
    for (seed, fast_kernels) in [(20, true), (21, false)] {
        let graph = kinds::garden(seed);
        assert!(graph.inputs.len() > 40 && graph.outputs.len() > 40);
        let choices = Choices {
            fast_kernels,
            ..Choices::default()
        };
        sound(&graph, &choices)?;
    }
    Ok(())
}

#[test]
fn every_kind_of_operator_is_bit_exact_on_the_other_cores() -> Result<(), Box<dyn Error>> {
    for (seed, chip) in [
        (22, "nRF52840_xxAA"),
        (23, "STM32U585AI"),
        (24, "STM32H743ZI"),
    ] {
        let graph = kinds::garden(seed);
        sound_on(&target_for_chip(chip)?, &graph, &Choices::default())
            .map_err(|error| format!("{chip}: {error}"))?;
    }
    Ok(())
}

#[test]
fn operators_of_each_pixel_are_bit_exact_in_patches() -> Result<(), Box<dyn Error>> {
    let schedule = Schedule::Patch {
        split: 5,
        grid: [2, 3],
    };
    let choices = Choices {
        schedule,
        ..Choices::default()
    };
    let target = Target::stm32f746();
    // Networks whose stage has an operator of that kind.
    let by_pixel = |graph: &Graph| {
        let steps = plan(graph, &target, &choices).ok().map(|plan| plan.steps);
        steps.is_some_and(|steps| {
            let name = |word: &str| steps[..5].iter().any(|s| s.name.starts_with(word));
            name("concat") || name("prelu") || name("multiply") || name("subtract")
        })
    };
    let networks = (0..400).map(|seed| graphs::network(seed, false));
    let networks: Vec<Graph> = networks.filter(by_pixel).take(3).collect();
    assert_eq!(networks.len(), 3, "too few networks have such a stage");
    for graph in networks {
        sound(&graph, &choices)?;
    }
    Ok(())
}

/// Three outputs, resampling, parts joined.
#[test]
fn a_detector_is_bit_exact() -> Result<(), Box<dyn Error>> {
    let Some(bytes) = support::shared_bytes("models/mcunet_detection.tflite") else {
        return Ok(());
    };
    let graph = load("mcunet_detection", &bytes).map_err(|d| format!("{d:?}"))?;
    assert_eq!(graph.outputs.len(), 3);
    let target = Target::stm32f746();
    let layer = Choices::default();
    let fits = plan(&graph, &target, &layer)?.totals.peak_sram_bytes <= target.arena_budget_bytes();
    let choices = if fits {
        layer
    } else {
        let objective = Objective::LeastMemory {
            max_mac_factor: None,
        };
        best_patch(&Prepared::new(&graph)?, &target, &layer, objective)?.choices
    };
    sound(&graph, &choices)
}
