//! The words of the matrix kernels: two output channels at a time, biases, weights, and what requantises them.
//! `kernels/matrix.h` says how they are read.

use super::affine::Affine;
use super::finish::{Channel, DOUBLED_LIMIT, Finish, HALF, SHIFTS, channels};
use crate::quant::ConvParams;

/// Bits by which channel B's accumulator comes scaled.
const SCALED: u32 = 8;
/// Accumulators of channel B stay below this in magnitude, so that they fit when scaled.
const SCALED_LIMIT: i64 = 1 << 23;
/// The words of a layer and how they requantise. `weights` hold `taps` of a channel, then those of the next.
pub(crate) fn words(
    params: &ConvParams,
    biases: &[i32],
    weights: &[i8],
    taps: usize,
) -> (Vec<u32>, Finish) {
    let mut channels = channels(params, biases, weights, taps);
    for channel in &mut channels {
        channel.bias = channel.bias_with_zero_point(params.input_zero_point);
    }
    let affine = SHIFTS.iter().find_map(|&shift| {
        Some((
            affine_words(params, &channels, shift)?,
            Finish::Affine(shift),
        ))
    });
    affine
        .or_else(|| Some((rounded_words(params, &channels)?, Finish::Rounded)))
        .unwrap_or_else(|| (exact_words(&channels), Finish::Exact))
}

/// Channel pairs in which every number is exact with one multiplication and a right shift.
fn affine_words(params: &ConvParams, channels: &[Channel], shift: u32) -> Option<Vec<u32>> {
    let constants = |(n, channel): (usize, &Channel)| {
        channel.affine(params, shift, if n % 2 == 0 { 0 } else { SCALED })
    };
    let found: Vec<Affine> = (channels.iter().enumerate())
        .map(constants)
        .collect::<Option<_>>()?;
    let mut out = Vec::new();
    for (pair, by) in channels.chunks(2).zip(found.chunks(2)) {
        let none = (Channel::default(), Affine::default());
        let [a, b] = [&pair[0], pair.get(1).unwrap_or(&none.0)];
        let [by_a, by_b] = [by[0], by.get(1).copied().unwrap_or(none.1)];
        let biases = [
            a.bias.wrapping_add(by_a.bias),
            b.bias.wrapping_add(by_b.bias),
        ];
        let weights = [a.weights.as_slice(), &b.weights];
        // A sum and a multiplier that are both negated make the same product.
        let sign = [1, -1]
            .into_iter()
            .find(|&sign| combined(weights, biases, sign, &mut out))?;
        for (by, sign) in [(by_a, 1), (by_b, sign)] {
            out.extend([(sign * by.multiplier) as u32, by.offset as u32]);
        }
    }
    Some(out)
}

/// Channel pairs with the reference's two roundings.
fn rounded_words(params: &ConvParams, channels: &[Channel]) -> Option<Vec<u32>> {
    let constants = |(n, channel): (usize, &Channel)| {
        let limit = if n % 2 == 0 {
            DOUBLED_LIMIT
        } else {
            SCALED_LIMIT
        };
        channel.rounded(params, limit)
    };
    let channels: Vec<Channel> =
        (channels.iter().enumerate().map(constants)).collect::<Option<_>>()?;
    let mut out = Vec::new();
    for pair in channels.chunks(2) {
        let none = Channel {
            by: HALF,
            ..Channel::default()
        };
        let [a, b] = [&pair[0], pair.get(1).unwrap_or(&none)];
        combined([&a.weights, &b.weights], [a.bias, b.bias], 1, &mut out).then_some(())?;
        let [less_a, less_b] = [a, b].map(|channel| (-channel.by.shift - 1) as u32);
        out.extend([
            a.by.mantissa as u32,
            less_a | less_b << 8,
            b.by.mantissa as u32,
            0,
        ]);
    }
    Some(out)
}

/// Channel pairs side by side.
fn exact_words(channels: &[Channel]) -> Vec<u32> {
    let mut out = Vec::new();
    for pair in channels.chunks(2) {
        let none = Channel::default();
        let [a, b] = [&pair[0], pair.get(1).unwrap_or(&none)];
        out.extend([a.bias as u32, b.bias as u32]);
        for [first, second] in tap_pairs(a.weights.len()) {
            let byte = |channel: &Channel, tap: usize| {
                u32::from(channel.weights.get(tap).copied().unwrap_or(0) as u8)
            };
            out.push(
                byte(a, first)
                    | byte(b, first) << 8
                    | byte(a, second) << 16
                    | byte(b, second) << 24,
            );
        }
        for by in [a.by, b.by] {
            out.extend([by.mantissa as u32, by.shift as u32]);
        }
    }
    out
}

/// Appends biases and weights of a pair with B's 256-fold, B times `sign`. Nothing where a weight leaves 16 bits: −128
/// beside a negative one, its opposite beside another.
fn combined(weights: [&[i8]; 2], [a, b]: [i32; 2], sign: i32, out: &mut Vec<u32>) -> bool {
    let half = |tap: usize| {
        let [a, b] = weights.map(|w| i32::from(w.get(tap).copied().unwrap_or(0)));
        let both = i16::try_from(sign * (b << SCALED) + a).ok()?;
        Some(u32::from(both as u16))
    };
    let words: Option<Vec<u32>> = tap_pairs(weights[0].len())
        .map(|[first, second]| Some(half(first)? | half(second)? << 16))
        .collect();
    let Some(words) = words else { return false };
    let b = b.wrapping_mul(sign << SCALED).wrapping_add(a);
    out.extend([a as u32, b as u32]);
    out.extend(words);
    true
}

/// Taps that are multiplied together, with those that fill up.
fn tap_pairs(taps: usize) -> impl Iterator<Item = [usize; 2]> {
    let padded = super::padded(taps);
    (0..padded)
        .step_by(4)
        .flat_map(|k| [[k, k + 2], [k + 1, k + 3]])
}
