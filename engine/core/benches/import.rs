//! How long opening a model takes: from bytes to the lowered graph. Uses the shared models and the project's own.

#[path = "../tests/support/mod.rs"]
mod support;

use divan::{Bencher, black_box};
use std::path::PathBuf;
use tinyscope_core::{import, schedule};

fn main() {
    divan::main();
}

/// The shared models as far as they are there, and the project's own.
fn models() -> Vec<(PathBuf, Vec<u8>)> {
    let mut models = support::shared_files("models");
    models.extend(support::own_models());
    models
}

/// The models by file name.
fn names() -> Vec<String> {
    let models = models();
    let names = models.iter().filter_map(|(path, _)| path.file_name());
    names.map(|n| n.to_string_lossy().into_owned()).collect()
}

#[divan::bench(args = names())]
fn open(bencher: Bencher<'_, '_>, name: &str) {
    let mut models = models().into_iter();
    let listed = models.find(|(path, _)| path.ends_with(name));
    let (_, bytes) = listed.expect("a listed model");
    bencher.bench_local(|| {
        let graph = import::load("model", black_box(&bytes)).expect("it imports");
        schedule::lower(&graph)
    });
}
