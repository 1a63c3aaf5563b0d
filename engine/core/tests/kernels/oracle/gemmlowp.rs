//! Fixed-point functions, step by step as gemmlowp defines them, on numbers that carry their integer bits.

use super::fixed::nearest_away;

/// A 32-bit number with this many integer bits, the sign aside.
#[derive(Clone, Copy)]
pub struct Fixed {
    pub raw: i128,
    pub bits: u32,
}

const LARGEST: i128 = (1 << 31) - 1;

fn fixed(raw: i128, bits: u32) -> Fixed {
    Fixed { raw, bits }
}

/// The nearest representable number; the largest where that is too large.
fn constant(real: f64, bits: u32) -> Fixed {
    let raw = (real * 2_f64.powi(31 - bits as i32)).round() as i128;
    fixed(raw.min(LARGEST), bits)
}

impl Fixed {
    fn plus(self, other: Self) -> Self {
        assert_eq!(self.bits, other.bits, "like numbers only");
        fixed(self.raw + other.raw, self.bits)
    }

    fn minus(self, other: Self) -> Self {
        self.plus(fixed(-other.raw, other.bits))
    }

    /// Rounded to nearest, ties up; the integer bits add up.
    pub fn times(self, other: Self) -> Self {
        let high = (self.raw * other.raw + (1 << 30)).div_euclid(1 << 31);
        fixed(high.min(LARGEST), self.bits + other.bits)
    }

    /// The same number with other integer bits, saturated or rounded.
    pub fn rescaled(self, bits: u32) -> Self {
        let raw = if bits <= self.bits {
            (self.raw << (self.bits - bits)).clamp(-LARGEST - 1, LARGEST)
        } else {
            nearest_away(self.raw, bits - self.bits)
        };
        fixed(raw, bits)
    }
}

/// `exp(a)` for `a ≤ 0`, without integer bits: a polynomial on the last quarter, then one factor per bit.
pub fn exp(a: Fixed) -> Fixed {
    if a.raw == 0 {
        return fixed(LARGEST, 0);
    }
    let quarter = constant(0.25, a.bits);
    let rest = fixed(a.raw.rem_euclid(quarter.raw) - quarter.raw, a.bits);
    let x = rest.rescaled(0).plus(constant(0.125, 0));
    let (x2, eighth) = (x.times(x), constant((-0.125_f64).exp(), 0));
    let (x3, x4) = (x2.times(x), x2.times(x2));
    // x^4/24 + x^3/6 + x^2/2
    let quarter_x4 = fixed(nearest_away(x4.raw, 2), 0);
    let sum = quarter_x4.plus(x3).times(constant(1.0 / 3.0, 0)).plus(x2);
    let tail = fixed(nearest_away(sum.raw, 1), 0);
    let mut result = eighth.plus(eighth.times(x.plus(tail)));
    let whole = (rest.raw - a.raw) / quarter.raw;
    for k in 0..a.bits + 2 {
        if whole >> k & 1 == 1 {
            result = result.times(constant((-2_f64.powi(k as i32 - 2)).exp(), 0));
        }
    }
    result
}

/// `1 / ((1 + a) / 2)` with two integer bits, by three Newton steps.
fn reciprocal_of_half(a: Fixed) -> Fixed {
    let half = fixed((a.raw + LARGEST + 1) / 2, 0);
    let mut x = constant(48.0 / 17.0, 2).plus(half.times(constant(-32.0 / 17.0, 2)));
    for _ in 0..3 {
        let error = constant(1.0, 2).minus(half.times(x));
        x = x.plus(x.times(error).rescaled(2));
    }
    x
}

/// `1 / (1 + a)` for `a` from 0 to 1.
pub fn reciprocal(a: Fixed) -> Fixed {
    let twice = reciprocal_of_half(a);
    // Half of it has the same bits and one integer bit less.
    fixed(twice.raw, twice.bits - 1).rescaled(0)
}

/// `1 / (1 + exp(−a))`.
pub fn logistic(a: Fixed) -> Fixed {
    let of_positive = reciprocal(exp(fixed(-a.raw.abs(), a.bits)));
    match a.raw {
        0 => constant(0.5, 0),
        1.. => of_positive,
        _ => fixed(LARGEST - of_positive.raw, 0),
    }
}

/// `(1 − exp(−2a)) / (1 + exp(−2a))`.
pub fn tanh(a: Fixed) -> Fixed {
    let e = exp(fixed(-a.raw.abs(), a.bits + 1));
    let of_positive = reciprocal_of_half(e).minus(constant(1.0, 2)).rescaled(0);
    fixed(of_positive.raw * a.raw.signum(), 0)
}
