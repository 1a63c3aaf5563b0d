//! Every schedule that is not beaten in both memory and cost, and the memory that none can go below.

use super::paths::Paths;
use super::run::{Run, Watch};
use super::types::{FrontPoint, Progress, Query};
use crate::cost::estimate_cycles;
use crate::plan::draft::draft;
use crate::plan::work::work;
use crate::plan::{Choices, PlanError, Prepared, Schedule, Target};
use std::ops::ControlFlow;

/// The whole front of memory against the cost that the query's objective weighs, lowest memory last; its conditions
/// are not looked at. Memory is the bytes in use, which packing nearly always reaches: the arena of a point's plan is
/// never below. Ended early, it is the part with the most memory.
///
/// # Errors
/// As [`super::search`].
pub fn front(
    prepared: &Prepared,
    target: &Target,
    choices: &Choices,
    query: &Query,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Vec<FrontPoint>, PlanError> {
    let mut run = Run::new(prepared, target, choices, query)?;
    let mut points = Vec::new();
    if run.weigh(query, watch)?.is_err() {
        return Ok(points);
    }
    let mut cap = usize::MAX;
    while let Some((path, (_, bytes))) = Paths::new(&run.edges, cap).next() {
        run.progress.bound_bytes = bytes;
        if watch(run.progress).is_break() {
            break;
        }
        if !run.refine(&path)? {
            continue;
        }
        let schedule = run.schedule(&path);
        points.push(run.point(bytes, schedule)?);
        run.progress.best_bytes = bytes;
        let Some(below) = bytes.checked_sub(1) else {
            break;
        };
        cap = below;
    }
    Ok(points)
}

/// Bytes that no schedule of the query's ways goes below. Every step lies in some segment, and whichever it is, that
/// segment needs its bytes: the most, over all steps, that the cheapest segment over the step needs. Segments count with
/// bytes that a plan never goes below.
///
/// # Errors
/// As [`super::search`].
pub fn lower_bound(
    prepared: &Prepared,
    target: &Target,
    choices: &Choices,
    query: &Query,
) -> Result<usize, PlanError> {
    let mut run = Run::new(prepared, target, choices, query)?;
    let watch: Watch<'_> = &mut |_| ControlFlow::Continue(());
    if run.weigh(query, watch)?.is_err() {
        return Ok(0);
    }
    let mut cheapest = vec![usize::MAX; prepared.flow.steps.len()];
    for edge in &run.edges.all {
        for step in edge.steps.clone() {
            cheapest[step] = cheapest[step].min(edge.bytes);
        }
    }
    Ok(cheapest.into_iter().max().unwrap_or(0))
}

impl Run<'_> {
    fn point(&self, bytes: usize, schedule: Schedule) -> Result<FrontPoint, PlanError> {
        let (prepared, target) = (self.prices.prepared, self.prices.target);
        let choices = self.choices(schedule);
        let draft = draft(prepared, target, &choices)?;
        let steps = 0..draft.steps.len();
        let macs = (steps.clone())
            .map(|step| prepared.macs(draft.segment(step), step))
            .sum();
        let cycles_estimated = steps
            .map(|step| estimate_cycles(&work(prepared, &draft, step), target.core))
            .sum();
        Ok(FrontPoint {
            bytes,
            macs,
            cycles_estimated,
            schedule: choices.schedule,
        })
    }
}
