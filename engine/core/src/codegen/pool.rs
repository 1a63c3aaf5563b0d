//! Pools.

use super::CodegenError;
use super::conv::window;
use super::fragment::Fragment;
use super::step::{Context, StepCode};
use crate::graph::Pool2d;
use crate::quant::PoolParams;

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
