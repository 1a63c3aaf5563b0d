//! 32-bit fixed point as gemmlowp and TFLite's `common.cc` define it. All functions are total: what overflows, wraps
//! or saturates as the reference does on two's-complement hardware.

use super::params::Multiplier;

/// Saturating rounding doubling high multiply: `trunc((a·b + (ab ≥ 0 ? 2^30 : 1 − 2^30)) / 2^31)`.
#[inline]
pub const fn high_multiply(a: i32, b: i32) -> i32 {
    if a == i32::MIN && b == i32::MIN {
        return i32::MAX;
    }
    let product = a as i64 * b as i64;
    let nudge = if product >= 0 { 1 << 30 } else { 1 - (1 << 30) };
    ((product + nudge) / (1 << 31)) as i32
}

/// `x / 2^exponent`, rounded to nearest, ties away from zero. `exponent` is 0 to 31.
#[inline]
pub const fn rounding_divide(x: i32, exponent: u32) -> i32 {
    let mask = ((1_u64 << exponent) - 1) as i64;
    let x = x as i64;
    let remainder = x & mask;
    let threshold = (mask >> 1) + (x < 0) as i64;
    ((x >> exponent) + (remainder > threshold) as i64) as i32
}

/// `x · mantissa · 2^(shift − 31)` with two roundings, as `MultiplyByQuantizedMultiplier`. The left shift wraps.
#[inline]
pub const fn requantize(x: i32, by: Multiplier) -> i32 {
    let (left, right) = if by.shift > 0 {
        (by.shift as u32, 0)
    } else {
        (0, by.shift.unsigned_abs())
    };
    rounding_divide(high_multiply(x.wrapping_shl(left), by.mantissa), right)
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

/// `x · 2^exponent`, saturating; `exponent` is 0 to 30.
const fn saturating_shift(x: i32, exponent: u32) -> i32 {
    let limit = i32::MAX >> exponent;
    if x > limit {
        i32::MAX
    } else if x < -limit - 1 {
        i32::MIN
    } else {
        x << exponent
    }
}

/// `exp(a)` in Q0.31 for `a` in `[−1/4, 0)`, Q0.31: a Taylor polynomial around −1/8.
fn exp_between_minus_quarter_and_zero(a: i32) -> i32 {
    const EXP_MINUS_EIGHTH: i32 = 1_895_147_668;
    const THIRD: i32 = 715_827_883;
    let x = a.wrapping_add(1 << 28);
    let x2 = high_multiply(x, x);
    let x3 = high_multiply(x2, x);
    let x4 = high_multiply(x2, x2);
    let x4_over_4 = rounding_divide(x4, 2);
    let tail = rounding_divide(
        high_multiply(x4_over_4.wrapping_add(x3), THIRD).wrapping_add(x2),
        1,
    );
    EXP_MINUS_EIGHTH.wrapping_add(high_multiply(EXP_MINUS_EIGHTH, x.wrapping_add(tail)))
}

/// `exp(a)` in Q0.31 for `a ≤ 0` in Q5.26 (gemmlowp `exp_on_negative_values`).
pub fn exp_negative(a: i32) -> i32 {
    // exp(−2^k) in Q0.31 for k = −2 to 4.
    const FACTORS: [i32; 7] = [
        1_672_461_947,
        1_302_514_674,
        790_015_084,
        290_630_308,
        39_332_535,
        720_401,
        242,
    ];
    const QUARTER: i32 = 1 << 24;
    if a == 0 {
        return i32::MAX;
    }
    let a_mod_quarter = (a & (QUARTER - 1)) - QUARTER;
    let mut result = exp_between_minus_quarter_and_zero(saturating_shift(a_mod_quarter, 5));
    let remainder = a_mod_quarter.wrapping_sub(a);
    for (k, factor) in FACTORS.into_iter().enumerate() {
        if remainder & (QUARTER << k) != 0 {
            result = high_multiply(result, factor);
        }
    }
    result
}

/// `1 / (1 + a)` in Q0.31 for `a` in `[0, 1)`, Q0.31: three Newton steps on half the denominator, in Q2.29.
fn reciprocal_of_one_plus(a: i32) -> i32 {
    const C48_OVER_17: i32 = 1_515_870_810;
    const MINUS_32_OVER_17: i32 = -1_010_580_540;
    const ONE: i32 = 1 << 29;
    let half_denominator = ((i64::from(a) + i64::from(i32::MAX) + 1) / 2) as i32;
    let mut x = C48_OVER_17.wrapping_add(high_multiply(half_denominator, MINUS_32_OVER_17));
    for _ in 0..3 {
        let error = ONE.wrapping_sub(high_multiply(half_denominator, x));
        x = x.wrapping_add(saturating_shift(high_multiply(x, error), 2));
    }
    saturating_shift(x, 1)
}

/// Reciprocal of `x > 0` in Q12.19: `(scale, bits)` such that `1/x = scale · 2^-bits`, `scale` in Q0.31.
pub fn reciprocal(x: i32) -> (i32, i32) {
    const INTEGER_BITS: i32 = 12;
    let x = x as u32;
    let headroom = x.leading_zeros();
    let normalised = x.wrapping_shl(headroom).wrapping_sub(1 << 31) as i32;
    (
        reciprocal_of_one_plus(normalised),
        INTEGER_BITS - headroom as i32,
    )
}
