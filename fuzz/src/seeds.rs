//! Small seeds: a network of each kind of operator, as a TFLite and as an ONNX file.
//! `seeds FOLDER` writes into `FOLDER/tflite` and `FOLDER/onnx`.

#[path = "../../engine/core/tests/export/single/kinds/mod.rs"]
mod kinds;

use std::path::Path;
use tinyscope_core::export;

/// Networks of each kind.
const SEEDS: u64 = 4;

fn main() -> std::io::Result<()> {
    let Some(folder) = std::env::args_os().nth(1) else {
        return Err(std::io::Error::other("say where to: seeds FOLDER"));
    };
    let folder = Path::new(&folder);
    for format in ["tflite", "onnx"] {
        std::fs::create_dir_all(folder.join(format))?;
    }
    let lists = [
        &kinds::WINDOWS[..],
        &kinds::ELEMENTS,
        &kinds::MOVES,
        &kinds::OWN,
    ];
    for (kind, (_, generate)) in lists.into_iter().flatten().enumerate() {
        for seed in 0..SEEDS {
            let graph = generate(seed);
            let write = |format: &str, bytes: Option<Vec<u8>>| match bytes {
                Some(bytes) => {
                    let name = format!("{format}/single-{kind:02}-{seed}.{format}");
                    std::fs::write(folder.join(name), bytes)
                }
                None => Ok(()),
            };
            write("tflite", export::tflite(&graph).ok())?;
            write("onnx", export::onnx(&graph).ok())?;
        }
    }
    Ok(())
}
