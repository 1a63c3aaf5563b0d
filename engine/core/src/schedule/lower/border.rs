//! Takes QUANTIZE off float32 inputs and DEQUANTIZE off float32 outputs.

use super::{Links, without};
use crate::diagnostic::{Diagnostic, NOT_INT8, QUANTISE, Severity};
use crate::graph::{DType, Graph, OpKind, TensorId};

/// The graph with int8 inputs and outputs; a note for each border that changed, an error for one that could not.
pub(super) fn remove(graph: &Graph, notes: &mut Vec<Diagnostic>) -> Graph {
    let mut out = graph.clone();
    if let Some(inside) = float_inside(graph) {
        notes.push(inside);
        return out;
    }
    let links = Links::new(graph);
    let mut gone = vec![false; graph.ops.len()];
    for input in &mut out.inputs {
        if graph.tensor(*input).dtype != DType::F32 {
            continue;
        }
        let quantize = match links.readers(*input) {
            &[only] if matches!(graph.ops[only].kind, OpKind::Quantize) => only,
            _ => {
                notes.push(stuck("input", "is not read by exactly one QUANTIZE"));
                continue;
            }
        };
        gone[quantize] = true;
        *input = graph.ops[quantize].outputs[0];
        notes.push(changed(graph, "input", "takes", *input));
    }
    for output in &mut out.outputs {
        if graph.tensor(*output).dtype != DType::F32 {
            continue;
        }
        // A reader of the numbers would lose them.
        let producer = links.producer[output.0 as usize].filter(|&op| {
            matches!(graph.ops[op].kind, OpKind::Dequantize) && links.readers(*output).is_empty()
        });
        let Some(dequantize) = producer else {
            notes.push(stuck("output", "is not written by a DEQUANTIZE"));
            continue;
        };
        gone[dequantize] = true;
        *output = graph.ops[dequantize].inputs[0];
        notes.push(changed(graph, "output", "gives", *output));
    }
    without(out, &gone)
}

/// The first operator that works on anything but int8, those between int8 and float32 aside.
fn float_inside(graph: &Graph) -> Option<Diagnostic> {
    let converts = |kind: &OpKind| matches!(kind, OpKind::Quantize | OpKind::Dequantize);
    let (op, dtype) = (graph.ops.iter())
        .filter(|op| !converts(&op.kind))
        .find_map(|op| {
            let mut types = op.inputs.iter().map(|&id| graph.tensor(id).dtype);
            types.find(|&dtype| dtype != DType::I8).map(|t| (op, t))
        })?;
    let message = format!(
        "the operator works on {}; only int8 networks run on the chip",
        dtype.name()
    );
    Some(
        Diagnostic::new(Severity::Error, NOT_INT8, message, QUANTISE)
            .at(op.source_index, op.kind.name()),
    )
}

fn changed(graph: &Graph, side: &str, verb: &str, id: TensorId) -> Diagnostic {
    let (scale, zero_point) = graph.tensor(id).scale_zero().unwrap_or((1.0, 0));
    Diagnostic::new(
        Severity::Note,
        "float-border",
        format!(
            "float32 {side}: the program {verb} int8 codes, value = {scale} · (code − {zero_point})"
        ),
        "",
    )
}

fn stuck(side: &str, why: &str) -> Diagnostic {
    Diagnostic::new(
        Severity::Error,
        "float-border",
        format!("the float32 {side} {why}"),
        "convert the model with inference input and output type int8",
    )
}
