//! The operators of a file as a table: what can be shown of a model that has no plan.

use crate::document::Model;
use tinyscope_core::{Diagnostic, Severity};

/// One operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Index in the file.
    pub index: u32,
    /// Type, as the file format spells it.
    pub name: String,
    /// Shape of the first input, as far as known.
    pub input: String,
    /// Shape of the first output and its type.
    pub output: String,
    /// Size of the outputs in bytes.
    pub bytes: Option<usize>,
    /// The worst that was found about it.
    pub worst: Option<Severity>,
}

/// The operators of `model`, each with the worst of `diagnostics` about it.
pub fn rows(model: &Model, diagnostics: &[Diagnostic]) -> Vec<Row> {
    let operators = model.view.operators.iter();
    operators
        .map(|op| Row {
            index: op.index,
            name: op.name.clone(),
            input: String::new(),
            output: String::new(),
            bytes: None,
            worst: diagnostics
                .iter()
                .filter(|d| d.op.as_ref().is_some_and(|at| at.index == op.index))
                .map(|d| d.severity)
                .min(),
        })
        .collect()
}
