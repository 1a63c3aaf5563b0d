//! Convolutions and fully connected: one multiplier per output channel.

use super::{clamp, multiplier, per_tensor};
use crate::graph::{Activation, DType, Graph, Quantization, TensorId};
use crate::quant::error::QuantError;
use crate::quant::params::ConvParams;

/// The quantisation of int8 weights and their zero point: 0, or one for the whole tensor.
fn weight_quantization(graph: &Graph, id: TensorId) -> Result<(&Quantization, i32), QuantError> {
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
    match quant.zero_points[..] {
        [zero_point] if (-128..=127).contains(&zero_point) => Ok((quant, zero_point)),
        _ if quant.zero_points.iter().all(|&z| z == 0) => Ok((quant, 0)),
        _ => Err(QuantError::AsymmetricWeights { tensor: id.0 }),
    }
}

/// Convolutions. `channels` is the extent of the weights' output axis.
///
/// Scales are multiplied in double, also where there is one weight scale for all channels
/// (`PopulateConvolutionQuantizationParams`). Weights with a zero point come from 8-bit unsigned models, whose kernels
/// multiply the two scales in float32 (`GetQuantizedConvolutionMultipler`).
pub(super) fn conv(
    graph: &Graph,
    [input, output, weights]: [TensorId; 3],
    channels: Option<usize>,
    activation: Activation,
) -> Result<ConvParams, QuantError> {
    derive(graph, [input, output, weights], channels, activation, false)
}

/// Fully connected: as a convolution, but one weight scale for all outputs is multiplied in float32
/// (`GetQuantizedConvolutionMultipler`).
pub(super) fn dense(
    graph: &Graph,
    [input, output, weights]: [TensorId; 3],
    activation: Activation,
) -> Result<ConvParams, QuantError> {
    let channels = graph.tensor(weights).shape.first().copied();
    derive(graph, [input, output, weights], channels, activation, true)
}

fn derive(
    graph: &Graph,
    [input, output, weights]: [TensorId; 3],
    channels: Option<usize>,
    activation: Activation,
    dense: bool,
) -> Result<ConvParams, QuantError> {
    let channels = channels.ok_or(QuantError::Malformed {
        what: "weights are a scalar",
    })?;
    let (input_scale, input_zero_point) = per_tensor(graph, input)?;
    let (output_scale, output_zero_point) = per_tensor(graph, output)?;
    let (quant, weight_zero_point) = weight_quantization(graph, weights)?;
    let multipliers = match quant.scales[..] {
        [scale] if dense || weight_zero_point != 0 => {
            let product = f64::from(input_scale * scale);
            vec![multiplier(product / f64::from(output_scale))?; channels]
        }
        [scale] => {
            let product = f64::from(input_scale) * f64::from(scale);
            vec![multiplier(product / f64::from(output_scale))?; channels]
        }
        _ if quant.scales.len() == channels => {
            let of = |&scale: &f32| {
                multiplier(f64::from(input_scale) * f64::from(scale) / f64::from(output_scale))
            };
            quant.scales.iter().map(of).collect::<Result<_, _>>()?
        }
        _ => {
            return Err(QuantError::Size {
                what: "scales of the weights",
                expected: channels,
                found: quant.scales.len(),
            });
        }
    };
    Ok(ConvParams {
        input_zero_point,
        weight_zero_point,
        output_zero_point,
        multipliers,
        clamp: clamp(activation, output_scale, output_zero_point),
    })
}
