//! Dialogs of the desktop for files and folders, each on a thread: they stay open as long as the user thinks.

use super::{Event, Job, Jobs};
use crate::{engine, project};
use std::path::PathBuf;

impl Jobs {
    /// Show the file dialog.
    pub fn pick_file(&self) {
        self.spawn(Job::Dialog, |report| {
            let file = rfd::FileDialog::new()
                .set_title("Open model or project")
                .add_filter(
                    "Models, designs and projects",
                    &[
                        "tflite",
                        "onnx",
                        engine::DESIGN_EXTENSION,
                        project::EXTENSION,
                    ],
                )
                .add_filter("All files", &["*"])
                .pick_file();
            report(Event::Picked(file));
        });
    }

    /// Show the folder dialog for the C project.
    pub fn pick_folder(&self) {
        self.spawn(Job::Dialog, |report| {
            let folder = rfd::FileDialog::new()
                .set_title("Write the C project to")
                .pick_folder();
            report(Event::PickedFolder(folder));
        });
    }

    /// Show the dialog for the project's file; `proposed` is where it begins.
    pub fn pick_save(&self, proposed: PathBuf) {
        self.spawn(Job::Dialog, move |report| {
            let mut dialog = rfd::FileDialog::new()
                .set_title("Save project")
                .add_filter("Project", &[project::EXTENSION]);
            if let Some(folder) = proposed.parent().filter(|f| f.is_dir()) {
                dialog = dialog.set_directory(folder);
            }
            if let Some(name) = proposed.file_name() {
                dialog = dialog.set_file_name(name.to_string_lossy());
            }
            report(Event::PickedSave(dialog.save_file()));
        });
    }

    /// Show the dialog for the folder of samples.
    pub fn pick_images(&self) {
        self.spawn(Job::Dialog, |report| {
            let folder = rfd::FileDialog::new()
                .set_title("Folder of samples")
                .pick_folder();
            report(Event::PickedImages(folder));
        });
    }

    /// Show the dialog for the model's file.
    pub fn pick_export(&self, name: String) {
        self.spawn(Job::Dialog, move |report| {
            let file = rfd::FileDialog::new()
                .set_title("Export model")
                .add_filter("TensorFlow Lite", &["tflite"])
                .add_filter("ONNX", &["onnx"])
                .set_file_name(name)
                .save_file();
            report(Event::PickedExport(file));
        });
    }

    /// Show the dialog for the folder of inputs.
    pub fn pick_inputs(&self) {
        self.spawn(Job::Dialog, |report| {
            let folder = rfd::FileDialog::new()
                .set_title("Folder of inputs")
                .pick_folder();
            report(Event::PickedInputs(folder));
        });
    }

    /// Show the dialog for the file of records.
    pub fn pick_records(&self) {
        self.spawn(Job::Dialog, |report| {
            let file = rfd::FileDialog::new()
                .set_title("Export records")
                .add_filter("Table", &["csv"])
                .add_filter("JSON", &["json"])
                .set_file_name("measurements.csv")
                .save_file();
            report(Event::PickedRecords(file));
        });
    }
}
