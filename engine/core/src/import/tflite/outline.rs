//! The outline of a file: its version, the tables that must be there, and counts within limits.

use super::REPAIR;
use super::generated::tflite::{Model, SubGraph};
use crate::diagnostic::{Diagnostic, Severity};
use crate::import::report::Report;

/// More operators, or operator types, than any network for a microcontroller has.
const MAX_OPERATORS: usize = 10_000;
/// Tensors and buffers at most.
const MAX_ENTRIES: usize = 65_536;

/// The subgraph that is the network.
pub(super) fn network<'a>(model: &Model<'a>, report: &mut Report) -> Option<SubGraph<'a>> {
    let subgraphs = model.subgraphs().filter(|s| !s.is_empty());
    let Some(subgraphs) = subgraphs else {
        report.error("broken-file", "the file holds no network", REPAIR);
        return None;
    };
    let others = subgraphs.len() - 1;
    if others > 0 {
        report.push(Diagnostic::new(
            Severity::Warning,
            "more-subgraphs",
            format!("the file holds {others} more subgraphs; only the first is used"),
            "",
        ));
    }
    Some(subgraphs.get(0))
}

/// Whether nothing is so numerous that even a look at it would cost too much; reports what is.
pub(super) fn is_bounded(model: &Model<'_>, subgraph: &SubGraph<'_>, report: &mut Report) -> bool {
    let counts = [
        (
            "operators",
            subgraph.operators().map_or(0, |v| v.len()),
            MAX_OPERATORS,
        ),
        (
            "tensors",
            subgraph.tensors().map_or(0, |v| v.len()),
            MAX_ENTRIES,
        ),
        (
            "buffers",
            model.buffers().map_or(0, |v| v.len()),
            MAX_ENTRIES,
        ),
        (
            "operator types",
            model.operator_codes().map_or(0, |v| v.len()),
            MAX_OPERATORS,
        ),
        (
            "inputs",
            subgraph.inputs().map_or(0, |v| v.len()),
            MAX_OPERATORS,
        ),
        (
            "outputs",
            subgraph.outputs().map_or(0, |v| v.len()),
            MAX_OPERATORS,
        ),
    ];
    let mut bounded = true;
    for (what, count, most) in counts {
        if count > most {
            bounded = false;
            report.error(
                "too-large",
                format!("the file has {count} {what}; at most {most} are supported"),
                "no network for a microcontroller is that large: check where the file comes from",
            );
        }
    }
    bounded
}

/// Checks the version and that no table is missing.
pub(super) fn check(model: &Model<'_>, subgraph: &SubGraph<'_>, report: &mut Report) {
    if model.version() != 3 {
        let message = format!(
            "the file has schema version {}; only 3 can be read",
            model.version()
        );
        report.error(
            "unsupported-version",
            message,
            "convert the model with a current converter",
        );
    }
    if model.operator_codes().is_none_or(|v| v.is_empty()) {
        report.error("broken-file", "the file names no operator types", REPAIR);
    }
    let counts = [
        ("tensors", subgraph.tensors().map_or(0, |v| v.len())),
        ("operators", subgraph.operators().map_or(0, |v| v.len())),
        ("inputs", subgraph.inputs().map_or(0, |v| v.len())),
        ("outputs", subgraph.outputs().map_or(0, |v| v.len())),
    ];
    for (what, count) in counts {
        if count == 0 {
            report.error("broken-file", format!("the network has no {what}"), REPAIR);
        }
    }
}
