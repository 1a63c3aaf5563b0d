//! Operators of two tensors.

use super::fixed::scaled;
use super::{finish, flat, indices, per_tensor};
use tinyscope_core::graph::{Activation, Combine, Graph, Op, OpKind, TensorId};

/// `function` of every pair, with numpy's broadcasting.
pub fn broadcast(
    operands: [(&[i8], &[usize]); 2],
    shape: &[usize],
    function: impl Fn(i8, i8) -> i8,
) -> Vec<i8> {
    let rank = shape.len();
    let pick = |(codes, from): (&[i8], &[usize]), index: &[usize]| {
        let own: Vec<usize> = (0..from.len())
            .map(|axis| (axis + rank) - from.len())
            .zip(from)
            .map(|(axis, &d)| if d == 1 { 0 } else { index[axis] })
            .collect();
        codes[flat(from, &own)]
    };
    indices(shape)
        .map(|index| function(pick(operands[0], &index), pick(operands[1], &index)))
        .collect()
}

/// `ADD`, `SUB` (scales in float32) or `MUL` of two codes.
pub fn combined(graph: &Graph, op: &Op, codes: [i8; 2]) -> i8 {
    let [(a, zero_a), (b, zero_b)] = [0, 1].map(|i| per_tensor(graph, op.inputs[i]));
    let (out, out_zero) = per_tensor(graph, op.outputs[0]);
    let (x, y) = (i128::from(codes[0]) - zero_a, i128::from(codes[1]) - zero_b);
    let (value, activation) = match op.kind {
        OpKind::Combine(Combine::Mul(activation)) => {
            let factor = f64::from(a) * f64::from(b) / f64::from(out);
            (scaled(x * y, factor), activation)
        }
        OpKind::Combine(Combine::Sub(activation)) => {
            let twice_max = 2.0_f32 * if a > b { a } else { b };
            let part = |x: i128, scale: f32| scaled(x << 20, f64::from(scale / twice_max));
            let factor = twice_max / (1_048_576.0_f32 * out);
            (
                scaled(part(x, a) - part(y, b), f64::from(factor)),
                activation,
            )
        }
        OpKind::Add(activation) => {
            let twice_max = 2.0 * f64::from(a).max(f64::from(b));
            let part = |x: i128, scale: f32| scaled(x << 20, f64::from(scale) / twice_max);
            let factor = twice_max / (1_048_576.0 * f64::from(out));
            (scaled(part(x, a) + part(y, b), factor), activation)
        }
        _ => unreachable!("no arithmetic"),
    };
    finish(graph, op.outputs[0], activation, out_zero + value)
}

pub fn prelu(graph: &Graph, op: &Op, slopes: TensorId, [code, slope]: [i8; 2]) -> i8 {
    let (from, zero) = per_tensor(graph, op.inputs[0]);
    let (slope_scale, slope_zero) = per_tensor(graph, slopes);
    let (to, out_zero) = per_tensor(graph, op.outputs[0]);
    let x = i128::from(code) - zero;
    let value = if x < 0 {
        let factor = f64::from(from) * f64::from(slope_scale) / f64::from(to);
        scaled(x * (i128::from(slope) - slope_zero), factor)
    } else {
        scaled(x, f64::from(from) / f64::from(to))
    };
    finish(graph, op.outputs[0], Activation::None, out_zero + value)
}
