//! Operators with weights or a window, one output element at a time.

use super::fixed::{scaled, wrap};
use super::{Map, finish, per_tensor};
use tinyscope_core::graph::{
    Conv2d, Data, DepthwiseConv2d, FullyConnected, Graph, Op, OpKind, TensorId, TransposeConv2d,
    Window,
};

/// Coordinates of tap `(ky, kx)` of output `(y, x)`.
fn tap(window: &Window, [y, x]: [usize; 2], [ky, kx]: [usize; 2]) -> (i128, i128) {
    let at = |out: usize, k: usize, axis: usize, padding: usize| {
        (out * window.stride[axis] + k * window.dilation[axis]) as i128 - padding as i128
    };
    (
        at(y, ky, 0, window.padding.top),
        at(x, kx, 1, window.padding.left),
    )
}

fn taps([height, width]: [usize; 2]) -> impl Iterator<Item = (usize, [usize; 2])> {
    (0..height * width).map(move |t| (t, [t / width, t % width]))
}

fn bias(graph: &Graph, id: Option<TensorId>, c: usize) -> i128 {
    let data = id.and_then(|id| graph.tensor(id).data.as_ref());
    data.and_then(Data::as_i32)
        .map_or(0, |biases| i128::from(biases[c]))
}

/// The difference of a weight from its zero point.
fn weight(graph: &Graph, id: TensorId, index: usize) -> i128 {
    let tensor = graph.tensor(id);
    let code = tensor
        .data
        .as_ref()
        .and_then(Data::as_i8)
        .expect("int8 weights")[index];
    let quant = tensor.quant.as_ref().expect("quantised weights");
    i128::from(code) - i128::from(quant.zero_points[0])
}

/// The real factor of output channel `c`. Fully connected layers with one weight scale, and weights with a zero point,
/// multiply scales in float32.
fn factor(graph: &Graph, op: &Op, weights: TensorId, c: usize, dense: bool) -> f64 {
    let (input, _) = per_tensor(graph, op.inputs[0]);
    let (output, _) = per_tensor(graph, op.outputs[0]);
    let quant = graph.tensor(weights).quant.as_ref().expect("scales");
    let single = quant.scales.len() == 1;
    let product = if single && (dense || quant.zero_points[0] != 0) {
        f64::from(input * quant.scales[0])
    } else {
        f64::from(input) * f64::from(quant.scales[if single { 0 } else { c }])
    };
    product / f64::from(output)
}

/// One output element of an operator with weights or a window.
pub fn element(graph: &Graph, op: &Op, input: &Map<'_>, at: [usize; 2], c: usize) -> i8 {
    let (_, out_zero) = per_tensor(graph, op.outputs[0]);
    let finished = |sum: i128, weights, activation, dense| {
        let value = scaled(wrap(sum), factor(graph, op, weights, c, dense));
        finish(graph, op.outputs[0], activation, out_zero + value)
    };
    match &op.kind {
        OpKind::Conv2d(conv) => {
            let sum = convolution(graph, conv, input, at, c);
            finished(sum, conv.weights, conv.activation, false)
        }
        OpKind::DepthwiseConv2d(conv) => {
            let sum = depthwise(graph, conv, input, at, c);
            finished(sum, conv.weights, conv.activation, false)
        }
        OpKind::TransposeConv2d(conv) => {
            let sum = transposed(graph, conv, input, at, c);
            finished(sum, conv.weights, conv.activation, false)
        }
        OpKind::FullyConnected(dense) => {
            unreachable!("a row of {dense:?} is computed by `dense`")
        }
        OpKind::AveragePool2d(pool) | OpKind::MaxPool2d(pool) => {
            let valid: Vec<i128> = taps(pool.window.kernel)
                .map(|(_, k)| tap(&pool.window, at, k))
                .filter_map(|(y, x)| input.at(y, x, c))
                .collect();
            let value = if matches!(op.kind, OpKind::MaxPool2d(_)) {
                valid.iter().copied().max().expect("a valid tap")
            } else {
                // Exact in f64: the sums are small; round() takes ties away from zero.
                (valid.iter().sum::<i128>() as f64 / valid.len() as f64).round() as i128
            };
            finish(graph, op.outputs[0], pool.activation, value)
        }
        _ => unreachable!("no window"),
    }
}

fn convolution(graph: &Graph, conv: &Conv2d, input: &Map<'_>, at: [usize; 2], c: usize) -> i128 {
    let &[channels, height, width, depth] = graph.tensor(conv.weights).shape.as_slice() else {
        unreachable!("OHWI");
    };
    let groups = input.extent[2] / depth;
    let first = c / (channels / groups) * depth;
    let mut sum = bias(graph, conv.bias, c);
    for (t, k) in taps([height, width]) {
        let (y, x) = tap(&conv.window, at, k);
        for d in 0..depth {
            let code = input.at(y, x, first + d).unwrap_or(input.zero);
            let index = (c * height * width + t) * depth + d;
            sum += (code - input.zero) * weight(graph, conv.weights, index);
        }
    }
    sum
}

fn depthwise(
    graph: &Graph,
    conv: &DepthwiseConv2d,
    input: &Map<'_>,
    at: [usize; 2],
    c: usize,
) -> i128 {
    let channels = input.extent[2] * conv.multiplier;
    let mut sum = bias(graph, conv.bias, c);
    for (t, k) in taps(conv.window.kernel) {
        let (y, x) = tap(&conv.window, at, k);
        if let Some(code) = input.at(y, x, c / conv.multiplier) {
            sum += (code - input.zero) * weight(graph, conv.weights, t * channels + c);
        }
    }
    sum
}

/// By scattering: every input pixel and tap that lands on this output.
fn transposed(
    graph: &Graph,
    conv: &TransposeConv2d,
    input: &Map<'_>,
    at: [usize; 2],
    c: usize,
) -> i128 {
    let &[_, height, width, depth] = graph.tensor(conv.weights).shape.as_slice() else {
        unreachable!("OHWI");
    };
    let lands = |i: usize, k: usize, axis: usize| {
        (i * conv.stride[axis] + k) as i128 - conv.padding[axis] as i128 == at[axis] as i128
    };
    let mut sum = bias(graph, conv.bias, c);
    for y in 0..input.extent[0] {
        for x in 0..input.extent[1] {
            for (t, [ky, kx]) in taps([height, width]) {
                if lands(y, ky, 0) && lands(x, kx, 1) {
                    for d in 0..depth {
                        let code = input.at(y as i128, x as i128, d).expect("inside");
                        let index = (c * height * width + t) * depth + d;
                        sum += (code - input.zero) * weight(graph, conv.weights, index);
                    }
                }
            }
        }
    }
    sum
}

/// All outputs of a matrix, row after row.
pub fn dense(graph: &Graph, op: &Op, dense: &FullyConnected, codes: &[i8]) -> Vec<i8> {
    let &[outputs, depth] = graph.tensor(dense.weights).shape.as_slice() else {
        unreachable!("outputs × inputs");
    };
    let (_, zero) = per_tensor(graph, op.inputs[0]);
    let (_, out_zero) = per_tensor(graph, op.outputs[0]);
    let output = |row: &[i8], c: usize| {
        let products = row.iter().enumerate().map(|(i, &code)| {
            (i128::from(code) - zero) * weight(graph, dense.weights, c * depth + i)
        });
        let sum = wrap(products.sum::<i128>() + bias(graph, dense.bias, c));
        let value = scaled(sum, factor(graph, op, dense.weights, c, true));
        finish(graph, op.outputs[0], dense.activation, out_zero + value)
    };
    codes
        .chunks(depth)
        .flat_map(|row| (0..outputs).map(move |c| output(row, c)))
        .collect()
}
