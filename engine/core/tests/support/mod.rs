//! What the integration tests share: where the shared models and golden data lie, and how a test says that it skipped.
//!
//! The shared directory is `$TINYSCOPE_SHARED`, else `../shared` beside the workspace. A test that needs it and does
//! not find it prints one line and passes.

// Each test binary compiles this module and uses only a part of it.
#![allow(dead_code)]

use std::path::{Path, PathBuf};

/// Root of the workspace.
pub fn workspace() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = own
        .ancestors()
        .find(|folder| folder.join("Cargo.lock").is_file());
    root.expect("the package lies in a workspace").to_path_buf()
}

/// `path` inside the shared directory; `None`, after a `skipped:` line, when it is not there.
pub fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("TINYSCOPE_SHARED")
        .map_or_else(|| workspace().join("../shared"), PathBuf::from);
    let full = root.join(path);
    if full.exists() {
        return Some(full);
    }
    println!("skipped: {path} (no ../shared)");
    None
}

/// The bytes of `path` inside the shared directory; `None`, after a `skipped:` line, when it is not there.
pub fn shared_bytes(path: &str) -> Option<Vec<u8>> {
    let full = shared(path)?;
    match std::fs::read(&full) {
        Ok(bytes) => Some(bytes),
        Err(error) => panic!("cannot read {}: {error}", full.display()),
    }
}

/// The int8 models whose every operator has golden values.
pub const MODELS: [&str; 11] = [
    "vww_96_int8",
    "pretrainedResnet_quant",
    "kws_ref_model",
    "ad01_int8",
    "person_detect",
    "mcunet_vww",
    "mcunet-5fps_imagenet",
    "mbv2-w0.35_imagenet",
    "mcunet-320kb-1mb_imagenet",
    "mcunet_detection",
    "str_ww_ref_model",
];

/// The bytes of one of [`MODELS`].
pub fn model(name: &str) -> Option<Vec<u8>> {
    shared_bytes(&format!("models/{name}.tflite"))
}

/// Every model file of a folder of the shared directory, by path, with its bytes; empty where it is not there.
pub fn shared_files(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = shared(folder).map(|path| std::fs::read_dir(path).expect("a shared folder"));
    let paths = entries.into_iter().flatten().flatten();
    let is_model = |path: &PathBuf| {
        path.extension()
            .is_some_and(|e| e == "tflite" || e == "onnx")
    };
    let mut paths: Vec<PathBuf> = paths.map(|entry| entry.path()).filter(is_model).collect();
    paths.sort();
    with_bytes(paths)
}

fn with_bytes(paths: Vec<PathBuf>) -> Vec<(PathBuf, Vec<u8>)> {
    let read = |path: PathBuf| {
        let bytes = std::fs::read(&path).expect("a listed model is readable");
        (path, bytes)
    };
    paths.into_iter().map(read).collect()
}

/// The project's own int8 models in `models/`, sorted by path, with their bytes; empty while there are none.
pub fn own_models() -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    collect(&workspace().join("models"), &mut found);
    found.sort();
    with_bytes(found)
}

fn collect(directory: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|e| e == "tflite") && !is_float(&path) {
            found.push(path);
        }
    }
}

/// Whether the file is one of the project's own float networks, by its name.
fn is_float(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    stem.is_some_and(|stem| stem.ends_with("_float"))
}

/// A head line of the block tables of the released architectures.
pub struct BlockTable {
    /// The bundled design of that architecture.
    pub design: String,
    words: Vec<String>,
}

impl BlockTable {
    /// The word after `key`.
    pub fn after(&self, key: &str) -> &str {
        let at = self.words.iter().position(|word| word == key);
        &self.words[at.expect(key) + 1]
    }
}

/// All of them, at least 13; `None`, after a `skipped:` line, without the shared directory.
pub fn block_tables() -> Option<Vec<BlockTable>> {
    let text = shared_bytes("zoo/block_tables.txt")?;
    let text = String::from_utf8(text).expect("text");
    let heads = text.lines().filter_map(|line| line.strip_prefix("### "));
    let tables: Vec<BlockTable> = heads
        .map(|line| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            let name = words[0].trim_end_matches(".json");
            BlockTable {
                design: name.trim_end_matches("_imagenet").replace('_', "-"),
                words,
            }
        })
        .collect();
    assert!(tables.len() >= 13, "{} tables", tables.len());
    Some(tables)
}
