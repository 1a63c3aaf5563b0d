//! The project file: whatever the bytes, a project or one short line, and what is read can be written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;

// The two modules alone, without the window behind them.
#[allow(dead_code)]
#[path = "../../app/src/format.rs"]
mod format;
#[allow(dead_code)]
#[path = "../../app/src/project.rs"]
mod project;

fuzz_target!(|bytes: &[u8]| {
    match project::parse(bytes) {
        Ok(read) => {
            let text = project::print(&read).expect("what was read can be written");
            assert_eq!(project::parse(text.as_bytes()), Ok(read));
        }
        Err(problem) => {
            let line = problem.to_string();
            assert!(line.len() < 4096 && !line.contains(char::is_control), "{line:?}");
        }
    }
});
