//! `measure`: build, flash, run, compare, cycles per step; and the same again from a record.

use super::args::PreprocessingArgs;
use super::measure_args::MeasureArgs;
use super::model::Model;
use super::plan::fits;
use super::report::{MeasureReport, measure_report};
use super::table::{Align, table};
use super::{Failure, model, print, print_json, records};
use crate::format::{self, group, visible};
use crate::images;
use crate::keeping::{self, Facts};
use crate::manifest::{self, Manifest};
use crate::repeating::Repetition;
use crate::samples;
use std::io::IsTerminal as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tinyscope_board::measure::{Inputs, MeasureRequest, Measurement, Supply, SupplySource};
use tinyscope_board::record::{self, ModelFacts, Record, RequestFacts};
use tinyscope_board::session::AttachOptions;
use tinyscope_board::{Cancel, Progress};
use tinyscope_core::Diagnostic;
use tinyscope_core::plan::{self, Plan, Prepared};
use tinyscope_core::quant::preprocess::Preprocessing;

/// What becomes of a measurement.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// Print JSON.
    pub json: bool,
    /// Keep it.
    pub record: bool,
    /// Correct the estimate beside it by earlier ones.
    pub corrected: bool,
}

/// How to measure, apart from what.
struct Settings {
    board: String,
    runs: u32,
    warm_up: u32,
    inputs: Option<PathBuf>,
    samples: usize,
    /// What happens to pictures; what is not said is the project's, or guessed from the model.
    preprocessing: PreprocessingArgs,
    base: Option<Preprocessing>,
    supply: Option<Supply>,
    attach: AttachOptions,
    compiler: Option<String>,
    timeout: u64,
    keep: Option<PathBuf>,
    rebuild: bool,
    compare: bool,
}

/// What to measure.
struct Subject {
    model: model::Model,
    plan: Arc<Plan>,
    /// An edited project: its folder and files.
    project: Option<(PathBuf, Vec<(String, String)>)>,
}

/// Measure; fails with "no" where the board's bytes differ from the host's.
pub fn measure(args: &MeasureArgs) -> Result<(), Failure> {
    let subject = if args.plan.model.file.is_dir() {
        project(args)?
    } else if args.model.is_some() {
        return Err(Failure::Input(format!(
            "--model goes with a folder that `tinyscope emit` wrote; {} is none",
            format::path(&args.plan.model.file)
        )));
    } else {
        let (model, plan) = model::load_and_plan(&args.plan)?;
        Subject {
            model,
            plan: Arc::new(plan),
            project: None,
        }
    };
    let settings = Settings {
        board: args.board.clone(),
        runs: args.runs,
        warm_up: args.warm_up,
        inputs: args.inputs.clone(),
        samples: args.samples,
        preprocessing: args.preprocessing.clone(),
        base: None,
        supply: args.current.map(|current_microamperes| Supply {
            current_microamperes,
            voltage_millivolts: args.voltage,
            source: SupplySource::Entered,
        }),
        attach: AttachOptions {
            speed_khz: args.speed,
            under_reset: args.under_reset,
            protocol: None,
        },
        compiler: args.compiler.clone(),
        timeout: args.timeout,
        keep: args.keep.clone(),
        rebuild: args.rebuild,
        compare: !args.no_compare,
    };
    let output = Output {
        json: args.plan.model.json,
        record: !args.no_record,
        corrected: !args.plan.no_correction,
    };
    run(&subject, &settings, output).map(|_| ())
}

/// A folder that `emit` wrote: planned again as its manifest says, and its files as they are now.
fn project(args: &MeasureArgs) -> Result<Subject, Failure> {
    let folder = &args.plan.model.file;
    let shown = format::path(folder);
    if args.plan.chooses() {
        return Err(Failure::Input(format!(
            "{shown} was written for a chip and a schedule; leave the plan's options out, or emit it anew"
        )));
    }
    let manifest = Manifest::read(folder).map_err(Failure::Input)?;
    if manifest.prefix != "model" {
        return Err(Failure::Input(format!(
            "{shown} has the prefix `{}`; the measuring firmware calls `model_run`: emit it without --prefix",
            visible(&manifest.prefix)
        )));
    }
    let file = PathBuf::from(&manifest.model.file);
    let model = same_model(args.model.as_ref().unwrap_or(&file), &manifest.model)?;
    let target = manifest.target().map_err(Failure::Input)?;
    let prepared = Prepared::new(&model.graph)?;
    let plan = plan::plan_prepared(&prepared, &target, &manifest.choices)?;
    if plan.steps.len() != manifest.steps {
        return Err(Failure::Input(format!(
            "{shown} has {} steps, this version of Tinyscope plans {}; emit it anew",
            manifest.steps,
            plan.steps.len()
        )));
    }
    let files = manifest::sources(folder).map_err(Failure::Input)?;
    Ok(Subject {
        model,
        plan: Arc::new(plan),
        project: Some((folder.clone(), files)),
    })
}

/// The model in `file`, which has to be the one of these facts.
fn same_model(file: &Path, facts: &ModelFacts) -> Result<model::Model, Failure> {
    let model = model::load(file)?;
    if model.facts.sha256 == facts.sha256 {
        return Ok(model);
    }
    Err(Failure::Input(format!(
        "{} is another model than the one that was measured or printed ({} there, {} now); name the right one with --model",
        format::path(file),
        visible(&facts.sha256.chars().take(12).collect::<String>()),
        &model.facts.sha256[..12]
    )))
}

/// Measures again what a record says.
pub fn rerun(
    record: &Record,
    board: Option<&str>,
    file: Option<&Path>,
    output: Output,
) -> Result<(), Failure> {
    let old = &record.measurement;
    let unknown = || {
        Failure::Input("the record's plan is of a newer Tinyscope; measure the model itself".into())
    };
    let choices = record.plan.choices.as_ref().ok_or_else(unknown)?;
    let target = record.plan.target.as_ref().ok_or_else(unknown)?;
    let model = same_model(file.unwrap_or(Path::new(&record.model.file)), &record.model)?;
    let target = manifest::target(&target.chip, target.sram_bytes, target.reserved_sram_bytes)
        .map_err(Failure::Input)?;
    let plan = plan::plan_prepared(&Prepared::new(&model.graph)?, &target, choices)?;
    let project = match &record.request.project_folder {
        None => None,
        Some(folder) => {
            let folder = PathBuf::from(folder);
            let files = manifest::sources(&folder).map_err(Failure::Input)?;
            if tinyscope_board::hash::of_files(&files) != old.program_sha256 {
                return Err(Failure::Input(format!(
                    "{} has been edited since it was measured; measure the folder itself",
                    format::path(&folder)
                )));
            }
            Some((folder, files))
        }
    };
    let again = Repetition::of(record);
    let settings = Settings {
        board: board.unwrap_or(&old.board).to_owned(),
        runs: again.runs,
        warm_up: again.warm_up,
        inputs: again.inputs,
        samples: again.samples,
        preprocessing: PreprocessingArgs::default(),
        base: again.preprocessing,
        supply: again.supply,
        attach: AttachOptions::default(),
        compiler: again.compiler,
        timeout: again.timeout.as_secs(),
        keep: None,
        rebuild: false,
        compare: again.compare,
    };
    let subject = Subject {
        model,
        plan: Arc::new(plan),
        project,
    };
    let new = run(&subject, &settings, output)?;
    let mut notes = Vec::new();
    if new.plan_sha256 != old.plan_sha256 {
        notes.push(format!(
            "Tinyscope {} prints another program for this plan than {} did",
            env!("CARGO_PKG_VERSION"),
            visible(&record.program)
        ));
    }
    if new.inputs_sha256 != old.inputs_sha256 {
        notes.push("the inputs are others than then".into());
    }
    for note in notes {
        eprintln!("note: {note}");
    }
    if !output.json && new.simulated == old.simulated {
        print(&format!(
            "then {}, now {} cycles ({})\n",
            group(old.total().median),
            group(new.total().median),
            new.kind()
        ))?;
    }
    Ok(())
}

fn inputs(
    subject: &Subject,
    settings: &Settings,
) -> Result<(Inputs, Option<Preprocessing>), Failure> {
    let Some(folder) = &settings.inputs else {
        if settings.preprocessing.is_empty() {
            return Ok((
                MeasureRequest::new(Arc::clone(&subject.plan), "").inputs,
                None,
            ));
        }
        return Err(Failure::Input(
            "options for pictures go with --inputs; name their folder".into(),
        ));
    };
    let Model {
        graph,
        settings: quantised,
        ..
    } = &subject.model;
    let base = (settings.base).unwrap_or_else(|| samples::preprocessing(graph, quantised.as_ref()));
    let preprocessing = settings.preprocessing.over(base);
    let mut watch = |_| ControlFlow::Continue(());
    let (found, broken) = samples::load(
        &subject.plan,
        folder,
        settings.samples,
        &preprocessing,
        &mut watch,
    )
    .map_err(Failure::Input)?;
    for images::Broken { file, why } in broken {
        eprintln!("left out {file}: {why}");
    }
    Ok((Inputs::Given(Arc::new(found)), Some(preprocessing)))
}

fn run(subject: &Subject, settings: &Settings, output: Output) -> Result<Measurement, Failure> {
    let plan = &subject.plan;
    let notes: &[Diagnostic] = &subject.model.notes;
    fits(&super::report::plan_report(plan, notes, None))?;
    let correction = if output.corrected {
        super::plan::correction(&plan.target.chip)
    } else {
        None
    };
    let (given, preprocessing) = inputs(subject, settings)?;
    let cache = (!settings.rebuild).then(tinyscope_board::cache::default_folder);
    let request = MeasureRequest {
        inputs: given,
        runs: settings.runs,
        warm_up: settings.warm_up,
        timeout: Duration::from_secs(settings.timeout),
        build_dir: settings.keep.clone(),
        build_cache: cache.flatten(),
        attach: settings.attach,
        compiler: settings.compiler.clone(),
        supply: settings.supply.clone(),
        compare: settings.compare,
        ..MeasureRequest::new(Arc::clone(plan), settings.board.as_str())
    };
    let mut stage = None;
    let mut show = |progress: Progress| {
        if stage != Some(progress.stage) && std::io::stderr().is_terminal() {
            eprintln!("{} …", progress.stage);
        }
        stage = Some(progress.stage);
    };
    let cancel = Cancel::default();
    let measured = match &subject.project {
        None => tinyscope_board::measure(&request, &mut show, &cancel)?,
        Some((_, files)) => tinyscope_board::measure_sources(&request, files, &mut show, &cancel)?,
    };
    let facts = RequestFacts {
        inputs_folder: settings.inputs.as_deref().map(keeping::absolute),
        inputs_limit: settings.inputs.as_ref().map(|_| settings.samples as u64),
        preprocessing,
        project_folder: (subject.project.as_ref()).map(|(folder, _)| keeping::absolute(folder)),
        compiler: settings.compiler.clone(),
        timeout_seconds: settings.timeout,
    };
    let kept = output
        .record
        .then(|| keep(subject, facts, &measured))
        .flatten();
    let report = measure_report(plan, notes, &measured, correction.as_ref(), kept);
    if output.json {
        print_json(&report)?;
    } else {
        print_measurement(&report)?;
    }
    judged(plan, &measured)?;
    Ok(measured)
}

/// Keeps the measurement; says why not where that fails, for the measurement itself is done.
fn keep(subject: &Subject, request: RequestFacts, measured: &Measurement) -> Option<String> {
    let facts = Facts {
        model: subject.model.facts.clone(),
        request,
    };
    let kept = record::default_folder()
        .ok_or_else(|| records::NO_FOLDER.to_owned())
        .and_then(|folder| keeping::keep(&folder, facts, &subject.plan, measured));
    kept.map(|path| format::path(&path))
        .inspect_err(|error| eprintln!("the measurement was not kept: {error}"))
        .ok()
}

/// "No" where the program wrote what it must not, or its bytes are not the host's.
fn judged(plan: &Plan, measured: &Measurement) -> Result<(), Failure> {
    if !measured.guards_intact {
        let whose = if measured.edited.is_empty() {
            "this is a defect of Tinyscope"
        } else {
            "look at the edited files"
        };
        return Err(Failure::No(format!(
            "the program wrote outside its arena; {whose}"
        )));
    }
    match &measured.difference {
        _ if measured.bit_exact || !measured.compared => Ok(()),
        Some(difference) => {
            let [height, width, channels] = difference.shape;
            let [from, to] = [difference.from, difference.to];
            let input = measured.inputs.get(difference.input as usize);
            let input = match (measured.inputs.len(), input) {
                (2.., Some(input)) => format!("on {}, ", visible(&input.name)),
                _ => String::new(),
            };
            Err(Failure::No(format!(
                "{input}step {} ({}) differs from the host first: {} of {} values by up to {}, in rows {}–{} of {height}, \
                 columns {}–{} of {width}, channels {}–{} of {channels}; first at row {} column {} channel {}: the board has {}, the host {}",
                difference.step.0,
                plan.step(difference.step).name,
                group(difference.count as u64),
                group((height * width * channels) as u64),
                difference.largest,
                from[0],
                to[0],
                from[1],
                to[1],
                from[2],
                to[2],
                difference.at[0],
                difference.at[1],
                difference.at[2],
                difference.target,
                difference.host,
            )))
        }
        None => Err(Failure::No(
            "the board's output differs from the host's".into(),
        )),
    }
}

/// One cell on whether bytes are the host's.
pub const fn exactness(compared: bool, exact: bool) -> &'static str {
    match (compared, exact) {
        (false, _) => "–",
        (true, true) => "exact",
        (true, false) => "DIFFERS",
    }
}

fn print_measurement(report: &MeasureReport<'_>) -> Result<(), Failure> {
    let m = report.measurement;
    let kind = m.kind();
    let several = m.cycles.len() > 1;
    let corrected = report.plan.correction.is_some();
    let optional = |n: Option<u64>| n.map_or_else(|| "–".into(), group);
    let rows: Vec<Vec<String>> = (report.plan.steps.iter())
        .map(|step| {
            let mut row = vec![
                format!("{:02}", step.id),
                step.name.clone(),
                group(step.macs),
                group(step.cycles_estimated),
            ];
            if corrected {
                row.push(optional(step.cycles_corrected));
            }
            row.push(optional(step.cycles_measured));
            if several {
                row.push(optional(step.cycles_median));
                row.push(optional(step.cycles_spread));
            }
            row.push(optional(step.instructions));
            row.push(exactness(m.compared, step.bit_exact == Some(true)).into());
            row
        })
        .collect();
    let [cycles, minimum, median, spread] =
        ["cycles", "minimum", "median", "spread"].map(|what| format!("{what} ({kind})"));
    let mut header = vec![
        ("#", Align::Right),
        ("step", Align::Left),
        ("MACs", Align::Right),
        ("cycles (estimated)", Align::Right),
    ];
    if corrected {
        header.push(("(corrected)", Align::Right));
    }
    if several {
        let figures = [&minimum, &median, &spread];
        header.extend(figures.map(|name| (name.as_str(), Align::Right)));
    } else {
        header.push((&cycles, Align::Right));
    }
    header.extend([("instructions", Align::Right), ("bytes", Align::Left)]);
    let mut text = table(&header, &rows);
    text += &facts(&report.plan.model, m, report.plan.macs);
    if let Some(correction) = &report.plan.correction {
        text += &format!(
            "estimate {} cycles; {} cycles {}\n",
            group(report.plan.cycles_estimated),
            group(correction.cycles_corrected),
            correction.label
        );
    }
    let times: Vec<String> = (m.stage_times.iter())
        .map(|time| format!("{} {:.3} s", time.stage, time.micros as f64 / 1e6))
        .collect();
    text += &format!("time   {}", times.join(", "));
    text += match (m.build_reused, m.flash_reused) {
        (true, true) => " (build and flash unchanged, used again)\n",
        (true, false) => " (build unchanged, used again)\n",
        (false, true) => " (flash unchanged, used again)\n",
        (false, false) => "\n",
    };
    if let Some(path) = &report.record {
        text += &format!("kept   {path}\n");
    }
    print(&text)
}

/// What a measurement comes to and depends on, in a few lines.
pub fn facts(model: &str, m: &Measurement, macs: u64) -> String {
    let kind = m.kind();
    let total = m.total();
    let mut text = format!(
        "\n{model} on {} ({}), {}\n",
        visible(&m.chip),
        visible(&m.board),
        visible(&m.provenance)
    );
    text += &format!(
        "{} cycles ({kind}), {:.2} ms at {} ({}); {:.2} cycles/MAC",
        group(m.total_cycles),
        m.milliseconds(),
        format::megahertz(m.clock_hz),
        m.clock.origin(),
        m.total_cycles as f64 / macs.max(1) as f64,
    );
    if let Some(instructions) = m.instructions {
        text += &format!("; {} instructions", group(instructions));
    }
    text.push('\n');
    if m.cycles.len() > 1 || m.warm_up > 0 {
        text += &format!(
            "{} runs after {} warm-up: minimum {}, quartiles {} and {}, median {} ± {}, spread {} cycles ({kind})\n",
            total.runs,
            m.warm_up,
            group(total.minimum),
            group(total.lower_quartile),
            group(total.upper_quartile),
            group(total.median),
            group(total.median_deviation),
            group(total.spread()),
        );
    }
    if let Some(energy) = &m.energy {
        text += &format!(
            "energy {:.3} mJ, {}, over the {kind} time\n",
            energy.nanojoules_estimated as f64 / 1e6,
            visible(&energy.supply.to_string())
        );
    }
    let touched = m.arena_touched_bytes.map_or_else(String::new, |bytes| {
        format!(", written up to byte {}", group(bytes))
    });
    text += &format!(
        "stack {} B of {} B, flash {} B, RAM {} B (arena {} B{touched}), guards {}\n",
        group(u64::from(m.stack_bytes)),
        group(u64::from(m.stack_reserved_bytes)),
        group(m.flash_bytes),
        group(m.ram_bytes),
        group(m.arena_bytes),
        if m.guards_intact { "intact" } else { "BROKEN" },
    );
    text += &format!("{}, {}\n", visible(&m.toolchain), visible(&m.flags));
    if !m.edited.is_empty() {
        text += &format!("edited: {}\n", visible(&m.edited.join(" ")));
    }
    text += &format!("input  {}\n", visible(&m.inputs_about));
    let agreement = m.agreement();
    if agreement.inputs > 1 && m.compared {
        text += &format!(
            "agrees with the host on {} of {} inputs in every byte, on {} in the class\n",
            agreement.bit_exact, agreement.inputs, agreement.same_argmax
        );
    }
    if agreement.labelled > 0 {
        text += &format!(
            "top-1  {:.1} % on the target ({} of {})",
            f64::from(agreement.correct_target) * 100.0 / f64::from(agreement.labelled),
            agreement.correct_target,
            agreement.labelled
        );
        if m.compared {
            text += &format!(", {} on the host", agreement.correct_host);
        }
        text.push('\n');
    }
    text += match (m.compared, m.bit_exact) {
        (false, _) => "not compared with the host\n",
        (true, true) => "bit-exact with the host\n",
        (true, false) => "NOT bit-exact with the host\n",
    };
    text
}
