//! Sums, products, quotients, roots and comparisons.

use super::{
    Class, DZC, FZ, INFINITY, IXC, Number, ROUNDING, Rounding, SIGN, invalid, propagate_nan, round,
    signed, unpack,
};

/// A result that the host may compute: it rounds to nearest, is comfortably normal, and inexactness has been
/// reported before, so that no flag can change.
fn host(result: f32, fpscr: u32) -> Option<u32> {
    let bits = result.to_bits();
    let exponent = bits >> 23 & 0xff;
    let plain = fpscr & (FZ | ROUNDING | IXC) == IXC && exponent.wrapping_sub(2) < 253;
    plain.then_some(bits)
}

/// `a + b`
pub(in crate::cpu) fn add(a: u32, b: u32, fpscr: &mut u32) -> u32 {
    if let Some(result) = host(f32::from_bits(a) + f32::from_bits(b), *fpscr) {
        return result;
    }
    let (x, y) = (unpack(a, fpscr), unpack(b, fpscr));
    if let Some(nan) = propagate_nan(&[(a, x), (b, y)], fpscr) {
        return nan;
    }
    match (x.class, y.class) {
        (Class::Infinite, Class::Infinite) if x.negative != y.negative => invalid(fpscr),
        (Class::Infinite, _) => signed(x.negative, INFINITY),
        (_, Class::Infinite) => signed(y.negative, INFINITY),
        _ => sum(wide(x), wide(y), fpscr),
    }
}

/// A term of a sum: `mantissa · 2^exponent` with its sign.
type Term = (bool, u128, i32);

fn wide(number: Number) -> Term {
    (
        number.negative,
        u128::from(number.mantissa),
        number.exponent,
    )
}

/// The rounded sum of two finite terms of at most 48 bits.
fn sum((sign_a, a, exp_a): Term, (sign_b, b, exp_b): Term, fpscr: &mut u32) -> u32 {
    let zero_sum = Rounding::of(*fpscr) == Rounding::Down;
    match (a, b) {
        (0, 0) => return signed(if sign_a == sign_b { sign_a } else { zero_sum }, 0),
        (0, _) => return round(sign_b, b, exp_b, fpscr),
        (_, 0) => return round(sign_a, a, exp_a, fpscr),
        _ => {}
    }
    // Align on the smaller exponent. A term more than 70 bits below only matters as "not nothing".
    let (a, b, exponent) = match exp_a - exp_b {
        d @ 71.. => (a << 70, 1, exp_b + d - 70),
        d @ 0..=70 => (a << d, b, exp_b),
        d @ -70..=-1 => (a, b << -d, exp_a),
        d => (1, b << 70, exp_a - d - 70),
    };
    let (negative, magnitude) = match (sign_a == sign_b, a.cmp(&b)) {
        (true, _) => (sign_a, a + b),
        (false, std::cmp::Ordering::Equal) => return signed(zero_sum, 0),
        (false, std::cmp::Ordering::Greater) => (sign_a, a - b),
        (false, std::cmp::Ordering::Less) => (sign_b, b - a),
    };
    round(negative, magnitude, exponent, fpscr)
}

/// `a · b`
pub(in crate::cpu) fn multiply(a: u32, b: u32, fpscr: &mut u32) -> u32 {
    if let Some(result) = host(f32::from_bits(a) * f32::from_bits(b), *fpscr) {
        return result;
    }
    let (x, y) = (unpack(a, fpscr), unpack(b, fpscr));
    if let Some(nan) = propagate_nan(&[(a, x), (b, y)], fpscr) {
        return nan;
    }
    let negative = x.negative != y.negative;
    match (x.class, y.class) {
        (Class::Infinite, Class::Zero) | (Class::Zero, Class::Infinite) => invalid(fpscr),
        (Class::Infinite, _) | (_, Class::Infinite) => signed(negative, INFINITY),
        (Class::Zero, _) | (_, Class::Zero) => signed(negative, 0),
        _ => {
            let product = u128::from(x.mantissa) * u128::from(y.mantissa);
            round(negative, product, x.exponent + y.exponent, fpscr)
        }
    }
}

/// `addend + a · b`, rounded once
pub(in crate::cpu) fn multiply_add(addend: u32, a: u32, b: u32, fpscr: &mut u32) -> u32 {
    let fused = f32::from_bits(a).mul_add(f32::from_bits(b), f32::from_bits(addend));
    if let Some(result) = host(fused, *fpscr) {
        return result;
    }
    let z = unpack(addend, fpscr);
    let (x, y) = (unpack(a, fpscr), unpack(b, fpscr));
    let undefined = matches!(
        (x.class, y.class),
        (Class::Infinite, Class::Zero) | (Class::Zero, Class::Infinite)
    );
    if undefined && z.class == Class::Quiet {
        return invalid(fpscr);
    }
    if let Some(nan) = propagate_nan(&[(addend, z), (a, x), (b, y)], fpscr) {
        return nan;
    }
    let negative = x.negative != y.negative;
    let infinite = x.class == Class::Infinite || y.class == Class::Infinite;
    match z.class {
        _ if undefined => invalid(fpscr),
        Class::Infinite if infinite && z.negative != negative => invalid(fpscr),
        Class::Infinite => signed(z.negative, INFINITY),
        _ if infinite => signed(negative, INFINITY),
        _ => {
            let product = u128::from(x.mantissa) * u128::from(y.mantissa);
            sum(wide(z), (negative, product, x.exponent + y.exponent), fpscr)
        }
    }
}

/// `a / b`
pub(in crate::cpu) fn divide(a: u32, b: u32, fpscr: &mut u32) -> u32 {
    if let Some(result) = host(f32::from_bits(a) / f32::from_bits(b), *fpscr) {
        return result;
    }
    let (x, y) = (unpack(a, fpscr), unpack(b, fpscr));
    if let Some(nan) = propagate_nan(&[(a, x), (b, y)], fpscr) {
        return nan;
    }
    let negative = x.negative != y.negative;
    match (x.class, y.class) {
        (Class::Infinite, Class::Infinite) | (Class::Zero, Class::Zero) => invalid(fpscr),
        (Class::Infinite, _) => signed(negative, INFINITY),
        (Class::Zero, _) | (_, Class::Infinite) => signed(negative, 0),
        (_, Class::Zero) => {
            *fpscr |= DZC;
            signed(negative, INFINITY)
        }
        _ => {
            let (dividend, divisor) = (u128::from(x.mantissa) << 64, u128::from(y.mantissa));
            let sticky = u128::from(dividend % divisor != 0);
            let quotient = (dividend / divisor) << 1 | sticky;
            round(negative, quotient, x.exponent - y.exponent - 65, fpscr)
        }
    }
}

/// `√a`
pub(in crate::cpu) fn square_root(a: u32, fpscr: &mut u32) -> u32 {
    if let Some(result) = host(f32::from_bits(a).sqrt(), *fpscr) {
        return result;
    }
    let x = unpack(a, fpscr);
    if let Some(nan) = propagate_nan(&[(a, x)], fpscr) {
        return nan;
    }
    match x.class {
        Class::Zero => signed(x.negative, 0),
        _ if x.negative => invalid(fpscr),
        Class::Infinite => INFINITY,
        _ => {
            let odd = x.exponent & 1;
            let square = u128::from(x.mantissa) << (64 + odd);
            let root = square.isqrt();
            let sticky = u128::from(root * root != square);
            round(
                false,
                root << 1 | sticky,
                (x.exponent - odd - 64) / 2 - 1,
                fpscr,
            )
        }
    }
}

/// NZCV of a comparison, in bits 31–28. With `quiet_signals` a quiet NaN is invalid too.
pub(in crate::cpu) fn compare(a: u32, b: u32, quiet_signals: bool, fpscr: &mut u32) -> u32 {
    let (x, y) = (unpack(a, fpscr), unpack(b, fpscr));
    if x.is_nan() || y.is_nan() {
        let signalling = x.class == Class::Signalling || y.class == Class::Signalling;
        if signalling || quiet_signals {
            invalid(fpscr);
        }
        return 0x3000_0000;
    }
    match order(a, x).cmp(&order(b, y)) {
        std::cmp::Ordering::Equal => 0x6000_0000,
        std::cmp::Ordering::Less => 0x8000_0000,
        std::cmp::Ordering::Greater => 0x2000_0000,
    }
}

/// An integer that orders numbers as their values do; both zeros give 0.
fn order(bits: u32, number: Number) -> i32 {
    if number.class == Class::Zero {
        return 0;
    }
    let magnitude = (bits & !SIGN) as i32;
    if number.negative {
        -magnitude
    } else {
        magnitude
    }
}

/// The greater (or lesser) of two, where a quiet NaN loses to a number (VMAXNM, VMINNM).
pub(in crate::cpu) fn extreme(a: u32, b: u32, greater: bool, fpscr: &mut u32) -> u32 {
    let (x, y) = (unpack(a, fpscr), unpack(b, fpscr));
    let kept = |bits: u32, number: Number| {
        if number.class == Class::Zero {
            signed(number.negative, 0)
        } else {
            bits
        }
    };
    match (x.class, y.class) {
        (Class::Quiet, Class::Zero | Class::Finite | Class::Infinite) => return kept(b, y),
        (Class::Zero | Class::Finite | Class::Infinite, Class::Quiet) => return kept(a, x),
        _ => {}
    }
    if let Some(nan) = propagate_nan(&[(a, x), (b, y)], fpscr) {
        return nan;
    }
    // Of two zeros, the positive is the greater.
    let key = |bits, number: Number| (order(bits, number), !number.negative);
    let first = (key(a, x) >= key(b, y)) == greater;
    if first { kept(a, x) } else { kept(b, y) }
}
