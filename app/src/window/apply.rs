//! The one place that carries commands out.

use super::{App, layout};
use crate::command::{Action, Command};
use crate::derived::Stage;
use crate::document::Document;
use crate::state::{Drag, Pending, QuantiseForm, VIRTUAL};
use crate::views::View;
use std::sync::Arc;
use tinyscope_core::plan::{Objective, Schedule, StepId};

/// The grid that a new patch stage starts with.
pub const FIRST_GRID: [usize; 2] = [2, 2];
/// Largest number of patches along one axis.
pub const MAX_GRID: usize = 8;

impl App {
    /// Carry out one command.
    pub fn apply(&mut self, ctx: &egui::Context, command: Command) {
        match command {
            Command::Run(action) => self.run_action(ctx, action),
            Command::Open(source) => self.ask_or(ctx, Pending::Open(source)),
            Command::SetChip(name) => self.set_chip(&name),
            Command::SetBoard(board) => {
                if board != self.state.board() {
                    self.failure = None;
                }
                self.state.board = (board != VIRTUAL).then_some(board);
            }
            Command::LookForBoards => self.jobs.look_for_boards(),
            Command::SetSchedule(schedule) => self.set_schedule(schedule),
            Command::BeginGesture(handle) => {
                self.history.begin_gesture();
                if let Some(plan) = &self.derived.plan {
                    self.state.drag = Some(Drag {
                        handle,
                        start: Arc::clone(plan),
                        y_max_bytes: crate::views::landscape::y_max_bytes(&self.derived),
                    });
                }
            }
            Command::EndGesture => {
                self.history.end_gesture();
                self.state.drag = None;
            }
            Command::CancelGesture => {
                self.history.cancel_gesture();
                self.state.drag = None;
                self.refresh();
            }
            Command::Hover(step) => self.next_hover = Some(step),
            Command::Select(step) => self.state.selected = Some(step),
            Command::SelectOperator(index) => {
                self.state.operator = Some(index);
                if let Some(step) = self.derived.step_of(index) {
                    self.state.selected = Some(step);
                }
            }
            Command::ToggleSeverity(severity) => {
                let hidden = &mut self.state.hidden;
                match hidden.iter().position(|s| *s == severity) {
                    Some(at) => drop(hidden.remove(at)),
                    None => hidden.push(severity),
                }
            }
            Command::SaveTo(path) => self.save_to(path),
            Command::Answer(answer) => self.answer(ctx, answer),
            Command::DismissNotice => self.state.notice = None,
            Command::SetQuantise(form) => self.state.quantise = Some(*form),
            Command::SetImages(folder) => self.set_images(folder),
            Command::BackToFloat => self.back_to_float(),
            Command::ExportTo(path) => self.export_to(path),
        }
    }

    pub(super) fn close_model(&mut self) {
        self.state.forget_model();
        self.project = None;
        self.history.restart(Document {
            target: self.history.current().target.clone(),
            ..Document::default()
        });
        self.saved = self.history.current().clone();
        self.refresh();
    }

    fn run_action(&mut self, ctx: &egui::Context, action: Action) {
        match action {
            Action::Open => self.jobs.pick_file(),
            Action::Save => self.save(),
            Action::SaveAs => self.save_as(),
            Action::Quantise => self.quantise(),
            Action::ChooseImages => self.jobs.pick_images(),
            Action::ExportModel => self.export_model(),
            Action::ShowDiagnostics => self.show_pane(layout::Pane::Diagnostics),
            // What could not be opened goes away first; the model behind it is still there.
            Action::CloseModel if self.state.problems.is_some() => self.state.problems = None,
            Action::CloseModel => self.ask_or(ctx, Pending::Close),
            Action::Undo => {
                self.history.undo();
                self.refresh();
            }
            Action::Redo => {
                self.history.redo();
                self.refresh();
            }
            Action::Palette => {
                self.state.palette_open = !self.state.palette_open;
                self.state.chips_open = false;
                self.state.boards_open = false;
            }
            Action::ChooseChip => {
                self.state.chips_open = !self.state.chips_open;
                self.state.palette_open = false;
                self.state.boards_open = false;
            }
            Action::ChooseBoard => {
                self.state.boards_open = !self.state.boards_open;
                self.state.palette_open = false;
                self.state.chips_open = false;
                if self.state.boards_open {
                    self.jobs.look_for_boards();
                }
            }
            Action::Measure => {
                if let Some(plan) = &self.derived.plan {
                    let board = self.state.board().to_owned();
                    self.log
                        .push(format!("measuring on {board}, {}", plan.target.chip));
                    self.jobs.measure(Arc::clone(plan), board);
                    self.show_pane(layout::Pane::Measure);
                }
            }
            Action::Cancel => self.jobs.cancel(),
            Action::Pin => self.state.pin.clone_from(&self.derived.plan),
            Action::LayerByLayer => self.set_schedule(Schedule::Layer),
            Action::PatchStage => {
                if let Some(&split) = self.derived.splits.first() {
                    self.set_schedule(Schedule::Patch {
                        split,
                        grid: FIRST_GRID,
                    });
                }
            }
            Action::Fit => self.search(Objective::LeastMacs {
                arena_bytes: self.history.current().target.arena_budget_bytes(),
            }),
            Action::Smallest => self.search(Objective::LeastMemory {
                max_mac_factor: None,
            }),
            Action::EdgeLater | Action::EdgeEarlier => self.nudge_edge(action == Action::EdgeLater),
            Action::GridFiner | Action::GridCoarser => self.nudge_grid(action == Action::GridFiner),
            Action::ToggleInPlace => self.edit(|d| d.choices.in_place = !d.choices.in_place),
            Action::ToggleFastKernels => {
                self.edit(|d| d.choices.fast_kernels = !d.choices.fast_kernels);
            }
            Action::ExportC => self.jobs.pick_folder(),
            Action::NextStep => self.select_by(1),
            Action::PreviousStep => self.select_by(-1),
            Action::ResetLayout => self.panes = layout::initial(),
            Action::ThemeSystem | Action::ThemeDark | Action::ThemeLight => {
                if let Some(theme) = action.theme() {
                    self.state.theme = theme;
                    ctx.set_theme(theme);
                }
            }
        }
    }

    fn search(&mut self, objective: Objective) {
        if let Some(prepared) = self.derived.prepared() {
            let document = self.history.current();
            self.jobs.search(
                prepared.clone(),
                document.target.clone(),
                document.choices.clone(),
                objective,
            );
        }
    }

    pub(super) fn edit(&mut self, change: impl FnOnce(&mut Document)) {
        if self.history.edit(change) {
            self.refresh();
        }
    }

    /// Bring what follows from the document up to date.
    pub(super) fn refresh(&mut self) {
        self.derived.refresh(self.history.current());
        self.offer_quantising();
        self.state.chip = Some(self.history.current().target.chip.clone());
        // A failure belongs to the plan that failed.
        self.failure = None;
        let steps = self.derived.plan.as_ref().map_or(0, |p| p.steps.len());
        self.state.selected = self
            .state
            .selected
            .filter(|id| (id.0 as usize) < steps)
            .or_else(|| {
                let plan = self.derived.plan.as_ref()?;
                Some(StepId(plan.totals.peak_step as u32))
            });
        if self.state.pin.is_none() {
            self.state.pin.clone_from(&self.derived.plan);
        }
    }

    pub(super) fn set_schedule(&mut self, schedule: Schedule) {
        let schedule = match schedule {
            Schedule::Layer | Schedule::Stages(_) => schedule,
            Schedule::Patch { split, grid } => {
                let split = self.derived.nearest_split(split);
                with_split(split, self.derived.legal_grid(split, grid))
            }
        };
        self.edit(|d| d.choices.schedule = schedule);
    }

    fn nudge_edge(&mut self, later: bool) {
        let schedule = &self.history.current().choices.schedule;
        let (split, grid) = schedule.first_patches().unwrap_or((0, FIRST_GRID));
        let split = if later {
            self.derived.next_split(split).unwrap_or(split)
        } else {
            self.derived.previous_split(split)
        };
        self.set_schedule(with_split(split, grid));
    }

    fn nudge_grid(&mut self, finer: bool) {
        if let Some((split, grid)) = self.history.current().choices.schedule.first_patches() {
            let grid = grid.map(|n| {
                if finer {
                    (n + 1).min(MAX_GRID.max(n))
                } else {
                    (n - 1).max(1)
                }
            });
            self.set_schedule(Schedule::Patch { split, grid });
        }
    }

    fn select_by(&mut self, by: i64) {
        let Some(plan) = &self.derived.plan else {
            return;
        };
        let last = plan.steps.len() as i64 - 1;
        let now = self.state.selected.map_or(0, |id| i64::from(id.0));
        self.state.selected = Some(StepId((now + by).clamp(0, last.max(0)) as u32));
    }

    fn set_chip(&mut self, name: &str) {
        match crate::engine::target(name) {
            Ok(target) => {
                self.edit(|d| d.target = target);
            }
            Err(error) => self.log.push(error.to_string()),
        }
    }
}

/// A schedule with its stage ending at `split`; without a stage it is layer by layer.
pub fn with_split(split: usize, grid: [usize; 2]) -> Schedule {
    if split == 0 {
        Schedule::Layer
    } else {
        Schedule::Patch { split, grid }
    }
}

/// Whether an action can do anything now.
pub fn enabled(view: &View<'_>, action: Action) -> bool {
    let plan = view.derived.plan.is_some();
    let schedule = &view.document.choices.schedule;
    let split = schedule.first_patches().map_or(0, |(split, _)| split);
    match action {
        Action::Open
        | Action::Palette
        | Action::ChooseChip
        | Action::ChooseBoard
        | Action::ResetLayout
        | Action::ThemeSystem
        | Action::ThemeDark
        | Action::ThemeLight => true,
        Action::CloseModel => view.document.model.is_some() || view.state.problems.is_some(),
        Action::Save | Action::SaveAs => view.document.model.is_some() && !view.jobs.saving,
        Action::ShowDiagnostics => view.derived.stage != Stage::Empty,
        Action::Undo => view.history.can_undo(),
        Action::Redo => view.history.can_redo(),
        Action::Measure => plan && view.jobs.measuring.is_none(),
        Action::Cancel => view.jobs.measuring.is_some() || view.jobs.quantising.is_some(),
        Action::ChooseImages => view.state.quantise.is_some() && view.jobs.quantising.is_none(),
        Action::Quantise => {
            let form = view.state.quantise.as_ref();
            view.jobs.quantising.is_none() && form.is_some_and(QuantiseForm::is_ready)
        }
        Action::ExportModel => {
            let model = view.document.model.as_ref();
            model.is_some_and(|m| m.graph.is_some())
        }
        Action::Fit | Action::Smallest => plan && !view.jobs.searching,
        Action::LayerByLayer | Action::EdgeEarlier => plan && split > 0,
        Action::PatchStage => plan && split == 0 && !view.derived.splits.is_empty(),
        Action::EdgeLater => plan && view.derived.next_split(split).is_some(),
        Action::GridFiner => {
            matches!(schedule, Schedule::Patch { grid, .. } if grid[0].max(grid[1]) < MAX_GRID)
        }
        Action::GridCoarser => {
            matches!(schedule, Schedule::Patch { grid, .. } if grid[0].min(grid[1]) > 1)
        }
        Action::ToggleInPlace
        | Action::ToggleFastKernels
        | Action::Pin
        | Action::ExportC
        | Action::NextStep
        | Action::PreviousStep => plan,
    }
}
