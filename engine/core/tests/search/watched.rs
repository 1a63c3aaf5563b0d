//! Searches that are watched: ended at every possible moment, repeated, asked for what cannot be.

use crate::build::{Builder, window};
use std::ops::ControlFlow;
use tinyscope_core::graph::Graph;
use tinyscope_core::plan::{
    Choices, Counted, Found, Objective, Pin, PlanError, Prepared, Progress, Query, Target, Ways,
    search,
};
use tinyscope_core::schedule::{InputMode, Method, ScheduleError, Stage};

const LEAST: Objective = Objective::LeastMemory {
    max_mac_factor: None,
};

/// A convolution, four inverted residuals and a classifier: 19 steps.
fn middling() -> Graph {
    let (mut b, input) = Builder::new(24, 24, 3, 5);
    let mut x = b.conv(input, window(3, 2, true, [24, 24]), 8);
    for stride in [1, 2, 1, 1] {
        let [h, w, c] = b.hwc(x);
        let wide = b.conv(x, window(1, 1, true, [h, w]), 4 * c);
        let deep = b.depthwise(wide, window(3, stride, true, [h, w]));
        let [h, w, _] = b.hwc(deep);
        let narrow = b.conv(deep, window(1, 1, true, [h, w]), c);
        x = if stride == 1 {
            b.add(x, narrow)
        } else {
            narrow
        };
    }
    let output = b.head(x, 10);
    b.finish(output)
}

fn run(
    prepared: &Prepared,
    choices: &Choices,
    query: &Query,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Found, PlanError> {
    search(prepared, &Target::stm32f746(), choices, query, watch)
}

fn to_the_end(prepared: &Prepared, choices: &Choices, query: &Query) -> Result<Found, PlanError> {
    run(prepared, choices, query, &mut |_| ControlFlow::Continue(()))
}

fn refusal(query: &Query) -> ScheduleError {
    let prepared = Prepared::new(&middling()).unwrap();
    match to_the_end(&prepared, &Choices::default(), query) {
        Err(PlanError::Schedule(error)) => error,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_search_can_be_ended_at_any_moment() {
    let prepared = Prepared::new(&middling()).unwrap();
    for input in [InputMode::Resident, InputMode::Rows] {
        let choices = Choices {
            input,
            ..Choices::default()
        };
        for objective in [LEAST, Objective::LeastMacs { arena_bytes: 9000 }] {
            let query = Query::new(objective);
            let mut calls = 0;
            let whole = run(&prepared, &choices, &query, &mut |_| {
                calls += 1;
                ControlFlow::Continue(())
            });
            let whole = whole.unwrap();
            assert!(whole.proven && calls > prepared.flow.steps.len());
            let mut memory = usize::MAX;
            for last in 1..=calls {
                let mut call = 0;
                let found = run(&prepared, &choices, &query, &mut |_| {
                    call += 1;
                    if call == last {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    }
                });
                let found = found.unwrap();
                assert_eq!(call, last);
                let bytes = found.plan.totals.peak_sram_bytes;
                if objective == LEAST {
                    assert!(!found.proven && bytes >= whole.plan.totals.peak_sram_bytes);
                    memory = memory.min(bytes);
                }
                assert_eq!(found.plan.choices.input, input);
            }
            if objective == LEAST {
                assert_eq!(memory, whole.plan.totals.peak_sram_bytes);
            }
        }
    }
}

#[test]
fn the_same_question_gets_the_same_plan() {
    let prepared = Prepared::new(&middling()).unwrap();
    for objective in [
        LEAST,
        Objective::LeastCycles {
            arena_bytes: 12_000,
        },
    ] {
        let query = Query::new(objective);
        let first = to_the_end(&prepared, &Choices::default(), &query).unwrap();
        let again = Prepared::new(&middling()).unwrap();
        let second = to_the_end(&again, &Choices::default(), &query).unwrap();
        assert_eq!(first.plan, second.plan);
    }
}

#[test]
fn a_cap_that_cannot_be_met_names_what_is_in_the_way() {
    let prepared = Prepared::new(&middling()).unwrap();
    let least = to_the_end(&prepared, &Choices::default(), &Query::new(LEAST)).unwrap();
    let query = Query::new(Objective::LeastMacs { arena_bytes: 100 });
    let found = to_the_end(&prepared, &Choices::default(), &query).unwrap();
    assert_eq!(
        found.plan.totals.peak_sram_bytes,
        least.plan.totals.peak_sram_bytes
    );
    let limit = found.limit.unwrap();
    let live = found.plan.steps[limit.step].live;
    assert_eq!(limit.live, live);
    let most = found.plan.steps.iter().map(|step| step.live.total()).max();
    assert_eq!(Some(live.total()), most);
    assert!(limit.steps.contains(&limit.step));
}

#[test]
fn pins_are_kept_as_they_are() {
    let prepared = Prepared::new(&middling()).unwrap();
    let stage = Stage {
        steps: 0..5,
        method: Method::Patch { grid: [3, 2] },
    };
    let query = Query {
        pins: vec![Pin::Stage(stage.clone()), Pin::Boundary(9)],
        counted: Counted::Activations,
        ways: Ways::lines(),
        ..Query::new(LEAST)
    };
    let plan = to_the_end(&prepared, &Choices::default(), &query)
        .unwrap()
        .plan;
    let stages = plan.choices.schedule.stages();
    assert!(stages.contains(&stage));
    let cut = |stage: &Stage| stage.steps.end <= 9 || stage.steps.start >= 9;
    assert!(stages.iter().all(cut));
}

#[test]
fn illegal_pins_are_refused_by_name() {
    let pinned = |pins: Vec<Pin>| Query {
        pins,
        ..Query::new(LEAST)
    };
    let stage = |steps, method| Pin::Stage(Stage { steps, method });
    let fine = Method::Patch { grid: [40, 1] };
    assert!(matches!(
        refusal(&pinned(vec![stage(0..1, fine)])),
        ScheduleError::GridTooFine { rows: 40, .. }
    ));
    assert!(matches!(
        refusal(&pinned(vec![Pin::Boundary(99)])),
        ScheduleError::NoBoundary { boundary: 99, .. }
    ));
    let (rows, pixels) = (stage(0..4, Method::ROWS), stage(2..6, Method::PIXELS));
    assert!(matches!(
        refusal(&pinned(vec![rows.clone(), pixels])),
        ScheduleError::OutOfOrder { .. }
    ));
    assert!(matches!(
        refusal(&pinned(vec![Pin::Boundary(2), rows])),
        ScheduleError::BoundaryInside { boundary: 2, .. }
    ));
    // A residual crosses the end of the patches.
    assert!(matches!(
        refusal(&pinned(vec![stage(0..3, Method::Patch { grid: [2, 2] })])),
        ScheduleError::Crosses {
            step: 0,
            reader: 4,
            ..
        }
    ));
}

#[test]
fn an_input_by_rows_needs_line_buffers() {
    let prepared = Prepared::new(&middling()).unwrap();
    let choices = Choices {
        input: InputMode::Rows,
        ..Choices::default()
    };
    // A step that reads the input is pinned to another way.
    let query = Query {
        pins: vec![Pin::Stage(Stage {
            steps: 0..2,
            method: Method::Layer,
        })],
        ..Query::new(LEAST)
    };
    let found = to_the_end(&prepared, &choices, &query);
    assert!(matches!(
        found,
        Err(PlanError::Schedule(ScheduleError::InputByRows { step: 0 }))
    ));
}
