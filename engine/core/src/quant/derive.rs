//! From scales and zero points to [`OpParams`], in the precision that TFLM uses at each place.

use super::error::QuantError;
use super::fixed::quantize_multiplier;
use super::params::{
    AddParams, ConvParams, MeanParams, Multiplier, OpParams, PoolParams, RequantizeParams,
    SoftmaxParams,
};
use crate::graph::{Activation, DType, Graph, Op, OpKind, Quantization, Reduce, TensorId};

/// Integer bits of the scaled differences in softmax (Q5.26).
const SOFTMAX_INTEGER_BITS: i32 = 5;

/// Derives what `op` needs to know before it runs.
///
/// # Errors
/// When a tensor lacks quantisation or has the wrong type, or when a ratio of scales does not fit.
pub fn op_params(graph: &Graph, op: &Op) -> Result<OpParams, QuantError> {
    let input = *op.inputs.first().ok_or(QuantError::Malformed {
        what: "no input tensor",
    })?;
    let output = *op.outputs.first().ok_or(QuantError::Malformed {
        what: "no output tensor",
    })?;
    Ok(match &op.kind {
        OpKind::Conv2d(conv) => OpParams::Conv(conv_params(
            graph,
            input,
            output,
            conv.weights,
            graph.tensor(conv.weights).shape.first().copied(),
            conv.activation,
        )?),
        OpKind::DepthwiseConv2d(conv) => OpParams::Conv(conv_params(
            graph,
            input,
            output,
            conv.weights,
            graph.tensor(conv.weights).shape.last().copied(),
            conv.activation,
        )?),
        OpKind::FullyConnected(dense) => OpParams::Conv(
            conv_params(
                graph,
                input,
                output,
                dense.weights,
                graph.tensor(dense.weights).shape.first().copied(),
                dense.activation,
            )
            .and_then(|params| dense_multipliers(graph, input, output, dense.weights, params))?,
        ),
        OpKind::Add(activation) => {
            let other = *op.inputs.get(1).ok_or(QuantError::Malformed {
                what: "an addition needs two inputs",
            })?;
            OpParams::Add(add_params(graph, [input, other], output, *activation)?)
        }
        OpKind::AveragePool2d(pool) | OpKind::MaxPool2d(pool) => {
            per_tensor(graph, input)?;
            let (scale, zero_point) = per_tensor(graph, output)?;
            OpParams::Pool(PoolParams {
                clamp: clamp(pool.activation, scale, zero_point),
            })
        }
        OpKind::Mean(mean) => OpParams::Mean(mean_params(graph, input, output, mean)?),
        OpKind::Softmax { beta } => {
            let (scale, _) = per_tensor(graph, input)?;
            let (output_scale, output_zero_point) = per_tensor(graph, output)?;
            // The kernel has these two built in.
            if (output_scale - 1.0 / 256.0).abs() > 1e-6 || output_zero_point != -128 {
                return Err(QuantError::Malformed {
                    what: "softmax needs output scale 1/256 and zero point -128",
                });
            }
            OpParams::Softmax(softmax_params(*beta, scale)?)
        }
        OpKind::Quantize if graph.tensor(input).dtype == DType::I8 => {
            let (from, input_zero_point) = per_tensor(graph, input)?;
            let (to, output_zero_point) = per_tensor(graph, output)?;
            OpParams::Requantize(RequantizeParams {
                input_zero_point,
                output_zero_point,
                multiplier: multiplier(f64::from(from) / f64::from(to))?,
            })
        }
        OpKind::Quantize => float_params(graph, input, output)?,
        OpKind::Dequantize => float_params(graph, output, input)?,
        OpKind::TransposeConv2d(_)
        | OpKind::Combine(_)
        | OpKind::Unary(_)
        | OpKind::Prelu { .. }
        | OpKind::Sum(_)
        | OpKind::ReduceMax(_)
        | OpKind::Resize(_) => {
            return Err(QuantError::Malformed {
                what: "this operator has no int8 kernel yet",
            });
        }
        OpKind::Concatenation { .. }
        | OpKind::Slice(_)
        | OpKind::Pad(_)
        | OpKind::Reshape
        | OpKind::Transpose { .. } => OpParams::Copy {
            zero_point: graph.tensor(output).scale_zero().map_or(0, |(_, z)| z),
        },
    })
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

/// The quantisation of symmetric int8 weights.
fn weight_quantization(graph: &Graph, id: TensorId) -> Result<&Quantization, QuantError> {
    let tensor = graph.tensor(id);
    if tensor.dtype != DType::I8 {
        return Err(QuantError::Type {
            tensor: id.0,
            dtype: tensor.dtype,
        });
    }
    let quant = tensor
        .quant
        .as_ref()
        .ok_or(QuantError::Unquantized { tensor: id.0 })?;
    if quant.zero_points.iter().any(|&z| z != 0) {
        return Err(QuantError::AsymmetricWeights { tensor: id.0 });
    }
    Ok(quant)
}

fn conv_params(
    graph: &Graph,
    input: TensorId,
    output: TensorId,
    weights: TensorId,
    channels: Option<usize>,
    activation: Activation,
) -> Result<ConvParams, QuantError> {
    let channels = channels.ok_or(QuantError::Malformed {
        what: "weights are a scalar",
    })?;
    let (input_scale, input_zero_point) = per_tensor(graph, input)?;
    let (output_scale, output_zero_point) = per_tensor(graph, output)?;
    let quant = weight_quantization(graph, weights)?;
    if quant.scales.len() != 1 && quant.scales.len() != channels {
        return Err(QuantError::Size {
            what: "scales of the weights",
            expected: channels,
            found: quant.scales.len(),
        });
    }
    let multipliers = (0..channels)
        .map(|c| {
            multiplier(f64::from(input_scale) * f64::from(quant.scale(c)) / f64::from(output_scale))
        })
        .collect::<Result<_, _>>()?;
    Ok(ConvParams {
        input_zero_point,
        output_zero_point,
        multipliers,
        clamp: clamp(activation, output_scale, output_zero_point),
    })
}

/// Fully connected with one weight scale multiplies the scales in float32 (`GetQuantizedConvolutionMultipler`).
fn dense_multipliers(
    graph: &Graph,
    input: TensorId,
    output: TensorId,
    weights: TensorId,
    mut params: ConvParams,
) -> Result<ConvParams, QuantError> {
    if let [weight_scale] = weight_quantization(graph, weights)?.scales[..] {
        let product = per_tensor(graph, input)?.0 * weight_scale;
        let same = multiplier(f64::from(product) / f64::from(per_tensor(graph, output)?.0))?;
        params.multipliers.fill(same);
    }
    Ok(params)
}

fn add_params(
    graph: &Graph,
    inputs: [TensorId; 2],
    output: TensorId,
    activation: Activation,
) -> Result<AddParams, QuantError> {
    let left_shift = 20;
    let (scale_a, zero_a) = per_tensor(graph, inputs[0])?;
    let (scale_b, zero_b) = per_tensor(graph, inputs[1])?;
    let (output_scale, output_zero_point) = per_tensor(graph, output)?;
    let twice_max = 2.0 * f64::from(scale_a.max(scale_b));
    Ok(AddParams {
        input_zero_points: [zero_a, zero_b],
        input_multipliers: [
            multiplier(f64::from(scale_a) / twice_max)?,
            multiplier(f64::from(scale_b) / twice_max)?,
        ],
        left_shift,
        output_multiplier: multiplier(
            twice_max / (f64::from(1 << left_shift) * f64::from(output_scale)),
        )?,
        output_zero_point,
        clamp: clamp(activation, output_scale, output_zero_point),
    })
}

/// The division by the count is folded into the multiplier (`reference_integer_ops::Mean`).
fn mean_params(
    graph: &Graph,
    input: TensorId,
    output: TensorId,
    mean: &Reduce,
) -> Result<MeanParams, QuantError> {
    let (input_scale, input_zero_point) = per_tensor(graph, input)?;
    let (output_scale, output_zero_point) = per_tensor(graph, output)?;
    let shape = &graph.tensor(input).shape;
    let count = mean
        .axes
        .iter()
        .map(|&axis| shape.get(axis).copied())
        .product::<Option<usize>>()
        .filter(|&n| n > 0)
        .ok_or(QuantError::Malformed {
            what: "a mean needs valid axes and at least one element",
        })?;
    let by = multiplier(f64::from(input_scale) / f64::from(output_scale))?;
    let fold = (count.ilog2() as i32).min(32).min(31 + by.shift);
    Ok(MeanParams {
        input_zero_point,
        multiplier: Multiplier {
            mantissa: ((i64::from(by.mantissa) << fold) / count as i64) as i32,
            shift: by.shift - fold,
        },
        output_zero_point,
        count,
    })
}

/// `PreprocessSoftmaxScaling` and `CalculateInputRadius`.
fn softmax_params(beta: f32, scale: f32) -> Result<SoftmaxParams, QuantError> {
    let largest = f64::from(i32::MAX);
    let ratio = (f64::from(beta) * f64::from(scale) * f64::from(1 << (31 - SOFTMAX_INTEGER_BITS)))
        .min(largest);
    let by = quantize_multiplier(ratio)
        .filter(|by| by.shift >= 0)
        .ok_or(QuantError::Ratio { ratio })?;
    let radius = f64::from((1 << SOFTMAX_INTEGER_BITS) - 1)
        * f64::from(1 << (31 - SOFTMAX_INTEGER_BITS))
        / (1_u64 << by.shift) as f64;
    Ok(SoftmaxParams {
        multiplier: by,
        diff_min: -(radius.floor() as i32),
    })
}
