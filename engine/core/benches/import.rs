//! How long opening a model takes: from bytes to the lowered graph. Uses the shared models, or the project's own.

#[path = "../tests/support/mod.rs"]
mod support;

use divan::{Bencher, black_box};
use std::path::PathBuf;
use tinyscope_core::{import, schedule};

fn main() {
    divan::main();
}

/// The largest model of the shared ones (1 MB) and of our own, as far as they are there.
fn models() -> Vec<PathBuf> {
    let own = support::workspace().join("models/digits.tflite");
    support::shared("models/mcunet-320kb-1mb_imagenet.tflite")
        .into_iter()
        .chain([own])
        .collect()
}

/// The models by file name.
fn names() -> Vec<String> {
    let name = |path: &PathBuf| Some(path.file_name()?.to_string_lossy().into_owned());
    models().iter().filter_map(name).collect()
}

#[divan::bench(args = names())]
fn open(bencher: Bencher<'_, '_>, name: &str) {
    let path = models()
        .into_iter()
        .find(|path| path.ends_with(name))
        .expect("a listed model");
    let bytes = std::fs::read(path).expect("a listed model is readable");
    bencher.bench_local(|| {
        let graph = import::load("model", black_box(&bytes)).expect("it imports");
        schedule::lower(&graph)
    });
}
