//! `MEAN` over any axes.

use super::{QuantError, requantize, same_size};
use crate::graph::Reduce;
use crate::quant::{MeanParams, Tile, TileMut};

pub(super) fn mean(
    shape: &[usize],
    op: &Reduce,
    params: &MeanParams,
    input: &Tile<'_>,
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    let codes = input.flatten("MEAN")?;
    same_size("elements of the input", shape.iter().product(), codes.len())?;
    // Step in the output for a step along each input axis: 0 along reduced ones.
    let mut steps = vec![0; shape.len()];
    let mut outputs = 1;
    for axis in (0..shape.len()).rev() {
        if !op.axes.contains(&axis) {
            steps[axis] = outputs;
            outputs *= shape[axis];
        }
    }
    let mut sums = vec![0_i32; outputs];
    let mut position = vec![0_usize; shape.len()];
    for code in codes {
        let at: usize = position.iter().zip(&steps).map(|(p, s)| p * s).sum();
        sums[at] = sums[at].wrapping_add(i32::from(code));
        for axis in (0..shape.len()).rev() {
            position[axis] += 1;
            if position[axis] < shape[axis] {
                break;
            }
            position[axis] = 0;
        }
    }
    let offset = params.input_zero_point.wrapping_mul(params.count as i32);
    let means: Vec<i8> = sums
        .into_iter()
        .map(|sum| {
            requantize(sum.wrapping_sub(offset), params.multiplier)
                .wrapping_add(params.output_zero_point)
                .clamp(-128, 127) as i8
        })
        .collect();
    output.fill(&means, "MEAN")
}
