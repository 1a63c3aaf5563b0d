//! Single-precision arithmetic as the FPU does it: every rounding mode, flush-to-zero, default NaN, NaN
//! propagation and the cumulative exception flags. Numbers are bit patterns; state is the FPSCR alone.
//! Rules: Armv7-M Architecture Reference Manual, "Floating-point support" pseudocode.

pub(super) mod arithmetic;
pub(super) mod convert;
#[cfg(test)]
mod tests;

/// FPSCR: invalid operation, division by zero, overflow, underflow, inexact, input denormal; all cumulative.
pub(super) const IOC: u32 = 1;
pub(super) const DZC: u32 = 2;
pub(super) const OFC: u32 = 4;
pub(super) const UFC: u32 = 8;
pub(super) const IXC: u32 = 16;
pub(super) const IDC: u32 = 128;
/// FPSCR: flush to zero, default NaN, alternative half-precision.
const FZ: u32 = 1 << 24;
const DN: u32 = 1 << 25;
const AHP: u32 = 1 << 26;
const ROUNDING: u32 = 3 << 22;

const SIGN: u32 = 1 << 31;
const INFINITY: u32 = 0x7f80_0000;
const QUIET: u32 = 0x0040_0000;
const DEFAULT_NAN: u32 = 0x7fc0_0000;

/// How to round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rounding {
    NearestEven,
    Up,
    Down,
    Zero,
    NearestAway,
}

impl Rounding {
    /// The mode that FPSCR selects.
    pub(super) const fn of(fpscr: u32) -> Self {
        match (fpscr & ROUNDING) >> 22 {
            0 => Self::NearestEven,
            1 => Self::Up,
            2 => Self::Down,
            _ => Self::Zero,
        }
    }

    /// Whether a magnitude cut to `quotient` grows by one: `below` says how the rest compares with a half.
    fn rounds_up(self, negative: bool, quotient: u128, rest: Rest) -> bool {
        match self {
            Self::NearestEven => {
                rest == Rest::MoreThanHalf || rest == Rest::Half && quotient & 1 != 0
            }
            Self::NearestAway => matches!(rest, Rest::Half | Rest::MoreThanHalf),
            Self::Up => rest != Rest::Nothing && !negative,
            Self::Down => rest != Rest::Nothing && negative,
            Self::Zero => false,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    Nothing,
    LessThanHalf,
    Half,
    MoreThanHalf,
}

/// `mantissa >> shift`, and how what was cut off compares with half a unit.
fn cut(mantissa: u128, shift: u32) -> (u128, Rest) {
    if shift == 0 || mantissa == 0 {
        return (mantissa, Rest::Nothing);
    }
    if shift > 127 {
        return (0, Rest::LessThanHalf);
    }
    let rest = mantissa & ((1 << shift) - 1);
    let half = 1u128 << (shift - 1);
    let rest = match rest.cmp(&half) {
        _ if rest == 0 => Rest::Nothing,
        std::cmp::Ordering::Less => Rest::LessThanHalf,
        std::cmp::Ordering::Equal => Rest::Half,
        std::cmp::Ordering::Greater => Rest::MoreThanHalf,
    };
    (mantissa >> shift, rest)
}

/// An operand taken apart: finite numbers are `mantissa · 2^exponent`.
#[derive(Clone, Copy, Debug)]
struct Number {
    negative: bool,
    mantissa: u32,
    exponent: i32,
    class: Class,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Zero,
    Finite,
    Infinite,
    Quiet,
    Signalling,
}

impl Number {
    fn is_nan(self) -> bool {
        matches!(self.class, Class::Quiet | Class::Signalling)
    }
}

fn unpack(bits: u32, fpscr: &mut u32) -> Number {
    let exponent = (bits >> 23 & 0xff) as i32;
    let fraction = bits & 0x007f_ffff;
    let mut number = Number {
        negative: bits & SIGN != 0,
        mantissa: fraction,
        exponent: -149,
        class: Class::Finite,
    };
    match exponent {
        0 if fraction == 0 => number.class = Class::Zero,
        0 if *fpscr & FZ != 0 => {
            *fpscr |= IDC;
            number.class = Class::Zero;
            number.mantissa = 0;
        }
        0 => {}
        0xff if fraction == 0 => number.class = Class::Infinite,
        0xff if fraction & QUIET != 0 => number.class = Class::Quiet,
        0xff => number.class = Class::Signalling,
        _ => {
            number.mantissa = fraction | 0x0080_0000;
            number.exponent = exponent - 150;
        }
    }
    number
}

/// The NaN that results when one of the operands is one, in the order the architecture looks at them.
fn propagate_nan(operands: &[(u32, Number)], fpscr: &mut u32) -> Option<u32> {
    let signalling = operands
        .iter()
        .find(|(_, number)| number.class == Class::Signalling);
    if signalling.is_some() {
        *fpscr |= IOC;
    }
    let (bits, _) = signalling.or_else(|| operands.iter().find(|(_, number)| number.is_nan()))?;
    Some(if *fpscr & DN != 0 {
        DEFAULT_NAN
    } else {
        bits | QUIET
    })
}

fn invalid(fpscr: &mut u32) -> u32 {
    *fpscr |= IOC;
    DEFAULT_NAN
}

const fn signed(negative: bool, magnitude: u32) -> u32 {
    if negative {
        magnitude | SIGN
    } else {
        magnitude
    }
}

/// A floating-point format: fraction bits, smallest normal exponent, and width of the exponent field.
struct Format {
    fraction_bits: u32,
    least_exponent: i32,
    greatest_exponent: i32,
}

const SINGLE: Format = Format {
    fraction_bits: 23,
    least_exponent: -126,
    greatest_exponent: 127,
};

/// What rounding to a format gave.
struct Rounded {
    /// Exponent and fraction fields as one number; meaningless on overflow.
    magnitude: u32,
    inexact: bool,
    tiny: bool,
    overflow: bool,
}

/// Round `mantissa · 2^exponent`, not zero, to `format`. Tininess is detected before rounding.
fn round_to(
    format: &Format,
    negative: bool,
    mantissa: u128,
    exponent: i32,
    mode: Rounding,
) -> Rounded {
    let leading = exponent + 127 - mantissa.leading_zeros() as i32;
    let tiny = leading < format.least_exponent;
    let lowest = leading.max(format.least_exponent) - format.fraction_bits as i32;
    let (mut quotient, rest) = if lowest >= exponent {
        cut(mantissa, (lowest - exponent) as u32)
    } else {
        (mantissa << (exponent - lowest), Rest::Nothing)
    };
    if mode.rounds_up(negative, quotient, rest) {
        quotient += 1;
    }
    // A carry out of the fraction adds one to the exponent field by itself.
    let field = (leading.max(format.least_exponent) - format.least_exponent) as u32;
    let magnitude = (quotient as u32).wrapping_add(field << format.fraction_bits);
    let limit = ((format.greatest_exponent - format.least_exponent + 2) as u32)
        .wrapping_shl(format.fraction_bits);
    let overflow = leading > format.greatest_exponent || magnitude >= limit;
    Rounded {
        magnitude,
        inexact: rest != Rest::Nothing,
        tiny,
        overflow,
    }
}

/// Round to single precision under the FPSCR.
fn round(negative: bool, mantissa: u128, exponent: i32, fpscr: &mut u32) -> u32 {
    round_as(negative, mantissa, exponent, Rounding::of(*fpscr), fpscr)
}

fn round_as(negative: bool, mantissa: u128, exponent: i32, mode: Rounding, fpscr: &mut u32) -> u32 {
    let rounded = round_to(&SINGLE, negative, mantissa, exponent, mode);
    if rounded.tiny && *fpscr & FZ != 0 {
        *fpscr |= UFC;
        return signed(negative, 0);
    }
    if rounded.overflow {
        *fpscr |= OFC | IXC;
        let to_infinity = match mode {
            Rounding::NearestEven | Rounding::NearestAway => true,
            Rounding::Up => !negative,
            Rounding::Down => negative,
            Rounding::Zero => false,
        };
        return signed(negative, INFINITY - u32::from(!to_infinity));
    }
    if rounded.inexact {
        *fpscr |= IXC | if rounded.tiny { UFC } else { 0 };
    }
    signed(negative, rounded.magnitude)
}
