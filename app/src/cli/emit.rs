//! `emit`: write the C project of a plan.

use super::args::PlanArgs;
use super::{Failure, model, print, print_json, report};
use crate::manifest::{self, Manifest};
use crate::{engine, format, store};
use serde::Serialize;
use std::path::{Path, PathBuf};
use tinyscope_core::codegen::{self, EmitOptions};

#[derive(Serialize)]
struct Emitted {
    #[serde(flatten)]
    plan: report::PlanReport,
    files: Vec<PathBuf>,
}

/// Generate and write; the folder is created if missing, other files in it are left alone.
pub fn emit(args: &PlanArgs, out: &Path, prefix: &str) -> Result<(), Failure> {
    let (loaded, plan) = model::load_and_plan(args)?;
    let options = EmitOptions {
        prefix: prefix.to_owned(),
    };
    let project =
        codegen::emit(&plan, &options).map_err(|error| Failure::Input(error.to_string()))?;
    let mut files = engine::write_program(&project, out)
        .map_err(|error| Failure::Input(format!("{error}; choose a folder that can be written")))?;
    let path = out.join(manifest::NAME);
    let manifest = Manifest::new(loaded.facts, &plan, prefix, &project);
    let text = manifest.text().map_err(Failure::Tool)?;
    store::write_whole(&path, text.as_bytes()).map_err(|error| {
        let path = format::path(&path);
        Failure::Input(format!(
            "{path}: {error}; choose a folder that can be written"
        ))
    })?;
    files.push(path);
    if args.model.json {
        return print_json(&Emitted {
            plan: report::plan_report(&plan, &loaded.notes, None),
            files,
        });
    }
    let lines: String = files
        .iter()
        .map(|path| format!("wrote {}\n", format::path(path)))
        .collect();
    print(&lines)
}
