//! Quantising a float model for the window and the command line: samples from a folder or at random, the engine's
//! calibration, and top-1 where the folder tells the classes. Reads files and takes long: not for the window's thread.

use crate::images::{self, Broken, Folder};
use crate::project::MAX_SAMPLES;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tinyscope_core::quant::Value;
use tinyscope_core::quant::calibrate::{
    self, Accuracy, Options, Phase, RangeSource, Report, evaluate, random_samples,
};
use tinyscope_core::quant::preprocess::Preprocessing;
use tinyscope_core::{Diagnostic, Graph, Severity};

/// Samples that a quantisation takes where nobody says how many.
pub const SAMPLES: usize = 256;
/// Memory that samples may take; what is beyond is left out, and said so.
const MAX_SAMPLE_BYTES: usize = 1 << 30;
/// Seed of random input, so that the same settings give the same network.
const SEED: u64 = 1;

/// What a person chooses; saved with the project.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The engine's options.
    pub options: Options,
    /// The folder of samples; `None` takes random input.
    pub images: Option<PathBuf>,
    /// How many samples at most.
    pub samples: usize,
    /// What happens to pictures.
    pub preprocessing: Preprocessing,
}

impl Settings {
    /// Usual settings for a network, with random input.
    pub fn for_graph(graph: &Graph) -> Self {
        Self {
            options: Options::default(),
            images: None,
            samples: SAMPLES,
            preprocessing: images::guess(graph).0,
        }
    }
}

/// A quantised network, and what it cost.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was chosen.
    pub settings: Settings,
    /// The int8 network.
    pub graph: Arc<Graph>,
    /// Noise and agreement.
    pub report: Report,
    /// Top-1 of the float and of the int8 network, where the folder has classes.
    pub accuracy: Option<[Accuracy; 2]>,
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Files that could not be used.
    pub broken: Vec<Broken>,
}

/// How far the work is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// What is done, for people.
    pub stage: &'static str,
    /// From 0 to 1, of this stage.
    pub fraction: f32,
}

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The caller asked to stop.
    Cancelled,
    /// It went wrong: what, and what to do.
    Failed(String),
}

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cancelled => f.write_str("stopped"),
            Self::Failed(why) => f.write_str(why),
        }
    }
}

struct Samples {
    values: Vec<Vec<Value>>,
    labels: Option<Vec<usize>>,
    classes: Vec<String>,
    broken: Vec<Broken>,
}

/// Quantise `graph`.
pub fn run(
    graph: &Graph,
    settings: &Settings,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Outcome, Stopped> {
    let mut settings = settings.clone();
    let samples = if let Some(folder) = &settings.images {
        settings.options.source = RangeSource::Data;
        from_folder(graph, folder, &settings, progress)?
    } else {
        settings.options.source = RangeSource::Random;
        Samples {
            values: random_samples(graph, settings.samples.clamp(1, MAX_SAMPLES), SEED),
            labels: None,
            classes: Vec::new(),
            broken: Vec::new(),
        }
    };
    let mut told = |p: calibrate::Progress| {
        progress(Progress {
            stage: stage(p.phase),
            fraction: p.done as f32 / p.total.max(1) as f32,
        })
    };
    let result = calibrate::quantize(graph, &samples.values, &settings.options, &mut told);
    let quantized = result.map_err(stopped)?;
    let accuracy = match &samples.labels {
        None => None,
        Some(labels) => {
            let mut top1 =
                |graph| evaluate(graph, &samples.values, labels, &mut told).map_err(stopped);
            Some([top1(graph)?, top1(&quantized.graph)?])
        }
    };
    Ok(Outcome {
        settings,
        graph: Arc::new(quantized.graph),
        report: quantized.report,
        accuracy,
        classes: samples.classes,
        broken: samples.broken,
    })
}

/// What is worth knowing of a quantisation, for the list of findings.
pub fn diagnostics(outcome: &Outcome) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if outcome.settings.images.is_none() {
        found.push(Diagnostic::new(
            Severity::Warning,
            "random-ranges",
            "the ranges of activations come from random input: the network runs, but its answers may be useless",
            "quantise with a folder of inputs like those that the network will see",
        ));
    }
    for Broken { file, why } in outcome.broken.iter().take(20) {
        found.push(Diagnostic::new(
            Severity::Warning,
            "broken-sample",
            format!("{file} was left out: {why}"),
            "repair or remove the file",
        ));
    }
    if outcome.broken.len() > 20 {
        found.push(Diagnostic::new(
            Severity::Warning,
            "broken-sample",
            format!("{} more files were left out", outcome.broken.len() - 20),
            "repair or remove the ones above first",
        ));
    }
    found
}

fn from_folder(
    graph: &Graph,
    folder: &Path,
    settings: &Settings,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Samples, Stopped> {
    let [input] = graph.inputs.as_slice() else {
        return Err(Stopped::Failed(format!(
            "the network has {} inputs; files can only be given to one; use random input",
            graph.inputs.len()
        )));
    };
    let input = graph.tensor(*input);
    let found = Folder::scan(folder).map_err(Stopped::Failed)?;
    let room = MAX_SAMPLE_BYTES / (input.elements() * 4).max(1);
    let wanted = found.spread(settings.samples.clamp(1, MAX_SAMPLES).min(room.max(1)));
    let total = wanted.len();
    let mut samples = Samples {
        values: Vec::with_capacity(total),
        labels: (!found.classes.is_empty()).then(Vec::new),
        classes: found.classes.clone(),
        broken: Vec::new(),
    };
    for (done, (path, label)) in wanted.into_iter().enumerate() {
        let fraction = done as f32 / total as f32;
        let stage = "reading pictures";
        if progress(Progress { stage, fraction }).is_break() {
            return Err(Stopped::Cancelled);
        }
        match images::load(path, input, &settings.preprocessing) {
            Ok(value) => {
                samples.values.push(vec![value]);
                if let (Some(labels), Some(label)) = (&mut samples.labels, label) {
                    labels.push(*label);
                }
            }
            Err(why) => {
                let file = crate::format::path(path.strip_prefix(folder).unwrap_or(path));
                samples.broken.push(Broken { file, why });
            }
        }
    }
    if samples.values.is_empty() {
        let first = samples.broken.first();
        let why = first.map_or_else(String::new, |b| format!("; {}: {}", b.file, b.why));
        return Err(Stopped::Failed(format!(
            "none of the {total} files in {} could be used{why}",
            crate::format::path(folder)
        )));
    }
    Ok(samples)
}

fn stopped(error: calibrate::CalibrateError) -> Stopped {
    match error {
        calibrate::CalibrateError::Cancelled => Stopped::Cancelled,
        error => Stopped::Failed(error.to_string()),
    }
}

/// What a phase does, for people.
const fn stage(phase: Phase) -> &'static str {
    match phase {
        Phase::Ranges => "finding ranges",
        Phase::Histograms => "counting values",
        Phase::Biases => "correcting biases",
        Phase::Compare => "comparing with float",
        Phase::Evaluate => "measuring top-1",
    }
}
