//! How long opening a model takes: from bytes to the lowered graph. Uses the shared models, or the project's own.

use divan::{Bencher, black_box};
use std::path::{Path, PathBuf};
use tinyscope_core::{import, schedule};

fn main() {
    divan::main();
}

/// The largest model of the shared ones (1 MB) and of our own, as far as they are there.
fn models() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shared =
        std::env::var_os("TINYSCOPE_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    [
        shared.join("models/mcunet-320kb-1mb_imagenet.tflite"),
        root.join("models/digits.tflite"),
    ]
    .into_iter()
    .filter(|path| path.exists())
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
