//! Long work on threads: choosing a file, importing, measuring, looking for boards. Results come back as [`Event`]s;
//! the window wakes up for each and is never blocked.

mod dialogs;
mod guard;

use crate::document::{Document, Model, ModelSource};
use crate::keeping::{Facts, Kept};
use crate::opening::{self, Opened};
use crate::quantise::{self, Outcome, Settings, Stopped};
use crate::repeating::Repetition;
use crate::samples::Given;
use crate::state::Problems;
use crate::{engine, keeping, measuring, samples, stages, store};
pub use guard::Job;
use std::cell::Cell;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};
use tinyscope_board::session::Detection;
use tinyscope_board::{
    BoardError, BoardInfo, BoardsChange, BoardsWatch, Cancel, ChipInfo, MeasureRequest,
    Measurement, Progress, ToolReport,
};
use tinyscope_core::Graph;
use tinyscope_core::plan::{Choices, Plan, Prepared, Query, Schedule, Target};

/// Pause between two looks for probes.
const WATCH_EVERY: Duration = Duration::from_millis(1500);

/// How long a closing window waits for a measurement that was told to stop.
const FAREWELL: Duration = Duration::from_secs(1);

/// What a thread has to tell.
pub enum Event {
    /// A file was chosen in the dialog.
    Picked(Option<PathBuf>),
    /// A folder for the C project was chosen.
    PickedFolder(Option<PathBuf>),
    /// A file for the project was chosen.
    PickedSave(Option<PathBuf>),
    /// A model or project was read.
    Opened(Box<Result<Opened, Problems>>),
    /// A project was written, or why not.
    Saved {
        /// Where to.
        path: PathBuf,
        /// What is in it.
        document: Box<Document>,
        /// How it went.
        result: Result<(), String>,
    },
    /// A folder of samples was chosen.
    PickedImages(Option<PathBuf>),
    /// A file for the model was chosen.
    PickedExport(Option<PathBuf>),
    /// A model was written: how many bytes, or why not.
    Exported(PathBuf, Result<usize, String>),
    /// A quantisation went on.
    Quantising(u64, quantise::Progress),
    /// A quantisation ended.
    Quantised(u64, Box<Result<Outcome, Stopped>>),
    /// A measurement went on.
    Progress(u64, Progress),
    /// A measurement ended; the second is why it could not be kept.
    Measured(u64, Box<Result<Measurement, BoardError>>, Option<String>),
    /// The records of a model, by its hash.
    Records(String, Result<Kept, String>),
    /// A folder of inputs to measure with was chosen.
    PickedInputs(Option<PathBuf>),
    /// A file for the records was chosen.
    PickedRecords(Option<PathBuf>),
    /// A search for a schedule ended; it was made for these choices and this chip.
    Found {
        /// Which search.
        id: u64,
        /// Chip that was searched for.
        target: Target,
        /// Choices that the search started from.
        choices: Choices,
        /// The schedule, and what limits it where it does not do what was asked; or why there is none.
        result: Result<(Schedule, Option<String>), String>,
    },
    /// The chip of the last session.
    Restored(Target),
    /// The registry's chips were read.
    Chips(Vec<ChipInfo>),
    /// What is installed.
    Tools(Vec<ToolReport>),
    /// The virtual board and the probes that are connected.
    Boards(Vec<BoardInfo>),
    /// The chip behind a probe, or why it is not known.
    Detected(Result<Detection, String>),
    /// A probe came or went; at first, which are there.
    Plugged(BoardsChange),
    /// A job ended by an error of the program itself, or could not begin.
    Broken {
        /// What it was.
        job: Job,
        /// What went wrong, for people.
        error: String,
    },
}

/// The threads' side of the window.
pub struct Jobs {
    ctx: egui::Context,
    sender: Sender<Event>,
    receiver: Receiver<Event>,
    /// Imports under way.
    pub importing: usize,
    /// The measurement under way.
    pub measuring: Option<Measuring>,
    /// The search for a schedule under way.
    pub searching: Option<Searching>,
    /// Whether probes are looked for.
    pub looking: bool,
    /// Whether a chip is looked at.
    pub detecting: bool,
    /// Whether a project is written.
    pub saving: bool,
    /// How many models are written.
    pub exporting: usize,
    /// The quantisation under way.
    pub quantising: Option<Quantising>,
    /// How many times records are read.
    pub reading: usize,
    /// Where records and builds are kept.
    pub folders: keeping::Folders,
    /// For tests: the next job panics.
    pub break_next: Cell<bool>,
    next_id: u64,
    /// Gone when the window is.
    alive: Arc<()>,
}

/// A search under way.
pub struct Searching {
    id: u64,
    cancel: Cancel,
}

/// A quantisation under way.
pub struct Quantising {
    id: u64,
    cancel: Cancel,
    /// The float model.
    pub float: Arc<Model>,
    /// The last report.
    pub progress: Option<quantise::Progress>,
}

/// A measurement under way.
pub struct Measuring {
    id: u64,
    cancel: Cancel,
    /// What it measures.
    pub request: MeasureRequest,
    /// The last report.
    pub progress: Option<Progress>,
}

impl Jobs {
    /// No jobs yet; results wake `ctx`.
    pub fn new(ctx: egui::Context) -> Self {
        let (sender, receiver) = channel();
        Self {
            ctx,
            sender,
            receiver,
            importing: 0,
            measuring: None,
            searching: None,
            looking: false,
            detecting: false,
            saving: false,
            exporting: 0,
            quantising: None,
            reading: 0,
            folders: keeping::Folders::default(),
            break_next: Cell::new(false),
            next_id: 0,
            alive: Arc::new(()),
        }
    }

    /// Events since the last call.
    pub fn poll(&mut self) -> Vec<Event> {
        self.receiver.try_iter().collect()
    }

    /// Whether anything is under way.
    pub fn is_busy(&self) -> bool {
        let small = self.searching.is_some() || self.looking || self.saving || self.detecting;
        let counted = self.importing + self.exporting + self.reading > 0;
        small || counted || self.measuring.is_some() || self.quantising.is_some()
    }

    fn spawn(&self, job: Job, work: impl FnOnce(&dyn Fn(Event)) + Send + 'static) {
        let (sender, ctx) = (self.sender.clone(), self.ctx.clone());
        let report = move |event| {
            // The window may have closed meanwhile; then nobody waits for the answer.
            let _ = sender.send(event);
            ctx.request_repaint();
        };
        let broken = self.break_next.take();
        let spawned = std::thread::Builder::new()
            .name(job.name().into())
            .spawn(move || {
                guard::run(job, &report, |report| {
                    assert!(!broken, "broken on request");
                    work(report);
                });
            });
        if let Err(error) = spawned {
            let error = format!("cannot start a thread for the {}: {error}", job.name());
            let _ = self.sender.send(Event::Broken { job, error });
        }
    }

    /// Write a project, whole or not at all; one at a time.
    pub fn save(&mut self, path: PathBuf, text: String, document: Document) {
        if self.saving {
            return;
        }
        self.saving = true;
        self.spawn(Job::Save, move |report| {
            let result = store::write_whole(&path, text.as_bytes()).map_err(|e| e.to_string());
            let document = Box::new(document);
            report(Event::Saved {
                path,
                document,
                result,
            });
        });
    }

    /// Write a model.
    pub fn export(&mut self, graph: Arc<Graph>, path: PathBuf) {
        self.exporting += 1;
        self.spawn(Job::Export, move |report| {
            let result = engine::exported(&graph, &path).and_then(|bytes| {
                store::write_whole(&path, &bytes).map_err(|error| error.to_string())?;
                Ok(bytes.len())
            });
            report(Event::Exported(path, result));
        });
    }

    /// Quantise a float model; one at a time.
    pub fn quantise(&mut self, float: Arc<Model>, settings: Settings) {
        let Some(graph) = float.graph.clone().filter(|_| self.quantising.is_none()) else {
            return;
        };
        self.next_id += 1;
        let (id, cancel) = (self.next_id, Cancel::default());
        self.quantising = Some(Quantising {
            id,
            cancel: cancel.clone(),
            float,
            progress: None,
        });
        self.spawn(Job::Quantise(id), move |report| {
            let mut told = None;
            let mut tell = |p: quantise::Progress| {
                // A hundred reports a stage are enough for a bar.
                let mark = (p.stage, (p.fraction * 100.0) as u32);
                if told != Some(mark) {
                    told = Some(mark);
                    report(Event::Quantising(id, p));
                }
                if cancel.is_cancelled() {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            };
            let result = quantise::run(&graph, &settings, &mut tell);
            report(Event::Quantised(id, Box::new(result)));
        });
    }

    /// Take note of a quantisation's progress.
    pub fn note_quantising(&mut self, id: u64, progress: quantise::Progress) {
        if let Some(running) = self.quantising.as_mut().filter(|r| r.id == id) {
            running.progress = Some(progress);
        }
    }

    /// The running quantisation ended: what it was.
    pub fn finish_quantising(&mut self, id: u64) -> Option<Quantising> {
        self.quantising.take_if(|r| r.id == id)
    }

    /// Read a model or a project.
    pub fn open(&mut self, source: ModelSource) {
        self.importing += 1;
        self.spawn(Job::Import, move |report| {
            report(Event::Opened(Box::new(opening::open(source))));
        });
    }

    /// Start a measurement on a board, with the user's settings or as it was once done `again`; one at a time.
    pub fn measure(
        &mut self,
        plan: Arc<Plan>,
        board: String,
        model: &Model,
        project: Option<&Path>,
        settings: &measuring::Settings,
        again: Option<&Repetition>,
    ) {
        if self.measuring.is_some() {
            return;
        }
        self.next_id += 1;
        let (id, cancel) = (self.next_id, Cancel::default());
        let mut request = settings.request(plan, board, self.folders.builds.clone());
        let quantised = model.quantised.as_ref().map(|q| &q.outcome.settings);
        let graph = model.graph.as_deref();
        let suggested = || graph.map(|graph| samples::preprocessing(graph, quantised));
        let (folder, limit, preprocessing) = match again {
            None => (settings.inputs.clone(), samples::LIMIT, suggested()),
            Some(again) => {
                again.apply(&mut request);
                let preprocessing = again.preprocessing.or_else(suggested);
                (again.inputs.clone(), again.samples, preprocessing)
            }
        };
        let given = folder
            .zip(preprocessing)
            .map(|(folder, preprocessing)| Given {
                folder,
                limit,
                preprocessing,
            });
        self.measuring = Some(Measuring {
            id,
            cancel: cancel.clone(),
            request: request.clone(),
            progress: None,
        });
        let folder = self.folders.records.clone().filter(|_| settings.keep);
        let facts = Facts {
            model: keeping::model_facts(model, project),
            request: keeping::request_facts(&request, given.as_ref()),
        };
        self.spawn(Job::Measure(id), move |report| {
            let mut progress = |p| report(Event::Progress(id, p));
            let mut request = request;
            let result = match given {
                None => Ok(()),
                Some(given) => engine::give(&mut request, &given, &cancel, &mut progress),
            };
            let result = result.and_then(|()| engine::measure(&request, &cancel, &mut progress));
            let kept = match (&result, folder) {
                (Ok(measurement), Some(folder)) => {
                    keeping::keep(&folder, facts, &request.plan, measurement).err()
                }
                _ => None,
            };
            report(Event::Measured(id, Box::new(result), kept));
        });
    }

    /// Find out which chip a probe is wired to; one at a time.
    pub fn detect_chip(&mut self, board: String) {
        if !self.detecting {
            self.detecting = true;
            self.spawn(Job::Detect, move |report| {
                let result = engine::detect_chip(&board).map_err(|error| error.to_string());
                report(Event::Detected(result));
            });
        }
    }

    /// Tell of probes that come and go, for as long as the window lives.
    pub fn watch_boards(&self) {
        let alive = Arc::downgrade(&self.alive);
        self.spawn(Job::Watch, move |report| {
            let mut watch = BoardsWatch::default();
            while alive.upgrade().is_some() {
                if let Some(change) = watch.poll() {
                    report(Event::Plugged(change));
                }
                std::thread::sleep(WATCH_EVERY);
            }
        });
    }

    /// Read the records of a model.
    pub fn read_records(&mut self, sha256: String) {
        let Some(folder) = self.folders.records.clone() else {
            return;
        };
        self.reading += 1;
        self.spawn(Job::Records, move |report| {
            let listing = keeping::records(&folder, &sha256);
            report(Event::Records(sha256, listing));
        });
    }

    /// Look for probes; one search at a time.
    pub fn look_for_boards(&mut self) {
        if !self.looking {
            self.looking = true;
            self.spawn(Job::Boards, |report| {
                report(Event::Boards(engine::boards()));
            });
        }
    }

    /// Search for a schedule. The newest request wins: a search that is under way stops, and its answer is dropped.
    pub fn search(&mut self, prepared: Prepared, target: Target, choices: Choices, query: Query) {
        if let Some(older) = &self.searching {
            older.cancel.cancel();
        }
        self.next_id += 1;
        let (id, cancel) = (self.next_id, Cancel::default());
        self.searching = Some(Searching {
            id,
            cancel: cancel.clone(),
        });
        self.spawn(Job::Search(id), move |report| {
            let mut watch = |_| {
                if cancel.is_cancelled() {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            };
            let found = engine::search(&prepared, &target, &choices, &query, &mut watch);
            let result = found.map_err(|error| error.to_string()).map(|found| {
                let limit = stages::limit_text(&found, &query);
                (found.plan.choices.schedule, limit)
            });
            report(Event::Found {
                id,
                target,
                choices,
                result,
            });
        });
    }

    /// A search ended; whether it was the newest.
    pub fn finish_searching(&mut self, id: u64) -> bool {
        self.searching.take_if(|s| s.id == id).is_some()
    }

    /// Ask the running measurement, quantisation or search to stop; a search then gives its best so far.
    pub fn cancel(&self) {
        if let Some(running) = &self.searching {
            running.cancel.cancel();
        }
        if let Some(running) = &self.quantising {
            running.cancel.cancel();
        }
        if let Some(running) = &self.measuring {
            running.cancel.cancel();
        }
    }

    /// Take note of progress; reports of a measurement that is over are dropped.
    pub fn note_progress(&mut self, id: u64, progress: Progress) {
        if let Some(running) = self.measuring.as_mut().filter(|r| r.id == id) {
            running.progress = Some(progress);
        }
    }

    /// The running measurement ended: what it was.
    pub fn finish(&mut self, id: u64) -> Option<Measuring> {
        self.measuring.take_if(|r| r.id == id)
    }

    /// Read the chip registry and look for tools, once, in the background.
    /// `chip` is the one to begin with.
    pub fn survey(&self, chip: Option<String>) {
        self.spawn(Job::Survey, |report| {
            if let Some(target) = chip.and_then(|name| engine::target(&name).ok()) {
                report(Event::Restored(target));
            }
            report(Event::Chips(engine::chips()));
        });
        self.spawn(Job::Survey, |report| report(Event::Tools(engine::tools())));
    }
}

impl Drop for Jobs {
    /// Stops the measurement and gives it a moment to end its compilers and take its folder away.
    fn drop(&mut self) {
        let Some(running) = &self.measuring else {
            return;
        };
        running.cancel.cancel();
        let deadline = Instant::now() + FAREWELL;
        while let Ok(event) = self
            .receiver
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            match event {
                Event::Measured(id, ..) if id == running.id => break,
                Event::Broken { job, .. } if job == Job::Measure(running.id) => break,
                _ => {}
            }
        }
    }
}
