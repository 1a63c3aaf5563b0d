//! What the user works on, and its history. Saved and undoable; knows nothing of windows or engines' answers.

use crate::format::visible;
use crate::quantise::Outcome;
use std::path::PathBuf;
use std::sync::Arc;
use tinyscope_board::hash;
use tinyscope_core::import;
use tinyscope_core::plan::{Choices, Target};
use tinyscope_core::quant::calibrate::StepNoise;
use tinyscope_core::{Diagnostic, Graph};

/// Where a model came from.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ModelSource {
    /// A file.
    File(PathBuf),
    /// A bundled example, by name.
    Example(String),
}

impl ModelSource {
    /// A short name for people, safe to show.
    pub fn label(&self) -> String {
        match self {
            Self::File(path) => {
                let name = path.file_name().unwrap_or(path.as_os_str());
                visible(&name.to_string_lossy())
            }
            Self::Example(name) => visible(name),
        }
    }

    /// [`Self::label`] without the ending.
    pub fn stem(&self) -> String {
        match self {
            Self::File(path) => match path.file_stem() {
                Some(stem) => visible(&stem.to_string_lossy()),
                None => self.label(),
            },
            Self::Example(name) => visible(name),
        }
    }
}

/// A model file that was read.
#[derive(Clone, Debug)]
pub struct Model {
    /// Where it came from.
    pub source: ModelSource,
    /// The network as the file has it, before folding; `None` where it can only be looked at.
    pub graph: Option<Arc<Graph>>,
    /// What is known of the file whether or not it can be run.
    pub view: import::View,
    /// Everything that import had to say.
    pub diagnostics: Vec<Diagnostic>,
    /// Size of the file in bytes.
    pub file_bytes: usize,
    /// SHA-256 of the file, in hexadecimal digits; where it was quantised here, of that and of how.
    pub sha256: String,
    /// How `graph` came of the file's float network, where it did.
    pub quantised: Option<Arc<Quantised>>,
}

/// A model that was quantised here.
#[derive(Clone, Debug)]
pub struct Quantised {
    /// The float model as the file has it.
    pub float: Arc<Model>,
    /// Settings and report.
    pub outcome: Outcome,
}

impl Quantised {
    /// Noise of what came of an operator of the file.
    pub fn noise_of(&self, source_index: u32) -> Option<&StepNoise> {
        let steps = self.outcome.report.steps.iter();
        steps.rev().find(|step| step.source_index == source_index)
    }
}

impl Model {
    /// The int8 model that `outcome` made of `float`.
    pub fn quantised(float: &Arc<Self>, outcome: Outcome) -> Self {
        let mut diagnostics = float.diagnostics.clone();
        diagnostics.extend(crate::quantise::diagnostics(&outcome));
        Self {
            graph: Some(Arc::clone(&outcome.graph)),
            diagnostics,
            sha256: hash::of_parts([
                float.sha256.as_bytes(),
                format!("{:?}", outcome.settings).as_bytes(),
            ]),
            quantised: Some(Arc::new(Quantised {
                float: Arc::clone(float),
                outcome,
            })),
            ..Self::clone(float)
        }
    }

    /// The float model that this was quantised from, or itself.
    pub fn float(model: &Arc<Self>) -> &Arc<Self> {
        model.quantised.as_ref().map_or(model, |q| &q.float)
    }
}

/// Everything that undo brings back. Two documents are equal when they share the model and agree in the rest.
#[derive(Clone, Debug)]
pub struct Document {
    /// The model, shared between versions.
    pub model: Option<Arc<Model>>,
    /// The chip and its budgets.
    pub target: Target,
    /// How the model is to be run.
    pub choices: Choices,
}

impl Default for Document {
    fn default() -> Self {
        Self {
            model: None,
            target: Target::stm32f746(),
            choices: Choices::default(),
        }
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        let same_model = match (&self.model, &other.model) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        same_model && self.target == other.target && self.choices == other.choices
    }
}

/// A document with its past and future. A gesture (one drag) becomes one step.
#[derive(Debug, Default)]
pub struct History {
    current: Document,
    past: Vec<Document>,
    future: Vec<Document>,
    gesture: Option<Document>,
}

/// Steps that undo remembers.
const DEPTH: usize = 500;

impl History {
    /// The document as it is now.
    pub fn current(&self) -> &Document {
        &self.current
    }

    /// Change the document; a change inside a gesture waits for its end. Returns whether anything changed.
    pub fn edit(&mut self, change: impl FnOnce(&mut Document)) -> bool {
        let mut next = self.current.clone();
        change(&mut next);
        if next == self.current {
            return false;
        }
        let before = std::mem::replace(&mut self.current, next);
        if self.gesture.is_none() {
            self.remember(before);
        }
        true
    }

    /// Start over with another document: opening a model begins a history of its own.
    pub fn restart(&mut self, document: Document) {
        *self = Self {
            current: document,
            ..Self::default()
        };
    }

    /// Start a gesture: edits until its end are one step.
    pub fn begin_gesture(&mut self) {
        if self.gesture.is_none() {
            self.gesture = Some(self.current.clone());
        }
    }

    /// End the gesture and remember it, if it changed anything.
    pub fn end_gesture(&mut self) {
        if let Some(before) = self.gesture.take()
            && before != self.current
        {
            self.remember(before);
        }
    }

    /// Put back what was there when the gesture began.
    pub fn cancel_gesture(&mut self) {
        if let Some(before) = self.gesture.take() {
            self.current = before;
        }
    }

    /// The document when the running gesture began.
    pub fn gesture_start(&self) -> Option<&Document> {
        self.gesture.as_ref()
    }

    /// Whether [`Self::undo`] would change anything.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty() && self.gesture.is_none()
    }

    /// Whether [`Self::redo`] would change anything.
    pub fn can_redo(&self) -> bool {
        !self.future.is_empty() && self.gesture.is_none()
    }

    /// One step back.
    pub fn undo(&mut self) {
        if self.can_undo()
            && let Some(before) = self.past.pop()
        {
            self.future
                .push(std::mem::replace(&mut self.current, before));
        }
    }

    /// One step forward.
    pub fn redo(&mut self) {
        if self.can_redo()
            && let Some(after) = self.future.pop()
        {
            self.past.push(std::mem::replace(&mut self.current, after));
        }
    }

    fn remember(&mut self, before: Document) {
        self.future.clear();
        self.past.push(before);
        if self.past.len() > DEPTH {
            self.past.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tinyscope_core::plan::Schedule;

    fn patch(split: usize) -> impl FnOnce(&mut Document) {
        move |d| {
            d.choices.schedule = Schedule::Patch {
                split,
                grid: [2, 2],
            };
        }
    }

    #[test]
    fn a_gesture_is_one_step() {
        let mut history = History::default();
        history.begin_gesture();
        for split in 1..9 {
            assert!(history.edit(patch(split)));
        }
        assert!(!history.can_undo(), "not while it lasts");
        history.end_gesture();
        history.undo();
        assert_eq!(history.current(), &Document::default());
        assert!(!history.can_undo());
        history.redo();
        assert_eq!(
            history.current().choices.schedule,
            Schedule::Patch {
                split: 8,
                grid: [2, 2]
            }
        );
    }

    #[test]
    fn a_cancelled_or_empty_gesture_leaves_no_step() {
        let mut history = History::default();
        history.begin_gesture();
        history.edit(patch(3));
        history.cancel_gesture();
        assert_eq!(history.current(), &Document::default());
        history.begin_gesture();
        history.end_gesture();
        assert!(!history.can_undo());
    }

    #[test]
    fn a_new_document_has_no_past() {
        let mut history = History::default();
        history.edit(patch(3));
        history.restart(Document::default());
        assert!(!history.can_undo() && !history.can_redo());
    }

    #[test]
    fn an_edit_forgets_the_future_and_a_non_edit_keeps_it() {
        let mut history = History::default();
        history.edit(patch(3));
        history.undo();
        assert!(!history.edit(|_| {}));
        assert!(history.can_redo());
        history.edit(patch(4));
        assert!(!history.can_redo());
    }
}
