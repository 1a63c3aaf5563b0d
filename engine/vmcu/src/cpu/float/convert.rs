//! Conversions between single precision, integers, fixed point and half precision.

use super::{
    AHP, Class, DEFAULT_NAN, DN, Format, INFINITY, IOC, IXC, OFC, QUIET, Rest, Rounding, SIGN, UFC,
    cut, propagate_nan, round_as, round_to, signed, unpack,
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

/// Fixed point to single precision.
pub(in crate::cpu) fn from_fixed(value: u32, kind: Fixed, mode: Rounding, fpscr: &mut u32) -> u32 {
    let unused = 32 - kind.bits;
    let (negative, magnitude) = if kind.signed {
        let value = (value << unused) as i32 >> unused;
        (value < 0, value.unsigned_abs())
    } else {
        (false, value << unused >> unused)
    };
    if magnitude == 0 {
        return 0;
    }
    let exponent = -(kind.fraction_bits as i32);
    round_as(negative, u128::from(magnitude), exponent, mode, fpscr)
}

/// Single precision to fixed point, saturating; a signed result is sign-extended to 32 bits.
pub(in crate::cpu) fn to_fixed(value: u32, kind: Fixed, mode: Rounding, fpscr: &mut u32) -> u32 {
    let number = unpack(value, fpscr);
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
    result as u32
}

/// Round to an integral value in single precision; `exact` also reports inexactness (VRINTX).
pub(in crate::cpu) fn round_integral(
    value: u32,
    mode: Rounding,
    exact: bool,
    fpscr: &mut u32,
) -> u32 {
    let number = unpack(value, fpscr);
    if let Some(nan) = propagate_nan(&[(value, number)], fpscr) {
        return nan;
    }
    match number.class {
        Class::Infinite => return value,
        Class::Zero => return signed(number.negative, 0),
        _ if number.exponent >= 0 => return value,
        _ => {}
    }
    let (quotient, rest) = cut(u128::from(number.mantissa), number.exponent.unsigned_abs());
    let quotient = quotient + u128::from(mode.rounds_up(number.negative, quotient, rest));
    if exact && rest != Rest::Nothing {
        *fpscr |= IXC;
    }
    // At most 2^23, so the conversion is exact.
    signed(number.negative, (quotient as u32 as f32).to_bits())
}

const HALF: Format = Format {
    fraction_bits: 10,
    least_exponent: -14,
    greatest_exponent: 15,
};
/// The alternative format uses the exponent of infinity for numbers.
const HALF_ALTERNATIVE: Format = Format {
    greatest_exponent: 16,
    ..HALF
};

/// Half precision (low 16 bits) to single.
pub(in crate::cpu) fn from_half(half: u32, fpscr: &mut u32) -> u32 {
    let negative = half & 0x8000 != 0;
    let (exponent, fraction) = (half >> 10 & 31, half & 0x3ff);
    match (exponent, fraction) {
        (0, 0) => signed(negative, 0),
        (31, 0) if *fpscr & AHP == 0 => signed(negative, INFINITY),
        (31, _) if *fpscr & AHP == 0 => {
            if fraction & 0x200 == 0 {
                *fpscr |= IOC;
            }
            if *fpscr & DN != 0 {
                return DEFAULT_NAN;
            }
            signed(negative, INFINITY | QUIET | fraction << 13)
        }
        (0, _) => {
            let shift = fraction.leading_zeros() - 21;
            let exponent = 113 - shift;
            signed(negative, exponent << 23 | (fraction << shift & 0x3ff) << 13)
        }
        _ => signed(negative, (exponent + 112) << 23 | fraction << 13),
    }
}

/// Single precision to half, in the low 16 bits.
pub(in crate::cpu) fn to_half(value: u32, fpscr: &mut u32) -> u32 {
    let number = unpack(value, fpscr);
    let sign = (value & SIGN) >> 16;
    let alternative = *fpscr & AHP != 0;
    match number.class {
        Class::Quiet | Class::Signalling if alternative => {
            *fpscr |= IOC;
            sign
        }
        Class::Quiet | Class::Signalling => {
            if number.class == Class::Signalling {
                *fpscr |= IOC;
            }
            if *fpscr & DN != 0 {
                0x7e00
            } else {
                sign | 0x7e00 | value >> 13 & 0x1ff
            }
        }
        Class::Infinite if alternative => {
            *fpscr |= IOC;
            sign | 0x7fff
        }
        Class::Infinite => sign | 0x7c00,
        Class::Zero => sign,
        Class::Finite => {
            let mode = Rounding::of(*fpscr);
            let format = if alternative {
                &HALF_ALTERNATIVE
            } else {
                &HALF
            };
            let mantissa = u128::from(number.mantissa);
            let rounded = round_to(format, number.negative, mantissa, number.exponent, mode);
            if rounded.overflow && alternative {
                *fpscr |= IOC;
                return sign | 0x7fff;
            }
            if rounded.overflow {
                *fpscr |= OFC | IXC;
                let away = match mode {
                    Rounding::Up => !number.negative,
                    Rounding::Down => number.negative,
                    Rounding::Zero => false,
                    Rounding::NearestEven | Rounding::NearestAway => true,
                };
                return sign | (0x7c00 - u32::from(!away));
            }
            if rounded.inexact {
                *fpscr |= IXC | if rounded.tiny { UFC } else { 0 };
            }
            sign | rounded.magnitude
        }
    }
}
