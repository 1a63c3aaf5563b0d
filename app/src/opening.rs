//! Opening a model or a project, for the window and the command line alike. Reads files: not for the window's thread.

use crate::document::{Model, ModelSource};
use crate::project::{self, Project, Source};
use crate::quantise::{self, Settings, Stopped};
use crate::state::Problems;
use crate::{engine, examples, format, store};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tinyscope_core::plan::{Choices, Target};
use tinyscope_core::{Diagnostic, Severity};

/// What was opened.
#[derive(Debug)]
pub struct Opened {
    /// The model.
    pub model: Model,
    /// The project that named it, if it was opened by one.
    pub project: Option<OpenedProject>,
}

/// What a project says about its model.
#[derive(Debug)]
pub struct OpenedProject {
    /// The project file, absolute.
    pub path: PathBuf,
    /// How the model is run.
    pub choices: Choices,
    /// The chip; `None` where the registry does not know it.
    pub target: Option<Target>,
}

/// Open a model, or a project and the model that it names.
pub fn open(source: ModelSource) -> Result<Opened, Problems> {
    match source {
        ModelSource::File(path) if project::is_project(&path) => open_project(&path),
        source => open_model(source).map(|model| Opened {
            model,
            project: None,
        }),
    }
}

/// Open a model. A file whose operators can be listed opens for viewing even if it cannot be run.
pub fn open_model(source: ModelSource) -> Result<Model, Problems> {
    let failed = |source: &ModelSource, problem| Problems {
        name: source.label(),
        diagnostics: vec![problem],
    };
    match &source {
        ModelSource::File(path) => match engine::read_model(path) {
            Ok(bytes) => import(source, &bytes),
            Err(problem) => Err(failed(&source, problem)),
        },
        ModelSource::Example(name) => match examples::find(name) {
            Some(example) => import(source, example.bytes),
            None => Err(failed(&source, examples::unknown(name))),
        },
    }
}

fn import(source: ModelSource, bytes: &[u8]) -> Result<Model, Problems> {
    let file = match &source {
        ModelSource::File(path) => Some(path.as_path()),
        ModelSource::Example(_) => None,
    };
    let mut imported = engine::import(bytes, &source.stem(), file);
    // Errors first; otherwise in the order they were found.
    imported.diagnostics.sort_by_key(|d| d.severity);
    if imported.graph.is_none() && imported.view.operators.is_empty() {
        return Err(Problems {
            name: source.label(),
            diagnostics: imported.diagnostics,
        });
    }
    Ok(Model {
        source,
        graph: imported.graph.map(Arc::new),
        view: imported.view,
        diagnostics: imported.diagnostics,
        file_bytes: bytes.len(),
        sha256: tinyscope_board::hash::of_bytes(bytes),
        quantised: None,
    })
}

fn open_project(path: &Path) -> Result<Opened, Problems> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let name = ModelSource::File(path.clone()).label();
    let Project {
        model,
        chip,
        choices,
        quantise,
        ..
    } = store::read_project(&path).map_err(|problem| Problems {
        name: name.clone(),
        diagnostics: vec![problem],
    })?;
    let source = match model {
        Source::Example(example) => ModelSource::Example(example),
        Source::File(stored) => ModelSource::File(project::resolved_path(&path, &stored)),
    };
    if let ModelSource::File(file) = &source
        && !file.exists()
    {
        return Err(Problems {
            name,
            diagnostics: vec![Diagnostic::new(
                Severity::Error,
                "project-model",
                format!("its model is not at {}", format::path(file)),
                "put the model back there, or open it where it is now and save the project again",
            )],
        });
    }
    let mut model = open_model(source)?;
    let target = match engine::target(&chip) {
        Ok(target) => Some(target),
        Err(error) => {
            model.diagnostics.push(Diagnostic::new(
                Severity::Warning,
                "project-chip",
                format!("the project's chip is not used: {error}"),
                "choose a chip",
            ));
            None
        }
    };
    if let Some(stored) = quantise {
        model = quantised(model, &settings(&path, stored));
    }
    Ok(Opened {
        model,
        project: Some(OpenedProject {
            path,
            choices,
            target,
        }),
    })
}

/// What a project in the file `path` says about quantising.
fn settings(path: &Path, stored: project::Quantise) -> Settings {
    let images = stored.images;
    Settings {
        options: stored.options,
        images: images.map(|stored| project::resolved_path(path, &stored)),
        samples: stored.samples,
        preprocessing: stored.preprocessing,
    }
}

/// The model as the project had it. Where that fails, the float model opens and says why.
fn quantised(model: Model, settings: &Settings) -> Model {
    let model = Arc::new(model);
    let float = model.graph.as_ref().filter(|graph| engine::is_float(graph));
    let result = match float {
        Some(graph) => quantise::run(graph, settings, &mut |_| ControlFlow::Continue(())),
        None => Err(Stopped::Failed("the model is not of floating point".into())),
    };
    match result {
        Ok(outcome) => Model::quantised(&model, outcome),
        Err(why) => {
            let mut model = Arc::unwrap_or_clone(model);
            model.diagnostics.push(Diagnostic::new(
                Severity::Warning,
                "project-quantise",
                format!("the model could not be quantised as the project says: {why}"),
                "quantise it again",
            ));
            model
        }
    }
}
