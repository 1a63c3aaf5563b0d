//! What threads have to tell, taken in once a frame.

use super::{App, Failure, FailureKind, Measured};
use crate::document::{Document, Model, ModelSource};
use crate::state::Problems;
use crate::worker::{Event, Job};
use std::path::Path;
use std::sync::Arc;
use tinyscope_board::{BoardError, Measurement};
use tinyscope_core::plan::Choices;
use tinyscope_core::{Diagnostic, Severity};

fn kind(error: &BoardError) -> FailureKind {
    match error {
        BoardError::Cancelled { .. } => FailureKind::Stopped,
        BoardError::OtherChip { present, .. } => FailureKind::OtherChip(present.clone()),
        BoardError::ProbeMissing { .. } | BoardError::Probe { .. } => FailureKind::Board,
        BoardError::DoesNotFit { .. } => FailureKind::TooSmall,
        _ => FailureKind::Other,
    }
}

impl App {
    pub(super) fn take_events(&mut self) {
        for event in self.jobs.poll() {
            match event {
                Event::Picked(Some(path)) => self.jobs.import_file(path),
                Event::PickedFolder(Some(folder)) => self.export(&folder),
                Event::Picked(None) | Event::PickedFolder(None) => {}
                Event::Imported(result) => {
                    self.jobs.importing -= 1;
                    match result {
                        Ok(model) => self.take_model(model),
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
                Event::Measured(id, result) => self.take_measurement(id, *result),
                Event::Found {
                    target,
                    choices,
                    result,
                } => {
                    self.jobs.searching = false;
                    let document = self.history.current();
                    match result {
                        // An answer to a question that is no longer asked is dropped.
                        Ok(_) if document.target != target || document.choices != choices => {}
                        Ok(schedule) => self.set_schedule(schedule),
                        Err(error) => self.log.push(error),
                    }
                }
                Event::Restored(target) => {
                    // Nothing to undo: it is where the session begins, unless the user was faster.
                    if !self.history.can_undo() && self.history.gesture_start().is_none() {
                        self.history.restart(Document {
                            target,
                            ..self.history.current().clone()
                        });
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
            Job::Search => self.jobs.searching = false,
            Job::Boards => self.jobs.looking = false,
            Job::Dialog | Job::Survey => {}
        }
    }

    fn take_model(&mut self, model: Model) {
        if let ModelSource::File(path) = &model.source {
            // Relative paths would mean something else from another folder.
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            self.state.remember(&path);
        }
        self.log.push(format!(
            "opened {}: {} operators, {}",
            model.source.label(),
            model.graph.ops.len(),
            crate::format::kib(model.file_bytes)
        ));
        self.log
            .extend(model.diagnostics.iter().map(ToString::to_string));
        self.state.problems = None;
        self.state.pin = None;
        self.state.selected = None;
        self.measured = None;
        self.failure = None;
        self.jobs.cancel();
        self.history.restart(Document {
            model: Some(Arc::new(model)),
            target: self.history.current().target.clone(),
            choices: Choices::default(),
        });
        self.state.drag = None;
        self.refresh();
    }

    fn take_measurement(&mut self, id: u64, result: Result<Measurement, BoardError>) {
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
        let line = match self.derived.program() {
            None => return,
            Some(Err(error)) => error.clone(),
            Some(Ok(program)) => match crate::engine::write_program(program, folder) {
                Ok(_) => format!(
                    "wrote {} files to {}",
                    program.files.len(),
                    folder.display()
                ),
                Err(error) => error.to_string(),
            },
        };
        self.log.push(line);
    }
}
