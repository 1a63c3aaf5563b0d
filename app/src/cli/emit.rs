//! `emit`: write the C project of a plan.

use super::args::PlanArgs;
use super::{Failure, model, print, print_json, report};
use crate::{engine, format};
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
    let files = engine::write_program(&project, out)
        .map_err(|error| Failure::Input(format!("{error}; choose a folder that can be written")))?;
    if args.model.json {
        return print_json(&Emitted {
            plan: report::plan_report(&plan, &loaded.notes),
            files,
        });
    }
    let lines: String = files
        .iter()
        .map(|path| format!("wrote {}\n", format::path(path)))
        .collect();
    print(&lines)
}
