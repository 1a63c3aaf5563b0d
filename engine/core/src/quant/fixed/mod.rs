//! 32-bit fixed point as gemmlowp and TFLite's `common.cc` define it. All functions are total: what overflows, wraps
//! or saturates as the reference does on two's-complement hardware.

mod functions;

pub use functions::{exp_negative, logistic, reciprocal, tanh};

use super::params::Multiplier;

/// Saturating rounding doubling high multiply: `trunc((a·b + (ab ≥ 0 ? 2^30 : 1 − 2^30)) / 2^31)`, which is
/// `floor((a·b + 2^30) / 2^31)`.
#[inline]
pub const fn high_multiply(a: i32, b: i32) -> i32 {
    let rounded = (a as i64 * b as i64 + (1 << 30)) >> 31;
    // Only −2^31 · −2^31 saturates.
    if rounded > i32::MAX as i64 {
        i32::MAX
    } else {
        rounded as i32
    }
}

/// `x / 2^exponent`, rounded to nearest, ties away from zero. `exponent` is 0 to 31.
#[inline]
pub const fn rounding_divide(x: i32, exponent: u32) -> i32 {
    let half = (1_i64 << exponent) >> 1;
    // Below zero a tie lies just under the half, so that the shift takes it down, away from zero.
    let tie = (x < 0 && exponent > 0) as i64;
    ((x as i64 + half - tie) >> exponent) as i32
}

/// `x · mantissa · 2^(shift − 31)` with two roundings, as `MultiplyByQuantizedMultiplier`. The left shift wraps.
#[inline]
pub const fn requantize(x: i32, by: Multiplier) -> i32 {
    let left = if by.shift > 0 { by.shift } else { 0 };
    let right = left - by.shift;
    let high = high_multiply(x.wrapping_shl(left as u32), by.mantissa);
    rounding_divide(high, right as u32)
}

/// `factor` as mantissa and shift (`QuantizeMultiplier`): the mantissa is rounded half away from zero; magnitudes below
/// `2^-32` become zero. `None` unless the factor is finite and its magnitude below `2^31`.
///
/// Factors are negative where a weight scale is: released `MCUNet` files hold some, and the reference runs them so.
pub fn quantize_multiplier(factor: f64) -> Option<Multiplier> {
    if !factor.is_finite() {
        return None;
    }
    // frexp: magnitude of the fraction in [0.5, 1). Subnormals are far below 2^-32 and end as zero like the rest down there.
    let bits = factor.to_bits();
    let mut shift = ((bits >> 52) & 0x7ff) as i32 - 1022;
    let fraction = f64::from_bits((bits & !(0x7ff << 52)) | (1022 << 52));
    let mut mantissa = (fraction * f64::from(1_u32 << 31)).round() as i64;
    if mantissa == 1 << 31 {
        mantissa /= 2;
        shift += 1;
    }
    if shift < -31 {
        return Some(Multiplier::default());
    }
    (shift <= 31).then_some(Multiplier {
        mantissa: mantissa as i32,
        shift,
    })
}
