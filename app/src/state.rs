//! The state of the window itself: kept between runs where it is worth it, never undone.

use crate::document::ModelSource;
use crate::measuring;
use crate::quantise::Settings;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tinyscope_core::plan::{Plan, StepId};
use tinyscope_core::{Diagnostic, Graph, Severity};

/// What the engine calls the virtual board.
pub const VIRTUAL: &str = "virtual";

/// Files that the first screen remembers.
const RECENT: usize = 6;

/// What the window remembers of itself.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct UiState {
    /// Files that were opened, newest first.
    pub recent: Vec<PathBuf>,
    /// Dark, light, or as the desktop has it.
    pub theme: egui::ThemePreference,
    /// Chip of the last session.
    pub chip: Option<String>,
    /// The board to measure on, as the engine names it; `None` is the virtual one.
    pub board: Option<String>,
    /// How measurements are made.
    pub measuring: measuring::Settings,
    /// The step under the pointer, in whatever view.
    #[serde(skip)]
    pub hovered: Option<StepId>,
    /// The step that the inspector shows.
    #[serde(skip)]
    pub selected: Option<StepId>,
    /// Whether the command palette is open.
    #[serde(skip)]
    pub palette_open: bool,
    /// Whether the list of chips is open.
    #[serde(skip)]
    pub chips_open: bool,
    /// Whether the list of boards is open.
    #[serde(skip)]
    pub boards_open: bool,
    /// Records that are marked, two at most.
    #[serde(skip)]
    pub marked: Vec<String>,
    /// The plan that changes are shown against.
    #[serde(skip)]
    pub pin: Option<Arc<Plan>>,
    /// A drag in the landscape.
    #[serde(skip)]
    pub drag: Option<Drag>,
    /// Problems that kept a model from opening.
    #[serde(skip)]
    pub problems: Option<Problems>,
    /// The operator of the file that was chosen last, by its index.
    #[serde(skip)]
    pub operator: Option<u32>,
    /// Severities that the list of findings leaves out.
    #[serde(skip)]
    pub hidden: Vec<Severity>,
    /// What is chosen for quantising the float model that is open.
    #[serde(skip)]
    pub quantise: Option<QuantiseForm>,
    /// What waits for an answer about unsaved changes.
    #[serde(skip)]
    pub pending: Option<Pending>,
    /// What happened to a file, in one line.
    #[serde(skip)]
    pub notice: Option<Notice>,
}

/// What is chosen for quantising.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantiseForm {
    /// Options, folder and preprocessing.
    pub settings: Settings,
    /// Whether random input was agreed to.
    pub random: bool,
    /// Where the preprocessing comes from.
    pub why: String,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

impl QuantiseForm {
    /// Whether it is settled where samples come from.
    pub fn is_ready(&self) -> bool {
        self.random || self.settings.images.is_some()
    }

    /// Usual choices for a network; where samples come from is still open.
    pub fn for_graph(graph: &Graph) -> Self {
        Self {
            settings: Settings::for_graph(graph),
            random: false,
            why: crate::images::guess(graph).1,
            error: None,
        }
    }
}

/// What would lose unsaved changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pending {
    /// Opening another model or project.
    Open(ModelSource),
    /// Closing the model.
    Close,
    /// Closing the window.
    Quit,
}

/// What to do about unsaved changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Save, then go on.
    Save,
    /// Go on without saving.
    Discard,
    /// Stay.
    Stay,
}

/// One line about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Whether it went wrong.
    pub failed: bool,
    /// The line.
    pub text: String,
}

/// What a drag in the landscape holds still.
#[derive(Clone, Debug)]
pub struct Drag {
    /// What is dragged.
    pub handle: crate::command::Handle,
    /// The plan when it began.
    pub start: Arc<Plan>,
    /// Top of the y-axis in bytes.
    pub y_max_bytes: usize,
}

/// A model that could not be opened, and all that is wrong with it.
#[derive(Clone, Debug)]
pub struct Problems {
    /// Name of the file.
    pub name: String,
    /// All findings.
    pub diagnostics: Vec<Diagnostic>,
}

impl UiState {
    /// The board to measure on, as the engine names it.
    pub fn board(&self) -> &str {
        self.board.as_deref().unwrap_or(VIRTUAL)
    }

    /// Put a file at the head of the recent ones.
    pub fn remember(&mut self, path: &Path) {
        self.recent.retain(|p| p != path);
        self.recent.insert(0, path.to_owned());
        self.recent.truncate(RECENT);
    }

    /// Forget what was said and chosen about the model that was open.
    pub fn forget_model(&mut self) {
        *self = Self {
            recent: std::mem::take(&mut self.recent),
            theme: self.theme,
            chip: self.chip.take(),
            board: self.board.take(),
            hidden: std::mem::take(&mut self.hidden),
            // Inputs are inputs of a model.
            measuring: measuring::Settings {
                inputs: None,
                ..std::mem::take(&mut self.measuring)
            },
            ..Self::default()
        };
    }

    /// The step that views light up: the one under the pointer, else the selected one.
    pub fn lit(&self) -> Option<StepId> {
        self.hovered.or(self.selected)
    }
}
