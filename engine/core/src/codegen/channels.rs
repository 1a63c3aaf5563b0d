//! Requantising constants: which of the exact forms a layer may use, and its numbers per output channel.

use super::CodegenError;
use super::step::Context;
use super::text::int32;
use crate::graph::TensorId;
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

/// The best form that is exact for every channel. `limits` bounds each channel's accumulator in magnitude.
pub(super) fn form(params: &ConvParams, limits: &[i64]) -> Form {
    let fits = |(by, &limit): (&Multiplier, &i64)| {
        limit < DOUBLED_LIMIT && (by.mantissa == 0 || (-LARGEST_SHIFT..=-1).contains(&by.shift))
    };
    if params.clamp != [-128, 127] || !params.multipliers.iter().zip(limits).all(fits) {
        Form::Exact
    } else if params.output_zero_point == -128 {
        Form::Rectified
    } else {
        Form::Rounded
    }
}

/// Bound on `|bias + Σ w·(x − zero point)|` for any codes `x`, per channel; `weights` gives a channel's weights.
pub(super) fn limits<I: Iterator<Item = i8>>(
    params: &ConvParams,
    biases: &[i32],
    weights: impl Fn(usize) -> I,
) -> Vec<i64> {
    let zero = i64::from(params.input_zero_point);
    let reach = (127 - zero).abs().max((-128 - zero).abs());
    let limit = |(c, &bias): (usize, &i32)| {
        let sum: i64 = weights(c).map(|w| i64::from(w).abs()).sum();
        i64::from(bias).abs() + sum * reach
    };
    biases.iter().enumerate().map(limit).collect()
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

/// The rows of a `ts_channel` array.
pub(super) fn rows(params: &ConvParams, biases: &[i32], form: Form) -> Vec<String> {
    params
        .multipliers
        .iter()
        .zip(biases)
        .map(|(by, &bias)| {
            let (offset, shift) = match form {
                Form::Exact => (0, by.shift),
                Form::Rectified | Form::Rounded => {
                    let shift = if by.mantissa == 0 { 1 } else { -by.shift };
                    let offset = (1 << (shift - 1)) + params.output_zero_point * (1 << shift);
                    (offset, shift)
                }
            };
            format!(
                "{{{}, {}, {}, {}}}",
                int32(bias),
                by.mantissa,
                offset,
                shift
            )
        })
        .collect()
}
