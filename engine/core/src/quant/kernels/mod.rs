//! The operators over regions of maps: one file per family, one function that names them all.
//!
//! Output pixel `(y, x)` reads input `(y · stride − padding + k · dilation)` in coordinates of the whole map. Taps
//! outside the whole map are skipped; taps inside the map but outside the tile are an error. So one function serves
//! the whole map, a patch, and a row of a line buffer.

mod concatenate;
mod conv;
mod dense;
mod depthwise;
mod dot;
mod elementwise;
mod gather;
mod partial;
mod pool;
mod reduce;
mod resize;
mod softmax;
mod transpose_conv;
mod weights;
mod wide;

use super::error::{QuantError, same_size};
use super::fixed::requantize;
use super::params::OpParams;
use super::tile::{Tile, TileMut};
use crate::graph::{Combine, Data, Graph, Op, OpKind, TensorId, Window};
use rayon::prelude::*;
use weights::Weights;

/// Fewer multiply-accumulates (or comparable steps) than this are done faster by one thread.
const PARALLEL_FROM: usize = 1 << 21;

/// An int8 operator made ready to run, for any number of runs and regions.
#[derive(Debug)]
pub struct Kernel<'g> {
    graph: &'g Graph,
    op: &'g Op,
    params: OpParams,
    weights: Option<Weights>,
}

impl<'g> Kernel<'g> {
    /// Widens the weights of `op`, whose parameters are `params`.
    ///
    /// # Errors
    /// When constants are missing or of the wrong type or size.
    pub fn new(graph: &'g Graph, op: &'g Op, params: OpParams) -> Result<Self, QuantError> {
        let weights = Weights::new(graph, op, &params)?;
        Ok(Self {
            graph,
            op,
            params,
            weights,
        })
    }

    /// As [`eval_region`].
    ///
    /// # Errors
    /// As [`eval_region`].
    pub fn eval(&self, inputs: &[Tile<'_>], output: &mut TileMut<'_>) -> Result<(), QuantError> {
        let weights = self.weights.as_ref();
        eval(self.graph, self.op, (&self.params, weights), inputs, output)
    }
}

/// Computes `output.region` of `op`'s output from tiles of its inputs, in the operator's order. A constant operand's
/// tile is the whole tensor. A [`Kernel`] does the same with its weights made ready.
///
/// The output's memory may not overlap an input's: a caller that works in place copies the input first.
///
/// # Errors
/// When a pixel is read that the tile does not hold, when sizes disagree, or when the operator needs its whole map and
/// gets a part: fully connected, reductions, reshape, transpose; and slices, paddings, concatenations and broadcasts
/// along dimensions before an image's rows.
pub fn eval_region(
    graph: &Graph,
    op: &Op,
    params: &OpParams,
    inputs: &[Tile<'_>],
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    let weights = Weights::new(graph, op, params)?;
    eval(graph, op, (params, weights.as_ref()), inputs, output)
}

fn eval(
    graph: &Graph,
    op: &Op,
    (params, weights): (&OpParams, Option<&Weights>),
    inputs: &[Tile<'_>],
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    for tile in inputs {
        tile.check()?;
    }
    output.check()?;
    let missing = QuantError::Malformed {
        what: "an input or output is missing",
    };
    let (Some(input), Some(&from), Some(&to)) =
        (inputs.first(), op.inputs.first(), op.outputs.first())
    else {
        return Err(missing);
    };
    let shape = graph.tensor(from).shape.as_slice();
    let to_shape = graph.tensor(to).shape.as_slice();
    let operands = || match (inputs, op.inputs.as_slice()) {
        ([a, b], &[_, second]) => Ok([(a, shape), (b, graph.tensor(second).shape.as_slice())]),
        _ => Err(missing.clone()),
    };
    match (&op.kind, params, weights) {
        (OpKind::Conv2d(op), OpParams::Conv(params), Some(weights)) => {
            conv::conv2d(graph, op, params, weights, input, output)
        }
        (OpKind::DepthwiseConv2d(op), OpParams::Conv(params), Some(weights)) => {
            depthwise::depthwise_conv2d(op, params, weights, input, output)
        }
        (OpKind::TransposeConv2d(op), OpParams::Conv(params), Some(weights)) => {
            transpose_conv::transpose_conv2d(graph, op, params, weights, input, output)
        }
        (OpKind::FullyConnected(op), OpParams::Conv(params), Some(weights)) => {
            dense::fully_connected(graph, op, params, weights, input, output)
        }
        (OpKind::Add(_), OpParams::Add(params), _) => {
            elementwise::sum(params, 1, operands()?, (output, to_shape))
        }
        (OpKind::Combine(Combine::Sub(_)), OpParams::Sub(params), _) => {
            elementwise::sum(params, -1, operands()?, (output, to_shape))
        }
        (OpKind::Combine(Combine::Mul(_)), OpParams::Mul(params), _) => {
            elementwise::product(params, operands()?, (output, to_shape))
        }
        (OpKind::Combine(kind), OpParams::Copy { .. }, _) => {
            elementwise::extreme(*kind, operands()?, (output, to_shape))
        }
        (OpKind::Prelu { slopes }, OpParams::Prelu(params), _) => {
            let map = graph.tensor(*slopes).hwc();
            let tile = Tile::whole(constant(graph, *slopes)?, map);
            tile.check()?;
            let slopes = (&tile, graph.tensor(*slopes).shape.as_slice());
            elementwise::prelu(params, [(input, shape), slopes], (output, to_shape))
        }
        (OpKind::Unary(_), OpParams::Table(table), _) => elementwise::map(table, input, output),
        (OpKind::Quantize, OpParams::Requantize(params), _) => {
            elementwise::map(&elementwise::requantizing(params), input, output)
        }
        (OpKind::AveragePool2d(op), OpParams::Pool(params), _) => {
            pool::average(&op.window, *params, input, output)
        }
        (OpKind::MaxPool2d(op), OpParams::Pool(params), _) => {
            pool::maximum(&op.window, *params, input, output)
        }
        (OpKind::Mean(op) | OpKind::Sum(op), OpParams::Mean(params), _) => {
            reduce::sum(shape, op, params, input, output)
        }
        (OpKind::ReduceMax(op), OpParams::Copy { .. }, _) => {
            reduce::maximum(shape, op, input, output)
        }
        (OpKind::Softmax { .. }, OpParams::Softmax(params), _) => {
            softmax::softmax(shape, params, input, output)
        }
        (OpKind::Resize(_), OpParams::Resize(params), _) => resize::resize(params, input, output),
        (OpKind::Pad(op), OpParams::Copy { fill }, _) => {
            gather::pad(shape, op, *fill as i8, input, output)
        }
        (OpKind::Slice(op), OpParams::Copy { .. }, _) => gather::slice(shape, op, input, output),
        (OpKind::Concatenation { axis }, OpParams::Copy { .. }, _) => {
            let shapes = op
                .inputs
                .iter()
                .map(|&id| graph.tensor(id).shape.as_slice());
            let shapes: Vec<&[usize]> = shapes.collect();
            concatenate::concatenate(*axis, &shapes, inputs, output)
        }
        (OpKind::Reshape, OpParams::Copy { .. }, _) => {
            output.fill(&input.flatten("RESHAPE")?, "RESHAPE")
        }
        (OpKind::Transpose { permutation }, OpParams::Copy { .. }, _) => {
            gather::transpose(shape, permutation, input, output)
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

/// The codes of a constant.
fn constant(graph: &Graph, id: TensorId) -> Result<&[i8], QuantError> {
    let data = graph.tensor(id).data.as_ref().and_then(Data::as_i8);
    data.ok_or(QuantError::Malformed {
        what: "an operand must be constant int8",
    })
}
