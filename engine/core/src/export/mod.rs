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
