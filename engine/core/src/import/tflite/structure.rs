//! The structural check: every offset, table and vector lies inside the file, within limits, before anything is read.

use super::generated::tflite::{Model, root_as_model_with_opts};
use flatbuffers::{ErrorTraceDetail, InvalidFlatbuffer, VerifierOptions};

/// The deepest chain of tables that the format has is model → subgraph → tensor → quantisation.
const MAX_DEPTH: usize = 8;
/// Tables in a file of any size.
const MAX_TABLES: usize = 1_000_000;

/// The root of the file, with every table reachable from it verified.
///
/// A file may share tables, but one that would unfold to more than four times its size (plus a little, for tiny
/// files) is refused: reading it would take memory out of proportion.
///
/// # Errors
/// What is wrong and where, in one sentence.
pub(super) fn root(bytes: &[u8]) -> Result<Model<'_>, String> {
    let options = VerifierOptions {
        max_depth: MAX_DEPTH,
        max_tables: MAX_TABLES.min(bytes.len() / 4 + 1),
        max_apparent_size: bytes.len().saturating_mul(4).saturating_add(4096),
        ignore_missing_null_terminator: true,
    };
    root_as_model_with_opts(&options, bytes).map_err(|error| explain(&error, bytes.len()))
}

fn explain(error: &InvalidFlatbuffer, file_bytes: usize) -> String {
    use InvalidFlatbuffer as E;
    match error {
        E::RangeOutOfBounds { range, error_trace } => format!(
            "it refers to bytes {} to {}, but ends at {file_bytes}{}",
            range.start,
            range.end,
            place(error_trace.as_ref())
        ),
        E::SignedOffsetOutOfBounds {
            position,
            error_trace,
            ..
        } => format!(
            "the table at byte {position} points outside the file{}",
            place(error_trace.as_ref())
        ),
        E::Unaligned {
            position,
            error_trace,
            ..
        } => format!(
            "the value at byte {position} is not aligned{}",
            place(error_trace.as_ref())
        ),
        E::InconsistentUnion { error_trace, .. } => format!(
            "an operator has options without a type, or a type without options{}",
            place(error_trace.as_ref())
        ),
        E::MissingRequiredField { required, .. } => format!("the field `{required}` is missing"),
        E::Utf8Error { .. } | E::MissingNullTerminator { .. } => "a text is malformed".into(),
        E::TooManyTables => "it has more tables than a file of its size can hold".into(),
        E::ApparentSizeTooLarge => {
            "its tables overlap so that it would unfold to many times its size".into()
        }
        E::DepthLimitReached => "its tables are nested too deeply".into(),
    }
}

/// ` (at subgraphs[0].operators[3])`; the trace lists the innermost step first.
fn place(trace: &[ErrorTraceDetail]) -> String {
    let mut path = String::new();
    for step in trace.iter().rev() {
        match step {
            ErrorTraceDetail::TableField { field_name, .. } => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(field_name);
            }
            ErrorTraceDetail::VectorElement { index, .. } => {
                path.push('[');
                path.push_str(&index.to_string());
                path.push(']');
            }
            ErrorTraceDetail::UnionVariant { .. } => {}
        }
    }
    if path.is_empty() {
        path
    } else {
        format!(" (at {path})")
    }
}
