//! Multiply-accumulates. Padded taps count as if they were real, as published figures do; additions, pools and
//! means have none.

use crate::graph::{Graph, Op, OpKind};

/// Multiply-accumulates of the operator over its whole map.
pub fn macs(graph: &Graph, op: &Op) -> u64 {
    let ([input, ..], [output, ..]) = (&op.inputs[..], &op.outputs[..]) else {
        return 0;
    };
    let pixels = |id| {
        let [height, width, _] = graph.tensor(id).hwc();
        (height * width) as u64
    };
    match &op.kind {
        // Every input pixel meets every tap once.
        OpKind::TransposeConv2d(conv) => {
            pixels(*input).saturating_mul(graph.tensor(conv.weights).elements() as u64)
        }
        _ => macs_per_pixel(graph, op).saturating_mul(pixels(*output)),
    }
}

/// Multiply-accumulates for one pixel of the operator's output map, all channels; 0 for a transposed convolution, whose
/// pixels differ and which never runs by region.
pub fn macs_per_pixel(graph: &Graph, op: &Op) -> u64 {
    let elements = |id| graph.tensor(id).elements() as u64;
    match &op.kind {
        OpKind::Conv2d(conv) => elements(conv.weights),
        OpKind::DepthwiseConv2d(conv) => elements(conv.weights),
        OpKind::FullyConnected(dense) => {
            // Several rows of input share the weights; the map is one pixel then.
            let rows = (op
                .inputs
                .first()
                .zip(graph.tensor(dense.weights).shape.get(1)))
            .map_or(1, |(&input, &taps)| elements(input) / (taps as u64).max(1));
            elements(dense.weights) * rows
        }
        _ => 0,
    }
}
