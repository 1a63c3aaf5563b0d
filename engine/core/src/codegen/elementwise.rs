//! Sums, and codes of one scale to codes of another.

use super::CodegenError;
use super::binary::{self, Combination};
use super::fragment::Fragment;
use super::step::{Context, StepCode};
use crate::cost::Kernel;
use crate::packing::{AffineSum, RoundedSum};
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
    if let Some(affine) = packed.then(|| AffineSum::exact(params)).flatten() {
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
    if let Some(sum) = packed.then(|| RoundedSum::exact(params)).flatten() {
        let zero = params.input_zero_points;
        return Ok(StepCode {
            constants: format!(
                "    static const ts_rounded_sum layer = {{{}, {}, {}, {}, {}, {}, {}, {}}};\n",
                sum.shifted,
                zero[sum.shifted],
                zero[1 - sum.shifted],
                sum.other[0],
                sum.other[1],
                sum.sum[0],
                sum.sum[1],
                params.output_zero_point
            ),
            call: format!("ts_add_rounded(in, other, out, {channels}, &layer, tile);"),
            fragments: vec![Fragment::AddRounded],
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
