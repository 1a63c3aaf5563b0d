//! Operators with weights or a window.

use super::{Random, activation_tensor, fused, graph, quantized};
use proptest::prelude::*;
use tinyscope_core::graph::{
    Conv2d, Data, DepthwiseConv2d, FullyConnected, Graph, OpKind, Padding, Pool2d, Quantization,
    Tensor, TensorId, TransposeConv2d, Window,
};

/// Extents, taps and padding of a sliding window whose output is not empty.
#[derive(Clone, Debug)]
pub struct Sliding {
    pub window: Window,
    pub extent: [usize; 3],
    pub output: [usize; 2],
}

/// With dilations up to `dilation`.
pub fn sliding(dilation: usize) -> impl Strategy<Value = Sliding> {
    let pair = |range: std::ops::RangeInclusive<usize>| (range.clone(), range);
    (
        pair(1..=11),
        1_usize..=19,
        pair(1..=5),
        pair(1..=3),
        pair(1..=dilation),
        any::<[u8; 4]>(),
    )
        .prop_filter_map(
            "empty output",
            |((h, w), c, (kh, kw), (sh, sw), (dh, dw), pads)| {
                // Less padding than taps, so that every window touches the map.
                let pad = |p: u8, k: usize| usize::from(p) % k;
                let window = Window {
                    kernel: [kh, kw],
                    stride: [sh, sw],
                    dilation: [dh, dw],
                    padding: Padding {
                        top: pad(pads[0], kh),
                        bottom: pad(pads[1], kh),
                        left: pad(pads[2], kw),
                        right: pad(pads[3], kw),
                    },
                };
                let p = window.padding;
                let out = |extent: usize, pads: usize, k: usize, d: usize, s: usize| {
                    (extent + pads)
                        .checked_sub((k - 1) * d + 1)
                        .map(|room| room / s + 1)
                };
                let output = [
                    out(h, p.top + p.bottom, kh, dh, sh)?,
                    out(w, p.left + p.right, kw, dw, sw)?,
                ];
                Some(Sliding {
                    window,
                    extent: [h, w, c],
                    output,
                })
            },
        )
}

fn weights(random: &mut Random, shape: &[usize], axis: usize) -> Tensor {
    let count = if random.below(3) == 0 { 1 } else { shape[axis] };
    let quant = Quantization {
        // Some real files have negative scales.
        scales: (0..count)
            .map(|_| random.scale(1e-4, 0.05) * if random.below(8) == 0 { -1.0 } else { 1.0 })
            .collect(),
        // 8-bit unsigned models leave one zero point for the whole tensor.
        zero_points: if count == 1 && random.below(2) == 0 {
            vec![random.integer(-128, 127)]
        } else {
            vec![0; count]
        },
        axis,
    };
    let codes = random.codes(shape.iter().product());
    quantized(shape, quant, Some(Data::I8(codes.into())))
}

/// Small biases, saturated ones and ones in between.
fn biases(random: &mut Random, n: usize) -> Tensor {
    let values: Vec<i32> = (0..n)
        .map(|_| match random.below(8) {
            0 => i32::MAX,
            1 => i32::MIN,
            2 => random.integer(i32::MIN / 2, i32::MAX / 2),
            _ => random.integer(-20_000, 20_000),
        })
        .collect();
    quantized(
        &[n],
        Quantization::per_tensor(1.0, 0),
        Some(Data::I32(values.into())),
    )
}

pub fn conv(case: &Sliding, seed: u64) -> Graph {
    let random = &mut Random(seed);
    let [h, w, depth] = case.extent;
    let dividing: Vec<usize> = (1..=depth).filter(|g| depth.is_multiple_of(*g)).collect();
    let groups = if random.below(2) == 0 {
        1
    } else {
        dividing[random.below(dividing.len())]
    };
    let channels = groups * (1 + random.below(17 / groups + 1));
    let [kh, kw] = case.window.kernel;
    let kind = OpKind::Conv2d(Conv2d {
        weights: TensorId(2),
        bias: (random.below(4) > 0).then_some(TensorId(3)),
        window: case.window,
        activation: fused(random),
    });
    graph(
        kind,
        vec![activation_tensor(random, &[1, h, w, depth])],
        activation_tensor(random, &[1, case.output[0], case.output[1], channels]),
        vec![
            weights(random, &[channels, kh, kw, depth / groups], 0),
            biases(random, channels),
        ],
    )
}

pub fn depthwise(case: &Sliding, seed: u64) -> Graph {
    let random = &mut Random(seed);
    let [h, w, depth] = case.extent;
    let multiplier = 1 + random.below(5).saturating_sub(2);
    let channels = depth * multiplier;
    let [kh, kw] = case.window.kernel;
    let kind = OpKind::DepthwiseConv2d(DepthwiseConv2d {
        weights: TensorId(2),
        bias: (random.below(4) > 0).then_some(TensorId(3)),
        window: case.window,
        multiplier,
        activation: fused(random),
    });
    graph(
        kind,
        vec![activation_tensor(random, &[1, h, w, depth])],
        activation_tensor(random, &[1, case.output[0], case.output[1], channels]),
        vec![
            weights(random, &[1, kh, kw, channels], 3),
            biases(random, channels),
        ],
    )
}

pub fn dense(rows: usize, inputs: usize, outputs: usize, seed: u64) -> Graph {
    let random = &mut Random(seed);
    let kind = OpKind::FullyConnected(FullyConnected {
        weights: TensorId(2),
        bias: (random.below(4) > 0).then_some(TensorId(3)),
        activation: fused(random),
    });
    graph(
        kind,
        vec![activation_tensor(random, &[rows, inputs])],
        activation_tensor(random, &[rows, outputs]),
        vec![
            weights(random, &[outputs, inputs], 0),
            biases(random, outputs),
        ],
    )
}

/// Any output size that reads every input.
pub fn transpose_conv(seed: u64) -> Graph {
    let random = &mut Random(seed);
    let [h, w] = [1 + random.below(6), 1 + random.below(6)];
    let [depth, channels] = [1 + random.below(9), 1 + random.below(9)];
    let kernel = [1 + random.below(5), 1 + random.below(5)];
    let stride = [1 + random.below(3), 1 + random.below(3)];
    let padding = kernel.map(|k| random.below(k));
    let mut extent = |axis: usize, input: usize| {
        let full = (input - 1) * stride[axis] + kernel[axis];
        (full + random.below(stride[axis]) - padding[axis])
            .saturating_sub(random.below(2))
            .max(1)
    };
    let output = [extent(0, h), extent(1, w)];
    let kind = OpKind::TransposeConv2d(TransposeConv2d {
        weights: TensorId(2),
        bias: (random.below(4) > 0).then_some(TensorId(3)),
        stride,
        padding,
        output,
        activation: fused(random),
    });
    graph(
        kind,
        vec![activation_tensor(random, &[1, h, w, depth])],
        activation_tensor(random, &[1, output[0], output[1], channels]),
        vec![
            weights(random, &[channels, kernel[0], kernel[1], depth], 0),
            biases(random, channels),
        ],
    )
}

pub fn pool(case: &Sliding, maximum: bool, seed: u64) -> Graph {
    let random = &mut Random(seed);
    let [h, w, depth] = case.extent;
    let input = activation_tensor(random, &[1, h, w, depth]);
    let mut output = activation_tensor(random, &[1, case.output[0], case.output[1], depth]);
    output.quant.clone_from(&input.quant);
    let op = Pool2d {
        window: case.window,
        activation: fused(random),
    };
    let kind = if maximum {
        OpKind::MaxPool2d(op)
    } else {
        OpKind::AveragePool2d(op)
    };
    graph(kind, vec![input], output, vec![])
}
