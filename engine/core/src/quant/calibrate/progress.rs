//! What a long quantisation tells its caller.

use serde::Serialize;

/// A part of the work, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Smallest and largest values over the samples.
    Ranges,
    /// Distributions over the samples; only for methods that need them.
    Histograms,
    /// Mean output errors of rounded weights; only with bias correction.
    Biases,
    /// Float and int8 run side by side.
    Compare,
    /// Samples with labels run.
    Evaluate,
}

/// How far the work is. Returning [`std::ops::ControlFlow::Break`] from the callback cancels it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// The part that runs.
    pub phase: Phase,
    /// Samples done in this part.
    pub done: usize,
    /// Samples in this part.
    pub total: usize,
}
