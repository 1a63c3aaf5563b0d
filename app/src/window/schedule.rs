//! Changes to the schedule: what a drag, a key or a menu asks for, made legal or refused in words.

use super::App;
use crate::stages;
use tinyscope_core::plan::{Choices, Plan, Schedule, Segment};
use tinyscope_core::schedule::{Flow, Method, Stage};

/// The grid that a new patch stage starts with.
pub const FIRST_GRID: [usize; 2] = [2, 2];
/// Largest number of patches along one axis.
pub const MAX_GRID: usize = 8;

impl App {
    pub(super) fn set_schedule(&mut self, schedule: Schedule) {
        let schedule = match schedule {
            Schedule::Layer | Schedule::Stages(_) => schedule,
            Schedule::Patch { split, grid } => {
                let split = self.derived.nearest_split(split);
                with_split(split, self.derived.legal_grid(split, grid))
            }
        };
        self.change_choices(|choices| choices.schedule = schedule);
    }

    /// Changes choices, unless they would be illegal: then says why.
    pub(super) fn change_choices(&mut self, change: impl FnOnce(&mut Choices)) {
        let mut choices = self.history.current().choices.clone();
        change(&mut choices);
        if let Some(prepared) = self.derived.prepared()
            && let Err(refusal) = stages::check(prepared, &choices)
        {
            self.notice(true, refusal.to_string());
            return;
        }
        self.edit(|d| d.choices = choices);
    }

    /// Changes the stages that cover the network: those that a running gesture began with, so that it never piles up.
    pub(super) fn change_stages(&mut self, change: impl FnOnce(&Flow, Vec<Stage>) -> Vec<Stage>) {
        let Some(prepared) = self.derived.prepared() else {
            return;
        };
        let document = self.history.gesture_start();
        let document = document.unwrap_or_else(|| self.history.current());
        let before = stages::all(&prepared.flow, &document.choices.schedule);
        let schedule = stages::schedule(change(&prepared.flow, before));
        self.change_choices(|choices| choices.schedule = schedule);
    }

    pub(super) fn move_boundary(&mut self, segment: usize, to: usize) {
        let input = self.history.current().choices.input;
        self.change_stages(|flow, all| {
            let places = stages::boundaries(flow, &all, input, segment);
            match places.into_iter().min_by_key(|place| place.abs_diff(to)) {
                Some(place) => stages::move_boundary(flow, all, segment, place),
                None => all,
            }
        });
    }

    /// The segment that runs the selected step.
    pub(super) fn selected_segment(&self) -> Option<usize> {
        let plan = self.derived.plan.as_ref()?;
        let selected = self.state.selected?;
        Some(plan.steps.get(selected.0 as usize)?.segment)
    }

    pub(super) fn nudge_edge(&mut self, later: bool) {
        let schedule = &self.history.current().choices.schedule;
        let (split, grid) = schedule.first_patches().unwrap_or((0, FIRST_GRID));
        let split = if later {
            self.derived.next_split(split).unwrap_or(split)
        } else {
            self.derived.previous_split(split)
        };
        self.set_schedule(with_split(split, grid));
    }

    pub(super) fn nudge_grid(&mut self, finer: bool) {
        let patches = self.derived.plan.as_ref().and_then(|plan| first_grid(plan));
        if let Some((segment, grid)) = patches {
            let grid = grid.map(|n| {
                if finer {
                    (n + 1).min(MAX_GRID.max(n))
                } else {
                    (n - 1).max(1)
                }
            });
            let method = Method::Patch { grid };
            self.change_stages(|flow, all| stages::switch(flow, all, segment, method));
        }
    }
}

/// The first segment that runs patch by patch, and its grid.
pub(super) fn first_grid(plan: &Plan) -> Option<(usize, [usize; 2])> {
    let grid = |(index, segment): (usize, &Segment)| match segment.method {
        Method::Patch { grid } => Some((index, grid)),
        _ => None,
    };
    plan.segments.iter().enumerate().find_map(grid)
}

/// A schedule with its stage ending at `split`; without a stage it is layer by layer.
pub fn with_split(split: usize, grid: [usize; 2]) -> Schedule {
    if split == 0 {
        Schedule::Layer
    } else {
        Schedule::Patch { split, grid }
    }
}
