//! `plan`: a schedule, its arena and its costs.

use super::args::PlanArgs;
use super::report::{PlanReport, plan_report};
use super::table::{Align, table};
use super::{Failure, model, print, print_json};
use crate::format::group;
use tinyscope_core::plan::Schedule;
use tinyscope_core::schedule::{Method, Stage};

/// Print the plan; fails with "no" where it does not fit.
pub fn plan(args: &PlanArgs) -> Result<(), Failure> {
    let (loaded, planned) = model::load_and_plan(args)?;
    let report = plan_report(&planned, &loaded.notes);
    if args.model.json {
        print_json(&report)?;
    } else {
        print_report(&report)?;
    }
    fits(&report)
}

/// Whether the arena and the flash fit the budgets.
pub fn fits(report: &PlanReport) -> Result<(), Failure> {
    let over = |what: &str, needed: usize, budget: usize| {
        Failure::No(format!(
            "does not fit {}: {what} needs {} B, there are {} B{}; try `--schedule auto` or a larger chip",
            report.chip,
            group(needed as u64),
            group(budget as u64),
            if what == "SRAM" {
                " beside stack and firmware"
            } else {
                ""
            },
        ))
    };
    if report.peak_sram_bytes > report.sram_budget_bytes {
        return Err(over(
            "SRAM",
            report.peak_sram_bytes,
            report.sram_budget_bytes,
        ));
    }
    if report.flash_bytes > report.flash_budget_bytes {
        return Err(over("flash", report.flash_bytes, report.flash_budget_bytes));
    }
    Ok(())
}

/// How the schedule is called in one line.
pub fn schedule_name(schedule: &Schedule) -> String {
    match schedule {
        Schedule::Layer => "layer by layer".into(),
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

/// How a stage is called.
pub fn stage_name(stage: &Stage) -> String {
    let steps = match stage.steps.len() {
        1 => format!("step {}", stage.steps.start),
        _ => format!(
            "steps {}–{}",
            stage.steps.start,
            stage.steps.end.saturating_sub(1)
        ),
    };
    let size = match stage.method {
        Method::Patch {
            grid: [rows, columns],
        } => format!(" {rows}×{columns}"),
        Method::HorizontalCache { rows } => format!(" of {rows} rows"),
        Method::TileCache {
            tile: [rows, columns],
        } => format!(" of {rows}×{columns} pixels"),
        Method::Layer | Method::LineBuffers { .. } => String::new(),
    };
    format!("{steps}: {}{size}", stage.method.name())
}

/// Print a report as text.
pub fn print_report(report: &PlanReport) -> Result<(), Failure> {
    let rows: Vec<Vec<String>> = report
        .steps
        .iter()
        .map(|step| {
            let [h, w, c] = step.output_shape;
            let mark = if step.id as usize == report.peak_step {
                " ◂ peak"
            } else {
                ""
            };
            vec![
                format!("{:02}", step.id),
                step.name.clone(),
                format!("{h}×{w}×{c}"),
                group(step.macs),
                group(step.scratch_bytes as u64),
                group(step.live_bytes as u64),
                group(step.cycles_estimated),
                mark.into(),
            ]
        })
        .collect();
    let header = [
        ("#", Align::Right),
        ("step", Align::Left),
        ("output", Align::Right),
        ("MACs", Align::Right),
        ("scratch B", Align::Right),
        ("live B", Align::Right),
        ("cycles (estimated)", Align::Right),
        ("", Align::Left),
    ];
    let mut text = format!(
        "{} on {}, {}\n\n",
        report.model,
        report.chip,
        schedule_name(&report.schedule)
    );
    text += &table(&header, &rows);
    text += &format!(
        "\nSRAM   {} B of {} B: {} B of tensors at the peak, {} B of scratch\n",
        group(report.peak_sram_bytes as u64),
        group(report.sram_budget_bytes as u64),
        group(report.peak_activation_bytes as u64),
        group(report.scratch_bytes as u64),
    );
    text += &format!(
        "flash  {} B of {} B: {} B of weights (computed), the rest code (estimated)\n",
        group(report.flash_bytes as u64),
        group(report.flash_budget_bytes as u64),
        group(report.flash_weights_bytes as u64),
    );
    text += &format!(
        "work   {} MACs ({:+.1} % against layer by layer), {} parameters, {} cycles (estimated)\n",
        group(report.macs),
        (report.macs_factor - 1.0) * 100.0,
        group(report.parameters as u64),
        group(report.cycles_estimated),
    );
    for diagnostic in &report.diagnostics {
        text += &format!("{diagnostic}\n");
    }
    print(&text)
}
