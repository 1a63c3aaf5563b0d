//! Why a schedule is refused.

use std::ops::Range;

/// An illegal choice, by name. Steps are counted from 0, as everywhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// The stage has no steps.
    #[error("a stage from step {start} to before step {end} has no steps; leave it out")]
    NoSteps {
        /// Its first step.
        start: usize,
        /// One past its last.
        end: usize,
    },
    /// The stage would reach beyond the network.
    #[error("{} is longer than the network of {steps} steps; end it after at most {steps}", name(.stage))]
    TooLong {
        /// The stage.
        stage: Range<usize>,
        /// Steps there are.
        steps: usize,
    },
    /// Two stages claim the same step, or stand out of order.
    #[error("{} begins before step {end}, where the one before it ends; stages follow each other", name(.stage))]
    OutOfOrder {
        /// The later stage.
        stage: Range<usize>,
        /// Where the earlier one ends.
        end: usize,
    },
    /// A step in the stage needs its whole input for each pixel of output.
    #[error("{} contains step {step} ({op}), which needs its whole input at once; end the stage before it", name(.stage))]
    NotLocal {
        /// The stage.
        stage: Range<usize>,
        /// The step.
        step: usize,
        /// Its operator.
        op: &'static str,
    },
    /// A tensor made inside the stage, other than its output, is read after it.
    #[error("{} cannot end there: the output of step {step} is read by step {reader} behind the boundary (a residual crosses it); only the stage's last output may, unless it runs through line buffers", name(.stage))]
    Crosses {
        /// The stage.
        stage: Range<usize>,
        /// The step that makes the tensor.
        step: usize,
        /// The first step behind the boundary that reads it.
        reader: usize,
    },
    /// A step in the stage does not lead to the stage's output.
    #[error("{} cannot end there: the output of step {step} leads nowhere inside the stage", name(.stage))]
    DeadEnd {
        /// The stage.
        stage: Range<usize>,
        /// The step.
        step: usize,
    },
    /// A tensor made inside the stage is an output of the network.
    #[error("{} cannot end there: the output of step {step} is an output of the network and would only exist in parts", name(.stage))]
    OutputInside {
        /// The stage.
        stage: Range<usize>,
        /// The step.
        step: usize,
    },
    /// The stage reads more than one input of the network.
    #[error("{} reads more than one input of the network; it can have one", name(.stage))]
    SeveralInputs {
        /// The stage.
        stage: Range<usize>,
    },
    /// An input that arrives row by row is needed otherwise.
    #[error(
        "step {step} reads the network's input, which arrives row by row: run it in one stage of line buffers with all others that read it, or keep the input resident"
    )]
    InputByRows {
        /// The step.
        step: usize,
    },
    /// A patch grid without patches.
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
    /// A boundary is asked for where there is no step.
    #[error(
        "there is no boundary before step {boundary} in a network of {steps} steps; choose one up to {steps}"
    )]
    NoBoundary {
        /// The step before which it would lie.
        boundary: usize,
        /// Steps there are.
        steps: usize,
    },
    /// A boundary and a stage that are both asked for contradict each other.
    #[error("a boundary before step {boundary} would cut {}; give up one of them", name(.stage))]
    BoundaryInside {
        /// The step before which it lies.
        boundary: usize,
        /// The stage.
        stage: Range<usize>,
    },
    /// A strip or tile that is empty or larger than the map.
    #[error(
        "a tile of {rows}×{columns} pixels does not suit the stage's output of {height}×{width}; choose between 1×1 and that"
    )]
    TileSize {
        /// Rows of the tile.
        rows: usize,
        /// Columns of the tile.
        columns: usize,
        /// Height of the stage's output.
        height: usize,
        /// Width of the stage's output.
        width: usize,
    },
}

/// A stage in words.
fn name(steps: &Range<usize>) -> String {
    match steps.len() {
        1 => format!("the stage of step {}", steps.start),
        _ => format!(
            "the stage of steps {} to {}",
            steps.start,
            steps.end.saturating_sub(1)
        ),
    }
}
