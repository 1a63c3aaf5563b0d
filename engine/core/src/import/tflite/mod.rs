//! TensorFlow Lite files. A structural check of the bytes, then a semantic check of every operator in order, then the
//! graph.

mod assemble;
mod buffers;
mod codes;
mod dataflow;
mod fold;
mod ops;
mod outline;
mod precision;
mod registry;
mod remedies;
mod structure;
mod tensors;
mod viewing;

use super::View;
use super::report::{Report, escape};
use crate::format::{tflite_names as names, tflite_schema as generated, tflite_types as types};
use crate::graph::Graph;
use codes::OpCodes;

const REPAIR: &str = "the file is damaged; copy, download or convert the model again";

/// Reads a TensorFlow Lite file. Fills `view` as far as it can, reports every problem, and returns the graph if there was
/// no error.
pub(super) fn read(
    name: &str,
    bytes: &[u8],
    view: &mut View,
    report: &mut Report,
) -> Option<Graph> {
    let model = match structure::root(bytes) {
        Ok(model) => model,
        Err(why) => {
            report.error(
                "broken-file",
                format!("the file is damaged or cut short: {why}"),
                "copy, download or convert the model again",
            );
            return None;
        }
    };
    view.description = escape(model.description().map_or(&[], |d| d.bytes()));
    let subgraph = outline::network(&model, report)?;
    if !outline::is_bounded(&model, &subgraph, report) {
        return None;
    }
    let codes = OpCodes::read(&model, &subgraph);
    viewing::fill(view, bytes, model, &subgraph, &codes);
    outline::check(&model, &subgraph, report);
    codes.check(report);
    precision::check(&subgraph, &codes, report)?;
    assemble::graph(name, bytes, model, &subgraph, &codes, view, report)
}
