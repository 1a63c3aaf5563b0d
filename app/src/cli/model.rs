//! Loading a model and making the plan that the options ask for.

use super::Failure;
use super::args::{PlanArgs, ScheduleArg};
use super::report::escaped;
use crate::{engine, examples};
use std::path::Path;
use tinyscope_core::plan::{self, Choices, Objective, Plan, Prepared, Schedule, Target};
use tinyscope_core::{Diagnostic, Graph};

/// Extra work that `--schedule patch` may spend where `--max-macs` does not say.
const PATCH_MAC_FACTOR: f64 = 1.25;

/// A model, and what import had to say about it.
pub struct Model {
    /// The imported graph, not lowered.
    pub graph: Graph,
    /// Warnings and notes.
    pub notes: Vec<Diagnostic>,
}

/// Read a file, or a bundled example by its name where no such file exists.
pub fn load(path: &Path) -> Result<Model, Failure> {
    let example = path.to_str().and_then(examples::find);
    let bytes = match (example, path.exists()) {
        (Some(example), false) => example.bytes.to_vec(),
        _ => engine::read_model(path).map_err(|problem| {
            let names: Vec<&str> = examples::EXAMPLES
                .iter()
                .map(|example| example.name)
                .collect();
            let names = names.join(", ");
            Failure::Input(format!("{}; or name an example: {names}", problem.message))
        })?,
    };
    let name = path.file_stem().map_or_else(
        || "model".into(),
        |stem| stem.to_string_lossy().into_owned(),
    );
    let (graph, notes) = engine::import(&bytes, &name);
    if let Some(graph) = graph {
        return Ok(Model { graph, notes });
    }
    let problems: Vec<String> = notes.iter().map(ToString::to_string).collect();
    Err(Failure::Input(format!(
        "{} cannot be opened:\n{}",
        escaped(&path.to_string_lossy()),
        problems.join("\n")
    )))
}

/// The chip that the options name, with its budgets.
pub fn target(args: &PlanArgs) -> Result<Target, Failure> {
    let mut target = match &args.chip {
        Some(name) => tinyscope_board::chips::target_for_chip(name)?,
        None => Target::stm32f746(),
    };
    if let Some(bytes) = args.sram {
        target.sram_bytes = bytes;
        target.reserved_sram_bytes = 0;
    }
    Ok(target)
}

/// The schedule that the options ask for.
pub fn choose(args: &PlanArgs, prepared: &Prepared, target: &Target) -> Result<Choices, Failure> {
    let with = |schedule| Choices {
        schedule,
        ..Choices::default()
    };
    match (args.schedule, args.split.zip(args.grid)) {
        (Some(ScheduleArg::Stream), _) => Err(Failure::Input(
            "streaming through line buffers is not available yet; use `--schedule auto`".into(),
        )),
        (Some(ScheduleArg::Layer | ScheduleArg::Auto), Some(_)) => Err(Failure::Input(
            "--split and --grid go with `--schedule patch`; leave them out or change the schedule"
                .into(),
        )),
        (_, Some((split, grid))) => Ok(with(Schedule::Patch { split, grid })),
        (None | Some(ScheduleArg::Layer), None) => Ok(with(Schedule::Layer)),
        (Some(schedule), None) => {
            let max_mac_factor = match schedule {
                ScheduleArg::Patch => args.max_macs.or(Some(PATCH_MAC_FACTOR)),
                _ => args.max_macs,
            };
            let objective = match max_mac_factor {
                Some(_) => Objective::LeastMemory { max_mac_factor },
                None => Objective::LeastMacs {
                    arena_bytes: target.arena_budget_bytes(),
                },
            };
            let best = plan::best_patch(prepared, target, &Choices::default(), objective)
                .map_err(|error| Failure::Input(error.to_string()))?;
            Ok(best.choices)
        }
    }
}

/// Load the model and make the plan.
pub fn load_and_plan(args: &PlanArgs) -> Result<(Model, Plan), Failure> {
    let model = load(&args.model.file)?;
    let failed = |error: plan::PlanError| Failure::Input(error.to_string());
    let prepared = Prepared::new(&model.graph).map_err(failed)?;
    let target = target(args)?;
    let choices = choose(args, &prepared, &target)?;
    let plan = plan::plan_prepared(&prepared, &target, &choices).map_err(failed)?;
    Ok((model, plan))
}
