//! `bench`: how good the generated kernels are, by kernel and shape and by network, beside what others published.

use super::args::BenchArgs;
use super::table::{Align, table};
use super::{Failure, model, print, print_json};
use crate::examples::EXAMPLES;
use crate::format::{group, path as shown};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tinyscope_board::bench::{KernelRow, Published, kernels, published};
use tinyscope_board::measure::{MeasureRequest, Measurement, measure};
use tinyscope_board::{BoardError, Cancel};
use tinyscope_core::plan::{Choices, Plan, Prepared, plan_prepared};

/// Time limit of one run, in seconds of the host.
const TIMEOUT: Duration = Duration::from_mins(5);

/// One network on one chip.
#[derive(Serialize)]
struct Bench {
    model: String,
    chip: String,
    core: String,
    timing_model: String,
    toolchain: String,
    flags: String,
    bit_exact: bool,
    macs: u64,
    instructions: Option<u64>,
    total_cycles: u64,
    peak_sram_bytes: usize,
    peak_activation_bytes: usize,
    flash_bytes: u64,
    stack_bytes: u32,
    kernels: Vec<KernelRow>,
    published: Vec<Published>,
}

#[derive(Serialize)]
struct Report<'a> {
    benches: &'a [Bench],
    skipped: &'a [String],
}

/// Run every model layer by layer on every chip, virtual ones; fails with "no" where bytes differ from the host's.
pub fn bench(args: &BenchArgs) -> Result<(), Failure> {
    let examples = || EXAMPLES.iter().map(|example| PathBuf::from(example.name));
    let files: Vec<PathBuf> = if args.files.is_empty() {
        examples().collect()
    } else {
        args.files.clone()
    };
    let (mut benches, mut skipped) = (Vec::new(), Vec::new());
    for file in &files {
        let loaded = match model::load(file) {
            Ok(loaded) => loaded,
            // One model of many must not hide the others.
            Err(Failure::Input(why)) if files.len() > 1 => {
                skipped.push(why);
                continue;
            }
            Err(failure) => return Err(failure),
        };
        let prepared = match Prepared::new(&loaded.graph) {
            Ok(prepared) => prepared,
            Err(error) => {
                skipped.push(format!("{}: {error}", shown(file)));
                continue;
            }
        };
        for chip in &args.chip {
            let name = file.file_stem().unwrap_or(file.as_os_str());
            match one(&prepared, &name.to_string_lossy(), chip)? {
                Ok(bench) => benches.push(bench),
                Err(why) => skipped.push(format!("{} on {chip}: {why}", shown(file))),
            }
        }
    }
    if args.json {
        print_json(&Report {
            benches: &benches,
            skipped: &skipped,
        })?;
    } else {
        print(&text(&benches, &skipped))?;
    }
    if benches.is_empty() {
        return Err(Failure::No("nothing could be run".into()));
    }
    let differs = benches.iter().find(|bench| !bench.bit_exact);
    differs.map_or(Ok(()), |bench| {
        Err(Failure::No(format!(
            "{} on {} differs from the host's run; `tinyscope measure` says where",
            bench.model, bench.chip
        )))
    })
}

/// A model on a chip; or why it cannot be there.
fn one(prepared: &Prepared, name: &str, chip: &str) -> Result<Result<Bench, String>, Failure> {
    let target = tinyscope_board::chips::target_for_chip(chip)?;
    let plan = plan_prepared(prepared, &target, &Choices::default())?;
    let (needed, budget) = (plan.totals.peak_sram_bytes, target.arena_budget_bytes());
    if needed > budget {
        return Ok(Err(format!(
            "needs {} bytes of SRAM layer by layer, {} are free; name a larger chip with --chip",
            group(needed as u64),
            group(budget as u64)
        )));
    }
    let plan = Arc::new(plan);
    let request = MeasureRequest {
        timeout: TIMEOUT,
        ..MeasureRequest::new(Arc::clone(&plan), "virtual")
    };
    match measure(&request, &mut |_| {}, &Cancel::default()) {
        Ok(measured) => Ok(Ok(facts(&plan, name, &measured))),
        Err(error @ BoardError::DoesNotFit { .. }) => Ok(Err(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

fn facts(plan: &Plan, name: &str, measured: &Measurement) -> Bench {
    Bench {
        model: name.to_owned(),
        chip: measured.chip.clone(),
        core: plan.target.core.name().to_owned(),
        timing_model: measured.provenance.clone(),
        toolchain: measured.toolchain.clone(),
        flags: measured.flags.clone(),
        bit_exact: measured.bit_exact,
        macs: plan.totals.macs,
        instructions: measured.instructions,
        total_cycles: measured.total_cycles,
        peak_sram_bytes: plan.totals.peak_sram_bytes,
        peak_activation_bytes: plan.totals.peak_activation_bytes,
        flash_bytes: measured.flash_bytes,
        stack_bytes: measured.stack_bytes,
        kernels: kernels(plan, measured),
        published: published(name),
    }
}

fn text(benches: &[Bench], skipped: &[String]) -> String {
    let mut text = String::new();
    for bench in benches {
        text += &format!(
            "{} on the virtual {} ({}), layer by layer; {}\n{}\n",
            bench.model,
            bench.chip,
            bench.core,
            bench.timing_model,
            kernel_table(&bench.kernels)
        );
    }
    if let Some(first) = benches.first() {
        text += &format!(
            "Instructions and cycles are simulated; {}; {}\n\n{}\n",
            first.toolchain,
            first.flags,
            model_table(benches)
        );
    }
    for why in skipped {
        text += &format!("skipped: {why}\n");
    }
    text
}

/// Per multiply-accumulate; where an operator has none, per output element, marked with an `e`. A goal that is missed is
/// marked with an exclamation mark.
fn kernel_table(rows: &[KernelRow]) -> String {
    let header = [
        ("kernel", Align::Left),
        ("operator", Align::Left),
        ("input", Align::Left),
        ("steps", Align::Right),
        ("MACs", Align::Right),
        ("instr/MAC", Align::Right),
        ("cycles/MAC", Align::Right),
        ("of SMLAD limit", Align::Right),
        ("of registers' limit", Align::Right),
        ("goal", Align::Right),
        ("TinyEngine", Align::Right),
    ];
    let cells = |row: &KernelRow| {
        let unit = if row.macs > 0 { "" } else { " e" };
        let [h, w, c] = row.input;
        vec![
            row.kernel.to_owned(),
            row.operator.clone(),
            format!("{h}×{w}×{c}"),
            row.steps.to_string(),
            group(row.macs),
            (row.instructions_per_work()).map_or_else(|| "–".into(), |n| format!("{n:.3}{unit}")),
            format!("{:.3}{unit}", row.cycles_per_work()),
            percent(row.smlad_share()),
            percent(row.blocking_share()),
            goal(row),
            row.tinyengine
                .map_or_else(String::new, |n| format!("{n}{unit}")),
        ]
    };
    table(&header, &rows.iter().map(cells).collect::<Vec<_>>())
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".into(), |share| format!("{:.0} %", 100.0 * share))
}

/// What the layer is to take at most, marked where it takes more.
fn goal(row: &KernelRow) -> String {
    let Some(goal) = row.goal else {
        return String::new();
    };
    let above = (row.instructions_per_work()).is_some_and(|taken| taken > goal);
    format!("{}{goal:.2}", if above { "! " } else { "" })
}

/// The networks as a whole, each followed by what others published.
fn model_table(benches: &[Bench]) -> String {
    let header = [
        ("network", Align::Left),
        ("chip", Align::Left),
        ("exact", Align::Left),
        ("MACs", Align::Right),
        ("instructions", Align::Right),
        ("per MAC", Align::Right),
        ("cycles", Align::Right),
        ("per MAC", Align::Right),
        ("SRAM B", Align::Right),
        ("activations", Align::Right),
        ("flash B", Align::Right),
        ("stack B", Align::Right),
    ];
    let per_mac = |n: u64, macs: u64| format!("{:.3}", n as f64 / macs.max(1) as f64);
    let mut rows = Vec::new();
    for bench in benches {
        let counted = |n: Option<u64>| n.map_or_else(|| "–".into(), group);
        let each = |n: Option<u64>| n.map_or_else(String::new, |n| per_mac(n, bench.macs));
        rows.push(vec![
            bench.model.clone(),
            bench.chip.clone(),
            if bench.bit_exact { "yes" } else { "NO" }.into(),
            group(bench.macs),
            counted(bench.instructions),
            each(bench.instructions),
            group(bench.total_cycles),
            per_mac(bench.total_cycles, bench.macs),
            group(bench.peak_sram_bytes as u64),
            group(bench.peak_activation_bytes as u64),
            group(bench.flash_bytes),
            bench.stack_bytes.to_string(),
        ]);
        for other in &bench.published {
            let cycles = other.cycles_per_mac;
            rows.push(vec![
                format!("  {}", other.by),
                String::new(),
                String::new(),
                String::new(),
                other.instructions.map_or_else(String::new, group),
                each(other.instructions),
                String::new(),
                cycles.map_or_else(String::new, |n| format!("{n:.2}")),
            ]);
        }
    }
    table(&header, &rows)
}
