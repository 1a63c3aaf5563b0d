//! Every kind of operator alone, many to a program: each with inputs of its own and its output an output of the network.

use crate::graphs::Builder;
use tinyscope_core::graph::shape::output_shape;
use tinyscope_core::graph::{
    Combine, Conv2d, DepthwiseConv2d, FullyConnected, Function, Graph, Interpolation, OpKind, Pad,
    PadFill, Padding, Quantization, Reduce, Resize, Slice, TensorId, TransposeConv2d, Window,
};

/// Operators of a program, by name; each may be asked for several times.
pub const KINDS: [&str; 20] = [
    "grouped conv",
    "shifted conv",
    "shifted depthwise",
    "shifted dense",
    "rows of dense",
    "transposed conv",
    "combine by pixel",
    "combine by walk",
    "combine with constant",
    "function",
    "prelu",
    "reduce",
    "pad",
    "mirror",
    "concatenate",
    "slice",
    "resize",
    "softmax",
    "transpose",
    "requantise",
];

/// A program with each of [`KINDS`] twice.
pub fn garden(seed: u64) -> Graph {
    let mut b = Builder::new(seed);
    for kind in KINDS.iter().chain(&KINDS) {
        let output = one(&mut b, kind);
        b.graph.outputs.push(output);
        // An output of the network may also be read.
        if b.random.below(4) == 0 {
            let (shape, kind) = (
                b.graph.tensor(output).shape.clone(),
                OpKind::Unary(Function::Relu),
            );
            let again = b.activation(&shape);
            b.push(kind, &[output], again);
            b.graph.outputs.push(again);
        }
    }
    b.graph
}

/// A new operator of the kind, and its output.
pub fn one(b: &mut Builder, kind: &str) -> TensorId {
    match kind {
        "grouped conv" => grouped(b),
        "shifted conv" => {
            let zero = 1 + b.random.below(90) as i32;
            conv(b, 1, zero)
        }
        "shifted depthwise" => depthwise(b),
        "shifted dense" => dense(b, 1, -7),
        "rows of dense" => dense(b, 2, 0),
        "transposed conv" => transposed(b),
        "combine by pixel" => combine(b, false, true),
        "combine by walk" => combine(b, false, false),
        "combine with constant" => {
            let by_pixel = b.random.below(2) == 0;
            combine(b, true, by_pixel)
        }
        "function" => function(b),
        "prelu" => prelu(b),
        "reduce" => reduce(b),
        "pad" => pad(b, false),
        "mirror" => pad(b, true),
        "concatenate" => concatenate(b),
        "slice" => slice(b),
        "resize" => resize(b),
        "softmax" => softmax(b),
        "transpose" => transpose(b),
        "requantise" => {
            let input = any_input(b, 6);
            finish(b, OpKind::Quantize, &[input])
        }
        _ => panic!("no operator is called {kind}"),
    }
}

fn input(b: &mut Builder, shape: &[usize]) -> TensorId {
    let id = b.activation(shape);
    b.graph.inputs.push(id);
    id
}

/// A shape of up to `rank` dimensions and 600 elements.
fn shape(b: &mut Builder, rank: usize) -> Vec<usize> {
    let mut elements = 1;
    (0..=b.random.below(rank))
        .map(|_| {
            let extent = b.random.pick(&[1, 2, 3, 4, 5, 6]).min(600 / elements);
            elements *= extent;
            extent
        })
        .collect()
}

fn any_input(b: &mut Builder, rank: usize) -> TensorId {
    let shape = shape(b, rank);
    input(b, &shape)
}

fn image(b: &mut Builder, channels: usize) -> TensorId {
    let (h, w) = (3 + b.random.below(6), 3 + b.random.below(6));
    input(b, &[1, h, w, channels])
}

/// Pushes the operator with an output of the shape that follows.
fn finish(b: &mut Builder, kind: OpKind, inputs: &[TensorId]) -> TensorId {
    let shape = output_shape(&b.graph.tensors, &kind, inputs);
    let shape = shape
        .expect("the operator is sound")
        .expect("its shape follows");
    let output = b.activation(&shape);
    b.push(kind, inputs, output)
}

/// As [`finish`], with the scale and zero point of the first input.
fn keep(b: &mut Builder, kind: OpKind, inputs: &[TensorId]) -> TensorId {
    let output = finish(b, kind, inputs);
    let quant = b.graph.tensor(inputs[0]).quant.clone();
    b.graph.tensors[output.0 as usize].quant = quant;
    output
}

fn window(b: &mut Builder, kernel: [usize; 2]) -> Window {
    Window {
        kernel,
        stride: b.random.pick(&[[1, 1], [2, 1], [2, 2]]),
        dilation: b.random.pick(&[[1, 1], [1, 1], [2, 1]]),
        padding: Padding {
            top: 1 + b.random.below(2),
            bottom: 1 + b.random.below(2),
            left: 1,
            right: 1 + b.random.below(2),
        },
    }
}

/// One zero point for all, and one scale.
fn shift(b: &mut Builder, weights: TensorId, zero: i32) {
    let tensor = &mut b.graph.tensors[weights.0 as usize];
    if let (Some(quant), true) = (&mut tensor.quant, zero != 0) {
        *quant = Quantization::per_tensor(quant.scales[0], zero);
    }
}

fn grouped(b: &mut Builder) -> TensorId {
    let groups = 2 + b.random.below(2);
    conv(b, groups, 0)
}

fn conv(b: &mut Builder, groups: usize, zero: i32) -> TensorId {
    let (depth, outputs) = (1 + b.random.below(3), groups * (1 + b.random.below(3)));
    let from = image(b, groups * depth);
    let kernel = b.random.pick(&[[1, 1], [3, 3], [2, 3]]);
    let weights = b.weights(&[outputs, kernel[0], kernel[1], depth], 0);
    shift(b, weights, zero);
    let kind = OpKind::Conv2d(Conv2d {
        weights,
        bias: b.bias(outputs),
        window: window(b, kernel),
        activation: b.fused(),
    });
    finish(b, kind, &[from])
}

fn depthwise(b: &mut Builder) -> TensorId {
    let (channels, multiplier) = (1 + b.random.below(5), 1 + b.random.below(2));
    let from = image(b, channels);
    let weights = b.weights(&[1, 3, 3, channels * multiplier], 3);
    let zero = b.random.below(200) as i32 - 100;
    shift(b, weights, zero);
    let kind = OpKind::DepthwiseConv2d(DepthwiseConv2d {
        weights,
        bias: b.bias(channels * multiplier),
        window: Window {
            dilation: [1, 1],
            ..window(b, [3, 3])
        },
        multiplier,
        activation: b.fused(),
    });
    finish(b, kind, &[from])
}

fn dense(b: &mut Builder, rows: usize, zero: i32) -> TensorId {
    let (inputs, outputs) = (1 + b.random.below(20), 1 + b.random.below(9));
    let from = input(b, &[rows, 3, inputs]);
    let weights = b.weights(&[outputs, inputs], 0);
    shift(b, weights, zero);
    let kind = OpKind::FullyConnected(FullyConnected {
        weights,
        bias: b.bias(outputs),
        activation: b.fused(),
    });
    finish(b, kind, &[from])
}

fn transposed(b: &mut Builder) -> TensorId {
    let (channels, outputs) = (1 + b.random.below(5), 1 + b.random.below(5));
    let from = image(b, channels);
    let [h, w, _] = b.map(from);
    let kernel = b.random.pick(&[[2, 2], [3, 3], [4, 2], [5, 3]]);
    let stride = b.random.pick(&[[1, 1], [2, 2], [3, 2], [2, 1]]);
    let padding = [b.random.below(kernel[0]), b.random.below(kernel[1])];
    // The whole of what the taps reach, less what is not kept in front and some behind.
    let reached = [0, 1].map(|a| ([h, w][a] - 1) * stride[a] + kernel[a] - padding[a]);
    let output = reached.map(|n| n - b.random.below(2).min(n - 1));
    let weights = b.weights(&[outputs, kernel[0], kernel[1], channels], 0);
    if b.random.below(3) == 0 {
        shift(b, weights, 11);
    }
    let kind = OpKind::TransposeConv2d(TransposeConv2d {
        weights,
        bias: b.bias(outputs),
        stride,
        padding,
        output,
        activation: b.fused(),
    });
    finish(b, kind, &[from])
}

/// An operand's shape that broadcasts to `whole`.
fn narrowed(b: &mut Builder, whole: &[usize]) -> Vec<usize> {
    let mut shape: Vec<usize> = whole
        .iter()
        .map(|&d| if b.random.below(3) == 0 { 1 } else { d })
        .collect();
    shape.drain(..b.random.below(whole.len() + 1));
    shape
}

fn combine(b: &mut Builder, with_constant: bool, by_pixel: bool) -> TensorId {
    let whole = if by_pixel {
        let (h, w) = (1 + b.random.below(5), 1 + b.random.below(5));
        vec![1, h, w, 1 + b.random.below(7)]
    } else {
        shape(b, 6)
    };
    let other = if by_pixel {
        let (h, w, c) = (whole[1], whole[2], whole[3]);
        b.random
            .pick(&[[1, h, w, c], [1, 1, 1, c], [1, h, w, 1], [1, h, 1, c]])
            .to_vec()
    } else {
        narrowed(b, &whole)
    };
    let a = if !by_pixel && b.random.below(3) == 0 {
        narrowed(b, &whole)
    } else {
        whole
    };
    let a = input(b, &a);
    let other = if with_constant {
        b.constant(&other)
    } else {
        input(b, &other)
    };
    let kind = match b.random.below(5) {
        0 => OpKind::Add(b.fused()),
        1 => OpKind::Combine(Combine::Sub(b.fused())),
        2 => OpKind::Combine(Combine::Mul(b.fused())),
        3 => OpKind::Combine(Combine::Maximum),
        _ => OpKind::Combine(Combine::Minimum),
    };
    let order = if b.random.below(2) == 0 {
        [a, other]
    } else {
        [other, a]
    };
    finish(b, kind, &order)
}

fn function(b: &mut Builder) -> TensorId {
    let from = any_input(b, 6);
    let function = b.random.pick(&[
        Function::Relu,
        Function::Relu6,
        Function::ReluN1To1,
        Function::LeakyRelu { alpha: 0.3 },
        Function::HardSwish,
        Function::Logistic,
        Function::Tanh,
    ]);
    let output = finish(b, OpKind::Unary(function), &[from]);
    let (scale, _) = b.graph.tensor(from).scale_zero().expect("an activation");
    let quant = match function {
        Function::Logistic => Quantization::per_tensor(1.0 / 256.0, -128),
        Function::Tanh => Quantization::per_tensor(1.0 / 128.0, 0),
        // Its output has a scale that is not far below its input's.
        Function::HardSwish => Quantization::per_tensor(scale, 3),
        _ => return output,
    };
    b.graph.tensors[output.0 as usize].quant = Some(quant);
    output
}

fn prelu(b: &mut Builder) -> TensorId {
    let whole = shape(b, 4);
    let slopes = match b.random.below(3) {
        0 => vec![*whole.last().expect("not a scalar")],
        1 => vec![1],
        _ => narrowed(b, &whole),
    };
    let from = input(b, &whole);
    let slopes = b.constant(&slopes);
    finish(b, OpKind::Prelu { slopes }, &[from])
}

fn reduce(b: &mut Builder) -> TensorId {
    let from = any_input(b, 6);
    let rank = b.graph.tensor(from).shape.len();
    let reduce = Reduce {
        axes: (0..rank).filter(|_| b.random.below(2) == 0).collect(),
        keep_dims: b.random.below(2) == 0,
    };
    match b.random.below(3) {
        0 => finish(b, OpKind::Mean(reduce), &[from]),
        1 => finish(b, OpKind::Sum(reduce), &[from]),
        _ => keep(b, OpKind::ReduceMax(reduce), &[from]),
    }
}

fn pad(b: &mut Builder, mirror: bool) -> TensorId {
    let from = any_input(b, 6);
    let shape = b.graph.tensor(from).shape.clone();
    let fill = match (mirror, b.random.below(2)) {
        (false, 0) => PadFill::Zero,
        (false, _) => PadFill::Constant(0.25),
        (true, 0) => PadFill::Reflect,
        (true, _) => PadFill::Symmetric,
    };
    let most = |extent: usize| match fill {
        PadFill::Reflect => extent - 1,
        PadFill::Symmetric => extent,
        _ => 2,
    };
    let amounts = shape
        .iter()
        .map(|&extent| [0, 1].map(|_| b.random.below(most(extent).min(2) + 1)))
        .collect();
    keep(b, OpKind::Pad(Pad { amounts, fill }), &[from])
}

fn concatenate(b: &mut Builder) -> TensorId {
    let first = any_input(b, 6);
    let shape = b.graph.tensor(first).shape.clone();
    let quant = b.graph.tensor(first).quant.clone();
    let axis = b.random.below(shape.len());
    let mut parts = vec![first];
    for part in 0..=b.random.below(4) {
        let mut shape = shape.clone();
        shape[axis] = 1 + b.random.below(4);
        let id = if part == 1 {
            b.constant(&shape)
        } else {
            input(b, &shape)
        };
        b.graph.tensors[id.0 as usize].quant.clone_from(&quant);
        parts.push(id);
    }
    // The same part twice.
    if b.random.below(3) == 0 {
        parts.push(first);
    }
    keep(b, OpKind::Concatenation { axis }, &parts)
}

fn slice(b: &mut Builder) -> TensorId {
    let from = any_input(b, 6);
    let shape = b.graph.tensor(from).shape.clone();
    let (mut begin, mut stride, mut extent) = (vec![], vec![], vec![]);
    for &d in &shape {
        let (first, step) = (
            b.random.below(d),
            b.random.pick(&[1_isize, 1, 2, 3, -1, -2]),
        );
        let step = step.clamp(-(d as isize), d as isize);
        let room = if step > 0 { d - 1 - first } else { first };
        begin.push(first);
        stride.push(step);
        extent.push(1 + b.random.below(room / step.unsigned_abs() + 1));
    }
    let slice = Slice {
        begin,
        stride,
        extent,
    };
    keep(b, OpKind::Slice(slice), &[from])
}

fn resize(b: &mut Builder) -> TensorId {
    let channels = 1 + b.random.below(6);
    let from = image(b, channels);
    let (align_corners, half_pixel_centers) =
        b.random
            .pick(&[(false, false), (true, false), (false, true)]);
    let resize = Resize {
        interpolation: b
            .random
            .pick(&[Interpolation::Nearest, Interpolation::Bilinear]),
        output: [1 + b.random.below(15), 1 + b.random.below(15)],
        align_corners,
        half_pixel_centers,
    };
    keep(b, OpKind::Resize(resize), &[from])
}

fn softmax(b: &mut Builder) -> TensorId {
    let from = any_input(b, 5);
    let output = finish(b, OpKind::Softmax { beta: 1.0 }, &[from]);
    b.graph.tensors[output.0 as usize].quant = Some(Quantization::per_tensor(1.0 / 256.0, -128));
    output
}

fn transpose(b: &mut Builder) -> TensorId {
    let from = any_input(b, 6);
    let mut permutation: Vec<usize> = (0..b.graph.tensor(from).shape.len()).collect();
    for i in (1..permutation.len()).rev() {
        let j = b.random.below(i + 1);
        permutation.swap(i, j);
    }
    keep(b, OpKind::Transpose { permutation }, &[from])
}
