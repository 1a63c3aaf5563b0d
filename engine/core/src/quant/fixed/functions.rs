//! Exponential, logistic function, hyperbolic tangent and reciprocal in gemmlowp's fixed point.

use super::{high_multiply, rounding_divide};

/// One in Q2.29.
const ONE: i32 = 1 << 29;

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

/// `exp(a)` in Q0.31 for `a ≤ 0` with this many integer bits, 4 or 5: Q4.27 or Q5.26 (gemmlowp
/// `exp_on_negative_values`).
pub fn exp_negative<const INTEGER_BITS: u32>(a: i32) -> i32 {
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
    let quarter = 1 << (29 - INTEGER_BITS);
    if a == 0 {
        return i32::MAX;
    }
    let a_mod_quarter = (a & (quarter - 1)) - quarter;
    let mut result =
        exp_between_minus_quarter_and_zero(saturating_shift(a_mod_quarter, INTEGER_BITS));
    let remainder = a_mod_quarter.wrapping_sub(a);
    // exp(−16) is a factor only where 16 is below the largest number: in Q5.26.
    let bits = INTEGER_BITS as usize + 2;
    for (k, factor) in FACTORS.into_iter().take(bits).enumerate() {
        if remainder & (quarter << k) != 0 {
            result = high_multiply(result, factor);
        }
    }
    result
}

/// `2 / (1 + a)` in Q2.29 for `a` in `[0, 1)`, Q0.31: three Newton steps on half the denominator.
fn twice_reciprocal_of_one_plus(a: i32) -> i32 {
    const C48_OVER_17: i32 = 1_515_870_810;
    const MINUS_32_OVER_17: i32 = -1_010_580_540;
    let half_denominator = ((i64::from(a) + i64::from(i32::MAX) + 1) / 2) as i32;
    let mut x = C48_OVER_17.wrapping_add(high_multiply(half_denominator, MINUS_32_OVER_17));
    for _ in 0..3 {
        let error = ONE.wrapping_sub(high_multiply(half_denominator, x));
        x = x.wrapping_add(saturating_shift(high_multiply(x, error), 2));
    }
    x
}

/// `1 / (1 + a)` in Q0.31 for `a` in `[0, 1)`, Q0.31.
fn reciprocal_of_one_plus(a: i32) -> i32 {
    saturating_shift(twice_reciprocal_of_one_plus(a), 1)
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

/// `1 / (1 + exp(−a))` in Q0.31 for `a` in Q4.27 (gemmlowp `logistic`).
pub fn logistic(a: i32) -> i32 {
    let positive = reciprocal_of_one_plus(exp_negative::<4>(a.wrapping_abs().wrapping_neg()));
    match a.signum() {
        0 => 1 << 30,
        1 => positive,
        _ => i32::MAX - positive,
    }
}

/// The hyperbolic tangent in Q0.31 of `a` in Q4.27 (gemmlowp `tanh`): `(1 − e) / (1 + e)` with `e = exp(−2 |a|)`.
pub fn tanh(a: i32) -> i32 {
    // The same bits with one integer bit more are twice the number.
    let e = exp_negative::<5>(a.wrapping_abs().wrapping_neg());
    let positive = saturating_shift(twice_reciprocal_of_one_plus(e).wrapping_sub(ONE), 2);
    a.signum().wrapping_mul(positive)
}
