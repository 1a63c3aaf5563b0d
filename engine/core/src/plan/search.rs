//! The search over all patch stages: every place where one can end, every grid that is worth considering.

use super::build::finish;
use super::draft::{Draft, draft};
use super::{Choices, Plan, PlanError, Prepared, Schedule, Target};
use crate::schedule::axis_patches;
use rayon::prelude::*;

/// What the best schedule is. MAC factors are relative to layer by layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Objective {
    /// The lowest arena, scratch included; fewer MACs where two are equally low.
    LeastMemory {
        /// Schedules with more MACs than this factor are left out; `None` allows any.
        max_mac_factor: Option<f64>,
    },
    /// The fewest MACs with an arena of at most so many bytes; the lower arena where two have equally many. Where
    /// none is that low, the lowest there is.
    LeastMacs {
        /// Bytes that the arena may take.
        arena_bytes: usize,
    },
}

/// A schedule that the search weighs.
struct Candidate {
    schedule: Schedule,
    /// The arena is at least this high.
    bound: usize,
    macs: u64,
}

/// The best plan among layer by layer and all patch stages, the rest of `choices` kept. Deterministic.
///
/// # Errors
/// As [`super::plan_prepared`]; a budget that cannot be met is none.
pub fn best_patch(
    prepared: &Prepared,
    target: &Target,
    choices: &Choices,
    objective: Objective,
) -> Result<Plan, PlanError> {
    let with = |schedule| Choices {
        schedule,
        ..*choices
    };
    let mut candidates: Vec<Candidate> = schedules(prepared)
        .into_par_iter()
        .map(|schedule| {
            let draft = draft(prepared, target, &with(schedule))?;
            Ok(Candidate {
                schedule,
                bound: draft.peak(),
                macs: macs(prepared, &draft),
            })
        })
        .collect::<Result<_, PlanError>>()?;
    let once = candidates.first().map_or(0, |layer| layer.macs);
    let planned = |candidate: &Candidate| {
        let choices = with(candidate.schedule);
        finish(
            prepared,
            target,
            &choices,
            draft(prepared, target, &choices)?,
        )
    };
    if let Objective::LeastMacs { arena_bytes } = objective {
        candidates.sort_by_key(|c| (c.macs, c.bound));
        for candidate in candidates.iter().filter(|c| c.bound <= arena_bytes) {
            let plan = planned(candidate)?;
            if plan.totals.peak_sram_bytes <= arena_bytes {
                return Ok(plan);
            }
        }
    }
    if let Objective::LeastMemory {
        max_mac_factor: Some(factor),
    } = objective
    {
        let layer = Schedule::Layer;
        candidates.retain(|c| c.schedule == layer || c.macs as f64 <= once as f64 * factor);
    }
    // By rising bound: once a plan is not above the next bound, no later one can be lower.
    candidates.sort_by_key(|c| (c.bound, c.macs));
    let mut best: Option<Plan> = None;
    for candidate in &candidates {
        let height = best.as_ref().map(|plan| plan.totals.peak_sram_bytes);
        if height.is_some_and(|height| height < candidate.bound) {
            break;
        }
        // An equally low one is only of interest with fewer MACs.
        let rank = |plan: &Plan| (plan.totals.peak_sram_bytes, plan.totals.macs);
        if (best.as_ref()).is_some_and(|plan| rank(plan) <= (candidate.bound, candidate.macs)) {
            continue;
        }
        let plan = planned(candidate)?;
        if best.as_ref().is_none_or(|best| rank(&plan) < rank(best)) {
            best = Some(plan);
        }
    }
    best.ok_or(PlanError::Empty)
}

/// Layer by layer, then every legal stage with every grid worth considering.
fn schedules(prepared: &Prepared) -> Vec<Schedule> {
    let stages = prepared.legal_splits.par_iter().flat_map_iter(|&split| {
        let [rows, columns] = [0, 1].map(|axis| grids(prepared, split, axis));
        (rows.into_iter()).flat_map(move |rows| {
            let columns = columns.clone();
            columns.into_iter().map(move |columns| Schedule::Patch {
                split,
                grid: [rows, columns],
            })
        })
    });
    let mut schedules = vec![Schedule::Layer];
    schedules.extend(stages.collect::<Vec<_>>());
    schedules
}

/// Numbers of patches along an axis. Left out are those that a smaller number beats: no tile longer, nothing computed
/// more often.
fn grids(prepared: &Prepared, split: usize, axis: usize) -> Vec<usize> {
    let extent = prepared.flow.steps[split - 1].map[axis];
    let mut kept: Vec<(usize, Vec<[usize; 2]>)> = Vec::new();
    for parts in 1..=extent {
        let patches = axis_patches(&prepared.flow, split, axis, parts);
        let lengths: Vec<[usize; 2]> = (0..split)
            .map(|step| {
                let lengths = || patches.iter().map(|patch| patch.outputs[step].len());
                [lengths().max().unwrap_or(0), lengths().sum()]
            })
            .collect();
        let beaten = kept.iter().any(|(_, other)| {
            (other.iter().zip(&lengths)).all(|(a, b)| a[0] <= b[0] && a[1] <= b[1])
        });
        if !beaten {
            kept.push((parts, lengths));
        }
    }
    kept.into_iter().map(|(parts, _)| parts).collect()
}

fn macs(prepared: &Prepared, draft: &Draft) -> u64 {
    (prepared.facts.iter().enumerate())
        .map(|(step, facts)| match &draft.stage {
            Some(stage) if step < stage.split => {
                facts.macs_per_pixel * stage.computed_pixels(step) as u64
            }
            _ => facts.macs_once,
        })
        .sum()
}
