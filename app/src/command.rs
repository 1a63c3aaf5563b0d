//! What the window can be asked to do. Views emit commands; `window::apply` is the one place that carries them out.
//!
//! [`Action`]s are the commands without an argument: one table names them for buttons, palette and shortcuts alike.

use crate::document::ModelSource;
use crate::measuring;
use crate::state::{Answer, QuantiseForm};
use egui::{Key, KeyboardShortcut, Modifiers, ThemePreference};
use std::path::PathBuf;
use tinyscope_core::Severity;
use tinyscope_core::plan::{Schedule, StepId};
use tinyscope_core::schedule::Method;

/// A request of a view.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// An action of the table.
    Run(Action),
    /// Import a model.
    Open(ModelSource),
    /// Plan for another chip of the registry.
    SetChip(String),
    /// Measure on another board.
    SetBoard(String),
    /// Look for probes again.
    LookForBoards,
    /// Run the network in another way.
    SetSchedule(Schedule),
    /// Run a segment in another way.
    SetMethod {
        /// Index of the segment.
        segment: usize,
        /// The way.
        method: Method,
    },
    /// Make two segments of the one that runs this step: a boundary before it.
    SplitBefore(usize),
    /// Join a segment with the next one.
    MergeNext(usize),
    /// Move the boundary behind a segment to the nearest place that is legal.
    MoveBoundary {
        /// Index of the segment.
        segment: usize,
        /// The step that the boundary is to lie before.
        to: usize,
    },
    /// The following changes are one undo step.
    BeginGesture(Handle),
    /// End of the gesture.
    EndGesture,
    /// Put back what was there when the gesture began.
    CancelGesture,
    /// The pointer rests on a step; lasts for this frame.
    Hover(StepId),
    /// The step that the inspector shows.
    Select(StepId),
    /// Select an operator of the file by its index, and the step that came of it.
    SelectOperator(u32),
    /// Show or hide the findings of a severity.
    ToggleSeverity(Severity),
    /// Save the project in this file from now on.
    SaveTo(PathBuf),
    /// What to do about unsaved changes.
    Answer(Answer),
    /// Take the notice away.
    DismissNotice,
    /// What is chosen for quantising.
    SetQuantise(Box<QuantiseForm>),
    /// Take samples from this folder.
    SetImages(PathBuf),
    /// Go back to the float model, to quantise it in another way.
    BackToFloat,
    /// Write the model as it stands; the ending says in which format.
    ExportTo(PathBuf),
    /// Find out which chip a probe is wired to.
    DetectChip(String),
    /// How measurements are made.
    SetMeasuring(Box<measuring::Settings>),
    /// Measure with inputs from this folder.
    SetInputs(PathBuf),
    /// Mark a record or take its mark away; all marks without one.
    Mark(Option<String>),
    /// Measure again what a record is of.
    Repeat(String),
    /// Write this model's records; the ending says in which format.
    ExportRecordsTo(PathBuf),
}

/// A handle of the landscape that can be dragged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handle {
    /// The end of the patch stage.
    Edge,
    /// The boundary behind the segment of this index.
    Boundary(usize),
    /// The number of patches of the segment of this index.
    Grid(usize),
}

/// A command without an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Choose a file.
    Open,
    /// Save the project.
    Save,
    /// Save the project in another file.
    SaveAs,
    /// Back to the first screen.
    CloseModel,
    /// One step back.
    Undo,
    /// One step forward.
    Redo,
    /// Show or hide the command palette.
    Palette,
    /// Show or hide the list of chips.
    ChooseChip,
    /// Show or hide the list of boards.
    ChooseBoard,
    /// Build, flash, run, compare.
    Measure,
    /// Stop what is running.
    Cancel,
    /// Choose the folder of inputs to measure with.
    ChooseInputs,
    /// Bring the records of this model to the front.
    ShowRecords,
    /// Write the records of this model to a file.
    ExportRecords,
    /// Compare with the plan as it is now.
    Pin,
    /// Whole maps, one step after the other.
    LayerByLayer,
    /// Begin a patch stage.
    PatchStage,
    /// The schedule with the least work that fits the chip.
    Fit,
    /// The schedule with the least memory.
    Smallest,
    /// One more step in the patch stage.
    EdgeLater,
    /// One step fewer in the patch stage.
    EdgeEarlier,
    /// More patches.
    GridFiner,
    /// Fewer patches.
    GridCoarser,
    /// The selected segment in another way, by its place in [`crate::stages::WAYS`].
    Segment(u8),
    /// A boundary before the selected step.
    Split,
    /// The selected segment and the next as one.
    Merge,
    /// How the network's input comes.
    ToggleInput,
    /// Let the output of line buffers lie over an input that they use up.
    ToggleOverlap,
    /// Let steps overwrite their input.
    ToggleInPlace,
    /// Let kernels use scratch memory.
    ToggleFastKernels,
    /// Write the C project to a folder.
    ExportC,
    /// Write the model as it stands to a file.
    ExportModel,
    /// Make an int8 model of a float one.
    Quantise,
    /// Choose the folder of samples.
    ChooseImages,
    /// Bring the list of findings to the front.
    ShowDiagnostics,
    /// Select the next step.
    NextStep,
    /// Select the step before.
    PreviousStep,
    /// Panes as they were at first.
    ResetLayout,
    /// Follow the desktop's theme.
    ThemeSystem,
    /// Dark.
    ThemeDark,
    /// Light.
    ThemeLight,
}

/// How an [`Action`] presents itself.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// Name on buttons and in the palette.
    pub name: &'static str,
    /// One sentence for tooltips.
    pub tooltip: &'static str,
    /// Keys, if any.
    pub shortcut: Option<KeyboardShortcut>,
}

#[allow(clippy::unnecessary_wraps)] // The table's other entries have no keys.
const fn keys(modifiers: Modifiers, key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(modifiers, key))
}

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);
const ALT: Modifiers = Modifiers::ALT;

impl Action {
    /// All of them, in the order that the palette lists them. Longer key combinations of the same key come first,
    /// so that Ctrl+Shift+Z is not taken for Ctrl+Z.
    pub const ALL: [Self; 46] = [
        Self::Open,
        Self::SaveAs,
        Self::Save,
        Self::Measure,
        Self::Cancel,
        Self::ChooseInputs,
        Self::ShowRecords,
        Self::ExportRecords,
        Self::Redo,
        Self::Undo,
        Self::ChooseChip,
        Self::ChooseBoard,
        Self::LayerByLayer,
        Self::PatchStage,
        Self::Fit,
        Self::Smallest,
        Self::EdgeLater,
        Self::EdgeEarlier,
        Self::GridFiner,
        Self::GridCoarser,
        Self::Segment(0),
        Self::Segment(1),
        Self::Segment(2),
        Self::Segment(3),
        Self::Segment(4),
        Self::Segment(5),
        Self::Split,
        Self::Merge,
        Self::ToggleInput,
        Self::ToggleOverlap,
        Self::ToggleInPlace,
        Self::ToggleFastKernels,
        Self::Pin,
        Self::NextStep,
        Self::PreviousStep,
        Self::Quantise,
        Self::ChooseImages,
        Self::ShowDiagnostics,
        Self::ExportModel,
        Self::ExportC,
        Self::CloseModel,
        Self::ResetLayout,
        Self::ThemeSystem,
        Self::ThemeDark,
        Self::ThemeLight,
        Self::Palette,
    ];

    /// Name, tooltip and keys.
    pub const fn info(self) -> Info {
        let (name, tooltip, shortcut) = match self {
            Self::Open => (
                "Open model or project…",
                "Open a model or a saved project from a file",
                keys(CTRL, Key::O),
            ),
            Self::Save => (
                "Save project",
                "Save model, chip and schedule as a project",
                keys(CTRL, Key::S),
            ),
            Self::SaveAs => (
                "Save project as…",
                "Save the project in another file",
                keys(CTRL_SHIFT, Key::S),
            ),
            Self::ExportModel => (
                "Export model…",
                "Write the model as it stands as .tflite or .onnx",
                keys(CTRL_SHIFT, Key::E),
            ),
            Self::Quantise => (
                "Quantise to int8",
                "Find ranges over the samples and make an int8 model that can be planned",
                keys(CTRL, Key::I),
            ),
            Self::ChooseImages => (
                "Choose samples…",
                "Choose the folder of pictures or arrays that ranges are taken from",
                None,
            ),
            Self::ShowDiagnostics => (
                "Show diagnostics",
                "All errors, warnings and notes about the model and its plan",
                keys(ALT, Key::D),
            ),
            Self::CloseModel => (
                "Close model",
                "Go back to the first screen",
                keys(CTRL, Key::W),
            ),
            Self::Undo => ("Undo", "Take back the last change", keys(CTRL, Key::Z)),
            Self::Redo => ("Redo", "Make the change again", keys(CTRL_SHIFT, Key::Z)),
            Self::Palette => (
                "Command palette",
                "Find and run any command",
                keys(CTRL, Key::P),
            ),
            Self::ChooseChip => (
                "Choose chip…",
                "Plan for another microcontroller",
                keys(CTRL, Key::K),
            ),
            Self::ChooseBoard => (
                "Choose board…",
                "Measure on the virtual board or on one behind a debug probe",
                keys(CTRL, Key::B),
            ),
            Self::Measure => (
                "Flash & measure",
                "Build the program, flash it to the board, run it and compare every step with the host",
                keys(CTRL, Key::Enter),
            ),
            Self::Cancel => (
                "Stop",
                "Stop the measurement, quantisation or search that is running; a search keeps its best so far",
                keys(CTRL, Key::Period),
            ),
            Self::ChooseInputs => (
                "Choose inputs to measure with…",
                "Run every picture or array of a folder on the board; sub-folders are classes",
                None,
            ),
            Self::ShowRecords => (
                "Show records",
                "The measurements of this model that were kept, any two side by side",
                keys(ALT, Key::R),
            ),
            Self::ExportRecords => (
                "Export records…",
                "Write the records of this model as .csv or .json",
                None,
            ),
            Self::Pin => (
                "Pin this plan",
                "Show later changes relative to the plan as it is now",
                keys(CTRL, Key::D),
            ),
            Self::LayerByLayer => (
                "Run layer by layer",
                "Compute every map whole: no recomputation, most memory",
                keys(ALT, Key::L),
            ),
            Self::PatchStage => (
                "Begin a patch stage",
                "Compute the first steps patch by patch",
                keys(ALT, Key::P),
            ),
            Self::Fit => (
                "Fit the chip",
                "Find the schedule with the least work whose arena fits the budget, of all ways to run the segments",
                keys(ALT, Key::F),
            ),
            Self::Smallest => (
                "Smallest memory",
                "Find the schedule with the lowest arena, of all ways to run the segments",
                keys(ALT, Key::S),
            ),
            Self::EdgeLater => (
                "Patch stage: one step more",
                "Move the end of the patch stage to the next boundary",
                keys(ALT, Key::ArrowRight),
            ),
            Self::EdgeEarlier => (
                "Patch stage: one step less",
                "Move the end of the patch stage to the boundary before",
                keys(ALT, Key::ArrowLeft),
            ),
            Self::GridFiner => (
                "Patch grid: finer",
                "More, smaller patches: less memory, more recomputation",
                keys(ALT, Key::ArrowUp),
            ),
            Self::GridCoarser => (
                "Patch grid: coarser",
                "Fewer, larger patches: less recomputation, more memory",
                keys(ALT, Key::ArrowDown),
            ),
            Self::Segment(0) => (
                "Segment: layer by layer",
                "Run the selected step's segment over whole maps",
                keys(ALT, Key::Num1),
            ),
            Self::Segment(1) => (
                "Segment: patches",
                "Run the selected step's segment patch by patch; halos are recomputed",
                keys(ALT, Key::Num2),
            ),
            Self::Segment(2) => (
                "Segment: line buffers, rows",
                "Stream the selected step's segment, whole rows handed on; nothing is recomputed",
                keys(ALT, Key::Num3),
            ),
            Self::Segment(3) => (
                "Segment: line buffers, pixels",
                "Stream the selected step's segment, pixels handed on; nothing is recomputed",
                keys(ALT, Key::Num4),
            ),
            Self::Segment(4) => (
                "Segment: strips",
                "Run the selected step's segment in strips; columns are kept, rows recomputed",
                keys(ALT, Key::Num5),
            ),
            Self::Segment(_) => (
                "Segment: tiles",
                "Run the selected step's segment in tiles; rows and columns are kept",
                keys(ALT, Key::Num6),
            ),
            Self::Split => (
                "Segment: split before the step",
                "Begin a segment of its own with the selected step",
                keys(ALT, Key::X),
            ),
            Self::Merge => (
                "Segment: merge with the next",
                "Run the segment behind the selected step's one in the same way, as one",
                keys(ALT, Key::M),
            ),
            Self::ToggleInput => (
                "Input by rows",
                "The input arrives row by row from a callback, a camera for example, instead of lying in the arena",
                keys(ALT, Key::I),
            ),
            Self::ToggleOverlap => (
                "Overlap input and output",
                "Let the output of line buffers lie over an input that they use up",
                None,
            ),
            Self::ToggleInPlace => (
                "Work in place",
                "Let depthwise convolutions and additions overwrite an input that nobody needs afterwards",
                None,
            ),
            Self::ToggleFastKernels => (
                "Fast kernels",
                "Use kernels that need scratch memory for speed",
                None,
            ),
            Self::ExportC => (
                "Export C project…",
                "Write the generated program to a folder",
                keys(CTRL, Key::E),
            ),
            Self::NextStep => (
                "Next step",
                "Select the step after this one",
                keys(ALT, Key::N),
            ),
            Self::PreviousStep => (
                "Previous step",
                "Select the step before this one",
                keys(ALT, Key::B),
            ),
            Self::ResetLayout => ("Reset panes", "Put all panes back in their place", None),
            Self::ThemeSystem => ("Theme: as the system", "Follow the desktop's theme", None),
            Self::ThemeDark => ("Theme: dark", "Dark colours", None),
            Self::ThemeLight => ("Theme: light", "Light colours", None),
        };
        Info {
            name,
            tooltip,
            shortcut,
        }
    }

    /// The theme that an action asks for.
    pub const fn theme(self) -> Option<ThemePreference> {
        match self {
            Self::ThemeSystem => Some(ThemePreference::System),
            Self::ThemeDark => Some(ThemePreference::Dark),
            Self::ThemeLight => Some(ThemePreference::Light),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_is_complete_and_unambiguous() {
        let actions: BTreeSet<_> = Action::ALL.into_iter().collect();
        assert_eq!(actions.len(), Action::ALL.len());
        let names: BTreeSet<_> = Action::ALL.iter().map(|a| a.info().name).collect();
        assert_eq!(names.len(), Action::ALL.len());
        let shortcuts: Vec<_> = Action::ALL
            .iter()
            .filter_map(|a| a.info().shortcut)
            .collect();
        for (i, a) in shortcuts.iter().enumerate() {
            assert!(!shortcuts[..i].contains(a), "{a:?} twice");
        }
    }
}
