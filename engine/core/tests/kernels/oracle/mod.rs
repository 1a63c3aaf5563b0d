//! The operators again, slowly and separately: one output element at a time, sums in 128 bits, requantising by exact
//! division. Shares nothing with the crate but the graph's types.

mod elementwise;
mod fixed;
mod functions;
mod gemmlowp;
pub mod moves;
mod reduce;
mod windows;

use tinyscope_core::graph::{Activation, Combine, Data, Graph, OpKind, TensorId};

/// Reads int8 input `(y, x, c)` of a whole map.
pub struct Map<'a> {
    codes: &'a [i8],
    extent: [usize; 3],
    zero: i128,
}

impl Map<'_> {
    fn at(&self, y: i128, x: i128, c: usize) -> Option<i128> {
        let [h, w, channels] = self.extent;
        let inside = y >= 0 && x >= 0 && y < h as i128 && x < w as i128;
        inside.then(|| i128::from(self.codes[(y as usize * w + x as usize) * channels + c]))
    }
}

fn per_tensor(graph: &Graph, id: TensorId) -> (f32, i128) {
    let (scale, zero) = graph.tensor(id).scale_zero().expect("per-tensor scale");
    (scale, i128::from(zero))
}

/// Output codes that an activation allows.
fn bounds(graph: &Graph, output: TensorId, activation: Activation) -> [i128; 2] {
    let (scale, zero) = per_tensor(graph, output);
    let code = |real: f32| zero + (real / scale).round() as i128;
    let [low, high] = match activation {
        Activation::None => [-128, 127],
        Activation::Relu => [code(0.0), 127],
        Activation::Relu6 => [code(0.0), code(6.0)],
        Activation::ReluN1To1 => [code(-1.0), code(1.0)],
    };
    [low.max(-128), high.min(127)]
}

fn finish(graph: &Graph, output: TensorId, activation: Activation, value: i128) -> i8 {
    let [low, high] = bounds(graph, output, activation);
    value.max(low).min(high) as i8
}

/// All indices of a tensor, in row-major order.
fn indices(shape: &[usize]) -> impl Iterator<Item = Vec<usize>> + '_ {
    (0..shape.iter().product()).map(|mut flat: usize| {
        let mut index = vec![0; shape.len()];
        for axis in (0..shape.len()).rev() {
            index[axis] = flat % shape[axis];
            flat /= shape[axis];
        }
        index
    })
}

/// An index's place in row-major order.
fn flat(shape: &[usize], index: &[usize]) -> usize {
    shape.iter().zip(index).fold(0, |at, (d, i)| at * d + i)
}

/// Codes of the output of the graph's only operator. `inputs` are those of the operator, constants included.
pub fn eval(graph: &Graph, inputs: &[Vec<i8>]) -> Vec<i8> {
    let op = &graph.ops[0];
    let (first, output) = (op.inputs[0], op.outputs[0]);
    let shape = |id: TensorId| graph.tensor(id).shape.as_slice();
    let pair = || {
        [
            (&inputs[0][..], shape(first)),
            (&inputs[1][..], shape(op.inputs[1])),
        ]
    };
    match &op.kind {
        OpKind::FullyConnected(dense) => windows::dense(graph, op, dense, &inputs[0]),
        OpKind::Add(_) | OpKind::Combine(_) => {
            let function = |a, b| match op.kind {
                OpKind::Combine(Combine::Maximum) => i8::max(a, b),
                OpKind::Combine(Combine::Minimum) => i8::min(a, b),
                _ => elementwise::combined(graph, op, [a, b]),
            };
            elementwise::broadcast(pair(), shape(output), function)
        }
        OpKind::Prelu { slopes } => {
            let data = graph.tensor(*slopes).data.as_ref();
            let codes = data.and_then(Data::as_i8).expect("constant slopes");
            let operands = [(&inputs[0][..], shape(first)), (codes, shape(*slopes))];
            elementwise::broadcast(operands, shape(output), |x, slope| {
                elementwise::prelu(graph, op, *slopes, [x, slope])
            })
        }
        OpKind::Unary(function) => {
            let of = |&code| functions::unary(graph, op, *function, code);
            inputs[0].iter().map(of).collect()
        }
        OpKind::Quantize => {
            let of = |&code| functions::requantize(graph, op, code);
            inputs[0].iter().map(of).collect()
        }
        OpKind::Softmax { beta } => {
            let depth = shape(first).last().copied().unwrap_or(1);
            let (scale, _) = per_tensor(graph, first);
            let rows = inputs[0].chunks(depth);
            rows.flat_map(|row| functions::softmax(row, scale, *beta))
                .collect()
        }
        OpKind::Mean(reduce) | OpKind::Sum(reduce) | OpKind::ReduceMax(reduce) => {
            reduce::reduce(graph, op, reduce, &inputs[0])
        }
        OpKind::Pad(_)
        | OpKind::Slice(_)
        | OpKind::Transpose { .. }
        | OpKind::Concatenation { .. }
        | OpKind::Resize(_)
        | OpKind::Reshape => moves::eval(graph, op, inputs),
        _ => {
            let input = Map {
                codes: &inputs[0],
                extent: graph.tensor(first).hwc(),
                zero: per_tensor(graph, first).1,
            };
            let [h, w, channels] = graph.tensor(output).hwc();
            indices(&[h, w, channels])
                .map(|i| windows::element(graph, op, &input, [i[0], i[1]], i[2]))
                .collect()
        }
    }
}
