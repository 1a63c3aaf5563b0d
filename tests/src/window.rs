//! A window without a screen: opens a model, answers by labels, draws itself into pictures.

use egui_kittest::{Harness, SnapshotOptions};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tinyscope::App;
use tinyscope::document::ModelSource;

/// How long a window may take to open a model or to measure one before a test gives up.
const PATIENCE: Duration = Duration::from_mins(1);

/// How a test's window looks.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Size in points.
    pub size: [f32; 2],
    /// Dark or light.
    pub theme: egui::Theme,
    /// Pixels per point.
    pub scale: f32,
}

/// 1280 × 800, dark, one pixel per point.
pub const PLAIN: Look = Look {
    size: [1280.0, 800.0],
    theme: egui::Theme::Dark,
    scale: 1.0,
};

/// The root of the project.
///
/// # Panics
/// Never: the tests lie in the project.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests lie in the project")
        .to_owned()
}

/// A window on `model`, run until it has opened.
pub fn open(model: Option<ModelSource>, look: Look) -> Harness<'static, App> {
    let mut harness = Harness::builder()
        .with_size(look.size)
        .with_pixels_per_point(look.scale)
        .with_theme(look.theme)
        .with_os(egui::os::OperatingSystem::Nix)
        .with_max_steps(64)
        .with_options(
            SnapshotOptions::new()
                .threshold(1.0)
                .max_failed_pixels(10)
                .output_path(root().join("tests/snapshots")),
        )
        .build_eframe(|cc| App::for_tests(cc, model));
    settle(&mut harness);
    harness
}

/// Let a window look for chips and tools, as it does outside tests, and wait for them.
///
/// # Panics
/// When that takes longer than a minute.
pub fn survey(harness: &mut Harness<'_, App>) {
    let started = Instant::now();
    harness.state_mut().survey();
    while !harness.state().has_surveyed() {
        assert!(started.elapsed() < PATIENCE, "the survey does not end");
        std::thread::sleep(Duration::from_millis(5));
        harness.run_ok();
    }
    harness.run_ok();
}

/// A window on a bundled example.
pub fn open_example(name: &str, look: Look) -> Harness<'static, App> {
    open(Some(ModelSource::Example(name.into())), look)
}

/// Run until nothing is under way and nothing moves.
///
/// # Panics
/// When that takes longer than a minute.
pub fn settle(harness: &mut Harness<'_, App>) {
    let started = Instant::now();
    loop {
        harness.run_ok();
        if !harness.state().is_busy() {
            break;
        }
        assert!(started.elapsed() < PATIENCE, "the window is still busy");
        std::thread::sleep(Duration::from_millis(2));
    }
    harness.run_ok();
}
