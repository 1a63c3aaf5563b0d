//! What the interpreter finds wrong with a plan or its inputs.

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
    #[error("step {step}, patch {patch}: {source}")]
    Quant {
        /// Index of the step.
        step: usize,
        /// Index of the patch, 0 outside a patch stage.
        patch: usize,
        /// What went wrong.
        source: QuantError,
    },
    /// A step reads bytes that no longer, or not yet, belong to the tensor.
    #[error(
        "step {step}, patch {patch}: tensor {tensor} is read at arena byte {byte}, which it does not hold"
    )]
    NotHeld {
        /// Index of the step.
        step: usize,
        /// Index of the patch.
        patch: usize,
        /// The tensor.
        tensor: u32,
        /// The first such byte.
        byte: usize,
    },
    /// A step uses a buffer outside its lifetime or beyond its end.
    #[error("step {step}, patch {patch}: buffer {buffer} {what}")]
    Buffer {
        /// Index of the step.
        step: usize,
        /// Index of the patch.
        patch: usize,
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
