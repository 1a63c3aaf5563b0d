//! The operators of a file as a table: what can be shown of a model that has no plan.

use crate::document::Model;
use tinyscope_core::import::{View, ViewedTensor};
use tinyscope_core::{Diagnostic, Severity};

/// One operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Index in the file.
    pub index: u32,
    /// Type, as the file format spells it.
    pub name: String,
    /// Shapes of the activations that it reads, as far as known.
    pub input: String,
    /// Shape and type of what it writes.
    pub output: String,
    /// Activations that must exist while it runs, in bytes.
    pub live_bytes: Option<u64>,
    /// The worst that was found about it.
    pub worst: Option<Severity>,
}

/// The operators of `model`, each with the worst of `diagnostics` about it.
pub fn rows(model: &Model, diagnostics: &[Diagnostic]) -> Vec<Row> {
    let view = &model.view;
    let operators = view.operators.iter();
    operators
        .map(|op| {
            let index = op.op.index;
            let found = diagnostics
                .iter()
                .filter(|d| d.op.as_ref().is_some_and(|at| at.index == index))
                .map(|d| d.severity);
            let problem = op.problem.as_ref().map(|_| Severity::Error);
            Row {
                index,
                name: op.op.name.clone(),
                input: shapes(view, &op.inputs, false),
                output: shapes(view, &op.outputs, true),
                live_bytes: op.live_bytes,
                worst: found.chain(problem).min(),
            }
        })
        .collect()
}

/// Shapes of activations; of many only the first two.
fn shapes(view: &View, tensors: &[u32], with_type: bool) -> String {
    let known: Vec<&ViewedTensor> = tensors
        .iter()
        .filter_map(|&id| view.tensors.get(id as usize))
        .filter(|tensor| !tensor.constant)
        .collect();
    let mut shown: Vec<String> = known.iter().take(2).map(|t| shape(&t.shape)).collect();
    if known.len() > 2 {
        shown.push(format!("+{}", known.len() - 2));
    }
    let mut text = shown.join(", ");
    if with_type && let Some(first) = known.first() {
        text.push(' ');
        text += &first.dtype.to_lowercase();
    }
    text
}

/// `40×40×48`; a leading 1, the batch, is left out, and an open dimension is a question mark.
fn shape(dimensions: &[i64]) -> String {
    let kept = match dimensions {
        [1, rest @ ..] if rest.len() > 1 => rest,
        all => all,
    };
    let words: Vec<String> = kept
        .iter()
        .map(|&n| if n < 0 { "?".into() } else { n.to_string() })
        .collect();
    words.join("×")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_read_as_people_write_them() {
        assert_eq!(shape(&[1, 40, 40, 48]), "40×40×48");
        assert_eq!(shape(&[1, 10]), "1×10");
        assert_eq!(shape(&[-1, 96, 96, 3]), "?×96×96×3");
        assert_eq!(shape(&[]), "");
    }
}
