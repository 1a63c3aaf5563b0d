//! Networks for the tests: a builder; beside it random networks.

mod random;

pub use random::network;

use std::sync::Arc;
use tinyscope_core::graph::{
    Activation, Combine, Conv2d, DType, Data, DepthwiseConv2d, FullyConnected, Function, Graph, Op,
    OpKind, Padding, Pool2d, Quantization, Reduce, Tensor, TensorId, Window,
};

/// Seeded numbers (xorshift64*), so that a network is the same in every run.
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn code(&mut self) -> i8 {
        (self.next() >> 56) as i8
    }
}

/// Builds a network operator by operator.
pub struct Builder {
    pub graph: Graph,
    numbers: Numbers,
}

impl Builder {
    /// A network with one input `[1, height, width, channels]`; returns it too.
    pub fn new(height: usize, width: usize, channels: usize, seed: u64) -> (Self, TensorId) {
        let mut builder = Self {
            graph: Graph {
                name: "test".into(),
                ..Graph::default()
            },
            numbers: Numbers::new(seed),
        };
        let input = builder.activation(vec![1, height, width, channels]);
        builder.graph.inputs.push(input);
        (builder, input)
    }

    pub fn finish(mut self, output: TensorId) -> Graph {
        self.graph.outputs.push(output);
        self.graph
    }

    pub fn hwc(&self, id: TensorId) -> [usize; 3] {
        self.graph.tensor(id).hwc()
    }

    fn tensor(&mut self, tensor: Tensor) -> TensorId {
        self.graph.tensors.push(tensor);
        TensorId(self.graph.tensors.len() as u32 - 1)
    }

    fn activation(&mut self, shape: Vec<usize>) -> TensorId {
        let scale = 0.02 + (self.numbers.next() % 1000) as f32 * 1e-5;
        let zero_point = i32::from(self.numbers.code()) / 8;
        self.tensor(Tensor {
            name: String::new(),
            shape,
            dtype: DType::I8,
            quant: Some(Quantization::per_tensor(scale, zero_point)),
            data: None,
            source_index: None,
        })
    }

    /// Constant weights and bias; scales run along `axis`.
    fn weights(&mut self, shape: &[usize], axis: usize) -> (TensorId, TensorId) {
        let (count, channels) = (shape.iter().product(), shape[axis]);
        let codes: Vec<i8> = (0..count).map(|_| self.numbers.code()).collect();
        let scales: Vec<f32> = (0..channels)
            .map(|_| 0.001 + (self.numbers.next() % 1000) as f32 * 4e-6)
            .collect();
        let bias: Vec<i32> = (0..channels)
            .map(|_| i32::from(self.numbers.code()) * 40)
            .collect();
        let weights = self.tensor(Tensor {
            name: String::new(),
            shape: shape.to_vec(),
            dtype: DType::I8,
            quant: Some(Quantization {
                zero_points: vec![0; scales.len()],
                scales,
                axis,
            }),
            data: Some(Data::I8(Arc::from(codes))),
            source_index: None,
        });
        let bias = self.tensor(Tensor {
            name: String::new(),
            shape: vec![channels],
            dtype: DType::I32,
            quant: None,
            data: Some(Data::I32(Arc::from(bias))),
            source_index: None,
        });
        (weights, bias)
    }

    fn op(&mut self, kind: OpKind, inputs: Vec<TensorId>, shape: Vec<usize>) -> TensorId {
        let output = self.activation(shape);
        self.graph.ops.push(Op {
            kind,
            inputs,
            outputs: vec![output],
            source_index: self.graph.ops.len() as u32,
        });
        output
    }

    pub fn conv(&mut self, input: TensorId, window: Window, channels: usize) -> TensorId {
        let [h, w, c] = self.hwc(input);
        let [kh, kw] = window.kernel;
        let (weights, bias) = self.weights(&[channels, kh, kw, c], 0);
        let [oh, ow] = output_extent(&window, [h, w]);
        let kind = OpKind::Conv2d(Conv2d {
            weights,
            bias: Some(bias),
            window,
            activation: Activation::None,
        });
        self.op(kind, vec![input], vec![1, oh, ow, channels])
    }

    pub fn depthwise(&mut self, input: TensorId, window: Window) -> TensorId {
        let [h, w, c] = self.hwc(input);
        let [kh, kw] = window.kernel;
        let (weights, bias) = self.weights(&[1, kh, kw, c], 3);
        let [oh, ow] = output_extent(&window, [h, w]);
        let kind = OpKind::DepthwiseConv2d(DepthwiseConv2d {
            weights,
            bias: Some(bias),
            window,
            multiplier: 1,
            activation: Activation::Relu6,
        });
        self.op(kind, vec![input], vec![1, oh, ow, c])
    }

    pub fn add(&mut self, a: TensorId, b: TensorId) -> TensorId {
        let shape = self.graph.tensor(a).shape.clone();
        self.op(OpKind::Add(Activation::None), vec![a, b], shape)
    }

    /// A function of each element; its output may lie over its input.
    pub fn function(&mut self, input: TensorId) -> TensorId {
        let shape = self.graph.tensor(input).shape.clone();
        let kind = OpKind::Unary(Function::LeakyRelu { alpha: 0.2 });
        self.op(kind, vec![input], shape)
    }

    pub fn prelu(&mut self, input: TensorId) -> TensorId {
        let shape = self.graph.tensor(input).shape.clone();
        let slopes = self.constant(vec![1, 1, shape[3]]);
        self.op(OpKind::Prelu { slopes }, vec![input], shape)
    }

    /// A constant int8 operand.
    fn constant(&mut self, shape: Vec<usize>) -> TensorId {
        let codes: Vec<i8> = (0..shape.iter().product())
            .map(|_| self.numbers.code())
            .collect();
        let id = self.activation(shape);
        self.graph.tensors[id.0 as usize].data = Some(Data::I8(Arc::from(codes)));
        id
    }

    /// `input` and a constant that is broadcast along the axes of `one`.
    pub fn combine_constant(&mut self, input: TensorId, one: [bool; 3]) -> TensorId {
        let [h, w, c] = self.hwc(input);
        let extent = |axis: usize, whole: usize| if one[axis] { 1 } else { whole };
        let shape = vec![1, extent(0, h), extent(1, w), extent(2, c)];
        let constant = self.constant(shape);
        let kind = OpKind::Combine(Combine::Sub(Activation::None));
        self.op(kind, vec![constant, input], vec![1, h, w, c])
    }

    /// Two tensors of one shape, or one broadcast to the other.
    pub fn multiply(&mut self, a: TensorId, b: TensorId) -> TensorId {
        let ([ah, aw, ac], [bh, bw, bc]) = (self.hwc(a), self.hwc(b));
        let kind = OpKind::Combine(Combine::Mul(Activation::None));
        self.op(
            kind,
            vec![a, b],
            vec![1, ah.max(bh), aw.max(bw), ac.max(bc)],
        )
    }

    /// Along the channels.
    pub fn join(&mut self, parts: &[TensorId]) -> TensorId {
        let [h, w, _] = self.hwc(parts[0]);
        let channels = parts.iter().map(|&id| self.hwc(id)[2]).sum();
        for &part in &parts[1..] {
            self.keep_quantization(parts[0], part);
        }
        let kind = OpKind::Concatenation { axis: 3 };
        let output = self.op(kind, parts.to_vec(), vec![1, h, w, channels]);
        self.keep_quantization(parts[0], output)
    }

    pub fn pool(&mut self, input: TensorId, window: Window, maximum: bool) -> TensorId {
        let [h, w, c] = self.hwc(input);
        let [oh, ow] = output_extent(&window, [h, w]);
        let pool = Pool2d {
            window,
            activation: Activation::None,
        };
        let kind = if maximum {
            OpKind::MaxPool2d(pool)
        } else {
            OpKind::AveragePool2d(pool)
        };
        let output = self.op(kind, vec![input], vec![1, oh, ow, c]);
        self.keep_quantization(input, output)
    }

    /// Gives `output` the scale and zero point of `input`, as operators need that do not rescale.
    fn keep_quantization(&mut self, input: TensorId, output: TensorId) -> TensorId {
        let quant = self.graph.tensor(input).quant.clone();
        self.graph.tensors[output.0 as usize].quant = quant;
        output
    }

    /// Global mean and a fully connected layer.
    pub fn head(&mut self, input: TensorId, classes: usize) -> TensorId {
        let mean = self.mean(input, false);
        self.dense(mean, classes)
    }

    /// Over rows and columns.
    pub fn mean(&mut self, input: TensorId, keep_dims: bool) -> TensorId {
        let kind = OpKind::Mean(Reduce {
            axes: vec![1, 2],
            keep_dims,
        });
        let [.., c] = self.hwc(input);
        let shape = if keep_dims {
            vec![1, 1, 1, c]
        } else {
            vec![1, c]
        };
        self.op(kind, vec![input], shape)
    }

    /// The largest of all rows and columns.
    pub fn largest(&mut self, input: TensorId) -> TensorId {
        let kind = OpKind::ReduceMax(Reduce {
            axes: vec![1, 2],
            keep_dims: true,
        });
        let [.., c] = self.hwc(input);
        let output = self.op(kind, vec![input], vec![1, 1, 1, c]);
        self.keep_quantization(input, output)
    }

    /// A fully connected layer over all that there is.
    pub fn dense(&mut self, input: TensorId, classes: usize) -> TensorId {
        let taps = self.hwc(input).iter().product();
        let (weights, bias) = self.weights(&[classes, taps], 0);
        let kind = OpKind::FullyConnected(FullyConnected {
            weights,
            bias: Some(bias),
            activation: Activation::None,
        });
        self.op(kind, vec![input], vec![1, classes])
    }
}

fn output_extent(window: &Window, input: [usize; 2]) -> [usize; 2] {
    let padding = [
        window.padding.top + window.padding.bottom,
        window.padding.left + window.padding.right,
    ];
    [0, 1].map(|a| {
        let reach = (window.kernel[a] - 1) * window.dilation[a] + 1;
        (input[a] + padding[a] - reach) / window.stride[a] + 1
    })
}

/// A square window with TensorFlow's SAME padding, or none where the map is large enough and `same` is false.
pub fn window(kernel: usize, stride: usize, same: bool, input: [usize; 2]) -> Window {
    rectangular([kernel, kernel], [stride, stride], same, input)
}

fn rectangular(kernel: [usize; 2], stride: [usize; 2], same: bool, input: [usize; 2]) -> Window {
    let kernel = if same {
        kernel
    } else {
        [0, 1].map(|a| kernel[a].min(input[a]))
    };
    let total = [0, 1].map(|a| {
        let needed = (input[a].div_ceil(stride[a]) - 1) * stride[a] + kernel[a];
        if same {
            needed.saturating_sub(input[a])
        } else {
            0
        }
    });
    Window {
        kernel,
        stride,
        dilation: [1, 1],
        padding: Padding {
            top: total[0] / 2,
            bottom: total[0].div_ceil(2),
            left: total[1] / 2,
            right: total[1].div_ceil(2),
        },
    }
}

/// A window with as much padding on each side as `padding` asks for and the kernel reaches: more below and on the right
/// where the map is too small for it. With holes, unless one of its outputs would see nothing but padding.
fn uneven(
    kernel: usize,
    stride: usize,
    dilation: usize,
    padding: [usize; 4],
    input: [usize; 2],
) -> Window {
    let reach = (kernel - 1) * dilation + 1;
    let [top, left, bottom, right] = padding.map(|side| side.min(reach - 1));
    let enough = |axis: usize, before: usize, after: usize| {
        after.max(reach.saturating_sub(input[axis] + before))
    };
    let window = Window {
        kernel: [kernel, kernel],
        stride: [stride, stride],
        dilation: [dilation, dilation],
        padding: Padding {
            top,
            left,
            bottom: enough(0, top, bottom),
            right: enough(1, left, right),
        },
    };
    let outputs = output_extent(&window, input);
    let sees = |axis: usize, out: usize| {
        let before = [top, left][axis];
        (0..kernel)
            .filter_map(|k| (out * stride + k * dilation).checked_sub(before))
            .any(|at| at < input[axis])
    };
    if [0, 1]
        .iter()
        .all(|&axis| (0..outputs[axis]).all(|out| sees(axis, out)))
    {
        window
    } else {
        uneven(kernel, stride, 1, padding.map(|_| 0), input)
    }
}
