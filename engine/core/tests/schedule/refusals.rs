//! Illegal choices are refused by name; what does not fit is said with by how much.

use crate::build::{Builder, window};
use crate::golden::small_network;
use tinyscope_core::Severity;
use tinyscope_core::graph::{DType, Graph};
use tinyscope_core::plan::{Choices, PlanError, Prepared, Schedule, Target, plan, plan_prepared};
use tinyscope_core::schedule::ScheduleError;

fn refusal(graph: &Graph, split: usize, grid: [usize; 2]) -> ScheduleError {
    let choices = Choices {
        schedule: Schedule::Patch { split, grid },
        ..Choices::default()
    };
    match plan(graph, &Target::stm32f746(), &choices) {
        Err(PlanError::Schedule(error)) => error,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn stages_that_cannot_end_there_are_refused_with_the_reason() {
    let graph = small_network();
    let crosses = |split, reader| ScheduleError::Crosses {
        stage: 0..split,
        step: 0,
        reader,
    };
    // The stem's output is added at step 4.
    assert_eq!(refusal(&graph, 2, [2, 2]), crosses(2, 4));
    assert_eq!(refusal(&graph, 4, [2, 2]), crosses(4, 4));
    assert_eq!(
        refusal(&graph, 8, [1, 1]),
        ScheduleError::NotLocal {
            stage: 0..8,
            step: 7,
            op: "MEAN"
        }
    );
    assert_eq!(
        refusal(&graph, 10, [1, 1]),
        ScheduleError::TooLong {
            stage: 0..10,
            steps: 9
        }
    );
    assert_eq!(Prepared::new(&graph).unwrap().legal_splits, [1, 5, 6, 7]);
}

#[test]
fn grids_that_do_not_suit_the_map_are_refused() {
    let graph = small_network();
    assert_eq!(
        refusal(&graph, 7, [2, 5]),
        ScheduleError::GridTooFine {
            rows: 2,
            columns: 5,
            height: 4,
            width: 4
        }
    );
    assert_eq!(
        refusal(&graph, 7, [0, 2]),
        ScheduleError::EmptyGrid {
            rows: 0,
            columns: 2
        }
    );
}

#[test]
fn dead_ends_and_outputs_inside_a_stage_are_refused() {
    let (mut b, input) = Builder::new(8, 8, 2, 3);
    let a = b.conv(input, window(3, 1, true, [8, 8]), 4);
    let dead = b.conv(a, window(1, 1, true, [8, 8]), 4);
    let c = b.conv(a, window(3, 1, true, [8, 8]), 4);
    let mut graph = b.finish(c);
    assert_eq!(
        refusal(&graph, 3, [2, 2]),
        ScheduleError::DeadEnd {
            stage: 0..3,
            step: 1
        }
    );
    graph.outputs.push(dead);
    assert_eq!(
        refusal(&graph, 3, [2, 2]),
        ScheduleError::OutputInside {
            stage: 0..3,
            step: 1
        }
    );
}

#[test]
fn a_stage_of_no_steps_is_layer_by_layer() {
    let prepared = Prepared::new(&small_network()).unwrap();
    let with = |schedule| {
        let choices = Choices {
            schedule,
            ..Choices::default()
        };
        plan_prepared(&prepared, &Target::stm32f746(), &choices).unwrap()
    };
    let none = with(Schedule::Patch {
        split: 0,
        grid: [3, 3],
    });
    let layer = with(Schedule::Layer);
    assert_eq!(none.steps, layer.steps);
    assert_eq!(none.buffers, layer.buffers);
}

#[test]
fn what_does_not_fit_is_an_error_with_the_shortfall() {
    let mut target = Target::stm32f746();
    target.sram_bytes = 10 * 1024;
    target.flash_bytes = 1024;
    let plan = plan(&small_network(), &target, &Choices::default()).unwrap();
    let short = plan.totals.peak_sram_bytes - 2 * 1024;
    let found: Vec<_> = (plan.diagnostics.iter())
        .map(|d| (d.severity, d.code))
        .collect();
    assert_eq!(
        found,
        [
            (Severity::Error, "sram-exceeded"),
            (Severity::Error, "flash-exceeded")
        ]
    );
    let message = &plan.diagnostics[0].message;
    assert!(
        message.contains(&format!("{short} B too many")),
        "{message}"
    );
}

#[test]
fn networks_that_no_chip_runs_are_errors() {
    let target = Target::stm32f746();
    let choices = Choices::default();
    assert_eq!(
        plan(&Graph::default(), &target, &choices),
        Err(PlanError::Empty)
    );
    let (mut b, input) = Builder::new(8, 8, 2, 3);
    let output = b.function(input);
    let mut float = b.finish(output);
    for tensor in &mut float.tensors {
        (tensor.dtype, tensor.quant) = (DType::F32, None);
    }
    let error = plan(&float, &target, &choices).unwrap_err();
    assert_eq!(
        error,
        PlanError::NotInt8 {
            step: 0,
            op: "LEAKY_RELU",
            dtype: DType::F32
        }
    );
    let finding = error.diagnostic();
    assert_eq!(finding.code, "not-int8");
    assert!(finding.remedy.starts_with("quantise the model first"));
}

#[test]
fn maps_beyond_the_programs_numbers_are_errors() {
    let target = Target::stm32f746();
    for (shape, what) in [
        ([1, 40_000, 1, 2], "32,767 rows"),
        ([1, 20_000, 20_000, 4], "1 GiB"),
    ] {
        let (mut b, input) = Builder::new(shape[1], shape[2], shape[3], 1);
        let output = b.function(input);
        let error = plan(&b.finish(output), &target, &Choices::default()).unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
    }
}
