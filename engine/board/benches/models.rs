//! The table of models on the virtual board: `cargo bench -p tinyscope-board --bench models`.
//!
//! The project's own models and, where they are, the shared ones (`$TINYSCOPE_SHARED`, else `../shared` beside the
//! workspace): layer by layer where that fits the chip, else by the patch stage with the fewest multiply-accumulates
//! that fits. Bytes and multiply-accumulates are computed, flash is the built image's, instructions and cycles are
//! simulated, the host's time is measured: the fastest of five runs on one thread.

#[path = "../../core/tests/support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tinyscope_board::{BoardError, Cancel, MeasureRequest, Measurement, measure};
use tinyscope_core::import::load;
use tinyscope_core::plan::{Choices, Objective, Plan, Prepared, Target, best_patch, plan_prepared};
use tinyscope_core::quant::{random_input, run};

/// Host runs, of which the fastest counts.
const HOST_RUNS: usize = 5;

fn main() {
    println!(
        "{:30} {:>12} {:>5} {:>10} {:>9} {:>9} {:>11} {:>12} {:>12} {:>9} {:>8}",
        "model",
        "schedule",
        "exact",
        "peak act B",
        "peak SRAM",
        "flash B",
        "MACs",
        "instructions",
        "cycles (sim)",
        "instr/MAC",
        "host ms"
    );
    let mut provenance = None;
    for path in models() {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        match row(&name, &path) {
            Ok((row, measured)) => {
                println!("{row}");
                provenance = Some(measured);
            }
            Err(why) => println!("{name:30} skipped: {why}"),
        }
    }
    if let Some(from) = provenance {
        println!(
            "virtual {} at {} MHz, {}; {}; {}",
            from.chip,
            from.clock_hz / 1_000_000,
            from.provenance,
            from.toolchain,
            from.flags
        );
    }
}

/// Our own models, then the shared ones, by name.
fn models() -> Vec<PathBuf> {
    let mut all = files(&support::workspace().join("models"));
    if let Some(released) = support::shared("models") {
        all.extend(files(&released));
    }
    all
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|e| e == "tflite" || e == "onnx")
        })
        .collect();
    files.sort();
    files
}

/// A line of the table, or why there is none.
fn row(name: &str, path: &Path) -> Result<(String, Measurement), String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let graph = load(name, &bytes).map_err(|diagnostics| {
        let first = diagnostics.into_iter().next();
        first.map_or_else(|| "not imported".to_owned(), |found| found.message)
    })?;
    let prepared = Prepared::new(&graph).map_err(|error| error.to_string())?;
    let plan = Arc::new(fitting(&prepared)?);
    let request = MeasureRequest {
        timeout: Duration::from_mins(5),
        ..MeasureRequest::new(Arc::clone(&plan), "virtual")
    };
    let measured =
        measure(&request, &mut |_| {}, &Cancel::default()).map_err(|error| match error {
            BoardError::CompileFailed { .. } => "it does not link for the chip".to_owned(),
            other => other.to_string(),
        })?;
    let ways: Vec<String> = (plan.segments.iter())
        .map(|segment| format!("{} × {}", segment.steps.len(), segment.method.name()))
        .collect();
    let schedule = ways.join(", ");
    let instructions = measured.instructions.unwrap_or_default();
    let row = format!(
        "{name:30} {schedule:>12} {:>5} {:>10} {:>9} {:>9} {:>11} {instructions:>12} {:>12} {:>9.2} {:>8.1}",
        if measured.bit_exact { "yes" } else { "NO" },
        plan.totals.peak_activation_bytes,
        plan.totals.peak_sram_bytes,
        measured.flash_bytes,
        plan.totals.macs,
        measured.total_cycles,
        instructions as f64 / plan.totals.macs.max(1) as f64,
        host_ms(&plan)?
    );
    Ok((row, measured))
}

fn fitting(prepared: &Prepared) -> Result<Plan, String> {
    let (target, choices) = (Target::stm32f746(), Choices::default());
    let arena_bytes = target.arena_budget_bytes();
    let plan = plan_prepared(prepared, &target, &choices).map_err(|error| error.to_string())?;
    if plan.totals.peak_sram_bytes <= arena_bytes {
        return Ok(plan);
    }
    let objective = Objective::LeastMacs { arena_bytes };
    let plan =
        best_patch(prepared, &target, &choices, objective).map_err(|error| error.to_string())?;
    let needed = plan.totals.peak_sram_bytes;
    if needed > arena_bytes {
        return Err(format!(
            "needs {needed} B of SRAM, {arena_bytes} B are free"
        ));
    }
    Ok(plan)
}

fn host_ms(plan: &Plan) -> Result<f64, String> {
    let inputs = random_input(&plan.graph, 1);
    let mut fastest = Duration::MAX;
    for _ in 0..HOST_RUNS {
        let started = Instant::now();
        let trace = run(&plan.graph, &inputs).map_err(|error| error.to_string())?;
        fastest = fastest.min(started.elapsed());
        drop(std::hint::black_box(trace));
    }
    Ok(fastest.as_secs_f64() * 1_000.0)
}
