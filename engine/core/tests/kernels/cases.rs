//! Random networks of one operator.

use proptest::prelude::*;
use tinyscope_core::graph::{
    Activation, Conv2d, DType, Data, DepthwiseConv2d, FullyConnected, Graph, Op, OpKind, Pad,
    PadFill, Padding, Pool2d, Quantization, Reduce, Tensor, TensorId, Window,
};

/// Pseudo-random numbers from a seed that proptest draws (a linear congruential generator, upper bits).
pub struct Random(pub u64);

impl Random {
    fn bits(&mut self) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 32) as u32
    }

    /// Uniform in `low..=high`.
    pub fn integer(&mut self, low: i32, high: i32) -> i32 {
        low + ((u64::from(self.bits()) * (i64::from(high) - i64::from(low) + 1) as u64) >> 32)
            as i32
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.integer(0, n as i32 - 1) as usize
    }

    /// Log-uniform.
    fn scale(&mut self, low: f32, high: f32) -> f32 {
        let t = self.bits() as f32 / u32::MAX as f32;
        low * (high / low).powf(t)
    }

    pub fn codes(&mut self, n: usize) -> Vec<i8> {
        (0..n).map(|_| self.bits() as i8).collect()
    }
}

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

fn activation_tensor(random: &mut Random, shape: &[usize]) -> Tensor {
    let scale = random.scale(0.01, 0.2);
    quantized(
        shape,
        Quantization::per_tensor(scale, random.integer(-128, 127)),
        None,
    )
}

fn quantized(shape: &[usize], quant: Quantization, data: Option<Data>) -> Tensor {
    Tensor {
        name: String::new(),
        shape: shape.to_vec(),
        dtype: if matches!(data, Some(Data::I32(_))) {
            DType::I32
        } else {
            DType::I8
        },
        quant: Some(quant),
        data,
        source_index: None,
    }
}

fn weights(random: &mut Random, shape: &[usize], axis: usize) -> Tensor {
    let count = if random.below(3) == 0 { 1 } else { shape[axis] };
    let quant = Quantization {
        // Some real files have negative scales.
        scales: (0..count)
            .map(|_| random.scale(1e-4, 0.05) * if random.below(8) == 0 { -1.0 } else { 1.0 })
            .collect(),
        zero_points: vec![0; count],
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

fn fused(random: &mut Random) -> Activation {
    [
        Activation::None,
        Activation::Relu,
        Activation::Relu6,
        Activation::ReluN1To1,
    ][random.below(4)]
}

/// A graph of `kind` over `inputs` activations; `constants` follow output in the tensor list.
fn graph(kind: OpKind, inputs: Vec<Tensor>, output: Tensor, constants: Vec<Tensor>) -> Graph {
    let ids: Vec<TensorId> = (0..inputs.len() as u32).map(TensorId).collect();
    let result = TensorId(inputs.len() as u32);
    let tensors = inputs
        .into_iter()
        .chain([output])
        .chain(constants)
        .collect();
    Graph {
        name: "case".into(),
        tensors,
        ops: vec![Op {
            kind,
            inputs: ids.clone(),
            outputs: vec![result],
            source_index: 0,
        }],
        inputs: ids,
        outputs: vec![result],
    }
}

pub fn conv(case: &Sliding, seed: u64) -> Graph {
    let random = &mut Random(seed);
    let [h, w, depth] = case.extent;
    let channels = 1 + random.below(17);
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
            weights(random, &[channels, kh, kw, depth], 0),
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

pub fn dense(inputs: usize, outputs: usize, seed: u64) -> Graph {
    let random = &mut Random(seed);
    let kind = OpKind::FullyConnected(FullyConnected {
        weights: TensorId(2),
        bias: (random.below(4) > 0).then_some(TensorId(3)),
        activation: fused(random),
    });
    graph(
        kind,
        vec![activation_tensor(random, &[1, inputs])],
        activation_tensor(random, &[1, outputs]),
        vec![
            weights(random, &[outputs, inputs], 0),
            biases(random, outputs),
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

pub fn elementwise(extent: [usize; 3], add: bool, seed: u64) -> Graph {
    let random = &mut Random(seed);
    let [h, w, c] = extent;
    let mut map = || activation_tensor(random, &[1, h, w, c]);
    let (first, second, output) = (map(), map(), map());
    if add {
        graph(
            OpKind::Add(fused(random)),
            vec![first, second],
            output,
            vec![],
        )
    } else {
        graph(OpKind::Quantize, vec![first], output, vec![])
    }
}

pub fn mean(extent: [usize; 3], seed: u64) -> Graph {
    let random = &mut Random(seed);
    let [h, w, c] = extent;
    let op = Reduce {
        axes: vec![1, 2],
        keep_dims: false,
    };
    let input = activation_tensor(random, &[1, h, w, c]);
    graph(
        OpKind::Mean(op),
        vec![input],
        activation_tensor(random, &[1, c]),
        vec![],
    )
}

pub fn pad(extent: [usize; 3], amounts: [[usize; 2]; 3], seed: u64) -> Graph {
    let random = &mut Random(seed);
    let [h, w, c] = extent;
    let padded = |i: usize| extent[i] + amounts[i][0] + amounts[i][1];
    let input = activation_tensor(random, &[1, h, w, c]);
    let mut output = activation_tensor(random, &[1, padded(0), padded(1), padded(2)]);
    output.quant.clone_from(&input.quant);
    let amounts = [[0, 0], amounts[0], amounts[1], amounts[2]].to_vec();
    graph(
        OpKind::Pad(Pad {
            amounts,
            fill: PadFill::Zero,
        }),
        vec![input],
        output,
        vec![],
    )
}

pub fn softmax(classes: usize, scale: f32, beta: f32) -> Graph {
    let input = quantized(&[1, classes], Quantization::per_tensor(scale, 3), None);
    let output = quantized(
        &[1, classes],
        Quantization::per_tensor(1.0 / 256.0, -128),
        None,
    );
    graph(OpKind::Softmax { beta }, vec![input], output, vec![])
}

pub fn transpose(shape: &[usize], permutation: Vec<usize>) -> Graph {
    let quant = Quantization::per_tensor(0.1, 0);
    let output: Vec<usize> = permutation.iter().map(|&axis| shape[axis]).collect();
    let (input, output) = (
        quantized(shape, quant.clone(), None),
        quantized(&output, quant, None),
    );
    graph(
        OpKind::Transpose { permutation },
        vec![input],
        output,
        vec![],
    )
}
