//! `CONV_2D` and `DEPTHWISE_CONV_2D`.

use super::weights::{Wanted, bias, scales, weights};
use super::window::{RawWindow, resolve};
use super::{OpReader, Parsed, REPAIR, one};
use crate::graph::{Activation, Conv2d, DepthwiseConv2d, OpKind, TensorId, Window};

/// Options that both operators have.
struct Sliding {
    stride: [i32; 2],
    dilation: [i32; 2],
    padding: i8,
    activation: i8,
}

/// Operands and options that both operators have, checked.
struct Checked {
    input: TensorId,
    output: TensorId,
    weights: TensorId,
    bias: Option<TensorId>,
    window: Window,
    activation: Activation,
}

/// Reads what both operators have. `axis` is the dimension of the weights that holds the output channels.
fn read(cx: &mut OpReader<'_, '_>, options: Option<&Sliding>, axis: usize) -> Option<Checked> {
    let activations = cx.in_out();
    let (input, output, numbers) = activations?;
    let wanted = Wanted {
        slot: 1,
        rank: 4,
        axis,
        zero_point: false,
    };
    let weights = weights(cx, numbers, &wanted);
    let (options, weights) = (options?, weights?);
    let [kernel_h, kernel_w] = [cx.shape(weights)[1], cx.shape(weights)[2]];
    let channels = cx.shape(weights)[axis];
    let raw = RawWindow {
        kernel: [kernel_h as i64, kernel_w as i64],
        stride: options.stride,
        dilation: options.dilation,
        padding: options.padding,
    };
    let window = resolve(cx, input, &raw);
    let activation = cx.activation(options.activation);
    let bias = bias(cx, 2, numbers, channels);
    let (window, activation, bias) = (window?, activation?, bias.ok()?);
    scales(cx, input, weights, bias, output)?;
    Some(Checked {
        input,
        output,
        weights,
        bias,
        window,
        activation,
    })
}

pub(in crate::import::tflite) fn read_conv(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(2, 3)?;
    let options = cx.op.builtin_options_as_conv_2_doptions();
    let options = cx.options(options, "Conv2DOptions").map(|o| Sliding {
        stride: [o.stride_h(), o.stride_w()],
        dilation: [o.dilation_h_factor(), o.dilation_w_factor()],
        padding: o.padding(),
        activation: o.fused_activation_function(),
    });
    let conv = read(cx, options.as_ref(), 0)?;
    let kind = OpKind::Conv2d(Conv2d {
        weights: conv.weights,
        bias: conv.bias,
        window: conv.window,
        activation: conv.activation,
    });
    Some(one(kind, vec![conv.input], conv.output))
}

pub(in crate::import::tflite) fn read_depthwise(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(2, 3)?;
    let raw = cx.op.builtin_options_as_depthwise_conv_2_doptions();
    let raw = cx.options(raw, "DepthwiseConv2DOptions");
    let options = raw.map(|o| Sliding {
        stride: [o.stride_h(), o.stride_w()],
        dilation: [o.dilation_h_factor(), o.dilation_w_factor()],
        padding: o.padding(),
        activation: o.fused_activation_function(),
    });
    let conv = read(cx, options.as_ref(), 3)?;
    let channels = cx.shape(conv.input).last().copied().unwrap_or(1);
    let outputs = cx.shape(conv.weights)[3];
    // The kernels go by the depths; the option only repeats them, and some writers leave it at 0.
    let stated = raw?.depth_multiplier();
    let multiplier = outputs / channels;
    let fits = multiplier * channels == outputs;
    if !fits || (stated != 0 && usize::try_from(stated) != Ok(multiplier)) {
        cx.error(
            "bad-options",
            format!(
                "{outputs} weight channels are not the {channels} input channels times the depth multiplier {stated}"
            ),
            REPAIR,
        );
        return None;
    }
    let kind = OpKind::DepthwiseConv2d(DepthwiseConv2d {
        weights: conv.weights,
        bias: conv.bias,
        window: conv.window,
        multiplier,
        activation: conv.activation,
    });
    Some(one(kind, vec![conv.input], conv.output))
}
