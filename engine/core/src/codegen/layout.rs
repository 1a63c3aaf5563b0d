//! Operators that move codes: PAD, TRANSPOSE, RESHAPE.

use super::CodegenError;
use super::fragment::Fragment;
use super::step::{Context, StepCode};
use crate::graph::Pad;

/// Axes that the transpose kernel knows.
const AXES: usize = 4;

/// PAD of an image with its zero point.
pub(super) fn pad(c: &Context<'_>, op: &Pad, zero_point: i32) -> Result<StepCode, CodegenError> {
    let ([_, _, inputs], [_, _, outputs]) = (c.input_map(0), c.output_map());
    let [.., [front, _]] = op.amounts[..] else {
        return Err(c.inconsistent("it pads a scalar"));
    };
    Ok(StepCode {
        call: format!("ts_pad(in, out, {inputs}, {outputs}, {front}, {zero_point}, tile);"),
        fragments: vec![Fragment::Pad],
        ..StepCode::default()
    })
}

/// TRANSPOSE of up to four axes longer than 1.
pub(super) fn transpose(c: &Context<'_>, permutation: &[usize]) -> Result<StepCode, CodegenError> {
    c.needs_whole()?;
    let shape = &c.input(0).shape;
    if permutation.len() != shape.len() || permutation.iter().any(|&axis| axis >= shape.len()) {
        return Err(c.inconsistent("its permutation does not fit its input"));
    }
    let stride = |axis: usize| shape[axis + 1..].iter().product::<usize>();
    let mut axes: Vec<[usize; 2]> = permutation
        .iter()
        .filter(|&&axis| shape[axis] != 1)
        .map(|&axis| [shape[axis], stride(axis)])
        .collect();
    if axes.len() > AXES {
        return Err(c.unsupported("at most four axes can be permuted; do it in two steps"));
    }
    while axes.len() < AXES {
        axes.insert(0, [1, 0]);
    }
    let list = |i: usize| {
        axes.iter()
            .map(|axis| axis[i].to_string())
            .collect::<Vec<_>>()
            .join(", ")
    };
    Ok(StepCode {
        constants: format!(
            "    static const ts_permutation layer = {{{{{}}}, {{{}}}}};\n",
            list(0),
            list(1)
        ),
        call: "ts_transpose(in, out, &layer);".into(),
        fragments: vec![Fragment::Transpose],
        ..StepCode::default()
    })
}

/// RESHAPE: the same codes.
pub(super) fn reshape(c: &Context<'_>) -> Result<StepCode, CodegenError> {
    c.needs_whole()?;
    Ok(StepCode {
        call: format!("ts_copy_codes(in, out, {});", c.output().elements()),
        fragments: vec![Fragment::Copy],
        ..StepCode::default()
    })
}
