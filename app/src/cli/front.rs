//! `plan --front`: every schedule that no other beats in memory, MACs and estimated cycles at once.

use super::args::PlanArgs;
use super::table::{Align, table};
use super::{Failure, model, print, print_json};
use crate::format::{group, visible};
use crate::stages::{input_name, schedule_name};
use serde::Serialize;
use tinyscope_core::plan::Schedule;
use tinyscope_core::schedule::InputMode;

/// The front. Field names are stable and carry their units.
#[derive(Serialize)]
struct FrontReport {
    model: String,
    chip: String,
    input: InputMode,
    points: Vec<Point>,
}

#[derive(Serialize)]
struct Point {
    /// Most bytes live at any step, scratch included.
    peak_live_bytes: usize,
    macs: u64,
    /// As scheduled over layer by layer.
    macs_factor: f64,
    cycles_estimated: u64,
    schedule: Schedule,
    /// The schedule in words.
    name: String,
}

/// Print it.
pub fn front(args: &PlanArgs) -> Result<(), Failure> {
    let front = model::front(args)?;
    let report = FrontReport {
        model: visible(&front.model.graph.name),
        chip: front.target.chip,
        input: front.choices.input,
        points: (front.points.into_iter())
            .map(|point| Point {
                peak_live_bytes: point.bytes,
                macs: point.macs,
                macs_factor: point.macs as f64 / front.macs_once.max(1) as f64,
                cycles_estimated: point.cycles_estimated,
                name: schedule_name(&point.schedule),
                schedule: point.schedule,
            })
            .collect(),
    };
    if args.model.json {
        return print_json(&report);
    }
    let rows: Vec<Vec<String>> = (report.points.iter())
        .map(|point| {
            vec![
                group(point.peak_live_bytes as u64),
                format!("×{:.3}", point.macs_factor),
                group(point.cycles_estimated),
                point.name.clone(),
            ]
        })
        .collect();
    let header = [
        ("peak live B", Align::Right),
        ("MACs", Align::Right),
        ("cycles (estimated)", Align::Right),
        ("schedule", Align::Left),
    ];
    let mut text = format!(
        "{} on {}, {}: no schedule beats one of these {} in memory, MACs and cycles\n\n",
        report.model,
        report.chip,
        input_name(report.input),
        report.points.len()
    );
    text += &table(&header, &rows);
    print(&text)
}
