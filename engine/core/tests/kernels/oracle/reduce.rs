//! Means, sums and maxima over axes.

use super::fixed::{multiplier, twice_rounded, wrap};
use super::{finish, flat, indices, per_tensor};
use tinyscope_core::graph::{Activation, Graph, Op, OpKind, Reduce};

pub fn reduce(graph: &Graph, op: &Op, reduce: &Reduce, codes: &[i8]) -> Vec<i8> {
    let shape = &graph.tensor(op.inputs[0]).shape;
    let (from, zero) = per_tensor(graph, op.inputs[0]);
    let (to, out_zero) = per_tensor(graph, op.outputs[0]);
    let kept: Vec<usize> = (0..shape.len())
        .filter(|a| !reduce.axes.contains(a))
        .collect();
    let outer: Vec<usize> = kept.iter().map(|&a| shape[a]).collect();
    let of = |out: Vec<usize>| {
        let members: Vec<i128> = indices(shape)
            .filter(|index| kept.iter().zip(&out).all(|(&a, &i)| index[a] == i))
            .map(|index| i128::from(codes[flat(shape, &index)]))
            .collect();
        let n = members.len() as i128;
        let sum: i128 = members.iter().sum();
        let (mantissa, shift) = multiplier(f64::from(from) / f64::from(to));
        let value = match op.kind {
            OpKind::ReduceMax(_) => return *members.iter().max().expect("a member") as i8,
            OpKind::Sum(_) => twice_rounded(wrap(sum - zero * n), mantissa, shift),
            _ => {
                // The count is divided into the 31-bit factor, truncating.
                let floor_log2 = (0..=32).rev().find(|&s| (1_i128 << s) <= n).unwrap_or(0);
                let fold = floor_log2.min(31 + shift);
                twice_rounded(wrap(sum - zero * n), (mantissa << fold) / n, shift - fold)
            }
        };
        finish(graph, op.outputs[0], Activation::None, out_zero + value)
    };
    indices(&outer).map(of).collect()
}
