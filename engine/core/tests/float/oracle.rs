//! The operators again in double precision, one output element at a time, with the error that single precision may make:
//! a sum of n products is off by at most `(n + 2) · 2^-24` of the sum of their magnitudes (Higham, Accuracy and
//! Stability of Numerical Algorithms, 2002, section 3.1). Shares nothing with the crate but the graph's types.

use tinyscope_core::graph::{
    Activation, Combine, Data, Function, Graph, Interpolation, OpKind, PadFill, Reduce, Resize,
    Tensor, TensorId, Window,
};

const UNIT: f64 = 1.0 / 16_777_216.0;

/// A tensor in double precision.
struct Array<'a> {
    values: &'a [f32],
    shape: &'a [usize],
}

impl Array<'_> {
    /// The element at an index of a rank at least this array's, extents of 1 repeated; `None` outside.
    fn at(&self, index: &[isize]) -> Option<f64> {
        let index = &index[index.len() - self.shape.len()..];
        let mut offset = 0;
        for (&i, &extent) in index.iter().zip(self.shape) {
            let i = if extent == 1 && i > 0 { 0 } else { i };
            if i < 0 || i >= extent as isize {
                return None;
            }
            offset = offset * extent + i as usize;
        }
        Some(f64::from(self.values[offset]))
    }

    /// Without repetition.
    fn strict(&self, index: &[isize]) -> Option<f64> {
        let inside = |(&i, &d): (&isize, &usize)| i >= 0 && i < d as isize;
        index
            .iter()
            .zip(self.shape)
            .all(inside)
            .then(|| self.at(index))?
    }
}

/// A value and its admitted error.
type Answer = (f64, f64);

/// Sums terms and counts what rounding may do.
#[derive(Default)]
struct Sum {
    value: f64,
    magnitude: f64,
    count: f64,
}

impl Sum {
    fn add(&mut self, term: f64) {
        self.value += term;
        self.magnitude += term.abs();
        self.count += 1.0;
    }

    fn answer(&self) -> Answer {
        (self.value, (self.count + 2.0) * UNIT * self.magnitude)
    }
}

fn index(mut flat: usize, shape: &[usize]) -> Vec<isize> {
    let mut index = vec![0; shape.len()];
    for axis in (0..shape.len()).rev() {
        index[axis] = (flat % shape[axis]) as isize;
        flat /= shape[axis];
    }
    index
}

fn bounded((value, error): Answer, activation: Activation) -> Answer {
    let value = match activation {
        Activation::None => value,
        Activation::Relu => value.max(0.0),
        Activation::Relu6 => value.clamp(0.0, 6.0),
        Activation::ReluN1To1 => value.clamp(-1.0, 1.0),
    };
    (value, error)
}

fn constant(graph: &Graph, id: TensorId) -> Array<'_> {
    let tensor = graph.tensor(id);
    let Some(Data::F32(values)) = &tensor.data else {
        panic!("a float constant");
    };
    Array {
        values,
        shape: &tensor.shape,
    }
}

/// Every element of the graph's output.
pub fn eval(graph: &Graph, inputs: &[Vec<f32>]) -> Vec<Answer> {
    let op = &graph.ops[0];
    let mut given = inputs.iter();
    let operands: Vec<Array<'_>> = op
        .inputs
        .iter()
        .map(|&id| match graph.tensor(id) {
            Tensor { data: Some(_), .. } => constant(graph, id),
            tensor => Array {
                values: given.next().expect("an input"),
                shape: &tensor.shape,
            },
        })
        .collect();
    let shape = &graph.tensor(op.outputs[0]).shape;
    (0..shape.iter().product())
        .map(|flat| element(graph, &op.kind, &operands, &index(flat, shape), flat))
        .collect()
}

fn element(
    graph: &Graph,
    kind: &OpKind,
    operands: &[Array<'_>],
    out: &[isize],
    flat: usize,
) -> Answer {
    let x = &operands[0];
    let here = || x.at(out).expect("inside");
    let pair = || (here(), operands[1].at(out).expect("inside"));
    let rounded = |value: f64| (value, UNIT * value.abs());
    match kind {
        OpKind::Conv2d(op) => {
            let (weights, o) = (constant(graph, op.weights), out[3]);
            let depth = weights.shape[3];
            let outputs_per_group = weights.shape[0] / (x.shape[3] / depth);
            let first = o as usize / outputs_per_group * depth;
            let mut sum = start(graph, op.bias, o);
            for (ky, kx, y, x_at) in taps(&op.window, out) {
                for i in 0..depth {
                    let place = [0, y, x_at, (first + i) as isize];
                    if let Some(value) = x.strict(&place) {
                        sum.add(value * weights.at(&[o, ky, kx, i as isize]).expect("inside"));
                    }
                }
            }
            bounded(sum.answer(), op.activation)
        }
        OpKind::DepthwiseConv2d(op) => {
            let (weights, o) = (constant(graph, op.weights), out[3]);
            let mut sum = start(graph, op.bias, o);
            for (ky, kx, y, x_at) in taps(&op.window, out) {
                let place = [0, y, x_at, o / op.multiplier as isize];
                if let Some(value) = x.strict(&place) {
                    sum.add(value * weights.at(&[0, ky, kx, o]).expect("inside"));
                }
            }
            bounded(sum.answer(), op.activation)
        }
        OpKind::TransposeConv2d(op) => {
            let (weights, o) = (constant(graph, op.weights), out[3]);
            let mut sum = start(graph, op.bias, o);
            for y in 0..x.shape[1] as isize {
                for column in 0..x.shape[2] as isize {
                    let ky = out[1] + op.padding[0] as isize - y * op.stride[0] as isize;
                    let kx = out[2] + op.padding[1] as isize - column * op.stride[1] as isize;
                    for i in 0..x.shape[3] as isize {
                        if let Some(weight) = weights.strict(&[o, ky, kx, i]) {
                            sum.add(weight * x.at(&[0, y, column, i]).expect("inside"));
                        }
                    }
                }
            }
            bounded(sum.answer(), op.activation)
        }
        OpKind::FullyConnected(op) => {
            let weights = constant(graph, op.weights);
            let mut sum = start(graph, op.bias, out[1]);
            for i in 0..weights.shape[1] as isize {
                sum.add(
                    x.at(&[out[0], i]).expect("inside") * weights.at(&[out[1], i]).expect("inside"),
                );
            }
            bounded(sum.answer(), op.activation)
        }
        OpKind::Add(activation) => bounded(rounded(pair().0 + pair().1), *activation),
        OpKind::Combine(combine) => match combine {
            Combine::Sub(activation) => bounded(rounded(pair().0 - pair().1), *activation),
            Combine::Mul(activation) => bounded(rounded(pair().0 * pair().1), *activation),
            Combine::Maximum => (pair().0.max(pair().1), 0.0),
            Combine::Minimum => (pair().0.min(pair().1), 0.0),
        },
        OpKind::Unary(function) => unary(*function, here()),
        OpKind::Prelu { slopes } => {
            let slope = constant(graph, *slopes).at(out).expect("inside");
            rounded(if here() < 0.0 { slope * here() } else { here() })
        }
        OpKind::AveragePool2d(op) => {
            let mut sum = Sum::default();
            for (_, _, y, column) in taps(&op.window, out) {
                x.strict(&[0, y, column, out[3]])
                    .into_iter()
                    .for_each(|v| sum.add(v));
            }
            let (value, error) = sum.answer();
            bounded(
                (value / sum.count, error / sum.count + UNIT * value.abs()),
                op.activation,
            )
        }
        OpKind::MaxPool2d(op) => {
            let values = taps(&op.window, out)
                .filter_map(|(_, _, y, column)| x.strict(&[0, y, column, out[3]]));
            bounded(
                (values.fold(f64::NEG_INFINITY, f64::max), 0.0),
                op.activation,
            )
        }
        OpKind::Mean(op) => {
            let values = reduced(op, x, flat);
            rounded(values.iter().sum::<f64>() / values.len() as f64)
        }
        OpKind::Sum(op) => rounded(reduced(op, x, flat).iter().sum()),
        OpKind::ReduceMax(op) => (
            reduced(op, x, flat)
                .into_iter()
                .fold(f64::NEG_INFINITY, f64::max),
            0.0,
        ),
        OpKind::Pad(op) => {
            let from: Vec<isize> = (out.iter().zip(&op.amounts).zip(x.shape))
                .map(|((&i, amount), &extent)| {
                    mirrored(op.fill, i - amount[0] as isize, extent as isize)
                })
                .collect();
            let fill = if let PadFill::Constant(fill) = op.fill {
                f64::from(fill)
            } else {
                0.0
            };
            (x.strict(&from).unwrap_or(fill), 0.0)
        }
        OpKind::Concatenation { axis } => {
            let mut at = out.to_vec();
            for part in operands {
                if let Some(value) = part.strict(&at) {
                    return (value, 0.0);
                }
                at[*axis] -= part.shape[*axis] as isize;
            }
            panic!("past the last part");
        }
        OpKind::Slice(op) => {
            let axes = (0..4).map(|axis| op.begin[axis] as isize + out[axis] * op.stride[axis]);
            (x.strict(&axes.collect::<Vec<_>>()).expect("inside"), 0.0)
        }
        OpKind::Resize(op) => resize(op, x, out),
        OpKind::Reshape => (f64::from(x.values[flat]), 0.0),
        OpKind::Transpose { permutation } => {
            let mut from = vec![0; 4];
            for (axis, &p) in permutation.iter().enumerate() {
                from[p] = out[axis];
            }
            (x.at(&from).expect("inside"), 0.0)
        }
        OpKind::Softmax { beta } => {
            let logit = |c: usize| {
                let place = [out[0], out[1], out[2], c as isize];
                f64::from(*beta) * x.at(&place).expect("inside")
            };
            let n = x.shape[3];
            let sum: f64 = (0..n).map(|c| logit(c).exp()).sum();
            let value = logit(out[3] as usize).exp() / sum;
            // Differences of logits reach 6; their rounding is that of the exponential's relative error.
            (value, value * UNIT * (2.0 * 6.0 + n as f64 + 8.0))
        }
        OpKind::Quantize | OpKind::Dequantize => panic!("not a float operator"),
    }
}

fn start(graph: &Graph, bias: Option<TensorId>, channel: isize) -> Sum {
    let mut sum = Sum::default();
    if let Some(bias) = bias {
        sum.add(constant(graph, bias).at(&[channel]).expect("inside"));
    }
    sum
}

/// `(tap row, tap column, input row, input column)`, valid or not.
fn taps(window: &Window, out: &[isize]) -> impl Iterator<Item = (isize, isize, isize, isize)> {
    let window = *window;
    let place = move |axis: usize, out: isize, padding: usize, k: usize| {
        out * window.stride[axis] as isize - padding as isize + (k * window.dilation[axis]) as isize
    };
    let (y, x) = (out[1], out[2]);
    (0..window.kernel[0]).flat_map(move |ky| {
        (0..window.kernel[1]).map(move |kx| {
            let row = place(0, y, window.padding.top, ky);
            (
                ky as isize,
                kx as isize,
                row,
                place(1, x, window.padding.left, kx),
            )
        })
    })
}

fn unary(function: Function, x: f64) -> Answer {
    let value = match function {
        Function::Relu => return (x.max(0.0), 0.0),
        Function::Relu6 => return (x.clamp(0.0, 6.0), 0.0),
        Function::ReluN1To1 => return (x.clamp(-1.0, 1.0), 0.0),
        Function::LeakyRelu { alpha } => x.max(0.0) + f64::from(alpha) * x.min(0.0),
        Function::HardSwish => x * (x + 3.0).clamp(0.0, 6.0) / 6.0,
        Function::Logistic => 1.0 / (1.0 + (-x).exp()),
        Function::Tanh => x.tanh(),
    };
    // A few roundings each; those of `x + 3` are of a number up to 7.
    (value, UNIT * (8.0 * value.abs() + 7.0 * x.abs()))
}

/// The elements that make output `flat`.
fn reduced(op: &Reduce, x: &Array<'_>, flat: usize) -> Vec<f64> {
    let kept: Vec<usize> = (0..4).filter(|axis| !op.axes.contains(axis)).collect();
    let extents: Vec<usize> = kept.iter().map(|&axis| x.shape[axis]).collect();
    let wanted = index(flat, &extents);
    (0..x.values.len())
        .filter(|&i| {
            let place = index(i, x.shape);
            kept.iter()
                .zip(&wanted)
                .all(|(&axis, &at)| place[axis] == at)
        })
        .map(|i| f64::from(x.values[i]))
        .collect()
}

fn mirrored(fill: PadFill, i: isize, extent: isize) -> isize {
    match fill {
        PadFill::Reflect if i < 0 => -i,
        PadFill::Reflect if i >= extent => 2 * (extent - 1) - i,
        PadFill::Symmetric if i < 0 => -1 - i,
        PadFill::Symmetric if i >= extent => 2 * extent - 1 - i,
        _ => i,
    }
}

fn resize(op: &Resize, x: &Array<'_>, out: &[isize]) -> Answer {
    let coordinate = |axis: usize| {
        let (input, output) = (x.shape[axis] as f64, op.output[axis - 1] as f64);
        let scale = if op.align_corners && output > 1.0 {
            (input - 1.0) / (output - 1.0)
        } else {
            input / output
        };
        let half = if op.half_pixel_centers { 0.5 } else { 0.0 };
        (out[axis] as f64 + half) * scale
    };
    if op.interpolation == Interpolation::Nearest {
        let near = |axis| {
            // A hair of tolerance where double precision lands on the other side of an exact border.
            let at: f64 = coordinate(axis);
            let at = if op.align_corners {
                (at + 1e-6).round()
            } else {
                (at + 1e-6).floor()
            };
            (at as isize).min(x.shape[axis] as isize - 1)
        };
        return (x.at(&[0, near(1), near(2), out[3]]).expect("inside"), 0.0);
    }
    let half = if op.half_pixel_centers { 0.5 } else { 0.0 };
    let around = |axis: usize| {
        let last = x.shape[axis] as f64 - 1.0;
        (coordinate(axis) - half).clamp(0.0, last)
    };
    let (y, column) = (around(1), around(2));
    let mut value = 0.0;
    let mut largest: f64 = 0.0;
    for (row, share_y) in [(y.floor(), 1.0 - y.fract()), (y.ceil(), y.fract())] {
        for (place, share_x) in [
            (column.floor(), 1.0 - column.fract()),
            (column.ceil(), column.fract()),
        ] {
            let corner = x
                .at(&[0, row as isize, place as isize, out[3]])
                .expect("inside");
            largest = largest.max(corner.abs());
            value += share_y * share_x * corner;
        }
    }
    // Coordinates up to 12 are off by a few roundings; a share of a pixel is off by as much.
    (value, largest * UNIT * 4.0 * 24.0 * 4.0)
}
