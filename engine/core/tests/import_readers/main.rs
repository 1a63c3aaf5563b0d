//! TFLite files of one or a few operators, written here table by table: what each operator becomes in the graph, and
//! what is said of each that cannot.

mod build;
mod folding;
mod operators;
mod refusals;
mod refused_moves;
mod types;
mod viewing;

use tinyscope_core::import::{self, Imported};
use tinyscope_core::{Graph, OpKind};

/// The graph of a file that must import.
fn graph(file: &build::File) -> Graph {
    let imported = import::import("test", &file.bytes());
    let shown: Vec<String> = imported
        .diagnostics
        .iter()
        .map(ToString::to_string)
        .collect();
    let graph = imported
        .graph
        .unwrap_or_else(|| panic!("refused: {shown:#?}"));
    assert_eq!(tinyscope_core::graph::verify(&graph), Ok(()));
    graph
}

/// The kinds of the operators of a file that must import.
fn kinds(file: &build::File) -> Vec<OpKind> {
    graph(file).ops.into_iter().map(|op| op.kind).collect()
}

/// The codes of the errors that a file gets; it must be refused.
fn errors(file: &build::File) -> Vec<&'static str> {
    let imported = import::import("test", &file.bytes());
    assert!(imported.graph.is_none());
    codes(&imported, tinyscope_core::Severity::Error)
}

fn codes(imported: &Imported, severity: tinyscope_core::Severity) -> Vec<&'static str> {
    let found = imported.diagnostics.iter();
    found
        .filter(|d| d.severity == severity)
        .map(|d| d.code)
        .collect()
}
