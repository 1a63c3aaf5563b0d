//! Designs: the committed ones against published facts, their graphs in the host run, and texts from anybody.

mod graphs;
#[path = "../support/mod.rs"]
mod support;
mod text;
mod zoo;

use std::path::PathBuf;
use tinyscope_core::design::Design;

/// Every committed design, by path, with its text.
fn committed() -> Vec<(PathBuf, String)> {
    let folder = support::workspace().join("models");
    let entries = std::fs::read_dir(folder).expect("the models' folder");
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "ron"));
    paths.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a committed design");
        (path, text)
    };
    paths.into_iter().map(read).collect()
}

/// The committed design of this name.
fn design(name: &str) -> Design {
    let path = support::workspace().join(format!("models/{name}.ron"));
    let bytes = std::fs::read(&path).expect("a committed design");
    Design::from_ron(&bytes).expect("a committed design is one")
}
