//! What can go wrong in deriving parameters or running operators on the host.

use crate::graph::{DType, Region};

/// Why an operator's arithmetic could not be derived or run.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum QuantError {
    /// A tensor lacks the one scale and zero point that the operator needs.
    #[error(
        "tensor {tensor} has no single scale and zero point; quantise the model per tensor for activations"
    )]
    Unquantized {
        /// Index in the graph.
        tensor: u32,
    },
    /// A tensor has a type that the operator cannot take.
    #[error(
        "tensor {tensor} has type {dtype:?}, which this operator does not take here; convert the model with full int8 quantisation"
    )]
    Type {
        /// Index in the graph.
        tensor: u32,
        /// Its type.
        dtype: DType,
    },
    /// Weights have zero points that differ from channel to channel.
    #[error(
        "weights (tensor {tensor}) have a zero point other than 0 per channel; int8 weights must be symmetric"
    )]
    AsymmetricWeights {
        /// Index in the graph.
        tensor: u32,
    },
    /// An operator that copies codes has an input whose scale or zero point is not the output's.
    #[error(
        "tensor {tensor} has another scale or zero point than the output, and this operator copies codes; put a QUANTIZE before it"
    )]
    Rescale {
        /// The input's index in the graph.
        tensor: u32,
    },
    /// A ratio of scales is outside what a 32-bit requantisation expresses.
    #[error(
        "the ratio of scales {ratio:e} cannot be expressed in 32-bit fixed point; check the model's quantisation"
    )]
    Ratio {
        /// The ratio.
        ratio: f64,
    },
    /// Sizes that must agree do not.
    #[error("{what}: expected {expected}, found {found}")]
    Size {
        /// Of what.
        what: &'static str,
        /// The size that the operator implies.
        expected: usize,
        /// The size that is there.
        found: usize,
    },
    /// An operator reads a pixel that lies in the map but not in the tile it was given: the schedule is wrong.
    #[error(
        "pixel ({y}, {x}) is read but the tile holds only {tile:?}; the schedule's halo is too small"
    )]
    OutsideTile {
        /// Row of the whole map.
        y: usize,
        /// Column of the whole map.
        x: usize,
        /// What the tile holds.
        tile: Region,
    },
    /// The operator cannot be computed from part of its input or for part of its output.
    #[error("{op} needs its whole map at once; keep it out of the patch stage")]
    NeedsWhole {
        /// The operator's TFLite name.
        op: &'static str,
    },
    /// A pooling window covers no pixel of its map.
    #[error("a pooling window covers no pixel of the map; check stride and padding")]
    EmptyWindow,
    /// The parameters belong to another kind of operator, or an operand is missing.
    #[error("malformed operator: {what}")]
    Malformed {
        /// What is missing or does not fit.
        what: &'static str,
    },
    /// An error, placed at an operator.
    #[error("operator {index} ({name}): {source}")]
    At {
        /// Index in the graph's operator list.
        index: usize,
        /// TFLite name.
        name: &'static str,
        /// What went wrong there.
        source: Box<QuantError>,
    },
}

impl QuantError {
    /// The same error, placed at an operator.
    #[must_use]
    pub fn at(self, index: usize, name: &'static str) -> Self {
        Self::At {
            index,
            name,
            source: Box::new(self),
        }
    }
}

/// Fails unless `found` is `expected`.
pub(super) fn same_size(
    what: &'static str,
    expected: usize,
    found: usize,
) -> Result<(), QuantError> {
    if expected == found {
        Ok(())
    } else {
        Err(QuantError::Size {
            what,
            expected,
            found,
        })
    }
}
