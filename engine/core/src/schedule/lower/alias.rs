//! Drops operators that move no data: RESHAPE, and PAD, TRANSPOSE, SLICE, RESIZE or CONCATENATION that change nothing.
//!
//! Their output is then the same tensor as their input. The input's shape stands, except where the input is the network's
//! own and nothing else reads it; readers that need the other shape keep the operator as a copy.

use super::{Links, without};
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::shape::{same_layout, text};
use crate::graph::{Graph, Op, OpKind, Tensor, TensorId};
use std::collections::BTreeMap;

/// The graph with every such operator dropped that can be, and a note for each type.
pub(super) fn remove(graph: &Graph, notes: &mut Vec<Diagnostic>) -> Graph {
    let mut out = graph.clone();
    let links = Links::new(graph);
    let mut gone = vec![false; graph.ops.len()];
    let mut dropped: BTreeMap<&'static str, usize> = BTreeMap::new();
    for index in 0..graph.ops.len() {
        let op = &out.ops[index];
        if !moves_nothing(graph, op) {
            continue;
        }
        // `out` has been rewritten up to here: the input may already be another tensor than in the file.
        let (input, output) = (op.inputs[0], op.outputs[0]);
        if out.tensor(input).is_constant() {
            continue;
        }
        let readers = links.readers(output);
        let is_output = out.outputs.contains(&output);
        let is_input = out.inputs.contains(&input);
        if is_output && (is_input || out.outputs.contains(&input)) {
            continue;
        }
        // A reader would take the other scale for its own; a caller is told.
        let relabels = out.tensor(input).quant != out.tensor(output).quant;
        if relabels && !(is_output && readers.is_empty()) {
            continue;
        }
        let fits = readers
            .iter()
            .all(|&r| accepts(&out, &out.ops[r].kind, input, output));
        let only_reader = is_input && sole_reader(&out, &gone, input, index);
        if only_reader {
            let shape = out.tensor(output).shape.clone();
            out.tensors[input.0 as usize].shape = shape;
        } else if !fits {
            continue;
        }
        for &reader in readers {
            for id in &mut out.ops[reader].inputs {
                if *id == output {
                    *id = input;
                }
            }
        }
        if is_output {
            notes.extend(output_changes(out.tensor(output), out.tensor(input)));
            for id in &mut out.outputs {
                if *id == output {
                    *id = input;
                }
            }
        }
        gone[index] = true;
        *dropped.entry(graph.ops[index].kind.name()).or_default() += 1;
    }
    for (name, count) in dropped {
        let verb = if count == 1 { "moves" } else { "move" };
        notes.push(Diagnostic::new(
            Severity::Note,
            "moves-nothing",
            format!("{count} {name} dropped: {verb} no data"),
            "",
        ));
    }
    without(out, &gone)
}

/// What a caller must know when the network gives `now` instead of `before`: the same bytes, called something else.
fn output_changes(before: &Tensor, now: &Tensor) -> Option<Diagnostic> {
    let (from, to) = (text(&before.shape), text(&now.shape));
    if let (Some(a), Some(b)) = (before.scale_zero(), now.scale_zero())
        && a != b
    {
        return Some(Diagnostic::new(
            Severity::Warning,
            "output-scale",
            format!(
                "the file labels the output with scale {}, zero point {}; its codes were computed with {} and {}, \
                 which the program states",
                a.0, a.1, b.0, b.1
            ),
            "",
        ));
    }
    (from != to).then(|| {
        Diagnostic::new(
            Severity::Note,
            "output-shape",
            format!("the output is given as {to} instead of {from}: the same bytes"),
            "",
        )
    })
}

/// Whether the output of `op` is its input's bytes in the same order.
fn moves_nothing(graph: &Graph, op: &Op) -> bool {
    match &op.kind {
        OpKind::Reshape => true,
        OpKind::Pad(pad) => pad.amounts.iter().all(|a| *a == [0, 0]),
        OpKind::Transpose { permutation } => {
            // Axes of extent 1 may go anywhere.
            let shape = &graph.tensor(op.inputs[0]).shape;
            permutation
                .iter()
                .filter(|&&axis| shape[axis] != 1)
                .is_sorted()
        }
        OpKind::Slice(slice) => {
            let shape = &graph.tensor(op.inputs[0]).shape;
            slice.extent == *shape
                && slice
                    .stride
                    .iter()
                    .zip(shape)
                    .all(|(&s, &d)| s > 0 || d == 1)
        }
        OpKind::Resize(resize) => {
            let [height, width, _] = graph.tensor(op.inputs[0]).hwc();
            resize.output == [height, width]
        }
        OpKind::Concatenation { .. } => op.inputs.len() == 1,
        _ => false,
    }
}

/// Whether an operator that reads `output` may read `input`, which holds the same bytes in another shape.
fn accepts(graph: &Graph, reader: &OpKind, input: TensorId, output: TensorId) -> bool {
    let (a, b) = (&graph.tensor(input).shape, &graph.tensor(output).shape);
    match reader {
        OpKind::FullyConnected(_) | OpKind::Reshape => true,
        OpKind::Add(_)
        | OpKind::Combine(_)
        | OpKind::Unary(_)
        | OpKind::Softmax { .. }
        | OpKind::Quantize
        | OpKind::Dequantize => {
            same_layout(a, b) && graph.tensor(input).hwc() == graph.tensor(output).hwc()
        }
        _ => a == b,
    }
}

/// Whether `op` alone reads `tensor` in the graph as rewritten so far.
fn sole_reader(graph: &Graph, gone: &[bool], tensor: TensorId, op: usize) -> bool {
    let mut readers = graph
        .ops
        .iter()
        .enumerate()
        .filter(|(i, o)| !gone[*i] && o.inputs.contains(&tensor));
    readers.next().is_some_and(|(i, _)| i == op) && readers.next().is_none()
}
