//! Top-1 accuracy over samples with labels.

use super::agreement::argmax;
use super::error::CalibrateError;
use super::progress::{Phase, Progress};
use super::samples::{Samples, sample};
use super::stream::in_batches;
use crate::graph::Graph;
use crate::quant::{QuantError, run};
use serde::Serialize;
use std::ops::ControlFlow;

/// Answers that were right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Accuracy {
    /// Samples whose largest output is that of their label.
    pub correct: usize,
    /// Samples.
    pub total: usize,
}

impl Accuracy {
    /// The share of right answers, 0 to 1; 0 where there is no sample.
    pub fn top1(self) -> f64 {
        self.correct as f64 / self.total.max(1) as f64
    }
}

/// Runs every sample and compares the largest element of the first output with its label. Float samples serve float and
/// int8 graphs alike ([`super::fit_input`]).
///
/// # Errors
/// When labels and samples differ in number, a sample does not fit, a run fails, or `progress` breaks.
pub fn evaluate<S: Samples + ?Sized>(
    graph: &Graph,
    samples: &S,
    labels: &[usize],
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Accuracy, CalibrateError> {
    if labels.len() != samples.len() {
        return Err(CalibrateError::Sample {
            sample: labels.len().min(samples.len()),
            why: "a sample without label, or a label without sample".into(),
        });
    }
    let Some(&output) = graph.outputs.first() else {
        return Err(CalibrateError::Malformed("it has no output".into()));
    };
    let mut accuracy = Accuracy::default();
    in_batches(
        samples.len(),
        Phase::Evaluate,
        progress,
        |index| {
            let trace = run(graph, &sample(graph, samples, index)?)?;
            let answer = trace.get(output).ok_or(QuantError::Malformed {
                what: "the output has no value",
            })?;
            Ok(argmax(answer) == Some(labels[index]))
        },
        |correct| {
            accuracy.total += 1;
            accuracy.correct += usize::from(correct);
        },
    )?;
    Ok(accuracy)
}
