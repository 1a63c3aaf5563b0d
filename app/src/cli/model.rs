//! Loading a model and making the plan that the options ask for.

use super::Failure;
use super::args::{PlanArgs, ScheduleArg};
use crate::document::ModelSource;
use crate::examples::{self, EXAMPLES};
use crate::opening::{self, Opened, OpenedProject};
use crate::quantise::Settings;
use crate::{engine, format, keeping, stages};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use tinyscope_board::record::ModelFacts;
use tinyscope_core::plan::{
    self, Choices, FrontPoint, Objective, Pin, Plan, Prepared, Query, Schedule, Target, Ways,
};
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
    /// What tells it from others.
    pub facts: ModelFacts,
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
    let Some(graph) = model.graph.clone() else {
        return Err(refused(path, &model.diagnostics));
    };
    let facts = keeping::model_facts(&model, project.as_ref().map(|p| p.path.as_path()));
    Ok(Model {
        graph,
        notes: model.diagnostics,
        project,
        settings: (model.quantised).map(|q| q.outcome.settings.clone()),
        facts,
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

/// What the options ask for.
pub struct Chosen {
    /// The choices.
    pub choices: Choices,
    /// Where a search could not meet its condition: what it could, and what limits it.
    pub limit: Option<String>,
}

/// The project's choices with what the options say beside the schedule.
fn base(args: &PlanArgs, project: Option<&OpenedProject>) -> Choices {
    let mut choices = project.map(|p| p.choices.clone()).unwrap_or_default();
    if let Some(input) = args.input {
        choices.input = input.into();
    }
    choices.overlap &= !args.no_overlap;
    choices
}

/// What the user has decided for a search.
fn pins(args: &PlanArgs) -> Vec<Pin> {
    let stages = args.pin.iter().cloned().map(Pin::Stage);
    let boundaries = args.pin_boundary.iter().copied().map(Pin::Boundary);
    stages.chain(boundaries).collect()
}

/// The search that the options ask for, if they ask for one.
fn query(args: &PlanArgs, target: &Target) -> Result<Option<Query>, Failure> {
    let pins = pins(args);
    let schedule = match args.schedule {
        None if pins.is_empty() && args.max_macs.is_none() && args.max_cycles.is_none() => {
            return Ok(None);
        }
        None => ScheduleArg::Auto,
        Some(schedule) => schedule,
    };
    let (ways, objective) = match (schedule, args.max_macs, args.max_cycles) {
        (ScheduleArg::Stream, None, None) => (
            Ways::lines(),
            Objective::LeastMemory {
                max_mac_factor: None,
            },
        ),
        (ScheduleArg::Auto, None, None) => (
            Ways::all(),
            Objective::LeastMacs {
                arena_bytes: target.arena_budget_bytes(),
            },
        ),
        (ScheduleArg::Auto, max_mac_factor @ Some(_), _) => {
            (Ways::all(), Objective::LeastMemory { max_mac_factor })
        }
        (ScheduleArg::Auto, None, Some(max_cycle_factor)) => (
            Ways::all(),
            Objective::LeastMemoryInTime { max_cycle_factor },
        ),
        (ScheduleArg::Stream, ..) => {
            return Err(Failure::Input(
                "--schedule stream computes nothing twice; use --max-macs and --max-cycles with `auto`".into(),
            ));
        }
        (ScheduleArg::Layer | ScheduleArg::Patch, _, max_cycles) => {
            if !pins.is_empty() || max_cycles.is_some() {
                return Err(Failure::Input(
                    "--pin, --pin-boundary and --max-cycles go with `--schedule stream` or `auto`"
                        .into(),
                ));
            }
            return Ok(None);
        }
    };
    Ok(Some(Query {
        pins,
        ways,
        ..Query::new(objective)
    }))
}

/// The schedule that the options ask for, else the project's.
pub fn choose(
    args: &PlanArgs,
    project: Option<&OpenedProject>,
    prepared: &Prepared,
    target: &Target,
) -> Result<Chosen, Failure> {
    let saved = base(args, project);
    let with = |schedule| {
        Ok(Chosen {
            choices: Choices {
                schedule,
                ..saved.clone()
            },
            limit: None,
        })
    };
    if !args.stage.is_empty() {
        let mut stages = args.stage.clone();
        stages.sort_by_key(|stage| stage.steps.start);
        return with(Schedule::Stages(stages));
    }
    match (args.schedule, args.split.zip(args.grid)) {
        (None | Some(ScheduleArg::Patch), Some((split, grid))) => {
            return with(Schedule::Patch { split, grid });
        }
        (Some(_), Some(_)) => {
            return Err(Failure::Input(
                "--split and --grid go with `--schedule patch`; leave them out or change the schedule"
                    .into(),
            ));
        }
        (_, None) => {}
    }
    if let Some(query) = query(args, target)? {
        let found = engine::search(prepared, target, &saved, &query, &mut |_| {
            ControlFlow::Continue(())
        })?;
        return Ok(Chosen {
            limit: stages::limit_text(&found, &query),
            choices: found.plan.choices,
        });
    }
    match args.schedule {
        None => with(saved.schedule.clone()),
        Some(ScheduleArg::Layer) => with(Schedule::Layer),
        Some(_) => {
            let objective = Objective::LeastMemory {
                max_mac_factor: args.max_macs.or(Some(PATCH_MAC_FACTOR)),
            };
            let best = plan::best_patch(prepared, target, &saved, objective)?;
            with(best.choices.schedule)
        }
    }
}

/// The front that the options ask for.
pub fn front(args: &PlanArgs) -> Result<Front, Failure> {
    let model = load(&args.model.file)?;
    let prepared = Prepared::new(&model.graph)?;
    let target = target(args, model.project.as_ref())?;
    let choices = base(args, model.project.as_ref());
    let ways = match args.schedule {
        Some(ScheduleArg::Layer) => Ways::LAYER,
        Some(ScheduleArg::Stream) => Ways::lines(),
        Some(ScheduleArg::Patch) => Ways::patches(),
        Some(ScheduleArg::Auto) | None => Ways::all(),
    };
    let mut points = Vec::new();
    // Conditions do not matter here: memory against MACs, and against cycles.
    for objective in [
        Objective::LeastMemory {
            max_mac_factor: None,
        },
        Objective::LeastMemoryInTime {
            max_cycle_factor: 1.0,
        },
    ] {
        let query = Query {
            pins: pins(args),
            ways: ways.clone(),
            ..Query::new(objective)
        };
        let watch = &mut |_| ControlFlow::Continue(());
        points.extend(plan::front(&prepared, &target, &choices, &query, watch)?);
    }
    Ok(Front {
        model,
        macs_once: prepared.facts.iter().map(|facts| facts.macs_once).sum(),
        target,
        choices,
        points: unbeaten(points),
    })
}

/// Those that no other is as good as in memory, MACs and cycles; most memory first.
fn unbeaten(mut points: Vec<FrontPoint>) -> Vec<FrontPoint> {
    let figures = |p: &FrontPoint| (p.bytes, p.macs, p.cycles_estimated);
    points.sort_by_key(figures);
    points.dedup_by_key(|point| figures(point));
    let all = points.clone();
    let beats = |a: &FrontPoint, b: &FrontPoint| {
        let as_good = a.bytes <= b.bytes && a.macs <= b.macs;
        as_good && a.cycles_estimated <= b.cycles_estimated && figures(a) != figures(b)
    };
    points.retain(|point| !all.iter().any(|other| beats(other, point)));
    points.reverse();
    points
}

/// All schedules that no other beats, and what they are for.
pub struct Front {
    /// The model.
    pub model: Model,
    /// Multiply-accumulates layer by layer.
    pub macs_once: u64,
    /// The chip.
    pub target: Target,
    /// The choices beside the schedule.
    pub choices: Choices,
    /// From the most memory to the least.
    pub points: Vec<FrontPoint>,
}

/// Load the model and make the plan; a condition that a search could not meet is the answer "no".
pub fn load_and_plan(args: &PlanArgs) -> Result<(Model, Plan), Failure> {
    let (model, plan, limit) = load_and_search(args)?;
    match limit {
        Some(limit) => Err(Failure::No(limit)),
        None => Ok((model, plan)),
    }
}

/// Load the model and make the plan; and where a search could not meet its condition, what limits it.
pub fn load_and_search(args: &PlanArgs) -> Result<(Model, Plan, Option<String>), Failure> {
    let model = load(&args.model.file)?;
    let prepared = Prepared::new(&model.graph)?;
    let target = target(args, model.project.as_ref())?;
    let chosen = choose(args, model.project.as_ref(), &prepared, &target)?;
    let plan = plan::plan_prepared(&prepared, &target, &chosen.choices)?;
    Ok((model, plan, chosen.limit))
}
