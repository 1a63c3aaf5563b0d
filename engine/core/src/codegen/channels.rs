//! Requantising constants: which of the exact forms a layer may use, and its numbers per output channel.

use super::CodegenError;
use super::step::Context;
use super::text::int32;
use crate::graph::TensorId;
use crate::quant::fixed::requantize;
use crate::quant::{ConvParams, Multiplier};

/// How a layer's accumulators become codes; the C kernels define what each form computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// Zero point and lower clamp are −128: negative ties do not matter.
    Rectified,
    /// Any zero point, no clamp but that of int8.
    Rounded,
    /// The reference's steps one by one.
    Exact,
}

impl Form {
    /// The C constant.
    pub(super) const fn constant(self) -> &'static str {
        match self {
            Self::Rectified => "TS_RECTIFIED",
            Self::Rounded => "TS_ROUNDED",
            Self::Exact => "TS_EXACT",
        }
    }

    /// The ending of a kernel's name.
    pub(super) const fn suffix(self) -> &'static str {
        match self {
            Self::Rectified => "rectified",
            Self::Rounded => "rounded",
            Self::Exact => "exact",
        }
    }
}

/// Accumulators below this in magnitude may be doubled.
const DOUBLED_LIMIT: i64 = 1 << 30;
/// Largest right shift for which the zero point, shifted left by it, still fits beside the product.
const LARGEST_SHIFT: i32 = 22;

/// The accumulators that a channel can have, smallest and largest.
pub(super) type Reach = [i64; 2];

/// The best form that is exact for every channel.
pub(super) fn form(params: &ConvParams, reaches: &[Reach]) -> Form {
    let fits = |(&by, &reach): (&Multiplier, &Reach)| {
        constant(params, by, reach).is_some()
            || (reach.iter().all(|acc| acc.abs() < DOUBLED_LIMIT)
                && by.mantissa >= 0
                && (-LARGEST_SHIFT..=-1).contains(&by.shift))
    };
    if params.clamp != [-128, 127] || !params.multipliers.iter().zip(reaches).all(fits) {
        Form::Exact
    } else if params.output_zero_point == -128 {
        Form::Rectified
    } else {
        Form::Rounded
    }
}

/// The one code of a channel whose accumulators all requantise to the same: dead channels with tiny scales.
/// Requantising is monotone, so the ends decide.
fn constant(params: &ConvParams, by: Multiplier, reach: Reach) -> Option<i32> {
    let [low, high] = reach.map(i32::try_from);
    let code = |acc: i32| {
        requantize(acc, by)
            .saturating_add(params.output_zero_point)
            .clamp(params.clamp[0], params.clamp[1])
    };
    let [low, high] = [low.ok()?, high.ok()?];
    // A left shift may wrap, and is then not monotone.
    (by.shift <= 0 && code(low) == code(high)).then(|| code(low))
}

/// Bounds on `bias + Σ w·(x − zero point)` for any codes `x`, per channel; `weights` gives a channel's weights.
pub(super) fn reaches<I: Iterator<Item = i8>>(
    params: &ConvParams,
    biases: &[i32],
    weights: impl Fn(usize) -> I,
) -> Vec<Reach> {
    let zero = i64::from(params.input_zero_point);
    let [least, most] = [-128 - zero, 127 - zero];
    let reach = |(c, &bias): (usize, &i32)| {
        // A padded tap contributes nothing, which lies between the two.
        weights(c).fold([i64::from(bias); 2], |[low, high], w| {
            let products = [i64::from(w) * least, i64::from(w) * most];
            [
                low + products[0].min(products[1]).min(0),
                high + products[0].max(products[1]).max(0),
            ]
        })
    };
    biases.iter().enumerate().map(reach).collect()
}

/// Biases with the input's zero point inside: `bias − zero point · Σ w`, wrapping as the accumulator does.
pub(super) fn with_zero_point<I: Iterator<Item = i8>>(
    params: &ConvParams,
    biases: &[i32],
    weights: impl Fn(usize) -> I,
) -> Vec<i32> {
    let fold = |(c, &bias): (usize, &i32)| {
        let sum = weights(c).fold(0_i32, |sum, w| sum.wrapping_add(i32::from(w)));
        bias.wrapping_sub(sum.wrapping_mul(params.input_zero_point))
    };
    biases.iter().enumerate().map(fold).collect()
}

/// The constant int32 biases, zeros where there are none.
pub(super) fn biases(
    c: &Context<'_>,
    id: Option<TensorId>,
    channels: usize,
) -> Result<Vec<i32>, CodegenError> {
    let Some(id) = id else {
        return Ok(vec![0; channels]);
    };
    let data = c.plan.graph.tensor(id).data.as_ref();
    data.and_then(|data| data.as_i32())
        .filter(|biases| biases.len() == channels)
        .map(<[i32]>::to_vec)
        .ok_or_else(|| c.unsupported("its biases must be constant int32, one per output channel"))
}

/// The rows of a `ts_channel` array. `stored` are the biases as the kernel wants them.
pub(super) fn rows(
    params: &ConvParams,
    stored: &[i32],
    reaches: &[Reach],
    form: Form,
) -> Vec<String> {
    params
        .multipliers
        .iter()
        .zip(stored)
        .zip(reaches)
        .map(|((&by, &bias), &reach)| {
            let (multiplier, offset, shift) = match (form, constant(params, by, reach)) {
                (Form::Exact, _) => (by.mantissa, 0, by.shift),
                // Whatever the sign of the accumulator: (2k + 1) >> 1 = (2k) >> 1 = k.
                (_, Some(code)) => (0, 2 * code + 1, 1),
                (_, None) => {
                    let shift = -by.shift;
                    let offset = (1 << (shift - 1)) + params.output_zero_point * (1 << shift);
                    (by.mantissa, offset, shift)
                }
            };
            format!("{{{}, {multiplier}, {offset}, {shift}}}", int32(bias))
        })
        .collect()
}

/// The rows of a `ts_channel` array for [`Form::Exact`].
pub(super) fn exact_rows(params: &ConvParams, biases: &[i32]) -> Vec<String> {
    let unbounded = vec![[i64::MIN, i64::MAX]; biases.len()];
    rows(params, biases, &unbounded, Form::Exact)
}
