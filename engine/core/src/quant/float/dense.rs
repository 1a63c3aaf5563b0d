//! Fully connected operators.

use super::{QuantError, biases, bound, bounds, constant, for_rows, same_size};
use crate::graph::{FullyConnected, Graph};

/// Partial sums that are carried together.
const LANES: usize = 16;

/// `Σ a[i] · b[i]`: lane `l` sums the products `i ≡ l`, then the lanes are added in order.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    let ((blocks_a, rest_a), (blocks_b, rest_b)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in blocks_a.iter().zip(blocks_b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    for (sum, (a, b)) in sums.iter_mut().zip(rest_a.iter().zip(rest_b)) {
        *sum += a * b;
    }
    sums.iter().sum()
}

pub(super) fn fully_connected(
    graph: &Graph,
    op: &FullyConnected,
    x: &[f32],
) -> Result<Vec<f32>, QuantError> {
    let weights = constant(graph, op.weights)?;
    let [outputs, depth] = graph.tensor(op.weights).shape[..] else {
        return Err(QuantError::Malformed {
            what: "the weights are not outputs×inputs",
        });
    };
    let rows = x.len() / depth.max(1);
    same_size("elements of the input", rows * depth, x.len())?;
    let bias = biases(graph, op.bias, outputs)?;
    let limits = bounds(op.activation);
    let mut result = vec![0.0; rows * outputs];
    let work = x.len() * outputs;
    for_rows(&mut result, 1, work, |i, out| {
        let row = &x[i / outputs * depth..][..depth];
        let o = i % outputs;
        out[0] = bound(bias[o] + dot(row, &weights[o * depth..][..depth]), limits);
    });
    Ok(result)
}
