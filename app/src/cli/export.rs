//! `export`: write the network as it stands for other programs.

use super::args::{ExportFormat, ModelArgs};
use super::{Failure, model, print, print_json};
use crate::{format, store};
use serde::Serialize;
use std::path::{Path, PathBuf};
use tinyscope_core::export;

#[derive(Serialize)]
struct Exported {
    model: String,
    format: &'static str,
    file: PathBuf,
    file_bytes: usize,
    operators: usize,
}

/// Write `out` whole or not at all; a file that is there is only overwritten with `force`.
pub fn export(
    args: &ModelArgs,
    out: &Path,
    format: Option<ExportFormat>,
    force: bool,
) -> Result<(), Failure> {
    let kind = format.or_else(|| by_extension(out)).ok_or_else(|| {
        Failure::Input(format!(
            "{}: the extension is neither .tflite nor .onnx; give one, or --format",
            format::path(out)
        ))
    })?;
    store::may_write(out, force).map_err(Failure::Input)?;
    let loaded = model::load(&args.file)?;
    let (name, bytes) = match kind {
        ExportFormat::Tflite => ("tflite", export::tflite(&loaded.graph)),
        ExportFormat::Onnx => ("onnx", export::onnx(&loaded.graph)),
    };
    let bytes = bytes.map_err(|error| Failure::No(error.to_string()))?;
    store::write_whole(out, &bytes).map_err(|error| {
        Failure::Input(format!(
            "{}: {error}; choose a path that can be written",
            format::path(out)
        ))
    })?;
    if args.json {
        return print_json(&Exported {
            model: loaded.graph.name.clone(),
            format: name,
            file: out.to_owned(),
            file_bytes: bytes.len(),
            operators: loaded.graph.ops.len(),
        });
    }
    print(&format!(
        "wrote {} ({}, {} operators, {} bytes)\n",
        format::path(out),
        name,
        loaded.graph.ops.len(),
        bytes.len()
    ))
}

fn by_extension(path: &Path) -> Option<ExportFormat> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    match extension.as_str() {
        "tflite" => Some(ExportFormat::Tflite),
        "onnx" => Some(ExportFormat::Onnx),
        _ => None,
    }
}
