//! Loading a model and making the plan that the options ask for.

use super::Failure;
use super::args::{PlanArgs, ScheduleArg};
use crate::document::ModelSource;
use crate::examples::{self, EXAMPLES};
use crate::format;
use crate::opening::{self, Opened, OpenedProject};
use crate::quantise::Settings;
use std::path::Path;
use std::sync::Arc;
use tinyscope_core::plan::{self, Choices, Objective, Plan, Prepared, Schedule, Target};
use tinyscope_core::{Diagnostic, Graph};

/// Extra work that `--schedule patch` may spend where `--max-macs` does not say.
const PATCH_MAC_FACTOR: f64 = 1.25;

/// A model, and what is to be said about it.
pub struct Model {
    /// The imported graph, not lowered.
    pub graph: Arc<Graph>,
    /// Warnings and notes.
    pub notes: Vec<Diagnostic>,
    /// What the project says, if FILE is one.
    pub project: Option<OpenedProject>,
    /// How it was quantised, if the project says so.
    pub settings: Option<Settings>,
}

/// Open a model or a project, or a bundled example by its name where no such file exists.
pub fn open(path: &Path) -> Result<Opened, Failure> {
    let example = path.to_str().and_then(examples::find);
    let source = match (example, path.exists()) {
        (Some(example), false) => ModelSource::Example(example.name.into()),
        _ => ModelSource::File(path.to_owned()),
    };
    opening::open(source).map_err(|problems| {
        if let [only] = problems.diagnostics.as_slice()
            && only.code == "file"
        {
            let names: Vec<&str> = EXAMPLES.iter().map(|example| example.name).collect();
            let names = names.join(", ");
            return Failure::Input(format!("{}; or name an example: {names}", only.message));
        }
        refused(path, &problems.diagnostics)
    })
}

/// Everything that is wrong with a file.
pub fn refused(path: &Path, diagnostics: &[Diagnostic]) -> Failure {
    let problems: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    Failure::Input(format!(
        "{} cannot be opened:\n{}",
        format::path(path),
        problems.join("\n")
    ))
}

/// A model that can be run.
pub fn load(path: &Path) -> Result<Model, Failure> {
    let Opened { model, project } = open(path)?;
    let Some(graph) = model.graph else {
        return Err(refused(path, &model.diagnostics));
    };
    Ok(Model {
        graph,
        notes: model.diagnostics,
        project,
        settings: (model.quantised).map(|q| q.outcome.settings.clone()),
    })
}

/// The chip that the options name, else the project's, with its budgets.
pub fn target(args: &PlanArgs, project: Option<&OpenedProject>) -> Result<Target, Failure> {
    let mut target = match (&args.chip, project.and_then(|p| p.target.as_ref())) {
        (Some(name), _) => tinyscope_board::chips::target_for_chip(name)?,
        (None, Some(target)) => target.clone(),
        (None, None) => Target::stm32f746(),
    };
    if let Some(bytes) = args.sram {
        target.sram_bytes = bytes;
        target.reserved_sram_bytes = 0;
    }
    Ok(target)
}

/// The schedule that the options ask for, else the project's.
pub fn choose(
    args: &PlanArgs,
    project: Option<&OpenedProject>,
    prepared: &Prepared,
    target: &Target,
) -> Result<Choices, Failure> {
    let mut saved = project.map(|p| p.choices.clone()).unwrap_or_default();
    if let Some(input) = args.input {
        saved.input = input.into();
    }
    saved.overlap &= !args.no_overlap;
    let with = |schedule| Choices {
        schedule,
        ..saved.clone()
    };
    if !args.stage.is_empty() {
        let mut stages = args.stage.clone();
        stages.sort_by_key(|stage| stage.steps.start);
        return Ok(with(Schedule::Stages(stages)));
    }
    match (args.schedule, args.split.zip(args.grid)) {
        (Some(ScheduleArg::Stream), _) => Err(Failure::Input(
            "streaming through line buffers is not available yet; use `--schedule auto`".into(),
        )),
        (Some(ScheduleArg::Layer | ScheduleArg::Auto), Some(_)) => Err(Failure::Input(
            "--split and --grid go with `--schedule patch`; leave them out or change the schedule"
                .into(),
        )),
        (_, Some((split, grid))) => Ok(with(Schedule::Patch { split, grid })),
        (None, None) => Ok(saved),
        (Some(ScheduleArg::Layer), None) => Ok(with(Schedule::Layer)),
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
            let best = plan::best_patch(prepared, target, &saved, objective)?;
            Ok(best.choices)
        }
    }
}

/// Load the model and make the plan.
pub fn load_and_plan(args: &PlanArgs) -> Result<(Model, Plan), Failure> {
    let model = load(&args.model.file)?;
    let prepared = Prepared::new(&model.graph)?;
    let target = target(args, model.project.as_ref())?;
    let choices = choose(args, model.project.as_ref(), &prepared, &target)?;
    let plan = plan::plan_prepared(&prepared, &target, &choices)?;
    Ok((model, plan))
}
