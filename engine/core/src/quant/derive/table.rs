//! Functions of one code, as tables of all 256: exact by construction, whatever the reference computes per element.

use super::{clamp, multiplier, per_tensor};
use crate::graph::{Activation, Function, Graph, TensorId};
use crate::quant::error::QuantError;
use crate::quant::fixed::{logistic, requantize, rounding_divide, tanh};
use crate::quant::params::Multiplier;

/// Integer bits of the inputs of the logistic function and the hyperbolic tangent (Q4.27).
const INPUT_INTEGER_BITS: i32 = 4;

/// Entry `c + 128` is the output code of input code `c`.
pub(super) fn table(
    graph: &Graph,
    [input, output]: [TensorId; 2],
    function: Function,
) -> Result<Box<[i8; 256]>, QuantError> {
    let from = per_tensor(graph, input)?;
    let to = per_tensor(graph, output)?;
    match function {
        Function::Relu => relu(from, to, Activation::Relu),
        Function::ReluN1To1 => relu(from, to, Activation::ReluN1To1),
        Function::Relu6 => Ok(relu6(from)),
        Function::LeakyRelu { alpha } => leaky_relu(from, to, alpha),
        Function::HardSwish => hard_swish(from, to),
        Function::Logistic if to.1 != -128 => Err(QuantError::Malformed {
            what: "the logistic function needs output scale 1/256 and zero point -128",
        }),
        Function::Logistic => saturating(from, |x| rounding_divide(logistic(x), 23) - 128),
        Function::Tanh => saturating(from, |x| rounding_divide(tanh(x), 24)),
    }
}

/// The table of a function from differences from the input's zero point to codes, which saturate.
fn tabulate(zero_point: i32, function: impl Fn(i32) -> i32) -> Box<[i8; 256]> {
    let entry = |i: usize| function(i as i32 - 128 - zero_point).clamp(-128, 127) as i8;
    Box::new(std::array::from_fn(entry))
}

/// Requantises and clamps (`CalculateReluOpData`: the ratio of the scales is a float32).
fn relu(
    (scale, zero_point): (f32, i32),
    (to_scale, to_zero_point): (f32, i32),
    bounds: Activation,
) -> Result<Box<[i8; 256]>, QuantError> {
    let by = multiplier(f64::from(scale / to_scale))?;
    let [low, high] = clamp(bounds, to_scale, to_zero_point);
    Ok(tabulate(zero_point, |x| {
        requantize(x, by)
            .wrapping_add(to_zero_point)
            .max(low)
            .min(high)
    }))
}

/// Clamps codes in the input's quantisation and never requantises (`Relu6Prepare`).
fn relu6((scale, zero_point): (f32, i32)) -> Box<[i8; 256]> {
    let six = ((6.0 / scale).round() as i32).saturating_add(zero_point);
    tabulate(zero_point, |x| (x + zero_point).max(zero_point).min(six))
}

/// `QuantizeLeakyRelu`: both factors are float32; a negative slope's product is rounded before the sign is put.
fn leaky_relu(
    (scale, zero_point): (f32, i32),
    (to_scale, to_zero_point): (f32, i32),
    alpha: f32,
) -> Result<Box<[i8; 256]>, QuantError> {
    let identity = multiplier(f64::from(scale / to_scale))?;
    let slope = scale * alpha / to_scale;
    let by = multiplier(f64::from(slope.abs()))?;
    let sign = if slope < 0.0 { -1 } else { 1 };
    Ok(tabulate(zero_point, |x| {
        let y = if x >= 0 {
            requantize(x, identity)
        } else {
            requantize(x, by).wrapping_mul(sign)
        };
        y.wrapping_add(to_zero_point)
    }))
}

/// The 16-bit path of `HardSwish`: `x` on the output scale times a factor that rises from 0 at −3 to 1 at 3.
fn hard_swish(
    (scale, zero_point): (f32, i32),
    (to_scale, to_zero_point): (f32, i32),
) -> Result<Box<[i8; 256]>, QuantError> {
    let fine_scale = scale / 128.0;
    let output = multiplier(f64::from(fine_scale / to_scale))?;
    let slope = multiplier(f64::from(fine_scale / (3.0 / 32768.0)))?;
    if output.shift > 0 {
        return Err(QuantError::Ratio {
            ratio: f64::from(scale / to_scale),
        });
    }
    let by = [short_mantissa(output), short_mantissa(slope)];
    Ok(tabulate(zero_point, |x| {
        let fine = (x << 7) as i16;
        let mut factor = fine;
        if slope.shift > 0 {
            factor = saturating_left(factor, slope.shift - 1);
        }
        factor = high_multiply(factor, by[1]);
        if slope.shift > 0 {
            factor = saturating_left(factor, 1);
        } else {
            factor = short_rounding_divide(factor, slope.shift.unsigned_abs());
        }
        let factor = (i32::from(factor) + (1 << 15)) >> 1;
        let product = (factor * i32::from(high_multiply(fine, by[0]))) / (1 << 15);
        i32::from(short_rounding_divide(
            product as i16,
            output.shift.unsigned_abs(),
        )) + to_zero_point
    }))
}

/// The mantissa in 16 bits (`DownScaleInt32ToInt16Multiplier`).
fn short_mantissa(by: Multiplier) -> i16 {
    let rounded = (i64::from(by.mantissa) + (1 << 15)) >> 16;
    rounded.min(i64::from(i16::MAX)) as i16
}

/// Saturating rounding doubling high multiply of 16-bit numbers; mantissas are positive, so nothing saturates.
fn high_multiply(a: i16, b: i16) -> i16 {
    let product = i32::from(a) * i32::from(b);
    let nudge = if product >= 0 { 1 << 14 } else { 1 - (1 << 14) };
    ((product + nudge) / (1 << 15)) as i16
}

/// `x / 2^exponent` as gemmlowp's template does it in 16 bits: to nearest, ties away from zero, while the exponent is 15
/// at most. From 16 on its mask wraps to all ones, and the quotient is 1 or −1.
fn short_rounding_divide(x: i16, exponent: u32) -> i16 {
    let mask = ((1_i64 << exponent) - 1) as i16;
    let threshold = (mask >> 1) + i16::from(x < 0);
    (i32::from(x) >> exponent) as i16 + i16::from(x & mask > threshold)
}

/// `x · 2^by`, saturating in 16 bits.
fn saturating_left(x: i16, by: i32) -> i16 {
    let shifted = i64::from(x) << by.clamp(0, 32);
    shifted.clamp(i64::from(i16::MIN), i64::from(i16::MAX)) as i16
}

/// A function of a number in Q4.27 that is constant beyond the radius that its 4 integer bits hold (`Logistic`, `Tanh`,
/// `CalculateInputRadius`).
fn saturating(
    (scale, zero_point): (f32, i32),
    function: impl Fn(i32) -> i32,
) -> Result<Box<[i8; 256]>, QuantError> {
    let by = multiplier(f64::from(scale) * f64::from(1 << (31 - INPUT_INTEGER_BITS)))?;
    let largest =
        f64::from((1 << INPUT_INTEGER_BITS) - 1) * f64::from(1 << (31 - INPUT_INTEGER_BITS));
    let radius = (largest / f64::from(by.shift).exp2()).floor() as i32;
    Ok(tabulate(zero_point, |x| {
        if x <= -radius {
            -128
        } else if x >= radius {
            127
        } else {
            function(requantize(x, by))
        }
    }))
}
