//! Functions of one operand: rectifiers, bounds, sigmoids and softmax.

use super::elementwise::{Binary, binary};
use super::fuse;
use crate::graph::shape::{broadcast, text};
use crate::graph::{Activation, Function, OpKind};
use crate::import::onnx::build::{Act, Fact};
use crate::import::onnx::constant::Constant;
use crate::import::onnx::layout::Layout;
use crate::import::onnx::node::{Cx, Operand, axis_of, common_order};
use crate::import::onnx::problem::{Read, bad_options, bad_shape};

pub(in crate::import::onnx) fn read_relu(cx: &mut Cx<'_, '_>) -> Read<()> {
    let x = cx.real(0)?;
    bounded(cx, &x, Activation::Relu)
}

pub(in crate::import::onnx) fn read_sigmoid(cx: &mut Cx<'_, '_>) -> Read<()> {
    let x = cx.real(0)?;
    cx.each(OpKind::Unary(Function::Logistic), &x)
}

pub(in crate::import::onnx) fn read_tanh(cx: &mut Cx<'_, '_>) -> Read<()> {
    let x = cx.real(0)?;
    cx.each(OpKind::Unary(Function::Tanh), &x)
}

pub(in crate::import::onnx) fn read_hard_swish(cx: &mut Cx<'_, '_>) -> Read<()> {
    let x = cx.real(0)?;
    cx.each(OpKind::Unary(Function::HardSwish), &x)
}

pub(in crate::import::onnx) fn read_leaky(cx: &mut Cx<'_, '_>) -> Read<()> {
    let x = cx.real(0)?;
    let alpha = cx.attributes().float_or("alpha", 0.01)?;
    cx.each(OpKind::Unary(Function::LeakyRelu { alpha }), &x)
}

/// Fuses the bound into the operator before, or adds an operator.
fn bounded(cx: &mut Cx<'_, '_>, x: &Act, activation: Activation) -> Read<()> {
    if fuse::activation(cx, x, activation) {
        return Ok(());
    }
    let function = match activation {
        Activation::None => {
            let layout = x.layout.clone();
            cx.set_view(x, layout);
            return Ok(());
        }
        Activation::Relu => Function::Relu,
        Activation::Relu6 => Function::Relu6,
        Activation::ReluN1To1 => Function::ReluN1To1,
    };
    cx.each(OpKind::Unary(function), x)
}

pub(in crate::import::onnx) fn read_clip(cx: &mut Cx<'_, '_>) -> Read<()> {
    let x = cx.real(0)?;
    let attributes = cx.attributes();
    let bound = |cx: &Cx<'_, '_>, i: usize, name: &str| -> Read<Option<f32>> {
        if cx.opset < 11 {
            attributes.float(name)
        } else if cx.has(i) {
            cx.constant(i)?.scalar().map(Some)
        } else {
            Ok(None)
        }
    };
    // Bounds that no float reaches are none.
    let low = bound(cx, 1, "min")?.filter(|&x| x > f32::MIN);
    let high = bound(cx, 2, "max")?.filter(|&x| x < f32::MAX);
    let is = |bound: Option<f32>, value: f32| bound.is_some_and(|b| b.to_bits() == value.to_bits());
    let zero = is(low, 0.0) || is(low, -0.0);
    match (low, high) {
        (None, None) => bounded(cx, &x, Activation::None),
        (Some(_), None) if zero => bounded(cx, &x, Activation::Relu),
        (Some(_), Some(_)) if zero && is(high, 6.0) => bounded(cx, &x, Activation::Relu6),
        (Some(_), Some(_)) if is(low, -1.0) && is(high, 1.0) => {
            bounded(cx, &x, Activation::ReluN1To1)
        }
        _ => {
            let mut act = x;
            for (bound, function) in [(low, Binary::Max), (high, Binary::Min)] {
                let Some(bound) = bound else { continue };
                let constant = Operand::Constant(Constant::reals(&[], vec![bound]));
                let i = if function == Binary::Max { 1 } else { 2 };
                let operands = [Operand::Act(act), constant];
                let (tensor, layout) = binary(cx, function, &operands, [0, i])?;
                act = Act {
                    tensor,
                    layout,
                    exclusive: true,
                };
            }
            cx.set(0, Fact::Act(act));
            Ok(())
        }
    }
}

pub(in crate::import::onnx) fn read_prelu(cx: &mut Cx<'_, '_>) -> Read<()> {
    let (x, slopes) = (cx.real(0)?, cx.constant(1)?);
    let shape = x.shape();
    if broadcast(&shape, &slopes.shape).ok().as_ref() != Some(&shape) {
        return Err(bad_shape(format!(
            "slopes of shape {} do not fit {}",
            text(&slopes.shape),
            text(&shape)
        )));
    }
    let values = slopes.floats()?;
    if values.iter().all(|v| v.to_bits() == values[0].to_bits()) {
        let alpha = values[0];
        return cx.each(OpKind::Unary(Function::LeakyRelu { alpha }), &x);
    }
    let order = common_order(&[&x]);
    let input = cx.build.arrange(&x, &order)?;
    let mut wide = vec![1; shape.len() - slopes.shape.len()];
    wide.extend(&slopes.shape);
    let slopes = slopes.reshaped(&wide)?.transposed(&order);
    let slopes = cx.build.constant(cx.input_name(1), &slopes)?;
    let kind = OpKind::Prelu { slopes };
    let output = cx.build.emit(cx.name(0), kind, vec![input])?;
    cx.set_tensor(0, output, Layout::ordered(&shape, &order));
    Ok(())
}

/// `max(0, min(1, alpha · x + beta))`. Times `x`, with the usual constants, it is a hard swish; alone it is
/// `relu6(6 · alpha · x + 6 · beta) / 6`.
pub(in crate::import::onnx) fn read_hard_sigmoid(cx: &mut Cx<'_, '_>) -> Read<()> {
    let x = cx.real(0)?;
    let attributes = cx.attributes();
    let alpha = attributes.float_or("alpha", 0.2)?;
    let beta = attributes.float_or("beta", 0.5)?;
    let usual = (alpha - 1.0 / 6.0).abs() < 1e-6 && (beta - 0.5).abs() < 1e-6;
    if usual && is_gate(cx) {
        cx.set(0, Fact::Gate(x));
        return Ok(());
    }
    let mut act = x;
    let steps = [
        (Binary::Mul, 6.0 * alpha),
        (Binary::Add, 6.0 * beta),
        (Binary::Mul, 1.0 / 6.0),
    ];
    for (function, number) in steps {
        let constant = Operand::Constant(Constant::reals(&[], vec![number]));
        let operands = [Operand::Act(act), constant];
        let (tensor, layout) = binary(cx, function, &operands, [0, 0])?;
        if function == Binary::Add
            && let Some(op) = cx.build.producers[tensor.0 as usize]
        {
            cx.build.ops[op].kind = OpKind::Add(Activation::Relu6);
        }
        act = Act {
            tensor,
            layout,
            exclusive: true,
        };
    }
    cx.set(0, Fact::Act(act));
    Ok(())
}

/// Whether the result's only reader multiplies it by this node's operand.
fn is_gate(cx: &Cx<'_, '_>) -> bool {
    let Some(&Some(output)) = cx.outputs.first() else {
        return false;
    };
    let [reader] = cx.values.readers[output][..] else {
        return false;
    };
    let reader = &cx.nodes[reader as usize];
    let (me, x) = (cx.name(0), cx.input_name(0));
    let operands: Vec<&str> = reader.input.iter().map(String::as_str).collect();
    !cx.values.is_output[output]
        && reader.op_type == "Mul"
        && reader.domain.is_empty()
        && (operands == [me, x] || operands == [x, me])
}

/// Softmax along one axis. Before operator set 13 the default axis is 1, and all axes from it on count as one.
pub(in crate::import::onnx) fn read_softmax(cx: &mut Cx<'_, '_>) -> Read<()> {
    let x = cx.real(0)?;
    let shape = x.shape();
    let old = cx.opset < 13;
    let axis = cx.attributes().int_or("axis", if old { 1 } else { -1 })?;
    let axis = axis_of(axis, shape.len())?;
    let whole = old && shape[axis + 1..].iter().any(|&d| d != 1);
    let x = if whole {
        let flat: Vec<usize> = [&shape[..axis], &[shape[axis..].iter().product()]].concat();
        let layout = x.layout.reshaped(&flat);
        let layout = layout.ok_or_else(|| bad_options("the operand lies in pieces"))?;
        Act { layout, ..x }
    } else {
        x
    };
    let seen = x.shape();
    let rank = seen.len();
    // The kernel works along the last dimension.
    let mut order = common_order(&[&x]);
    if order.last() != Some(&axis) {
        order = (0..rank).filter(|&a| a != axis).chain([axis]).collect();
    }
    let input = cx.build.arrange(&x, &order)?;
    let kind = OpKind::Softmax { beta: 1.0 };
    let output = cx.build.emit(cx.name(0), kind, vec![input])?;
    let layout = Layout::ordered(&seen, &order).reshaped(&shape);
    let layout = layout.ok_or_else(|| bad_options("the result lies in pieces"))?;
    cx.set_tensor(0, output, layout);
    Ok(())
}
