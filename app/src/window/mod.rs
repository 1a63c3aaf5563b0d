//! The window: owns document, state and jobs, lays out the panels, and turns commands into changes.

mod apply;
mod boards;
mod events;
mod files;
mod icon;
mod layout;
mod quantise;
mod records;
mod save;
mod schedule;
mod shortcuts;

use crate::command::Command;
use crate::derived::{Derived, Stage};
use crate::document::{Document, History, ModelSource};
use crate::keeping::Folders;
use crate::state::UiState;
use crate::theme;
use crate::views::{self, View};
use crate::worker::Jobs;
pub(crate) use apply::enabled;
use egui::{CentralPanel, Frame, Margin, Panel, Stroke};
use layout::Behaviour;
pub use layout::Pane;
pub use records::{Compared, Records};
pub(crate) use schedule::{FIRST_GRID, MAX_GRID, with_split};
use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;
use tinyscope_board::{BoardInfo, ChipInfo, Measurement, ToolReport};
use tinyscope_core::plan::Plan;

/// The latest measurement and the plan it was made of.
#[derive(Clone, Debug)]
pub struct Measured {
    /// What ran.
    pub plan: Arc<Plan>,
    /// What came of it.
    pub result: Measurement,
}

/// What the machine around the window offers; filled in the background.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Chips of the registry.
    pub chips: Vec<ChipInfo>,
    /// Compilers and tools; `None` until looked for.
    pub tools: Option<Vec<ToolReport>>,
    /// The virtual board and the probes that were connected when last looked; empty until then.
    pub boards: Vec<BoardInfo>,
}

/// Why a measurement gave no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What, where, what to do.
    pub text: String,
    /// What the window can do about it.
    pub kind: FailureKind,
}

impl Failure {
    /// What happened, in a few words.
    pub fn title(&self) -> Cow<'static, str> {
        match &self.kind {
            FailureKind::Stopped => "Stopped".into(),
            FailureKind::OtherChip(_) => "This board carries another chip".into(),
            FailureKind::NotSimulated(_) => "The virtual board cannot be this chip".into(),
            FailureKind::NoCompiler(core) => format!("No compiler for {core}").into(),
            FailureKind::TooSmall => "The program does not fit".into(),
            FailureKind::Board | FailureKind::Other => "The measurement failed".into(),
        }
    }
}

/// Kinds of [`Failure`] by what can be done about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The user stopped it: nothing is wrong.
    Stopped,
    /// The board carries this other chip.
    OtherChip(String),
    /// The virtual board cannot be the chip; this is the nearest that it can be.
    NotSimulated(String),
    /// Nothing compiles for this processor.
    NoCompiler(String),
    /// The board does not answer.
    Board,
    /// The program does not fit the chip.
    TooSmall,
    /// Anything else.
    Other,
}

/// The program's window.
pub struct App {
    /// The document and its history.
    pub history: History,
    /// The window's own state.
    pub state: UiState,
    /// What follows from the document.
    pub derived: Derived,
    /// The latest measurement.
    pub measured: Option<Measured>,
    /// Measurements of the open model that were kept.
    pub records: Records,
    /// Lines of the log pane, oldest first.
    pub log: Vec<String>,
    /// Why the latest measurement failed.
    pub failure: Option<Failure>,
    /// The project file, if the document has one.
    pub project: Option<PathBuf>,
    /// The document as it is in its file; without a project, as it was opened.
    saved: Document,
    /// Whether the window closes, whatever is unsaved.
    leaving: bool,
    jobs: Jobs,
    surroundings: Surroundings,
    panes: egui_tiles::Tree<Pane>,
    next_hover: Option<tinyscope_core::plan::StepId>,
}

impl App {
    /// A window that opens `model`, if there is one.
    pub fn new(cc: &eframe::CreationContext<'_>, model: Option<ModelSource>) -> Self {
        let mut app = Self::bare(&cc.egui_ctx, cc.storage);
        app.jobs.folders = Folders::of_user();
        cc.egui_ctx.set_theme(app.state.theme);
        app.survey();
        app.jobs.watch_boards();
        app.opened(model)
    }

    /// A window without persistence and background look-ups, for tests and pictures.
    pub fn for_tests(cc: &eframe::CreationContext<'_>, model: Option<ModelSource>) -> Self {
        Self::bare(&cc.egui_ctx, None).opened(model)
    }

    fn bare(ctx: &egui::Context, storage: Option<&dyn eframe::Storage>) -> Self {
        theme::install(ctx);
        let (state, panes) = save::load(storage);
        Self {
            history: History::default(),
            state,
            derived: Derived::default(),
            measured: None,
            records: Records::default(),
            log: Vec::new(),
            failure: None,
            project: None,
            saved: Document::default(),
            leaving: false,
            jobs: Jobs::new(ctx.clone()),
            surroundings: Surroundings::default(),
            panes: panes.unwrap_or_else(layout::initial),
            next_hover: None,
        }
    }

    fn opened(mut self, model: Option<ModelSource>) -> Self {
        if let Some(source) = model {
            self.jobs.open(source);
        }
        self
    }

    /// Look for chips and tools in the background; the last session's chip comes first.
    pub fn survey(&mut self) {
        self.jobs.survey(self.state.chip.clone());
    }

    /// Keep records and builds there from now on.
    pub fn keep_in(&mut self, folders: Folders) {
        self.jobs.folders = folders;
    }

    /// For tests: the next job in the background panics.
    pub fn break_next_job(&mut self) {
        self.jobs.break_next.set(true);
    }

    /// Whether chips and tools are known.
    pub fn has_surveyed(&self) -> bool {
        self.surroundings.tools.is_some() && !self.surroundings.chips.is_empty()
    }

    /// Whether an import or a measurement is under way.
    pub fn is_busy(&self) -> bool {
        self.jobs.is_busy()
    }

    /// Bring an open pane to the front.
    pub fn show_pane(&mut self, pane: Pane) {
        self.panes
            .make_active(|_, tile| matches!(tile, egui_tiles::Tile::Pane(p) if *p == pane));
    }

    fn panels(&mut self, ui: &mut egui::Ui, commands: &mut Vec<Command>) {
        let t = theme::tokens(ui);
        let mut view = View {
            document: self.history.current(),
            history: &self.history,
            state: &self.state,
            derived: &self.derived,
            measured: self.measured.as_ref(),
            jobs: &self.jobs,
            surroundings: &self.surroundings,
            log: &self.log,
            failure: self.failure.as_ref(),
            records: &self.records,
            project: self.project.as_deref(),
            dirty: self.is_dirty(),
            commands,
        };
        let bar = |margin: f32| {
            Frame::new()
                .fill(t.panel)
                .inner_margin(Margin::symmetric(margin as i8, 0))
        };
        Panel::top("top bar")
            .exact_size(theme::size::TOP_BAR)
            .resizable(false)
            .frame(bar(theme::size::MARGIN))
            .show(ui, |ui| views::topbar::show(ui, &mut view));
        views::ask::show(ui, &mut view);
        Panel::bottom("status bar")
            .exact_size(theme::size::STATUS_BAR)
            .resizable(false)
            .frame(bar(theme::size::MARGIN))
            .show(ui, |ui| views::status::show(ui, &mut view));
        CentralPanel::default()
            .frame(Frame::new().fill(t.ground).stroke(Stroke::NONE))
            .show(ui, |ui| {
                if let Some(problems) = &self.state.problems {
                    views::problems::show(ui, &mut view, problems);
                    return;
                }
                match view.derived.stage {
                    Stage::Empty => views::start::show(ui, &mut view),
                    Stage::Planned => self.panes.ui(&mut Behaviour::new(&mut view), ui),
                    _ => views::viewer::show(ui, &mut view),
                }
            });
        views::palette::show(ui, &mut view);
        views::drop::overlay(ui, &view);
    }
}

impl eframe::App for App {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.take_events(ui.ctx());
        self.guard_close(ui.ctx());
        let mut commands = Vec::new();
        shortcuts::collect(ui, &mut commands);
        views::drop::collect(ui.ctx(), &mut commands);
        self.panels(ui, &mut commands);
        self.next_hover = None;
        // A pointer at rest emits its hover in every frame; only what changes something asks for another one.
        let mut changed = false;
        for command in commands {
            changed |= !matches!(command, Command::Hover(_));
            self.apply(ui.ctx(), command);
        }
        changed |= self.state.hovered != self.next_hover;
        self.state.hovered = self.next_hover;
        if changed {
            ui.ctx().request_repaint();
        }
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        save::store(storage, &self.state, &self.panes);
    }

    fn persist_egui_memory(&self) -> bool {
        false
    }
}

/// Open the window and stay until it is closed.
pub fn run(model: Option<ModelSource>) -> anyhow::Result<()> {
    let options = eframe::NativeOptions {
        renderer: eframe::Renderer::Glow,
        viewport: egui::ViewportBuilder::default()
            .with_title("Tinyscope")
            .with_app_id("tinyscope")
            .with_inner_size([1600.0, 1000.0])
            .with_min_inner_size([960.0, 600.0])
            .with_icon(icon::mark())
            .with_drag_and_drop(true),
        ..Default::default()
    };
    eframe::run_native(
        "tinyscope",
        options,
        Box::new(move |cc| Ok(Box::new(App::new(cc, model)))),
    )
    .map_err(|error| {
        anyhow::anyhow!(
            "the window could not be opened: {error}; without a display use a subcommand, see `tinyscope --help`"
        )
    })
}
