//! Why a graph could not be written.

use crate::graph::Op;

/// Why a graph could not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The graph breaks an invariant of [`crate::graph::verify`].
    #[error("the network is not consistent: {why}")]
    Inconsistent {
        /// The first violation.
        why: String,
    },
    /// The format has no way to say what an operator computes.
    #[error("operator {index} ({name}) cannot be written as {format}: {why}")]
    Operator {
        /// Index in the graph's operator list.
        index: usize,
        /// TFLite name.
        name: &'static str,
        /// The format for people.
        format: &'static str,
        /// What cannot be said, and what to do.
        why: String,
    },
    /// The file would be larger than the format allows.
    #[error("the network has {bytes} bytes of constants; {format} files hold at most 2 GiB")]
    TooLarge {
        /// Bytes of constants.
        bytes: usize,
        /// The format for people.
        format: &'static str,
    },
}

impl ExportError {
    /// Places a reason at an operator.
    pub(super) fn at(index: usize, op: &Op, format: &'static str, why: impl Into<String>) -> Self {
        Self::Operator {
            index,
            name: op.kind.name(),
            format,
            why: why.into(),
        }
    }
}
