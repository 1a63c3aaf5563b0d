//! Random networks whose layers have the shapes that small vision networks have, and some that they do not have.
//! Weights and biases are noise: time does not depend on them.

use tinyscope_core::graph::{
    Activation, Conv2d, DType, Data, DepthwiseConv2d, FullyConnected, Graph, Op, OpKind, Padding,
    Pool2d, Quantization, Reduce, Tensor, TensorId, Window,
};

/// Steps before the head.
const BODY: usize = 22;
/// Largest map, in bytes.
const MAP_BYTES: usize = 60_000;
/// Largest weights of a layer, in bytes.
const WEIGHT_BYTES: usize = 40_000;

/// The same network for the same seed.
pub fn random(seed: u64) -> Graph {
    let mut net = Net::new(seed);
    let channels = 8 * net.between(1, if net.narrow { 2 } else { 4 });
    let (kernel, stride) = (net.of(&[3, 3, 5]), net.of(&[1, 2]));
    net.conv(channels, kernel, stride);
    while net.graph.ops.len() < BODY {
        let [height, width, channels] = net.map();
        let stride = if height.min(width) > 6 {
            net.of(&[1, 1, 2])
        } else {
            1
        };
        match net.between(0, 20) {
            0..=5 => {
                let to = net.channels();
                net.conv(to, 1, 1);
            }
            6..=14 => {
                let kernel = net.of(&[3, 3, 5, 7]);
                net.depthwise(kernel, stride);
            }
            15 | 16 => {
                let first = net.last;
                net.conv(channels, 1, 1);
                net.add(first);
            }
            17 | 18 => {
                let (to, kernel) = (net.channels(), net.of(&[1, 3, 3, 5]));
                net.conv(to, kernel, stride);
            }
            19 => net.moved(),
            _ => {
                let maximum = net.of(&[0, 1]) == 1;
                net.pool([2 + stride / 2; 2], stride, maximum);
            }
        }
    }
    net.head();
    net.graph
}

pub(super) struct Net {
    state: u64,
    /// Whether all maps have few channels: their weights stay in a cache.
    narrow: bool,
    pub(super) graph: Graph,
    last: TensorId,
}

impl Net {
    /// Without inputs.
    pub(super) fn empty(name: &str, seed: u64) -> Self {
        Self {
            state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            narrow: seed % 4 == 2,
            graph: Graph {
                name: format!("{name}_{seed}"),
                ..Graph::default()
            },
            last: TensorId(0),
        }
    }

    fn new(seed: u64) -> Self {
        let mut net = Self::empty("random", seed);
        // Half of them are as small as the last layers of networks are.
        let (least, most) = if seed.is_multiple_of(2) {
            (24, 88)
        } else {
            (3, 24)
        };
        let (height, width) = (net.between(least, most), net.between(least, most));
        let channels = net.of(&[1, 3, 3]);
        net.last = net.activation(vec![1, height, width, channels]);
        net.graph.inputs.push(net.last);
        net
    }

    /// Uniform; the upper bits of a linear congruential generator.
    pub(super) fn between(&mut self, low: usize, high: usize) -> usize {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        low + (self.state >> 33) as usize % (high - low + 1)
    }

    pub(super) fn of(&mut self, choices: &[usize]) -> usize {
        choices[self.between(0, choices.len() - 1)]
    }

    fn map(&self) -> [usize; 3] {
        self.graph.tensor(self.last).hwc()
    }

    /// Mostly multiples of 8, at times of 4, at times anything.
    fn channels(&mut self) -> usize {
        if self.narrow {
            return 4 * self.between(1, 5);
        }
        match self.between(0, 9) {
            0 => self.between(3, 60),
            1 | 2 => 4 * self.between(1, 20),
            3 | 4 if self.map()[0] < 12 => 8 * self.between(12, 60),
            _ => 8 * self.between(1, 24),
        }
    }

    pub(super) fn tensor(
        &mut self,
        shape: Vec<usize>,
        quant: Quantization,
        data: Option<Data>,
    ) -> TensorId {
        self.graph.tensors.push(Tensor {
            name: String::new(),
            shape,
            dtype: if matches!(data, Some(Data::I32(_))) {
                DType::I32
            } else {
                DType::I8
            },
            quant: Some(quant),
            data,
            source_index: None,
        });
        TensorId(self.graph.tensors.len() as u32 - 1)
    }

    pub(super) fn activation(&mut self, shape: Vec<usize>) -> TensorId {
        let scale = 0.02 + 0.001 * self.between(0, 60) as f32;
        let zero_point = match self.between(0, 1) {
            0 => -128,
            _ => self.between(0, 100) as i32 - 50,
        };
        self.tensor(shape, Quantization::per_tensor(scale, zero_point), None)
    }

    /// Small ones are common, as in trained networks: that decides how sums can become codes.
    fn weight(&mut self) -> i8 {
        let part = self.between(0, 2_000) as i64 - 1_000;
        (127 * part.pow(3) / 1_000_000_000) as i8
    }

    pub(super) fn weights(&mut self, shape: Vec<usize>, axis: usize) -> TensorId {
        let count = shape.iter().product();
        let codes: Vec<i8> = (0..count).map(|_| self.weight()).collect();
        let channels = shape[axis];
        let quant = Quantization {
            scales: (0..channels)
                .map(|_| 1e-3 + 1e-5 * self.between(0, 400) as f32)
                .collect(),
            zero_points: vec![0; channels],
            axis,
        };
        self.tensor(shape, quant, Some(Data::I8(codes.into())))
    }

    pub(super) fn biases(&mut self, channels: usize) -> TensorId {
        let values: Vec<i32> = (0..channels)
            .map(|_| self.between(0, 20_000) as i32 - 10_000)
            .collect();
        let quant = Quantization::per_tensor(1.0, 0);
        self.tensor(vec![channels], quant, Some(Data::I32(values.into())))
    }

    /// One layer in ten has a clamp of its own.
    fn fused(&mut self) -> Activation {
        match self.between(0, 9) {
            0 => Activation::Relu6,
            _ => Activation::None,
        }
    }

    /// Pushes an operator with an output of its own.
    pub(super) fn push(&mut self, kind: OpKind, inputs: Vec<TensorId>, shape: Vec<usize>) {
        let output = self.activation(shape);
        self.graph.ops.push(Op {
            kind,
            inputs,
            outputs: vec![output],
            source_index: 0,
        });
        self.last = output;
    }

    /// SAME padding, the larger half after.
    fn same(&self, kernel: usize, stride: usize) -> (Window, [usize; 2]) {
        let [height, width, _] = self.map();
        let output = [height, width].map(|extent| extent.div_ceil(stride));
        let pad = |extent: usize, out: usize| ((out - 1) * stride + kernel).saturating_sub(extent);
        let (tall, wide) = (pad(height, output[0]), pad(width, output[1]));
        let window = Window {
            kernel: [kernel; 2],
            stride: [stride; 2],
            dilation: [1; 2],
            padding: Padding {
                top: tall / 2,
                bottom: tall - tall / 2,
                left: wide / 2,
                right: wide - wide / 2,
            },
        };
        (window, output)
    }

    /// With fewer channels than asked for where map or weights would be too large.
    fn conv(&mut self, channels: usize, kernel: usize, stride: usize) {
        let depth = self.map()[2];
        let (window, [height, width]) = self.same(kernel, stride);
        let channels = channels
            .min(MAP_BYTES / (height * width))
            .min(WEIGHT_BYTES / (kernel * kernel * depth))
            .max(4);
        let weights = self.weights(vec![channels, kernel, kernel, depth], 0);
        let kind = OpKind::Conv2d(Conv2d {
            weights,
            bias: Some(self.biases(channels)),
            window,
            activation: self.fused(),
        });
        self.push(kind, vec![self.last], vec![1, height, width, channels]);
    }

    fn depthwise(&mut self, kernel: usize, stride: usize) {
        let channels = self.map()[2];
        let (window, [height, width]) = self.same(kernel, stride);
        let weights = self.weights(vec![1, kernel, kernel, channels], 3);
        let kind = OpKind::DepthwiseConv2d(DepthwiseConv2d {
            weights,
            bias: Some(self.biases(channels)),
            window,
            multiplier: 1,
            activation: self.fused(),
        });
        self.push(kind, vec![self.last], vec![1, height, width, channels]);
    }

    fn add(&mut self, first: TensorId) {
        let shape = self.graph.tensor(self.last).shape.clone();
        if self.graph.tensor(first).shape == shape {
            let kind = OpKind::Add(self.fused());
            self.push(kind, vec![first, self.last], shape);
        }
    }

    /// Codes of another scale, or rows and columns exchanged.
    fn moved(&mut self) {
        let [height, width, channels] = self.map();
        let input = self.last;
        if self.between(0, 1) == 0 {
            self.push(
                OpKind::Quantize,
                vec![input],
                vec![1, height, width, channels],
            );
            return;
        }
        let kind = OpKind::Transpose {
            permutation: vec![0, 2, 1, 3],
        };
        self.push(kind, vec![input], vec![1, width, height, channels]);
        let quant = self.graph.tensor(input).quant.clone();
        self.graph.tensors[self.last.0 as usize].quant = quant;
    }

    fn pool(&mut self, kernel: [usize; 2], stride: usize, maximum: bool) {
        let [height, width, channels] = self.map();
        let input = self.last;
        let size =
            [0, 1].map(|axis| ([height, width][axis].saturating_sub(kernel[axis])) / stride + 1);
        let op = Pool2d {
            window: Window {
                kernel: [kernel[0].min(height), kernel[1].min(width)],
                stride: [stride; 2],
                dilation: [1; 2],
                padding: Padding::default(),
            },
            activation: Activation::None,
        };
        let kind = if maximum {
            OpKind::MaxPool2d(op)
        } else {
            OpKind::AveragePool2d(op)
        };
        self.push(kind, vec![input], vec![1, size[0], size[1], channels]);
        let quant = self.graph.tensor(input).quant.clone();
        self.graph.tensors[self.last.0 as usize].quant = quant;
    }

    /// Pool or mean, fully connected layers, softmax.
    fn head(&mut self) {
        let [height, width, channels] = self.map();
        if self.between(0, 1) == 0 {
            self.pool([height, width], 1, false);
        } else {
            let mean = Reduce {
                axes: vec![1, 2],
                keep_dims: false,
            };
            self.push(OpKind::Mean(mean), vec![self.last], vec![1, channels]);
        }
        for outputs in [8 * self.between(1, 16), self.between(2, 100)] {
            let inputs = self.graph.tensor(self.last).elements();
            let weights = self.weights(vec![outputs, inputs], 0);
            let kind = OpKind::FullyConnected(FullyConnected {
                weights,
                bias: Some(self.biases(outputs)),
                activation: self.fused(),
            });
            self.push(kind, vec![self.last], vec![1, outputs]);
        }
        let shape = self.graph.tensor(self.last).shape.clone();
        self.push(OpKind::Softmax { beta: 1.0 }, vec![self.last], shape);
        let output = &mut self.graph.tensors[self.last.0 as usize];
        output.quant = Some(Quantization::per_tensor(1.0 / 256.0, -128));
        self.graph.outputs.push(self.last);
    }
}
