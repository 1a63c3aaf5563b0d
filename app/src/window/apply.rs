//! The one place that carries commands out.

use super::schedule::{FIRST_GRID, MAX_GRID, first_grid};
use super::{App, layout};
use crate::command::{Action, Command};
use crate::derived;
use crate::document::Document;
use crate::stages;
use crate::state::{Drag, Pending, QuantiseForm, VIRTUAL};
use crate::views::View;
use std::sync::Arc;
use tinyscope_core::plan::{Objective, Query, Schedule, StepId};
use tinyscope_core::schedule::InputMode;

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
            Command::SetMethod { segment, method } => {
                self.change_stages(|flow, stages| stages::switch(flow, stages, segment, method));
            }
            Command::SplitBefore(step) => self.change_stages(|_, all| stages::split(all, step)),
            Command::MergeNext(segment) => self.change_stages(|_, all| stages::merge(all, segment)),
            Command::MoveBoundary { segment, to } => self.move_boundary(segment, to),
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
            Command::DetectChip(board) => self.jobs.detect_chip(board),
            Command::SetMeasuring(settings) => self.state.measuring = *settings,
            Command::SetInputs(folder) => self.state.measuring.inputs = Some(folder),
            Command::Mark(id) => self.mark(id),
            Command::Repeat(id) => self.repeat(&id),
            Command::ExportRecordsTo(path) => self.export_records(&path),
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

    pub(super) fn run_action(&mut self, ctx: &egui::Context, action: Action) {
        match action {
            Action::Open => self.jobs.pick_file(),
            Action::Save => self.save(),
            Action::SaveAs => self.save_as(),
            Action::Quantise => self.quantise(),
            Action::ChooseImages => self.jobs.pick_images(),
            Action::ExportModel => self.export_model(),
            Action::ChooseInputs => self.jobs.pick_inputs(),
            Action::ShowRecords => self.show_pane(layout::Pane::Records),
            Action::ExportRecords => self.jobs.pick_records(),
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
            Action::Measure => self.start_measuring(None),
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
            Action::Segment(way) => {
                if let (Some(segment), Some(&method)) =
                    (self.selected_segment(), stages::WAYS.get(usize::from(way)))
                {
                    self.change_stages(|flow, all| stages::switch(flow, all, segment, method));
                }
            }
            Action::Split => {
                if let Some(step) = self.state.selected {
                    self.change_stages(|_, all| stages::split(all, step.0 as usize));
                }
            }
            Action::Merge => {
                if let Some(segment) = self.selected_segment() {
                    self.change_stages(|_, all| stages::merge(all, segment));
                }
            }
            Action::ToggleInput => self.change_choices(|choices| {
                choices.input = match choices.input {
                    InputMode::Resident => InputMode::Rows,
                    InputMode::Rows => InputMode::Resident,
                };
            }),
            Action::ToggleOverlap => self.edit(|d| d.choices.overlap = !d.choices.overlap),
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
                Query::new(objective),
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

    fn select_by(&mut self, by: i64) {
        let Some(plan) = &self.derived.plan else {
            return;
        };
        let last = plan.steps.len() as i64 - 1;
        let now = self.state.selected.map_or(0, |id| i64::from(id.0));
        self.state.selected = Some(StepId((now + by).clamp(0, last.max(0)) as u32));
    }

    pub(super) fn set_chip(&mut self, name: &str) {
        match crate::engine::target(name) {
            Ok(target) => {
                self.edit(|d| d.target = target);
            }
            Err(error) => self.log.push(error.to_string()),
        }
    }
}

/// Whether an action can do anything now.
pub fn enabled(view: &View<'_>, action: Action) -> bool {
    let plan = view.derived.plan.is_some();
    let schedule = &view.document.choices.schedule;
    let split = schedule.first_patches().map_or(0, |(split, _)| split);
    // One edge only, that of the patch stage; other schedules have boundaries.
    let simple = !matches!(schedule, Schedule::Stages(_));
    let grid = view.derived.plan.as_ref().and_then(|plan| first_grid(plan));
    let segment = (view.derived.plan.as_ref().zip(view.state.selected)).and_then(|(plan, id)| {
        let segment = plan.steps.get(id.0 as usize)?.segment;
        Some((
            segment,
            plan.segments.get(segment)?.steps.start == id.0 as usize,
        ))
    });
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
        Action::ShowDiagnostics => view.derived.stage != derived::Stage::Empty,
        Action::Undo => view.history.can_undo(),
        Action::Redo => view.history.can_redo(),
        Action::Measure => plan && view.jobs.measuring.is_none(),
        Action::Cancel => {
            let jobs = view.jobs;
            jobs.measuring.is_some() || jobs.quantising.is_some() || jobs.searching.is_some()
        }
        Action::ChooseImages => view.state.quantise.is_some() && view.jobs.quantising.is_none(),
        Action::Quantise => {
            let form = view.state.quantise.as_ref();
            view.jobs.quantising.is_none() && form.is_some_and(QuantiseForm::is_ready)
        }
        Action::ExportModel => {
            let model = view.document.model.as_ref();
            model.is_some_and(|m| m.graph.is_some())
        }
        Action::ExportRecords => !view.kept().is_empty(),
        Action::LayerByLayer => plan && *schedule != Schedule::Layer,
        Action::EdgeEarlier => plan && simple && split > 0,
        Action::PatchStage => plan && simple && split == 0 && !view.derived.splits.is_empty(),
        Action::EdgeLater => plan && simple && view.derived.next_split(split).is_some(),
        Action::GridFiner => grid.is_some_and(|(_, grid)| grid[0].max(grid[1]) < MAX_GRID),
        Action::GridCoarser => grid.is_some_and(|(_, grid)| grid[0].min(grid[1]) > 1),
        Action::Split => segment.is_some_and(|(_, starts)| !starts),
        Action::Merge => segment.is_some_and(|(index, _)| {
            let segments = view.derived.plan.as_ref().map_or(0, |p| p.segments.len());
            index + 1 < segments
        }),
        Action::ToggleInPlace
        | Action::ToggleFastKernels
        | Action::ToggleOverlap
        | Action::ToggleInput
        | Action::Segment(_)
        | Action::Fit
        | Action::Smallest
        | Action::Pin
        | Action::ChooseInputs
        | Action::ShowRecords
        | Action::ExportC
        | Action::NextStep
        | Action::PreviousStep => plan,
    }
}
