//! Random float networks.

use tinyscope_core::graph::shape::output_shape;
use tinyscope_core::graph::{
    Activation, Combine, Conv2d, DType, Data, DepthwiseConv2d, FullyConnected, Function, Graph,
    Interpolation, Op, OpKind, Pad, PadFill, Padding, Pool2d, Reduce, Resize, Slice, Tensor,
    TensorId, TransposeConv2d, Window,
};
use tinyscope_core::quant::Value;

/// Splitmix64 (Steele, Lea, Flood 2014).
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in −1 to 1.
    pub fn number(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1 << 23) as f32 - 1.0
    }

    pub fn numbers(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.number()).collect()
    }
}

/// A network in the making; every method adds an operator and returns its output.
pub struct Net {
    pub graph: Graph,
    pub random: Random,
}

impl Net {
    pub fn new(seed: u64) -> Self {
        Self {
            graph: Graph::default(),
            random: Random(seed),
        }
    }

    fn tensor(&mut self, shape: &[usize], data: Option<Vec<f32>>) -> TensorId {
        let id = TensorId(self.graph.tensors.len() as u32);
        self.graph.tensors.push(Tensor {
            name: format!("t{}", id.0),
            shape: shape.to_vec(),
            dtype: DType::F32,
            quant: None,
            data: data.map(|values| Data::F32(values.into())),
            source_index: Some(id.0),
        });
        id
    }

    pub fn input(&mut self, shape: &[usize]) -> TensorId {
        let id = self.tensor(shape, None);
        self.graph.inputs.push(id);
        id
    }

    pub fn constant(&mut self, shape: &[usize], values: Vec<f32>) -> TensorId {
        self.tensor(shape, Some(values))
    }

    /// Constant uniform in `−size` to `size`.
    pub fn noise(&mut self, shape: &[usize], size: f32) -> TensorId {
        let values = self.random.numbers(shape.iter().product());
        self.constant(shape, values.into_iter().map(|x| x * size).collect())
    }

    pub fn op(&mut self, kind: OpKind, inputs: &[TensorId]) -> TensorId {
        let shape = output_shape(&self.graph.tensors, &kind, inputs).expect("legal");
        let output = self.tensor(&shape.expect("no reshape"), None);
        self.push(kind, inputs, output)
    }

    pub fn reshape(&mut self, input: TensorId, shape: &[usize]) -> TensorId {
        let output = self.tensor(shape, None);
        self.push(OpKind::Reshape, &[input], output)
    }

    fn push(&mut self, kind: OpKind, inputs: &[TensorId], output: TensorId) -> TensorId {
        self.graph.ops.push(Op {
            kind,
            inputs: inputs.to_vec(),
            outputs: vec![output],
            source_index: self.graph.ops.len() as u32,
        });
        output
    }

    fn depth(&self, id: TensorId) -> usize {
        *self.graph.tensor(id).shape.last().expect("a shape")
    }

    pub fn conv(
        &mut self,
        input: TensorId,
        out: usize,
        k: usize,
        stride: usize,
        activation: Activation,
    ) -> TensorId {
        let depth = self.depth(input);
        let size = 2.0 / ((k * k * depth) as f32).sqrt();
        let conv = Conv2d {
            weights: self.noise(&[out, k, k, depth], size),
            bias: Some(self.noise(&[out], 0.3)),
            window: window(k, stride),
            activation,
        };
        self.op(OpKind::Conv2d(conv), &[input])
    }

    pub fn depthwise(
        &mut self,
        input: TensorId,
        k: usize,
        stride: usize,
        activation: Activation,
    ) -> TensorId {
        let depth = self.depth(input);
        let conv = DepthwiseConv2d {
            weights: self.noise(&[1, k, k, depth], 2.0 / k as f32),
            bias: None,
            window: window(k, stride),
            multiplier: 1,
            activation,
        };
        self.op(OpKind::DepthwiseConv2d(conv), &[input])
    }

    pub fn dense(&mut self, input: TensorId, out: usize) -> TensorId {
        let depth = self.graph.tensor(input).elements();
        let dense = FullyConnected {
            weights: self.noise(&[out, depth], 2.0 / (depth as f32).sqrt()),
            bias: Some(self.noise(&[out], 0.3)),
            activation: Activation::None,
        };
        self.op(OpKind::FullyConnected(dense), &[input])
    }

    pub fn unary(&mut self, function: Function, input: TensorId) -> TensorId {
        self.op(OpKind::Unary(function), &[input])
    }

    pub fn combine(&mut self, combine: Combine, a: TensorId, b: TensorId) -> TensorId {
        self.op(OpKind::Combine(combine), &[a, b])
    }

    pub fn mean(&mut self, input: TensorId) -> TensorId {
        let reduce = Reduce {
            axes: vec![1, 2],
            keep_dims: false,
        };
        self.op(OpKind::Mean(reduce), &[input])
    }

    pub fn finish(mut self, outputs: &[TensorId]) -> Graph {
        self.graph.outputs = outputs.to_vec();
        self.graph
    }
}

/// SAME padding for odd kernels.
pub fn window(k: usize, stride: usize) -> Window {
    Window {
        kernel: [k, k],
        stride: [stride, stride],
        dilation: [1, 1],
        padding: Padding {
            top: k / 2,
            bottom: k / 2,
            left: k / 2,
            right: k / 2,
        },
    }
}

/// Samples for every input, uniform in −1 to 1.
pub fn samples(graph: &Graph, count: usize, seed: u64) -> Vec<Vec<Value>> {
    let mut random = Random(seed);
    let mut value = |id: &TensorId| Value::F32(random.numbers(graph.tensor(*id).elements()));
    (0..count)
        .map(|_| graph.inputs.iter().map(&mut value).collect())
        .collect()
}

/// What exporters leave of convolution, batch normalisation and activation.
pub fn normalised(seed: u64) -> Graph {
    let mut net = Net::new(seed);
    let input = net.input(&[1, 8, 8, 3]);
    let x = net.conv(input, 6, 3, 1, Activation::None);
    let (factor, offset) = (net.noise(&[1, 1, 1, 6], 1.5), net.noise(&[6], 0.5));
    let x = net.combine(Combine::Mul(Activation::None), x, factor);
    let x = net.op(OpKind::Add(Activation::None), &[x, offset]);
    let x = net.unary(Function::Relu6, x);
    let x = net.depthwise(x, 3, 2, Activation::None);
    let offset = net.noise(&[1], 0.5);
    let x = net.combine(Combine::Sub(Activation::Relu), offset, x);
    let y = net.conv(x, 6, 1, 1, Activation::None);
    let x = net.op(OpKind::Add(Activation::None), &[x, y]);
    let x = net.unary(Function::Relu, x);
    let x = net.mean(x);
    let x = net.dense(x, 5);
    let x = net.op(OpKind::Softmax { beta: 1.0 }, &[x]);
    net.finish(&[x])
}

/// A chain whose channels between have very different ranges; equalisation can mend it.
pub fn unequal(seed: u64) -> Graph {
    let mut net = Net::new(seed);
    let input = net.input(&[1, 8, 8, 3]);
    let sizes: Vec<f32> = (0..8).map(|c| 4.0_f32.powi(c % 5 - 2)).collect();
    let x = net.conv(input, 8, 3, 1, Activation::Relu);
    scale_channels(&mut net.graph, 0, &sizes);
    let x = net.depthwise(x, 3, 1, Activation::Relu);
    let inverse: Vec<f32> = sizes.iter().map(|s| 1.0 / s).collect();
    scale_channels(&mut net.graph, 1, &inverse);
    let pad = Pad {
        amounts: vec![[0, 0], [1, 0], [0, 1], [0, 0]],
        fill: PadFill::Zero,
    };
    let x = net.op(OpKind::Pad(pad), &[x]);
    let x = net.conv(x, 6, 1, 1, Activation::None);
    let x = net.unary(Function::LeakyRelu { alpha: 0.2 }, x);
    let x = net.mean(x);
    let x = net.dense(x, 4);
    net.finish(&[x])
}

/// Multiplies the output channels of operator `index`, weights and bias.
fn scale_channels(graph: &mut Graph, index: usize, sizes: &[f32]) {
    let kind = graph.ops[index].kind.clone();
    let first = matches!(kind, OpKind::Conv2d(_));
    for id in kind.constants() {
        let tensor = &mut graph.tensors[id.0 as usize];
        let Some(Data::F32(values)) = &tensor.data else {
            panic!("float weights");
        };
        let per = if first { values.len() / sizes.len() } else { 1 };
        let scaled = values.iter().enumerate();
        let scaled = scaled.map(|(i, w)| w * sizes[i / per % sizes.len()]);
        tensor.data = Some(Data::F32(scaled.collect()));
    }
}

/// Every kind of operator that tflite-micro knows at least once, with several inputs and outputs, and fixed scales that meet free ones.
pub fn everything(seed: u64) -> Graph {
    let mut net = Net::new(seed);
    let (image, row) = (net.input(&[1, 8, 8, 4]), net.input(&[1, 6]));
    let x = net.conv(image, 8, 3, 2, Activation::Relu6);
    let gate = net.unary(Function::Logistic, x);
    let wave = net.unary(Function::Tanh, x);
    let both = net.op(OpKind::Concatenation { axis: 3 }, &[gate, wave, x]);
    let both = net.conv(both, 8, 1, 1, Activation::None);
    let gated = net.combine(Combine::Mul(Activation::None), both, gate);
    let swish = net.unary(Function::HardSwish, gated);
    let slopes = net.noise(&[8], 0.5);
    let x = net.op(OpKind::Prelu { slopes }, &[swish]);
    let pool = Pool2d {
        window: window(3, 1),
        activation: Activation::None,
    };
    let most = net.op(OpKind::MaxPool2d(pool.clone()), &[x]);
    let mean = net.op(OpKind::AveragePool2d(pool), &[x]);
    let x = net.combine(Combine::Sub(Activation::None), most, mean);
    let limit = net.constant(&[1], vec![0.4]);
    let x = net.combine(Combine::Minimum, x, limit);
    let x = net.combine(Combine::Maximum, x, mean);
    let up = TransposeConv2d {
        weights: net.noise(&[5, 2, 2, 8], 0.4),
        bias: None,
        stride: [2, 2],
        padding: [0, 0],
        output: [8, 8],
        activation: Activation::None,
    };
    let x = net.op(OpKind::TransposeConv2d(up), &[x]);
    let half = Slice {
        begin: vec![0, 7, 0, 1],
        stride: vec![1, -2, 1, 1],
        extent: vec![1, 4, 8, 3],
    };
    let x = net.op(OpKind::Slice(half), &[x]);
    let resize = |interpolation| Resize {
        interpolation,
        output: [6, 6],
        align_corners: false,
        half_pixel_centers: true,
    };
    let x = net.op(OpKind::Resize(resize(Interpolation::Bilinear)), &[x]);
    let x = net.op(OpKind::Resize(resize(Interpolation::Nearest)), &[x]);
    let pad = |fill| Pad {
        amounts: vec![[0, 0], [1, 1], [1, 1], [0, 0]],
        fill,
    };
    let a = net.op(OpKind::Pad(pad(PadFill::Constant(0.7))), &[x]);
    let b = net.op(OpKind::Pad(pad(PadFill::Reflect)), &[x]);
    let x = net.op(OpKind::Add(Activation::Relu), &[a, b]);
    let turned = net.op(
        OpKind::Transpose {
            permutation: vec![0, 2, 1, 3],
        },
        &[x],
    );
    let reduce = Reduce {
        axes: vec![1],
        keep_dims: true,
    };
    let sum = net.op(OpKind::Sum(reduce.clone()), &[turned]);
    let most = net.op(OpKind::ReduceMax(reduce), &[turned]);
    let x = net.combine(Combine::Sub(Activation::ReluN1To1), sum, most);
    let flat = net.reshape(x, &[1, 24]);
    let flat = net.unary(Function::Relu6, flat);
    let x = net.op(OpKind::Concatenation { axis: 1 }, &[flat, row]);
    let dense = net.dense(x, 5);
    let soft = net.op(OpKind::Softmax { beta: 1.0 }, &[dense]);
    net.finish(&[soft, gate, turned])
}
