//! Changing the operator before instead of adding one after it: biases, batch normalisation and activations.
//!
//! Only where nothing else reads what that operator wrote.

use crate::graph::shape::strides;
use crate::graph::{Activation, Combine, Data, OpKind, TensorId};
use crate::import::onnx::build::{Act, Fact};
use crate::import::onnx::constant::Constant;
use crate::import::onnx::layout::{Layout, NHWC};
use crate::import::onnx::node::Cx;
use crate::import::onnx::problem::Read;

/// Whether the tensor of `act` has no reader but the one in question, which is one of `uses` of the value.
pub(super) const fn single_owner(act: &Act, uses: usize) -> bool {
    act.exclusive && uses == 1
}

/// The operator that wrote `act`'s tensor, if this node may change it.
fn owned(cx: &Cx<'_, '_>, i: usize, act: &Act) -> Option<usize> {
    let owns = single_owner(act, cx.uses(i));
    cx.build.producers[act.tensor.0 as usize].filter(|_| owns)
}

/// Hands on `act`, whose producer now computes this node's result too.
fn taken_over(cx: &mut Cx<'_, '_>, act: &Act) {
    cx.name(0)
        .clone_into(&mut cx.build.tensors[act.tensor.0 as usize].name);
    cx.set(0, Fact::Act(act.clone()));
}

fn activation_slot(kind: &mut OpKind) -> Option<&mut Activation> {
    match kind {
        OpKind::Conv2d(op) => Some(&mut op.activation),
        OpKind::DepthwiseConv2d(op) => Some(&mut op.activation),
        OpKind::TransposeConv2d(op) => Some(&mut op.activation),
        OpKind::FullyConnected(op) => Some(&mut op.activation),
        OpKind::Add(activation)
        | OpKind::Combine(Combine::Sub(activation) | Combine::Mul(activation)) => Some(activation),
        OpKind::AveragePool2d(op) => Some(&mut op.activation),
        _ => None,
    }
}

/// Lets the operator before operand 0 bound its own output. Whether it could.
pub(super) fn activation(cx: &mut Cx<'_, '_>, act: &Act, activation: Activation) -> bool {
    let Some(op) = owned(cx, 0, act) else {
        return false;
    };
    match activation_slot(&mut cx.build.ops[op].kind) {
        Some(slot @ Activation::None) => *slot = activation,
        _ => return false,
    }
    taken_over(cx, act);
    true
}

/// Weights and bias of a convolution or matrix product without activation, and the axis of the value along which its
/// output channels run.
struct Channels {
    op: usize,
    weights: TensorId,
    bias: Option<TensorId>,
    axis: usize,
    count: usize,
}

fn channels(cx: &Cx<'_, '_>, i: usize, act: &Act) -> Option<Channels> {
    let op = owned(cx, i, act)?;
    let mut kind = cx.build.ops[op].kind.clone();
    let (weights, bias) = kind.parameters()?;
    if activation_slot(&mut kind).copied() != Some(Activation::None) {
        return None;
    }
    let shape = act.shape();
    let rank = shape.len();
    let dense = matches!(kind, OpKind::FullyConnected(_));
    let (axis, order): (usize, Vec<usize>) = match rank {
        _ if dense => (rank.checked_sub(1)?, (0..rank).collect()),
        3 => (1, vec![0, 2, 1]),
        4 => (1, NHWC.to_vec()),
        _ => return None,
    };
    let count = *cx.build.tensor(act.tensor).shape.last()?;
    (shape[axis] == count && act.layout == Layout::ordered(&shape, &order)).then_some(Channels {
        op,
        weights,
        bias,
        axis,
        count,
    })
}

/// A constant as one number per channel; `None` if it varies along other axes.
fn per_channel(constant: &Constant, found: &Channels, rank: usize) -> Option<Vec<f32>> {
    if constant.quant.is_some() || ![1, found.count].contains(&constant.elements()) {
        return None;
    }
    let values = constant.floats().ok()?;
    if let [value] = values[..] {
        return (constant.shape.len() <= rank).then(|| vec![value; found.count]);
    }
    let axis = (found.axis + constant.shape.len()).checked_sub(rank)?;
    let fits = constant.shape.get(axis) == Some(&found.count) && values.len() == found.count;
    fits.then_some(values)
}

/// Adds `factor · constant` to the bias of the operator before operand `i`. Whether it could.
pub(super) fn add_bias(
    cx: &mut Cx<'_, '_>,
    i: usize,
    act: &Act,
    constant: &Constant,
    factor: f32,
) -> Read<bool> {
    let Some(found) = channels(cx, i, act) else {
        return Ok(false);
    };
    let Some(mut values) = per_channel(constant, &found, act.shape().len()) else {
        return Ok(false);
    };
    for value in &mut values {
        *value *= factor;
    }
    if let Some(bias) = found.bias {
        let Some(Data::F32(old)) = &cx.build.tensor(bias).data else {
            return Ok(false);
        };
        for (value, old) in values.iter_mut().zip(old.iter()) {
            *value += old;
        }
    }
    set_bias(cx, &found, values)?;
    taken_over(cx, act);
    Ok(true)
}

fn set_bias(cx: &mut Cx<'_, '_>, found: &Channels, values: Vec<f32>) -> Read<()> {
    let name = match found.bias {
        Some(bias) => cx.build.tensor(bias).name.clone(),
        None => format!("{}/bias", cx.build.tensor(found.weights).name),
    };
    let bias = cx
        .build
        .constant(&name, &Constant::reals(&[found.count], values))?;
    match &mut cx.build.ops[found.op].kind {
        OpKind::Conv2d(op) => op.bias = Some(bias),
        OpKind::DepthwiseConv2d(op) => op.bias = Some(bias),
        OpKind::TransposeConv2d(op) => op.bias = Some(bias),
        OpKind::FullyConnected(op) => op.bias = Some(bias),
        _ => {}
    }
    Ok(())
}

/// Multiplies the output channels of the operator before operand 0 by `factors`, then adds `addends`. Whether it
/// could: codes cannot be scaled per channel.
pub(super) fn scale_channels(
    cx: &mut Cx<'_, '_>,
    act: &Act,
    factors: &[f64],
    addends: &[f64],
) -> Read<bool> {
    let Some(found) = channels(cx, 0, act).filter(|found| found.count == factors.len()) else {
        return Ok(false);
    };
    let tensor = cx.build.tensor(found.weights);
    let Some(Data::F32(weights)) = &tensor.data else {
        return Ok(false);
    };
    let old: Vec<f32> = match found.bias.map(|bias| &cx.build.tensor(bias).data) {
        None => vec![0.0; found.count],
        Some(Some(Data::F32(old))) => old.to_vec(),
        Some(_) => return Ok(false),
    };
    // Channels run along the first axis, but along the last in depthwise weights.
    let depthwise = matches!(cx.build.ops[found.op].kind, OpKind::DepthwiseConv2d(_));
    let axis = if depthwise { 3 } else { 0 };
    let stride = strides(&tensor.shape)[axis];
    let scaled = weights.iter().enumerate().map(|(index, &w)| {
        let c = index / stride % found.count;
        (f64::from(w) * factors[c]) as f32
    });
    let (name, shape) = (tensor.name.clone(), tensor.shape.clone());
    let constant = Constant::reals(&shape, scaled.collect());
    let weights = cx.build.constant(&name, &constant)?;
    match &mut cx.build.ops[found.op].kind {
        OpKind::Conv2d(op) => op.weights = weights,
        OpKind::DepthwiseConv2d(op) => op.weights = weights,
        OpKind::TransposeConv2d(op) => op.weights = weights,
        OpKind::FullyConnected(op) => op.weights = weights,
        _ => {}
    }
    let bias = old.iter().zip(factors).zip(addends);
    let bias = bias
        .map(|((&b, f), a)| (f64::from(b) * f + a) as f32)
        .collect();
    set_bias(cx, &found, bias)?;
    taken_over(cx, act);
    Ok(true)
}
