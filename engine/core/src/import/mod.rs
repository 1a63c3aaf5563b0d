//! Bytes to graph: detects the format, checks everything, reports every problem found.
//!
//! Never panics on any input, never allocates more than a small multiple of the file, knows nothing of the file system.
//! Values that leave this module hold the invariants of [`crate::graph::verify`].

mod detect;
mod onnx;
mod report;
mod tflite;
mod view;

use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::Graph;
use detect::Format;
use report::Report;
use std::sync::Arc;
pub use view::{View, ViewedOp, ViewedTensor};

/// What could be learnt from a file.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// The network, when there is no error among `diagnostics`.
    pub graph: Option<Graph>,
    /// What is known of the file even if it was refused.
    pub view: View,
    /// Every problem found, in file order; notes and warnings of a good model too.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a model. `name` is for people (a file name without directories); the format is told from the bytes.
///
/// The value holds a graph exactly when no diagnostic is an error.
pub fn import(name: &str, bytes: &[u8]) -> Imported {
    read(name, bytes, None)
}

/// A file beside the model, by its plain name, which import has checked: no folders, nothing hidden.
pub type External<'a> = dyn FnMut(&str) -> Result<Arc<[u8]>, String> + 'a;

/// [`import`] for a model that may keep its weights in files beside it; `external` reads them, each once.
pub fn import_with(name: &str, bytes: &[u8], external: &mut External<'_>) -> Imported {
    read(name, bytes, Some(external))
}

fn read(name: &str, bytes: &[u8], external: Option<&mut External<'_>>) -> Imported {
    let format = Format::detect(bytes);
    let mut report = Report::default();
    let mut view = View {
        format: format.name().to_owned(),
        file_bytes: bytes.len(),
        ..View::default()
    };
    let graph = match format {
        Format::TfLite => tflite::read(name, bytes, &mut view, &mut report),
        Format::Onnx => onnx::read(name, bytes, external, &mut view, &mut report),
        _ => {
            let (message, remedy) = format.refusal(bytes);
            report.error("unsupported-format", message, remedy);
            None
        }
    };
    view.complete(&report);
    let failed = report.has_errors();
    Imported {
        graph: graph.filter(|_| !failed),
        view,
        diagnostics: report.finish(),
    }
}

/// [`import`] for callers that only want the network.
///
/// # Errors
/// All diagnostics, when at least one of them is an error.
pub fn load(name: &str, bytes: &[u8]) -> Result<Graph, Vec<Diagnostic>> {
    let imported = import(name, bytes);
    imported.graph.ok_or(imported.diagnostics)
}

/// Whether any of `diagnostics` is an error.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|d| d.severity == Severity::Error)
}
