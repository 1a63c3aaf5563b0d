//! The operators over regions of maps: one file per family, one function that names them all.
//!
//! Output pixel `(y, x)` reads input `(y · stride − padding + k · dilation)` in coordinates of the whole map. Taps
//! outside the whole map are skipped; taps inside the map but outside the tile are an error. So one function serves
//! the whole map, a patch, and a row of a line buffer.

mod add;
mod conv;
mod copy;
mod dense;
mod depthwise;
mod mean;
mod pool;
mod softmax;

pub(super) use copy::transpose;

use super::error::{QuantError, same_size};
use super::fixed::requantize;
use super::params::{ConvParams, OpParams};
use super::tile::{Tile, TileMut};
use crate::graph::{Graph, Op, OpKind, TensorId, Window};
use rayon::prelude::*;

/// Fewer multiply-accumulates (or comparable steps) than this are done faster by one thread.
const PARALLEL_FROM: usize = 1 << 17;

/// Computes `output.region` of `op`'s output from tiles of its inputs, in the operator's order.
///
/// The output's memory may not overlap an input's: a caller that works in place copies the input first.
///
/// # Errors
/// When a pixel is read that the tile does not hold, when sizes disagree, or when the operator (fully connected,
/// mean, reshape, transpose) needs its whole map and gets a part.
pub fn eval_region(
    graph: &Graph,
    op: &Op,
    params: &OpParams,
    inputs: &[Tile<'_>],
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    let input = inputs.first().ok_or(QuantError::Malformed {
        what: "no input tile",
    })?;
    for tile in inputs {
        tile.check()?;
    }
    output.check()?;
    match (&op.kind, params) {
        (OpKind::Conv2d(op), OpParams::Conv(params)) => {
            conv::conv2d(graph, op, params, input, output)
        }
        (OpKind::DepthwiseConv2d(op), OpParams::Conv(params)) => {
            depthwise::depthwise_conv2d(graph, op, params, input, output)
        }
        (OpKind::FullyConnected(op), OpParams::Conv(params)) => {
            dense::fully_connected(graph, op, params, input, output)
        }
        (OpKind::Add(_), OpParams::Add(params)) => {
            let other = inputs.get(1).ok_or(QuantError::Malformed {
                what: "an addition needs two inputs",
            })?;
            add::add(params, [input, other], output)
        }
        (OpKind::AveragePool2d(op), OpParams::Pool(params)) => {
            pool::average(&op.window, *params, input, output)
        }
        (OpKind::MaxPool2d(op), OpParams::Pool(params)) => {
            pool::maximum(&op.window, *params, input, output)
        }
        (OpKind::Mean(mean), OpParams::Mean(params)) => {
            let shape = &graph.tensor(op.inputs[0]).shape;
            mean::mean(shape, mean, params, input, output)
        }
        (OpKind::Softmax { .. }, OpParams::Softmax(params)) => {
            let shape = &graph.tensor(op.inputs[0]).shape;
            softmax::softmax(shape, params, input, output)
        }
        (OpKind::Quantize, OpParams::Requantize(params)) => {
            copy::requantize_codes(params, input, output)
        }
        (OpKind::Pad(pad), OpParams::Copy { fill }) => copy::pad(pad, *fill, input, output),
        (OpKind::Reshape, OpParams::Copy { .. }) => {
            output.fill(&input.flatten("RESHAPE")?, "RESHAPE")
        }
        (OpKind::Transpose { permutation }, OpParams::Copy { .. }) => {
            let shape = &graph.tensor(op.inputs[0]).shape;
            let codes = input.flatten("TRANSPOSE")?;
            output.fill(&transpose(&codes, shape, permutation)?, "TRANSPOSE")
        }
        _ => Err(QuantError::Malformed {
            what: "the parameters belong to another kind of operator",
        }),
    }
}

/// Calls `row(y, codes)` for each row of the output's region, in parallel if `work` pays for it. The error is that of
/// the first row that has one.
fn for_rows(
    output: &mut TileMut<'_>,
    work: usize,
    row: impl Fn(usize, &mut [i8]) -> Result<(), QuantError> + Sync,
) -> Result<(), QuantError> {
    let rows = output.region.y;
    let width = output.region.x.len() * output.map[2];
    if rows.is_empty() || width == 0 {
        return Ok(());
    }
    let stride = output.row_stride.max(width);
    let run = |(i, codes): (usize, &mut [i8])| row(rows.start + i, &mut codes[..width]);
    if work < PARALLEL_FROM {
        return output
            .data
            .chunks_mut(stride)
            .take(rows.len())
            .enumerate()
            .try_for_each(run);
    }
    output
        .data
        .par_chunks_mut(stride)
        .take(rows.len())
        .enumerate()
        .filter_map(|row| run(row).err())
        .find_first(|_| true)
        .map_or(Ok(()), Err)
}

/// The map's coordinate of the first tap for output coordinate `out` along `axis` (0 vertical, 1 horizontal).
const fn first_tap(window: &Window, axis: usize, out: usize) -> isize {
    let padding = [window.padding.top, window.padding.left];
    (out * window.stride[axis]) as isize - padding[axis] as isize
}

/// The int8 weights, checked to be `expected` codes.
fn weight_codes(graph: &Graph, id: TensorId, expected: usize) -> Result<&[i8], QuantError> {
    let codes = graph
        .tensor(id)
        .data
        .as_ref()
        .and_then(|data| data.as_i8())
        .ok_or(QuantError::Malformed {
            what: "weights must be constant int8",
        })?;
    same_size("weights", expected, codes.len())?;
    Ok(codes)
}

/// The int32 biases, zeros where there are none.
fn biases(graph: &Graph, id: Option<TensorId>, channels: usize) -> Result<Vec<i32>, QuantError> {
    let Some(id) = id else {
        return Ok(vec![0; channels]);
    };
    let biases = graph
        .tensor(id)
        .data
        .as_ref()
        .and_then(|data| data.as_i32())
        .ok_or(QuantError::Malformed {
            what: "biases must be constant int32",
        })?;
    same_size("biases", channels, biases.len())?;
    Ok(biases.to_vec())
}

/// The code of output channel `c` for an accumulator.
#[inline]
fn output_code(params: &ConvParams, c: usize, accumulator: i32) -> i8 {
    let [low, high] = params.clamp;
    requantize(accumulator, params.multipliers[c])
        .wrapping_add(params.output_zero_point)
        .min(high)
        .max(low) as i8
}
