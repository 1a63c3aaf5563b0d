//! Cycle estimates against the simulated cycles they were fitted to, and against models held out of the fit.
#![allow(clippy::expect_used, reason = "a test")]

#[path = "support/fit.rs"]
mod fit;
mod support;

use fit::{Sample, errors, fit, gathered, quantile, samples};
use tinyscope_core::cost::{Class, estimate_cycles};
use tinyscope_core::import::load;
use tinyscope_core::plan::{Choices, Core, Prepared, Schedule, Target, works};

fn estimate(sample: &Sample) -> u64 {
    estimate_cycles(&sample.work, Core::CortexM7)
}

#[test]
fn the_coefficients_are_the_fit_of_the_table() {
    let random = gathered();
    for class in Class::ALL {
        let of: Vec<&Sample> = random.iter().filter(|s| s.work.class == class).collect();
        let terms = class.terms().len();
        let cycles = fit(&of, terms, |sample| sample.cycles);
        let instructions = fit(&of, terms, |sample| sample.instructions);
        for sample in of {
            let total = |fitted: &[u32]| -> u64 {
                let terms = sample.work.counts.iter().zip(fitted);
                terms.map(|(&n, &each)| n * u64::from(each)).sum::<u64>() / 1_000
            };
            // A Cortex-M4 is taken to need 1.15 cycles for an instruction.
            let on_m4 = total(&instructions) * 1_150 / 1_000;
            for (again, core) in [(total(&cycles), Core::CortexM7), (on_m4, Core::CortexM4)] {
                let committed = estimate_cycles(&sample.work, core);
                // Elimination may round differently elsewhere.
                assert!(
                    again.abs_diff(committed) <= 10 + again / 500,
                    "{class:?}, line {}: {again} fitted, {committed} committed; run the example fit_cycles",
                    sample.line,
                );
            }
        }
    }
}

#[test]
fn steps_of_held_out_models_are_within_a_tenth() {
    let models = samples("models.csv");
    let each = errors(models.iter().map(|s| (estimate(s), s.cycles)));
    assert!(each.len() > 100, "{} steps", each.len());
    assert!(quantile(&each, 0.5) <= 0.10, "{}", quantile(&each, 0.5));
    assert!(quantile(&each, 0.9) <= 0.20, "{}", quantile(&each, 0.9));
}

#[test]
fn held_out_models_are_within_8_percent() {
    let models = samples("models.csv");
    let runs: Vec<&[Sample]> = models
        .chunk_by(|a, b| a.network == b.network && a.schedule == b.schedule)
        .collect();
    assert!(runs.iter().any(|run| run[0].schedule.starts_with("patch")));
    for run in runs {
        let estimated: u64 = run.iter().map(estimate).sum();
        let simulated: u64 = run.iter().map(|s| s.cycles).sum();
        let error = estimated as f64 / simulated as f64 - 1.0;
        assert!(
            error.abs() <= 0.08,
            "{} {}: {estimated} estimated, {simulated} simulated",
            run[0].network,
            run[0].schedule
        );
    }
}

#[test]
fn one_patch_is_as_much_work_as_the_whole_map() {
    let (target, layer) = (Target::stm32f746(), Choices::default());
    let models = support::own_models();
    assert!(!models.is_empty());
    for (path, bytes) in models {
        let graph = load("own", &bytes).expect("our own model imports");
        let prepared = Prepared::new(&graph).expect("our own model plans");
        let split = prepared.legal_splits.last().copied().unwrap_or(0);
        let one = Choices {
            schedule: Schedule::Patch {
                split,
                grid: [1, 1],
            },
            ..layer
        };
        let works = |choices| works(&prepared, &target, choices).expect("legal");
        assert_eq!(works(&one), works(&layer), "{}", path.display());
    }
}

#[test]
fn more_patches_are_never_less_work() {
    let (target, layer) = (Target::stm32f746(), Choices::default());
    for (_, bytes) in support::own_models() {
        let graph = load("own", &bytes).expect("our own model imports");
        let prepared = Prepared::new(&graph).expect("our own model plans");
        let split = prepared.legal_splits.last().copied().unwrap_or(0);
        let cycles = |parts: usize| -> u64 {
            let choices = Choices {
                schedule: Schedule::Patch {
                    split,
                    grid: [parts; 2],
                },
                ..layer
            };
            let works = works(&prepared, &target, &choices).expect("legal");
            let each = works.iter().map(|w| estimate_cycles(w, Core::CortexM7));
            each.sum()
        };
        assert!(cycles(1) <= cycles(2), "{} {}", cycles(1), cycles(2));
    }
}
