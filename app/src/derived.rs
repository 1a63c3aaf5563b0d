//! What follows from the document: the plan, its ghost, the printed program. Recomputed when the document changes,
//! never edited.

use crate::document::{Document, Model};
use crate::engine::{self, Program};
use crate::outline::{self, Row};
use crate::stages;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tinyscope_core::Diagnostic;
use tinyscope_core::plan::{Choices, Plan, Prepared, Schedule, StepId, Totals};
use tinyscope_core::schedule::{InputMode, Method};

/// How far the model can be taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// There is no model.
    #[default]
    Empty,
    /// Operators or values of the file are not supported: it can be looked at.
    ViewOnly,
    /// It computes in floating point: it can be looked at and quantised.
    Float,
    /// Planning failed: it can be looked at, and other choices may help.
    Unplannable,
    /// There is a plan.
    Planned,
}

/// What a change would come to: the plan's totals, or why it is refused.
pub type Preview = Result<Totals, String>;

/// Everything computed from the current document.
#[derive(Default)]
pub struct Derived {
    /// Grows with every change of the plan; caches key on it.
    pub generation: u64,
    /// The plan, when there is a model and it can be planned.
    pub plan: Option<Arc<Plan>>,
    /// The same model, chip and kernels, layer by layer: the ghost.
    pub baseline: Option<Arc<Plan>>,
    /// How far the model can be taken.
    pub stage: Stage,
    /// What import and planning have to say: errors, then warnings, then notes.
    pub diagnostics: Vec<Diagnostic>,
    /// The file's operators, for models without a plan.
    pub outline: Vec<Row>,
    /// Numbers of steps after which a patch stage may end, ascending.
    pub splits: Vec<usize>,
    /// How long the last planning took.
    pub plan_time: Duration,
    prepared: Option<(Arc<Model>, Prepared)>,
    previews: RefCell<BTreeMap<(usize, Method), Preview>>,
    program: OnceCell<Result<Program, String>>,
}

impl Derived {
    /// Bring everything up to date with `document`.
    pub fn refresh(&mut self, document: &Document) {
        self.generation += 1;
        self.program = OnceCell::new();
        self.previews.take();
        let Some(model) = &document.model else {
            *self = Self {
                generation: self.generation,
                ..Self::default()
            };
            return;
        };
        self.diagnostics.clone_from(&model.diagnostics);
        match self.replan(model, document) {
            Ok(()) => {
                self.stage = Stage::Planned;
                self.outline.clear();
                let planned = self.plan.iter().flat_map(|plan| &plan.diagnostics);
                self.diagnostics.extend(planned.cloned());
            }
            Err(problems) => {
                self.plan = None;
                self.baseline = None;
                self.stage = match &model.graph {
                    None => Stage::ViewOnly,
                    Some(graph) if engine::is_float(graph) => Stage::Float,
                    Some(_) => Stage::Unplannable,
                };
                if self.stage == Stage::Unplannable {
                    self.diagnostics.extend(problems);
                }
                self.outline = outline::rows(model, &self.diagnostics);
            }
        }
        // Stable: within a severity in the order of the file.
        self.diagnostics.sort_by_key(|d| d.severity);
    }

    fn replan(&mut self, model: &Arc<Model>, document: &Document) -> Result<(), Vec<Diagnostic>> {
        let known = self
            .prepared
            .take()
            .filter(|(known, _)| Arc::ptr_eq(known, model));
        let (_, prepared) = self.prepared.insert(if let Some(known) = known {
            known
        } else {
            let graph = model.graph.as_ref().ok_or_else(Vec::new)?;
            (Arc::clone(model), engine::prepare(graph)?)
        });
        self.splits.clone_from(&prepared.legal_splits);
        let started = Instant::now();
        let plan = Arc::new(engine::plan(prepared, &document.target, &document.choices)?);
        self.plan_time = started.elapsed();
        // Layer by layer the input is always whole.
        let plain = Choices {
            schedule: Schedule::Layer,
            input: InputMode::Resident,
            ..document.choices
        };
        if plan.choices.schedule == Schedule::Layer {
            self.baseline = Some(Arc::clone(&plan));
        } else if !self.baseline.as_ref().is_some_and(|b| {
            b.choices == plain && b.target == document.target && Arc::ptr_eq(&b.graph, &plan.graph)
        }) {
            self.baseline = Some(Arc::new(engine::plan(prepared, &document.target, &plain)?));
        }
        self.plan = Some(plan);
        Ok(())
    }

    /// The model made ready for planning.
    pub fn prepared(&self) -> Option<&Prepared> {
        self.prepared.as_ref().map(|(_, prepared)| prepared)
    }

    /// What the plan would come to with a segment run in another way. Planned when somebody looks at it.
    pub fn preview(&self, segment: usize, method: Method) -> Option<Preview> {
        let (plan, prepared) = (self.plan.as_ref()?, self.prepared()?);
        let mut previews = self.previews.borrow_mut();
        let preview = previews.entry((segment, method)).or_insert_with(|| {
            let stages = stages::all(&prepared.flow, &plan.choices.schedule);
            let choices = Choices {
                schedule: stages::schedule(stages::switch(&prepared.flow, stages, segment, method)),
                ..plan.choices.clone()
            };
            stages::check(prepared, &choices).map_err(|refusal| refusal.to_string())?;
            match engine::plan(prepared, &plan.target, &choices) {
                Ok(plan) => Ok(plan.totals),
                Err(problems) => {
                    Err((problems.first()).map_or_else(String::new, |p| p.message.clone()))
                }
            }
        });
        Some(preview.clone())
    }

    /// The step that an operator of the file became: its own, or the next one where it was folded away.
    pub fn step_of(&self, operator: u32) -> Option<StepId> {
        let plan = self.plan.as_ref()?;
        let source = |step: &&tinyscope_core::plan::Step| plan.graph.op(step.op).source_index;
        let steps = plan.steps.iter();
        steps
            .clone()
            .find(|step| source(step) == operator)
            .or_else(|| steps.filter(|s| source(s) > operator).min_by_key(source))
            .map(|step| step.id)
    }

    /// The C program of the plan, printed when somebody looks at it.
    pub fn program(&self) -> Option<&Result<Program, String>> {
        let plan = self.plan.as_ref()?;
        Some(self.program.get_or_init(|| engine::print(plan)))
    }

    /// The legal split nearest to `wanted`; 0, no stage at all, is always legal.
    pub fn nearest_split(&self, wanted: usize) -> usize {
        std::iter::once(0)
            .chain(self.splits.iter().copied())
            .min_by_key(|split| split.abs_diff(wanted))
            .unwrap_or(0)
    }

    /// `grid`, with no more patches than the output of a stage of `split` steps has rows and columns.
    pub fn legal_grid(&self, split: usize, grid: [usize; 2]) -> [usize; 2] {
        let last = split.checked_sub(1);
        let step = self
            .prepared()
            .zip(last)
            .and_then(|(prepared, last)| prepared.flow.steps.get(last));
        match step {
            Some(step) => [0, 1].map(|axis| grid[axis].clamp(1, step.map[axis].max(1))),
            None => grid,
        }
    }

    /// The legal split after `split`, if there is one.
    pub fn next_split(&self, split: usize) -> Option<usize> {
        self.splits.iter().copied().find(|&s| s > split)
    }

    /// The legal split before `split`; 0 is the first.
    pub fn previous_split(&self, split: usize) -> usize {
        self.splits
            .iter()
            .copied()
            .rev()
            .find(|&s| s < split)
            .unwrap_or(0)
    }
}
