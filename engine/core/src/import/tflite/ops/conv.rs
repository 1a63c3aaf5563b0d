//! `CONV_2D` and `DEPTHWISE_CONV_2D`.

use super::window::{RawWindow, resolve};
use super::{OpReader, Parsed, Reported};
use crate::diagnostic::Severity;
use crate::graph::shape::text;
use crate::graph::{Conv2d, DType, DepthwiseConv2d, OpKind, TensorId};

const REPAIR: &str = "the file is damaged or was edited; convert the model again";

pub(in crate::import::tflite) fn read_conv(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(2, 3)?;
    let options = cx.op.builtin_options_as_conv_2_doptions();
    let options = cx.options(options, "Conv2DOptions");
    let activations = cx.int8_in_out();
    let weights = weights(cx, 4, 0);
    let (options, (input, output), weights) = (options?, activations?, weights?);
    let shape = cx.tensor(weights).shape.clone();
    let raw = RawWindow {
        kernel: [shape[1] as i64, shape[2] as i64],
        stride: [options.stride_h(), options.stride_w()],
        dilation: [options.dilation_h_factor(), options.dilation_w_factor()],
        padding: options.padding(),
    };
    let window = resolve(cx, input, &raw);
    let activation = cx.activation(options.fused_activation_function());
    let bias = bias(cx, shape[0]);
    let (window, activation, bias) = (window?, activation?, bias.ok()?);
    scales(cx, input, weights, bias, output)?;
    let kind = OpKind::Conv2d(Conv2d {
        weights,
        bias,
        window,
        activation,
    });
    Some((kind, vec![input]))
}

pub(in crate::import::tflite) fn read_depthwise(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(2, 3)?;
    let options = cx.op.builtin_options_as_depthwise_conv_2_doptions();
    let options = cx.options(options, "DepthwiseConv2DOptions");
    let activations = cx.int8_in_out();
    let weights = weights(cx, 4, 3);
    let (options, (input, output), weights) = (options?, activations?, weights?);
    let shape = cx.tensor(weights).shape.clone();
    let raw = RawWindow {
        kernel: [shape[1] as i64, shape[2] as i64],
        stride: [options.stride_h(), options.stride_w()],
        dilation: [options.dilation_h_factor(), options.dilation_w_factor()],
        padding: options.padding(),
    };
    let window = resolve(cx, input, &raw);
    let activation = cx.activation(options.fused_activation_function());
    let bias = bias(cx, shape[3]);
    let (window, activation, bias) = (window?, activation?, bias.ok()?);
    scales(cx, input, weights, bias, output)?;
    let channels = cx.tensor(input).shape.last().copied().unwrap_or(1);
    let multiplier = options.depth_multiplier();
    if usize::try_from(multiplier)
        .ok()
        .and_then(|m| m.checked_mul(channels))
        != Some(shape[3])
    {
        cx.error(
            "bad-options",
            format!(
                "{} weight channels are not the {channels} input channels times the depth multiplier {multiplier}",
                shape[3]
            ),
            REPAIR,
        );
        return None;
    }
    let kind = OpKind::DepthwiseConv2d(DepthwiseConv2d {
        weights,
        bias,
        window,
        multiplier: multiplier as usize,
        activation,
    });
    Some((kind, vec![input]))
}

/// Input 1 as constant int8 weights of `rank` dimensions, with one scale or one per index of `axis`, zero points 0.
pub(super) fn weights(cx: &mut OpReader<'_, '_>, rank: usize, axis: usize) -> Option<TensorId> {
    let id = cx.input(1)?;
    let tensor = cx.tensor(id);
    let problem = if tensor.dtype != DType::I8 {
        Some((
            "unsupported-type",
            format!(
                "holds weights of type {:?}; only int8 is supported",
                tensor.dtype
            ),
            "quantise the model to int8 weights and activations",
        ))
    } else if tensor.data.is_none() {
        Some((
            "no-data",
            "should hold the weights, but has no data".into(),
            "weights must be constants in the file; convert the model again",
        ))
    } else if tensor.shape.len() != rank {
        Some((
            "bad-shape",
            format!(
                "holds weights of shape {}, not of {rank} dimensions",
                text(&tensor.shape)
            ),
            REPAIR,
        ))
    } else {
        match &tensor.quant {
            None => Some((
                "bad-quantisation",
                "holds weights without a scale".into(),
                "quantise the model again",
            )),
            Some(q) if q.zero_points.iter().any(|&z| z != 0) => Some((
                "bad-quantisation",
                "holds weights with a zero point other than 0".into(),
                "quantise the weights symmetrically",
            )),
            Some(q)
                if q.scales.len() > 1
                    && (q.axis != axis || q.scales.len() != tensor.shape[axis]) =>
            {
                Some((
                    "bad-quantisation",
                    format!(
                        "has {} scales along dimension {}; its {} output channels lie along dimension {axis}",
                        q.scales.len(),
                        q.axis,
                        tensor.shape[axis]
                    ),
                    "quantise the model again",
                ))
            }
            Some(_) => None,
        }
    };
    match problem {
        Some(problem) => {
            cx.problem(id, problem);
            None
        }
        None => Some(id),
    }
}

/// Input 2 as a constant int32 bias of `channels` values.
pub(super) fn bias(
    cx: &mut OpReader<'_, '_>,
    channels: usize,
) -> Result<Option<TensorId>, Reported> {
    if cx.input_index(2).is_none() {
        return Ok(None);
    }
    let id = cx.input(2).ok_or(Reported)?;
    let tensor = cx.tensor(id);
    let problem = if tensor.dtype != DType::I32 {
        Some((
            "unsupported-type",
            format!(
                "holds a bias of type {:?}; only int32 is supported",
                tensor.dtype
            ),
            "quantise the model to int8 with 32-bit biases",
        ))
    } else if tensor.data.is_none() {
        Some((
            "no-data",
            "should hold the bias, but has no data".into(),
            "biases must be constants in the file; convert the model again",
        ))
    } else if tensor.elements() != channels {
        Some((
            "bad-shape",
            format!(
                "holds {} biases for {channels} output channels",
                tensor.elements()
            ),
            REPAIR,
        ))
    } else {
        match &tensor.quant {
            Some(q) if q.scales.len() != 1 && q.scales.len() != channels => Some((
                "bad-quantisation",
                format!(
                    "has {} scales for {channels} output channels",
                    q.scales.len()
                ),
                "quantise the model again",
            )),
            _ => None,
        }
    };
    if let Some(problem) = problem {
        cx.problem(id, problem);
        return Err(Reported);
    }
    // Some writers give a bias the axis of its weights (3, in a tensor of one dimension): one value per channel is the
    // only reading.
    let tensor = &mut cx.tensors.done[id.0 as usize];
    if let Some(quant) = &mut tensor.quant {
        quant.axis = tensor
            .shape
            .iter()
            .position(|&d| d == channels)
            .unwrap_or(0);
    }
    Ok(Some(id))
}

/// Checks the scales of input, weights, bias and output against each other; the tensors have passed on their own.
pub(super) fn scales(
    cx: &mut OpReader<'_, '_>,
    input: TensorId,
    weights: TensorId,
    bias: Option<TensorId>,
    output: TensorId,
) -> Option<()> {
    let sx = f64::from(cx.tensor(input).scale_zero()?.0);
    let sy = f64::from(cx.tensor(output).scale_zero()?.0);
    let quant = cx.tensor(weights).quant.as_ref()?;
    let largest = quant.scales.iter().fold(0.0, |m: f32, s| m.max(s.abs()));
    let effective = sx * f64::from(largest) / sy;
    if effective >= f64::from(1 << 30) {
        cx.error(
            "bad-quantisation",
            format!(
                "input × weight scale is {effective:e} times the output scale: no result fits int8"
            ),
            "quantise the model again",
        );
        return None;
    }
    let Some(bias) = bias else {
        return Some(());
    };
    // The reference asks for this and then uses only input × weight scale.
    let worst = cx.tensor(bias).quant.as_ref().map_or(0.0, |b| {
        let channels = b.scales.len().max(quant.scales.len());
        let gap = |c| (sx * f64::from(quant.scale(c)) - f64::from(b.scale(c))).abs() / sy;
        (0..channels).map(gap).fold(0.0, f64::max)
    });
    if worst > 0.02 {
        cx.remark(
            Severity::Warning,
            "bias-scale",
            format!(
                "{}'s scale is not input × weight scale; the bias is used as if it were",
                cx.label(bias)
            ),
        );
    }
    let tensor = cx.tensor(bias);
    let saturated = tensor
        .data
        .as_ref()
        .and_then(|d| d.as_i32())
        .map_or(0, |v| {
            v.iter()
                .filter(|&&x| x == i32::MAX || x == i32::MIN)
                .count()
        });
    if saturated > 0 {
        cx.remark(
            Severity::Warning,
            "saturated-bias",
            format!(
                "{saturated} of {} biases are saturated at ±2^31: those channels are probably constant",
                tensor.elements()
            ),
        );
    }
    Some(())
}
