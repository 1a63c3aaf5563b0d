//! Operators whose output is one pixel, made from every pixel of the input once in any order: global pooling, reductions
//! and fully connected operators can take their input as it comes, with an accumulator for each output channel.

use super::{Kernel, QuantError, dense, dot, pool, reduce, same_size};
use crate::graph::OpKind;
use crate::quant::{OpParams, Tile};

/// What an operator that cannot do it is told.
const NOT_PARTIAL: QuantError = QuantError::Malformed {
    what: "the operator cannot take its input as it comes",
};

impl Kernel<'_> {
    /// What each accumulator starts from: the smallest code for a maximum, 0 for a sum.
    pub const fn accumulator_start(&self) -> i32 {
        match self.op.kind {
            OpKind::MaxPool2d(_) | OpKind::ReduceMax(_) => i8::MIN as i32,
            _ => 0,
        }
    }

    /// Takes the pixels of `input` into the accumulators, one for each output channel. Every pixel of the map is to be
    /// taken once; the order does not matter.
    ///
    /// # Errors
    /// When the operator is none of the above, or sizes disagree.
    pub fn accumulate(&self, input: &Tile<'_>, accumulators: &mut [i32]) -> Result<(), QuantError> {
        input.check()?;
        match (&self.op.kind, &self.params, &self.weights) {
            (OpKind::AveragePool2d(_), OpParams::Pool(_), _)
            | (OpKind::Mean(_) | OpKind::Sum(_), OpParams::Mean(_), _) => {
                channelwise(input, accumulators, i32::wrapping_add)
            }
            (OpKind::MaxPool2d(_), OpParams::Pool(_), _)
            | (OpKind::ReduceMax(_), OpParams::Copy { .. }, _) => {
                channelwise(input, accumulators, i32::max)
            }
            (OpKind::FullyConnected(_), OpParams::Conv(params), Some(weights)) => {
                dense::accumulate(params, weights, input, accumulators)
            }
            _ => Err(NOT_PARTIAL),
        }
    }

    /// The codes of the output, once the whole input has been taken.
    ///
    /// # Errors
    /// As [`Self::accumulate`].
    pub fn finish(&self, accumulators: &[i32], codes: &mut [i8]) -> Result<(), QuantError> {
        same_size("accumulators", codes.len(), accumulators.len())?;
        let code: &dyn Fn(i32) -> i8 = match (&self.op.kind, &self.params, &self.weights) {
            (OpKind::AveragePool2d(_), OpParams::Pool(params), _) => {
                let from = self.op.inputs.first().ok_or(NOT_PARTIAL)?;
                let [height, width, _] = self.graph.tensor(*from).hwc();
                &move |sum| params.code(pool::mean(sum, (height * width) as i32))
            }
            (OpKind::MaxPool2d(_), OpParams::Pool(params), _) => &|largest| params.code(largest),
            (OpKind::Mean(_) | OpKind::Sum(_), OpParams::Mean(params), _) => {
                &|sum| reduce::code(params, sum)
            }
            (OpKind::ReduceMax(_), OpParams::Copy { .. }, _) => &|largest| largest as i8,
            (OpKind::FullyConnected(_), OpParams::Conv(_), Some(weights)) => {
                same_size("biases", weights.finish.biases.len(), codes.len())?;
                dot::finish(&weights.finish, accumulators, codes);
                return Ok(());
            }
            _ => return Err(NOT_PARTIAL),
        };
        for (to, &accumulator) in codes.iter_mut().zip(accumulators) {
            *to = code(accumulator);
        }
        Ok(())
    }
}

/// Folds the codes of each channel into its accumulator.
fn channelwise(
    input: &Tile<'_>,
    accumulators: &mut [i32],
    fold: impl Fn(i32, i32) -> i32,
) -> Result<(), QuantError> {
    same_size("accumulators", input.map[2], accumulators.len())?;
    for y in input.region.y.start..input.region.y.end {
        for x in input.region.x.start..input.region.x.end {
            let pixel = input.pixel(y as isize, x as isize)?.unwrap_or_default();
            for (accumulator, &code) in accumulators.iter_mut().zip(pixel) {
                *accumulator = fold(*accumulator, i32::from(code));
            }
        }
    }
    Ok(())
}
