//! What the window shows. A view reads a [`View`] and emits commands; it changes nothing itself.

mod arena;
pub mod ask;
mod boards;
mod chips;
mod code;
mod diagnostics;
pub mod drop;
mod field;
mod form;
mod gauge;
mod inspector;
pub mod landscape;
mod logbook;
mod measure;
mod numeric;
pub mod palette;
mod parts;
pub mod problems;
mod quantise;
mod records;
pub mod start;
pub mod status;
mod steps;
pub mod topbar;
pub mod viewer;

use crate::command::{Action, Command};
use crate::derived::Derived;
use crate::document::{Document, History};
use crate::state::UiState;
use crate::theme::size;
use crate::window::{Failure, Measured, Pane, Records, Surroundings};
use crate::worker::Jobs;
use egui::Ui;
use std::path::Path;
use tinyscope_board::record::{Correction, Entry};
use tinyscope_core::plan::StepId;

/// Everything that views may read, and where their commands go.
pub struct View<'a> {
    /// The document.
    pub document: &'a Document,
    /// Its history, for undo and redo buttons.
    pub history: &'a History,
    /// The window's own state.
    pub state: &'a UiState,
    /// Plans and what else follows from the document.
    pub derived: &'a Derived,
    /// The latest measurement.
    pub measured: Option<&'a Measured>,
    /// Why the latest measurement failed.
    pub failure: Option<&'a Failure>,
    /// What is under way.
    pub jobs: &'a Jobs,
    /// Chips and tools.
    pub surroundings: &'a Surroundings,
    /// Measurements that were kept.
    pub records: &'a Records,
    /// Log lines.
    pub log: &'a [String],
    /// The project file, if there is one.
    pub project: Option<&'a Path>,
    /// Whether there are unsaved changes.
    pub dirty: bool,
    /// Requests, carried out after the frame.
    pub commands: &'a mut Vec<Command>,
}

impl<'a> View<'a> {
    /// The records of the open model, oldest first.
    pub fn kept(&self) -> &'a [Entry] {
        &self.records.kept.listing.entries
    }

    /// Emit an action of the table.
    pub fn run(&mut self, action: Action) {
        self.commands.push(Command::Run(action));
    }

    /// Emit a command.
    pub fn emit(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// Whether views light this step up.
    pub fn is_lit(&self, step: StepId) -> bool {
        self.state.lit() == Some(step)
    }

    /// What measurements say about the estimates for the document's chip.
    pub fn correction(&self) -> Option<&'a Correction> {
        let chip = &self.document.target.chip;
        (self.records.kept.corrections.iter()).find(|correction| correction.chip == *chip)
    }

    /// The measurement, when it is one of the plan on screen.
    pub fn current_measurement(&self) -> Option<&Measured> {
        let plan = self.derived.plan.as_ref()?;
        self.measured.filter(|m| {
            let same_model = std::sync::Arc::ptr_eq(&m.plan.graph, &plan.graph);
            same_model && m.plan.choices == plan.choices && m.plan.target == plan.target
        })
    }
}

/// The contents of a pane.
pub fn pane(ui: &mut Ui, view: &mut View<'_>, pane: Pane) {
    match pane {
        Pane::Steps => steps::show(ui, view),
        Pane::Landscape => landscape::show(ui, view),
        Pane::Arena => arena::show(ui, view),
        Pane::Code => code::show(ui, view),
        Pane::Diagnostics => diagnostics::pane(ui, view),
        Pane::Log => logbook::show(ui, view),
        Pane::Field => field::show(ui, view),
        Pane::Measure => measure::show(ui, view),
        Pane::Records => records::show(ui, view),
        Pane::Quantise => quantise::pane(ui, view),
        Pane::Inspector => inspector::show(ui, view),
    }
}

/// What a pane shows beside its tabs; laid out from the right.
pub fn pane_header(ui: &mut Ui, view: &mut View<'_>, pane: Pane) {
    match pane {
        Pane::Steps => steps::header(ui, view),
        Pane::Landscape => landscape::header(ui, view.derived.plan.as_deref()),
        Pane::Diagnostics => {
            ui.add_space(size::MARGIN);
            diagnostics::filters(ui, view);
        }
        _ => {}
    }
}
