//! Mean, sum and maximum over axes. Sums are carried in double precision.

use super::QuantError;
use crate::graph::Reduce;

/// Folds each element of `x` into the element of the result that it belongs to; both in row-major order.
fn reduce<T: Copy>(
    op: &Reduce,
    x: &[f32],
    shape: &[usize],
    start: T,
    fold: impl Fn(&mut T, f32),
) -> Result<Vec<T>, QuantError> {
    if op.axes.iter().any(|&axis| axis >= shape.len()) {
        return Err(QuantError::Malformed {
            what: "a reduction names an axis that is not there",
        });
    }
    let mut strides = vec![0; shape.len()];
    let mut elements = 1;
    for axis in (0..shape.len()).rev() {
        if !op.axes.contains(&axis) {
            strides[axis] = elements;
            elements *= shape[axis];
        }
    }
    let mut result = vec![start; elements];
    let mut position = vec![0; shape.len()];
    let mut at = 0;
    for &x in x {
        fold(&mut result[at], x);
        for axis in (0..shape.len()).rev() {
            position[axis] += 1;
            at += strides[axis];
            if position[axis] < shape[axis] {
                break;
            }
            at -= strides[axis] * shape[axis];
            position[axis] = 0;
        }
    }
    Ok(result)
}

pub(super) fn sum(op: &Reduce, x: &[f32], shape: &[usize]) -> Result<Vec<f32>, QuantError> {
    let sums = reduce(op, x, shape, 0.0_f64, |sum, x| *sum += f64::from(x))?;
    Ok(sums.into_iter().map(|sum| sum as f32).collect())
}

pub(super) fn mean(op: &Reduce, x: &[f32], shape: &[usize]) -> Result<Vec<f32>, QuantError> {
    let sums = reduce(op, x, shape, 0.0_f64, |sum, x| *sum += f64::from(x))?;
    let count = x.len() as f64 / sums.len() as f64;
    Ok(sums.into_iter().map(|sum| (sum / count) as f32).collect())
}

pub(super) fn maximum(op: &Reduce, x: &[f32], shape: &[usize]) -> Result<Vec<f32>, QuantError> {
    reduce(op, x, shape, f32::NEG_INFINITY, |best, x| {
        // What is no number is kept.
        if x > *best || x.is_nan() {
            *best = x;
        }
    })
}
