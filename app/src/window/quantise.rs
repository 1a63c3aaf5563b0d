//! Quantising and exporting: what is chosen, and what comes of it.

use super::{App, Pane};
use crate::document::Model;
use crate::quantise::{Outcome, Stopped};
use crate::state::QuantiseForm;
use std::path::PathBuf;
use std::sync::Arc;

impl App {
    /// The float model that is open, itself or behind the int8 one.
    fn float(&self) -> Option<Arc<Model>> {
        let model = self.history.current().model.as_ref()?;
        Some(Arc::clone(Model::float(model)))
    }

    /// Usual choices, as soon as there is something to quantise.
    pub(super) fn offer_quantising(&mut self) {
        if self.state.quantise.is_some() {
            return;
        }
        let Some(model) = self.history.current().model.clone() else {
            return;
        };
        let graph = Model::float(&model).graph.as_ref();
        self.state.quantise = graph
            .filter(|graph| crate::engine::is_float(graph))
            .map(|graph| {
                let mut form = QuantiseForm::for_graph(graph);
                if let Some(quantised) = &model.quantised {
                    form.settings = quantised.outcome.settings.clone();
                    form.random = form.settings.images.is_none();
                }
                form
            });
    }

    pub(super) fn set_images(&mut self, folder: PathBuf) {
        if let Some(form) = &mut self.state.quantise {
            form.settings.images = Some(folder);
            form.random = false;
            form.error = None;
        }
    }

    pub(super) fn quantise(&mut self) {
        let Some((float, form)) = self.float().zip(self.state.quantise.as_mut()) else {
            return;
        };
        // Random input has to be agreed to, whichever way the command comes.
        if form.is_ready() {
            form.error = None;
            self.jobs.quantise(float, form.settings.clone());
        }
    }

    pub(super) fn back_to_float(&mut self) {
        let float = self.float();
        self.edit(|document| document.model = float);
    }

    pub(super) fn take_quantised(&mut self, id: u64, result: Result<Outcome, Stopped>) {
        let Some(job) = self.jobs.finish_quantising(id) else {
            return;
        };
        // Another model was opened meanwhile: nobody waits for the answer.
        if !self
            .float()
            .is_some_and(|float| Arc::ptr_eq(&float, &job.float))
        {
            return;
        }
        match result {
            Ok(outcome) => {
                let agreement = outcome.report.agreement;
                self.log.push(format!(
                    "quantised over {} samples: {:.1} % the same answer, cosine {:.4}",
                    outcome.report.samples,
                    agreement.argmax * 100.0,
                    agreement.cosine
                ));
                let model = Arc::new(Model::quantised(&job.float, outcome));
                self.edit(|document| document.model = Some(model));
                self.show_pane(Pane::Quantise);
            }
            Err(Stopped::Cancelled) => self.log.push("the quantisation was stopped".into()),
            Err(Stopped::Failed(error)) => {
                self.log.push(error.clone());
                if let Some(form) = &mut self.state.quantise {
                    form.error = Some(error);
                }
            }
        }
    }

    /// Ask for a file, and write the model as it stands.
    pub(super) fn export_model(&mut self) {
        if let Some(model) = &self.history.current().model {
            let int8 = if model.quantised.is_some() {
                "_int8"
            } else {
                ""
            };
            let name = format!("{}{int8}.tflite", model.source.stem());
            self.jobs.pick_export(name);
        }
    }

    pub(super) fn export_to(&mut self, path: PathBuf) {
        let model = self.history.current().model.as_ref();
        if let Some(graph) = model.and_then(|m| m.graph.clone()) {
            self.jobs.export(graph, path);
        }
    }
}
