//! `SOFTMAX` over the last axis, in gemmlowp fixed point; output scale 1/256, zero point −128.

use super::{QuantError, for_rows, same_size};
use crate::quant::fixed::{exp_negative, high_multiply, reciprocal, rounding_divide};
use crate::quant::{SoftmaxParams, Tile, TileMut};

/// Integer bits of the sum of exponentials.
const SUM_INTEGER_BITS: u32 = 12;

pub(super) fn softmax(
    shape: &[usize],
    params: &SoftmaxParams,
    input: &Tile<'_>,
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    for axis in 0..3 {
        same_size("extent of the input", output.map[axis], input.map[axis])?;
    }
    let channels = output.map[2];
    // A tensor of rank 2 or less is one pixel, which may hold several rows.
    let depth = shape.last().copied().unwrap_or(1).max(1);
    let first_x = output.region.x.start;
    for_rows(output, 0, |y, row| {
        for (i, codes) in row.chunks_exact_mut(channels).enumerate() {
            if let Some(pixel) = input.pixel(y as isize, (first_x + i) as isize)? {
                for (to, from) in codes.chunks_mut(depth).zip(pixel.chunks(depth)) {
                    softmax_row(params, from, to);
                }
            }
        }
        Ok(())
    })
}

fn softmax_row(params: &SoftmaxParams, logits: &[i8], codes: &mut [i8]) {
    let largest = logits.iter().copied().max().map_or(0, i32::from);
    // exp in Q0.31 of each difference from the largest; `None` where it is too small to count.
    let exp = |code: i8| {
        let difference = i32::from(code) - largest;
        (difference >= params.diff_min).then(|| {
            let shifted = difference.wrapping_shl(params.multiplier.shift as u32);
            exp_negative::<5>(high_multiply(shifted, params.multiplier.mantissa))
        })
    };
    let sum = logits
        .iter()
        .filter_map(|&code| exp(code))
        .fold(0_i32, |sum, e| {
            sum.wrapping_add(rounding_divide(e, SUM_INTEGER_BITS))
        });
    let (scale, bits) = reciprocal(sum);
    let right = (bits + 31 - 8).clamp(0, 31) as u32;
    for (to, &code) in codes.iter_mut().zip(logits) {
        *to = exp(code).map_or(-128, |e| {
            (rounding_divide(high_multiply(scale, e), right) - 128).clamp(-128, 127) as i8
        });
    }
}
