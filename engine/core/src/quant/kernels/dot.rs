//! Dot products of 16-bit rows, and what follows them.

use crate::quant::ConvParams;
use crate::quant::fixed::requantize;

/// Input rows that share one pass over the weights.
pub(super) const BLOCK: usize = 4;

/// `sums[p][c]`: the product of filter `c` with input row `p`, modulo 2^32.
///
/// `filters` are rows of `row` elements, one for each output channel. `inputs` are [`BLOCK`] rows of `groups · row`
/// elements; the filters of a group of channels meet their part of it.
pub(super) fn products(
    filters: &[i16],
    inputs: &[i16],
    [groups, row]: [usize; 2],
    sums: &mut [i32],
) {
    let channels = sums.len() / BLOCK;
    let size = channels / groups;
    let stride = groups * row;
    for group in 0..groups {
        let input: [&[i16]; BLOCK] =
            std::array::from_fn(|p| &inputs[p * stride + group * row..][..row]);
        let filters = &filters[group * size * row..][..size * row];
        let mut pairs = filters.chunks_exact(2 * row);
        let mut c = group * size;
        for pair in &mut pairs {
            let (a, b) = pair.split_at(row);
            for (which, dots) in pair_dots(a, b, input).into_iter().enumerate() {
                for (p, dot) in dots.into_iter().enumerate() {
                    sums[p * channels + c + which] = dot;
                }
            }
            c += 2;
        }
        let last = pairs.remainder();
        if !last.is_empty() {
            for (p, dot) in pair_dots(last, last, input)[0].into_iter().enumerate() {
                sums[p * channels + c] = dot;
            }
        }
    }
}

/// The products of two filters with [`BLOCK`] rows of the same length.
#[inline]
fn pair_dots(a: &[i16], b: &[i16], inputs: [&[i16]; BLOCK]) -> [[i32; BLOCK]; 2] {
    let n = a.len();
    let b = &b[..n];
    let inputs = inputs.map(|input| &input[..n]);
    let mut sums = [[0_i32; BLOCK]; 2];
    for i in 0..n {
        for p in 0..BLOCK {
            let x = i32::from(inputs[p][i]);
            sums[0][p] = sums[0][p].wrapping_add(i32::from(a[i]) * x);
            sums[1][p] = sums[1][p].wrapping_add(i32::from(b[i]) * x);
        }
    }
    sums
}

/// Codes of one pixel's accumulators, one for each output channel.
#[inline]
pub(super) fn finish(params: &ConvParams, biases: &[i32], sums: &[i32], codes: &mut [i8]) {
    let [low, high] = params.clamp;
    let channels = sums.iter().zip(biases).zip(&params.multipliers);
    for (code, ((&sum, &bias), &by)) in codes.iter_mut().zip(channels) {
        *code = requantize(sum.wrapping_add(bias), by)
            .wrapping_add(params.output_zero_point)
            .max(low)
            .min(high) as i8;
    }
}
