//! Fits cycle estimates: `cargo run -p tinyscope-core --example fit_cycles > engine/core/src/cost/coefficients.rs`.
//!
//! Reads `random.csv` and `operators.csv` in `engine/core/src/cost/data`, prints the coefficients as the file that the estimate reads, and on
//! standard error how far off they are, on these and on the held-out models of `models.csv`.
#![allow(clippy::print_stdout, reason = "the printed file is the result")]

#[path = "../tests/support/fit.rs"]
mod fit;

use fit::{Sample, errors, fit, gathered, quantile, samples};
use std::fmt::Write;
use tinyscope_core::cost::Class;

struct Fitted {
    class: Class,
    m7: Vec<u32>,
    instructions: Vec<u32>,
}

fn main() {
    let (random, models) = (gathered(), samples("models.csv"));
    let table: Vec<Fitted> = Class::ALL
        .into_iter()
        .map(|class| {
            let of: Vec<&Sample> = random.iter().filter(|s| s.work.class == class).collect();
            let terms = class.terms().len();
            Fitted {
                class,
                m7: fit(&of, terms, |sample| sample.cycles),
                instructions: fit(&of, terms, |sample| sample.instructions),
            }
        })
        .collect();
    print!("{}", printed(&table));
    eprintln!(
        "class: samples, median and 90th percentile of the error; on held-out models the same"
    );
    for fitted in &table {
        let report = |samples: &[Sample]| {
            let of = samples.iter().filter(|s| s.work.class == fitted.class);
            let errors = errors(of.map(|s| (estimate(&fitted.m7, s), s.cycles)));
            format!(
                "{:4} {:5.1} % {:5.1} %",
                errors.len(),
                100.0 * quantile(&errors, 0.5),
                100.0 * quantile(&errors, 0.9)
            )
        };
        eprintln!(
            "{:14} {}   {}",
            format!("{:?}", fitted.class),
            report(&random),
            report(&models)
        );
    }
    let cost = |s: &Sample| {
        table
            .iter()
            .find(|f| f.class == s.work.class)
            .map_or(0, |f| estimate(&f.m7, s))
    };
    let each = errors(models.iter().map(|s| (cost(s), s.cycles)));
    eprintln!(
        "held-out steps: median {:.1} %, 90th percentile {:.1} %",
        100.0 * quantile(&each, 0.5),
        100.0 * quantile(&each, 0.9)
    );
    for run in models.chunk_by(|a, b| a.network == b.network && a.schedule == b.schedule) {
        let (estimated, measured) = run
            .iter()
            .fold((0, 0), |(e, m), s| (e + cost(s), m + s.cycles));
        eprintln!(
            "{:22} {:14} estimated {estimated:10}  simulated {measured:10}  {:+5.1} %",
            run[0].network,
            run[0].schedule,
            100.0 * (estimated as f64 / measured as f64 - 1.0)
        );
    }
    if std::env::var_os("WORST").is_some() {
        let mut worst: Vec<&Sample> = random.iter().chain(&models).collect();
        let off = |s: &Sample| (cost(s) as f64 / s.cycles as f64 - 1.0).abs();
        worst.sort_by(|a, b| off(b).total_cmp(&off(a)));
        for s in worst.iter().take(40) {
            eprintln!(
                "{} {} line {} {:?} {} vs {}",
                s.network,
                s.schedule,
                s.line,
                s.work.class,
                cost(s),
                s.cycles
            );
        }
    }
}

fn estimate(thousandths: &[u32], sample: &Sample) -> u64 {
    let terms = sample.work.counts.iter().zip(thousandths);
    terms
        .map(|(&count, &each)| count * u64::from(each))
        .sum::<u64>()
        / 1_000
}

/// The table as Rust.
fn printed(table: &[Fitted]) -> String {
    let mut out = String::from(
        "//! What each term of each class costs. Printed by the example `fit_cycles`, not written by hand: a non-negative least\n\
         //! squares fit of relative errors to `data/random.csv` and `data/operators.csv`, whose first lines say on what board,\n\
         //! timing model and compiler they were gathered.\n\n\
         use super::Class;\nuse super::cycles::Coefficients;\n\n\
         #[allow(clippy::unreadable_literal, clippy::match_same_arms, reason = \"a printed table\")]\n#[rustfmt::skip]\npub(super) const fn of(class: Class) -> Coefficients {\n    match class {\n",
    );
    for fitted in table {
        let class = fitted.class;
        let _ = writeln!(out, "        // {}", class.terms().join(", "));
        let _ = writeln!(
            out,
            "        Class::{class:?} => Coefficients {{\n            m7_millicycles: &{:?},\n            milli_instructions: &{:?},\n        }},",
            fitted.m7, fitted.instructions
        );
    }
    out.push_str("    }\n}\n");
    out
}
