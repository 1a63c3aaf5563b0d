//! Functions of single elements, of pairs of elements, and softmax.

use super::moves::broadcast_to;
use super::{QuantError, bounded};
use crate::graph::{Activation, Combine, Function, shape};
use std::borrow::Cow;

/// `f` of each pair of elements, shapes broadcast to each other.
pub(super) fn combine(
    [a, b]: [&[f32]; 2],
    [shape_a, shape_b]: [&[usize]; 2],
    f: impl Fn(f32, f32) -> f32,
) -> Result<Vec<f32>, QuantError> {
    let shape = shape::broadcast(shape_a, shape_b).map_err(|_| QuantError::Malformed {
        what: "the operands cannot be broadcast",
    })?;
    let spread = |values, from: &[usize]| -> Cow<'_, [f32]> {
        if from == shape {
            Cow::Borrowed(values)
        } else {
            Cow::Owned(broadcast_to(values, from, &shape))
        }
    };
    let (a, b) = (spread(a, shape_a), spread(b, shape_b));
    Ok(a.iter().zip(b.iter()).map(|(&a, &b)| f(a, b)).collect())
}

pub(super) fn combined(
    kind: Combine,
    operands: [&[f32]; 2],
    shapes: [&[usize]; 2],
) -> Result<Vec<f32>, QuantError> {
    let (result, activation) = match kind {
        Combine::Sub(activation) => (combine(operands, shapes, |a, b| a - b)?, activation),
        Combine::Mul(activation) => (combine(operands, shapes, |a, b| a * b)?, activation),
        Combine::Maximum => {
            let larger = |a, b| if a < b { b } else { a };
            (combine(operands, shapes, larger)?, Activation::None)
        }
        Combine::Minimum => {
            let smaller = |a, b| if b < a { b } else { a };
            (combine(operands, shapes, smaller)?, Activation::None)
        }
    };
    Ok(bounded(result, activation))
}

pub(super) fn unary(function: Function, x: &[f32]) -> Vec<f32> {
    let map = |f: fn(f32) -> f32| x.iter().map(|&x| f(x)).collect();
    match function {
        Function::Relu => bounded(x.to_vec(), Activation::Relu),
        Function::Relu6 => bounded(x.to_vec(), Activation::Relu6),
        Function::ReluN1To1 => bounded(x.to_vec(), Activation::ReluN1To1),
        Function::LeakyRelu { alpha } => x
            .iter()
            .map(|&x| if x < 0.0 { alpha * x } else { x })
            .collect(),
        Function::HardSwish => map(|x| x * (x + 3.0).clamp(0.0, 6.0) / 6.0),
        Function::Logistic => map(|x| 1.0 / (1.0 + (-x).exp())),
        Function::Tanh => map(f32::tanh),
    }
}

/// Softmax over rows of `depth` elements.
pub(super) fn softmax(x: &[f32], depth: usize, beta: f32) -> Vec<f32> {
    let mut result = x.to_vec();
    for row in result.chunks_mut(depth.max(1)) {
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut sum = 0.0;
        for x in &mut *row {
            *x = ((*x - largest) * beta).exp();
            sum += *x;
        }
        for x in row {
            *x /= sum;
        }
    }
    result
}
