//! From scales and zero points to [`OpParams`], in the precision that TFLM uses at each place. One file per family, one
//! function that names them all.

mod conv;
mod elementwise;
mod reduce;
mod resize;
mod table;

use super::error::QuantError;
use super::fixed::quantize_multiplier;
use super::params::{Multiplier, OpParams, PoolParams};
use super::run::quantize;
use crate::graph::{Activation, Combine, DType, Graph, Op, OpKind, PadFill, TensorId};

/// Derives what `op` needs to know before it runs.
///
/// # Errors
/// When a tensor lacks quantisation or has the wrong type, when a ratio of scales does not fit, or when an operator
/// that copies codes joins tensors with different scales.
pub fn op_params(graph: &Graph, op: &Op) -> Result<OpParams, QuantError> {
    let malformed = |what| move || QuantError::Malformed { what };
    let input = *op.inputs.first().ok_or_else(malformed("no input tensor"))?;
    let output = *op
        .outputs
        .first()
        .ok_or_else(malformed("no output tensor"))?;
    let second = || {
        op.inputs
            .get(1)
            .copied()
            .ok_or_else(malformed("one input is missing"))
    };
    let shape = |id: TensorId| graph.tensor(id).shape.as_slice();
    let copy = OpParams::Copy {
        fill: graph.tensor(output).scale_zero().map_or(0, |(_, z)| z),
    };
    Ok(match &op.kind {
        OpKind::Conv2d(op) => {
            let channels = shape(op.weights).first().copied();
            let tensors = [input, output, op.weights];
            OpParams::Conv(conv::conv(graph, tensors, channels, op.activation)?)
        }
        OpKind::DepthwiseConv2d(op) => {
            let channels = shape(op.weights).last().copied();
            let tensors = [input, output, op.weights];
            OpParams::Conv(conv::conv(graph, tensors, channels, op.activation)?)
        }
        OpKind::TransposeConv2d(op) => {
            let channels = shape(op.weights).first().copied();
            let tensors = [input, output, op.weights];
            OpParams::Conv(conv::conv(graph, tensors, channels, op.activation)?)
        }
        OpKind::FullyConnected(op) => {
            let tensors = [input, output, op.weights];
            OpParams::Conv(conv::dense(graph, tensors, op.activation)?)
        }
        OpKind::Add(activation) => {
            let inputs = [input, second()?];
            OpParams::Add(elementwise::add(graph, inputs, output, *activation)?)
        }
        OpKind::Combine(Combine::Sub(activation)) => {
            let inputs = [input, second()?];
            OpParams::Sub(elementwise::sub(graph, inputs, output, *activation)?)
        }
        OpKind::Combine(Combine::Mul(activation)) => {
            let inputs = [input, second()?];
            OpParams::Mul(elementwise::mul(graph, inputs, output, *activation)?)
        }
        OpKind::Combine(Combine::Maximum | Combine::Minimum) => {
            for id in [input, second()?, output] {
                per_tensor(graph, id)?;
            }
            copy
        }
        OpKind::Unary(function) => {
            OpParams::Table(table::table(graph, [input, output], *function)?)
        }
        OpKind::Prelu { slopes } => {
            OpParams::Prelu(elementwise::prelu(graph, [input, output, *slopes])?)
        }
        OpKind::AveragePool2d(op) | OpKind::MaxPool2d(op) => {
            same_quantization(graph, input, output, 1e-6)?;
            let (scale, zero_point) = per_tensor(graph, output)?;
            OpParams::Pool(PoolParams {
                clamp: clamp(op.activation, scale, zero_point),
            })
        }
        OpKind::Mean(op) => OpParams::Mean(reduce::mean(graph, [input, output], op)?),
        OpKind::Sum(op) => OpParams::Mean(reduce::sum(graph, [input, output], op)?),
        OpKind::Softmax { beta } => {
            OpParams::Softmax(reduce::softmax(graph, [input, output], *beta)?)
        }
        OpKind::Resize(op) => {
            let &[_, height, width, _] = shape(input) else {
                return Err(malformed("resampling needs an image")());
            };
            OpParams::Resize(resize::resize(op, [height, width]))
        }
        OpKind::Quantize if graph.tensor(input).dtype == DType::I8 => {
            OpParams::Requantize(elementwise::requantize(graph, [input, output])?)
        }
        OpKind::Quantize => float_params(graph, input, output)?,
        OpKind::Dequantize => float_params(graph, output, input)?,
        OpKind::Concatenation { .. } | OpKind::ReduceMax(_) => {
            for &id in &op.inputs {
                same_quantization(graph, id, output, 0.0)?;
            }
            copy
        }
        OpKind::Pad(op) => match op.fill {
            PadFill::Constant(real) => {
                let (scale, zero_point) = per_tensor(graph, output)?;
                OpParams::Copy {
                    fill: i32::from(quantize(real, scale, zero_point)),
                }
            }
            PadFill::Zero | PadFill::Reflect | PadFill::Symmetric => copy,
        },
        OpKind::Slice(_) | OpKind::Reshape | OpKind::Transpose { .. } => copy,
    })
}

/// Fails unless both tensors have one zero point and scales that differ by `tolerance` at most.
fn same_quantization(
    graph: &Graph,
    input: TensorId,
    output: TensorId,
    tolerance: f32,
) -> Result<(), QuantError> {
    let (from, to) = (per_tensor(graph, input)?, per_tensor(graph, output)?);
    if (from.0 - to.0).abs() <= tolerance && from.1 == to.1 {
        Ok(())
    } else {
        Err(QuantError::Rescale { tensor: input.0 })
    }
}

/// Scale and zero point of an int8 activation.
fn per_tensor(graph: &Graph, id: TensorId) -> Result<(f32, i32), QuantError> {
    let tensor = graph.tensor(id);
    if tensor.dtype != DType::I8 {
        return Err(QuantError::Type {
            tensor: id.0,
            dtype: tensor.dtype,
        });
    }
    let (scale, zero_point) = tensor
        .scale_zero()
        .ok_or(QuantError::Unquantized { tensor: id.0 })?;
    if !(-128..=127).contains(&zero_point) {
        return Err(QuantError::Malformed {
            what: "an int8 zero point lies outside -128..=127",
        });
    }
    Ok((scale, zero_point))
}

fn multiplier(ratio: f64) -> Result<Multiplier, QuantError> {
    quantize_multiplier(ratio).ok_or(QuantError::Ratio { ratio })
}

/// A border operator between `float` and `int8`.
fn float_params(graph: &Graph, float: TensorId, int8: TensorId) -> Result<OpParams, QuantError> {
    let dtype = graph.tensor(float).dtype;
    if dtype != DType::F32 {
        return Err(QuantError::Type {
            tensor: float.0,
            dtype,
        });
    }
    let (scale, zero_point) = per_tensor(graph, int8)?;
    Ok(OpParams::Float { scale, zero_point })
}

/// Output codes that the fused activation allows (`CalculateActivationRangeQuantized`, float32).
fn clamp(activation: Activation, scale: f32, zero_point: i32) -> [i32; 2] {
    let code = |real: f32| zero_point.saturating_add((real / scale).round() as i32);
    let [low, high] = match activation {
        Activation::None => [i32::MIN, i32::MAX],
        Activation::Relu => [code(0.0), i32::MAX],
        Activation::Relu6 => [code(0.0), code(6.0)],
        Activation::ReluN1To1 => [code(-1.0), code(1.0)],
    };
    [low.max(-128), high.min(127)]
}
