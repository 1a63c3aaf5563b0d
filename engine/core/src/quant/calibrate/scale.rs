//! Scale and zero point of every activation, under the constraints of the integer arithmetic.

use super::affine::from_range;
use super::prepare::{Prepared, same_scale};
use super::weights;
use crate::graph::{Combine, Function, Graph, Op, OpKind, TensorId};

/// Wider than a bound by this, so that rounding to float32 does not fall below it.
const MARGIN: f64 = 1.001;
/// Rounds until no bound asks for more: one widened scale may ask for another downstream.
const ROUNDS: usize = 64;

/// Scale and zero point by tensor; those of constants and of tensors that nothing writes mean nothing.
///
/// `ranges` is by tensor. A group of tensors with one scale has the hull of their ranges.
pub fn activations(prepared: &Prepared, ranges: &[Option<[f32; 2]>]) -> Vec<(f32, i32)> {
    let (graph, scales) = (&prepared.graph, &prepared.scales);
    let ids = || (0..graph.tensors.len() as u32).map(TensorId);
    let mut hulls = vec![[0.0_f64; 2]; graph.tensors.len()];
    for (id, range) in ids().zip(ranges) {
        if let Some([low, high]) = range {
            let hull = &mut hulls[scales.group(id)];
            *hull = [hull[0].min(f64::from(*low)), hull[1].max(f64::from(*high))];
        }
    }
    let weight_scales: Vec<f64> = graph.ops.iter().map(|op| widest(graph, op)).collect();
    for _ in 0..ROUNDS {
        let mut widened = false;
        let scale = |id: TensorId, hulls: &[[f64; 2]]| match scales.fixed(id) {
            Some((scale, _)) => f64::from(scale),
            None => f64::from(from_range(hulls[scales.group(id)]).0),
        };
        for (index, (op, weight)) in graph.ops.iter().zip(&weight_scales).enumerate() {
            let inputs: Vec<f64> = op.inputs.iter().map(|id| scale(*id, &hulls)).collect();
            let rescaling = scales.rescaling.contains(&index);
            for (id, least) in bounds(op, rescaling, &inputs, *weight) {
                let now = scale(id, &hulls);
                if now < least && scales.fixed(id).is_none() {
                    let hull = &mut hulls[scales.group(id)];
                    let factor = least * MARGIN / now;
                    *hull = if hull[0] < hull[1] {
                        hull.map(|end| end * factor)
                    } else {
                        [0.0, factor]
                    };
                    widened = true;
                }
            }
        }
        if !widened {
            break;
        }
    }
    ids()
        .map(|id| {
            let free = || from_range(hulls[scales.group(id)]);
            scales.fixed(id).unwrap_or_else(free)
        })
        .collect()
}

/// The largest weight scale of an operator; 1 for operators without weights.
fn widest(graph: &Graph, op: &Op) -> f64 {
    weights::ranges(graph, op).map_or(1.0, |ranges| {
        f64::from(ranges.into_iter().fold(0.0, f32::max)) / 127.0
    })
}

/// Least scales that an operator's arithmetic asks for, by tensor.
///
/// - ADD, SUB: `2 · max(input scales) / 2^20` must be less than the output scale (TFLite checks that the multiplier is
///   below 1).
/// - `HARD_SWISH`: the last multiplier, `input scale / 128 / output scale`, may not exceed 1.
/// - SOFTMAX: `beta · input scale · 2^26` must be at least 1.
/// - Other operators that rescale: a multiplier below 2^20, which is far from where sums overflow when shifted.
fn bounds(op: &Op, rescaling: bool, inputs: &[f64], weight: f64) -> Vec<(TensorId, f64)> {
    let output = op.outputs[0];
    let most = 1.0 / f64::from(1 << 20);
    let first = inputs.first().copied().unwrap_or(1.0);
    let largest = inputs.iter().copied().fold(0.0, f64::max);
    match &op.kind {
        OpKind::Add(_) | OpKind::Combine(Combine::Sub(_)) => vec![(output, 2.0 * largest * most)],
        OpKind::Combine(Combine::Mul(_)) => vec![(output, inputs.iter().product::<f64>() * most)],
        OpKind::Unary(Function::HardSwish) => vec![(output, first / 128.0)],
        OpKind::Unary(Function::LeakyRelu { alpha }) => {
            vec![(output, first * f64::from(alpha.abs().max(1.0)) * most)]
        }
        OpKind::Softmax { beta } => {
            let least = 1.0 / (f64::from(beta.abs()) * f64::from(1 << 26));
            let ids = op.inputs.iter().filter(|_| least.is_finite());
            ids.map(|id| (*id, least)).collect()
        }
        kind if same_scale(kind) && !rescaling => Vec::new(),
        _ => vec![(output, first * weight * most)],
    }
}
