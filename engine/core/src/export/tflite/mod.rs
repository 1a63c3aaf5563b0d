//! TensorFlow Lite files (schema version 3): the graph in the operators, versions and option tables of the format.
//!
//! Padding that is neither SAME nor VALID becomes a PAD before the operator. Biases get the scale that the reference
//! asks for, input × weight.

mod aligned;
mod file;
mod ops;
mod versions;
mod windows;
mod write;

use super::ExportError;
use crate::graph::{Graph, verify};
use file::Builder;

/// The format for people.
const FORMAT: &str = "TensorFlow Lite";
/// Bytes of constants at most: offsets in the format have 31 bits, and the tables need room too.
const MAX_BYTES: usize = (1 << 31) - (1 << 24);

/// The graph as a TensorFlow Lite file that the reference runtime runs to the same bytes.
///
/// # Errors
/// When the graph is inconsistent, or the format cannot express an operator: weights of a convolution with a zero point,
/// an average pool with padding of its own.
pub fn tflite(graph: &Graph) -> Result<Vec<u8>, ExportError> {
    verify(graph).map_err(|violations| ExportError::Inconsistent {
        why: violations
            .first()
            .map_or_else(String::new, ToString::to_string),
    })?;
    let bytes = graph
        .tensors
        .iter()
        .filter_map(|tensor| tensor.data.as_ref())
        .fold(0usize, |sum, data| sum.saturating_add(data.bytes()));
    if bytes > MAX_BYTES {
        return Err(ExportError::TooLarge {
            bytes,
            format: FORMAT,
        });
    }
    let mut builder = Builder::new(graph);
    for (index, op) in graph.ops.iter().enumerate() {
        ops::add(&mut builder, op).map_err(|why| ExportError::at(index, op, FORMAT, why))?;
    }
    Ok(write::write(&builder.finish()))
}
