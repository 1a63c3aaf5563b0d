//! Random small networks: every operator, uneven sizes, tails of every length.

use tinyscope_core::graph::{
    Activation, Combine, Conv2d, DType, Data, DepthwiseConv2d, FullyConnected, Function, Graph, Op,
    OpKind, Pad, PadFill, Padding, Pool2d, Quantization, Reduce, Tensor, TensorId, Window,
};

/// Pseudo-random numbers (Knuth's MMIX generator, upper bits).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    pub fn code(&mut self) -> i8 {
        self.below(256) as u8 as i8
    }
}

/// A network under construction.
pub struct Builder {
    pub graph: Graph,
    pub random: Random,
}

impl Builder {
    pub fn new(seed: u64) -> Self {
        Self {
            graph: Graph {
                name: "random */ \" net\n#error".into(),
                ..Graph::default()
            },
            random: Random(seed),
        }
    }

    pub fn activation(&mut self, shape: &[usize]) -> TensorId {
        let scale = 0.01 + 0.001 * self.random.below(90) as f32;
        let zero = match self.random.below(3) {
            0 => -128,
            _ => self.random.below(256) as i32 - 128,
        };
        self.tensor(
            shape,
            DType::I8,
            Quantization::per_tensor(scale, zero),
            None,
        )
    }

    pub fn tensor(
        &mut self,
        shape: &[usize],
        dtype: DType,
        quant: Quantization,
        data: Option<Data>,
    ) -> TensorId {
        self.graph.tensors.push(Tensor {
            name: "*/ evil \\\n".into(),
            shape: shape.to_vec(),
            dtype,
            quant: Some(quant),
            data,
            source_index: None,
        });
        TensorId(self.graph.tensors.len() as u32 - 1)
    }

    pub fn weights(&mut self, shape: &[usize], axis: usize) -> TensorId {
        let count = if self.random.below(3) == 0 {
            1
        } else {
            shape[axis]
        };
        let taps = shape.iter().product::<usize>() / shape[axis];
        // Scales that use the output's range, some beyond it, and a few that make multipliers above one.
        let base = self.random.pick(&[0.02, 0.02, 0.02, 0.002, 0.3]) / (taps as f32).sqrt();
        let scales = (0..count)
            .map(|_| base * (0.5 + 0.01 * self.random.below(100) as f32))
            .collect();
        let codes: Vec<i8> = (0..shape.iter().product())
            .map(|_| self.random.code())
            .collect();
        let quant = Quantization {
            scales,
            zero_points: vec![0; count],
            axis,
        };
        self.tensor(shape, DType::I8, quant, Some(Data::I8(codes.into())))
    }

    pub fn bias(&mut self, channels: usize) -> Option<TensorId> {
        let extreme = self.random.below(8) == 0;
        if self.random.below(6) == 0 {
            return None;
        }
        let values: Vec<i32> = (0..channels)
            .map(|_| match self.random.below(12) {
                0 if extreme => i32::MAX,
                1 if extreme => i32::MIN,
                _ => self.random.below(20_000) as i32 - 10_000,
            })
            .collect();
        Some(self.tensor(
            &[channels],
            DType::I32,
            Quantization::per_tensor(1.0, 0),
            Some(Data::I32(values.into())),
        ))
    }

    pub fn fused(&mut self) -> Activation {
        self.random.pick(&[
            Activation::None,
            Activation::None,
            Activation::Relu,
            Activation::Relu6,
            Activation::ReluN1To1,
        ])
    }

    pub fn push(&mut self, kind: OpKind, inputs: &[TensorId], output: TensorId) -> TensorId {
        let source_index = self.graph.ops.len() as u32;
        self.graph.ops.push(Op {
            kind,
            inputs: inputs.to_vec(),
            outputs: vec![output],
            source_index,
        });
        output
    }

    pub fn map(&self, id: TensorId) -> [usize; 3] {
        self.graph.tensor(id).hwc()
    }

    fn window(
        &mut self,
        map: [usize; 3],
        kernel: [usize; 2],
        dilation: usize,
    ) -> Option<(Window, [usize; 2])> {
        let stride = self.random.pick(&[[1, 1], [1, 1], [2, 2], [2, 1]]);
        let same = self.random.below(4) != 0;
        let mut output = [0; 2];
        let mut pads = [[0; 2]; 2];
        for axis in 0..2 {
            let reach = (kernel[axis] - 1) * dilation + 1;
            if same {
                output[axis] = map[axis].div_ceil(stride[axis]);
                let total = ((output[axis] - 1) * stride[axis] + reach).saturating_sub(map[axis]);
                pads[axis] = [total / 2, total - total / 2];
            } else {
                output[axis] = map[axis].checked_sub(reach)? / stride[axis] + 1;
            }
        }
        let window = Window {
            kernel,
            stride,
            dilation: [dilation, dilation],
            padding: Padding {
                top: pads[0][0],
                bottom: pads[0][1],
                left: pads[1][0],
                right: pads[1][1],
            },
        };
        Some((window, output))
    }

    pub fn conv(
        &mut self,
        from: TensorId,
        kernel: [usize; 2],
        channels: usize,
    ) -> Option<TensorId> {
        let map = self.map(from);
        let (window, [h, w]) = if kernel == [1, 1] && self.random.below(4) != 0 {
            (unit_window(), [map[0], map[1]])
        } else {
            let dilation = self.random.pick(&[1, 1, 1, 2]);
            self.window(map, kernel, dilation)?
        };
        let weights = self.weights(&[channels, kernel[0], kernel[1], map[2]], 0);
        let bias = self.bias(channels);
        let activation = self.fused();
        let output = self.activation(&[1, h, w, channels]);
        let kind = OpKind::Conv2d(Conv2d {
            weights,
            bias,
            window,
            activation,
        });
        Some(self.push(kind, &[from], output))
    }

    pub fn depthwise(&mut self, from: TensorId, kernel: [usize; 2]) -> Option<TensorId> {
        let map = self.map(from);
        let (window, [h, w]) = self.window(map, kernel, 1)?;
        let multiplier = if self.random.below(6) == 0 { 2 } else { 1 };
        let channels = map[2] * multiplier;
        let weights = self.weights(&[1, kernel[0], kernel[1], channels], 3);
        let bias = self.bias(channels);
        let activation = self.fused();
        let output = self.activation(&[1, h, w, channels]);
        let kind = OpKind::DepthwiseConv2d(DepthwiseConv2d {
            weights,
            bias,
            window,
            multiplier,
            activation,
        });
        Some(self.push(kind, &[from], output))
    }

    fn pool(&mut self, from: TensorId) -> Option<TensorId> {
        let map = self.map(from);
        let kernel = self.random.pick(&[[2, 2], [3, 3], [1, 2]]);
        let (window, [h, w]) = self.window(map, kernel, 1)?;
        let activation = self.fused();
        let quant = self.graph.tensor(from).quant.clone()?;
        let output = self.tensor(&[1, h, w, map[2]], DType::I8, quant, None);
        let pool = Pool2d { window, activation };
        let kind = if self.random.below(2) == 0 {
            OpKind::AveragePool2d(pool)
        } else {
            OpKind::MaxPool2d(pool)
        };
        Some(self.push(kind, &[from], output))
    }

    fn add(&mut self, a: TensorId, b: TensorId) -> TensorId {
        let activation = self.fused();
        let shape = self.graph.tensor(a).shape.clone();
        let output = self.activation(&shape);
        self.push(OpKind::Add(activation), &[a, b], output)
    }

    /// Operators of each pixel alone: functions, slopes, constants, products, parts joined.
    fn by_pixel(&mut self, from: TensorId) -> Option<TensorId> {
        let [h, w, c] = self.map(from);
        let shape = [1, h, w, c];
        match self.random.below(5) {
            0 => {
                let output = self.activation(&shape);
                Some(self.push(
                    OpKind::Unary(Function::LeakyRelu { alpha: 0.2 }),
                    &[from],
                    output,
                ))
            }
            1 => {
                let slopes = self.constant(&[1, 1, c]);
                let output = self.activation(&shape);
                Some(self.push(OpKind::Prelu { slopes }, &[from], output))
            }
            2 => {
                let other =
                    self.random
                        .pick(&[[1, h, w, c], [1, 1, 1, c], [1, h, 1, 1], [1, 1, w, c]]);
                let other = self.constant(&other);
                let activation = self.fused();
                let output = self.activation(&shape);
                let kind = OpKind::Combine(Combine::Sub(activation));
                Some(self.push(kind, &[other, from], output))
            }
            3 => {
                let other = self.conv(from, [1, 1], c)?;
                let kind = self.random.pick(&[
                    Combine::Mul(Activation::None),
                    Combine::Maximum,
                    Combine::Minimum,
                ]);
                let output = self.activation(&shape);
                (self.map(other) == self.map(from))
                    .then(|| self.push(OpKind::Combine(kind), &[other, from], output))
            }
            _ => {
                let (b, c) = (self.conv(from, [1, 1], 2)?, self.conv(from, [1, 1], 3)?);
                let parts = [b, from, c];
                let channels = parts.iter().map(|&id| self.map(id)[2]).sum();
                let quant = self.graph.tensor(from).quant.clone()?;
                if parts.iter().any(|&id| self.map(id)[..2] != [h, w]) {
                    return None;
                }
                for part in [b, c] {
                    self.graph.tensors[part.0 as usize].quant = Some(quant.clone());
                }
                let output = self.tensor(&[1, h, w, channels], DType::I8, quant, None);
                Some(self.push(OpKind::Concatenation { axis: 3 }, &parts, output))
            }
        }
    }

    /// A constant int8 operand.
    pub fn constant(&mut self, shape: &[usize]) -> TensorId {
        let id = self.activation(shape);
        let codes: Vec<i8> = (0..shape.iter().product())
            .map(|_| self.random.code())
            .collect();
        self.graph.tensors[id.0 as usize].data = Some(Data::I8(codes.into()));
        id
    }

    /// Requantise, pad or transpose.
    fn moved(&mut self, from: TensorId) -> TensorId {
        let [h, w, c] = self.map(from);
        let Some(quant) = self.graph.tensor(from).quant.clone() else {
            return from;
        };
        match self.random.below(3) {
            0 => {
                let output = self.activation(&[1, h, w, c]);
                self.push(OpKind::Quantize, &[from], output)
            }
            1 => {
                let output = self.tensor(&[1, h + 3, w + 1, c + 1], DType::I8, quant, None);
                let amounts = vec![[0, 0], [1, 2], [0, 1], [1, 0]];
                self.push(
                    OpKind::Pad(Pad {
                        amounts,
                        fill: PadFill::Zero,
                    }),
                    &[from],
                    output,
                )
            }
            _ => {
                let output = self.tensor(&[1, w, c, h], DType::I8, quant, None);
                let permutation = vec![0, 2, 3, 1];
                self.push(OpKind::Transpose { permutation }, &[from], output)
            }
        }
    }

    fn head(&mut self, from: TensorId) -> TensorId {
        let [_, _, c] = self.map(from);
        let mean = self.activation(&[1, c]);
        let kind = OpKind::Mean(Reduce {
            axes: vec![1, 2],
            keep_dims: false,
        });
        let mut last = self.push(kind, &[from], mean);
        let classes = 1 + self.random.below(7);
        let weights = self.weights(&[classes, c], 0);
        let bias = self.bias(classes);
        let logits = self.activation(&[1, classes]);
        let activation = self.fused();
        let kind = OpKind::FullyConnected(FullyConnected {
            weights,
            bias,
            activation,
        });
        last = self.push(kind, &[last], logits);
        let codes = self.tensor(
            &[1, classes],
            DType::I8,
            Quantization::per_tensor(1.0 / 256.0, -128),
            None,
        );
        self.push(OpKind::Softmax { beta: 1.0 }, &[last], codes)
    }
}

fn unit_window() -> Window {
    Window {
        kernel: [1, 1],
        stride: [1, 1],
        dilation: [1, 1],
        padding: Padding::default(),
    }
}

/// A random network: a few image operators with residuals, then a classifier. `movers` also lets it transpose and pad.
pub fn network(seed: u64, movers: bool) -> Graph {
    let mut b = Builder::new(seed);
    let (h, w, c) = (
        3 + b.random.below(14),
        3 + b.random.below(14),
        1 + b.random.below(9),
    );
    let input = b.activation(&[1, h, w, c]);
    b.graph.inputs.push(input);
    let mut at = input;
    for _ in 0..3 + b.random.below(5) {
        let channels = 1 + b.random.below(13);
        let kernel = b.random.pick(&[[3, 3], [5, 5], [7, 7], [3, 5], [2, 3]]);
        let next = match b.random.below(if movers { 10 } else { 9 }) {
            0 => b.conv(at, kernel, channels),
            1 | 2 => b.conv(at, [1, 1], channels),
            3 | 4 => b.depthwise(at, kernel),
            5 => b.pool(at),
            6 => {
                // A residual around two operators that keep the shape.
                let channels = b.map(at)[2];
                b.conv(at, [1, 1], channels)
                    .filter(|&x| b.map(x) == b.map(at))
                    .map(|x| b.add(x, at))
            }
            7 | 8 => b.by_pixel(at),
            _ => Some(b.moved(at)),
        };
        at = next.unwrap_or(at);
    }
    let last = b.head(at);
    b.graph.outputs.push(last);
    b.graph
}
