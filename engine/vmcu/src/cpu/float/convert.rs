//! Conversions between formats, and between them and integers and fixed point.

use super::format::Format;
use super::{
    Class, DN, IOC, IXC, Rest, Rounding, cut, is_alternative, propagate_nan, round, round_as,
    round_to, signed, unpack,
};

/// An integer of `bits` bits that `fraction_bits` of are behind the point.
#[derive(Clone, Copy, Debug)]
pub(in crate::cpu) struct Fixed {
    pub bits: u32,
    pub fraction_bits: u32,
    pub signed: bool,
}

/// A 32-bit integer.
pub(in crate::cpu) const fn integer(signed: bool) -> Fixed {
    Fixed {
        bits: 32,
        fraction_bits: 0,
        signed,
    }
}

/// Fixed point, in the low bits of `value`, to floating point.
pub(in crate::cpu) fn from_fixed<F: Format>(
    value: u64,
    kind: Fixed,
    mode: Rounding,
    fpscr: &mut u32,
) -> u64 {
    let unused = 64 - kind.bits;
    let (negative, magnitude) = if kind.signed {
        let value = (value << unused).cast_signed() >> unused;
        (value < 0, value.unsigned_abs())
    } else {
        (false, value << unused >> unused)
    };
    if magnitude == 0 {
        return 0;
    }
    let exponent = -(kind.fraction_bits as i32);
    round_as::<F>(negative, u128::from(magnitude), exponent, mode, fpscr)
}

/// Floating point to fixed point, saturating; a signed result is sign-extended.
pub(in crate::cpu) fn to_fixed<F: Format>(
    value: u64,
    kind: Fixed,
    mode: Rounding,
    fpscr: &mut u32,
) -> u64 {
    let number = unpack::<F>(value, fpscr);
    let (low, high) = if kind.signed {
        (-(1i128 << (kind.bits - 1)), (1i128 << (kind.bits - 1)) - 1)
    } else {
        (0, (1i128 << kind.bits) - 1)
    };
    let (exact, rest) = match number.class {
        Class::Quiet | Class::Signalling => {
            *fpscr |= IOC;
            return 0;
        }
        Class::Zero => return 0,
        Class::Infinite => (1i128 << 100, Rest::Nothing),
        Class::Finite => {
            let exponent = number.exponent + kind.fraction_bits as i32;
            // Beyond 2^64 every value saturates alike.
            let (quotient, rest) = if exponent >= 0 {
                (
                    u128::from(number.mantissa) << exponent.min(64),
                    Rest::Nothing,
                )
            } else {
                cut(u128::from(number.mantissa), exponent.unsigned_abs())
            };
            let up = u128::from(mode.rounds_up(number.negative, quotient, rest));
            ((quotient + up) as i128, rest)
        }
    };
    let exact = if number.negative { -exact } else { exact };
    let result = exact.clamp(low, high);
    if result != exact {
        *fpscr |= IOC;
    } else if rest != Rest::Nothing {
        *fpscr |= IXC;
    }
    result as u64
}

/// Round to an integral value; `exact` also reports inexactness (VRINTX).
pub(in crate::cpu) fn round_integral<F: Format>(
    value: u64,
    mode: Rounding,
    exact: bool,
    fpscr: &mut u32,
) -> u64 {
    let number = unpack::<F>(value, fpscr);
    if let Some(nan) = propagate_nan::<F>(&[(value, number)], fpscr) {
        return nan;
    }
    match number.class {
        Class::Infinite => return value,
        Class::Zero => return signed::<F>(number.negative, 0),
        _ if number.exponent >= 0 => return value,
        _ => {}
    }
    let (quotient, rest) = cut(u128::from(number.mantissa), number.exponent.unsigned_abs());
    let quotient = quotient + u128::from(mode.rounds_up(number.negative, quotient, rest));
    if exact && rest != Rest::Nothing {
        *fpscr |= IXC;
    }
    // It has no more bits than the mantissa had, so this is exact.
    let magnitude = if quotient == 0 {
        0
    } else {
        round_to::<F>(F::GREATEST_EXPONENT, false, quotient, 0, Rounding::Zero).magnitude
    };
    signed::<F>(number.negative, magnitude)
}

/// From one format to another, under the rounding mode of the FPSCR.
pub(in crate::cpu) fn convert<From: Format, To: Format>(value: u64, fpscr: &mut u32) -> u64 {
    let number = unpack::<From>(value, fpscr);
    let negative = number.negative;
    match number.class {
        // The alternative format has neither infinities nor NaNs.
        Class::Quiet | Class::Signalling if is_alternative::<To>(*fpscr) => {
            *fpscr |= IOC;
            signed::<To>(negative, 0)
        }
        Class::Quiet | Class::Signalling => {
            if number.class == Class::Signalling {
                *fpscr |= IOC;
            }
            if *fpscr & DN != 0 {
                return To::DEFAULT_NAN;
            }
            let fraction =
                number.mantissa << (64 - From::FRACTION_BITS) >> (64 - To::FRACTION_BITS);
            signed::<To>(negative, To::DEFAULT_NAN | fraction)
        }
        Class::Infinite if is_alternative::<To>(*fpscr) => {
            *fpscr |= IOC;
            signed::<To>(negative, To::SIGN - 1)
        }
        Class::Infinite => signed::<To>(negative, To::INFINITY),
        Class::Zero => signed::<To>(negative, 0),
        Class::Finite => {
            let mantissa = u128::from(number.mantissa);
            round::<To>(negative, mantissa, number.exponent, fpscr)
        }
    }
}
