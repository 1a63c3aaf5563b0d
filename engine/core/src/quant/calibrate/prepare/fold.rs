//! Folding: a constant multiplied or added after an operator with weights goes into them (what batch normalisation
//! leaves behind), and an activation into the operator before it. Only where nothing else reads what lies between.

use crate::graph::shape::same_layout;
use crate::graph::{Activation, Combine, Function, Graph, Op, OpKind, TensorId};
use crate::quant::calibrate::channels::{index_along, numbers, output_axis, set_numbers};

/// Folds all it can; how many constants and how many activations.
pub fn fold(graph: &mut Graph) -> (usize, usize) {
    let mut readers = vec![0_usize; graph.tensors.len()];
    for id in graph.ops.iter().flat_map(|op| &op.inputs) {
        readers[id.0 as usize] += 1;
    }
    for id in &graph.outputs {
        readers[id.0 as usize] += 1;
    }
    let (mut folded, mut fused) = (0, 0);
    let mut ops: Vec<Op> = Vec::with_capacity(graph.ops.len());
    for op in std::mem::take(&mut graph.ops) {
        let alone = |id: &TensorId| readers[id.0 as usize] == 1;
        let before = op.inputs.iter().filter(|id| alone(id)).find_map(|id| {
            let mut writers = ops.iter();
            writers.rposition(|before| before.outputs[0] == *id)
        });
        if let Some(before) = before.map(|at| &mut ops[at]) {
            if fold_constant(graph, before, &op) {
                folded += 1;
                continue;
            }
            if fuse(before, &op) {
                fused += 1;
                continue;
            }
        }
        ops.push(op);
    }
    graph.ops = ops;
    (folded, fused)
}

/// Puts the constant of `op` into the weights of `before`, whose output `op` reads.
fn fold_constant(graph: &mut Graph, before: &mut Op, op: &Op) -> bool {
    let (&[a, b], Some((weights, Some(bias)))) = (&op.inputs[..], before.kind.parameters()) else {
        return false;
    };
    let constant_first = graph.tensor(a).is_constant();
    let constant = graph.tensor(if constant_first { a } else { b });
    let (between, result) = (graph.tensor(before.outputs[0]), graph.tensor(op.outputs[0]));
    let channels = graph.tensor(bias).elements();
    let per_channel = constant.elements() == channels && constant.shape.last() == Some(&channels);
    if !constant.is_constant()
        || !(per_channel || constant.elements() == 1)
        || !same_layout(&between.shape, &result.shape)
    {
        return false;
    }
    // y = factor · x + offset, by channel.
    let (sign, activation) = match op.kind {
        OpKind::Add(activation) => (Some([1.0, 1.0]), activation),
        OpKind::Combine(Combine::Sub(activation)) if constant_first => {
            (Some([-1.0, 1.0]), activation)
        }
        OpKind::Combine(Combine::Sub(activation)) => (Some([1.0, -1.0]), activation),
        OpKind::Combine(Combine::Mul(activation)) => (None, activation),
        _ => return false,
    };
    let (Some(axis), Some(slot)) = (output_axis(&before.kind), activation_mut(&mut before.kind))
    else {
        return false;
    };
    if *slot != Activation::None {
        return false;
    }
    *slot = activation;
    let values = numbers(constant);
    let value = |c: usize| values[if values.len() == 1 { 0 } else { c }];
    let (factor, offset): (Vec<f32>, Vec<f32>) = (0..channels)
        .map(|c| match sign {
            Some([factor, sign]) => (factor, sign * value(c)),
            None => (value(c), 0.0),
        })
        .unzip();
    let shape = &graph.tensor(weights).shape;
    let scaled = numbers(graph.tensor(weights)).iter().enumerate();
    let scaled = scaled.map(|(at, w)| w * factor[index_along(shape, axis, at)]);
    let scaled: Vec<f32> = scaled.collect();
    let moved = numbers(graph.tensor(bias)).iter().zip(&factor).zip(&offset);
    let moved: Vec<f32> = moved
        .map(|((b, factor), offset)| b * factor + offset)
        .collect();
    set_numbers(graph, weights, scaled);
    set_numbers(graph, bias, moved);
    before.outputs.clone_from(&op.outputs);
    true
}

/// Puts the activation `op` into `before`, whose output it reads.
fn fuse(before: &mut Op, op: &Op) -> bool {
    let next = match op.kind {
        OpKind::Unary(Function::Relu) => Activation::Relu,
        OpKind::Unary(Function::Relu6) => Activation::Relu6,
        OpKind::Unary(Function::ReluN1To1) => Activation::ReluN1To1,
        _ => return false,
    };
    let Some(slot) = activation_mut(&mut before.kind) else {
        return false;
    };
    *slot = match (*slot, next) {
        (Activation::None, next) => next,
        (Activation::Relu | Activation::Relu6, Activation::Relu6) => Activation::Relu6,
        (same @ (Activation::Relu | Activation::Relu6), Activation::Relu) => same,
        (Activation::ReluN1To1, Activation::ReluN1To1) => Activation::ReluN1To1,
        _ => return false,
    };
    before.outputs.clone_from(&op.outputs);
    true
}

/// The activation of an operator that can have one.
fn activation_mut(kind: &mut OpKind) -> Option<&mut Activation> {
    match kind {
        OpKind::Conv2d(op) => Some(&mut op.activation),
        OpKind::DepthwiseConv2d(op) => Some(&mut op.activation),
        OpKind::TransposeConv2d(op) => Some(&mut op.activation),
        OpKind::FullyConnected(op) => Some(&mut op.activation),
        OpKind::AveragePool2d(op) | OpKind::MaxPool2d(op) => Some(&mut op.activation),
        OpKind::Add(activation)
        | OpKind::Combine(Combine::Sub(activation) | Combine::Mul(activation)) => Some(activation),
        _ => None,
    }
}

/// Leaves out what an operator with weights does after its sums.
pub fn bare(kind: &OpKind) -> OpKind {
    let mut kind = kind.clone();
    if let Some(activation) = activation_mut(&mut kind) {
        *activation = Activation::None;
    }
    let bias: Option<&mut Option<TensorId>> = match &mut kind {
        OpKind::Conv2d(op) => Some(&mut op.bias),
        OpKind::DepthwiseConv2d(op) => Some(&mut op.bias),
        OpKind::TransposeConv2d(op) => Some(&mut op.bias),
        OpKind::FullyConnected(op) => Some(&mut op.bias),
        _ => None,
    };
    if let Some(bias) = bias {
        *bias = None;
    }
    kind
}
