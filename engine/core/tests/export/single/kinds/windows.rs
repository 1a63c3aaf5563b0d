//! Operators with weights or a window.

use super::network::{Network, Random};
use tinyscope_core::graph::shape::same_padding;
use tinyscope_core::graph::{
    Conv2d, DepthwiseConv2d, FullyConnected, Graph, OpKind, Padding, Pool2d, TransposeConv2d,
    Window,
};

/// A window and the image that it slides over, at least one output each way. Padding is SAME, VALID or, with `any`,
/// something else.
fn sliding(random: &mut Random, any: bool, dilated: bool) -> (Window, [usize; 2]) {
    let kernel = [random.within(1, 4), random.within(1, 4)];
    let stride = [random.within(1, 3), random.within(1, 3)];
    let dilation = if dilated && random.once_in(3) {
        [random.within(1, 3), random.within(1, 3)]
    } else {
        [1, 1]
    };
    let span = |i: usize| (kernel[i] - 1) * dilation[i] + 1;
    let size = [random.within(span(0), 11), random.within(span(1), 11)];
    let style = random.within(0, if any { 2 } else { 1 });
    let pads = [0, 1].map(|i| match style {
        0 => [0, 0],
        1 => same_padding(size[i], kernel[i], stride[i], dilation[i]),
        _ => [
            random.within(0, kernel[i] - 1),
            random.within(0, kernel[i] - 1),
        ],
    });
    let [[top, bottom], [left, right]] = pads;
    let padding = Padding {
        top,
        bottom,
        left,
        right,
    };
    let window = Window {
        kernel,
        stride,
        dilation,
        padding,
    };
    (window, size)
}

pub fn conv(seed: u64) -> Graph {
    let mut n = Network::new(seed);
    let (window, [h, w]) = sliding(&mut n.random, true, true);
    let groups = if n.random.once_in(4) {
        n.random.within(2, 3)
    } else {
        1
    };
    let (depth, out) = (n.random.within(1, 9), groups * n.random.within(1, 9));
    let input = n.input(&[1, h, w, groups * depth]);
    let [kh, kw] = window.kernel;
    let weights = n.weights(&[out, kh, kw, depth], 0);
    let bias = n.bias(out);
    let quant = n.quantization_of_sums(input, weights, kh * kw * depth);
    let kind = OpKind::Conv2d(Conv2d {
        weights,
        bias,
        window,
        activation: n.random.activation(),
    });
    n.finish_shaped(kind, &[input], Some(quant))
}

pub fn depthwise(seed: u64) -> Graph {
    let mut n = Network::new(seed);
    let (window, [h, w]) = sliding(&mut n.random, true, true);
    let (channels, multiplier) = (n.random.within(1, 17), n.random.within(1, 3));
    let input = n.input(&[1, h, w, channels]);
    let [kh, kw] = window.kernel;
    let weights = n.weights(&[1, kh, kw, channels * multiplier], 3);
    let bias = n.bias(channels * multiplier);
    let quant = n.quantization_of_sums(input, weights, kh * kw);
    let kind = OpKind::DepthwiseConv2d(DepthwiseConv2d {
        weights,
        bias,
        window,
        multiplier,
        activation: n.random.activation(),
    });
    n.finish_shaped(kind, &[input], Some(quant))
}

pub fn transpose_conv(seed: u64) -> Graph {
    let mut n = Network::new(seed);
    let size = [n.random.within(1, 5), n.random.within(1, 5)];
    let kernel = [n.random.within(1, 4), n.random.within(1, 4)];
    let stride = [n.random.within(1, 3), n.random.within(1, 3)];
    let (depth, out) = (n.random.within(1, 7), n.random.within(1, 7));
    let style = n.random.within(0, 2);
    // SAME; VALID; cropped from VALID on each side.
    let whole = |i: usize| (size[i] - 1) * stride[i] + kernel[i];
    let mut crop = || {
        [
            n.random.within(0, kernel[0] - 1),
            n.random.within(0, kernel[1] - 1),
        ]
    };
    let (before, after) = (crop(), crop());
    let axis = |i: usize| match style {
        0 => {
            let output = size[i] * stride[i];
            (output, same_padding(output, kernel[i], stride[i], 1)[0])
        }
        1 => (whole(i), 0),
        _ => {
            let after = after[i].min(whole(i) - before[i] - 1);
            (whole(i) - before[i] - after, before[i])
        }
    };
    let ([(h, top), (w, left)], activation) = ([axis(0), axis(1)], n.random.activation());
    let input = n.input(&[1, size[0], size[1], depth]);
    let weights = n.weights(&[out, kernel[0], kernel[1], depth], 0);
    let bias = n.bias(out);
    let quant = n.quantization_of_sums(input, weights, kernel[0] * kernel[1] * depth);
    let kind = OpKind::TransposeConv2d(TransposeConv2d {
        weights,
        bias,
        stride,
        padding: [top, left],
        output: [h, w],
        activation,
    });
    n.finish_shaped(kind, &[input], Some(quant))
}

pub fn dense(seed: u64) -> Graph {
    let mut n = Network::new(seed);
    let (rows, depth, out) = (
        n.random.within(1, 3),
        n.random.within(1, 40),
        n.random.within(1, 12),
    );
    let shape: &[usize] = match n.random.within(0, 2) {
        0 => &[rows, depth],
        1 => &[1, 1, rows, depth],
        _ => &[rows, 1, depth],
    };
    let input = n.input(shape);
    let weights = n.matrix(out, depth);
    let bias = n.bias(out);
    let quant = n.quantization_of_sums(input, weights, depth);
    let kind = OpKind::FullyConnected(FullyConnected {
        weights,
        bias,
        activation: n.random.activation(),
    });
    n.finish_shaped(kind, &[input], Some(quant))
}

fn pool(seed: u64, any: bool) -> (Network, Pool2d, [usize; 4]) {
    let mut n = Network::new(seed);
    let (window, [h, w]) = sliding(&mut n.random, any, false);
    let activation = n.random.activation();
    let shape = [1, h, w, n.random.within(1, 9)];
    (n, Pool2d { window, activation }, shape)
}

pub fn average_pool(seed: u64) -> Graph {
    let (mut n, pool, shape) = pool(seed, false);
    let input = n.input(&shape);
    let quant = n.quant_of(input);
    n.finish_shaped(OpKind::AveragePool2d(pool), &[input], Some(quant))
}

pub fn max_pool(seed: u64) -> Graph {
    let (mut n, pool, shape) = pool(seed, true);
    let input = n.input(&shape);
    let quant = n.quant_of(input);
    n.finish_shaped(OpKind::MaxPool2d(pool), &[input], Some(quant))
}
