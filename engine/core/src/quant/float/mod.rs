//! The float32 host run: every operator kind over whole tensors. It gives calibration its ranges and quantisation its
//! measure; it is no definition of arithmetic that a board would have to meet, so only the order of its sums is fixed.
//!
//! Rows run in parallel; inner loops are written so that the compiler vectorises them over output channels.

mod conv;
mod dense;
mod elementwise;
mod moves;
mod pool;
mod reduce;
mod resize;

use super::error::{QuantError, same_size};
use crate::graph::{Activation, DType, Data, Graph, Op, OpKind, TensorId};
use rayon::prelude::*;

/// Fewer multiply-accumulates (or comparable steps) than this are done faster by one thread.
const PARALLEL_FROM: usize = 1 << 18;

/// The value of `op`'s output from the values of its inputs, in the operator's order. All are float32.
///
/// # Errors
/// When an operand is missing or has the wrong size, or the operator stands between float and int8.
pub(super) fn eval(graph: &Graph, op: &Op, inputs: &[&[f32]]) -> Result<Vec<f32>, QuantError> {
    let (Some(&x), Some(&id), Some(&output)) =
        (inputs.first(), op.inputs.first(), op.outputs.first())
    else {
        return Err(QuantError::Malformed {
            what: "an operator needs an input and an output",
        });
    };
    for (&id, values) in op.inputs.iter().zip(inputs) {
        same_size("elements", graph.tensor(id).elements(), values.len())?;
    }
    let shape = &graph.tensor(id).shape[..];
    let out_shape = &graph.tensor(output).shape[..];
    let other = || {
        inputs.get(1).copied().ok_or(QuantError::Malformed {
            what: "the operator needs two inputs",
        })
    };
    let shapes = || -> Result<_, QuantError> {
        let id = op.inputs.get(1).ok_or(QuantError::Malformed {
            what: "the operator needs two inputs",
        })?;
        Ok([shape, &graph.tensor(*id).shape[..]])
    };
    let result = match &op.kind {
        OpKind::Conv2d(conv) => conv::conv2d(graph, conv, id, output, x)?,
        OpKind::DepthwiseConv2d(conv) => conv::depthwise(graph, conv, id, output, x)?,
        OpKind::TransposeConv2d(conv) => conv::transpose(graph, conv, id, output, x)?,
        OpKind::FullyConnected(dense) => dense::fully_connected(graph, dense, x)?,
        OpKind::Add(activation) => {
            let sum = elementwise::combine([x, other()?], shapes()?, |a, b| a + b)?;
            bounded(sum, *activation)
        }
        OpKind::Combine(kind) => elementwise::combined(*kind, [x, other()?], shapes()?)?,
        OpKind::Unary(function) => elementwise::unary(*function, x),
        OpKind::Prelu { slopes } => {
            let shapes = [shape, &graph.tensor(*slopes).shape];
            let slopes = constant(graph, *slopes)?;
            elementwise::combine(
                [x, slopes],
                shapes,
                |x, slope| {
                    if x < 0.0 { x * slope } else { x }
                },
            )?
        }
        OpKind::AveragePool2d(pool) => {
            let map = graph.tensor(id).hwc();
            let mean = pool::average(&pool.window, x, map, graph.tensor(output).hwc())?;
            bounded(mean, pool.activation)
        }
        OpKind::MaxPool2d(pool) => {
            let map = graph.tensor(id).hwc();
            let largest = pool::maximum(&pool.window, x, map, graph.tensor(output).hwc())?;
            bounded(largest, pool.activation)
        }
        OpKind::Mean(reduce) => reduce::mean(reduce, x, shape)?,
        OpKind::Sum(reduce) => reduce::sum(reduce, x, shape)?,
        OpKind::ReduceMax(reduce) => reduce::maximum(reduce, x, shape)?,
        OpKind::Pad(pad) => moves::pad(pad, x, shape)?,
        OpKind::Concatenation { axis } => {
            let parts = op.inputs.iter().zip(inputs);
            let parts: Vec<_> = parts
                .map(|(&id, &part)| (part, &graph.tensor(id).shape[..]))
                .collect();
            moves::concatenate(&parts, *axis)?
        }
        OpKind::Slice(slice) => moves::slice(slice, x, shape)?,
        OpKind::Resize(resize) => resize::resize(resize, x, graph.tensor(id).hwc()),
        OpKind::Reshape => x.to_vec(),
        OpKind::Transpose { permutation } => moves::transpose(x, shape, permutation)?,
        OpKind::Softmax { beta } => {
            elementwise::softmax(x, shape.last().copied().unwrap_or(1), *beta)
        }
        OpKind::Quantize | OpKind::Dequantize => {
            return Err(QuantError::Type {
                tensor: id.0,
                dtype: DType::F32,
            });
        }
    };
    same_size(
        "elements of the output",
        out_shape.iter().product(),
        result.len(),
    )?;
    Ok(result)
}

/// The values of a constant.
pub(super) fn constant(graph: &Graph, id: TensorId) -> Result<&[f32], QuantError> {
    let tensor = graph.tensor(id);
    let values = match &tensor.data {
        Some(Data::F32(values)) => &values[..],
        _ => {
            return Err(QuantError::Type {
                tensor: id.0,
                dtype: tensor.dtype,
            });
        }
    };
    same_size("elements of a constant", tensor.elements(), values.len())?;
    Ok(values)
}

/// The biases, zeros where there are none.
fn biases(graph: &Graph, id: Option<TensorId>, channels: usize) -> Result<Vec<f32>, QuantError> {
    let Some(id) = id else {
        return Ok(vec![0.0; channels]);
    };
    let biases = constant(graph, id)?;
    same_size("biases", channels, biases.len())?;
    Ok(biases.to_vec())
}

/// Lower and upper bound of an activation.
pub(super) const fn bounds(activation: Activation) -> [f32; 2] {
    match activation {
        Activation::None => [f32::NEG_INFINITY, f32::INFINITY],
        Activation::Relu => [0.0, f32::INFINITY],
        Activation::Relu6 => [0.0, 6.0],
        Activation::ReluN1To1 => [-1.0, 1.0],
    }
}

/// `x` within its bounds; what is no number stays none, so that it is found.
#[inline]
fn bound(x: f32, [low, high]: [f32; 2]) -> f32 {
    if x < low {
        low
    } else if x > high {
        high
    } else {
        x
    }
}

fn bounded(mut values: Vec<f32>, activation: Activation) -> Vec<f32> {
    if activation != Activation::None {
        let bounds = bounds(activation);
        for x in &mut values {
            *x = bound(*x, bounds);
        }
    }
    values
}

/// Calls `row(y, values)` for each row of `width` values, in parallel if `work` pays for it.
fn for_rows(values: &mut [f32], width: usize, work: usize, row: impl Fn(usize, &mut [f32]) + Sync) {
    let run = |(y, values): (usize, &mut [f32])| row(y, values);
    if work < PARALLEL_FROM {
        values
            .chunks_exact_mut(width.max(1))
            .enumerate()
            .for_each(run);
    } else {
        values
            .par_chunks_exact_mut(width.max(1))
            .enumerate()
            .for_each(run);
    }
}
