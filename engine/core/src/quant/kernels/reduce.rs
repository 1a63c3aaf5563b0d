//! `MEAN`, `SUM` and `REDUCE_MAX` over any axes.

use super::{QuantError, requantize, same_size};
use crate::graph::Reduce;
use crate::quant::{MeanParams, Tile, TileMut};

/// `MEAN` and `SUM`.
pub(super) fn sum(
    shape: &[usize],
    op: &Reduce,
    params: &MeanParams,
    input: &Tile<'_>,
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    let sums = fold(shape, op, input, 0_i32, |sum, code| {
        sum.wrapping_add(i32::from(code))
    })?;
    let codes: Vec<i8> = sums.into_iter().map(|sum| code(params, sum)).collect();
    output.fill(&codes, "a reduction")
}

/// The code of a sum of codes.
pub(super) fn code(params: &MeanParams, sum: i32) -> i8 {
    let offset = params.input_zero_point.wrapping_mul(params.count as i32);
    requantize(sum.wrapping_sub(offset), params.multiplier)
        .wrapping_add(params.output_zero_point)
        .clamp(-128, 127) as i8
}

pub(super) fn maximum(
    shape: &[usize],
    op: &Reduce,
    input: &Tile<'_>,
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    let codes = fold(shape, op, input, i8::MIN, i8::max)?;
    output.fill(&codes, "a reduction")
}

/// Folds all elements that differ only along the reduced axes, in row-major order.
fn fold<T: Copy>(
    shape: &[usize],
    op: &Reduce,
    input: &Tile<'_>,
    start: T,
    combine: impl Fn(T, i8) -> T,
) -> Result<Vec<T>, QuantError> {
    let codes = input.flatten("a reduction")?;
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
    let mut folded = vec![start; outputs];
    let (Some((&row, outer)), Some((&step, outer_steps))) =
        (shape.split_last(), steps.split_last())
    else {
        return Ok(codes.iter().map(|&code| combine(start, code)).collect());
    };
    let mut position = vec![0_usize; outer.len()];
    for codes in codes.chunks_exact(row.max(1)) {
        let at: usize = position.iter().zip(outer_steps).map(|(p, s)| p * s).sum();
        if step == 0 {
            folded[at] = codes
                .iter()
                .fold(folded[at], |value, &code| combine(value, code));
        } else {
            for (value, &code) in folded[at..].iter_mut().zip(codes) {
                *value = combine(*value, code);
            }
        }
        for axis in (0..outer.len()).rev() {
            position[axis] += 1;
            if position[axis] < outer[axis] {
                break;
            }
            position[axis] = 0;
        }
    }
    Ok(folded)
}
