//! Measurements that are kept: marked, repeated, exported.

use super::App;
use crate::command::Action;
use crate::keeping::Kept;
use std::path::Path;
use tinyscope_board::record::Entry;

/// Records of the open model.
#[derive(Clone, Debug, Default)]
pub struct Records {
    /// What is kept.
    pub kept: Kept,
    /// Why there are none, where that is not the user's doing.
    pub problem: Option<String>,
}

impl App {
    /// Reads the records of the open model in the background.
    pub(super) fn read_records(&mut self) {
        let model = self.history.current().model.as_ref();
        if let Some(sha256) = model.map(|model| model.sha256.clone()) {
            self.jobs.read_records(sha256);
        }
    }

    /// Records were read; those of a model that is no longer open are dropped.
    pub(super) fn take_records(&mut self, sha256: &str, kept: Result<Kept, String>) {
        self.jobs.reading -= 1;
        let model = self.history.current().model.as_ref();
        if model.is_none_or(|model| model.sha256 != sha256) {
            return;
        }
        match kept {
            Ok(kept) => {
                self.records = Records {
                    kept,
                    problem: None,
                };
            }
            Err(problem) => self.records.problem = Some(problem),
        }
        let entries = &self.records.kept.listing.entries;
        let known = |id: &String| entries.iter().any(|entry| entry.id == *id);
        self.state.marked.retain(known);
    }

    /// Marks a record or takes its mark away; of more than two the oldest mark goes. Without a record all marks go.
    pub(super) fn mark(&mut self, id: Option<String>) {
        let marked = &mut self.state.marked;
        let Some(id) = id else {
            marked.clear();
            return;
        };
        if let Some(at) = marked.iter().position(|other| *other == id) {
            marked.remove(at);
            return;
        }
        if marked.len() == 2 {
            marked.remove(0);
        }
        marked.push(id);
    }

    /// Takes the schedule, chip and settings of a record and measures again.
    pub(super) fn repeat(&mut self, ctx: &egui::Context, id: &str) {
        let entry = (self.records.kept.listing.entries.iter()).find(|entry| entry.id == id);
        let Some(Entry { record, .. }) = entry.cloned() else {
            return;
        };
        let (Some(choices), Some(target)) = (record.plan.choices, record.plan.target) else {
            let line = "a newer version of this program measured that; it cannot be repeated here";
            self.notice(true, line.into());
            return;
        };
        self.edit(|document| {
            document.choices = choices;
            document.target = target;
        });
        self.state.board =
            (!record.measurement.simulated).then(|| record.measurement.board.clone());
        self.state.measuring.runs = record.measurement.runs.max(1);
        self.state.measuring.warm_up = record.measurement.warm_up;
        self.state.measuring.inputs = record.request.inputs_folder.map(Into::into);
        self.run_action(ctx, Action::Measure);
    }

    /// Writes the model's records as the ending of the file says.
    pub(super) fn export_records(&mut self, path: &Path) {
        let records: Vec<_> = (self.records.kept.listing.entries.iter())
            .map(|entry| &entry.record)
            .collect();
        let (failed, line) = match crate::engine::write_records(&records, path) {
            Ok(()) => {
                let shown = crate::format::path(path);
                (false, format!("Wrote {} records to {shown}", records.len()))
            }
            Err(error) => (true, error),
        };
        self.notice(failed, line);
    }
}
