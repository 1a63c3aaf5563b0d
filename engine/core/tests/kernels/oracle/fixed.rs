//! Requantising by exact division in 128 bits.

/// Modulo 2^32, as int32 registers hold it.
pub fn wrap(x: i128) -> i128 {
    (x + (1 << 31)).rem_euclid(1 << 32) - (1 << 31)
}

/// A factor as a 31-bit mantissa and a shift; both 0 where the shift is below −31.
pub fn multiplier(factor: f64) -> (i128, i32) {
    if factor == 0.0 {
        return (0, 0);
    }
    let (mut mantissa, mut shift) = (factor.abs(), 0);
    while mantissa >= 1.0 {
        (mantissa, shift) = (mantissa / 2.0, shift + 1);
    }
    while mantissa < 0.5 {
        (mantissa, shift) = (mantissa * 2.0, shift - 1);
    }
    let mut mantissa = (mantissa * 2_147_483_648.0).round() as i128;
    if mantissa == 1 << 31 {
        (mantissa, shift) = (1 << 30, shift + 1);
    }
    if shift < -31 {
        return (0, 0);
    }
    (if factor < 0.0 { -mantissa } else { mantissa }, shift)
}

/// `x · factor` with the factor rounded to 31 bits, then two roundings.
pub fn scaled(x: i128, factor: f64) -> i128 {
    let (mantissa, shift) = multiplier(factor);
    twice_rounded(x, mantissa, shift)
}

/// `x · mantissa · 2^(shift − 31)`: the product to nearest, ties up; the right shift to nearest, ties away from zero.
pub fn twice_rounded(x: i128, mantissa: i128, shift: i32) -> i128 {
    let product = wrap(x << shift.max(0)) * mantissa;
    let high = (product + (1 << 30)).div_euclid(1 << 31);
    nearest_away(high, (-shift).max(0) as u32)
}

/// `x / 2^bits` to nearest, ties away from zero.
pub fn nearest_away(x: i128, bits: u32) -> i128 {
    let divisor = 1_i128 << bits;
    let half_up = 2 * (x.abs() % divisor) >= divisor;
    (x.abs() / divisor + i128::from(half_up)) * x.signum()
}
