//! `plan`: a schedule, its arena and its costs.

use super::args::PlanArgs;
use super::report::{PlanReport, plan_report};
use super::table::{Align, table};
use super::{Failure, model, print, print_json};
use crate::format::group;
use crate::stages::{input_name, schedule_name};
use tinyscope_board::record::{self, Correction, Record};

/// Print the plan; fails with "no" where it does not fit.
pub fn plan(args: &PlanArgs) -> Result<(), Failure> {
    let (loaded, planned, limit) = model::load_and_search(args)?;
    let correction = if args.no_correction {
        None
    } else {
        correction(&planned.target.chip)
    };
    let report = plan_report(&planned, &loaded.notes, correction.as_ref());
    if args.model.json {
        print_json(&report)?;
    } else {
        print_report(&report)?;
    }
    if let Some(limit) = limit {
        return Err(Failure::No(limit));
    }
    fits(&report)
}

/// What the kept measurements say about estimates for a chip; records that cannot be read are no reason not to plan.
pub fn correction(chip: &str) -> Option<Correction> {
    let listing = record::list(&record::default_folder()?, None).ok()?;
    let records: Vec<&Record> = listing.entries.iter().map(|entry| &entry.record).collect();
    record::correction(&records, chip)
}

/// Whether the arena and the flash fit the budgets.
pub fn fits(report: &PlanReport) -> Result<(), Failure> {
    let over = |what: &str, needed: usize, budget: usize, beside: &str, remedy: &str| {
        Failure::No(format!(
            "does not fit {}: {what} needs {} B, there are {} B{beside}; {remedy}",
            report.chip,
            group(needed as u64),
            group(budget as u64),
        ))
    };
    if report.peak_sram_bytes > report.sram_budget_bytes {
        return Err(over(
            "SRAM",
            report.peak_sram_bytes,
            report.sram_budget_bytes,
            " beside stack and firmware",
            "try `--schedule auto` or a larger chip",
        ));
    }
    if report.flash_bytes > report.flash_budget_bytes {
        // No schedule changes the weights.
        return Err(over(
            "flash",
            report.flash_bytes,
            report.flash_budget_bytes,
            "",
            "narrow the widest layers or choose a larger chip",
        ));
    }
    Ok(())
}

/// The stages: their way, what they need, what they recompute.
fn stages_table(report: &PlanReport) -> String {
    let rows: Vec<Vec<String>> = (report.stages.iter())
        .map(|stage| {
            let steps = match stage.last_step - stage.first_step {
                0 => format!("{:02}", stage.first_step),
                _ => format!("{:02}–{:02}", stage.first_step, stage.last_step),
            };
            vec![
                steps,
                stage.name.clone(),
                group(stage.totals.peak_live_bytes as u64),
                group(stage.totals.macs),
                format!("×{:.3}", stage.macs_factor),
                group(stage.totals.cycles_estimated),
            ]
        })
        .collect();
    let header = [
        ("steps", Align::Left),
        ("run", Align::Left),
        ("peak live B", Align::Right),
        ("MACs", Align::Right),
        ("factor", Align::Right),
        ("cycles (estimated)", Align::Right),
    ];
    table(&header, &rows)
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
    let way = match report.stages.len() {
        0 | 1 => schedule_name(&report.schedule),
        stages => format!("{stages} stages"),
    };
    let input = input_name(report.input);
    let mut text = format!("{} on {}, {way}, {input}\n\n", report.model, report.chip);
    text += &stages_table(report);
    text.push('\n');
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
    if let Some(correction) = &report.correction {
        text += &format!(
            "time   {} cycles {}\n",
            group(correction.cycles_corrected),
            correction.label
        );
    }
    for diagnostic in &report.diagnostics {
        text += &format!("{diagnostic}\n");
    }
    print(&text)
}
