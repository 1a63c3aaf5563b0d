//! Opening a design as import opens a model file: the graph, a view of it, and everything that is to be said.

use super::types::Design;
use crate::diagnostic::{Diagnostic, Severity};
use crate::import::{Imported, View};

/// What people call the format.
const FORMAT: &str = "Tinyscope design";

/// Reads a design and makes its graph. Like [`crate::import::import`]: never panics, and the value holds a graph exactly
/// when no diagnostic is an error.
pub fn open(bytes: &[u8]) -> Imported {
    let read = Design::from_ron(bytes).and_then(|design| Ok((design.to_graph()?, design)));
    match read {
        Ok((graph, design)) => Imported {
            view: View::of_graph(&graph, FORMAT, bytes.len(), &design.source),
            diagnostics: vec![Diagnostic::new(
                Severity::Note,
                "seeded-weights",
                format!(
                    "the weights are random numbers from seed {}: memory, work and time are real, answers are not",
                    design.seed
                ),
                "",
            )],
            graph: Some(graph),
        },
        Err(error) => {
            // The sentence says what to do behind its semicolon; the remedy has a place of its own.
            let text = error.to_string();
            let (message, remedy) = text.split_once("; ").unwrap_or((&text, ""));
            Imported {
                graph: None,
                view: View {
                    format: FORMAT.to_owned(),
                    file_bytes: bytes.len(),
                    ..View::default()
                },
                diagnostics: vec![Diagnostic::new(Severity::Error, "design", message, remedy)],
            }
        }
    }
}
