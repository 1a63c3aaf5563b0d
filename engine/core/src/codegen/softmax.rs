//! Softmax over the last axis.

use super::CodegenError;
use super::fragment::Fragment;
use super::step::{Context, StepCode};
use crate::quant::SoftmaxParams;

/// `SOFTMAX`.
pub(super) fn softmax(c: &Context<'_>, params: &SoftmaxParams) -> Result<StepCode, CodegenError> {
    c.needs_whole()?;
    let depth = c.input(0).shape.last().copied().unwrap_or(1).max(1);
    let rows = c.input(0).elements() / depth;
    Ok(StepCode {
        call: format!(
            "ts_softmax(in, out, {rows}, {depth}, {}, {}, {});",
            params.multiplier.mantissa, params.multiplier.shift, params.diff_min
        ),
        fragments: vec![Fragment::Softmax],
        ..StepCode::default()
    })
}
