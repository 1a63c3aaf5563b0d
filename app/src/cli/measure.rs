//! `measure`: build, flash, run, compare, cycles per step.

use super::args::PlanArgs;
use super::plan::fits;
use super::report::{MeasureReport, measure_report};
use super::table::{Align, table};
use super::{Failure, model, print, print_json};
use crate::format::group;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tinyscope_board::{Cancel, MeasureRequest, Progress};

/// Measure; fails with "no" where the board's bytes differ from the host's.
pub fn measure(
    args: &PlanArgs,
    board: &str,
    runs: u32,
    timeout: u64,
    keep: Option<PathBuf>,
) -> Result<(), Failure> {
    let (loaded, plan) = model::load_and_plan(args)?;
    fits(&super::report::plan_report(&plan, &loaded.notes))?;
    let plan = Arc::new(plan);
    let request = MeasureRequest {
        runs,
        timeout: Duration::from_secs(timeout),
        build_dir: keep,
        build_cache: tinyscope_board::cache::default_folder(),
        ..MeasureRequest::new(Arc::clone(&plan), board)
    };
    let mut stage = None;
    let mut show = |progress: Progress| {
        if stage != Some(progress.stage) && std::io::stderr().is_terminal() {
            eprintln!("{} …", progress.stage);
        }
        stage = Some(progress.stage);
    };
    let measured = tinyscope_board::measure(&request, &mut show, &Cancel::default())?;
    let report = measure_report(&plan, &loaded.notes, &measured);
    if args.model.json {
        print_json(&report)?;
    } else {
        print_measurement(&report)?;
    }
    if !measured.guards_intact {
        return Err(Failure::No(
            "the program wrote outside its arena; this is a defect of Tinyscope".into(),
        ));
    }
    match &measured.difference {
        _ if measured.bit_exact => Ok(()),
        Some(difference) => Err(Failure::No(format!(
            "step {} ({}) differs from the host first: {} values, at row {} column {} channel {} the board has {}, the host {}",
            difference.step.0,
            plan.step(difference.step).name,
            difference.count,
            difference.at[0],
            difference.at[1],
            difference.at[2],
            difference.target,
            difference.host,
        ))),
        None => Err(Failure::No(
            "the board's output differs from the host's".into(),
        )),
    }
}

fn print_measurement(report: &MeasureReport<'_>) -> Result<(), Failure> {
    let optional = |n: Option<u64>| n.map_or_else(|| "–".into(), group);
    let kind = if report.simulated {
        "cycles (simulated)"
    } else {
        "cycles (measured)"
    };
    let rows: Vec<Vec<String>> = report
        .plan
        .steps
        .iter()
        .map(|step| {
            vec![
                format!("{:02}", step.id),
                step.name.clone(),
                group(step.macs),
                group(step.cycles_estimated),
                optional(step.cycles_measured),
                optional(step.instructions),
                if step.bit_exact == Some(true) {
                    "exact".into()
                } else {
                    "DIFFERS".into()
                },
            ]
        })
        .collect();
    let header = [
        ("#", Align::Right),
        ("step", Align::Left),
        ("MACs", Align::Right),
        ("cycles (estimated)", Align::Right),
        (kind, Align::Right),
        ("instructions", Align::Right),
        ("bytes", Align::Left),
    ];
    let mut text = table(&header, &rows);
    text += &format!(
        "\n{} on {} ({}), {}\n",
        report.plan.model, report.plan.chip, report.board, report.provenance
    );
    text += &format!(
        "{} {}, {:.2} ms at {} MHz; {} instructions; {:.2} cycles/MAC\n",
        group(report.total_cycles),
        kind,
        report.milliseconds,
        report.clock_hz / 1_000_000,
        optional(report.instructions),
        report.total_cycles as f64 / report.plan.macs.max(1) as f64,
    );
    text += &format!(
        "stack {} B, flash {} B, RAM {} B (arena {} B), guards {}\n",
        group(u64::from(report.stack_bytes)),
        group(report.image_flash_bytes),
        group(report.image_ram_bytes),
        group(report.plan.peak_sram_bytes as u64),
        if report.guards_intact {
            "intact"
        } else {
            "BROKEN"
        },
    );
    text += &format!("{}, {}\n", report.toolchain, report.flags);
    text += if report.bit_exact {
        "bit-exact with the host\n"
    } else {
        "NOT bit-exact with the host\n"
    };
    print(&text)
}
