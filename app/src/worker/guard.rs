//! The border of a job: whatever happens inside a thread, the window hears of its end.

use super::Event;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a thread was doing; says which wait is over when it breaks down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// A dialog of the desktop.
    Dialog,
    /// Reading and importing a model.
    Import,
    /// Writing a project.
    Save,
    /// Quantising a model, by number.
    Quantise(u64),
    /// Writing a model.
    Export,
    /// A measurement, by number.
    Measure(u64),
    /// A search for a schedule, by number.
    Search(u64),
    /// Looking for chips and tools.
    Survey,
    /// Looking for probes.
    Boards,
    /// Reading the records of a model.
    Records,
    /// Finding out which chip there is.
    Detect,
    /// Watching for probes that come and go.
    Watch,
}

impl Job {
    /// Name of the thread and in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dialog => "file dialog",
            Self::Import => "import",
            Self::Quantise(_) => "quantisation",
            Self::Export => "export",
            Self::Save => "saving of the project",
            Self::Measure(_) => "measurement",
            Self::Search(_) => "search",
            Self::Survey => "survey of chips and tools",
            Self::Boards => "search for probes",
            Self::Records => "reading of the records",
            Self::Detect => "detection of the chip",
            Self::Watch => "watch for probes",
        }
    }
}

/// Do `work`; a panic in it becomes the last event.
pub fn run(job: Job, report: &dyn Fn(Event), work: impl FnOnce(&dyn Fn(Event))) {
    // Nothing of a job outlives its panic but events already sent, which are whole.
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| work(report))) {
        let cause = text(payload.as_ref());
        let error = format!(
            "internal error in the {}: {cause}; please report it",
            job.name()
        );
        report(Event::Broken { job, error });
    }
}

fn text(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no reason given")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn a_panic_is_the_last_event_and_what_came_before_it_stays() {
        let (sender, receiver) = channel();
        let report = |event| sender.send(event).expect("the receiver lives");
        run(Job::Search(1), &report, |report| {
            report(Event::Picked(None));
            panic!("step {}", 7);
        });
        drop(sender);
        let events: Vec<Event> = receiver.iter().collect();
        let [Event::Picked(None), Event::Broken { job, error }] = events.as_slice() else {
            panic!("{} events", events.len());
        };
        assert_eq!(*job, Job::Search(1));
        assert_eq!(
            error,
            "internal error in the search: step 7; please report it"
        );
    }
}
