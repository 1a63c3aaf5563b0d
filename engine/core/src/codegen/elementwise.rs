//! Sums, and codes of one scale to codes of another.

use super::CodegenError;
use super::binary::{self, Combination};
use super::fragment::Fragment;
use super::step::{Context, StepCode};
use crate::cost::Kernel;
use crate::quant::fixed::requantize;
use crate::quant::{AddParams, RequantizeParams};

/// ADD: the packed kernel asks for the affine form where it is exact.
pub(super) fn add(c: &Context<'_>, params: &AddParams) -> Result<StepCode, CodegenError> {
    let map = c.output_map();
    let [_, _, channels] = map;
    if c.step.inputs.len() != 2 {
        return Err(c.inconsistent("it does not have two inputs"));
    }
    if c.input_map(0) != map || c.input_map(1) != map {
        return binary::sum(c, Combination::Sum, params);
    }
    let packed = c.step.kernel == Kernel::AddPacked;
    let [low, high] = params.clamp;
    let range = format!("{{{}, {low}, {high}}}", params.output_zero_point);
    if let Some(affine) = packed.then(|| Affine::exact(params)).flatten() {
        return Ok(StepCode {
            constants: format!(
                "    static const ts_affine_sum layer = {{{}, {}, {}, {}, {range}}};\n",
                affine.factors[0], affine.factors[1], affine.offset, affine.shift
            ),
            call: format!("ts_add_affine(in, other, out, {channels}, &layer, tile);"),
            fragments: vec![Fragment::AddAffine],
            ..StepCode::default()
        });
    }
    let [a, b] = params.input_multipliers;
    Ok(StepCode {
        constants: format!(
            "    static const ts_sum layer = {{{{{}, {}}}, {{{}, {}}}, {{{}, {}}}, {}, {}, {}, {range}}};\n",
            params.input_zero_points[0],
            params.input_zero_points[1],
            a.mantissa,
            b.mantissa,
            a.shift,
            b.shift,
            params.left_shift,
            params.output_multiplier.mantissa,
            params.output_multiplier.shift,
        ),
        call: format!("ts_add_plain(in, other, out, {channels}, &layer, tile);"),
        fragments: vec![Fragment::Add],
        ..StepCode::default()
    })
}

/// `(a·x + b·y + c) >> shift`, clamped: a sum of two codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Affine {
    factors: [i32; 2],
    offset: i32,
    shift: u32,
}

impl Affine {
    /// The affine form that equals the reference for every pair of codes, if there is one.
    fn exact(params: &AddParams) -> Option<Self> {
        (12..=22)
            .rev()
            .find_map(|shift| Self::exact_at(params, shift))
    }

    fn exact_at(params: &AddParams, shift: u32) -> Option<Self> {
        let real = |by: crate::quant::Multiplier| {
            f64::from(by.mantissa) * (f64::from(by.shift) - 31.0).exp2()
        };
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

/// QUANTIZE from int8 to int8.
pub(super) fn requantise(c: &Context<'_>, params: &RequantizeParams) -> StepCode {
    let [_, _, channels] = c.output_map();
    StepCode {
        call: format!(
            "ts_requantise_codes(in, out, {channels}, {}, {}, {}, {}, tile);",
            params.input_zero_point,
            params.multiplier.mantissa,
            params.multiplier.shift,
            params.output_zero_point
        ),
        fragments: vec![Fragment::Requantise],
        ..StepCode::default()
    }
}
