//! How the readers of nodes say that something is wrong.

/// What to do with a file that contradicts itself.
pub(super) const REPAIR: &str =
    "the file is damaged or was edited; download or export the model again";
/// What to do about a size that is known only at run time.
pub(super) const FIX_SHAPE: &str = "export the model with fixed input sizes, or fix them with \
    `python -m onnxruntime.tools.make_dynamic_shape_fixed`";

/// Why a node cannot be read: code, message and remedy of the diagnostic to be.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub code: &'static str,
    pub message: String,
    pub remedy: String,
}

/// The result of reading.
pub(super) type Read<T> = Result<T, Problem>;

pub(super) fn problem(
    code: &'static str,
    message: impl Into<String>,
    remedy: impl Into<String>,
) -> Problem {
    Problem {
        code,
        message: message.into(),
        remedy: remedy.into(),
    }
}

/// Something legal that this program cannot do.
pub(super) fn unsupported(message: impl Into<String>, remedy: impl Into<String>) -> Problem {
    problem("unsupported-options", message, remedy)
}

/// Shapes or counts that do not fit together.
pub(super) fn bad_shape(message: impl Into<String>) -> Problem {
    problem("bad-shape", message, REPAIR)
}

/// Attributes or parameters that the specification does not allow.
pub(super) fn bad_options(message: impl Into<String>) -> Problem {
    problem("bad-options", message, REPAIR)
}
