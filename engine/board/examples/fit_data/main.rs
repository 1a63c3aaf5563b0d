//! Gathers what cycle estimates are fitted to: the counted terms of each step and its cycles on the virtual board.
//!
//! `cargo run -p tinyscope-board --example fit_data` writes three tables to `engine/core/src/cost/data/`:
//! `random.csv`, random networks, and `operators.csv`, operators that those do not have, to fit on; and `models.csv`,
//! trained models, to judge the fit by. The last needs the shared models and is left as it is without them. Names of
//! tables as arguments (`… --example fit_data operators`) write those alone. `cargo run -p tinyscope-core --example
//! fit_cycles` then prints the coefficients.

#[path = "../../../core/tests/support/mod.rs"]
mod support;

mod networks;
mod operators;

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tinyscope_board::{Cancel, MeasureRequest, measure};
use tinyscope_core::cost::Work;
use tinyscope_core::graph::Graph;
use tinyscope_core::import::load;
use tinyscope_core::plan::{Choices, Prepared, Schedule, Target, plan_prepared, works};

/// Number of random networks.
const NETWORKS: u64 = 48;
/// Number of programs of single operators.
const GARDENS: u64 = 8;
/// Models that judge the fit.
const MODELS: [&str; 8] = [
    "ad01_int8",
    "kws_ref_model",
    "mbv2-w0.35_imagenet",
    "mcunet-5fps_imagenet",
    "mcunet_vww",
    "person_detect",
    "pretrainedResnet_quant",
    "vww_96_int8",
];
/// The project's own.
const OWN: [&str; 2] = ["digits", "scene"];

type Failure = Box<dyn Error + Send + Sync>;

/// A network and the ways in which it is run.
struct Subject {
    name: String,
    graph: Graph,
    choices: Vec<Choices>,
}

/// Lines of a table, and what all of them were measured with.
struct Lines {
    text: String,
    provenance: String,
}

fn main() -> Result<(), Failure> {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |table: &str| asked.is_empty() || asked.iter().any(|name| name == table);
    let root = support::workspace();
    if wanted("random") {
        let random: Vec<Subject> = (0..NETWORKS).map(random).collect::<Result<_, _>>()?;
        write(&root, "random.csv", &random)?;
    }
    if wanted("operators") {
        let operators: Vec<Subject> = (0..GARDENS)
            .map(|seed| Subject {
                name: format!("operators {seed}"),
                graph: operators::garden(seed),
                choices: vec![Choices::default()],
            })
            .collect();
        write(&root, "operators.csv", &operators)?;
    }
    if wanted("models")
        && let Some(models) = models(&root)?
    {
        write(&root, "models.csv", &models)?;
    }
    Ok(())
}

fn random(seed: u64) -> Result<Subject, Failure> {
    let graph = networks::random(seed);
    let prepared = Prepared::new(&graph)?;
    // Patches of single pixels are no schedule that anyone runs.
    let large = |split: &usize| {
        prepared.flow.steps[split - 1].map[..2]
            .iter()
            .all(|&n| n >= 8)
    };
    let splits: Vec<usize> = prepared
        .legal_splits
        .iter()
        .copied()
        .filter(large)
        .collect();
    let mut choices = vec![Choices::default()];
    for (share, grid) in [(3, [2, 3]), (2, [4, 2])] {
        if let Some(&split) = splits.get(splits.len() * 2 / (share + 1)) {
            choices.push(patched(split, grid));
        }
    }
    // Plain kernels are far slower; some networks are enough.
    if seed.is_multiple_of(4) {
        choices.push(Choices {
            fast_kernels: false,
            in_place: false,
            ..Choices::default()
        });
    }
    Ok(Subject {
        name: format!("random {seed}"),
        graph,
        choices,
    })
}

fn patched(split: usize, grid: [usize; 2]) -> Choices {
    Choices {
        schedule: Schedule::Patch { split, grid },
        ..Choices::default()
    }
}

/// `None`, with a message, where the shared models are absent.
fn models(root: &Path) -> Result<Option<Vec<Subject>>, Failure> {
    let Some(shared) = support::shared("models") else {
        return Ok(None);
    };
    let paths = OWN
        .map(|name| (name, root.join("models")))
        .into_iter()
        .chain(MODELS.map(|name| (name, shared.clone())));
    paths
        .map(|(name, folder)| {
            let bytes = std::fs::read(folder.join(format!("{name}.tflite")))?;
            let graph = load(name, &bytes).map_err(|d| format!("{name}: {d:?}"))?;
            let mut choices = vec![Choices::default()];
            if matches!(name, "scene" | "mcunet_vww" | "mcunet-5fps_imagenet") {
                let splits = Prepared::new(&graph)?.legal_splits;
                choices.push(patched(splits[splits.len() / 2], [3, 3]));
            }
            Ok(Subject {
                name: name.to_owned(),
                graph,
                choices,
            })
        })
        .collect::<Result<_, _>>()
        .map(Some)
}

/// Measures all subjects and writes the table.
fn write(root: &Path, file: &str, subjects: &[Subject]) -> Result<(), Failure> {
    let threads = std::thread::available_parallelism()?.get();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || -> Result<Vec<(usize, Lines)>, Failure> {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let Some(subject) = subjects.get(index) else {
                return Ok(done);
            };
            done.push((index, lines(subject)?));
            println!("{}", subject.name);
        }
    };
    let mut all = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut all = Vec::new();
        for worker in workers {
            all.extend(worker.join().map_err(|_| "a worker stopped")??);
        }
        Ok::<_, Failure>(all)
    })?;
    all.sort_by_key(|(index, _)| *index);
    let provenance = all.first().map_or("", |(_, lines)| &lines.provenance);
    let mut text =
        format!("# {provenance}\nnetwork,schedule,step,class,cycles,instructions,terms\n");
    for (_, lines) in &all {
        text.push_str(&lines.text);
    }
    let path = root.join("engine/core/src/cost/data").join(file);
    std::fs::write(&path, text)?;
    println!("wrote {file}");
    Ok(())
}

fn lines(subject: &Subject) -> Result<Lines, Failure> {
    let prepared = Prepared::new(&subject.graph)?;
    let target = Target::stm32f746();
    let (mut text, mut provenance) = (String::new(), String::new());
    for choices in &subject.choices {
        let plan = plan_prepared(&prepared, &target, choices)?;
        let works = works(&prepared, &target, choices)?;
        let names: Vec<String> = plan.steps.iter().map(|step| step.name.clone()).collect();
        let request = MeasureRequest {
            timeout: Duration::from_mins(5),
            ..MeasureRequest::new(Arc::new(plan), "virtual")
        };
        let measured = match measure(&request, &mut |_| {}, &Cancel::default()) {
            Ok(measured) => measured,
            Err(error) => {
                println!("left out: {} ({error})", subject.name);
                continue;
            }
        };
        if !measured.bit_exact {
            return Err(format!("{} is not bit-exact", subject.name).into());
        }
        provenance = format!(
            "virtual {}; {}; {}; {}",
            measured.chip, measured.provenance, measured.toolchain, measured.flags
        );
        let schedule = match (choices.schedule.first_patches(), choices.fast_kernels) {
            (_, false) => "plain".to_owned(),
            (Some((split, [h, w])), _) => format!("patch {split} {h}x{w}"),
            (None, _) => "layer".to_owned(),
        };
        for ((step, work), name) in measured.steps.iter().zip(&works).zip(&names) {
            let cycles = step.cycles.first().copied().unwrap_or_default();
            let instructions = step.instructions.unwrap_or_default();
            writeln!(
                text,
                "{},{schedule},{name},{:?},{cycles},{instructions},{}",
                subject.name,
                work.class,
                terms(work)
            )?;
        }
    }
    Ok(Lines { text, provenance })
}

/// `calls 1; rows 20; …`, those that are not 0.
fn terms(work: &Work) -> String {
    let terms: Vec<String> = (work.class.terms().iter().zip(work.counts))
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    terms.join("; ")
}
