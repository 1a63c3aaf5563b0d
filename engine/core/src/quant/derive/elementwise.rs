//! Element-wise operators of two tensors, and requantising.

use super::{clamp, multiplier, per_tensor};
use crate::graph::{Activation, Graph, TensorId};
use crate::quant::error::QuantError;
use crate::quant::params::{AddParams, MulParams, PreluParams, RequantizeParams};

/// Left shift of both inputs of a sum, before they come to a common scale.
const LEFT_SHIFT: i32 = 20;

/// `CalculateOpDataAdd`: in double.
pub(super) fn add(
    graph: &Graph,
    inputs: [TensorId; 2],
    output: TensorId,
    activation: Activation,
) -> Result<AddParams, QuantError> {
    let [a, b] = [
        per_tensor(graph, inputs[0])?.0,
        per_tensor(graph, inputs[1])?.0,
    ];
    let out = f64::from(per_tensor(graph, output)?.0);
    let twice_max = 2.0 * f64::from(a.max(b));
    let factors = [
        f64::from(a) / twice_max,
        f64::from(b) / twice_max,
        twice_max / (f64::from(1 << LEFT_SHIFT) * out),
    ];
    sum(graph, inputs, output, activation, factors)
}

/// `CalculateOpDataSub`: the same, in float32.
pub(super) fn sub(
    graph: &Graph,
    inputs: [TensorId; 2],
    output: TensorId,
    activation: Activation,
) -> Result<AddParams, QuantError> {
    let [a, b] = [
        per_tensor(graph, inputs[0])?.0,
        per_tensor(graph, inputs[1])?.0,
    ];
    let out = per_tensor(graph, output)?.0;
    let twice_max = 2.0 * a.max(b);
    let factors = [
        a / twice_max,
        b / twice_max,
        twice_max / ((1 << LEFT_SHIFT) as f32 * out),
    ];
    sum(graph, inputs, output, activation, factors.map(f64::from))
}

fn sum(
    graph: &Graph,
    inputs: [TensorId; 2],
    output: TensorId,
    activation: Activation,
    [a, b, out]: [f64; 3],
) -> Result<AddParams, QuantError> {
    let (scale, output_zero_point) = per_tensor(graph, output)?;
    Ok(AddParams {
        input_zero_points: [
            per_tensor(graph, inputs[0])?.1,
            per_tensor(graph, inputs[1])?.1,
        ],
        input_multipliers: [multiplier(a)?, multiplier(b)?],
        left_shift: LEFT_SHIFT,
        output_multiplier: multiplier(out)?,
        output_zero_point,
        clamp: clamp(activation, scale, output_zero_point),
    })
}

/// `CalculateOpDataMul`: one factor, in double.
pub(super) fn mul(
    graph: &Graph,
    inputs: [TensorId; 2],
    output: TensorId,
    activation: Activation,
) -> Result<MulParams, QuantError> {
    let [(a, zero_a), (b, zero_b)] = [per_tensor(graph, inputs[0])?, per_tensor(graph, inputs[1])?];
    let (scale, output_zero_point) = per_tensor(graph, output)?;
    Ok(MulParams {
        input_zero_points: [zero_a, zero_b],
        multiplier: multiplier(f64::from(a) * f64::from(b) / f64::from(scale))?,
        output_zero_point,
        clamp: clamp(activation, scale, output_zero_point),
    })
}

/// `CalculatePreluParams`: in double.
pub(super) fn prelu(
    graph: &Graph,
    [input, output, slopes]: [TensorId; 3],
) -> Result<PreluParams, QuantError> {
    let (from, input_zero_point) = per_tensor(graph, input)?;
    let (slope, slope_zero_point) = per_tensor(graph, slopes)?;
    let (to, output_zero_point) = per_tensor(graph, output)?;
    let [from, slope, to] = [from, slope, to].map(f64::from);
    Ok(PreluParams {
        input_zero_point,
        slope_zero_point,
        output_zero_point,
        positive: multiplier(from / to)?,
        negative: multiplier(from * slope / to)?,
    })
}

/// `QUANTIZE` from int8 to int8, in double.
pub(super) fn requantize(
    graph: &Graph,
    [input, output]: [TensorId; 2],
) -> Result<RequantizeParams, QuantError> {
    let (from, input_zero_point) = per_tensor(graph, input)?;
    let (to, output_zero_point) = per_tensor(graph, output)?;
    Ok(RequantizeParams {
        input_zero_point,
        output_zero_point,
        multiplier: multiplier(f64::from(from) / f64::from(to))?,
    })
}
