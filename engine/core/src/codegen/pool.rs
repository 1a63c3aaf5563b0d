//! Pools and means.

use super::CodegenError;
use super::conv::window;
use super::fragment::Fragment;
use super::step::{Context, StepCode};
use crate::graph::{Pool2d, Reduce};
use crate::quant::{MeanParams, PoolParams};

/// `AVERAGE_POOL_2D`, or `MAX_POOL_2D`.
pub(super) fn pool(
    c: &Context<'_>,
    op: &Pool2d,
    params: PoolParams,
    average: bool,
) -> Result<StepCode, CodegenError> {
    if op.window.dilation != [1, 1] {
        return Err(c.unsupported("a pool cannot be dilated"));
    }
    let [_, _, channels] = c.output_map();
    let [low, high] = params.clamp;
    let (name, fragment) = if average {
        ("ts_average_pool", Fragment::AveragePool)
    } else {
        ("ts_max_pool", Fragment::MaxPool)
    };
    Ok(StepCode {
        constants: format!(
            "    static const ts_window window = {};\n    static const ts_range range = {{0, {low}, {high}}};\n",
            window(c, &op.window)?
        ),
        call: format!("{name}(in, out, {channels}, &window, &range, tile);"),
        fragments: vec![fragment],
        ..StepCode::default()
    })
}

/// `MEAN` over neighbouring axes.
pub(super) fn mean(
    c: &Context<'_>,
    op: &Reduce,
    params: &MeanParams,
) -> Result<StepCode, CodegenError> {
    c.needs_whole()?;
    let shape = &c.input(0).shape;
    // Axes of extent 1 change nothing, so they may be taken in to make the axes neighbours.
    let real: Vec<usize> = op
        .axes
        .iter()
        .copied()
        .filter(|&axis| shape[axis] != 1)
        .collect();
    let (first, last) = match (real.first(), real.last()) {
        (Some(&first), Some(&last)) => (first, last + 1),
        _ => (0, 0),
    };
    if (first..last).any(|axis| shape[axis] != 1 && !real.contains(&axis)) {
        return Err(c.unsupported("the axes of a mean must be neighbours; average in two steps"));
    }
    let product = |axes: &[usize]| axes.iter().product::<usize>();
    let (outer, reduced, inner) = (
        product(&shape[..first]),
        product(&shape[first..last]),
        product(&shape[last..]),
    );
    Ok(StepCode {
        call: format!(
            "ts_mean(in, out, {outer}, {reduced}, {inner}, {}, {}, {}, {});",
            params.input_zero_point,
            params.multiplier.mantissa,
            params.multiplier.shift,
            params.output_zero_point
        ),
        fragments: vec![Fragment::Mean],
        ..StepCode::default()
    })
}
