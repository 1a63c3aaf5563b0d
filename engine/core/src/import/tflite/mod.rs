//! TensorFlow Lite files. A structural check of the bytes, then a semantic check of every operator in order, then the
//! graph.

mod buffers;
mod codes;
mod dataflow;
mod ops;
mod outline;
mod precision;
mod registry;
mod structure;
mod tensors;
mod viewing;

use super::View;
use super::report::{Report, escape};
use crate::format::{tflite_names as names, tflite_schema as generated, tflite_types as types};
use crate::graph::shape::{output_shape, text};
use crate::graph::{DType, Graph, Op, OpKind, TensorId};
use buffers::Buffers;
use codes::OpCodes;
use dataflow::Dataflow;
use generated::tflite::{Model, SubGraph};
use ops::OpReader;
use tensors::Tensors;

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
    graph(name, bytes, model, &subgraph, &codes, report)
}

/// Reads the border and every operator, then assembles the graph.
fn graph<'a>(
    name: &str,
    bytes: &'a [u8],
    model: Model<'a>,
    subgraph: &SubGraph<'a>,
    codes: &OpCodes,
    report: &mut Report,
) -> Option<Graph> {
    let mut tensors = Tensors::new(subgraph.tensors()?, Buffers::new(bytes, model));
    let mut flow = Dataflow::new(&tensors, subgraph);
    let inputs = flow.inputs(&mut tensors, report);
    let mut graph_ops = Vec::new();
    for (index, op) in subgraph.operators()?.iter().enumerate() {
        let mut cx = OpReader {
            op,
            me: codes.ops[index].clone(),
            tensors: &mut tensors,
            report: &mut *report,
        };
        flow.reads(&mut cx);
        let kind = codes
            .operator(index)
            .and_then(|operator| (operator.read)(&mut cx));
        if let Some((_, activations)) = &kind {
            flow.activations(&mut cx, activations);
        }
        let output = flow.writes(&mut cx);
        if let (Some((kind, activations)), Some(output)) = (kind, output)
            && agrees(&mut cx, &kind, &activations, output, &inputs)
        {
            graph_ops.push(Op {
                kind,
                inputs: activations,
                outputs: vec![output],
                source_index: index as u32,
            });
        }
    }
    let outputs = flow.outputs(&mut tensors, report);
    if report.has_errors() {
        return None;
    }
    let graph = Graph {
        name: name.to_owned(),
        tensors: tensors.done,
        ops: graph_ops,
        inputs,
        outputs,
    };
    debug_assert_eq!(crate::graph::verify(&graph), Ok(()));
    Some(graph)
}

/// Whether the output that the file declares is the one that follows from the operator, and floating point stays at the
/// model's border.
fn agrees(
    cx: &mut OpReader<'_, '_>,
    kind: &OpKind,
    activations: &[TensorId],
    output: TensorId,
    inputs: &[TensorId],
) -> bool {
    let declared = cx.tensor(output).shape.clone();
    let wrong = match output_shape(&cx.tensors.done, kind, activations) {
        Err(why) => Some(why),
        Ok(Some(expected)) => {
            // A fully connected layer may keep leading dimensions of 1.
            let same = match kind {
                OpKind::FullyConnected(_) => {
                    declared.last() == expected.last()
                        && declared.iter().product::<usize>() == expected.iter().product()
                }
                _ => declared == expected,
            };
            (!same).then(|| {
                format!(
                    "the file declares an output of {}, but {} follows from the operator",
                    text(&declared),
                    text(&expected)
                )
            })
        }
        Ok(None) => None,
    };
    if let Some(why) = wrong {
        cx.error(
            "bad-shape",
            why,
            "the file is damaged or was edited; convert the model again",
        );
        return false;
    }
    let first = activations[0];
    if matches!(kind, OpKind::Quantize)
        && cx.tensor(first).dtype == DType::F32
        && !inputs.contains(&first)
    {
        let label = cx.label(first);
        cx.error(
            "float-inside",
            format!("{label} is floating point inside the network"),
            "quantise the whole model to int8; only its input and output may be floating point",
        );
        return false;
    }
    true
}
