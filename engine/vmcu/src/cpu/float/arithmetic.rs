//! Sums, products, quotients, roots and comparisons.

use super::format::{Format, Host};
use super::{
    Class, DZC, FZ, IXC, Number, ROUNDING, Rounding, invalid, propagate_nan, round, signed, unpack,
};
use std::cmp::Ordering;

/// A result that the host may compute: it rounds to nearest, is comfortably normal, and inexactness has been
/// reported before, so that no flag can change.
#[inline(always)]
fn host<F: Format>(bits: u64, fpscr: u32) -> Option<u64> {
    let greatest = (1u64 << F::EXPONENT_BITS) - 1;
    let exponent = bits >> F::FRACTION_BITS & greatest;
    let plain = fpscr & (FZ | ROUNDING | IXC) == IXC && exponent.wrapping_sub(2) < greatest - 2;
    plain.then_some(bits)
}

/// `a + b`
pub(in crate::cpu) fn add<F: Host>(a: u64, b: u64, fpscr: &mut u32) -> u64 {
    if let Some(result) = host::<F>(F::add(a, b), *fpscr) {
        return result;
    }
    let (x, y) = (unpack::<F>(a, fpscr), unpack::<F>(b, fpscr));
    if let Some(nan) = propagate_nan::<F>(&[(a, x), (b, y)], fpscr) {
        return nan;
    }
    match (x.class, y.class) {
        (Class::Infinite, Class::Infinite) if x.negative != y.negative => invalid::<F>(fpscr),
        (Class::Infinite, _) => signed::<F>(x.negative, F::INFINITY),
        (_, Class::Infinite) => signed::<F>(y.negative, F::INFINITY),
        _ => sum::<F>(Term::of(x), Term::of(y), fpscr),
    }
}

/// `a - b`: like a sum with the sign of `b` turned, but a NaN keeps its sign.
pub(in crate::cpu) fn subtract<F: Host>(a: u64, b: u64, fpscr: &mut u32) -> u64 {
    add::<F>(a, if F::is_nan(b) { b } else { b ^ F::SIGN }, fpscr)
}

/// A term of a sum: `mantissa · 2^exponent` with its sign.
#[derive(Clone, Copy)]
struct Term {
    negative: bool,
    mantissa: u128,
    exponent: i32,
}

impl Term {
    fn of(number: Number) -> Self {
        Self {
            negative: number.negative,
            mantissa: number.mantissa.into(),
            exponent: number.exponent,
        }
    }

    fn product(x: Number, y: Number) -> Self {
        Self {
            negative: x.negative != y.negative,
            mantissa: u128::from(x.mantissa) * u128::from(y.mantissa),
            exponent: x.exponent + y.exponent,
        }
    }

    /// The same value, not zero, with its first bit two below the top, so that two of them have a sum.
    fn normalised(self) -> Self {
        let shift = self.mantissa.leading_zeros().saturating_sub(2);
        Self {
            mantissa: self.mantissa << shift,
            exponent: self.exponent - shift as i32,
            ..self
        }
    }

    fn round<F: Format>(self, fpscr: &mut u32) -> u64 {
        round::<F>(self.negative, self.mantissa, self.exponent, fpscr)
    }
}

/// `mantissa >> shift`, with the lowest bit set when something was lost, which is all that rounding asks of it.
fn shifted(mantissa: u128, shift: u32) -> u128 {
    let kept = mantissa.checked_shr(shift).unwrap_or(0);
    let lost = kept.checked_shl(shift).unwrap_or(0) != mantissa;
    kept | u128::from(lost)
}

/// The rounded sum of two finite terms of at most 106 bits.
fn sum<F: Format>(a: Term, b: Term, fpscr: &mut u32) -> u64 {
    let zero_sum = Rounding::of(*fpscr) == Rounding::Down;
    match (a.mantissa, b.mantissa) {
        (0, 0) => {
            let same = a.negative == b.negative;
            return signed::<F>(if same { a.negative } else { zero_sum }, 0);
        }
        (0, _) => return b.round::<F>(fpscr),
        (_, 0) => return a.round::<F>(fpscr),
        _ => {}
    }
    let (a, b) = (a.normalised(), b.normalised());
    let (high, low) = if a.exponent < b.exponent {
        (b, a)
    } else {
        (a, b)
    };
    // Below 106 bits lie 20 zeros: where bits are lost here, at most one is cancelled.
    let low_mantissa = shifted(low.mantissa, (high.exponent - low.exponent) as u32);
    let (negative, mantissa) = if high.negative == low.negative {
        (high.negative, high.mantissa + low_mantissa)
    } else {
        match high.mantissa.cmp(&low_mantissa) {
            Ordering::Equal => return signed::<F>(zero_sum, 0),
            Ordering::Greater => (high.negative, high.mantissa - low_mantissa),
            Ordering::Less => (low.negative, low_mantissa - high.mantissa),
        }
    };
    round::<F>(negative, mantissa, high.exponent, fpscr)
}

/// `a · b`
pub(in crate::cpu) fn multiply<F: Host>(a: u64, b: u64, fpscr: &mut u32) -> u64 {
    if let Some(result) = host::<F>(F::multiply(a, b), *fpscr) {
        return result;
    }
    let (x, y) = (unpack::<F>(a, fpscr), unpack::<F>(b, fpscr));
    if let Some(nan) = propagate_nan::<F>(&[(a, x), (b, y)], fpscr) {
        return nan;
    }
    let negative = x.negative != y.negative;
    match (x.class, y.class) {
        (Class::Infinite, Class::Zero) | (Class::Zero, Class::Infinite) => invalid::<F>(fpscr),
        (Class::Infinite, _) | (_, Class::Infinite) => signed::<F>(negative, F::INFINITY),
        (Class::Zero, _) | (_, Class::Zero) => signed::<F>(negative, 0),
        _ => Term::product(x, y).round::<F>(fpscr),
    }
}

/// `addend + a · b`, rounded once
pub(in crate::cpu) fn multiply_add<F: Host>(addend: u64, a: u64, b: u64, fpscr: &mut u32) -> u64 {
    if let Some(result) = host::<F>(F::multiply_add(addend, a, b), *fpscr) {
        return result;
    }
    let z = unpack::<F>(addend, fpscr);
    let (x, y) = (unpack::<F>(a, fpscr), unpack::<F>(b, fpscr));
    let undefined = matches!(
        (x.class, y.class),
        (Class::Infinite, Class::Zero) | (Class::Zero, Class::Infinite)
    );
    if undefined && z.class == Class::Quiet {
        return invalid::<F>(fpscr);
    }
    if let Some(nan) = propagate_nan::<F>(&[(addend, z), (a, x), (b, y)], fpscr) {
        return nan;
    }
    let negative = x.negative != y.negative;
    let infinite = x.class == Class::Infinite || y.class == Class::Infinite;
    match z.class {
        _ if undefined => invalid::<F>(fpscr),
        Class::Infinite if infinite && z.negative != negative => invalid::<F>(fpscr),
        Class::Infinite => signed::<F>(z.negative, F::INFINITY),
        _ if infinite => signed::<F>(negative, F::INFINITY),
        _ => sum::<F>(Term::of(z), Term::product(x, y), fpscr),
    }
}

/// `a / b`
pub(in crate::cpu) fn divide<F: Host>(a: u64, b: u64, fpscr: &mut u32) -> u64 {
    if let Some(result) = host::<F>(F::divide(a, b), *fpscr) {
        return result;
    }
    let (x, y) = (unpack::<F>(a, fpscr), unpack::<F>(b, fpscr));
    if let Some(nan) = propagate_nan::<F>(&[(a, x), (b, y)], fpscr) {
        return nan;
    }
    let negative = x.negative != y.negative;
    match (x.class, y.class) {
        (Class::Infinite, Class::Infinite) | (Class::Zero, Class::Zero) => invalid::<F>(fpscr),
        (Class::Infinite, _) => signed::<F>(negative, F::INFINITY),
        (Class::Zero, _) | (_, Class::Infinite) => signed::<F>(negative, 0),
        (_, Class::Zero) => {
            *fpscr |= DZC;
            signed::<F>(negative, F::INFINITY)
        }
        _ => {
            // At least 73 bits of quotient, and one for the rest.
            let dividend = Term::of(x).normalised();
            let divisor = u128::from(y.mantissa);
            let sticky = u128::from(!dividend.mantissa.is_multiple_of(divisor));
            let quotient = (dividend.mantissa / divisor) << 1 | sticky;
            round::<F>(
                negative,
                quotient,
                dividend.exponent - y.exponent - 1,
                fpscr,
            )
        }
    }
}

/// `√a`
pub(in crate::cpu) fn square_root<F: Host>(a: u64, fpscr: &mut u32) -> u64 {
    if let Some(result) = host::<F>(F::square_root(a), *fpscr) {
        return result;
    }
    let x = unpack::<F>(a, fpscr);
    if let Some(nan) = propagate_nan::<F>(&[(a, x)], fpscr) {
        return nan;
    }
    match x.class {
        Class::Zero => signed::<F>(x.negative, 0),
        _ if x.negative => invalid::<F>(fpscr),
        Class::Infinite => F::INFINITY,
        _ => {
            // An even exponent, and a root of 62 bits or more with one for the rest.
            let square = Term::of(x).normalised();
            let odd = square.exponent & 1;
            let mantissa = square.mantissa << odd;
            let root = mantissa.isqrt();
            let sticky = u128::from(root * root != mantissa);
            let exponent = (square.exponent - odd) / 2;
            round::<F>(false, root << 1 | sticky, exponent - 1, fpscr)
        }
    }
}

/// NZCV of a comparison, in bits 31–28. With `quiet_signals` a quiet NaN is invalid too.
pub(in crate::cpu) fn compare<F: Format>(
    a: u64,
    b: u64,
    quiet_signals: bool,
    fpscr: &mut u32,
) -> u32 {
    let (x, y) = (unpack::<F>(a, fpscr), unpack::<F>(b, fpscr));
    if x.is_nan() || y.is_nan() {
        let signalling = x.class == Class::Signalling || y.class == Class::Signalling;
        if signalling || quiet_signals {
            invalid::<F>(fpscr);
        }
        return 0x3000_0000;
    }
    match order::<F>(a, x).cmp(&order::<F>(b, y)) {
        Ordering::Equal => 0x6000_0000,
        Ordering::Less => 0x8000_0000,
        Ordering::Greater => 0x2000_0000,
    }
}

/// An integer that orders numbers as their values do; both zeros give 0.
fn order<F: Format>(bits: u64, number: Number) -> i64 {
    if number.class == Class::Zero {
        return 0;
    }
    let magnitude = (bits & !F::SIGN) as i64;
    if number.negative {
        -magnitude
    } else {
        magnitude
    }
}

/// The greater (or lesser) of two, where a quiet NaN loses to a number (VMAXNM, VMINNM).
pub(in crate::cpu) fn extreme<F: Format>(a: u64, b: u64, greater: bool, fpscr: &mut u32) -> u64 {
    let (x, y) = (unpack::<F>(a, fpscr), unpack::<F>(b, fpscr));
    let kept = |bits: u64, number: Number| {
        if number.class == Class::Zero {
            signed::<F>(number.negative, 0)
        } else {
            bits
        }
    };
    match (x.class, y.class) {
        (Class::Quiet, Class::Zero | Class::Finite | Class::Infinite) => return kept(b, y),
        (Class::Zero | Class::Finite | Class::Infinite, Class::Quiet) => return kept(a, x),
        _ => {}
    }
    if let Some(nan) = propagate_nan::<F>(&[(a, x), (b, y)], fpscr) {
        return nan;
    }
    // Of two zeros, the positive is the greater.
    let key = |bits, number: Number| (order::<F>(bits, number), !number.negative);
    let first = (key(a, x) >= key(b, y)) == greater;
    if first { kept(a, x) } else { kept(b, y) }
}
