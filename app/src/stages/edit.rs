//! Changes to a list of stages that covers the network. A stage keeps its way; what a smaller map cannot take (a grid
//! finer than it) is made to fit while a boundary moves.

use tinyscope_core::plan::{Choices, Prepared, Schedule};
use tinyscope_core::schedule::{Flow, InputMode, Method, ScheduleError, Stage, check_stage, cover};

/// The schedule as stages that cover the network; none where it is illegal.
pub fn all(flow: &Flow, schedule: &Schedule) -> Vec<Stage> {
    cover(flow, &schedule.stages()).unwrap_or_default()
}

/// Stages that cover the network as a schedule, in its simplest form.
pub fn schedule(stages: Vec<Stage>) -> Schedule {
    match &stages[..] {
        [] => Schedule::Layer,
        [only] if only.method == Method::Layer => Schedule::Layer,
        [first, rest @ ..]
            if rest.len() < 2 && rest.iter().all(|stage| stage.method == Method::Layer) =>
        {
            match first.method {
                Method::Patch { grid } => Schedule::Patch {
                    split: first.steps.end,
                    grid,
                },
                _ => Schedule::Stages(stages),
            }
        }
        _ => Schedule::Stages(stages),
    }
}

/// Whether the choices are legal for the network.
///
/// # Errors
/// The first reason why not.
pub fn check(prepared: &Prepared, choices: &Choices) -> Result<(), ScheduleError> {
    let stages = cover(&prepared.flow, &choices.schedule.stages())?;
    let mut stages = stages.iter();
    stages.try_for_each(|stage| check_stage(&prepared.flow, stage, choices.input))
}

/// Stage number `index` run in another way, as fine as its last map allows.
pub fn switch(flow: &Flow, mut stages: Vec<Stage>, index: usize, method: Method) -> Vec<Stage> {
    if let Some(stage) = stages.get_mut(index) {
        stage.method = method;
        stage.method = fitted(flow, stage);
    }
    stages
}

/// A boundary before step `at`: the stage that runs it becomes two.
pub fn split(mut stages: Vec<Stage>, at: usize) -> Vec<Stage> {
    let inside = |stage: &Stage| stage.steps.start < at && at < stage.steps.end;
    if let Some(index) = stages.iter().position(inside) {
        let mut later = stages[index].clone();
        later.steps.start = at;
        stages[index].steps.end = at;
        stages.insert(index + 1, later);
    }
    stages
}

/// Stage number `index` and the next as one, run as the first of them.
pub fn merge(mut stages: Vec<Stage>, index: usize) -> Vec<Stage> {
    if index + 1 < stages.len() {
        let next = stages.remove(index + 1);
        stages[index].steps.end = next.steps.end;
    }
    stages
}

/// The boundary behind stage number `index` moved before step `to`. Both stages keep a step at least.
pub fn move_boundary(flow: &Flow, mut stages: Vec<Stage>, index: usize, to: usize) -> Vec<Stage> {
    if let Some([before, after]) = stages.get_mut(index..index.saturating_add(2)) {
        let to = to.clamp(before.steps.start + 1, after.steps.end - 1);
        before.steps.end = to;
        after.steps.start = to;
        before.method = fitted(flow, before);
    }
    stages
}

/// The places where the boundary behind stage number `index` may lie, ascending.
pub fn boundaries(flow: &Flow, stages: &[Stage], input: InputMode, index: usize) -> Vec<usize> {
    let Some([before, after]) = stages.get(index..index.saturating_add(2)) else {
        return Vec::new();
    };
    let legal = |&to: &usize| {
        let moved = move_boundary(flow, stages.to_vec(), index, to);
        let mut changed = moved.iter().skip(index).take(2);
        changed.all(|stage| check_stage(flow, stage, input).is_ok())
    };
    (before.steps.start + 1..after.steps.end)
        .filter(legal)
        .collect()
}

/// The stage's way with no more patches, rows or columns than its last map has.
fn fitted(flow: &Flow, stage: &Stage) -> Method {
    let last = stage.steps.end.checked_sub(1);
    let Some(node) = last.and_then(|last| flow.steps.get(last)) else {
        return stage.method;
    };
    let [height, width, _] = node.map.map(|n| n.max(1));
    let both = |[rows, columns]: [usize; 2]| [rows.min(height), columns.min(width)];
    match stage.method {
        Method::Patch { grid } => Method::Patch { grid: both(grid) },
        Method::HorizontalCache { rows } => Method::HorizontalCache {
            rows: rows.min(height),
        },
        Method::TileCache { tile } => Method::TileCache { tile: both(tile) },
        method => method,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stages(list: &[(usize, usize, Method)]) -> Vec<Stage> {
        (list.iter())
            .map(|&(start, end, method)| Stage {
                steps: start..end,
                method,
            })
            .collect()
    }

    #[test]
    fn splitting_and_merging_undo_each_other() {
        let before = stages(&[(0, 6, Method::PIXELS), (6, 9, Method::Layer)]);
        let halves = split(before.clone(), 4);
        assert_eq!(halves.len(), 3);
        assert_eq!(halves[1], stages(&[(4, 6, Method::PIXELS)])[0]);
        assert_eq!(merge(halves, 0), before);
        for nothing in [0, 6, 9, 40] {
            assert_eq!(split(before.clone(), nothing), before, "{nothing}");
        }
        assert_eq!(merge(before.clone(), 1), before, "there is no next");
    }

    #[test]
    fn the_simplest_form_is_used() {
        let patch = Method::Patch { grid: [2, 3] };
        let layer = Method::Layer;
        assert_eq!(schedule(stages(&[(0, 9, layer)])), Schedule::Layer);
        let first = Schedule::Patch {
            split: 4,
            grid: [2, 3],
        };
        assert_eq!(schedule(stages(&[(0, 4, patch), (4, 9, layer)])), first);
        for list in [
            vec![(0, 4, layer), (4, 9, layer)],
            vec![(0, 4, Method::ROWS), (4, 9, layer)],
            vec![(0, 4, patch), (4, 6, layer), (6, 9, layer)],
        ] {
            let stages = stages(&list);
            assert_eq!(schedule(stages.clone()), Schedule::Stages(stages));
        }
    }
}
