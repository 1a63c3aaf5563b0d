//! Sums of two codes of different scales in few instructions, where that is exact.

use crate::quant::fixed::requantize;
use crate::quant::{AddParams, Multiplier};

/// `(a·x + b·y + c) >> shift`, clamped: a sum of two codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AffineSum {
    pub factors: [i32; 2],
    pub offset: i32,
    pub shift: u32,
}

impl AffineSum {
    /// The affine form that equals the reference for every pair of codes, if there is one.
    pub(crate) fn exact(params: &AddParams) -> Option<Self> {
        (12..=22)
            .rev()
            .find_map(|shift| Self::exact_at(params, shift))
    }

    fn exact_at(params: &AddParams, shift: u32) -> Option<Self> {
        let real = |by: Multiplier| f64::from(by.mantissa) * (f64::from(by.shift) - 31.0).exp2();
        let output = real(params.output_multiplier) * f64::from(params.left_shift).exp2();
        let factor = |i: usize| {
            (real(params.input_multipliers[i]) * output * f64::from(shift).exp2()).round()
        };
        let factors = [factor(0), factor(1)];
        // Two products of at most 2^29 and an offset of less than 2^30 stay within 32 bits.
        if factors.iter().any(|f| f.abs() >= f64::from(1 << 22)) {
            return None;
        }
        let factors = factors.map(|f| f as i64);
        let inputs = [0, 1].map(|i| {
            (-128..128)
                .map(|code: i32| {
                    let centred = (code - params.input_zero_points[i]) << params.left_shift;
                    requantize(centred, params.input_multipliers[i])
                })
                .collect::<Vec<i32>>()
        });
        // Offsets for which every pair gives the reference's code: an interval, narrowed pair by pair.
        let [low_code, high_code] = params.clamp.map(i64::from);
        let (mut low, mut high) = (-(1_i64 << 30), 1_i64 << 30);
        for x in 0..256_i64 {
            for y in 0..256_i64 {
                let sum = inputs[0][x as usize].wrapping_add(inputs[1][y as usize]);
                let code = requantize(sum, params.output_multiplier)
                    .wrapping_add(params.output_zero_point);
                let code = i64::from(code).clamp(low_code, high_code);
                let base = factors[0] * (x - 128) + factors[1] * (y - 128);
                if code > low_code {
                    low = low.max((code << shift) - base);
                }
                if code < high_code {
                    high = high.min(((code + 1) << shift) - base);
                }
            }
            if low >= high {
                return None;
            }
        }
        Some(Self {
            factors: factors.map(|f| f as i32),
            offset: (low + (high - low) / 2) as i32,
            shift,
        })
    }
}

/// The sum with the reference's roundings: the operand of the larger scale, whose factor is a half, is shifted; the
/// other is multiplied, as is the sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RoundedSum {
    /// The operand that is shifted.
    pub shifted: usize,
    /// The other one's mantissa and right shift.
    pub other: [i32; 2],
    /// The sum's.
    pub sum: [i32; 2],
}

/// Differences from the zero points are shifted by so many bits first.
const LEFT: i32 = 20;

/// What a multiplier of a half is.
const HALF: Multiplier = Multiplier {
    mantissa: 1 << 30,
    shift: 0,
};

impl RoundedSum {
    /// This form where it equals the reference for every pair of codes.
    pub(crate) fn exact(params: &AddParams) -> Option<Self> {
        let shifted = params.input_multipliers.iter().position(|&by| by == HALF)?;
        let by = params.input_multipliers[1 - shifted];
        let fits = |by: Multiplier| by.mantissa > 0 && (-22..=-1).contains(&by.shift);
        if !fits(by) || !fits(params.output_multiplier) || params.left_shift != LEFT {
            return None;
        }
        let form = Self {
            shifted,
            other: [by.mantissa, -by.shift],
            sum: [
                params.output_multiplier.mantissa,
                -params.output_multiplier.shift,
            ],
        };
        (params.clamp == [-128, 127] && form.is_exact(params)).then_some(form)
    }

    fn is_exact(&self, params: &AddParams) -> bool {
        let zero = params.input_zero_points;
        let reference = |i: usize, code: i32| {
            requantize(
                (code - zero[i]) << params.left_shift,
                params.input_multipliers[i],
            )
        };
        (-128..128).all(|a| {
            let x = (a - zero[self.shifted]) << (LEFT - 1);
            let y = rounded((a - zero[1 - self.shifted]) << LEFT, self.other);
            x == reference(self.shifted, a) && i64::from(reference(1 - self.shifted, a)) == y
        }) && (-128..128).all(|a| {
            let x = reference(self.shifted, a);
            (-128..128).all(|b| {
                let sum = x.wrapping_add(reference(1 - self.shifted, b));
                let code = requantize(sum, params.output_multiplier);
                i64::from(code) == rounded(sum, self.sum)
            })
        })
    }
}

/// `v · mantissa / 2^(31 + right)`: the doubled number's high product, rounded, then half of the shift added, less one
/// where the number is negative.
fn rounded(v: i32, [mantissa, right]: [i32; 2]) -> i64 {
    let high = (i64::from(v) * 2 * i64::from(mantissa) + (1 << 31)) >> 32;
    (high + (1 << (right - 1)) + i64::from(v >> 31)) >> right
}
