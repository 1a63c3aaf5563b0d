//! Designs: whatever the bytes, a verified graph or one short line, and what is read can be written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tinyscope_core::design::{Design, open};
use tinyscope_core::graph::verify;

fuzz_target!(|bytes: &[u8]| {
    let opened = open(bytes);
    match &opened.graph {
        Some(graph) => {
            assert_eq!(verify(graph), Ok(()));
            let read = Design::from_ron(bytes).expect("it was opened");
            let text = read.to_ron().expect("what was read can be written");
            assert_eq!(Design::from_ron(text.as_bytes()), Ok(read));
        }
        None => {
            let line = opened.diagnostics[0].to_string();
            assert!(line.len() < 4096 && !line.contains(char::is_control), "{line:?}");
        }
    }
});
