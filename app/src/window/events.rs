//! What threads have to tell, taken in once a frame.

use super::{App, Failure, FailureKind, Measured};
use crate::derived::Stage;
use crate::document::{Document, ModelSource};
use crate::manifest::Manifest;
use crate::opening::Opened;
use crate::quantise::Stopped;
use crate::state::{Pending, Problems};
use crate::worker::{Event, Job};
use std::path::Path;
use std::sync::Arc;
use tinyscope_board::{BoardError, Measurement};
use tinyscope_core::codegen::{self, EmitOptions};
use tinyscope_core::plan::{Choices, Schedule};
use tinyscope_core::schedule::InputMode;
use tinyscope_core::{Diagnostic, Severity};

fn kind(error: &BoardError) -> FailureKind {
    match error {
        BoardError::Cancelled { .. } => FailureKind::Stopped,
        BoardError::OtherChip { present, .. } => FailureKind::OtherChip(present.clone()),
        BoardError::NotSimulated { nearest, .. } => FailureKind::NotSimulated(nearest.clone()),
        BoardError::CompilerMissing { core, .. } => FailureKind::NoCompiler(core.clone()),
        BoardError::ProbeMissing { .. } | BoardError::Probe { .. } => FailureKind::Board,
        BoardError::DoesNotFit { .. } => FailureKind::TooSmall,
        _ => FailureKind::Other,
    }
}

impl App {
    pub(super) fn take_events(&mut self, ctx: &egui::Context) {
        for event in self.jobs.poll() {
            match event {
                Event::Picked(Some(path)) => {
                    self.ask_or(ctx, Pending::Open(ModelSource::File(path)));
                }
                Event::PickedSave(Some(path)) => self.save_to(path),
                Event::PickedSave(None) => self.state.pending = None,
                Event::PickedFolder(Some(folder)) => self.export(&folder),
                Event::PickedImages(Some(folder)) => self.set_images(folder),
                Event::PickedExport(Some(path)) => self.export_to(path),
                Event::Picked(None)
                | Event::PickedFolder(None)
                | Event::PickedImages(None)
                | Event::PickedInputs(None)
                | Event::PickedRecords(None)
                | Event::PickedExport(None) => {}
                Event::Exported(path, result) => {
                    self.jobs.exporting -= 1;
                    let shown = crate::format::path(&path);
                    match result {
                        Ok(bytes) => {
                            let size = crate::format::kib(bytes);
                            self.notice(false, format!("Wrote {shown}, {size}"));
                        }
                        Err(error) => {
                            self.notice(true, format!("{shown} was not written: {error}"));
                        }
                    }
                }
                Event::Quantising(id, progress) => self.jobs.note_quantising(id, progress),
                Event::Quantised(id, result) => self.take_quantised(id, *result),
                Event::Saved {
                    path,
                    document,
                    result,
                } => {
                    self.jobs.saving = false;
                    self.take_saved(ctx, path, *document, result);
                }
                Event::Opened(result) => {
                    self.jobs.importing -= 1;
                    match *result {
                        Ok(opened) => self.take_opened(opened),
                        Err(problems) => {
                            self.log
                                .push(format!("{} could not be opened", problems.name));
                            self.state.problems = Some(problems);
                        }
                    }
                }
                Event::Progress(id, progress) => {
                    if !progress.message.is_empty() {
                        self.log
                            .push(format!("{}: {}", progress.stage, progress.message));
                    }
                    self.jobs.note_progress(id, progress);
                }
                Event::Measured(id, result, unkept) => self.take_measurement(id, *result, unkept),
                Event::Records(sha256, listing) => self.take_records(&sha256, listing),
                Event::PickedInputs(Some(folder)) => self.state.measuring.inputs = Some(folder),
                Event::PickedRecords(Some(path)) => self.export_records(&path),
                Event::Found {
                    id,
                    target,
                    choices,
                    result,
                } => {
                    let newest = self.jobs.finish_searching(id);
                    let document = self.history.current();
                    let asked = document.target == target && document.choices == choices;
                    match result {
                        // An answer to a question that is no longer asked is dropped.
                        _ if !newest || !asked => {}
                        Ok((schedule, limit)) => {
                            self.set_schedule(schedule);
                            if let Some(limit) = limit {
                                self.notice(true, limit);
                            }
                        }
                        Err(error) => self.notice(true, error),
                    }
                }
                Event::Restored(target) => {
                    // Nothing to undo: it is where the session begins, unless the user was faster.
                    let untouched =
                        !self.history.can_undo() && self.history.gesture_start().is_none();
                    if untouched && self.project.is_none() {
                        self.history.restart(Document {
                            target,
                            ..self.history.current().clone()
                        });
                        self.saved = self.history.current().clone();
                        self.state.pin = None;
                        self.refresh();
                    }
                }
                Event::Chips(chips) => self.surroundings.chips = chips,
                Event::Tools(tools) => self.surroundings.tools = Some(tools),
                Event::Boards(boards) => {
                    self.jobs.looking = false;
                    self.surroundings.boards = boards;
                }
                Event::Detected(result) => self.take_detected(result),
                Event::Plugged(change) => self.take_boards(change),
                Event::Broken { job, error } => self.take_breakdown(job, error),
            }
        }
    }

    /// A job is over without an answer: whoever waits for it is told.
    fn take_breakdown(&mut self, job: Job, error: String) {
        self.log.push(error.clone());
        match job {
            Job::Import => {
                self.jobs.importing -= 1;
                let remedy = "the line in the log says where; other models can still be opened";
                self.state.problems = Some(Problems {
                    name: "The model".into(),
                    diagnostics: vec![Diagnostic::new(Severity::Error, "internal", error, remedy)],
                });
            }
            Job::Measure(id) => {
                if self.jobs.finish(id).is_some() {
                    self.failure = Some(Failure {
                        text: error,
                        kind: FailureKind::Other,
                    });
                }
            }
            Job::Search(id) => drop(self.jobs.finish_searching(id)),
            Job::Boards => self.jobs.looking = false,
            Job::Export => {
                self.jobs.exporting -= 1;
                self.notice(true, error);
            }
            Job::Quantise(id) => self.take_quantised(id, Err(Stopped::Failed(error))),
            Job::Save => {
                self.jobs.saving = false;
                self.state.pending = None;
                self.notice(true, error);
            }
            Job::Records => self.jobs.reading -= 1,
            Job::Detect => {
                self.jobs.detecting = false;
                self.notice(true, error);
            }
            Job::Dialog | Job::Survey | Job::Watch => {}
        }
    }

    fn take_opened(&mut self, Opened { model, project }: Opened) {
        let file = match (&project, &model.source) {
            (Some(project), _) => Some(project.path.clone()),
            // Relative paths would mean something else from another folder.
            (None, ModelSource::File(path)) => {
                Some(std::path::absolute(path).unwrap_or_else(|_| path.clone()))
            }
            (None, ModelSource::Example(_)) => None,
        };
        if let Some(file) = file {
            self.state.remember(&file);
        }
        self.log.push(format!(
            "opened {}: {} operators, {}",
            model.source.label(),
            model.view.operators.len(),
            crate::format::kib(model.file_bytes)
        ));
        self.log
            .extend(model.diagnostics.iter().map(ToString::to_string));
        self.state.forget_model();
        self.measured = None;
        self.records = super::Records::default();
        self.jobs.cancel();
        let mut document = Document {
            model: Some(Arc::new(model)),
            target: self.history.current().target.clone(),
            choices: Choices::default(),
        };
        self.project = None;
        if let Some(project) = project {
            document.choices = project.choices;
            if let Some(target) = project.target {
                document.target = target;
            }
            self.project = Some(project.path);
        }
        self.start_with(document);
        self.read_records();
    }

    /// Begin a history with this document, as it is in its file.
    fn start_with(&mut self, document: Document) {
        self.saved = document.clone();
        self.history.restart(document);
        self.refresh();
        // A schedule that this model cannot have: the plain one, which is always possible.
        let plain = Choices {
            schedule: Schedule::Layer,
            input: InputMode::Resident,
            ..self.saved.choices
        };
        if self.derived.stage == Stage::Unplannable && plain != self.saved.choices {
            let line = "the project's schedule is none for this model; it runs layer by layer";
            self.notice(true, line.into());
            self.history.restart(Document {
                choices: plain,
                ..self.saved.clone()
            });
            self.refresh();
        }
    }

    fn take_measurement(
        &mut self,
        id: u64,
        result: Result<Measurement, BoardError>,
        unkept: Option<String>,
    ) {
        let Some(job) = self.jobs.finish(id) else {
            return;
        };
        match result {
            Ok(result) => {
                self.log.push(format!(
                    "{}: {} cycles, {}",
                    result.provenance,
                    crate::format::group(result.total_cycles),
                    if result.bit_exact {
                        "bit-exact"
                    } else {
                        "differs from the host"
                    }
                ));
                self.failure = None;
                if let Some(why) = unkept {
                    self.notice(true, format!("the measurement could not be kept: {why}"));
                }
                self.read_records();
                self.measured = Some(Measured {
                    plan: job.request.plan,
                    result,
                });
            }
            Err(error) => {
                self.log.push(error.to_string());
                if let BoardError::CompileFailed { log, .. } = &error {
                    self.log.extend(log.lines().map(str::to_owned));
                }
                self.failure = Some(Failure {
                    text: error.to_string(),
                    kind: kind(&error),
                });
            }
        }
    }

    fn export(&mut self, folder: &Path) {
        let model = self.history.current().model.clone();
        let Some((plan, model)) = self.derived.plan.clone().zip(model) else {
            return;
        };
        let (failed, line) = match self.derived.program() {
            None => return,
            Some(Err(error)) => (true, error.clone()),
            Some(Ok(program)) => {
                let facts = crate::keeping::model_facts(&model, self.project.as_deref());
                let options = EmitOptions::default();
                let companions = codegen::companions(&plan, &options, program);
                let manifest = Manifest::new(facts, &plan, &options.prefix, program, &companions);
                let written = crate::engine::Written {
                    program,
                    companions: &companions,
                    manifest: &manifest,
                };
                match crate::engine::write_project(&written, folder, false) {
                    Ok(files) => {
                        let folder = crate::format::path(folder);
                        (false, format!("Wrote {} files to {folder}", files.len()))
                    }
                    Err(error) => (true, error),
                }
            }
        };
        self.notice(failed, line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tinyscope_board::toolchain::find_toolchain;
    use tinyscope_core::plan::Core;

    #[test]
    fn a_missing_compiler_is_the_title_and_its_line_is_the_doctors() {
        let nowhere = std::ffi::OsStr::new("/nowhere");
        let error = find_toolchain(Core::CortexM7, nowhere, None).expect_err("nothing is there");
        let failure = Failure {
            text: error.to_string(),
            kind: kind(&error),
        };
        assert_eq!(failure.title(), "No compiler for Cortex-M7");
        let tools = tinyscope_board::tools(nowhere);
        let install = tools[0].install.as_deref().expect("it is missing");
        assert!(failure.text.contains(install), "{}", failure.text);
    }
}
