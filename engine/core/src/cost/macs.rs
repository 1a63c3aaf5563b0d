//! Multiply-accumulates. Padded taps count as if they were real, as published figures do; additions, pools and
//! means have none.

use crate::graph::{Graph, Op, OpKind};

/// Multiply-accumulates for one pixel of the operator's output map, all channels.
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
