//! Long work on threads: choosing a file, importing, measuring, looking for boards. Results come back as [`Event`]s;
//! the window wakes up for each and is never blocked.

use crate::document::{Model, ModelSource};
use crate::engine;
use crate::examples::Example;
use crate::state::Problems;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use tinyscope_board::{
    BoardError, Cancel, ChipInfo, MeasureRequest, Measurement, Progress, ToolReport,
};
use tinyscope_core::plan::{Choices, Objective, Plan, Prepared, Schedule, Target};

/// Time limit for one run on the target.
const RUN_LIMIT: Duration = Duration::from_mins(2);

/// What a thread has to tell.
pub enum Event {
    /// A file was chosen in the dialog.
    Picked(Option<PathBuf>),
    /// A folder for the C project was chosen.
    PickedFolder(Option<PathBuf>),
    /// An import ended.
    Imported(Result<Model, Problems>),
    /// A measurement went on.
    Progress(u64, Progress),
    /// A measurement ended.
    Measured(u64, Box<Result<Measurement, BoardError>>),
    /// A search for a schedule ended; it was made for these choices and this chip.
    Found {
        /// Chip that was searched for.
        target: Target,
        /// Choices that the search started from.
        choices: Choices,
        /// The schedule, or why there is none.
        result: Result<Schedule, String>,
    },
    /// The chip of the last session.
    Restored(Target),
    /// The registry's chips were read.
    Chips(Vec<ChipInfo>),
    /// What is installed.
    Tools(Vec<ToolReport>),
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
    /// Whether a schedule is searched for.
    pub searching: bool,
    next_id: u64,
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
            searching: false,
            next_id: 0,
        }
    }

    /// Events since the last call.
    pub fn poll(&mut self) -> Vec<Event> {
        self.receiver.try_iter().collect()
    }

    /// Whether anything is under way.
    pub fn is_busy(&self) -> bool {
        self.importing > 0 || self.searching || self.measuring.is_some()
    }

    fn spawn(&self, name: &str, work: impl FnOnce(&dyn Fn(Event)) + Send + 'static) {
        let (sender, ctx) = (self.sender.clone(), self.ctx.clone());
        let report = move |event| {
            // The window may have closed meanwhile; then nobody waits for the answer.
            let _ = sender.send(event);
            ctx.request_repaint();
        };
        let spawned = std::thread::Builder::new()
            .name(name.into())
            .spawn(move || work(&report));
        if let Err(error) = spawned {
            // Without threads the system is out of resources; the log line is all that can still be done.
            eprintln!("cannot start a thread for {name}: {error}");
        }
    }

    /// Show the file dialog.
    pub fn pick_file(&self) {
        self.spawn("open dialog", |report| {
            let file = rfd::FileDialog::new()
                .set_title("Open model")
                .add_filter("Model", &["tflite"])
                .add_filter("All files", &["*"])
                .pick_file();
            report(Event::Picked(file));
        });
    }

    /// Show the folder dialog for the C project.
    pub fn pick_folder(&self) {
        self.spawn("export dialog", |report| {
            let folder = rfd::FileDialog::new()
                .set_title("Write the C project to")
                .pick_folder();
            report(Event::PickedFolder(folder));
        });
    }

    /// Read and import a file.
    pub fn import_file(&mut self, path: PathBuf) {
        self.importing += 1;
        self.spawn("import", move |report| {
            let source = ModelSource::File(path.clone());
            let result = match engine::read_model(&path) {
                Ok(bytes) => import(source, &bytes),
                Err(problem) => Err(Problems {
                    name: source.label(),
                    diagnostics: vec![problem],
                }),
            };
            report(Event::Imported(result));
        });
    }

    /// Import a bundled example.
    pub fn import_example(&mut self, example: &'static Example) {
        self.importing += 1;
        self.spawn("import", |report| {
            let source = ModelSource::Example(example.name.into());
            report(Event::Imported(import(source, example.bytes)));
        });
    }

    /// Start a measurement; one at a time.
    pub fn measure(&mut self, plan: Arc<Plan>) {
        if self.measuring.is_some() {
            return;
        }
        self.next_id += 1;
        let (id, cancel) = (self.next_id, Cancel::default());
        let request = MeasureRequest {
            plan,
            board: "virtual".into(),
            input: None,
            runs: 1,
            timeout: RUN_LIMIT,
            build_dir: None,
        };
        self.measuring = Some(Measuring {
            id,
            cancel: cancel.clone(),
            request: request.clone(),
            progress: None,
        });
        self.spawn("measure", move |report| {
            let result =
                engine::measure(&request, &cancel, &mut |p| report(Event::Progress(id, p)));
            report(Event::Measured(id, Box::new(result)));
        });
    }

    /// Search for a schedule; one at a time.
    pub fn search(
        &mut self,
        prepared: Prepared,
        target: Target,
        choices: Choices,
        objective: Objective,
    ) {
        if self.searching {
            return;
        }
        self.searching = true;
        self.spawn("search", move |report| {
            let result = engine::search(&prepared, &target, &choices, objective);
            report(Event::Found {
                target,
                choices,
                result,
            });
        });
    }

    /// Ask the running measurement to stop.
    pub fn cancel(&self) {
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
        self.spawn("chips", |report| {
            if let Some(target) = chip.and_then(|name| engine::target(&name).ok()) {
                report(Event::Restored(target));
            }
            report(Event::Chips(engine::chips()));
        });
        self.spawn("tools", |report| report(Event::Tools(engine::tools())));
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.cancel();
    }
}

fn import(source: ModelSource, bytes: &[u8]) -> Result<Model, Problems> {
    let name = source.label();
    match engine::import(bytes, &name) {
        (Some(graph), diagnostics) => Ok(Model {
            source,
            graph: Arc::new(graph),
            diagnostics,
            file_bytes: bytes.len(),
        }),
        (None, mut diagnostics) => {
            // Errors first; otherwise in the order they were found.
            diagnostics.sort_by_key(|d| d.severity);
            Err(Problems { name, diagnostics })
        }
    }
}
