//! The file formats as both import and export see them: tables of the schemas, numbers of operators and types. Knows
//! nothing of graphs but their element types.

pub mod onnx;
pub(crate) mod tflite_names;
#[allow(
    unsafe_code,
    missing_docs,
    unused_lifetimes,
    rustdoc::all,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    reason = "made by flatc: the accessors of a verified file are unsafe inside, and the style is the generator's"
)]
#[rustfmt::skip]
#[path = "generated/tflite_generated.rs"]
pub(crate) mod tflite_schema;
pub(crate) mod tflite_types;
