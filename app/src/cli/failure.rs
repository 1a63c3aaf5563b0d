//! How a command fails: what it says, and the exit status.

use tinyscope_board::BoardError;
use tinyscope_core::plan::PlanError;

/// A failed command. The text is one or two lines: what, where, what to do.
#[derive(Debug)]
pub enum Failure {
    /// The answer is no: does not fit, differs. Status 1.
    No(String),
    /// Bad input or usage. Status 2.
    Input(String),
    /// A tool or board is missing or failed. Status 3.
    Tool(String),
}

impl Failure {
    /// The exit status.
    pub const fn status(&self) -> u8 {
        match self {
            Self::No(_) => 1,
            Self::Input(_) => 2,
            Self::Tool(_) => 3,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::No(text) | Self::Input(text) | Self::Tool(text)) = self;
        f.write_str(text)
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        let found = error.diagnostic();
        Self::Input(match found.remedy.as_str() {
            "" => found.message,
            remedy => format!("{}; {remedy}", found.message),
        })
    }
}

impl From<BoardError> for Failure {
    fn from(error: BoardError) -> Self {
        let text = error.to_string();
        match error {
            BoardError::DoesNotFit { .. } => Self::No(text),
            BoardError::UnknownChip { .. } | BoardError::Model { .. } => Self::Input(text),
            _ => Self::Tool(text),
        }
    }
}
