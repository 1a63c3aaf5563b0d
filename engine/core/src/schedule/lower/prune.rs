//! Drops tensors that nothing names any more, and numbers the rest anew in the same order.

use crate::graph::{Graph, OpKind, TensorId};

/// The graph without unused tensors.
pub(super) fn unused_tensors(graph: &Graph) -> Graph {
    let mut used = vec![false; graph.tensors.len()];
    let border = graph.inputs.iter().chain(&graph.outputs).copied();
    let operands = graph.ops.iter().flat_map(|op| {
        let constants = op.kind.parameters().into_iter();
        let constants = constants.flat_map(|(w, b)| std::iter::once(w).chain(b));
        op.inputs
            .iter()
            .chain(&op.outputs)
            .copied()
            .chain(constants)
    });
    for id in border.chain(operands) {
        used[id.0 as usize] = true;
    }
    let mut next = 0;
    let new_ids: Vec<TensorId> = used
        .iter()
        .map(|&used| {
            let id = TensorId(next);
            next += u32::from(used);
            id
        })
        .collect();
    let renumber = |id: &mut TensorId| *id = new_ids[id.0 as usize];
    let mut out = graph.clone();
    let mut index = 0;
    out.tensors.retain(|_| {
        index += 1;
        used[index - 1]
    });
    out.inputs.iter_mut().for_each(renumber);
    out.outputs.iter_mut().for_each(renumber);
    for op in &mut out.ops {
        op.inputs.iter_mut().for_each(renumber);
        op.outputs.iter_mut().for_each(renumber);
        let (weights, bias) = match &mut op.kind {
            OpKind::Conv2d(op) => (&mut op.weights, &mut op.bias),
            OpKind::DepthwiseConv2d(op) => (&mut op.weights, &mut op.bias),
            OpKind::FullyConnected(op) => (&mut op.weights, &mut op.bias),
            _ => continue,
        };
        renumber(weights);
        bias.iter_mut().for_each(renumber);
    }
    out
}
