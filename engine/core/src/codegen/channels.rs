//! The constants of a layer's output channels, as C.

use super::CodegenError;
use super::step::Context;
use super::text::int32;
use crate::graph::TensorId;
use crate::quant::ConvParams;

/// The constant int32 biases, zeros where there are none.
pub(super) fn biases(
    c: &Context<'_>,
    id: Option<TensorId>,
    channels: usize,
) -> Result<Vec<i32>, CodegenError> {
    let Some(id) = id else {
        return Ok(vec![0; channels]);
    };
    let data = c.plan.graph.tensor(id).data.as_ref();
    data.and_then(|data| data.as_i32())
        .filter(|biases| biases.len() == channels)
        .map(<[i32]>::to_vec)
        .ok_or_else(|| c.unsupported("its biases must be constant int32, one per output channel"))
}

/// The rows of a `ts_channel` array for [`crate::packing::Finish::Exact`].
pub(super) fn exact_rows(params: &ConvParams, biases: &[i32]) -> Vec<String> {
    let each = biases.iter().zip(&params.multipliers);
    let constants: Vec<[i32; 3]> = each
        .map(|(&bias, by)| [bias, by.mantissa, by.shift])
        .collect();
    rows(&constants)
}

/// The rows of a `ts_channel` array.
pub(super) fn rows(constants: &[[i32; 3]]) -> Vec<String> {
    let row = |&[bias, multiplier, last]: &[i32; 3]| {
        format!(
            "{{{}, {}, {}}}",
            int32(bias),
            int32(multiplier),
            int32(last)
        )
    };
    constants.iter().map(row).collect()
}
