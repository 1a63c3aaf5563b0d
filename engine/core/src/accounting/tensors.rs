//! The plain sum of tensors alive at an operator: the least that any layer-by-layer schedule needs without tiling.

use super::account::Account;
use crate::graph::{Graph, Op, OpKind, TensorId};

/// When each tensor is alive, by operator, both ends included; `None` for constants and tensors that nothing uses.
pub(super) fn lifetimes(graph: &Graph) -> Vec<Option<[usize; 2]>> {
    let mut lives: Vec<Option<[usize; 2]>> = vec![None; graph.tensors.len()];
    let last = graph.ops.len().saturating_sub(1);
    let mut touch = |id: TensorId, at: usize| {
        let life = lives[id.0 as usize].get_or_insert([at, at]);
        *life = [life[0].min(at), life[1].max(at)];
    };
    for &id in &graph.inputs {
        touch(id, 0);
    }
    for (at, op) in graph.ops.iter().enumerate() {
        for &id in op.inputs.iter().chain(&op.outputs) {
            if !graph.tensor(id).is_constant() {
                touch(id, at);
            }
        }
    }
    for &id in &graph.outputs {
        touch(id, last);
    }
    lives
}

/// Bytes of tensors that an operator neither reads nor writes, but that must outlive it: residuals and branches.
pub(super) fn held(graph: &Graph, lives: &[Option<[usize; 2]>], at: usize) -> usize {
    let op = &graph.ops[at];
    let tensors = graph.tensors.iter().zip(lives).enumerate();
    let held = tensors.filter(|(index, (_, life))| {
        let id = TensorId(*index as u32);
        life.is_some_and(|[first, last]| first < at && at < last)
            && !op.inputs.contains(&id)
            && !op.outputs.contains(&id)
    });
    held.map(|(_, (tensor, _))| tensor.bytes()).sum()
}

/// Bytes of an operator's operands, each once, constants apart.
pub(super) fn operands(graph: &Graph, op: &Op) -> usize {
    let inputs = op.inputs.iter().enumerate();
    let once = inputs.filter(|(at, id)| !op.inputs[..*at].contains(id));
    once.map(|(_, &id)| graph.tensor(id))
        .filter(|tensor| !tensor.is_constant())
        .map(crate::graph::Tensor::bytes)
        .sum()
}

/// Bytes of an operator's output.
pub(super) fn output(graph: &Graph, op: &Op) -> usize {
    op.outputs.iter().map(|&id| graph.tensor(id).bytes()).sum()
}

/// The most bytes of tensors alive at one operator of `graph`, the network's inputs and outputs included. With `in_place`, a
/// depthwise convolution or an addition writes over an operand that nothing reads afterwards.
pub fn live_maximum(graph: &Graph, in_place: bool) -> Account {
    let lives = lifetimes(graph);
    let at_op = |at: usize| {
        let op = &graph.ops[at];
        let (read, written) = (operands(graph, op), output(graph, op));
        let overwrites = matches!(op.kind, OpKind::DepthwiseConv2d(_) | OpKind::Add(_));
        let ending = |id: &TensorId| lives[id.0 as usize].is_some_and(|[_, last]| last == at);
        let shared = if in_place && overwrites {
            let operands = op.inputs.iter().filter(|id| ending(id));
            let bytes = operands.map(|&id| graph.tensor(id).bytes());
            bytes.max().unwrap_or(0).min(written)
        } else {
            0
        };
        [read, written - shared, held(graph, &lives, at)]
    };
    let ops = 0..graph.ops.len();
    let peak = ops.max_by_key(|&at| (at_op(at).iter().sum::<usize>(), std::cmp::Reverse(at)));
    let step = peak.unwrap_or(0);
    let [read, written, kept] = peak.map_or([0; 3], at_op);
    let (name, counts) = if in_place {
        (
            "live tensors, in place",
            "The largest sum of tensors alive at one operator; depthwise convolutions and additions write over their input.",
        )
    } else {
        (
            "live tensors",
            "The largest sum of tensors alive at one operator, network input and output included, nothing in place.",
        )
    };
    let parts = [("input", read), ("output", written), ("held", kept)];
    Account::of(name, counts, step, parts)
}
