//! What the interpreter finds wrong with a plan or its inputs.

use crate::graph::Region;
use crate::quant::QuantError;

/// Why a plan could not be run. All but the first two are defects of the plan.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum InterpretError {
    /// Not as many inputs, or not as large, as the lowered graph has.
    #[error("input {index}: expected {expected} codes, found {found}")]
    Input {
        /// Which input.
        index: usize,
        /// Codes that the graph takes.
        expected: usize,
        /// Codes that were given; 0 when the input is missing.
        found: usize,
    },
    /// An operator's arithmetic failed; a read outside the region that the schedule gives shows here.
    #[error("step {step}, part {part}: {source}")]
    Quant {
        /// Index of the step.
        step: usize,
        /// Index of the patch, strip or tile, 0 elsewhere.
        part: usize,
        /// What went wrong.
        source: QuantError,
    },
    /// A step uses memory wrongly.
    #[error(
        "step {step}, part {part}: tensor {tensor}, rows {}..{}, columns {}..{}, at arena byte {byte}: {what}",
        region.y.start, region.y.end, region.x.start, region.x.end
    )]
    Access {
        /// Index of the step.
        step: usize,
        /// Index of the patch, strip or tile, 0 elsewhere.
        part: usize,
        /// The tensor that is read or written.
        tensor: u32,
        /// The part of its map.
        region: Region,
        /// The first byte of the arena where it goes wrong.
        byte: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// A step uses a buffer that is not there, or not then.
    #[error("step {step}, part {part}: buffer {buffer} {what}")]
    Buffer {
        /// Index of the step.
        step: usize,
        /// Index of the patch, strip or tile, 0 elsewhere.
        part: usize,
        /// The buffer.
        buffer: u32,
        /// What is wrong.
        what: &'static str,
    },
    /// The plan's parts do not belong together.
    #[error("step {step}: {what}")]
    Malformed {
        /// Index of the step.
        step: usize,
        /// What does not fit.
        what: &'static str,
    },
}
