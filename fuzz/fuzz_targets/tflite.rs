//! Any bytes as a TensorFlow Lite file: through import, lowering, planning and code generation.
#![no_main]

#[path = "../../engine/core/tests/support/survives.rs"]
mod survives;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| survives::model(bytes));
