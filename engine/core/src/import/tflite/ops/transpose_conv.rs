//! `TRANSPOSE_CONV`.

use super::reshape::becomes;
use super::weights::{Wanted, bias, scales, weights};
use super::window::check;
use super::{OpReader, Parsed, REPAIR, one};
use crate::graph::shape::same_padding;
use crate::graph::{OpKind, TransposeConv2d};

pub(in crate::import::tflite) fn read(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(3, 4)?;
    let options = cx.op.builtin_options_as_transpose_conv_options();
    let options = cx.options(options, "TransposeConvOptions");
    let shape = cx.integers(0, "output shape");
    let (input, output) = (cx.input(2), cx.output(0));
    let (input, output) = (input?, output?);
    let [numbers, _] = cx.all_numbers([input, output])?;
    let wanted = Wanted {
        slot: 1,
        rank: 4,
        axis: 0,
        zero_point: false,
    };
    let weights = weights(cx, numbers, &wanted);
    let (options, shape, weights) = (options?, shape?, weights?);
    let &[channels, kernel_h, kernel_w, _] = cx.shape(weights) else {
        return None;
    };
    let kernel = [kernel_h, kernel_w];
    let stride = [options.stride_h(), options.stride_w()].map(i64::from);
    let fine = check(
        cx,
        &[("kernel", kernel.map(|k| k as i64)), ("stride", stride)],
        options.padding(),
    );
    let activation = cx.activation(options.fused_activation_function());
    let bias = bias(cx, 3, numbers, channels);
    fine?;
    let (activation, bias) = (activation?, bias.ok()?);
    let extents: Vec<usize> = (shape.iter().take(4))
        .map(|&d| usize::try_from(d).unwrap_or(0))
        .collect();
    let (&[_, height, width, _], 4) = (extents.as_slice(), shape.len()) else {
        let shown = &shape[..shape.len().min(8)];
        cx.error(
            "bad-shape",
            format!("asks for shape {shown:?}, which is not that of an image (NHWC)"),
            REPAIR,
        );
        return None;
    };
    becomes(cx, &extents, output)?;
    scales(cx, input, weights, bias, output)?;
    let stride = stride.map(|s| s as usize);
    // The padding of the convolution that would lead from the output to the input; its odd pixel is at the end.
    let padding = |axis: usize, extent: usize| {
        if options.padding() == 0 {
            same_padding(extent, kernel[axis], stride[axis], 1)[0]
        } else {
            0
        }
    };
    let kind = OpKind::TransposeConv2d(TransposeConv2d {
        weights,
        bias,
        stride,
        padding: [padding(0, height), padding(1, width)],
        output: [height, width],
        activation,
    });
    Some(one(kind, vec![input], output))
}
