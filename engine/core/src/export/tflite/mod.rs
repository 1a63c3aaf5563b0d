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
use crate::graph::Graph;
use file::Builder;

/// The format for people.
const FORMAT: &str = "TensorFlow Lite";

/// The graph as a TensorFlow Lite file that the reference runtime runs to the same bytes.
///
/// # Errors
/// When the graph is inconsistent, or the format cannot express an operator: weights of a convolution with a zero point,
/// an average pool with padding of its own.
pub fn tflite(graph: &Graph) -> Result<Vec<u8>, ExportError> {
    super::check(graph, FORMAT)?;
    let mut builder = Builder::new(graph);
    for (index, op) in graph.ops.iter().enumerate() {
        ops::add(&mut builder, op).map_err(|why| ExportError::at(index, op, FORMAT, why))?;
    }
    Ok(write::write(&builder.finish()))
}
