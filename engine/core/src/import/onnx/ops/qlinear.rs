//! Operators on codes (`QLinearConv` and its kin): the same operator on real numbers, between dequantisation and
//! quantisation. The int8 operator is made of the three afterwards, as for models in QDQ form.

use super::conv::conv;
use super::dense::{dense, gemm_input, gemm_weights, matmul};
use super::elementwise::{Binary, binary};
use super::part::{Joined, concat};
use super::pool::{average, global_average};
use super::quantize::{dequantized, quantized, scales};
use crate::graph::{DType, Function, OpKind, Quantization, TensorId};
use crate::import::onnx::build::Act;
use crate::import::onnx::constant::Constant;
use crate::import::onnx::layout::Layout;
use crate::import::onnx::node::{Cx, Operand};
use crate::import::onnx::problem::{Read, bad_shape, unsupported};

/// Operands `i` to `i + 2` as real numbers.
fn real(cx: &mut Cx<'_, '_>, i: usize) -> Read<Operand> {
    dequantized(cx, i, i + 1, i + 2, 0)
}

fn real_act(cx: &mut Cx<'_, '_>, i: usize) -> Read<Act> {
    match real(cx, i)? {
        Operand::Act(act) => Ok(act),
        Operand::Constant(_) => Err(bad_shape(format!("operand {i} is a constant"))),
    }
}

fn constant(cx: &mut Cx<'_, '_>, i: usize, axis: i64) -> Read<Constant> {
    match dequantized(cx, i, i + 1, i + 2, axis)? {
        Operand::Constant(constant) => Ok(constant),
        Operand::Act(_) => Err(unsupported(
            "the weights are computed at run time",
            "products of two activations cannot be run; use constant weights",
        )),
    }
}

/// Hands on a result in the codes that operands `i` and `i + 1` describe.
fn finish(cx: &mut Cx<'_, '_>, (tensor, layout): (TensorId, Layout), i: usize) -> Read<()> {
    let found = scales(cx, i, i + 1, 0, DType::U8)?;
    quantized(cx, tensor, layout, found)
}

/// An int32 bias stands for real numbers in steps of input scale times weight scale.
fn bias(
    cx: &Cx<'_, '_>,
    i: usize,
    x: &Act,
    weights: &Constant,
    channels: usize,
) -> Read<Option<Constant>> {
    if !cx.has(i) {
        return Ok(None);
    }
    let mut bias = cx.constant(i)?.reshaped(&[channels])?;
    let codes = cx.build.producers[x.tensor.0 as usize].map(|op| cx.build.ops[op].inputs[0]);
    let scale = codes.and_then(|codes| cx.build.tensor(codes).scale_zero());
    let (Some((scale, _)), Some(quant), Some(_)) = (scale, &weights.quant, bias.data.as_i32())
    else {
        return Err(bad_shape("the bias is not int32"));
    };
    bias.quant = Some(Quantization {
        scales: quant.scales.iter().map(|s| s * scale).collect(),
        zero_points: vec![0; quant.scales.len()],
        axis: 0,
    });
    Ok(Some(bias))
}

pub(in crate::import::onnx) fn read_conv(cx: &mut Cx<'_, '_>) -> Read<()> {
    let x = real_act(cx, 0)?;
    let weights = constant(cx, 3, 0)?;
    let channels = weights.shape.first().copied().unwrap_or(0);
    let bias = bias(cx, 8, &x, &weights, channels)?;
    let result = conv(cx, &x, &weights, bias.as_ref(), [3, 8])?;
    finish(cx, result, 6)
}

pub(in crate::import::onnx) fn read_matmul(cx: &mut Cx<'_, '_>) -> Read<()> {
    let x = real_act(cx, 0)?;
    let weights = constant(cx, 3, -1)?;
    let result = matmul(cx, &x, &weights, None, [3, 3])?;
    finish(cx, result, 6)
}

/// Operands: A, B, each with scale and zero point, the bias, and the scale and zero point of the result, which is real
/// if they are left out.
pub(in crate::import::onnx) fn read_gemm(cx: &mut Cx<'_, '_>) -> Read<()> {
    if (cx.attributes().float_or("alpha", 1.0)? - 1.0).abs() > 0.0 {
        return Err(unsupported("alpha is not 1", "scale the weights instead"));
    }
    let x = real_act(cx, 0)?;
    let axis = i64::from(!cx.attributes().flag("transB")?);
    let weights = constant(cx, 3, axis)?;
    let weights = gemm_weights(cx, &weights)?;
    let bias = bias(cx, 6, &x, &weights, weights.shape[0])?;
    let x = gemm_input(cx, x)?;
    let (tensor, layout) = dense(cx, &x, &weights, bias.as_ref(), [3, 6])?;
    if cx.has(7) {
        finish(cx, (tensor, layout), 7)
    } else {
        cx.set_tensor(0, tensor, layout);
        Ok(())
    }
}

pub(in crate::import::onnx) fn read_add(cx: &mut Cx<'_, '_>) -> Read<()> {
    pair(cx, Binary::Add)
}

pub(in crate::import::onnx) fn read_mul(cx: &mut Cx<'_, '_>) -> Read<()> {
    pair(cx, Binary::Mul)
}

fn pair(cx: &mut Cx<'_, '_>, function: Binary) -> Read<()> {
    let operands = [real(cx, 0)?, real(cx, 3)?];
    if operands.iter().all(|o| matches!(o, Operand::Constant(_))) {
        return Err(bad_shape("both operands are constants"));
    }
    let result = binary(cx, function, &operands, [0, 3])?;
    finish(cx, result, 6)
}

pub(in crate::import::onnx) fn read_global_average(cx: &mut Cx<'_, '_>) -> Read<()> {
    channels_first(cx)?;
    let x = real_act(cx, 0)?;
    let result = global_average(cx, &x)?;
    finish(cx, result, 3)
}

pub(in crate::import::onnx) fn read_average(cx: &mut Cx<'_, '_>) -> Read<()> {
    channels_first(cx)?;
    let x = real_act(cx, 0)?;
    let result = average(cx, &x)?;
    finish(cx, result, 3)
}

fn channels_first(cx: &Cx<'_, '_>) -> Read<()> {
    if cx.attributes().flag("channels_last")? {
        return Err(unsupported(
            "channels_last is set",
            "export with channels first",
        ));
    }
    Ok(())
}

/// Operands: scale and zero point of the result, then each operand with its own.
pub(in crate::import::onnx) fn read_concat(cx: &mut Cx<'_, '_>) -> Read<()> {
    let count = cx.inputs.len().saturating_sub(2) / 3;
    let operands = (0..count).map(|i| real(cx, 2 + 3 * i));
    let operands = operands.collect::<Read<Vec<_>>>()?;
    match concat(cx, &operands)? {
        Joined::Act(tensor, layout) => finish(cx, (tensor, layout), 0),
        Joined::Constant(_) => Err(bad_shape("all operands are constants")),
    }
}

pub(in crate::import::onnx) fn read_leaky(cx: &mut Cx<'_, '_>) -> Read<()> {
    let alpha = cx.attributes().float_or("alpha", 0.01)?;
    unary(cx, Function::LeakyRelu { alpha })
}

pub(in crate::import::onnx) fn read_sigmoid(cx: &mut Cx<'_, '_>) -> Read<()> {
    unary(cx, Function::Logistic)
}

fn unary(cx: &mut Cx<'_, '_>, function: Function) -> Read<()> {
    let x = real_act(cx, 0)?;
    let kind = OpKind::Unary(function);
    let output = cx.build.emit(cx.name(0), kind, vec![x.tensor])?;
    finish(cx, (output, x.layout), 3)
}
