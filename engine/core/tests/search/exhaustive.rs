//! The search against every schedule there is: all cuts of small random networks, every way in every segment, each
//! planned.

use crate::build::network;
use proptest::prelude::*;
use std::ops::ControlFlow;
use tinyscope_core::plan::{
    Choices, Cost, Counted, Found, Objective, Pin, Plan, Prepared, Query, Schedule, Target, Ways,
    front, lower_bound, plan_prepared, search,
};
use tinyscope_core::schedule::{HandOver, InputMode, Method, Stage, check_stage};

/// Most steps of a network: the number of schedules grows fourfold with each.
const STEPS: usize = 6;

/// What a schedule comes to.
#[derive(Clone, Debug)]
struct Planned {
    stages: Vec<Stage>,
    arena: usize,
    activations: usize,
    macs: u64,
    cycles: u64,
}

impl Planned {
    fn of(plan: &Plan, stages: &[Stage]) -> Self {
        Self {
            stages: stages.to_vec(),
            arena: plan.totals.peak_sram_bytes,
            activations: plan.totals.peak_activation_bytes,
            macs: plan.totals.macs,
            cycles: plan.totals.cycles_estimated,
        }
    }

    fn bytes(&self, counted: Counted) -> usize {
        match counted {
            Counted::Arena => self.arena,
            Counted::Activations => self.activations,
        }
    }

    fn cost(&self, cost: Cost) -> u64 {
        match cost {
            Cost::Macs => self.macs,
            Cost::Cycles => self.cycles,
        }
    }
}

/// Every schedule: each step layer by layer, or any segment in any of the methods.
fn all_schedules(prepared: &Prepared, choices: &Choices, ways: &Ways) -> Vec<Planned> {
    let lines = (ways.lines.iter()).map(|&hand_over| Method::LineBuffers { hand_over });
    let grids = ways.grids.iter().map(|&grid| Method::Patch { grid });
    let strips = (ways.strips.iter()).map(|&rows| Method::HorizontalCache { rows });
    let tiles = ways.tiles.iter().map(|&tile| Method::TileCache { tile });
    let methods: Vec<Method> = lines.chain(grids).chain(strips).chain(tiles).collect();
    let mut found = Vec::new();
    extend(prepared, choices, &methods, &mut Vec::new(), &mut found);
    found
}

fn extend(
    prepared: &Prepared,
    choices: &Choices,
    methods: &[Method],
    stages: &mut Vec<Stage>,
    found: &mut Vec<Planned>,
) {
    let start = stages.last().map_or(0, |stage| stage.steps.end);
    if start == prepared.flow.steps.len() {
        let choices = Choices {
            schedule: Schedule::Stages(stages.clone()),
            ..choices.clone()
        };
        let plan = plan_prepared(prepared, &Target::stm32f746(), &choices).unwrap();
        found.push(Planned::of(&plan, stages));
        return;
    }
    let layer = Stage {
        steps: start..start + 1,
        method: Method::Layer,
    };
    let longer = (start + 1..=prepared.flow.steps.len()).flat_map(|end| {
        (methods.iter()).map(move |&method| Stage {
            steps: start..end,
            method,
        })
    });
    for stage in std::iter::once(layer).chain(longer) {
        if check_stage(&prepared.flow, &stage, choices.input).is_ok() {
            stages.push(stage);
            extend(prepared, choices, methods, stages, found);
            stages.pop();
        }
    }
}

fn find(prepared: &Prepared, choices: &Choices, query: &Query) -> Found {
    let watch = &mut |_| ControlFlow::Continue(());
    let found = search(prepared, &Target::stm32f746(), choices, query, watch).unwrap();
    assert!(found.proven, "{query:?} is not proven");
    found
}

fn summary(found: &Found, query: &Query) -> (usize, u64) {
    let planned = Planned::of(&found.plan, &[]);
    (
        planned.bytes(query.counted),
        planned.cost(query.objective.cost()),
    )
}

/// Whether a schedule leaves a pin as it is.
fn keeps(planned: &Planned, pin: &Pin) -> bool {
    match pin {
        Pin::Boundary(boundary) => (planned.stages.iter())
            .all(|stage| *boundary <= stage.steps.start || stage.steps.end <= *boundary),
        Pin::Stage(pinned) => planned.stages.contains(pinned),
    }
}

fn hand_overs() -> impl Strategy<Value = Vec<HandOver>> {
    prop_oneof![
        Just(vec![HandOver::Row, HandOver::Pixel]),
        Just(vec![HandOver::Row]),
        Just(vec![HandOver::Pixel]),
        Just(vec![]),
    ]
}

prop_compose! {
    fn choices()(flags in any::<[bool; 4]>()) -> Choices {
        let [in_place, fast_kernels, overlap, rows] = flags;
        Choices {
            in_place,
            fast_kernels,
            overlap,
            input: if rows { InputMode::Rows } else { InputMode::Resident },
            ..Choices::default()
        }
    }
}

prop_compose! {
    fn ways()(
        lines in hand_overs(),
        grid in prop::option::of((1..=3_usize, 1..=3_usize)),
        strip in prop::option::of(1..=3_usize),
        tile in prop::option::of((1..=3_usize, 1..=4_usize)),
    ) -> Ways {
        Ways {
            lines,
            grids: grid.into_iter().map(|(rows, columns)| [rows, columns]).collect(),
            strips: strip.into_iter().collect(),
            tiles: tile.into_iter().map(|(rows, columns)| [rows, columns]).collect(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_search_finds_the_best_of_all_schedules(
        graph in network(),
        choices in choices(),
        ways in ways(),
        activations in any::<bool>(),
        share in 0..100_usize,
        pick in any::<[usize; 3]>(),
    ) {
        let prepared = Prepared::new(&graph).unwrap();
        prop_assume!(prepared.flow.steps.len() <= STEPS);
        let all = all_schedules(&prepared, &choices, &ways);
        prop_assume!(!all.is_empty() && all.len() < 20_000);
        let counted = if activations { Counted::Activations } else { Counted::Arena };
        let query = |objective| Query { counted, ways: ways.clone(), ..Query::new(objective) };
        for cost in [Cost::Macs, Cost::Cycles] {
            let keys = || all.iter().map(|p| (p.bytes(counted), p.cost(cost)));
            // Least memory, at any cost and at bounded cost.
            let least = keys().min().unwrap();
            let once: u64 = match cost {
                Cost::Macs => prepared.facts.iter().map(|facts| facts.macs_once).sum(),
                Cost::Cycles => {
                    let layer = Choices { input: InputMode::Resident, ..choices.clone() };
                    let plan = plan_prepared(&prepared, &Target::stm32f746(), &layer).unwrap();
                    plan.totals.cycles_estimated
                }
            };
            let factor = 1.0 + share as f64 / 50.0;
            let most = (once as f64 * factor).floor() as u64;
            let within = keys().filter(|&(_, c)| c <= most).min();
            let cap = least.0 + (keys().max().unwrap().0 - least.0) * share / 100;
            let cheapest = keys().filter(|&(b, _)| b <= cap).map(|(b, c)| (c, b)).min().unwrap();
            let (free, bounded, capped, too_low) = match cost {
                Cost::Macs => (
                    Objective::LeastMemory { max_mac_factor: None },
                    Objective::LeastMemory { max_mac_factor: Some(factor) },
                    Objective::LeastMacs { arena_bytes: cap },
                    Objective::LeastMacs { arena_bytes: 0 },
                ),
                Cost::Cycles => (
                    Objective::LeastMemoryInTime { max_cycle_factor: f64::INFINITY },
                    Objective::LeastMemoryInTime { max_cycle_factor: factor },
                    Objective::LeastCycles { arena_bytes: cap },
                    Objective::LeastCycles { arena_bytes: 0 },
                ),
            };
            let found = find(&prepared, &choices, &query(free));
            prop_assert_eq!(summary(&found, &query(free)), least);
            prop_assert_eq!(found.limit, None);
            let found = find(&prepared, &choices, &query(bounded));
            match within {
                Some(within) => prop_assert_eq!(summary(&found, &query(bounded)), within),
                None => prop_assert!(found.limit.is_some()),
            }
            let found = find(&prepared, &choices, &query(capped));
            let (bytes, cost_of) = summary(&found, &query(capped));
            prop_assert_eq!((cost_of, bytes), cheapest);
            // A cap that cannot be met: the least memory, and what is in the way.
            let found = find(&prepared, &choices, &query(too_low));
            prop_assert_eq!(summary(&found, &query(too_low)), least);
            let limit = found.limit.unwrap();
            prop_assert!(limit.steps.contains(&limit.step));
            if counted == Counted::Activations {
                prop_assert_eq!(limit.live.activations(), least.0);
            }
            let bound = lower_bound(&prepared, &Target::stm32f746(), &choices, &query(free)).unwrap();
            prop_assert!(bound <= least.0);
            // The front of bytes in use.
            if counted == Counted::Activations {
                let watch = &mut |_| ControlFlow::Continue(());
                let points = front(&prepared, &Target::stm32f746(), &choices, &query(free), watch).unwrap();
                let found: Vec<_> = points.iter().rev().map(|p| (p.bytes, match cost {
                    Cost::Macs => p.macs,
                    Cost::Cycles => p.cycles_estimated,
                })).collect();
                let mut sorted: Vec<_> = keys().collect();
                sorted.sort_unstable();
                let mut expected: Vec<(usize, u64)> = Vec::new();
                for key in sorted {
                    if expected.last().is_none_or(|last| key.1 < last.1) {
                        expected.push(key);
                    }
                }
                prop_assert_eq!(found, expected);
            }
        }
        // Pins: of some schedule, a stage and a boundary.
        let some = &all[pick[0] % all.len()];
        let stage = some.stages[pick[1] % some.stages.len()].clone();
        let pins = vec![
            Pin::Boundary(some.stages[pick[2] % some.stages.len()].steps.end),
            Pin::Stage(stage),
        ];
        let least = (all.iter())
            .filter(|planned| pins.iter().all(|pin| keeps(planned, pin)))
            .map(|planned| (planned.bytes(counted), planned.macs))
            .min();
        let query = Query { pins, ..query(Objective::LeastMemory { max_mac_factor: None }) };
        let found = find(&prepared, &choices, &query);
        prop_assert_eq!(Some(summary(&found, &query)), least);
    }
}
