//! Dot products of 16-bit rows, and what follows them. The loops are plain; `pulp` has them compiled for the widest
//! vectors that the machine has.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined is not compiled for the wider vectors"
)]

use super::weights::Finish;
use pulp::{Arch, NullaryFnOnce};

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
    for group in 0..groups {
        let start = |p: usize| (p * groups + group) * row;
        Arch::new().dispatch(Products {
            filters: &filters[group * size * row..][..size * row],
            inputs: std::array::from_fn(|p| &inputs[start(p)..][..row]),
            sums: &mut sums[group * size..],
            channels,
        });
    }
}

/// The products of one group.
struct Products<'a> {
    filters: &'a [i16],
    inputs: [&'a [i16]; BLOCK],
    /// From the group's first channel on.
    sums: &'a mut [i32],
    /// Sums from one input row's to the next's.
    channels: usize,
}

impl NullaryFnOnce for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let row = self.inputs[0].len();
        let mut pairs = self.filters.chunks_exact(2 * row);
        let mut c = 0;
        for pair in &mut pairs {
            let (a, b) = pair.split_at(row);
            let [a, b] = pair_dots(a, b, self.inputs);
            for (p, (a, b)) in a.into_iter().zip(b).enumerate() {
                self.sums[p * self.channels + c] = a;
                self.sums[p * self.channels + c + 1] = b;
            }
            c += 2;
        }
        let last = pairs.remainder();
        if !last.is_empty() {
            let [dots, _] = pair_dots(last, last, self.inputs);
            for (p, dot) in dots.into_iter().enumerate() {
                self.sums[p * self.channels + c] = dot;
            }
        }
    }
}

/// The products of two filters with [`BLOCK`] rows of the same length.
#[inline(always)]
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

/// The product of two rows, modulo 2^32.
pub(super) fn dot(a: &[i16], b: &[i16]) -> i32 {
    Arch::new().dispatch(Dot { a, b })
}

struct Dot<'a> {
    a: &'a [i16],
    b: &'a [i16],
}

impl NullaryFnOnce for Dot<'_> {
    type Output = i32;

    #[inline(always)]
    fn call(self) -> i32 {
        let mut sum = 0_i32;
        for (&a, &b) in self.a.iter().zip(self.b) {
            sum = sum.wrapping_add(i32::from(a) * i32::from(b));
        }
        sum
    }
}

/// Codes of pixels' accumulators, one for each output channel of each pixel.
pub(super) fn finish(finish: &Finish, sums: &[i32], codes: &mut [i8]) {
    Arch::new().dispatch(Finishing {
        finish,
        sums,
        codes,
    });
}

struct Finishing<'a> {
    finish: &'a Finish,
    sums: &'a [i32],
    codes: &'a mut [i8],
}

impl NullaryFnOnce for Finishing<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let channels = self.finish.biases.len();
        let pixels = self.codes.chunks_exact_mut(channels);
        for (codes, sums) in pixels.zip(self.sums.chunks_exact(channels)) {
            finish_pixel(self.finish, sums, codes);
        }
    }
}

/// `quant::fixed::requantize` of every channel, written for vectors.
#[inline(always)]
pub(super) fn finish_pixel(finish: &Finish, sums: &[i32], codes: &mut [i8]) {
    let n = codes.len();
    let (sums, biases) = (&sums[..n], &finish.biases[..n]);
    let mantissas = &finish.mantissas[..n];
    let (left, right) = (&finish.left[..n], &finish.right[..n]);
    let [low, high] = finish.clamp;
    for i in 0..n {
        let x = sums[i].wrapping_add(biases[i]).wrapping_shl(left[i]);
        // A mantissa is never −2^31, so the product fits after its rounding.
        let product = ((i64::from(x) * i64::from(mantissas[i]) + (1 << 30)) >> 31) as i32;
        let mask = 1_u32.wrapping_shl(right[i]).wrapping_sub(1) as i32;
        let up = product & mask > (mask >> 1) + i32::from(product < 0);
        let rounded = product.wrapping_shr(right[i]).wrapping_add(i32::from(up));
        let code = rounded.wrapping_add(finish.zero_point);
        codes[i] = code.max(low).min(high) as i8;
    }
}
