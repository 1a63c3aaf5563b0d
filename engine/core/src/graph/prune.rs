//! Drops tensors that nothing names any more, and numbers the rest anew in the same order.

use super::{Graph, TensorId};

/// The graph without unused tensors.
pub fn without_unused_tensors(graph: &Graph) -> Graph {
    let mut used = vec![false; graph.tensors.len()];
    let border = graph.inputs.iter().chain(&graph.outputs).copied();
    let operands = graph.ops.iter().flat_map(|op| {
        let activations = op.inputs.iter().chain(&op.outputs).copied();
        activations.chain(op.kind.constants())
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
        op.kind.constants_mut().for_each(renumber);
    }
    out
}
