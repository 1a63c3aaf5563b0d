//! The few calls into the engine that the window and the command line share. No number is computed here.

use crate::manifest::{self, Manifest};
use crate::samples::Given;
use crate::{format, images, samples};
use std::io::Read as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tinyscope_board::Stage;
use tinyscope_board::measure::Inputs;
use tinyscope_board::session::Detection;
use tinyscope_board::{
    BoardError, BoardInfo, Cancel, ChipInfo, MeasureRequest, Measurement, Progress, ToolReport,
};
use tinyscope_core::graph::{DType, Tensor};
use tinyscope_core::import::Imported;
use tinyscope_core::plan::{
    Choices, Found, Plan, PlanError, Prepared, Progress as SearchProgress, Query, Target,
    plan_prepared,
};
use tinyscope_core::quant::{self, Value};
use tinyscope_core::{Diagnostic, Graph, OpKind, Severity};
use tinyscope_core::{codegen, design, export};

pub use tinyscope_core::codegen::Project as Program;

/// Larger files are no model for a microcontroller; reading one whole would only waste memory.
const MAX_FILE_BYTES: u64 = 256 << 20;

/// A graph made ready for planning on every mouse move.
pub fn prepare(graph: &Graph) -> Result<Prepared, Vec<Diagnostic>> {
    Prepared::new(graph).map_err(|error| unplannable(&error))
}

/// A plan, in well under a frame.
pub fn plan(
    prepared: &Prepared,
    target: &Target,
    choices: &Choices,
) -> Result<Plan, Vec<Diagnostic>> {
    plan_prepared(prepared, target, choices).map_err(|error| unplannable(&error))
}

/// The best schedule that a query asks for.
///
/// # Errors
/// Illegal pins.
pub fn search(
    prepared: &Prepared,
    target: &Target,
    choices: &Choices,
    query: &Query,
    watch: &mut dyn FnMut(SearchProgress) -> ControlFlow<()>,
) -> Result<Found, PlanError> {
    tinyscope_core::plan::search(prepared, target, choices, query, watch)
}

fn unplannable(error: &PlanError) -> Vec<Diagnostic> {
    vec![error.diagnostic()]
}

/// The C program of a plan.
pub fn print(plan: &Plan) -> Result<Program, String> {
    codegen::emit(plan, &codegen::EmitOptions::default()).map_err(|error| error.to_string())
}

/// Give a measurement the pictures or arrays of a folder as its inputs. Files that cannot be used are told of as progress.
///
/// # Errors
/// Why there are no inputs, or that it was to stop.
pub fn give(
    request: &mut MeasureRequest,
    given: &Given,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), BoardError> {
    let stage = Stage::Generate;
    let tell = |fraction, message| Progress {
        stage,
        fraction,
        message,
    };
    let mut watch = |fraction| {
        progress(tell(fraction, String::new()));
        if cancel.is_cancelled() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let found = samples::load(
        &request.plan,
        &given.folder,
        given.limit,
        &given.preprocessing,
        &mut watch,
    );
    if cancel.is_cancelled() {
        return Err(BoardError::Cancelled { stage });
    }
    let (found, broken) = found.map_err(|message| BoardError::Model { message })?;
    for images::Broken { file, why } in broken {
        progress(tell(1.0, format!("left out {file}: {why}")));
    }
    request.inputs = Inputs::Given(Arc::new(found));
    Ok(())
}

/// Which chip a probe is wired to.
///
/// # Errors
/// The probe does not answer.
pub fn detect_chip(board: &str) -> Result<Detection, BoardError> {
    tinyscope_board::session::detect_chip(board)
}

/// What is to be written of a project: its files, what it comes with, and its manifest.
pub struct Written<'a> {
    /// The network's program.
    pub program: &'a Program,
    /// What it comes with.
    pub companions: &'a [codegen::SourceFile],
    /// What it says of itself.
    pub manifest: &'a Manifest,
}

/// Write a project into a folder, which is created if missing; other files in it are left alone. A file that is there
/// is only overwritten when this program wrote it and nobody edited it since, or with `force`.
///
/// # Errors
/// A sentence for people: what cannot be written, or what is in the way.
pub fn write_project(
    project: &Written<'_>,
    folder: &Path,
    force: bool,
) -> Result<Vec<PathBuf>, String> {
    let text = project.manifest.text()?;
    let mut files: Vec<(PathBuf, &str)> = (project.program.files.iter())
        .chain(project.companions)
        .map(|file| (folder.join(&file.path), file.text.as_str()))
        .collect();
    files.push((folder.join(manifest::NAME), &text));
    if !force {
        manifest::may_overwrite(folder, &files)?;
    }
    let failed = |path: &Path, error: std::io::Error| {
        let path = format::path(path);
        format!("{path}: {error}; choose a folder that can be written")
    };
    for (path, text) in &files {
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).map_err(|error| failed(parent, error))?;
        crate::store::write_whole(path, text.as_bytes()).map_err(|error| failed(path, error))?;
    }
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

/// Bytes of a model file, or why they cannot be had. Reads regular files only, and never more than the limit:
/// a pipe or device would not end.
pub fn read_model(path: &Path) -> Result<Vec<u8>, Diagnostic> {
    let shown = format::path(path);
    let problem = |message: String| {
        let remedy = "check the path and its permissions";
        Diagnostic::new(Severity::Error, "file", message, remedy)
    };
    let failed = |error: std::io::Error| problem(format!("{shown}: {error}"));
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(problem(format!("{shown} is not a regular file")));
    }
    let mut bytes = Vec::new();
    let mut file = std::fs::File::open(path)
        .map_err(failed)?
        .take(MAX_FILE_BYTES + 1);
    file.read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        let mebibytes = MAX_FILE_BYTES >> 20;
        return Err(problem(format!("{shown} is larger than {mebibytes} MiB")));
    }
    Ok(bytes)
}

/// Ending of a design's file name.
pub const DESIGN_EXTENSION: &str = "ron";

/// Whether a path names a design, by its ending.
fn is_design(path: &Path) -> bool {
    path.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case(DESIGN_EXTENSION))
}

/// A network from a file's bytes, with all findings. `file` is where the bytes are from, if they are from a file: an
/// ONNX model may keep its weights in files beside it.
pub fn import(bytes: &[u8], name: &str, file: Option<&Path>) -> Imported {
    if file.is_some_and(is_design) {
        return design::open(bytes);
    }
    let Some(folder) = file.and_then(Path::parent) else {
        return tinyscope_core::import::import(name, bytes);
    };
    let mut beside = |name: &str| read_beside(folder, name);
    tinyscope_core::import::import_with(name, bytes, &mut beside)
}

/// A file in the model's own folder, wherever links in its name lead.
fn read_beside(folder: &Path, name: &str) -> Result<Arc<[u8]>, String> {
    let failed = |error: std::io::Error| error.to_string();
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let folder = folder.canonicalize().map_err(failed)?;
    let path = folder.join(name).canonicalize().map_err(failed)?;
    if path.parent() != Some(&folder) {
        return Err("it leads out of the model's folder".into());
    }
    read_model(&path)
        .map(Arc::from)
        .map_err(|problem| problem.message)
}

/// Whether the network computes in floating point, and so has to be quantised before it can be planned. A float border
/// around an int8 network does not count.
pub fn is_float(graph: &Graph) -> bool {
    graph.ops.iter().any(|op| {
        let converts = matches!(op.kind, OpKind::Quantize | OpKind::Dequantize);
        let mut outputs = op.outputs.iter();
        !converts && outputs.any(|&id| graph.tensor(id).dtype == DType::F32)
    })
}

/// A graph as the bytes of a model file; the ending of `path` says in which format.
pub fn exported(graph: &Graph, path: &Path) -> Result<Vec<u8>, String> {
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("tflite") => export::tflite(graph).map_err(|error| error.to_string()),
        Some("onnx") => export::onnx(graph).map_err(|error| error.to_string()),
        _ => Err(format!(
            "{} is neither a .tflite nor an .onnx file; give it one of these endings",
            format::path(path)
        )),
    }
}

/// Real numbers as the value of `input`: themselves, or their codes for an int8 input.
pub fn fitted(numbers: Vec<f32>, input: &Tensor) -> Result<Value, String> {
    match (input.dtype, input.scale_zero()) {
        (DType::F32, _) => Ok(Value::F32(numbers)),
        (DType::I8, Some((scale, zero_point))) => {
            let codes = numbers
                .iter()
                .map(|&x| quant::quantize(x, scale, zero_point));
            Ok(Value::I8(codes.collect()))
        }
        (dtype, _) => Err(format!("the input has type {dtype:?}")),
    }
}

/// The elements of a tensor as real numbers.
pub fn real(value: &Value, tensor: &Tensor) -> Vec<f32> {
    match (value, tensor.scale_zero()) {
        (Value::F32(numbers), _) => numbers.clone(),
        (Value::I8(codes), Some((scale, zero_point))) => (codes.iter())
            .map(|&code| quant::dequantize(code, scale, zero_point))
            .collect(),
        (Value::I8(codes), None) => codes.iter().map(|&code| f32::from(code)).collect(),
    }
}

/// Build, flash, run, compare.
pub fn measure(
    request: &MeasureRequest,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
) -> Result<Measurement, BoardError> {
    tinyscope_board::measure(request, progress, cancel)
}

/// The registry's chips.
pub fn chips() -> Vec<ChipInfo> {
    tinyscope_board::chips().to_vec()
}

/// The target of a chip.
pub fn target(name: &str) -> Result<Target, BoardError> {
    tinyscope_board::target_for_chip(name)
}

/// The virtual board, then the probes that are connected. Asks USB: not for the window's own thread.
pub fn boards() -> Vec<BoardInfo> {
    tinyscope_board::boards()
}

/// What is installed.
pub fn tools() -> Vec<ToolReport> {
    tinyscope_board::doctor()
}
