//! The words of the matrix kernels: two output channels at a time, biases, weights, and what requantises them.
//! `kernels/matrix.h` says how they are read.

use super::affine::{Affine, Steps};
use super::channels::{Reach, reaches, with_zero_point};
use crate::quant::fixed::requantize;
use crate::quant::{ConvParams, Multiplier};

/// How a layer's accumulators become codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Finish {
    /// One multiplication and this right shift.
    Affine(u32),
    /// The reference's two roundings, for any zero point, no clamp but that of int8.
    Rounded,
    /// The reference's steps one by one.
    Exact,
}

impl Finish {
    /// The ending of a kernel's name.
    pub(super) fn suffix(self) -> String {
        match self {
            Self::Affine(shift) => format!("affine{shift}"),
            Self::Rounded => "rounded".into(),
            Self::Exact => "exact".into(),
        }
    }

    /// The C constant.
    pub(super) fn constant(self) -> String {
        match self {
            Self::Affine(shift) => shift.to_string(),
            Self::Rounded => "TS_MATRIX_ROUNDED".into(),
            Self::Exact => "TS_MATRIX_EXACT".into(),
        }
    }
}

/// Right shifts of the affine form in the order they are tried: few different ones keep the program small.
const SHIFTS: [u32; 4] = [3, 5, 1, 8];
/// Bits by which channel B's accumulator comes scaled.
const SCALED: u32 = 8;
/// Accumulators of channel B stay below this in magnitude, so that they fit when scaled.
const SCALED_LIMIT: i64 = 1 << 23;
/// Accumulators of the rounded form stay below this in magnitude, so that they may be doubled.
const DOUBLED_LIMIT: i64 = 1 << 30;
/// Largest right shift for which the zero point, shifted left by it, still fits beside the product.
const LARGEST_SHIFT: i32 = 22;

/// One output channel.
#[derive(Clone, Debug, Default)]
struct Channel {
    weights: Vec<i8>,
    /// With the input's zero point inside.
    bias: i32,
    by: Multiplier,
    /// Of the accumulator.
    reach: Reach,
}

/// The words of a layer and how they requantise. `weights` hold `taps` of a channel, then those of the next.
pub(super) fn words(
    params: &ConvParams,
    biases: &[i32],
    weights: &[i8],
    taps: usize,
) -> (Vec<u32>, Finish) {
    let (weights, params, biases) = without_negative_scales(params, biases, weights, taps);
    let of = |n: usize| weights[n * taps..(n + 1) * taps].iter().copied();
    let reaches = reaches(&params, &biases, of);
    let folded = with_zero_point(&params, &biases, of);
    let channels: Vec<Channel> = (folded.into_iter().zip(reaches).enumerate())
        .map(|(n, (bias, reach))| Channel {
            weights: of(n).collect(),
            bias,
            by: params.multipliers[n],
            reach,
        })
        .collect();
    let affine = SHIFTS.iter().find_map(|&shift| {
        Some((
            affine_words(&params, &channels, shift)?,
            Finish::Affine(shift),
        ))
    });
    affine
        .or_else(|| Some((rounded_words(&params, &channels)?, Finish::Rounded)))
        .unwrap_or_else(|| (exact_words(&channels), Finish::Exact))
}

/// The same layer with positive multipliers: only the product of multiplier and accumulator counts, so that a channel
/// of negative scale may have both negated. Where a weight has no opposite the channel stays.
fn without_negative_scales(
    params: &ConvParams,
    biases: &[i32],
    weights: &[i8],
    taps: usize,
) -> (Vec<i8>, ConvParams, Vec<i32>) {
    let (mut weights, mut params, mut biases) = (weights.to_vec(), params.clone(), biases.to_vec());
    let channels = weights.chunks_mut(taps).zip(&mut biases);
    for ((weights, bias), by) in channels.zip(&mut params.multipliers) {
        let opposites =
            weights.iter().all(|&w| w != i8::MIN) && *bias != i32::MIN && by.mantissa != i32::MIN;
        if by.mantissa < 0 && opposites {
            for w in weights.iter_mut() {
                *w = -*w;
            }
            (*bias, by.mantissa) = (-*bias, -by.mantissa);
        }
    }
    (weights, params, biases)
}

/// Codes of a channel by accumulator, as steps. `None` where they decrease, or might.
fn steps(params: &ConvParams, channel: &Channel) -> Option<Steps> {
    let by = channel.by;
    let [low, high] = params.clamp;
    // Left shifts may wrap.
    (by.mantissa >= 0 && by.shift <= 0 && params.clamp == [-128, 127]).then_some(())?;
    Steps::of(channel.reach, |x| {
        requantize(x, by)
            .saturating_add(params.output_zero_point)
            .clamp(low, high)
    })
}

/// Channel pairs in which every number is exact with one multiplication and a right shift.
fn affine_words(params: &ConvParams, channels: &[Channel], shift: u32) -> Option<Vec<u32>> {
    let constants = |(n, channel): (usize, &Channel)| {
        let scaled = if n % 2 == 0 { 0 } else { SCALED };
        let down = -channel.by.shift - 1 - shift as i32;
        let mantissa = i64::from(channel.by.mantissa);
        // Rounded to nearest, that is; too large ones are refused.
        let factor = match down {
            0.. => (mantissa + (1 << down.min(62) >> 1)) >> down.min(62),
            _ => mantissa << (-down).min(31),
        };
        let found = steps(params, channel)?.affine(factor, shift, scaled)?;
        Some(found)
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
        let steps = steps(params, channel);
        if let Some(code) = steps.as_ref().and_then(Steps::constant) {
            // Its own code whatever comes in: no weights, and 4·(code − zero point)·2^30/2^31 >> 1.
            return Some(Channel {
                weights: vec![0; channel.weights.len()],
                bias: 4 * (code - params.output_zero_point),
                by: Multiplier {
                    mantissa: 1 << 30,
                    shift: -1,
                },
                ..Channel::default()
            });
        }
        let limit = if n % 2 == 0 {
            DOUBLED_LIMIT
        } else {
            SCALED_LIMIT
        };
        let near = channel.reach.iter().all(|acc| acc.abs() < limit);
        let shifts = (-LARGEST_SHIFT..=-1).contains(&channel.by.shift);
        (steps.is_some() && near && shifts).then(|| channel.clone())
    };
    let channels: Vec<Channel> =
        (channels.iter().enumerate().map(constants)).collect::<Option<_>>()?;
    let mut out = Vec::new();
    for pair in channels.chunks(2) {
        let none = Channel {
            by: Multiplier {
                mantissa: 1 << 30,
                shift: -1,
            },
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
    let padded = crate::cost::padded(taps);
    (0..padded)
        .step_by(4)
        .flat_map(|k| [[k, k + 2], [k + 1, k + 3]])
}
