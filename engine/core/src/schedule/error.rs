//! Why a schedule is refused.

/// An illegal choice, by name. Steps are counted from 0, as everywhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// The stage would be longer than the network.
    #[error(
        "a patch stage of {split} steps is longer than the network's {steps}; choose at most {steps}"
    )]
    TooLong {
        /// Steps asked for.
        split: usize,
        /// Steps there are.
        steps: usize,
    },
    /// A step in the stage needs its whole input for each pixel of output.
    #[error(
        "a patch stage of {split} steps contains step {step} ({op}), which needs its whole input at once; end the stage before it"
    )]
    NotLocal {
        /// Steps asked for.
        split: usize,
        /// The step.
        step: usize,
        /// Its operator.
        op: &'static str,
    },
    /// A tensor made inside the stage, other than its output, is read after it.
    #[error(
        "a patch stage cannot end after {split} steps: the output of step {step} is read by step {reader} behind the boundary (a residual crosses it); only the stage's last output may"
    )]
    Crosses {
        /// Steps asked for.
        split: usize,
        /// The step that makes the tensor.
        step: usize,
        /// The first step behind the boundary that reads it.
        reader: usize,
    },
    /// A step in the stage does not lead to the stage's output.
    #[error(
        "a patch stage cannot end after {split} steps: the output of step {step} leads nowhere inside the stage"
    )]
    DeadEnd {
        /// Steps asked for.
        split: usize,
        /// The step.
        step: usize,
    },
    /// A tensor made inside the stage is an output of the network.
    #[error(
        "a patch stage cannot end after {split} steps: the output of step {step} is an output of the network and would only exist in tiles"
    )]
    OutputInside {
        /// Steps asked for.
        split: usize,
        /// The step.
        step: usize,
    },
    /// The stage reads more than one input of the network.
    #[error(
        "a patch stage of {split} steps reads more than one input of the network; it can have one"
    )]
    SeveralInputs {
        /// Steps asked for.
        split: usize,
    },
    /// A grid without patches.
    #[error("a patch grid of {rows}×{columns} has no patches; choose at least 1×1")]
    EmptyGrid {
        /// Patches vertically.
        rows: usize,
        /// Patches horizontally.
        columns: usize,
    },
    /// More patches than pixels.
    #[error(
        "a patch grid of {rows}×{columns} is finer than the stage's output of {height}×{width} pixels; choose a coarser grid or end the stage earlier"
    )]
    GridTooFine {
        /// Patches vertically.
        rows: usize,
        /// Patches horizontally.
        columns: usize,
        /// Height of the stage's output.
        height: usize,
        /// Width of the stage's output.
        width: usize,
    },
}
