//! The search over all stages of patches at the beginning of a network: every place where one can end, every grid that
//! is worth considering. Exact: candidates come in the order of a bound that no arena of theirs can be below, and the search ends when the
//! next bound is above the best arena found.

use super::search;
use super::types::{Cost, Objective, Query, Ways};
use crate::plan::build::finish;
use crate::plan::draft::draft;
use crate::plan::{Choices, Plan, PlanError, Prepared, Schedule, Target};
use crate::schedule::{Source, axis_patches, shares};
use rayon::prelude::*;
use std::ops::ControlFlow;

/// A schedule that the search weighs.
#[derive(Clone, Debug)]
struct Candidate {
    schedule: Schedule,
    /// The arena is at least this high.
    bound: usize,
    macs: u64,
}

/// Candidates drafted at once: enough work for the threads, little lost when the first is the best.
const BATCH: usize = 64;

/// The best plan among layer by layer and all patch stages that begin with the network, the rest of `choices` kept; where
/// cycles are weighed, that of [`search()`] among square grids. Deterministic.
///
/// # Errors
/// As [`crate::plan::plan_prepared`]; a budget that cannot be met is none.
pub fn best_patch(
    prepared: &Prepared,
    target: &Target,
    choices: &Choices,
    objective: Objective,
) -> Result<Plan, PlanError> {
    if objective.cost() == Cost::Cycles {
        let query = Query {
            ways: Ways::patches(),
            ..Query::new(objective)
        };
        let watch = &mut |_| ControlFlow::Continue(());
        return Ok(search(prepared, target, choices, &query, watch)?.plan);
    }
    let search = Search {
        prepared,
        target,
        choices,
    };
    let mut candidates = search.candidates()?;
    if let Objective::LeastMacs { arena_bytes } = objective {
        let mut within = candidates.clone();
        within.retain(|c| c.bound <= arena_bytes);
        within.sort_by_key(|c| (c.macs, c.bound));
        let fits = |plan: &Plan| plan.totals.peak_sram_bytes <= arena_bytes;
        let rank = |plan: &Plan| (plan.totals.macs, plan.totals.peak_sram_bytes);
        let best = search.best(&within, |c| (c.macs, c.bound), rank, fits)?;
        if let Some(best) = best {
            return Ok(best);
        }
    }
    if let Objective::LeastMemory {
        max_mac_factor: Some(factor),
    } = objective
    {
        let once: u64 = prepared.facts.iter().map(|facts| facts.macs_once).sum();
        let allowed = |c: &Candidate| c.macs as f64 <= once as f64 * factor;
        candidates.retain(|c| c.schedule == Schedule::Layer || allowed(c));
    }
    candidates.sort_by_key(|c| (c.bound, c.macs));
    let rank = |plan: &Plan| (plan.totals.peak_sram_bytes, plan.totals.macs);
    let best = search.best(&candidates, |c| (c.bound, c.macs), rank, |_| true)?;
    best.ok_or(PlanError::Empty)
}

struct Search<'a> {
    prepared: &'a Prepared,
    target: &'a Target,
    choices: &'a Choices,
}

impl Search<'_> {
    fn with(&self, schedule: &Schedule) -> Choices {
        Choices {
            schedule: schedule.clone(),
            ..self.choices.clone()
        }
    }

    /// The plan of the lowest rank that is `accepted`. `candidates` are sorted by `promise`, which is never above the
    /// rank of the candidate's plan.
    fn best<A, B>(
        &self,
        candidates: &[Candidate],
        promise: impl Fn(&Candidate) -> (A, B),
        rank: impl Fn(&Plan) -> (A, B),
        accepted: impl Fn(&Plan) -> bool,
    ) -> Result<Option<Plan>, PlanError>
    where
        (A, B): Ord,
    {
        let mut best: Option<Plan> = None;
        for batch in candidates.chunks(BATCH) {
            let beaten = |c: &Candidate, best: &Option<Plan>| {
                best.as_ref().is_some_and(|plan| rank(plan) <= promise(c))
            };
            if beaten(&batch[0], &best) {
                break;
            }
            let mut drafted: Vec<Candidate> = (batch.par_iter())
                .map(|candidate| {
                    let draft = draft(self.prepared, self.target, &self.with(&candidate.schedule))?;
                    Ok(Candidate {
                        bound: draft.peak(),
                        ..candidate.clone()
                    })
                })
                .collect::<Result<_, PlanError>>()?;
            drafted.sort_by_key(&promise);
            for candidate in &drafted {
                if beaten(candidate, &best) {
                    break;
                }
                let choices = self.with(&candidate.schedule);
                let draft = draft(self.prepared, self.target, &choices)?;
                let plan = finish(self.prepared, self.target, &choices, draft)?;
                let better = best.as_ref().is_none_or(|best| rank(&plan) < rank(best));
                if better && accepted(&plan) {
                    best = Some(plan);
                }
            }
        }
        Ok(best)
    }

    /// Layer by layer, and every legal stage with every grid worth considering.
    fn candidates(&self) -> Result<Vec<Candidate>, PlanError> {
        let layer = Candidate {
            schedule: Schedule::Layer,
            bound: draft(self.prepared, self.target, &self.with(&Schedule::Layer))?.peak(),
            macs: self
                .prepared
                .facts
                .iter()
                .map(|facts| facts.macs_once)
                .sum(),
        };
        let stages: Vec<Vec<Candidate>> = (self.prepared.legal_splits.par_iter())
            .map(|&split| self.stages(split))
            .collect::<Result<_, PlanError>>()?;
        Ok(std::iter::once(layer)
            .chain(stages.into_iter().flatten())
            .collect())
    }

    /// The stages of the first `split` steps.
    fn stages(&self, split: usize) -> Result<Vec<Candidate>, PlanError> {
        let Prepared { flow, facts, .. } = self.prepared;
        // What lies behind the stage does not depend on the grid.
        let whole = Schedule::Patch {
            split,
            grid: [1, 1],
        };
        let live = draft(self.prepared, self.target, &self.with(&whole))?.live();
        let behind = live[split..].iter().map(|[a, b]| a + b).max().unwrap_or(0);
        let input: usize = (flow.steps[..split].iter())
            .flat_map(|node| &node.inputs)
            .find_map(|source| match *source {
                Source::Input(input) => Some(flow.inputs[input].iter().product()),
                _ => None,
            })
            .unwrap_or(0);
        let held = input + flow.steps[split - 1].map.iter().product::<usize>();
        let once: u64 = facts[split..].iter().map(|facts| facts.macs_once).sum();
        let [rows, columns] = [0, 1].map(|axis| self.grids(split, axis));
        let mut candidates = Vec::with_capacity(rows.len() * columns.len());
        for row in &rows {
            for column in &columns {
                let steps = || (0..split).zip(row.steps.iter().zip(&column.steps));
                let tile = (steps().take(split - 1))
                    .map(|(step, (y, x))| y.longest * x.longest * flow.steps[step].map[2])
                    .max()
                    .unwrap_or(0);
                let computed: u64 = steps()
                    .map(|(step, (y, x))| facts[step].macs_per_pixel * (y.sum * x.sum) as u64)
                    .sum();
                candidates.push(Candidate {
                    schedule: Schedule::Patch {
                        split,
                        grid: [row.parts, column.parts],
                    },
                    bound: behind.max(held + tile),
                    macs: once + computed,
                });
            }
        }
        Ok(candidates)
    }

    /// Cuts of the stage's output along an axis. Left out are those that a smaller number of parts beats: no tile
    /// longer, nothing computed more often.
    fn grids(&self, split: usize, axis: usize) -> Vec<Cut> {
        let flow = &self.prepared.flow;
        let mut kept: Vec<Cut> = Vec::new();
        for parts in 1..=flow.steps[split - 1].map[axis] {
            let shares = shares(flow.steps[split - 1].map[axis], parts);
            let patches = axis_patches(flow, &(0..split), axis, &shares);
            let steps: Vec<Lengths> = (0..split)
                .map(|step| {
                    let lengths = || patches.iter().map(|patch| patch.outputs[step].len());
                    Lengths {
                        longest: lengths().max().unwrap_or(0),
                        sum: lengths().sum(),
                    }
                })
                .collect();
            let beats = |a: &Lengths, b: &Lengths| a.longest <= b.longest && a.sum <= b.sum;
            let beaten =
                (kept.iter()).any(|cut| cut.steps.iter().zip(&steps).all(|(a, b)| beats(a, b)));
            if !beaten {
                kept.push(Cut { parts, steps });
            }
        }
        kept
    }
}

/// A number of patches along an axis.
struct Cut {
    parts: usize,
    steps: Vec<Lengths>,
}

/// Pixels along an axis that a step computes: in the longest patch, and in all of them.
struct Lengths {
    longest: usize,
    sum: usize,
}
