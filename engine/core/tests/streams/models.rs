//! The shared models under many schedules each.

use crate::build::Numbers;
use crate::cases::{Reference, choices, planned, stages};
use crate::support::{MODELS, model};
use tinyscope_core::import::import;
use tinyscope_core::plan::{Choices, Prepared, Schedule};
use tinyscope_core::schedule::{Flow, InputMode, Method, Stage, check_stage};

/// Stages of one method, each as long as it may be.
fn greedy(flow: &Flow, input: InputMode, method: impl Fn([usize; 3]) -> Method) -> Schedule {
    let mut stages = Vec::new();
    let mut start = 0;
    while start < flow.steps.len() {
        let legal = (start + 1..=flow.steps.len()).rev().find_map(|end| {
            let stage = Stage {
                steps: start..end,
                method: method(flow.steps[end - 1].map),
            };
            check_stage(flow, &stage, input).is_ok().then_some(stage)
        });
        start = legal.as_ref().map_or(start + 1, |stage| stage.steps.end);
        stages.extend(legal);
    }
    Schedule::Stages(stages)
}

/// The whole network in each way, resident and by rows; then mixtures.
fn schedules(prepared: &Prepared) -> Vec<Choices> {
    let flow = &prepared.flow;
    let resident = InputMode::Resident;
    let part = |extent: usize, parts: usize| extent.div_ceil(parts).max(1);
    let mut all = vec![
        Choices::default(),
        Choices {
            schedule: greedy(flow, resident, |_| Method::ROWS),
            ..Choices::default()
        },
        Choices {
            schedule: greedy(flow, resident, |_| Method::PIXELS),
            ..Choices::default()
        },
        Choices {
            schedule: greedy(flow, resident, |[h, w, _]| Method::Patch {
                grid: [h.min(2), w.min(3)],
            }),
            ..Choices::default()
        },
        Choices {
            schedule: greedy(flow, resident, |[h, _, _]| Method::HorizontalCache {
                rows: part(h, 4),
            }),
            ..Choices::default()
        },
        Choices {
            schedule: greedy(flow, resident, |[h, w, _]| Method::TileCache {
                tile: [part(h, 3), part(w, 4)],
            }),
            ..Choices::default()
        },
    ];
    for method in [Method::ROWS, Method::PIXELS] {
        let by_rows = Choices {
            schedule: greedy(flow, InputMode::Rows, |_| method),
            input: InputMode::Rows,
            ..Choices::default()
        };
        let legal = by_rows.schedule.stages().first().is_some_and(|stage| {
            stage.steps.start == 0 && prepared.segment(stage, InputMode::Rows).is_ok()
        });
        all.extend(legal.then_some(by_rows));
    }
    let mut numbers = Numbers::new(17);
    all.push(Choices {
        schedule: Schedule::Stages(stages(flow, resident, &mut numbers)),
        overlap: false,
        ..Choices::default()
    });
    while all.len() < 12 {
        all.push(choices(prepared, &mut numbers));
    }
    all
}

#[test]
fn every_shared_model_gives_the_same_bytes_under_every_schedule() {
    for name in MODELS {
        let Some(bytes) = model(name) else { return };
        let graph = import(name, &bytes).graph.unwrap();
        let prepared = Prepared::new(&graph).unwrap();
        let reference = Reference::new(&prepared.graph, 11);
        let schedules = schedules(&prepared);
        println!("{name}: {} schedules", schedules.len());
        for choices in schedules {
            let plan = planned(&prepared, &choices);
            if let Err(error) = reference.check(&plan) {
                panic!("{name}: {error} under {choices:?}");
            }
        }
    }
}
