//! Means, sums and maxima over axes.

use super::CodegenError;
use super::fragment::Fragment;
use super::step::{Context, StepCode};
use super::walk::{Axis, strides, walks};
use crate::graph::Reduce;
use crate::quant::MeanParams;

/// Elements of one sum: so many codes, and their zero points, stay within 32 bits.
const LARGEST_COUNT: usize = 1 << 23;

/// MEAN or SUM.
pub(super) fn sum(
    c: &Context<'_>,
    op: &Reduce,
    params: &MeanParams,
) -> Result<StepCode, CodegenError> {
    c.needs_whole()?;
    if params.count >= LARGEST_COUNT {
        return Err(c.unsupported("a sum has at most 8,388,607 elements; sum in two steps"));
    }
    let arguments = format!(
        "{}, {}, {}",
        params.multiplier.mantissa, params.multiplier.shift, params.output_zero_point
    );
    if let Some([outer, reduced, inner]) = neighbours(c, op) {
        return Ok(StepCode {
            call: format!(
                "ts_mean(in, out, {outer}, {reduced}, {inner}, {}, {arguments});",
                params.input_zero_point
            ),
            fragments: vec![Fragment::Mean],
            ..StepCode::default()
        });
    }
    let offset = params.input_zero_point * params.count as i32;
    Ok(StepCode {
        constants: both_walks(c, op)?,
        call: format!("ts_reduce_sum(in, out, walks, {offset}, {arguments});"),
        fragments: vec![Fragment::ReduceSum],
        ..StepCode::default()
    })
}

/// `REDUCE_MAX`.
pub(super) fn maximum(c: &Context<'_>, op: &Reduce) -> Result<StepCode, CodegenError> {
    c.needs_whole()?;
    Ok(StepCode {
        constants: both_walks(c, op)?,
        call: "ts_reduce_max(in, out, walks);".into(),
        fragments: vec![Fragment::ReduceMax],
        ..StepCode::default()
    })
}

/// Elements before, in and behind the reduced axes, where those are neighbours. Axes of extent 1 change nothing, so
/// they may be taken in to make them so.
fn neighbours(c: &Context<'_>, op: &Reduce) -> Option<[usize; 3]> {
    let shape = &c.input(0).shape;
    let real: Vec<usize> = (op.axes.iter().copied())
        .filter(|&axis| shape.get(axis) != Some(&1))
        .collect();
    let (first, last) = match (real.first(), real.last()) {
        (Some(&first), Some(&last)) => (first, last + 1),
        _ => (0, 0),
    };
    let inside = shape.get(first..last)?;
    let gap = (first..last).any(|axis| shape[axis] != 1 && !real.contains(&axis));
    let product = |axes: &[usize]| axes.iter().product::<usize>();
    (!gap).then(|| {
        [
            product(&shape[..first]),
            product(inside),
            product(&shape[last..]),
        ]
    })
}

/// The walk to each output, and the walk through what it is made of.
fn both_walks(c: &Context<'_>, op: &Reduce) -> Result<String, CodegenError> {
    let shape = &c.input(0).shape;
    let axes = |reduced: bool| -> Vec<Axis<1>> {
        (shape.iter().zip(strides(shape)).enumerate())
            .filter(|(axis, _)| op.axes.contains(axis) == reduced)
            .map(|(_, (&extent, step))| Axis {
                extent,
                steps: [step],
            })
            .collect()
    };
    let ([kept], [reduced]) = (walks(c, &axes(false))?, walks(c, &axes(true))?);
    Ok(format!(
        "    static const ts_walk walks[2] = {{\n        {kept},\n        {reduced},\n    }};\n"
    ))
}
