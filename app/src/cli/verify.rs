//! `verify`: the host run against the reference's recorded answers, and schedules against the host run.

use super::args::PlanArgs;
use super::{Failure, golden, model, print, print_json};
use crate::engine;
use crate::opening::OpenedProject;
use crate::stages::{WAYS, input_name, schedule_name};
use serde::Serialize;
use std::ops::ControlFlow;
use std::path::Path;
use tinyscope_core::plan::{
    self, Choices, Objective, Plan, Prepared, Query, Schedule, StepId, Target, Ways,
};
use tinyscope_core::plan::{Pass, interpret_with};
use tinyscope_core::quant::{self, Trace, Value};
use tinyscope_core::schedule::{InputMode, Method, Stage};

#[derive(Serialize)]
struct Verification {
    model: String,
    bit_exact: bool,
    golden: Vec<GoldenRun>,
    schedules: Vec<ScheduleRun>,
}

#[derive(Serialize)]
struct GoldenRun {
    run: String,
    operators: usize,
    exact: usize,
    first_difference: Option<String>,
}

#[derive(Serialize)]
struct ScheduleRun {
    schedule: Schedule,
    input: InputMode,
    steps: usize,
    exact: usize,
    first_difference: Option<String>,
}

/// Verify; fails with "no" where anything differs.
pub fn verify(args: &PlanArgs, golden: Option<&Path>, seed: u64) -> Result<(), Failure> {
    let loaded = model::load(&args.model.file)?;
    let mut result = Verification {
        model: crate::format::visible(&loaded.graph.name),
        bit_exact: true,
        golden: Vec::new(),
        schedules: Vec::new(),
    };
    if let Some(path) = golden {
        let failed =
            |error: String| Failure::Input(format!("{}: {error}", crate::format::path(path)));
        for run in golden::read(path, &loaded.graph).map_err(failed)? {
            let trace = quant::run(&loaded.graph, &run.inputs)
                .map_err(|error| Failure::Input(error.to_string()))?;
            let compared = golden::compare(&run, &loaded.graph, &trace);
            result.golden.push(GoldenRun {
                run: run.name,
                operators: compared.compared,
                exact: compared.exact,
                first_difference: compared.first_difference.map(|index| {
                    let op = &loaded.graph.ops[index];
                    format!("operator {} ({})", op.source_index, op.kind.name())
                }),
            });
        }
    }

    let prepared = Prepared::new(&loaded.graph)?;
    let inputs = quant::random_input(&prepared.graph, seed);
    let trace =
        quant::run(&prepared.graph, &inputs).map_err(|error| Failure::Input(error.to_string()))?;
    let project = loaded.project.as_ref();
    let target = model::target(args, project)?;
    for choices in schedules(args, project, &prepared, &target)? {
        let planned = plan::plan_prepared(&prepared, &target, &choices)?;
        let differing = differing_steps(&planned, &inputs, &trace).map_err(|error| {
            Failure::No(format!("{}: {error}", schedule_name(&choices.schedule)))
        })?;
        result.schedules.push(ScheduleRun {
            schedule: choices.schedule,
            input: choices.input,
            steps: planned.steps.len(),
            exact: planned.steps.len() - differing.len(),
            first_difference: differing.first().map(|&id| {
                let step = planned.step(id);
                format!("step {} ({})", id.0, step.name)
            }),
        });
    }
    result.bit_exact = result
        .golden
        .iter()
        .all(|run| run.first_difference.is_none())
        && result
            .schedules
            .iter()
            .all(|run| run.first_difference.is_none());

    if args.model.json {
        print_json(&result)?;
    } else {
        print_text(&result)?;
    }
    if result.bit_exact {
        Ok(())
    } else {
        Err(Failure::No("not bit-exact".into()))
    }
}

/// Runs the plan in its own arena and names the steps whose bytes are not those of the host run.
fn differing_steps(plan: &Plan, inputs: &[Value], trace: &Trace) -> Result<Vec<StepId>, String> {
    let codes: Vec<Vec<i8>> = inputs
        .iter()
        .map(|value| value.as_i8().unwrap_or_default().to_vec())
        .collect();
    let mut differs = vec![false; plan.steps.len()];
    let mut observe = |pass: Pass<'_>| {
        let tensor = plan.step(pass.step).output.tensor;
        let [_, width, channels] = plan.graph.tensor(tensor).hwc();
        let whole = trace.get(tensor).and_then(Value::as_i8).unwrap_or_default();
        let row_bytes = pass.region.x.len() * channels;
        let same = pass
            .codes
            .chunks(row_bytes.max(1))
            .zip(pass.region.y.start..)
            .all(|(row, y)| {
                let start = (y * width + pass.region.x.start) * channels;
                whole.get(start..start + row.len()) == Some(row)
            });
        differs[pass.step.0 as usize] |= !same;
    };
    interpret_with(plan, &codes, &mut observe).map_err(|error| error.to_string())?;
    let ids = plan.steps.iter().map(|step| step.id);
    Ok(ids.filter(|id| differs[id.0 as usize]).collect())
}

/// The schedule that the options ask for, or, where they ask for none, one of every kind: layer by layer; 2×2 and 3×3
/// patches after every step at which a patch stage may end; at the first, a middle and the last of these every other
/// way, and all of them one after the other; what streams best, the input in memory and by rows.
fn schedules(
    args: &PlanArgs,
    project: Option<&OpenedProject>,
    prepared: &Prepared,
    target: &Target,
) -> Result<Vec<Choices>, Failure> {
    let chosen = args.schedule.is_some() || args.split.is_some() || !args.stage.is_empty();
    let searched = args.max_macs.is_some() || args.max_cycles.is_some();
    let pinned = !args.pin.is_empty() || !args.pin_boundary.is_empty();
    if chosen || searched || pinned || args.input.is_some() {
        return Ok(vec![
            model::choose(args, project, prepared, target)?.choices,
        ]);
    }
    let mut wanted = vec![Schedule::Layer];
    let splits = &prepared.legal_splits;
    for &split in splits {
        let patch = |side| Schedule::Patch {
            split,
            grid: [side, side],
        };
        wanted.extend([2, 3].map(patch));
    }
    let mut ends = [splits.first(), splits.get(splits.len() / 2), splits.last()]
        .into_iter()
        .flatten()
        .copied()
        .collect::<Vec<usize>>();
    ends.dedup();
    let stage = |steps, method| Stage { steps, method };
    for method in WAYS {
        wanted.extend((ends.iter()).map(|&end| Schedule::Stages(vec![stage(0..end, method)])));
    }
    let mut start = 0;
    let mut mixed = Vec::new();
    for (&end, &method) in ends.iter().zip(&[Method::PIXELS, WAYS[4], WAYS[5]]) {
        mixed.push(stage(start..end, method));
        start = end;
    }
    wanted.push(Schedule::Stages(mixed));
    let plain = |schedule| Choices {
        schedule,
        ..Choices::default()
    };
    let legal = |choices: &Choices| plan::plan_prepared(prepared, target, choices).is_ok();
    let mut all: Vec<Choices> = wanted.into_iter().map(plain).filter(legal).collect();
    for input in [InputMode::Resident, InputMode::Rows] {
        let base = Choices {
            input,
            ..Choices::default()
        };
        let query = Query {
            ways: Ways::lines(),
            ..Query::new(Objective::LeastMemory {
                max_mac_factor: None,
            })
        };
        let watch = &mut |_| ControlFlow::Continue(());
        // Some networks cannot take their input by rows.
        if let Ok(found) = engine::search(prepared, target, &base, &query, watch) {
            all.push(found.plan.choices);
        }
    }
    all.dedup();
    Ok(all)
}

fn print_text(result: &Verification) -> Result<(), Failure> {
    let mut text = String::new();
    let verdict = |difference: &Option<String>| match difference {
        None => "bit-exact".to_owned(),
        Some(place) => format!("DIFFERS first at {place}"),
    };
    for run in &result.golden {
        text += &format!(
            "golden run {}: {} of {} operators, {}\n",
            run.run,
            run.exact,
            run.operators,
            verdict(&run.first_difference)
        );
    }
    for run in &result.schedules {
        text += &format!(
            "{}, {}: {} of {} steps, {}\n",
            schedule_name(&run.schedule),
            input_name(run.input),
            run.exact,
            run.steps,
            verdict(&run.first_difference)
        );
    }
    print(&text)
}
