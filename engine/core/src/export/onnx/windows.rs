//! Operators with weights or a sliding window.

use super::build::Builder;
use super::layout::permuted;
use super::proto::{int, ints};
use crate::format::onnx::AttributeProto;
use crate::graph::shape::groups;
use crate::graph::{
    Conv2d, DType, Data, DepthwiseConv2d, FullyConnected, Padding, Pool2d, Quantization, Tensor,
    TensorId, TransposeConv2d, Window,
};

/// OHWI to OIHW.
const OIHW: [usize; 4] = [0, 3, 1, 2];
/// OHWI to IOHW; also 1HWC to C1HW, for depthwise weights.
const IOHW: [usize; 4] = [3, 0, 1, 2];

fn window_attributes(window: &Window) -> Vec<AttributeProto> {
    let Padding {
        top,
        bottom,
        left,
        right,
    } = window.padding;
    vec![
        ints("kernel_shape", window.kernel),
        ints("strides", window.stride),
        ints("pads", [top, left, bottom, right]),
    ]
}

/// Constant weights with axes permuted; `axis` is that of the output channels, in the file.
fn weights(
    b: &mut Builder<'_>,
    id: TensorId,
    permutation: &[usize],
    axis: usize,
) -> Result<String, String> {
    let tensor = upright(b.graph.tensor(id));
    let data = tensor.data.as_ref().ok_or("its weights have no values")?;
    let data = permuted(data, &tensor.shape, permutation);
    let dims: Vec<usize> = permutation.iter().map(|&a| tensor.shape[a]).collect();
    b.moved(&tensor, &dims, &data, axis)
}

/// Whether the signs of channel `c` of these weights have to be turned around: ONNX knows no negative scales. Where a
/// code is −128 it stays as it is, and with it the scale.
fn turned(weights: &Tensor, c: usize) -> bool {
    let (Some(quant), Some(codes)) = (&weights.quant, weights.data.as_ref().and_then(Data::as_i8))
    else {
        return false;
    };
    quant.scale(c) < 0.0 && !channel(weights, quant, c).any(|i| codes[i] == i8::MIN)
}

/// Indices of the elements of channel `c`; of all, where there is one scale.
fn channel<'a>(
    weights: &'a Tensor,
    quant: &'a Quantization,
    c: usize,
) -> impl Iterator<Item = usize> + 'a {
    let below: usize = weights.shape.iter().skip(quant.axis + 1).product();
    let many = quant.scales.len() > 1;
    (0..weights.elements()).filter(move |i| !many || i / below % weights.shape[quant.axis] == c)
}

/// Weights without negative scales, as far as that can be.
fn upright(weights: &Tensor) -> Tensor {
    let mut tensor = weights.clone();
    let (Some(quant), Some(codes)) = (&weights.quant, weights.data.as_ref().and_then(Data::as_i8))
    else {
        return tensor;
    };
    let mut codes = codes.to_vec();
    let mut upright = quant.clone();
    for c in (0..quant.scales.len()).filter(|&c| turned(weights, c)) {
        upright.scales[c] = -quant.scales[c];
        upright.zero_points[c] = -quant.zero_points[c];
        for i in channel(weights, quant, c) {
            codes[i] = -codes[i];
        }
    }
    tensor.quant = Some(upright);
    tensor.data = Some(Data::I8(codes.into()));
    tensor
}

/// The bias as real numbers: int32 codes have the scale of input times weights.
fn bias(
    b: &mut Builder<'_>,
    id: TensorId,
    input: TensorId,
    weights: TensorId,
) -> Result<String, String> {
    let graph = b.graph;
    let tensor = graph.tensor(id);
    let data = tensor.data.as_ref().ok_or("its bias has no values")?;
    let weights = graph.tensor(weights);
    match (
        data,
        graph.tensor(input).scale_zero(),
        upright(weights).quant,
    ) {
        (Data::F32(_), ..) => Ok(b.constant(&tensor.name, &[tensor.elements()], data)),
        (Data::I32(codes), Some((scale, _)), Some(quant)) => {
            let signed = |(c, &code): (usize, &i32)| {
                let whole = quant.scales.len() == 1;
                if turned(weights, if whole { 0 } else { c }) {
                    code.saturating_neg()
                } else {
                    code
                }
            };
            let codes = Data::I32(codes.iter().enumerate().map(signed).collect());
            let name = b.constant(&tensor.name, &[tensor.elements()], &codes);
            let quant = Quantization {
                scales: quant.scales.iter().map(|s| s * scale).collect(),
                zero_points: vec![0; quant.scales.len()],
                axis: 0,
            };
            Ok(b.dequantized(name, &tensor.name, &quant, DType::I32, 0))
        }
        _ => Err("its bias is neither int32 beside quantised weights nor float32".into()),
    }
}

/// Adds the operands of a convolution.
fn operands(
    b: &mut Builder<'_>,
    input: TensorId,
    (id, permutation, axis): (TensorId, [usize; 4], usize),
    bias_id: Option<TensorId>,
) -> Result<Vec<String>, String> {
    let mut inputs = vec![b.read(input)?, weights(b, id, &permutation, axis)?];
    if let Some(bias_id) = bias_id {
        inputs.push(bias(b, bias_id, input, id)?);
    }
    Ok(inputs)
}

/// A Conv in `groups`; returns its real result.
fn convolve(b: &mut Builder<'_>, inputs: Vec<String>, window: &Window, groups: usize) -> String {
    let mut attributes = window_attributes(window);
    attributes.push(ints("dilations", window.dilation));
    attributes.push(int("group", groups as i64));
    b.node("Conv", inputs, attributes)
}

pub(super) fn conv(
    b: &mut Builder<'_>,
    op: &Conv2d,
    input: TensorId,
    output: TensorId,
) -> Result<(), String> {
    let depth = |id: TensorId| b.graph.tensor(id).shape.last().copied().unwrap_or(1);
    let groups = groups(depth(input), depth(op.weights), depth(output))?;
    let inputs = operands(b, input, (op.weights, OIHW, 0), op.bias)?;
    let real = convolve(b, inputs, &op.window, groups);
    let real = b.activated(real, op.activation);
    b.write(real, output)
}

pub(super) fn depthwise(
    b: &mut Builder<'_>,
    op: &DepthwiseConv2d,
    input: TensorId,
    output: TensorId,
) -> Result<(), String> {
    let channels = b.graph.tensor(input).shape.last().copied().unwrap_or(1);
    let inputs = operands(b, input, (op.weights, IOHW, 0), op.bias)?;
    let real = convolve(b, inputs, &op.window, channels);
    let real = b.activated(real, op.activation);
    b.write(real, output)
}

pub(super) fn transpose_conv(
    b: &mut Builder<'_>,
    op: &TransposeConv2d,
    input: TensorId,
    output: TensorId,
) -> Result<(), String> {
    let graph = b.graph;
    let (shape, map) = (&graph.tensor(op.weights).shape, graph.tensor(input).hwc());
    let kernel = [shape[1], shape[2]];
    // What is cut off at the end, or has to be added there.
    let mut after = [0; 2];
    let mut extra = [0; 2];
    for axis in 0..2 {
        let whole = (map[axis] - 1) * op.stride[axis] + kernel[axis];
        let kept = op.output[axis] + op.padding[axis];
        after[axis] = whole.saturating_sub(kept);
        extra[axis] = kept.saturating_sub(whole);
        if extra[axis] >= op.stride[axis] && extra[axis] > 0 {
            return Err("its output is larger than stride and kernel explain".into());
        }
    }
    let inputs = operands(b, input, (op.weights, IOHW, 1), op.bias)?;
    let [top, left] = op.padding;
    let attributes = vec![
        ints("kernel_shape", kernel),
        ints("strides", op.stride),
        ints("pads", [top, left, after[0], after[1]]),
        ints("output_padding", extra),
    ];
    let real = b.node("ConvTranspose", inputs, attributes);
    let real = b.activated(real, op.activation);
    b.write(real, output)
}

pub(super) fn dense(
    b: &mut Builder<'_>,
    op: &FullyConnected,
    input: TensorId,
    output: TensorId,
) -> Result<(), String> {
    let graph = b.graph;
    let (from, to) = (graph.tensor(input), graph.tensor(output));
    let &[outputs, depth] = graph.tensor(op.weights).shape.as_slice() else {
        return Err("its weights are no matrix".into());
    };
    let rows = from.elements() / depth;
    let real = b.read(input)?;
    let rows_of_inputs = b.reshaped(real, &from.shape, &[rows, depth]);
    let mut inputs = vec![rows_of_inputs, weights(b, op.weights, &[0, 1], 0)?];
    if let Some(id) = op.bias {
        inputs.push(bias(b, id, input, op.weights)?);
    }
    let real = b.node("Gemm", inputs, vec![int("transB", 1)]);
    let real = b.activated(real, op.activation);
    let real = b.reshaped(real, &[rows, outputs], &to.shape);
    b.write(real, output)
}

pub(super) fn pool(
    b: &mut Builder<'_>,
    op_type: &str,
    op: &Pool2d,
    input: TensorId,
    output: TensorId,
) -> Result<(), String> {
    let mut attributes = window_attributes(&op.window);
    if op.window.dilation != [1, 1] {
        if op_type != "MaxPool" {
            return Err("the operator set has no dilated averages".into());
        }
        attributes.push(ints("dilations", op.window.dilation));
    }
    let input = b.read(input)?;
    let real = b.node(op_type, vec![input], attributes);
    let real = b.activated(real, op.activation);
    b.write(real, output)
}
