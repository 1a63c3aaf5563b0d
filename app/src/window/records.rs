//! Measurements that are kept: marked, repeated, exported.

use super::App;
use crate::command::Action;
use crate::keeping::Kept;
use std::path::Path;
use tinyscope_board::record::{self, Comparison, Entry};

/// Records of the open model.
#[derive(Clone, Debug, Default)]
pub struct Records {
    /// What is kept.
    pub kept: Kept,
    /// Why there are none, where that is not the user's doing.
    pub problem: Option<String>,
    /// The two that are marked, side by side.
    pub compared: Option<Compared>,
}

/// Two records and how they compare.
#[derive(Clone, Debug)]
pub struct Compared {
    /// In the order in which they were marked.
    pub records: [Entry; 2],
    /// How they compare.
    pub comparison: Comparison,
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
                    ..Records::default()
                };
            }
            Err(problem) => self.records.problem = Some(problem),
        }
        let entries = &self.records.kept.listing.entries;
        let known = |id: &String| entries.iter().any(|entry| entry.id == *id);
        self.state.marked.retain(known);
        self.compare_marked();
    }

    /// Two marked records are compared once, not at every frame.
    fn compare_marked(&mut self) {
        let entries = &self.records.kept.listing.entries;
        let find = |id: &String| entries.iter().find(|entry| entry.id == *id);
        let marked: Vec<&Entry> = self.state.marked.iter().filter_map(find).collect();
        self.records.compared = match marked[..] {
            [first, second] => Some(Compared {
                comparison: record::compare(&first.record, &second.record),
                records: [first.clone(), second.clone()],
            }),
            _ => None,
        };
    }

    /// Marks a record or takes its mark away; of more than two the oldest mark goes. Without a record all marks go.
    pub(super) fn mark(&mut self, id: Option<String>) {
        let marked = &mut self.state.marked;
        if let Some(id) = id {
            if let Some(at) = marked.iter().position(|other| *other == id) {
                marked.remove(at);
            } else {
                if marked.len() == 2 {
                    marked.remove(0);
                }
                marked.push(id);
            }
        } else {
            marked.clear();
        }
        self.compare_marked();
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
        let (failed, line) = match crate::keeping::export_to(&records, path, None) {
            Ok(()) => {
                let shown = crate::format::path(path);
                (false, format!("Wrote {} records to {shown}", records.len()))
            }
            Err(error) => (true, error),
        };
        self.notice(failed, line);
    }
}
