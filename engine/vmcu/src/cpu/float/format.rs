//! The floating-point formats, as the widths of their parts. A number is a bit pattern in the low bits of a `u64`.

/// A binary format of IEEE 754.
pub(in crate::cpu) trait Format {
    /// Bits of the fraction field.
    const FRACTION_BITS: u32;
    /// Bits of the exponent field.
    const EXPONENT_BITS: u32;
    /// Whether FPSCR.FZ flushes its subnormal numbers.
    const FLUSHES: bool = true;
    /// Whether FPSCR.AHP makes its infinities and NaNs ordinary numbers.
    const HAS_ALTERNATIVE: bool = false;

    /// The sign bit.
    const SIGN: u64 = 1 << (Self::FRACTION_BITS + Self::EXPONENT_BITS);
    /// The fraction field.
    const FRACTION: u64 = (1 << Self::FRACTION_BITS) - 1;
    /// Positive infinity, which is also the exponent field.
    const INFINITY: u64 = Self::SIGN - (1 << Self::FRACTION_BITS);
    /// The bit that makes a NaN quiet.
    const QUIET: u64 = 1 << (Self::FRACTION_BITS - 1);
    /// The NaN that an invalid operation gives.
    const DEFAULT_NAN: u64 = Self::INFINITY | Self::QUIET;
    /// Exponent of the greatest finite numbers, and the bias of the exponent field.
    const GREATEST_EXPONENT: i32 = (1 << (Self::EXPONENT_BITS - 1)) - 1;
    /// Exponent of the least normal numbers.
    const LEAST_EXPONENT: i32 = 1 - Self::GREATEST_EXPONENT;

    /// Whether `bits` is a NaN.
    fn is_nan(bits: u64) -> bool {
        bits & (Self::SIGN - 1) > Self::INFINITY
    }
}

/// A format that the FPU calculates in, with the host's arithmetic, which rounds to nearest.
pub(in crate::cpu) trait Host: Format {
    fn add(a: u64, b: u64) -> u64;
    fn multiply(a: u64, b: u64) -> u64;
    /// `addend + a · b`, rounded once.
    fn multiply_add(addend: u64, a: u64, b: u64) -> u64;
    fn divide(a: u64, b: u64) -> u64;
    fn square_root(a: u64) -> u64;
}

/// Half precision, only converted from and to.
pub(in crate::cpu) enum Half {}
/// Single precision.
pub(in crate::cpu) enum Single {}
/// Double precision.
pub(in crate::cpu) enum Double {}

impl Format for Half {
    const FRACTION_BITS: u32 = 10;
    const EXPONENT_BITS: u32 = 5;
    const FLUSHES: bool = false;
    const HAS_ALTERNATIVE: bool = true;
}

impl Format for Single {
    const FRACTION_BITS: u32 = 23;
    const EXPONENT_BITS: u32 = 8;
}

impl Format for Double {
    const FRACTION_BITS: u32 = 52;
    const EXPONENT_BITS: u32 = 11;
}

macro_rules! host {
    ($format:ty, $float:ty, $bits:ty) => {
        impl Host for $format {
            #[inline(always)]
            fn add(a: u64, b: u64) -> u64 {
                let (a, b) = (a as $bits, b as $bits);
                (<$float>::from_bits(a) + <$float>::from_bits(b))
                    .to_bits()
                    .into()
            }
            #[inline(always)]
            fn multiply(a: u64, b: u64) -> u64 {
                let (a, b) = (a as $bits, b as $bits);
                (<$float>::from_bits(a) * <$float>::from_bits(b))
                    .to_bits()
                    .into()
            }
            #[inline(always)]
            fn multiply_add(addend: u64, a: u64, b: u64) -> u64 {
                let (addend, a, b) = (addend as $bits, a as $bits, b as $bits);
                <$float>::from_bits(a)
                    .mul_add(<$float>::from_bits(b), <$float>::from_bits(addend))
                    .to_bits()
                    .into()
            }
            #[inline(always)]
            fn divide(a: u64, b: u64) -> u64 {
                let (a, b) = (a as $bits, b as $bits);
                (<$float>::from_bits(a) / <$float>::from_bits(b))
                    .to_bits()
                    .into()
            }
            #[inline(always)]
            fn square_root(a: u64) -> u64 {
                <$float>::from_bits(a as $bits).sqrt().to_bits().into()
            }
        }
    };
}

host!(Single, f32, u32);
host!(Double, f64, u64);
