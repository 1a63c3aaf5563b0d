//! What the user has decided: which segments it leaves to choose from, and why some decisions are refused.

use super::types::Pin;
use crate::plan::{PlanError, Prepared};
use crate::schedule::{InputMode, Method, ScheduleError, Source, Stage, check_stage};
use std::ops::Range;

/// Pins that do not contradict each other.
pub(super) struct Pins {
    boundaries: Vec<usize>,
    /// In order.
    pub stages: Vec<Stage>,
}

impl Pins {
    /// Checks pins against the network and each other.
    pub fn new(prepared: &Prepared, input: InputMode, pins: &[Pin]) -> Result<Self, PlanError> {
        let steps = prepared.flow.steps.len();
        let mut checked = Self {
            boundaries: Vec::new(),
            stages: Vec::new(),
        };
        for pin in pins {
            match pin {
                Pin::Boundary(boundary) => checked.boundaries.push(*boundary),
                Pin::Stage(stage) => {
                    check_stage(&prepared.flow, stage, input)?;
                    checked.stages.push(stage.clone());
                }
            }
        }
        checked.boundaries.sort_unstable();
        checked.boundaries.dedup();
        let order = |stage: &Stage| (stage.steps.start, stage.steps.end, stage.method);
        checked.stages.sort_by_key(order);
        checked.stages.dedup();
        for pair in checked.stages.windows(2) {
            if pair[1].steps.start < pair[0].steps.end {
                let (stage, end) = (pair[1].steps.clone(), pair[0].steps.end);
                return Err(ScheduleError::OutOfOrder { stage, end }.into());
            }
        }
        for &boundary in &checked.boundaries {
            if boundary > steps {
                return Err(ScheduleError::NoBoundary { boundary, steps }.into());
            }
            let cut = |stage: &&Stage| {
                let inside = stage.steps.start < boundary && boundary < stage.steps.end;
                inside && stage.method != Method::Layer
            };
            if let Some(stage) = checked.stages.iter().find(cut) {
                let stage = stage.steps.clone();
                return Err(ScheduleError::BoundaryInside { boundary, stage }.into());
            }
        }
        Ok(checked)
    }

    /// Whether a segment leaves every pin as it is. Steps layer by layer are segments of their own.
    pub fn allow(&self, stage: &Stage) -> bool {
        let Range { start, end } = stage.steps;
        let first = self.boundaries.partition_point(|&b| b <= start);
        if self.boundaries.get(first).is_some_and(|&b| b < end) {
            return false;
        }
        self.stages.iter().all(|pinned| {
            let apart = end <= pinned.steps.start || pinned.steps.end <= start;
            let layers = pinned.method == Method::Layer && stage.method == Method::Layer;
            apart || layers || pinned == stage
        })
    }

    /// Stages that keep every pin and make a legal schedule, whatever it needs.
    pub fn any(&self, prepared: &Prepared, input: InputMode) -> Result<Vec<Stage>, PlanError> {
        let flow = &prepared.flow;
        let pinned = |method: Method| method != Method::Layer;
        let mut stages: Vec<Stage> = (self.stages.iter())
            .filter(|stage| pinned(stage.method))
            .cloned()
            .collect();
        let reads_input = |step: usize| {
            let mut sources = flow.steps[step].inputs.iter();
            sources.any(|source| matches!(source, Source::Input(_)))
        };
        let uncovered = |&step: &usize| {
            let covered = stages.iter().any(|stage| stage.steps.contains(&step));
            reads_input(step) && !covered
        };
        let first = (0..flow.steps.len()).find(uncovered);
        let last = (0..flow.steps.len()).rfind(uncovered);
        if let (InputMode::Rows, Some(first), Some(last)) = (input, first, last) {
            let stage = |start: usize, end: usize| Stage {
                steps: start..end,
                method: Method::ROWS,
            };
            let legal = (last + 1..=flow.steps.len())
                .flat_map(|end| (0..=first).rev().map(move |start| stage(start, end)))
                .find(|stage| self.allow(stage) && check_stage(flow, stage, input).is_ok());
            let Some(legal) = legal else {
                check_stage(flow, &stage(first, last + 1), input)?;
                return Err(ScheduleError::InputByRows { step: first }.into());
            };
            stages.push(legal);
            stages.sort_by_key(|stage| stage.steps.start);
        }
        Ok(stages)
    }
}
