//! Arithmetic on constants at import: what exporters leave of the computation of shapes, and of weights.

use super::constant::Constant;
use super::layout::offsets;
use super::ops::elementwise::Binary;
use super::problem::{Read, bad_shape, problem};
use crate::graph::Data;
use crate::graph::shape::strides;
use crate::graph::shape::{broadcast, text};

/// Most elements of a constant that is made at import.
const MOST_ELEMENTS: usize = 1 << 22;

/// Fails for results far larger than any sensible model makes.
pub(super) fn bounded(shape: &[usize]) -> Read<usize> {
    let elements = shape.iter().try_fold(1_usize, |n, &d| n.checked_mul(d));
    elements.filter(|&n| n <= MOST_ELEMENTS).ok_or_else(|| {
        problem(
            "too-large",
            format!(
                "a constant of shape {} would be made at import",
                text(shape)
            ),
            "fold constants before export, for example with onnxsim",
        )
    })
}

/// A function of constants, one after the other.
pub(super) fn combine(function: Binary, constants: &[Constant]) -> Read<Constant> {
    let [first, rest @ ..] = constants else {
        return Err(bad_shape("the operator has no operand"));
    };
    rest.iter()
        .try_fold(first.clone(), |left, right| pair(function, &left, right))
}

fn pair(function: Binary, a: &Constant, b: &Constant) -> Read<Constant> {
    let shape = broadcast(&a.shape, &b.shape).map_err(bad_shape)?;
    bounded(&shape)?;
    let steps = |c: &Constant| {
        let lead = shape.len() - c.shape.len();
        let own = strides(&c.shape);
        let step = |axis: usize| match axis.checked_sub(lead) {
            Some(i) if c.shape[i] != 1 => own[i],
            _ => 0,
        };
        (0..shape.len()).map(step).collect::<Vec<usize>>()
    };
    let places = offsets(&shape, &steps(a)).zip(offsets(&shape, &steps(b)));
    if let (Some(x), Some(y)) = (a.whole(), b.whole()) {
        let values = places.map(|(i, j)| whole(function, x[i], y[j]));
        let values: Option<Vec<i64>> = values.collect();
        let values = values.ok_or_else(|| bad_shape("a division by zero"))?;
        return Ok(Constant::new(&shape, Data::I64(values.into())));
    }
    let (x, y) = (a.floats()?, b.floats()?);
    let values = places.map(|(i, j)| real(function, x[i], y[j])).collect();
    Ok(Constant::reals(&shape, values))
}

fn whole(function: Binary, a: i64, b: i64) -> Option<i64> {
    Some(match function {
        Binary::Add => a.wrapping_add(b),
        Binary::Sub => a.wrapping_sub(b),
        Binary::Mul => a.wrapping_mul(b),
        Binary::Div => a.checked_div(b)?,
        Binary::Max => a.max(b),
        Binary::Min => a.min(b),
    })
}

fn real(function: Binary, a: f32, b: f32) -> f32 {
    match function {
        Binary::Add => a + b,
        Binary::Sub => a - b,
        Binary::Mul => a * b,
        Binary::Div => a / b,
        Binary::Max => a.max(b),
        Binary::Min => a.min(b),
    }
}

/// Constants one after the other along `axis`. Codes with a quantisation become real numbers.
pub(super) fn concatenate(constants: &[Constant], axis: usize) -> Read<Constant> {
    let [first, ..] = constants else {
        return Err(bad_shape("the operator has no operand"));
    };
    let mut shape = first.shape.clone();
    let fits = |c: &Constant| {
        c.shape.len() == shape.len()
            && (0..shape.len()).all(|i| i == axis || c.shape[i] == shape[i])
    };
    if axis >= shape.len() || !constants.iter().all(fits) {
        return Err(bad_shape("constants of these shapes cannot be joined"));
    }
    shape[axis] = constants
        .iter()
        .map(|c| c.shape[axis])
        .fold(0, usize::saturating_add);
    bounded(&shape)?;
    let before: usize = shape[..axis].iter().product();
    let rows = |c: &Constant| c.elements() / before.max(1);
    if let Some(lists) = constants
        .iter()
        .map(Constant::whole)
        .collect::<Option<Vec<_>>>()
    {
        let values = joined(&lists, before, constants.iter().map(rows));
        return Ok(Constant::new(&shape, Data::I64(values.into())));
    }
    let lists = constants
        .iter()
        .map(Constant::floats)
        .collect::<Read<Vec<_>>>()?;
    let values = joined(&lists, before, constants.iter().map(rows));
    Ok(Constant::reals(&shape, values))
}

fn joined<T: Copy>(lists: &[Vec<T>], before: usize, rows: impl Iterator<Item = usize>) -> Vec<T> {
    let rows: Vec<usize> = rows.collect();
    let of = |i: usize| {
        let parts = lists.iter().zip(&rows);
        parts.flat_map(move |(list, &n)| list[i * n..(i + 1) * n].iter().copied())
    };
    (0..before).flat_map(of).collect()
}

/// The elements of `constant` at `indices` along `axis`.
pub(super) fn gather(constant: &Constant, axis: usize, indices: &[usize]) -> Read<Constant> {
    let mut shape = constant.shape.clone();
    shape[axis] = indices.len();
    bounded(&shape)?;
    let steps = strides(&constant.shape);
    let mut one = constant.shape.clone();
    one[axis] = 1;
    let at = |&index: &usize| constant.walked(&one, &steps, index * steps[axis]);
    let parts: Vec<Constant> = indices.iter().map(at).collect();
    match &parts[..] {
        [] => Ok(Constant::integers(Vec::new())),
        [part] => Ok(part.clone()),
        _ => concatenate(&parts, axis),
    }
}
