//! The models that come with the program.

use tinyscope_core::{Diagnostic, Severity};

/// A bundled model.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// Name, unique among the examples.
    pub name: &'static str,
    /// One line for the first screen.
    pub about: &'static str,
    /// The TFLite file.
    pub bytes: &'static [u8],
}

/// All of them, in the order that the first screen shows.
pub const EXAMPLES: &[Example] = &[
    Example {
        name: "digits",
        about: "A handwritten digit, 16×16: small enough to read whole",
        bytes: include_bytes!("../../models/digits.tflite"),
    },
    Example {
        name: "scene",
        about: "A digit somewhere in a 96×96 picture: its first blocks need most of the memory",
        bytes: include_bytes!("../../models/scene.tflite"),
    },
];

/// The example of this name.
pub fn find(name: &str) -> Option<&'static Example> {
    EXAMPLES.iter().find(|e| e.name == name)
}

/// What to say when there is no example of this name.
pub fn unknown(name: &str) -> Diagnostic {
    let names: Vec<&str> = EXAMPLES.iter().map(|e| e.name).collect();
    Diagnostic::new(
        Severity::Error,
        "unknown-example",
        format!("there is no example `{name}`"),
        format!("the examples are: {}", names.join(", ")),
    )
}
