//! What import and planning have to say about a model: one list of errors, warnings and notes.

use serde::Serialize;

/// How much a [`Diagnostic`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The model cannot be run as it is.
    Error,
    /// The model runs, but probably not as its author meant.
    Warning,
    /// Worth knowing: what was folded, assumed or left out.
    Note,
}

/// Code of the finding that a network, or a part of it, computes in floating point.
pub const NOT_INT8: &str = "not-int8";
/// What to do about [`NOT_INT8`].
pub(crate) const QUANTISE: &str =
    "quantise the model first: the program computes in int8 throughout";

/// The operator of the source file that a [`Diagnostic`] speaks of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpRef {
    /// Index in the source file's operator list.
    pub index: u32,
    /// The operator's type as the file format spells it, for example `CONV_2D`.
    pub name: String,
}

/// One finding: what, where, why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// A stable short code, for example `unsupported-operator`.
    pub code: &'static str,
    /// Where, when it is about one operator.
    pub op: Option<OpRef>,
    /// What is wrong, in one sentence. Text from the file is already escaped.
    pub message: String,
    /// What the user can do about it; empty for notes that ask for nothing.
    pub remedy: String,
}

impl Diagnostic {
    /// A finding about the whole model.
    pub fn new(
        severity: Severity,
        code: &'static str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            code,
            op: None,
            message: message.into(),
            remedy: remedy.into(),
        }
    }

    /// The same finding, placed at one operator.
    #[must_use]
    pub fn at(mut self, index: u32, name: impl Into<String>) -> Self {
        self.op = Some(OpRef {
            index,
            name: name.into(),
        });
        self
    }
}

impl std::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        write!(f, "{severity}[{}]", self.code)?;
        if let Some(op) = &self.op {
            write!(f, " operator {} ({})", op.index, op.name)?;
        }
        write!(f, ": {}", self.message)?;
        if !self.remedy.is_empty() {
            write!(f, "; {}", self.remedy)?;
        }
        Ok(())
    }
}
