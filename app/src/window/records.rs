//! Measurements that are kept: marked, repeated, exported.

use super::{App, Pane};
use crate::keeping::Kept;
use crate::repeating::Repetition;
use std::path::Path;
use std::sync::Arc;
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

    /// Takes the schedule, chip and board of a record and measures again what it asked for; the user's own settings stay.
    pub(super) fn repeat(&mut self, id: &str) {
        let entry = (self.records.kept.listing.entries.iter()).find(|entry| entry.id == id);
        let Some(Entry { record, .. }) = entry.cloned() else {
            return;
        };
        if self.jobs.measuring.is_some() {
            let line = "a measurement is under way; cancel it or wait for it";
            self.notice(true, line.into());
            return;
        }
        let again = Repetition::of(&record);
        if record.request.project_folder.is_some() {
            let line = format!(
                "an edited project was measured; `tinyscope records rerun {id}` measures it again"
            );
            self.notice(true, line);
            return;
        }
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
        self.start_measuring(Some(&again));
    }

    /// Measures the plan on the chosen board, as the user set it or as it was once done `again`.
    pub(super) fn start_measuring(&mut self, again: Option<&Repetition>) {
        let Some(plan) = &self.derived.plan else {
            return;
        };
        let board = self.state.board().to_owned();
        let line = format!("measuring on {board}, {}", plan.target.chip);
        self.log.push(line);
        if let Some(model) = &self.history.current().model {
            let (settings, project) = (&self.state.measuring, self.project.as_deref());
            let plan = Arc::clone(plan);
            self.jobs
                .measure(plan, board, model, project, settings, again);
        }
        self.show_pane(Pane::Measure);
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
