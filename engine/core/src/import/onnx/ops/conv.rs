//! `Conv` and `ConvTranspose`.

use super::window::{Auto, Image, Taps, auto_pad, explicit_pads};
use crate::graph::shape::text;
use crate::graph::{Activation, Conv2d, DepthwiseConv2d, OpKind, TensorId, TransposeConv2d};
use crate::import::onnx::build::Act;
use crate::import::onnx::constant::Constant;
use crate::import::onnx::layout::Layout;
use crate::import::onnx::node::Cx;
use crate::import::onnx::problem::{Read, bad_options, bad_shape, unsupported};

pub(in crate::import::onnx) fn read_conv(cx: &mut Cx<'_, '_>) -> Read<()> {
    let (x, weights) = (cx.real(0)?, cx.constant(1)?);
    let bias = if cx.has(2) {
        Some(cx.constant(2)?)
    } else {
        None
    };
    let (tensor, layout) = conv(cx, &x, &weights, bias.as_ref(), [1, 2])?;
    cx.set_tensor(0, tensor, layout);
    Ok(())
}

/// Emits a convolution. `names` are the operands whose names weights and bias take.
pub(super) fn conv(
    cx: &mut Cx<'_, '_>,
    x: &Act,
    weights: &Constant,
    bias: Option<&Constant>,
    names: [usize; 2],
) -> Read<(TensorId, Layout)> {
    let image = Image::of(cx, x)?;
    let weights = four_axes(weights, image.dimensions)?;
    let [outputs, depth, kh, kw] = [0, 1, 2, 3].map(|i| weights.shape[i]);
    let group = cx.attributes().int_or("group", 1)?;
    let group = usize::try_from(group).unwrap_or(0);
    if group == 0 {
        return Err(bad_options("group is not a positive number"));
    }
    if depth.checked_mul(group) != Some(image.channels) || outputs % group != 0 {
        return Err(bad_shape(format!(
            "weights of shape {} do not fit {} input channels in {group} groups",
            text(&weights.shape),
            image.channels
        )));
    }
    let taps = Taps::read(cx, image.dimensions, Some([kh, kw]))?;
    let window = taps.window(cx, image.size, image.dimensions)?;
    let bias = bias_tensor(cx, bias, outputs, names[1])?;
    let depthwise = group > 1 && depth == 1;
    let order = if depthwise {
        [1, 2, 3, 0]
    } else {
        [0, 2, 3, 1]
    };
    let weights = weights.transposed(&order);
    let weights = weights_tensor(cx, &weights, if depthwise { 3 } else { 0 }, names[0])?;
    let activation = Activation::None;
    let kind = if depthwise {
        OpKind::DepthwiseConv2d(DepthwiseConv2d {
            weights,
            bias,
            window,
            multiplier: outputs / group,
            activation,
        })
    } else {
        OpKind::Conv2d(Conv2d {
            weights,
            bias,
            window,
            activation,
        })
    };
    finish(cx, &image, kind)
}

pub(in crate::import::onnx) fn read_transposed(cx: &mut Cx<'_, '_>) -> Read<()> {
    let (x, weights) = (cx.real(0)?, cx.constant(1)?);
    let image = Image::of(cx, &x)?;
    let weights = four_axes(&weights, image.dimensions)?;
    let [inputs, outputs, kh, kw] = [0, 1, 2, 3].map(|i| weights.shape[i]);
    if cx.attributes().int_or("group", 1)? != 1 {
        return Err(unsupported(
            "transposed convolutions in groups cannot be run",
            "use Resize and a convolution instead, or one group",
        ));
    }
    if inputs != image.channels {
        return Err(bad_shape(format!(
            "weights of shape {} do not fit {} input channels",
            text(&weights.shape),
            image.channels
        )));
    }
    let taps = Taps::read(cx, image.dimensions, Some([kh, kw]))?;
    if taps.dilation != [1, 1] {
        return Err(unsupported(
            "dilated transposed convolutions cannot be run",
            "use dilation 1",
        ));
    }
    let (padding, output) = spread(cx, &taps, &image)?;
    let bias = if cx.has(2) {
        Some(cx.constant(2)?)
    } else {
        None
    };
    let bias = bias_tensor(cx, bias.as_ref(), outputs, 2)?;
    let weights = weights_tensor(cx, &weights.transposed(&[1, 2, 3, 0]), 0, 1)?;
    let kind = OpKind::TransposeConv2d(TransposeConv2d {
        weights,
        bias,
        stride: taps.stride,
        padding,
        output,
        activation: Activation::None,
    });
    let (tensor, layout) = finish(cx, &image, kind)?;
    cx.set_tensor(0, tensor, layout);
    Ok(())
}

/// `[top, left]` of what is not kept, and the size of the output. The rules are those of `ConvTranspose` in the
/// specification: `output = stride · (input − 1) + output_padding + kernel − pads`.
fn spread(cx: &Cx<'_, '_>, taps: &Taps, image: &Image) -> Read<([usize; 2], [usize; 2])> {
    let attributes = cx.attributes();
    let dimensions = image.dimensions;
    let per_axis = |name: &str| -> Read<Option<Vec<usize>>> {
        let Some(list) = attributes.ints(name)? else {
            return Ok(None);
        };
        let list: Option<Vec<usize>> = list.iter().map(|&v| usize::try_from(v).ok()).collect();
        let list = list.filter(|list| list.len() >= dimensions);
        let list = list
            .ok_or_else(|| bad_options(format!("{name} does not fit {dimensions} dimensions")))?;
        // Old writers give batch and channels too.
        let list = list[list.len() - dimensions..].to_vec();
        Ok(Some(if dimensions == 1 {
            vec![1, list[0]]
        } else {
            list
        }))
    };
    let extra = match attributes.ints("output_padding")? {
        None => [0, 0],
        Some(&[w]) if dimensions == 1 => [0, w],
        Some(&[h, w]) if dimensions == 2 => [h, w],
        Some(_) => return Err(bad_options("output_padding does not fit the dimensions")),
    };
    let wanted = per_axis("output_shape")?;
    let pads = match auto_pad(cx)? {
        Auto::Explicit => explicit_pads(cx, dimensions)?,
        _ => [[0; 2]; 2],
    };
    let (mut before, mut output) = ([0; 2], [0; 2]);
    for axis in 0..2 {
        let full = (image.size[axis] - 1)
            .checked_mul(taps.stride[axis])
            .and_then(|n| n.checked_add(taps.kernel[axis]))
            .and_then(|n| n.checked_add(usize::try_from(extra[axis]).ok()?))
            .ok_or_else(|| bad_options("the output is impossibly large"))?;
        let (first, size) = match (&wanted, auto_pad(cx)?) {
            (Some(wanted), auto) => {
                let total = full.saturating_sub(wanted[axis]);
                let less = total / 2;
                let upper = matches!(auto, Auto::Same { extra_first: false });
                (if upper { less } else { total - less }, wanted[axis])
            }
            (None, Auto::Same { extra_first }) => {
                let size = image.size[axis].saturating_mul(taps.stride[axis]);
                let total = full.saturating_sub(size);
                let less = total / 2;
                (if extra_first { total - less } else { less }, size)
            }
            (None, _) => {
                let [first, last] = pads[axis];
                let size = full.checked_sub(first).and_then(|n| n.checked_sub(last));
                (
                    first,
                    size.ok_or_else(|| bad_options("pads leave nothing of the output"))?,
                )
            }
        };
        (before[axis], output[axis]) = (first, size);
    }
    Ok((before, output))
}

fn finish(cx: &mut Cx<'_, '_>, image: &Image, kind: OpKind) -> Read<(TensorId, Layout)> {
    let tensor = cx.build.emit(cx.name(0), kind, vec![image.tensor])?;
    let shape = &cx.build.tensor(tensor).shape;
    let layout = image.result(shape[3], [shape[1], shape[2]])?;
    Ok((tensor, layout))
}

/// Weights of an image; those of a signal become one row.
fn four_axes(weights: &Constant, dimensions: usize) -> Read<Constant> {
    match (&weights.shape[..], dimensions) {
        (&[_, _, _, _], 2) => Ok(weights.clone()),
        (&[a, b, c], 1) => weights.reshaped(&[a, b, 1, c]),
        _ => Err(bad_shape(format!(
            "weights of shape {} do not fit the {dimensions} dimensions of the operand",
            text(&weights.shape)
        ))),
    }
}

/// Adds weights whose output channels run along `axis`. Codes stay codes if their scales run there too.
pub(super) fn weights_tensor(
    cx: &mut Cx<'_, '_>,
    weights: &Constant,
    axis: usize,
    name: usize,
) -> Read<TensorId> {
    let keeps = weights.quant.as_ref().is_some_and(|q| {
        let one = q.scales.len() == 1;
        let symmetric = q.zero_points.iter().all(|&z| z == 0);
        weights.data.as_i8().is_some() && (one || (q.axis == axis && symmetric))
    });
    let weights = if keeps {
        weights.clone()
    } else {
        weights.real()?
    };
    cx.build.constant(cx.input_name(name), &weights)
}

/// Adds a bias of one number per channel.
pub(super) fn bias_tensor(
    cx: &mut Cx<'_, '_>,
    bias: Option<&Constant>,
    channels: usize,
    name: usize,
) -> Read<Option<TensorId>> {
    let Some(bias) = bias else {
        return Ok(None);
    };
    if bias.elements() != channels {
        return Err(bad_shape(format!(
            "a bias of shape {} does not fit {channels} output channels",
            text(&bias.shape)
        )));
    }
    let bias = bias.reshaped(&[channels])?;
    let keeps = bias.quant.is_some() && bias.data.as_i32().is_some();
    let bias = if keeps { bias } else { bias.real()? };
    Ok(Some(cx.build.constant(cx.input_name(name), &bias)?))
}
