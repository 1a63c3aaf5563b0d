//! Means and sums over axes, and softmax.

use super::{multiplier, per_tensor};
use crate::graph::{Graph, Reduce, TensorId};
use crate::quant::error::QuantError;
use crate::quant::fixed::quantize_multiplier;
use crate::quant::params::{MeanParams, Multiplier, SoftmaxParams};

/// Integer bits of the scaled differences in softmax (Q5.26).
const SOFTMAX_INTEGER_BITS: i32 = 5;

/// `SUM`: the ratio of the scales (`QuantizedMeanOrSum`).
pub(super) fn sum(
    graph: &Graph,
    [input, output]: [TensorId; 2],
    op: &Reduce,
) -> Result<MeanParams, QuantError> {
    let (input_scale, input_zero_point) = per_tensor(graph, input)?;
    let (output_scale, output_zero_point) = per_tensor(graph, output)?;
    let shape = &graph.tensor(input).shape;
    let count = op
        .axes
        .iter()
        .map(|&axis| shape.get(axis).copied())
        .product::<Option<usize>>()
        .filter(|&n| n > 0)
        .ok_or(QuantError::Malformed {
            what: "a reduction needs valid axes and at least one element",
        })?;
    Ok(MeanParams {
        input_zero_point,
        multiplier: multiplier(f64::from(input_scale) / f64::from(output_scale))?,
        output_zero_point,
        count,
    })
}

/// `MEAN`: the division by the count is folded into the multiplier (`QuantizedMeanOrSum`).
pub(super) fn mean(
    graph: &Graph,
    tensors: [TensorId; 2],
    op: &Reduce,
) -> Result<MeanParams, QuantError> {
    let sum = sum(graph, tensors, op)?;
    let by = sum.multiplier;
    let fold = (sum.count.ilog2() as i32).min(32).min(31 + by.shift);
    Ok(MeanParams {
        multiplier: Multiplier {
            mantissa: ((i64::from(by.mantissa) << fold) / sum.count as i64) as i32,
            shift: by.shift - fold,
        },
        ..sum
    })
}

/// `PreprocessSoftmaxScaling` and `CalculateInputRadius`.
pub(super) fn softmax(
    graph: &Graph,
    [input, output]: [TensorId; 2],
    beta: f32,
) -> Result<SoftmaxParams, QuantError> {
    let (scale, _) = per_tensor(graph, input)?;
    let (output_scale, output_zero_point) = per_tensor(graph, output)?;
    // The kernel has these two built in.
    if (output_scale - 1.0 / 256.0).abs() > 1e-6 || output_zero_point != -128 {
        return Err(QuantError::Malformed {
            what: "softmax needs output scale 1/256 and zero point -128",
        });
    }
    let largest = f64::from(i32::MAX);
    let ratio = (f64::from(beta) * f64::from(scale) * f64::from(1 << (31 - SOFTMAX_INTEGER_BITS)))
        .min(largest);
    let by = quantize_multiplier(ratio)
        .filter(|by| by.shift >= 0)
        .ok_or(QuantError::Ratio { ratio })?;
    let radius = f64::from((1 << SOFTMAX_INTEGER_BITS) - 1)
        * f64::from(1 << (31 - SOFTMAX_INTEGER_BITS))
        / (1_u64 << by.shift) as f64;
    Ok(SoftmaxParams {
        multiplier: by,
        diff_min: -(radius.floor() as i32),
    })
}
