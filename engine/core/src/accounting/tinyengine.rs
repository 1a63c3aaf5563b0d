//! `TinyEngine`'s SRAM: tensors with depthwise convolutions in place, and one im2col and one kernel buffer for all.
//!
//! mit-han-lab/tinyengine, `code_generator/`: the image lies outside of its arena, and its two buffers, as large as the
//! largest that any layer asks for, are beside it.

use super::account::Account;
use super::tensors::{held, lifetimes, operands, output};
use crate::graph::{Graph, Op, OpKind};

/// The peak of the lowered `graph`, layer by layer, as `TinyEngine` counts it.
pub fn layer_by_layer(graph: &Graph) -> Account {
    let lives = lifetimes(graph);
    let at_op = |at: usize| {
        let op = &graph.ops[at];
        let (mut read, mut written) = (operands(graph, op), output(graph, op));
        if op.inputs.iter().any(|id| graph.inputs.contains(id)) {
            read = 0;
        } else if matches!(op.kind, OpKind::DepthwiseConv2d(_)) {
            written = written.saturating_sub(read);
        }
        // The image is outside, for as long as it lives.
        let images = graph.inputs.iter().filter(|id| {
            let life = lives[id.0 as usize];
            life.is_some_and(|[first, last]| first < at && at < last) && !op.inputs.contains(id)
        });
        let images: usize = images.map(|&id| graph.tensor(id).bytes()).sum();
        [read, written, held(graph, &lives, at) - images]
    };
    let ops = 0..graph.ops.len();
    let peak = ops.max_by_key(|&at| (at_op(at).iter().sum::<usize>(), std::cmp::Reverse(at)));
    let [read, written, kept] = peak.map_or([0; 3], at_op);
    let largest = |of: fn(&Graph, &Op) -> usize| {
        let each = graph.ops.iter().map(|op| of(graph, op));
        each.max().unwrap_or(0)
    };
    Account::of(
        "TinyEngine",
        "Input and output of the largest operator and a residual that is held, depthwise convolutions in place, with the \
         largest im2col and the largest kernel buffer; the image is not counted.",
        peak.unwrap_or(0),
        [
            ("input", read),
            ("output", written),
            ("residual", kept),
            ("im2col buffer", largest(im2col_bytes)),
            ("kernel buffer", largest(kernel_bytes)),
        ],
    )
}

/// Two columns of 16-bit taps for a convolution; one padded channel of 16-bit pixels for a depthwise convolution.
fn im2col_bytes(graph: &Graph, op: &Op) -> usize {
    match &op.kind {
        OpKind::Conv2d(conv) => {
            let taps: usize = graph.tensor(conv.weights).shape[1..].iter().product();
            4 * taps
        }
        OpKind::DepthwiseConv2d(conv) => {
            let [h, w, _] = graph.tensor(op.inputs[0]).hwc();
            let [kh, kw] = conv.window.kernel;
            2 * (h + kh / 2 * 2) * (w + kw / 2 * 2)
        }
        _ => 0,
    }
}

/// The weights of a convolution of more than one tap, as 16-bit numbers.
fn kernel_bytes(graph: &Graph, op: &Op) -> usize {
    match &op.kind {
        OpKind::Conv2d(conv) if conv.window.kernel != [1, 1] => {
            2 * graph.tensor(conv.weights).elements()
        }
        _ => 0,
    }
}
