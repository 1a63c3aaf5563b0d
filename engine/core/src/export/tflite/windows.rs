//! Operators with weights or a sliding window.

use super::file::{Builder, Options};
use super::ops::{activation_code, fill};
use crate::format::tflite_schema::tflite::{
    Conv2DOptionsArgs, DepthwiseConv2DOptionsArgs, FullyConnectedOptionsArgs, Pool2DOptionsArgs,
    TransposeConvOptionsArgs,
};
use crate::graph::shape::same_padding;
use crate::graph::{
    Conv2d, DType, DepthwiseConv2d, FullyConnected, Pool2d, Quantization, Tensor, TensorId,
    TransposeConv2d, Window,
};

const SAME: i8 = 0;
const VALID: i8 = 1;

/// The format's padding for a window from `input` to `output` (`[height, width]`); `None` if neither SAME nor VALID.
///
/// Padding below and to the right has no number of its own: it follows from the size of the output.
fn padding(window: &Window, input: [usize; 2], output: [usize; 2]) -> Option<i8> {
    let before = [window.padding.top, window.padding.left];
    let axis = |i: usize| (window.kernel[i], window.stride[i], window.dilation[i]);
    let fits = |i: usize| {
        let (kernel, stride, dilation) = axis(i);
        let span = (kernel - 1) * dilation + 1;
        let valid =
            before[i] == 0 && input[i].checked_sub(span).map(|n| n / stride + 1) == Some(output[i]);
        let same = output[i] == input[i].div_ceil(stride)
            && before[i] == same_padding(input[i], kernel, stride, dilation)[0];
        (valid, same)
    };
    match (fits(0), fits(1)) {
        ((true, _), (true, _)) => Some(VALID),
        ((_, true), (_, true)) => Some(SAME),
        _ => None,
    }
}

fn hw(tensor: &Tensor) -> [usize; 2] {
    let [h, w, _] = tensor.hwc();
    [h, w]
}

/// The input of a window and its padding in the format; where that has no name, the input goes through a PAD (with
/// `filled`, a PADV2) first.
fn padded(
    b: &mut Builder<'_>,
    window: &Window,
    input: TensorId,
    output: TensorId,
    filled: Option<f32>,
) -> (i32, i8) {
    let graph = b.graph;
    let (map, out) = (graph.tensor(input), graph.tensor(output));
    let index = b.tensor(input);
    if let Some(padding) = padding(window, hw(map), hw(out)) {
        return (index, padding);
    }
    let p = window.padding;
    let [h, w, c] = map.hwc();
    let shape = vec![1, h + p.top + p.bottom, w + p.left + p.right, c];
    let amounts = [0, 0, p.top, p.bottom, p.left, p.right, 0, 0].map(|a| a as i32);
    let name = format!("{}/amounts", out.name);
    let mut inputs = vec![index, b.integers(&name, &[4, 2], amounts.to_vec())];
    let (name, options) = match filled {
        None => ("PAD", Options::Pad),
        Some(value) => {
            inputs.push(fill(b, map, value));
            ("PADV2", Options::PadV2)
        }
    };
    let wider = b.between("padded", map, shape);
    b.push(name, options, inputs, wider);
    (wider, VALID)
}

/// Input, weights and bias.
fn operands(
    b: &mut Builder<'_>,
    activation: (TensorId, i32),
    weights: TensorId,
    bias: Option<TensorId>,
) -> Vec<i32> {
    let graph = b.graph;
    let mut operands = vec![activation.1, b.tensor(weights)];
    if let Some(bias) = bias {
        let bias = add_bias(b, activation.0, graph.tensor(weights), graph.tensor(bias));
        operands.push(bias);
    }
    operands
}

/// Fails on weights of a convolution whose zero point the reference would ignore.
fn symmetric(b: &Builder<'_>, weights: TensorId) -> Result<(), String> {
    let quant = b.graph.tensor(weights).quant.as_ref();
    if quant.is_some_and(|q| q.zero_points.iter().any(|&z| z != 0)) {
        return Err(
            "its weights have a zero point other than 0, which int8 convolutions of the format ignore; \
             quantise the model again with symmetric weights"
                .into(),
        );
    }
    Ok(())
}

/// Fails on weights of a matrix that the reference refuses: it honours one zero point and one scale above 0, or scales
/// for each row.
fn honoured(b: &Builder<'_>, weights: TensorId) -> Result<(), String> {
    match &b.graph.tensor(weights).quant {
        Some(quant) if quant.scales.len() > 1 => symmetric(b, weights),
        Some(quant) if quant.scales[0] < 0.0 => Err(
            "its weights have a negative scale; turn the signs of scale and codes around".into(),
        ),
        _ => Ok(()),
    }
}

/// A bias with the scales that the reference asks for: those of the weights times that of the input.
fn add_bias(b: &mut Builder<'_>, input: TensorId, weights: &Tensor, bias: &Tensor) -> i32 {
    let quant = match (b.graph.tensor(input).scale_zero(), &weights.quant) {
        (Some((scale, _)), Some(quant)) if bias.dtype == DType::I32 => {
            let scales: Vec<f32> = quant.scales.iter().map(|s| s * scale).collect();
            let fine = scales.iter().all(|s| *s != 0.0 && s.is_finite());
            fine.then(|| Quantization {
                zero_points: vec![0; scales.len()],
                scales,
                axis: 0,
            })
        }
        _ => None,
    };
    b.add(Tensor {
        shape: vec![bias.elements()],
        quant,
        ..bias.clone()
    })
}

pub(super) fn conv(
    b: &mut Builder<'_>,
    op: &Conv2d,
    input: TensorId,
    output: TensorId,
) -> Result<(), String> {
    let (map, padding) = padded(b, &op.window, input, output, None);
    symmetric(b, op.weights)?;
    let inputs = operands(b, (input, map), op.weights, op.bias);
    let options = Options::Conv2D(Conv2DOptionsArgs {
        padding,
        stride_h: op.window.stride[0] as i32,
        stride_w: op.window.stride[1] as i32,
        dilation_h_factor: op.window.dilation[0] as i32,
        dilation_w_factor: op.window.dilation[1] as i32,
        fused_activation_function: activation_code(op.activation),
    });
    let output = b.tensor(output);
    b.push("CONV_2D", options, inputs, output);
    Ok(())
}

pub(super) fn depthwise(
    b: &mut Builder<'_>,
    op: &DepthwiseConv2d,
    input: TensorId,
    output: TensorId,
) -> Result<(), String> {
    let (map, padding) = padded(b, &op.window, input, output, None);
    symmetric(b, op.weights)?;
    let inputs = operands(b, (input, map), op.weights, op.bias);
    let options = Options::DepthwiseConv2D(DepthwiseConv2DOptionsArgs {
        padding,
        stride_h: op.window.stride[0] as i32,
        stride_w: op.window.stride[1] as i32,
        depth_multiplier: op.multiplier as i32,
        dilation_h_factor: op.window.dilation[0] as i32,
        dilation_w_factor: op.window.dilation[1] as i32,
        fused_activation_function: activation_code(op.activation),
    });
    let output = b.tensor(output);
    b.push("DEPTHWISE_CONV_2D", options, inputs, output);
    Ok(())
}

pub(super) fn dense(
    b: &mut Builder<'_>,
    op: &FullyConnected,
    input: TensorId,
    output: TensorId,
) -> Result<(), String> {
    let graph = b.graph;
    let (from, to) = (&graph.tensor(input).shape, &graph.tensor(output).shape);
    let keeps = |from: &[usize], to: &[usize]| {
        to.len() != 2
            && from.len() == to.len()
            && from.split_last().map(|s| s.1) == to.split_last().map(|s| s.1)
    };
    let options = Options::FullyConnected(FullyConnectedOptionsArgs {
        fused_activation_function: activation_code(op.activation),
        keep_num_dims: keeps(from, to),
        ..FullyConnectedOptionsArgs::default()
    });
    let index = b.tensor(input);
    honoured(b, op.weights)?;
    let inputs = operands(b, (input, index), op.weights, op.bias);
    let output = b.tensor(output);
    b.push("FULLY_CONNECTED", options, inputs, output);
    Ok(())
}

/// Cropping that the format has no name for becomes a SLICE behind the whole output.
pub(super) fn transpose_conv(
    b: &mut Builder<'_>,
    op: &TransposeConv2d,
    input: TensorId,
    output: TensorId,
) -> Result<(), String> {
    let graph = b.graph;
    let (weights, out) = (graph.tensor(op.weights), graph.tensor(output));
    let kernel = [weights.shape[1], weights.shape[2]];
    let same = [0, 1].map(|i| same_padding(op.output[i], kernel[i], op.stride[i], 1)[0]);
    let channels = out.shape.last().copied().unwrap_or(1);
    let whole = [0, 1].map(|i| op.output[i] + op.padding[i]);
    let (padding, [h, w]) = match op.padding {
        [0, 0] => (VALID, op.output),
        padding if padding == same => (SAME, op.output),
        _ => (VALID, whole),
    };
    let shape = vec![1, h, w, channels];
    let name = format!("{}/shape", out.name);
    let list = shape.iter().map(|&d| d as i32).collect();
    let mut inputs = vec![b.integers(&name, &[4], list)];
    let index = b.tensor(input);
    symmetric(b, op.weights)?;
    let mut rest = operands(b, (input, index), op.weights, op.bias);
    rest.swap(0, 1);
    inputs.append(&mut rest);
    let options = Options::TransposeConv(TransposeConvOptionsArgs {
        padding,
        stride_h: op.stride[0] as i32,
        stride_w: op.stride[1] as i32,
        fused_activation_function: activation_code(op.activation),
    });
    if [h, w] == op.output {
        let output = b.tensor(output);
        b.push("TRANSPOSE_CONV", options, inputs, output);
        return Ok(());
    }
    let between = b.between("whole", out, shape);
    b.push("TRANSPOSE_CONV", options, inputs, between);
    let begin = [0, op.padding[0], op.padding[1], 0].map(|v| v as i32);
    let size = [1, op.output[0], op.output[1], channels].map(|v| v as i32);
    let begin = b.integers(&format!("{}/begin", out.name), &[4], begin.to_vec());
    let size = b.integers(&format!("{}/size", out.name), &[4], size.to_vec());
    let output = b.tensor(output);
    b.push("SLICE", Options::Slice, vec![between, begin, size], output);
    Ok(())
}

fn pool_options(op: &Pool2d, padding: i8) -> Result<Options, String> {
    if op.window.dilation != [1, 1] {
        return Err("the format has no dilated pools".into());
    }
    Ok(Options::Pool2D(Pool2DOptionsArgs {
        padding,
        stride_h: op.window.stride[0] as i32,
        stride_w: op.window.stride[1] as i32,
        filter_height: op.window.kernel[0] as i32,
        filter_width: op.window.kernel[1] as i32,
        fused_activation_function: activation_code(op.activation),
    }))
}

/// An average counts only what lies on the map, so its padding cannot be written as elements around it.
pub(super) fn average_pool(
    b: &mut Builder<'_>,
    op: &Pool2d,
    input: TensorId,
    output: TensorId,
) -> Result<(), String> {
    let graph = b.graph;
    let padding = padding(
        &op.window,
        hw(graph.tensor(input)),
        hw(graph.tensor(output)),
    );
    let padding = padding.ok_or(
        "its padding is neither SAME nor VALID, and an average may not count added elements; change its padding",
    )?;
    let options = pool_options(op, padding)?;
    let (input, output) = (b.tensor(input), b.tensor(output));
    b.push("AVERAGE_POOL_2D", options, vec![input], output);
    Ok(())
}

/// A maximum ignores the lowest number, so padding can be written as elements that hold it.
pub(super) fn max_pool(
    b: &mut Builder<'_>,
    op: &Pool2d,
    input: TensorId,
    output: TensorId,
) -> Result<(), String> {
    let (map, padding) = padded(b, &op.window, input, output, Some(f32::MIN));
    let options = pool_options(op, padding)?;
    let output = b.tensor(output);
    b.push("MAX_POOL_2D", options, vec![map], output);
    Ok(())
}
