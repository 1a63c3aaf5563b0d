//! Arithmetic as the FPU does it, in every format: all rounding modes, flush-to-zero, default NaN, NaN propagation
//! and the cumulative exception flags. Numbers are bit patterns; state is the FPSCR alone.
//! Rules: Armv7-M Architecture Reference Manual, "Floating-point support" pseudocode.

pub(super) mod arithmetic;
pub(super) mod convert;
pub(super) mod format;
#[cfg(test)]
mod tests;

use format::Format;

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
    mantissa: u64,
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

fn unpack<F: Format>(bits: u64, fpscr: &mut u32) -> Number {
    let (field, fraction) = (bits & F::INFINITY, bits & F::FRACTION);
    let mut number = Number {
        negative: bits & F::SIGN != 0,
        mantissa: fraction,
        exponent: F::LEAST_EXPONENT - F::FRACTION_BITS as i32,
        class: Class::Finite,
    };
    match field {
        0 if fraction == 0 => number.class = Class::Zero,
        0 if F::FLUSHES && *fpscr & FZ != 0 => {
            *fpscr |= IDC;
            number.class = Class::Zero;
            number.mantissa = 0;
        }
        0 => {}
        _ if field == F::INFINITY && !is_alternative::<F>(*fpscr) => {
            number.class = match fraction {
                0 => Class::Infinite,
                _ if fraction & F::QUIET != 0 => Class::Quiet,
                _ => Class::Signalling,
            };
        }
        _ => {
            number.mantissa = fraction | (F::FRACTION + 1);
            number.exponent += (field >> F::FRACTION_BITS) as i32 - 1;
        }
    }
    number
}

/// Whether the FPSCR chooses the format's alternative, in which the exponent of infinity is that of numbers too.
const fn is_alternative<F: Format>(fpscr: u32) -> bool {
    F::HAS_ALTERNATIVE && fpscr & AHP != 0
}

/// The NaN that results when one of the operands is one, in the order the architecture looks at them.
fn propagate_nan<F: Format>(operands: &[(u64, Number)], fpscr: &mut u32) -> Option<u64> {
    let signalling = operands
        .iter()
        .find(|(_, number)| number.class == Class::Signalling);
    if signalling.is_some() {
        *fpscr |= IOC;
    }
    let (bits, _) = signalling.or_else(|| operands.iter().find(|(_, number)| number.is_nan()))?;
    Some(if *fpscr & DN != 0 {
        F::DEFAULT_NAN
    } else {
        bits | F::QUIET
    })
}

fn invalid<F: Format>(fpscr: &mut u32) -> u64 {
    *fpscr |= IOC;
    F::DEFAULT_NAN
}

const fn signed<F: Format>(negative: bool, magnitude: u64) -> u64 {
    if negative {
        magnitude | F::SIGN
    } else {
        magnitude
    }
}

/// What rounding to a format gave.
struct Rounded {
    /// Exponent and fraction fields as one number; meaningless on overflow.
    magnitude: u64,
    inexact: bool,
    tiny: bool,
    overflow: bool,
}

/// Round `mantissa · 2^exponent`, not zero, to a format whose numbers go up to `greatest_exponent`. Tininess is
/// detected before rounding.
fn round_to<F: Format>(
    greatest_exponent: i32,
    negative: bool,
    mantissa: u128,
    exponent: i32,
    mode: Rounding,
) -> Rounded {
    let leading = exponent + 127 - mantissa.leading_zeros() as i32;
    let tiny = leading < F::LEAST_EXPONENT;
    if leading > greatest_exponent {
        return Rounded {
            magnitude: 0,
            inexact: true,
            tiny,
            overflow: true,
        };
    }
    let scale = leading.max(F::LEAST_EXPONENT);
    let lowest = scale - F::FRACTION_BITS as i32;
    let (mut quotient, rest) = if lowest >= exponent {
        cut(mantissa, (lowest - exponent) as u32)
    } else {
        (mantissa << (exponent - lowest), Rest::Nothing)
    };
    if mode.rounds_up(negative, quotient, rest) {
        quotient += 1;
    }
    // A carry out of the fraction adds one to the exponent field by itself.
    let field = (scale - F::LEAST_EXPONENT) as u64;
    let magnitude = quotient as u64 + (field << F::FRACTION_BITS);
    let limit = ((greatest_exponent - F::LEAST_EXPONENT + 2) as u64) << F::FRACTION_BITS;
    Rounded {
        magnitude,
        inexact: rest != Rest::Nothing,
        tiny,
        overflow: magnitude >= limit,
    }
}

/// Round as the FPSCR says.
fn round<F: Format>(negative: bool, mantissa: u128, exponent: i32, fpscr: &mut u32) -> u64 {
    round_as::<F>(negative, mantissa, exponent, Rounding::of(*fpscr), fpscr)
}

fn round_as<F: Format>(
    negative: bool,
    mantissa: u128,
    exponent: i32,
    mode: Rounding,
    fpscr: &mut u32,
) -> u64 {
    let alternative = is_alternative::<F>(*fpscr);
    let greatest = F::GREATEST_EXPONENT + i32::from(alternative);
    let rounded = round_to::<F>(greatest, negative, mantissa, exponent, mode);
    if rounded.tiny && F::FLUSHES && *fpscr & FZ != 0 {
        *fpscr |= UFC;
        return signed::<F>(negative, 0);
    }
    if rounded.overflow && alternative {
        *fpscr |= IOC;
        return signed::<F>(negative, F::SIGN - 1);
    }
    if rounded.overflow {
        *fpscr |= OFC | IXC;
        let to_infinity = match mode {
            Rounding::NearestEven | Rounding::NearestAway => true,
            Rounding::Up => !negative,
            Rounding::Down => negative,
            Rounding::Zero => false,
        };
        return signed::<F>(negative, F::INFINITY - u64::from(!to_infinity));
    }
    if rounded.inexact {
        *fpscr |= IXC | if rounded.tiny { UFC } else { 0 };
    }
    signed::<F>(negative, rounded.magnitude)
}
