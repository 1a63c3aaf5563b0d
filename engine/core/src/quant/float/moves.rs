//! Operators that only move elements, and broadcasting.

use super::{QuantError, same_size};
use crate::graph::shape::strides;
use crate::graph::{Pad, PadFill, Slice};

/// A tensor of `shape` whose element at index `i` is `values[base + Σ i[axis] · strides[axis]]`. The caller sees to it
/// that all lie inside.
fn gather(values: &[f32], shape: &[usize], base: usize, strides: &[isize]) -> Vec<f32> {
    let elements = shape.iter().product();
    let mut gathered = Vec::with_capacity(elements);
    let Some((&last, outer)) = shape.split_last() else {
        return values[base..].iter().take(1).copied().collect();
    };
    let inner = strides[outer.len()];
    let mut position = vec![0_usize; outer.len()];
    let mut at = base as isize;
    while gathered.len() < elements {
        match inner {
            1 => gathered.extend_from_slice(&values[at as usize..][..last]),
            0 => gathered.extend(std::iter::repeat_n(values[at as usize], last)),
            _ => gathered.extend((0..last as isize).map(|i| values[(at + i * inner) as usize])),
        }
        for axis in (0..outer.len()).rev() {
            position[axis] += 1;
            at += strides[axis];
            if position[axis] < outer[axis] {
                break;
            }
            at -= strides[axis] * outer[axis] as isize;
            position[axis] = 0;
        }
    }
    gathered
}

/// `values` of shape `from`, repeated to `to`. The shapes have been checked.
pub(super) fn broadcast_to(values: &[f32], from: &[usize], to: &[usize]) -> Vec<f32> {
    let mut spread = vec![0; to.len()];
    let lead = to.len() - from.len();
    for (axis, stride) in strides(from).into_iter().enumerate() {
        spread[lead + axis] = if from[axis] == 1 { 0 } else { stride as isize };
    }
    gather(values, to, 0, &spread)
}

pub(super) fn transpose(
    x: &[f32],
    shape: &[usize],
    permutation: &[usize],
) -> Result<Vec<f32>, QuantError> {
    let mut sorted = permutation.to_vec();
    sorted.sort_unstable();
    if !sorted.iter().copied().eq(0..shape.len()) {
        return Err(QuantError::Malformed {
            what: "a permutation names each axis once",
        });
    }
    let strides = strides(shape);
    let permuted: Vec<isize> = permutation.iter().map(|&p| strides[p] as isize).collect();
    let out: Vec<usize> = permutation.iter().map(|&p| shape[p]).collect();
    Ok(gather(x, &out, 0, &permuted))
}

pub(super) fn slice(op: &Slice, x: &[f32], shape: &[usize]) -> Result<Vec<f32>, QuantError> {
    for list in [op.begin.len(), op.stride.len(), op.extent.len()] {
        same_size("axes of a slice", shape.len(), list)?;
    }
    let strides = strides(shape);
    let mut base = 0;
    let mut steps = Vec::with_capacity(shape.len());
    for (axis, stride) in strides.into_iter().enumerate() {
        let (begin, step, extent) = (op.begin[axis], op.stride[axis], op.extent[axis]);
        let last = begin as isize + step * (extent as isize - 1);
        if begin >= shape[axis] || last < 0 || last >= shape[axis] as isize {
            return Err(QuantError::Malformed {
                what: "a slice reaches outside its tensor",
            });
        }
        base += begin * stride;
        steps.push(step * stride as isize);
    }
    Ok(gather(x, &op.extent, base, &steps))
}

pub(super) fn concatenate(
    parts: &[(&[f32], &[usize])],
    axis: usize,
) -> Result<Vec<f32>, QuantError> {
    let inner = |shape: &[usize]| shape.get(axis..).map(|s| s.iter().product::<usize>());
    let blocks: Option<Vec<(&[f32], usize)>> = parts
        .iter()
        .map(|&(part, shape)| Some((part, inner(shape)?)))
        .collect();
    let blocks = blocks.filter(|b| b.iter().all(|&(part, n)| n > 0 && part.len() % n == 0));
    let Some(blocks) = blocks else {
        return Err(QuantError::Malformed {
            what: "the parts have no such axis",
        });
    };
    let rows = blocks.first().map_or(0, |&(part, n)| part.len() / n);
    let mut joined = Vec::with_capacity(blocks.iter().map(|(part, _)| part.len()).sum());
    for row in 0..rows {
        for &(part, n) in &blocks {
            same_size("rows of a part", rows, part.len() / n)?;
            joined.extend_from_slice(&part[row * n..][..n]);
        }
    }
    Ok(joined)
}

/// One axis after the other; mirrored corners come out as if all were done at once.
pub(super) fn pad(op: &Pad, x: &[f32], shape: &[usize]) -> Result<Vec<f32>, QuantError> {
    same_size("axes of padding", shape.len(), op.amounts.len())?;
    let mut values = x.to_vec();
    let mut inner = 1;
    for (axis, &[before, after]) in op.amounts.iter().enumerate().rev() {
        let extent = shape[axis];
        if before + after > 0 {
            values = pad_axis(op.fill, &values, [extent, inner], [before, after])?;
        }
        inner *= before + extent + after;
    }
    Ok(values)
}

fn pad_axis(
    fill: PadFill,
    values: &[f32],
    [extent, inner]: [usize; 2],
    [before, after]: [usize; 2],
) -> Result<Vec<f32>, QuantError> {
    let extent = extent as isize;
    let mirror = |edge: isize| {
        move |i: isize| match i {
            _ if i < 0 => Some(-i - 1 + edge),
            _ if i >= extent => Some(2 * extent - 1 - i - edge),
            _ => Some(i),
        }
    };
    let source = |i: isize| match fill {
        PadFill::Zero | PadFill::Constant(_) => (i >= 0 && i < extent).then_some(i),
        PadFill::Reflect => mirror(1)(i),
        PadFill::Symmetric => mirror(0)(i),
    };
    let constant = match fill {
        PadFill::Constant(x) => x,
        _ => 0.0,
    };
    let mut padded = Vec::new();
    for block in values.chunks_exact(extent as usize * inner) {
        for i in -(before as isize)..extent + after as isize {
            match source(i) {
                None => padded.extend(std::iter::repeat_n(constant, inner)),
                Some(from) if (0..extent).contains(&from) => {
                    padded.extend_from_slice(&block[from as usize * inner..][..inner]);
                }
                Some(_) => {
                    return Err(QuantError::Malformed {
                        what: "mirrored padding is wider than the tensor",
                    });
                }
            }
        }
    }
    Ok(padded)
}
