//! The kernels that code generation can print, and the working memory each needs.

use serde::Serialize;

/// A kernel family and its variant. The planner chooses one per step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kernel {
    /// Plain C with no working memory; runs everywhere and every operator has it.
    Plain,
}
