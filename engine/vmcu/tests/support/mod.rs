//! What the comparisons with QEMU share: finding and running the tools.

use std::process::{Command, Stdio};

pub const COMPILER: &str = "arm-none-eabi-gcc";
pub const QEMU: &str = "qemu-system-arm";

fn is_installed(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Whether QEMU and the compiler are there; says so when not.
pub fn can_compare() -> bool {
    let missing: Vec<&str> = [COMPILER, QEMU]
        .into_iter()
        .filter(|program| !is_installed(program))
        .collect();
    if !missing.is_empty() {
        println!(
            "skipped: comparison with {QEMU} ({} is not installed)",
            missing.join(", ")
        );
    }
    missing.is_empty()
}

/// What the tool printed; it must succeed.
pub fn run_tool(command: &mut Command) -> String {
    let output = command.output().expect("the tool was found a moment ago");
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed: {text}");
    text
}
