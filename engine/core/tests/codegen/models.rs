//! The shared models, where they are.

use std::path::PathBuf;
use tinyscope_core::graph::Graph;
use tinyscope_core::import::load;
use tinyscope_core::schedule::lower;

/// The int8 models whose operators all have kernels.
pub const NAMES: [&str; 9] = [
    "vww_96_int8",
    "pretrainedResnet_quant",
    "kws_ref_model",
    "ad01_int8",
    "person_detect",
    "mcunet_vww",
    "mcunet-5fps_imagenet",
    "mbv2-w0.35_imagenet",
    "mcunet-320kb-1mb_imagenet",
];

/// A shared model as imported; `None` (and a message) where the shared folder is absent.
pub fn shared(name: &str) -> Option<Graph> {
    let folder = std::env::var_os("TINYSCOPE_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let Ok(bytes) = std::fs::read(folder.join("models").join(format!("{name}.tflite"))) else {
        println!("skipped: {name} (no ../shared)");
        return None;
    };
    // Planning lowers too; a lowered graph stays as it is.
    Some(lower(&load(name, &bytes).expect("a valid model")).0)
}
