//! Graphs of one random operator.

use tinyscope_core::graph::shape::output_shape;
use tinyscope_core::graph::{
    Activation, Combine, Conv2d, DType, Data, DepthwiseConv2d, FullyConnected, Function, Graph,
    Interpolation, Op, OpKind, Pad, PadFill, Padding, Pool2d, Reduce, Resize, Slice, Tensor,
    TensorId, TransposeConv2d, Window,
};

/// Every kind, by a name for [`case`].
pub const KINDS: [&str; 30] = [
    "conv",
    "depthwise",
    "dense",
    "transpose conv",
    "add",
    "sub",
    "mul",
    "maximum",
    "minimum",
    "relu",
    "relu6",
    "relu n1 to 1",
    "leaky",
    "hard swish",
    "logistic",
    "tanh",
    "prelu",
    "average pool",
    "max pool",
    "mean",
    "sum",
    "reduce max",
    "pad",
    "mirror pad",
    "concatenation",
    "slice",
    "resize",
    "reshape",
    "transpose",
    "softmax",
];

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

    /// `low..=high`.
    pub fn int(&mut self, low: usize, high: usize) -> usize {
        low + (self.next() % (high - low + 1) as u64) as usize
    }

    pub fn chance(&mut self) -> bool {
        self.next() >> 63 == 1
    }

    /// Uniform in −4 to 4.
    pub fn numbers(&mut self, count: usize) -> Vec<f32> {
        (0..count)
            .map(|_| (self.next() >> 40) as f32 / (1 << 21) as f32 - 4.0)
            .collect()
    }

    fn activation(&mut self) -> Activation {
        use Activation::{None, Relu, Relu6, ReluN1To1};
        [None, Relu, Relu6, ReluN1To1][self.int(0, 3)]
    }

    fn window(&mut self, input: [usize; 2], dilate: usize) -> Window {
        let mut window = Window {
            kernel: [self.int(1, 4), self.int(1, 4)],
            stride: [self.int(1, 3), self.int(1, 3)],
            dilation: [self.int(1, dilate), self.int(1, dilate)],
            padding: Padding {
                top: self.int(0, 2),
                bottom: self.int(0, 2),
                left: self.int(0, 2),
                right: self.int(0, 2),
            },
        };
        // A window that lies outside the picture somewhere has no mean.
        while window.output(input).is_none() || dilate == 1 && outside(&window) {
            let axis = usize::from(window.kernel[0] == 1);
            if window.kernel == [1, 1] {
                window.padding = Padding::default();
            } else {
                window.kernel[axis] -= 1;
            }
        }
        window
    }
}

fn outside(window: &Window) -> bool {
    let p = &window.padding;
    let [h, w] = window.kernel;
    p.top >= h || p.bottom >= h || p.left >= w || p.right >= w
}

fn tensor(shape: &[usize], data: Option<Vec<f32>>) -> Tensor {
    Tensor {
        name: String::new(),
        shape: shape.to_vec(),
        dtype: DType::F32,
        quant: None,
        data: data.map(|values| Data::F32(values.into())),
        source_index: None,
    }
}

struct Builder {
    random: Random,
    tensors: Vec<Tensor>,
}

impl Builder {
    fn input(&mut self, shape: &[usize]) -> TensorId {
        self.tensors.push(tensor(shape, None));
        TensorId(self.tensors.len() as u32 - 1)
    }

    fn constant(&mut self, shape: &[usize]) -> TensorId {
        let values = self.random.numbers(shape.iter().product());
        self.tensors.push(tensor(shape, Some(values)));
        TensorId(self.tensors.len() as u32 - 1)
    }

    fn bias(&mut self, channels: usize) -> Option<TensorId> {
        self.random.chance().then(|| self.constant(&[channels]))
    }
}

/// A graph of one operator of this kind, and its inputs.
pub fn case(kind: &str, seed: u64) -> (Graph, Vec<Vec<f32>>) {
    let mut b = Builder {
        random: Random(seed),
        tensors: Vec::new(),
    };
    let (op, inputs) = operator(&mut b, kind);
    let shape = output_shape(&b.tensors, &op, &inputs).expect("the case is legal");
    let elements = b.tensors[inputs[0].0 as usize].elements();
    let output = b.input(&shape.unwrap_or_else(|| vec![1, elements]));
    let outside: Vec<TensorId> = (inputs.iter().copied())
        .filter(|id| b.tensors[id.0 as usize].data.is_none())
        .collect();
    let values = outside
        .iter()
        .map(|id| b.random.numbers(b.tensors[id.0 as usize].elements()))
        .collect();
    let graph = Graph {
        name: kind.into(),
        tensors: b.tensors,
        ops: vec![Op {
            kind: op,
            inputs,
            outputs: vec![output],
            source_index: 0,
        }],
        inputs: outside,
        outputs: vec![output],
    };
    (graph, values)
}

fn operator(b: &mut Builder, kind: &str) -> (OpKind, Vec<TensorId>) {
    let [h, w] = [b.random.int(1, 9), b.random.int(1, 9)];
    let c = b.random.int(1, 5);
    let activation = b.random.activation();
    let image = [1, h, w, c];
    match kind {
        "conv" => {
            let (groups, depth, out) =
                (b.random.int(1, 3), b.random.int(1, 9), b.random.int(1, 20));
            let (input, out) = (b.input(&[1, h, w, groups * depth]), groups * out);
            let window = b.random.window([h, w], 2);
            let [kh, kw] = window.kernel;
            let (weights, bias) = (b.constant(&[out, kh, kw, depth]), b.bias(out));
            let conv = Conv2d {
                weights,
                bias,
                window,
                activation,
            };
            (OpKind::Conv2d(conv), vec![input])
        }
        "depthwise" => {
            let (input, multiplier) = (b.input(&image), b.random.int(1, 3));
            let window = b.random.window([h, w], 2);
            let [kh, kw] = window.kernel;
            let (weights, bias) = (
                b.constant(&[1, kh, kw, c * multiplier]),
                b.bias(c * multiplier),
            );
            let conv = DepthwiseConv2d {
                weights,
                bias,
                window,
                multiplier,
                activation,
            };
            (OpKind::DepthwiseConv2d(conv), vec![input])
        }
        "dense" => {
            let (rows, depth, out) = (b.random.int(1, 3), b.random.int(1, 40), b.random.int(1, 9));
            let (input, weights) = (b.input(&[rows, depth]), b.constant(&[out, depth]));
            let dense = FullyConnected {
                weights,
                bias: b.bias(out),
                activation,
            };
            (OpKind::FullyConnected(dense), vec![input])
        }
        "transpose conv" => {
            let (input, out) = (b.input(&image), b.random.int(1, 20));
            let kernel = [b.random.int(1, 4), b.random.int(1, 4)];
            let stride = [b.random.int(1, 3), b.random.int(1, 3)];
            let padding = kernel.map(|k| b.random.int(0, k - 1));
            let output = [0, 1].map(|i| {
                let whole = (image[1 + i] - 1) * stride[i] + kernel[i];
                whole.saturating_sub(2 * padding[i]).max(1)
            });
            let weights = b.constant(&[out, kernel[0], kernel[1], c]);
            let conv = TransposeConv2d {
                weights,
                bias: b.bias(out),
                stride,
                padding,
                output,
                activation,
            };
            (OpKind::TransposeConv2d(conv), vec![input])
        }
        "add" | "sub" | "mul" | "maximum" | "minimum" => {
            let thin = |b: &mut Builder| image.map(|d| if b.random.chance() { d } else { 1 });
            let (a, other) = (thin(b), thin(b));
            let other = &other[b.random.int(0, 4)..];
            let (a, constant) = (b.input(&a), b.random.chance());
            let other = if constant {
                b.constant(other)
            } else {
                b.input(other)
            };
            let kind = match kind {
                "add" => OpKind::Add(activation),
                "sub" => OpKind::Combine(Combine::Sub(activation)),
                "mul" => OpKind::Combine(Combine::Mul(activation)),
                "maximum" => OpKind::Combine(Combine::Maximum),
                _ => OpKind::Combine(Combine::Minimum),
            };
            (kind, vec![a, other])
        }
        "prelu" => {
            let slopes = image.map(|d| if b.random.chance() { d } else { 1 });
            let input = b.input(&image);
            let lead = b.random.int(0, 3);
            let slopes = b.constant(&slopes[lead..]);
            (OpKind::Prelu { slopes }, vec![input])
        }
        "average pool" | "max pool" => {
            let input = b.input(&image);
            let window = b.random.window([h, w], 1);
            let pool = Pool2d { window, activation };
            let average = kind == "average pool";
            let kind = if average {
                OpKind::AveragePool2d(pool)
            } else {
                OpKind::MaxPool2d(pool)
            };
            (kind, vec![input])
        }
        "mean" | "sum" | "reduce max" => {
            let axes: Vec<usize> = (0..4).filter(|_| b.random.chance()).collect();
            let reduce = Reduce {
                axes,
                keep_dims: b.random.chance(),
            };
            let kind = match kind {
                "mean" => OpKind::Mean(reduce),
                "sum" => OpKind::Sum(reduce),
                _ => OpKind::ReduceMax(reduce),
            };
            (kind, vec![b.input(&image)])
        }
        "pad" | "mirror pad" => {
            let fill = match (kind, b.random.chance()) {
                ("pad", true) => PadFill::Zero,
                ("pad", false) => PadFill::Constant(-1.25),
                (_, true) => PadFill::Reflect,
                (_, false) => PadFill::Symmetric,
            };
            let most = |d: usize| if kind == "pad" { 3 } else { d - 1 };
            let amounts = image.map(|d| [b.random.int(0, most(d)), b.random.int(0, most(d))]);
            let pad = Pad {
                amounts: amounts.to_vec(),
                fill,
            };
            (OpKind::Pad(pad), vec![b.input(&image)])
        }
        "concatenation" => {
            let axis = b.random.int(0, 3);
            let inputs = (0..b.random.int(1, 4)).map(|_| {
                let mut shape = image;
                shape[axis] = b.random.int(1, 4);
                b.input(&shape)
            });
            let inputs = inputs.collect();
            (OpKind::Concatenation { axis }, inputs)
        }
        "slice" => {
            let axes = image.map(|d| {
                let [from, to] = [b.random.int(0, d - 1), b.random.int(0, d - 1)];
                let step = b.random.int(1, d.min(3));
                let sign = if to < from { -1 } else { 1 };
                (from, sign * step as isize, from.abs_diff(to) / step + 1)
            });
            let slice = Slice {
                begin: axes.map(|a| a.0).to_vec(),
                stride: axes.map(|a| a.1).to_vec(),
                extent: axes.map(|a| a.2).to_vec(),
            };
            (OpKind::Slice(slice), vec![b.input(&image)])
        }
        "resize" => {
            let align_corners = b.random.chance();
            let bilinear = b.random.chance();
            let resize = Resize {
                interpolation: if bilinear {
                    Interpolation::Bilinear
                } else {
                    Interpolation::Nearest
                },
                output: [b.random.int(1, 12), b.random.int(1, 12)],
                align_corners,
                half_pixel_centers: !align_corners && b.random.chance(),
            };
            (OpKind::Resize(resize), vec![b.input(&image)])
        }
        "reshape" => (OpKind::Reshape, vec![b.input(&image)]),
        "transpose" => {
            let mut permutation = vec![0, 1, 2, 3];
            for i in (1..4).rev() {
                permutation.swap(i, b.random.int(0, i));
            }
            (OpKind::Transpose { permutation }, vec![b.input(&image)])
        }
        "softmax" => (OpKind::Softmax { beta: 0.75 }, vec![b.input(&image)]),
        _ => {
            let function = match kind {
                "relu" => Function::Relu,
                "relu6" => Function::Relu6,
                "relu n1 to 1" => Function::ReluN1To1,
                "leaky" => Function::LeakyRelu { alpha: 0.3 },
                "hard swish" => Function::HardSwish,
                "logistic" => Function::Logistic,
                "tanh" => Function::Tanh,
                other => panic!("no kind {other}"),
            };
            (OpKind::Unary(function), vec![b.input(&image)])
        }
    }
}
