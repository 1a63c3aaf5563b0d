//! The numbers that a layer's kernel reads: weights in the order of its inner loop, and constants with which one of a
//! few short sequences of instructions gives exactly the reference's codes, proved for every accumulator that can occur.
//! Knows the kernels' data, not their text; cost estimates and code generation read it.

mod affine;
mod depthwise;
mod finish;
mod matrix;
mod sum;

use crate::graph::{Graph, Op, OpKind, TensorId};
use crate::quant::ConvParams;

pub(crate) use depthwise::depthwise;
pub(crate) use finish::Finish;
pub(crate) use matrix::words;
pub(crate) use sum::{AffineSum, RoundedSum};

/// Taps padded to the four that are multiplied together, twice at least.
pub(crate) const fn padded(taps: usize) -> usize {
    let fours = taps.next_multiple_of(4);
    if fours < 8 { 8 } else { fours }
}

/// How the fast kernel of an operator with weights makes codes.
pub(crate) fn finish(graph: &Graph, op: &Op, params: &ConvParams) -> Finish {
    let Some((weights, bias)) = op.kind.parameters() else {
        return Finish::Exact;
    };
    let outputs = params.multipliers.len();
    let codes = |id: TensorId| graph.tensor(id).data.as_ref();
    let Some(codes_of_weights) = codes(weights).and_then(|data| data.as_i8()) else {
        return Finish::Exact;
    };
    let biases = match bias {
        Some(id) => codes(id)
            .and_then(|data| data.as_i32())
            .map(<[i32]>::to_vec),
        None => Some(vec![0; outputs]),
    };
    let taps = codes_of_weights.len().checked_div(outputs).unwrap_or(0);
    let (Some(biases), true) = (biases, taps > 0 && params.weight_zero_point == 0) else {
        return Finish::Exact;
    };
    if let OpKind::DepthwiseConv2d(_) = op.kind {
        let of = |n: usize| codes_of_weights.iter().skip(n).step_by(outputs).copied();
        let by_channel: Vec<i8> = (0..outputs).flat_map(of).collect();
        if graph.tensor(op.inputs[0]).hwc()[2] > 1 {
            return depthwise(params, &biases, &by_channel, taps).finish;
        }
        return words(params, &biases, &by_channel, taps).1;
    }
    words(params, &biases, codes_of_weights, taps).1
}
