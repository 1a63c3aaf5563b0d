//! Small seeds: a network of each kind of operator, as a TFLite and as an ONNX file, and two projects.
//! `seeds FOLDER` writes into `FOLDER/tflite`, `FOLDER/onnx` and `FOLDER/project`.

#[allow(dead_code)]
#[path = "../../app/src/format.rs"]
mod format;
#[allow(dead_code)]
#[path = "../../app/src/project.rs"]
mod project;

#[path = "../../engine/core/tests/export/single/kinds/mod.rs"]
mod kinds;

use std::path::Path;
use tinyscope_core::export;
use tinyscope_core::plan::{Choices, Schedule};

/// Networks of each kind.
const SEEDS: u64 = 4;

fn main() -> std::io::Result<()> {
    let Some(folder) = std::env::args_os().nth(1) else {
        return Err(std::io::Error::other("say where to: seeds FOLDER"));
    };
    let folder = Path::new(&folder);
    for format in ["tflite", "onnx", "project"] {
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
    for (name, project) in [("plain", plain()), ("quantised", quantised())] {
        if let Ok(text) = project::print(&project) {
            std::fs::write(folder.join("project").join(name), text)?;
        }
    }
    Ok(())
}

fn plain() -> project::Project {
    project::Project {
        version: project::VERSION,
        model: project::Source::Example("digits".into()),
        chip: "STM32F746NGHx".into(),
        choices: Choices::default(),
        quantise: None,
    }
}

fn quantised() -> project::Project {
    project::Project {
        model: project::Source::File("models/net.onnx".into()),
        choices: Choices {
            schedule: Schedule::Patch {
                split: 5,
                grid: [2, 3],
            },
            ..Choices::default()
        },
        quantise: Some(project::Quantise {
            options: Default::default(),
            images: Some("pictures".into()),
            samples: 256,
            preprocessing: Default::default(),
        }),
        ..plain()
    }
}
