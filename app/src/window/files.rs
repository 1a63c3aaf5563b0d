//! Saving and opening: what is unsaved, when to ask, and what follows the answer.

use super::App;
use crate::document::{Document, ModelSource};
use crate::format;
use crate::project::{self, Project, Quantise, Source};
use crate::quantise::Settings;
use crate::state::{Answer, Notice, Pending};
use std::path::{Path, PathBuf};
use tinyscope_core::Diagnostic;

impl App {
    /// Whether the document differs from its file.
    pub fn is_dirty(&self) -> bool {
        let document = self.history.current();
        // Without a model there is nothing to lose: the chip is remembered anyway.
        document.model.is_some() && *document != self.saved
    }

    /// Do what is asked for, once unsaved changes are safe or given up.
    pub(super) fn ask_or(&mut self, ctx: &egui::Context, pending: Pending) {
        self.state.notice = None;
        if self.is_dirty() {
            self.state.pending = Some(pending);
        } else {
            self.go_on(ctx, pending);
        }
    }

    fn go_on(&mut self, ctx: &egui::Context, pending: Pending) {
        match pending {
            Pending::Open(source) => self.jobs.open(source),
            Pending::Close => self.close_model(),
            Pending::Quit => {
                self.leaving = true;
                ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            }
        }
    }

    /// Ask before the window closes on unsaved changes.
    pub(super) fn guard_close(&mut self, ctx: &egui::Context) {
        let wanted = ctx.input(|i| i.viewport().close_requested());
        if wanted && !self.leaving && self.is_dirty() {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.state.pending = Some(Pending::Quit);
        }
    }

    pub(super) fn answer(&mut self, ctx: &egui::Context, answer: Answer) {
        match answer {
            Answer::Save => self.save(),
            Answer::Stay => self.state.pending = None,
            Answer::Discard => {
                if let Some(pending) = self.state.pending.take() {
                    self.go_on(ctx, pending);
                }
            }
        }
    }

    /// Save where the project is, or ask where to.
    pub(super) fn save(&mut self) {
        match self.project.clone() {
            Some(path) => self.save_to(path),
            None => self.save_as(),
        }
    }

    pub(super) fn save_as(&mut self) {
        if let Some(proposed) = self.proposed() {
            self.jobs.pick_save(proposed);
        }
    }

    /// Where a new project would be saved: beside its model, under its name.
    fn proposed(&self) -> Option<PathBuf> {
        let model = self.history.current().model.as_ref()?;
        Some(match (&self.project, &model.source) {
            (Some(path), _) => path.clone(),
            (None, ModelSource::File(path)) => path.with_extension(project::EXTENSION),
            (None, ModelSource::Example(name)) => {
                PathBuf::from(name).with_extension(project::EXTENSION)
            }
        })
    }

    /// Save in this file from now on; the ending is added where it is missing.
    pub(super) fn save_to(&mut self, path: PathBuf) {
        let path = std::path::absolute(&path).unwrap_or(path);
        let path = if project::is_project(&path) {
            path
        } else {
            let mut name = path.into_os_string();
            name.push(".");
            name.push(project::EXTENSION);
            name.into()
        };
        let document = self.history.current().clone();
        match project_of(&document, &path).and_then(|p| project::print(&p)) {
            Ok(text) => self.jobs.save(path, text, document),
            Err(problem) => {
                self.state.pending = None;
                self.notice(true, format!("{}; {}", problem.message, problem.remedy));
            }
        }
    }

    pub(super) fn take_saved(
        &mut self,
        ctx: &egui::Context,
        path: PathBuf,
        document: Document,
        result: Result<(), String>,
    ) {
        let shown = format::path(&path);
        if let Err(error) = result {
            self.state.pending = None;
            let line = format!("{shown} could not be saved: {error}; choose another place");
            self.notice(true, line);
            return;
        }
        self.state.remember(&path);
        self.project = Some(path);
        self.saved = document;
        self.notice(false, format!("Saved {shown}"));
        if let Some(pending) = self.state.pending.take() {
            self.go_on(ctx, pending);
        }
    }

    /// Say something about a file, in one line and in the log.
    pub(super) fn notice(&mut self, failed: bool, text: String) {
        self.log.push(text.clone());
        self.state.notice = Some(Notice { failed, text });
    }
}

/// What a project in the file `path` says of `document`.
fn project_of(document: &Document, path: &Path) -> Result<Project, Diagnostic> {
    let source = document.model.as_ref().map(|model| &model.source);
    Ok(Project {
        version: project::VERSION,
        model: match source {
            Some(ModelSource::File(file)) => {
                let file = std::path::absolute(file).unwrap_or_else(|_| file.clone());
                Source::File(project::stored_path(path, &file)?)
            }
            Some(ModelSource::Example(name)) => Source::Example(name.clone()),
            None => Source::Example(String::new()),
        },
        chip: document.target.chip.clone(),
        choices: document.choices.clone(),
        quantise: match document.model.as_ref().and_then(|m| m.quantised.as_ref()) {
            Some(quantised) => Some(stored_settings(&quantised.outcome.settings, path)?),
            None => None,
        },
    })
}

fn stored_settings(settings: &Settings, path: &Path) -> Result<Quantise, Diagnostic> {
    Ok(Quantise {
        options: settings.options,
        images: match &settings.images {
            Some(folder) => {
                let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
                Some(project::stored_path(path, &folder)?)
            }
            None => None,
        },
        samples: settings.samples,
        preprocessing: settings.preprocessing,
    })
}
