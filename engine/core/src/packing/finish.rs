//! How accumulators become codes: the forms, from the shortest to the one that is always exact, and what decides
//! whether a channel may have one.

use super::affine::{Affine, Steps};
use crate::quant::fixed::requantize;
use crate::quant::{ConvParams, Multiplier};

/// How a layer's accumulators become codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Finish {
    /// One multiplication and this right shift.
    Affine(u32),
    /// The same but for a few channels, which are [`Self::Exact`]; their multipliers are stored negated. Only of
    /// depthwise convolutions.
    Mixed(u32),
    /// The reference's two roundings, for any zero point, no clamp but that of int8.
    Rounded,
    /// The reference's steps one by one.
    Exact,
}

impl Finish {
    /// The ending of a kernel's name.
    pub(crate) fn suffix(self) -> String {
        match self {
            Self::Affine(shift) => format!("affine{shift}"),
            Self::Mixed(shift) => format!("mixed{shift}"),
            Self::Rounded => "rounded".into(),
            Self::Exact => "exact".into(),
        }
    }

    /// The C constant.
    pub(crate) fn constant(self) -> String {
        match self {
            Self::Affine(shift) => shift.to_string(),
            Self::Mixed(shift) => format!("TS_MIXED + {shift}"),
            Self::Rounded => "TS_ROUNDED".into(),
            Self::Exact => "TS_EXACT".into(),
        }
    }
}

/// Right shifts of the affine form in the order they are tried: few different ones keep the program small.
pub(super) const SHIFTS: [u32; 4] = [3, 5, 1, 8];
/// Accumulators of the rounded form stay below this in magnitude, so that they may be doubled.
pub(super) const DOUBLED_LIMIT: i64 = 1 << 30;
/// Largest right shift for which the zero point, shifted left by it, still fits beside the product.
const LARGEST_SHIFT: i32 = 22;

/// The accumulators that a channel can have, smallest and largest.
pub(super) type Reach = [i64; 2];

/// One output channel.
#[derive(Clone, Debug, Default)]
pub(super) struct Channel {
    pub weights: Vec<i8>,
    /// As the kernel adds it: with the input's zero point inside, or not.
    pub bias: i32,
    pub by: Multiplier,
    /// Of the accumulator.
    pub reach: Reach,
}

/// A layer's channels of `taps` weights each, with their biases as they are.
pub(super) fn channels(
    params: &ConvParams,
    biases: &[i32],
    weights: &[i8],
    taps: usize,
) -> Vec<Channel> {
    let each = weights.chunks(taps).zip(biases).zip(&params.multipliers);
    each.map(|((weights, &bias), &by)| {
        let (weights, bias, by) = without_negative_scale(weights.to_vec(), bias, by);
        Channel {
            reach: reach(params.input_zero_point, bias, &weights),
            weights,
            bias,
            by,
        }
    })
    .collect()
}

/// The same channel with a positive multiplier: only the product of multiplier and accumulator counts, so that both
/// may be negated. Where a weight has no opposite the channel stays.
fn without_negative_scale(
    mut weights: Vec<i8>,
    bias: i32,
    by: Multiplier,
) -> (Vec<i8>, i32, Multiplier) {
    let opposites =
        weights.iter().all(|&w| w != i8::MIN) && bias != i32::MIN && by.mantissa != i32::MIN;
    if by.mantissa >= 0 || !opposites {
        return (weights, bias, by);
    }
    for w in &mut weights {
        *w = -*w;
    }
    let mantissa = -by.mantissa;
    (weights, -bias, Multiplier { mantissa, ..by })
}

/// Bounds on `bias + Σ w·(x − zero point)` for any codes `x`.
fn reach(zero_point: i32, bias: i32, weights: &[i8]) -> Reach {
    let zero = i64::from(zero_point);
    let [least, most] = [-128 - zero, 127 - zero];
    // A padded tap contributes nothing, which lies between the two.
    weights
        .iter()
        .fold([i64::from(bias); 2], |[low, high], &w| {
            let products = [i64::from(w) * least, i64::from(w) * most];
            [
                low + products[0].min(products[1]).min(0),
                high + products[0].max(products[1]).max(0),
            ]
        })
}

impl Channel {
    /// The bias with the input's zero point inside: `bias − zero point · Σ w`, wrapping as the accumulator does.
    pub fn bias_with_zero_point(&self, zero_point: i32) -> i32 {
        let sum = (self.weights.iter()).fold(0_i32, |sum, &w| sum.wrapping_add(i32::from(w)));
        self.bias.wrapping_sub(sum.wrapping_mul(zero_point))
    }

    /// Codes by accumulator, as steps. `None` where they decrease, or might, or a clamp is narrower than int8's.
    pub fn steps(&self, params: &ConvParams) -> Option<Steps> {
        let by = self.by;
        let [low, high] = params.clamp;
        // Left shifts may wrap.
        (by.mantissa >= 0 && by.shift <= 0 && params.clamp == [-128, 127]).then_some(())?;
        Steps::of(self.reach, |x| {
            requantize(x, by)
                .saturating_add(params.output_zero_point)
                .clamp(low, high)
        })
    }

    /// The constants of the affine form, the accumulator times 2^`scaled`.
    pub fn affine(&self, params: &ConvParams, shift: u32, scaled: u32) -> Option<Affine> {
        let down = -self.by.shift - 1 - shift as i32;
        let mantissa = i64::from(self.by.mantissa);
        // Rounded to nearest, that is; too large ones are refused.
        let factor = match down {
            0.. => (mantissa + (1 << down.min(62) >> 1)) >> down.min(62),
            _ => mantissa << (-down).min(31),
        };
        self.steps(params)?.affine(factor, shift, scaled)
    }

    /// The channel for the rounded form, if its accumulators stay below `limit`.
    pub fn rounded(&self, params: &ConvParams, limit: i64) -> Option<Self> {
        let steps = self.steps(params)?;
        if let Some(code) = steps.constant() {
            // Its own code whatever comes in: no weights, and 4·(code − zero point)·2^30/2^31 >> 1.
            return Some(Self {
                weights: vec![0; self.weights.len()],
                bias: 4 * (code - params.output_zero_point),
                by: HALF,
                ..Self::default()
            });
        }
        let near = self.reach.iter().all(|acc| acc.abs() < limit);
        let shifts = (-LARGEST_SHIFT..=-1).contains(&self.by.shift);
        (near && shifts).then(|| self.clone())
    }
}

/// A quarter of the doubled accumulator.
pub(super) const HALF: Multiplier = Multiplier {
    mantissa: 1 << 30,
    shift: -1,
};
