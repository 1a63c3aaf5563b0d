//! Bias correction (Nagel et al. 2019, section 4.2): rounding weights shifts the mean of an output, and the shift is
//! taken from the bias. Here it is measured: the operator runs on its float input with the rounding errors as weights.

use super::channels::{numbers, set_numbers};
use super::error::CalibrateError;
use super::prepare::bare;
use super::progress::{Phase, Progress};
use super::samples::{Samples, sample};
use super::stream::in_batches;
use super::weights::{self, Weights};
use crate::graph::Graph;
use crate::quant::{QuantError, float, run};
use std::ops::ControlFlow;

/// The biases of each operator, in float64; empty for operators without.
pub fn plain(graph: &Graph) -> Vec<Vec<f64>> {
    let biases = graph.ops.iter().map(|op| op.kind.parameters()?.1);
    let values = biases.map(|id| id.map_or(&[][..], |id| numbers(graph.tensor(id))));
    values
        .map(|values| values.iter().map(|&b| f64::from(b)).collect())
        .collect()
}

/// Takes from each bias the mean error of its channel over samples and pixels.
///
/// # Errors
/// When a run fails or `progress` breaks.
pub fn correct<S: Samples + ?Sized>(
    graph: &Graph,
    weights: &[Option<Weights>],
    biases: &mut [Vec<f64>],
    samples: &S,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<usize, CalibrateError> {
    let mut errors = graph.clone();
    for (index, (op, weights)) in graph.ops.iter().zip(weights).enumerate() {
        if let (Some(weights), Some((id, _))) = (weights, op.kind.parameters()) {
            set_numbers(&mut errors, id, weights::errors(graph, op, weights));
            errors.ops[index].kind = bare(&op.kind);
        }
    }
    let with_weights: Vec<usize> = (0..graph.ops.len())
        .filter(|&index| weights[index].is_some())
        .collect();
    let share = 1.0 / samples.len().max(1) as f64;
    in_batches(
        samples.len(),
        Phase::Biases,
        progress,
        |index| {
            let trace = run(graph, &sample(graph, samples, index)?)?;
            let mean = |&index: &usize| -> Result<Vec<f64>, QuantError> {
                let op = &errors.ops[index];
                let input = trace.get(op.inputs[0]).and_then(|value| value.as_f32());
                let input = input.ok_or(QuantError::Malformed {
                    what: "an operator with weights reads a constant",
                })?;
                let output = float::eval(&errors, op, &[input])?;
                Ok(channel_means(&output, biases_of(graph, index)))
            };
            let means: Result<Vec<_>, _> = with_weights.iter().map(mean).collect();
            Ok(means?)
        },
        |means| {
            for (&index, means) in with_weights.iter().zip(means) {
                for (bias, mean) in biases[index].iter_mut().zip(means) {
                    *bias -= mean * share;
                }
            }
        },
    )?;
    Ok(with_weights.len())
}

/// Output channels of an operator with weights.
fn biases_of(graph: &Graph, index: usize) -> usize {
    let output = graph.ops[index].outputs[0];
    graph.tensor(output).shape.last().copied().unwrap_or(1)
}

/// Mean over all pixels by channel.
fn channel_means(values: &[f32], channels: usize) -> Vec<f64> {
    let mut means = vec![0.0; channels];
    for pixel in values.chunks_exact(channels) {
        for (sum, &x) in means.iter_mut().zip(pixel) {
            *sum += f64::from(x);
        }
    }
    let pixels = (values.len() / channels) as f64;
    means.into_iter().map(|sum| sum / pixels).collect()
}
