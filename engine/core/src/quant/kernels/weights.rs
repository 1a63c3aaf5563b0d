//! Weights and biases made ready for the inner loops.

use super::{QuantError, same_size};
use crate::graph::{Graph, Op, OpKind, TensorId};
use crate::quant::{ConvParams, OpParams};

/// Rows of filters are padded with zeros to a multiple of this, so that inner loops have no remainder.
pub(super) const LANES: usize = 16;

/// Constant operands of a convolution or matrix.
#[derive(Debug)]
pub(super) struct Weights {
    /// Differences of the weights from their zero point. Convolutions and matrices: a row for each output channel, each
    /// padded with zeros to [`Weights::row`]. Depthwise convolutions: as they lie in the file, a row for each tap.
    pub codes: Vec<i16>,
    /// Elements from one row to the next.
    pub row: usize,
    /// What turns accumulators into codes.
    pub finish: Finish,
}

/// Bias and multiplier of each output channel, side by side for the inner loop, and what all channels share.
#[derive(Debug)]
pub(super) struct Finish {
    /// Zeros where the file has none.
    pub biases: Vec<i32>,
    /// Q31 mantissas.
    pub mantissas: Vec<i32>,
    /// Shifts before the multiplication, 0 to 31.
    pub left: Vec<u32>,
    /// Shifts after it, 0 to 31.
    pub right: Vec<u32>,
    /// Zero point of the output.
    pub zero_point: i32,
    /// Smallest and largest code.
    pub clamp: [i32; 2],
}

impl Finish {
    fn new(params: &ConvParams, biases: Vec<i32>) -> Self {
        let shifts = params.multipliers.iter().map(|by| by.shift);
        Self {
            biases,
            mantissas: params.multipliers.iter().map(|by| by.mantissa).collect(),
            left: shifts.clone().map(|s| s.max(0) as u32).collect(),
            right: shifts.map(|s| s.min(0).unsigned_abs()).collect(),
            zero_point: params.output_zero_point,
            clamp: params.clamp,
        }
    }
}

impl Weights {
    /// Those of `op`; `None` for operators that have none.
    pub fn new(graph: &Graph, op: &Op, params: &OpParams) -> Result<Option<Self>, QuantError> {
        let (Some((weights, bias)), OpParams::Conv(params)) = (op.kind.parameters(), params) else {
            return Ok(None);
        };
        let channels = params.multipliers.len();
        let biases = biases(graph, bias, channels)?;
        let codes = weight_codes(graph, weights)?;
        let widen = |&w: &i8| i16::from(w) - params.weight_zero_point as i16;
        if matches!(op.kind, OpKind::DepthwiseConv2d(_)) {
            return Ok(Some(Self {
                codes: codes.iter().map(widen).collect(),
                row: channels,
                finish: Finish::new(params, biases),
            }));
        }
        let row = codes.len().checked_div(channels).unwrap_or(0);
        same_size("weights", row * channels, codes.len())?;
        if row == 0 {
            return Err(QuantError::Malformed {
                what: "a filter without taps",
            });
        }
        let padded = row.next_multiple_of(LANES);
        let mut rows = vec![0; padded * channels];
        for (to, from) in rows.chunks_exact_mut(padded).zip(codes.chunks_exact(row)) {
            for (to, w) in to.iter_mut().zip(from) {
                *to = widen(w);
            }
        }
        Ok(Some(Self {
            codes: rows,
            row: padded,
            finish: Finish::new(params, biases),
        }))
    }
}

/// The int8 weights.
fn weight_codes(graph: &Graph, id: TensorId) -> Result<&[i8], QuantError> {
    let data = graph.tensor(id).data.as_ref();
    data.and_then(|data| data.as_i8())
        .ok_or(QuantError::Malformed {
            what: "weights must be constant int8",
        })
}

/// The int32 biases, zeros where there are none.
fn biases(graph: &Graph, id: Option<TensorId>, channels: usize) -> Result<Vec<i32>, QuantError> {
    let Some(id) = id else {
        return Ok(vec![0; channels]);
    };
    let data = graph.tensor(id).data.as_ref();
    let biases = data
        .and_then(|data| data.as_i32())
        .ok_or(QuantError::Malformed {
            what: "biases must be constant int32",
        })?;
    same_size("biases", channels, biases.len())?;
    Ok(biases.to_vec())
}
