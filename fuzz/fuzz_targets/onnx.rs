//! Any bytes as an ONNX file: through import, lowering, planning and code generation.
//!
//! One importer tells the formats apart by content; this target differs from `tflite` in its corpus.
#![no_main]

#[path = "../../engine/core/tests/support/survives.rs"]
mod survives;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| survives::model(bytes));
