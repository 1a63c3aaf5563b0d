//! Folds PAD into the convolution that reads it.
//!
//! Exact because padded taps count as the input's zero point, which is what PAD writes. Pools are left alone: they skip
//! padded taps instead of counting them.

use super::{Links, without};
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::{Graph, OpKind, Pad, PadFill, TensorId, Window};

/// The graph with every PAD folded that can be, and a note of how many there were.
pub(super) fn fold(graph: &Graph, notes: &mut Vec<Diagnostic>) -> Graph {
    let mut out = graph.clone();
    let links = Links::new(graph);
    let mut gone = vec![false; graph.ops.len()];
    // Last first: of two PADs in a row the second has then been folded and its reader reads the first.
    let mut reader_of: Vec<Option<usize>> = (0..graph.tensors.len())
        .map(|t| match links.readers(TensorId(t as u32)) {
            &[only] => Some(only),
            _ => None,
        })
        .collect();
    let mut folded = 0;
    for index in (0..graph.ops.len()).rev() {
        let OpKind::Pad(pad) = &graph.ops[index].kind else {
            continue;
        };
        let (input, padded) = (graph.ops[index].inputs[0], graph.ops[index].outputs[0]);
        if pad.fill != PadFill::Zero {
            continue;
        }
        let Some([rows, columns]) = image_amounts(pad) else {
            continue;
        };
        if graph.outputs.contains(&padded)
            || graph.tensor(input).quant != graph.tensor(padded).quant
        {
            continue;
        }
        let Some(reader) = reader_of[padded.0 as usize] else {
            continue;
        };
        let Some(window) = convolution_window(&mut out.ops[reader].kind) else {
            continue;
        };
        window.padding.top += rows[0];
        window.padding.bottom += rows[1];
        window.padding.left += columns[0];
        window.padding.right += columns[1];
        out.ops[reader].inputs[0] = input;
        if reader_of[input.0 as usize] == Some(index) {
            reader_of[input.0 as usize] = Some(reader);
        }
        gone[index] = true;
        folded += 1;
    }
    if folded > 0 {
        let whose = if folded == 1 {
            "its convolution"
        } else {
            "their convolutions"
        };
        notes.push(Diagnostic::new(
            Severity::Note,
            "pad-folded",
            format!("{folded} PAD folded into {whose}"),
            "",
        ));
    }
    without(out, &gone)
}

/// Rows and columns, when only those are padded.
fn image_amounts(pad: &Pad) -> Option<[[usize; 2]; 2]> {
    match pad.amounts[..] {
        [[0, 0], rows, columns, [0, 0]] => Some([rows, columns]),
        _ => None,
    }
}

fn convolution_window(kind: &mut OpKind) -> Option<&mut Window> {
    match kind {
        OpKind::Conv2d(op) => Some(&mut op.window),
        OpKind::DepthwiseConv2d(op) => Some(&mut op.window),
        _ => None,
    }
}
