//! Graph to bytes: the network as it stands (quantised, edited, of floating point) as a file for other programs.
//!
//! Deterministic: the same graph gives the same bytes. A graph that a format cannot express is refused with the operator
//! and the reason, never written with another meaning. Knows nothing of the file system.

mod error;
mod names;
mod onnx;
mod tflite;

pub use error::ExportError;
pub use onnx::onnx;
pub use tflite::tflite;

use crate::graph::{Data, Graph, verify};

/// Bytes of constants at most: sizes and offsets in both formats have 31 bits, and the rest of the file needs room too.
const MAX_BYTES: usize = (1 << 31) - (1 << 24);

/// Fails unless the graph is sound and its constants fit a file.
fn check(graph: &Graph, format: &'static str) -> Result<(), ExportError> {
    verify(graph).map_err(|violations| ExportError::Inconsistent {
        why: violations
            .first()
            .map_or_else(String::new, ToString::to_string),
    })?;
    let constants = graph.tensors.iter().filter_map(|t| t.data.as_ref());
    let bytes = constants.map(Data::bytes).fold(0, usize::saturating_add);
    if bytes > MAX_BYTES {
        return Err(ExportError::TooLarge { bytes, format });
    }
    Ok(())
}
