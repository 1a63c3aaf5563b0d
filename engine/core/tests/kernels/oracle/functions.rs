//! Functions of one code, and of a row of codes.

use super::fixed::{multiplier, nearest_away, scaled};
use super::gemmlowp::{Fixed, exp, logistic, reciprocal, tanh};
use super::{bounds, finish, per_tensor};
use tinyscope_core::graph::{Activation, Function, Graph, Op};

pub fn requantize(graph: &Graph, op: &Op, code: i8) -> i8 {
    let (from, zero) = per_tensor(graph, op.inputs[0]);
    let (to, out_zero) = per_tensor(graph, op.outputs[0]);
    let value = scaled(i128::from(code) - zero, f64::from(from) / f64::from(to));
    finish(graph, op.outputs[0], Activation::None, out_zero + value)
}

pub fn unary(graph: &Graph, op: &Op, function: Function, code: i8) -> i8 {
    let (from, zero) = per_tensor(graph, op.inputs[0]);
    let (to, out_zero) = per_tensor(graph, op.outputs[0]);
    let x = i128::from(code) - zero;
    let ratio = f64::from(from / to);
    let value = match function {
        Function::Relu | Function::ReluN1To1 => {
            let bound = if function == Function::Relu {
                Activation::Relu
            } else {
                Activation::ReluN1To1
            };
            let [low, high] = bounds(graph, op.outputs[0], bound);
            (out_zero + scaled(x, ratio)).max(low).min(high)
        }
        // Codes stay what they are.
        Function::Relu6 => {
            let [low, high] = bounds(graph, op.inputs[0], Activation::Relu6);
            i128::from(code).max(low).min(high)
        }
        Function::LeakyRelu { .. } if x >= 0 => out_zero + scaled(x, ratio),
        Function::LeakyRelu { alpha } => {
            let slope = from * alpha / to;
            let size = scaled(x, f64::from(slope.abs()));
            out_zero + if slope < 0.0 { -size } else { size }
        }
        Function::HardSwish => out_zero + hard_swish(x, from, to),
        Function::Logistic => saturating(x, from, |x| nearest_away(logistic(x).raw, 23) - 128),
        Function::Tanh => saturating(x, from, |x| nearest_away(tanh(x).raw, 24)),
    };
    value.clamp(-128, 127) as i8
}

/// `function` of the real number in Q4.27; the extremes from the radius on.
fn saturating(x: i128, scale: f32, function: impl Fn(Fixed) -> i128) -> i128 {
    let factor = f64::from(scale) * 2_f64.powi(27);
    let (_, shift) = multiplier(factor);
    let radius = (15.0 * 2_f64.powi(27 - shift)).floor() as i128;
    if x.abs() >= radius {
        return if x < 0 { -128 } else { 127 };
    }
    function(Fixed {
        raw: scaled(x, factor),
        bits: 4,
    })
}

/// In 16 bits; without the output's zero point.
fn hard_swish(x: i128, from: f32, to: f32) -> i128 {
    let short = |factor: f32| {
        let (mantissa, exponent) = multiplier(f64::from(factor));
        (
            (mantissa + (1 << 15)).div_euclid(1 << 16).min(32767),
            exponent,
        )
    };
    let saturate = |x: i128| x.clamp(-32768, 32767);
    let times = |a: i128, b: i128| (a * b + (1 << 14)).div_euclid(1 << 15);
    let fine = from / 128.0;
    let (by, right) = short(fine / to);
    let (slope, exponent) = short(fine / (3.0 / 32768.0));
    let x = x * 128;
    // From -3..3 to -1..1, saturating.
    let ramp = if exponent > 0 {
        saturate(times(saturate(x << (exponent - 1)), slope) * 2)
    } else {
        nearest_away(times(x, slope), (-exponent) as u32)
    };
    // To 0..1.
    let ramp = (ramp + 32768).div_euclid(2);
    nearest_away(ramp * times(x, by) / 32768, (-right) as u32)
}

/// One row of logits.
pub fn softmax(row: &[i8], scale: f32, beta: f32) -> Vec<i8> {
    let factor = (f64::from(beta) * f64::from(scale) * 2_f64.powi(26)).min(2_147_483_647.0);
    let (mantissa, shift) = multiplier(factor);
    let cut_off = -(31.0 * 2_f64.powi(26 - shift)).floor() as i128;
    let largest = row.iter().copied().max().expect("a logit");
    let exponential = |&code: &i8| {
        let difference = i128::from(code) - i128::from(largest);
        let raw = ((difference << shift) * mantissa + (1 << 30)).div_euclid(1 << 31);
        (difference >= cut_off).then(|| exp(Fixed { raw, bits: 5 }))
    };
    let terms: Vec<Option<Fixed>> = row.iter().map(exponential).collect();
    let sum: i128 = terms.iter().flatten().map(|e| e.rescaled(12).raw).sum();
    // The sum as (1 + rest) · 2^exponent.
    let size = 128 - sum.leading_zeros();
    let headroom = 32 - size;
    let rest = (sum << headroom) - (1 << 31);
    let inverse = reciprocal(Fixed { raw: rest, bits: 0 });
    let right = 12 - headroom as i32 + 31 - 8;
    let code = |e: &Fixed| nearest_away(inverse.times(*e).raw, right as u32) - 128;
    terms
        .iter()
        .map(|e| e.as_ref().map_or(-128, |e| code(e).clamp(-128, 127) as i8))
        .collect()
}
