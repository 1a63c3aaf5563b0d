//! Stages of a schedule as people handle them: their names, how the command line writes them, and the changes that a
//! mouse or a key makes to them. Pure; what is legal is asked of the engine, and no number is computed here.

mod edit;
mod text;

pub use edit::{all, boundaries, check, merge, move_boundary, schedule, split, switch};
pub use text::{method, method_text, stage};

use crate::format::group;
use tinyscope_core::plan::{Found, Query, Schedule};
use tinyscope_core::schedule::{HandOver, InputMode, Method, Stage};

/// The ways that a segment can be switched to, each with a size to begin with.
pub const WAYS: [Method; 6] = [
    Method::Layer,
    Method::Patch { grid: [2, 2] },
    Method::ROWS,
    Method::PIXELS,
    Method::HorizontalCache { rows: 4 },
    Method::TileCache { tile: [4, 4] },
];

/// Whether both are the same way, whatever their sizes.
pub fn same_way(a: Method, b: Method) -> bool {
    match (a, b) {
        (Method::LineBuffers { hand_over: a }, Method::LineBuffers { hand_over: b }) => a == b,
        _ => std::mem::discriminant(&a) == std::mem::discriminant(&b),
    }
}

/// What a way of running is called, in few words.
pub fn method_name(method: Method) -> String {
    match method {
        Method::Layer => "layer by layer".into(),
        Method::Patch {
            grid: [rows, columns],
        } => format!("patch {rows}×{columns}"),
        Method::HorizontalCache { rows } => format!("strips of {rows}"),
        Method::LineBuffers {
            hand_over: HandOver::Row,
        } => "line buffers, rows".into(),
        Method::LineBuffers {
            hand_over: HandOver::Pixel,
        } => "line buffers, pixels".into(),
        Method::TileCache {
            tile: [rows, columns],
        } => format!("tiles of {rows}×{columns}"),
    }
}

/// The steps of a stage: `step 4`, `steps 0–7`.
pub fn steps_name(steps: &std::ops::Range<usize>) -> String {
    match steps.len() {
        1 => format!("step {}", steps.start),
        _ => format!("steps {}–{}", steps.start, steps.end.saturating_sub(1)),
    }
}

/// How a stage is called.
fn stage_name(stage: &Stage) -> String {
    format!(
        "{}: {}",
        steps_name(&stage.steps),
        method_name(stage.method)
    )
}

/// How a schedule is called in one line.
pub fn schedule_name(schedule: &Schedule) -> String {
    match schedule {
        Schedule::Layer => "layer by layer".into(),
        Schedule::Stages(stages) if stages.is_empty() => schedule_name(&Schedule::Layer),
        Schedule::Patch {
            split,
            grid: [rows, columns],
        } => {
            format!("{rows}×{columns} patches over the first {split} steps, then layer by layer")
        }
        Schedule::Stages(stages) => {
            let stages = stages.iter().map(stage_name);
            stages.collect::<Vec<_>>().join("; ")
        }
    }
}

/// What a search could not meet, the least it can do, and what limits it; nothing where it met its condition.
pub fn limit_text(found: &Found, query: &Query) -> Option<String> {
    let limit = found.limit.as_ref()?;
    let totals = &found.plan.totals;
    let bytes = |bytes: usize| format!("{} B", group(bytes as u64));
    let least = match query.objective.cap() {
        Some(cap) => format!(
            "no schedule takes {} or less; the least possible is {}",
            bytes(cap),
            bytes(query.counted.of(&found.plan)),
        ),
        None => format!(
            "no schedule keeps within the factor; the least work is ×{:.3} of the MACs",
            totals.macs as f64 / totals.macs_once.max(1) as f64
        ),
    };
    let parts = [
        ("input", limit.live.input),
        ("output", limit.live.output),
        ("residuals", limit.live.residual),
        ("stage buffers", limit.live.stage),
        ("line buffers", limit.live.buffers),
        ("scratch", limit.live.scratch),
    ];
    let parts: Vec<String> = (parts.iter().filter(|(_, part)| *part > 0))
        .map(|(name, part)| format!("{name} {}", bytes(*part)))
        .collect();
    let proven = if found.proven { "" } else { " found so far" };
    Some(format!(
        "{least}{proven}, limited by step {} ({}) in {}, {}: {}",
        limit.step,
        found
            .plan
            .steps
            .get(limit.step)
            .map_or("", |s| s.name.as_str()),
        steps_name(&limit.steps),
        method_name(limit.method),
        parts.join(", ")
    ))
}

/// How the network's input comes, in words.
pub const fn input_name(input: InputMode) -> &'static str {
    match input {
        InputMode::Resident => "input resident in the arena",
        InputMode::Rows => "input by rows from a callback",
    }
}
