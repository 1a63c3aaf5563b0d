//! `emit`: write the C project of a plan.

use super::args::PlanArgs;
use super::{Failure, model, print, print_json, report};
use crate::manifest::Manifest;
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

/// Generate and write; the folder is created if missing, other files in it are left alone, edited ones too but with
/// `force`.
pub fn emit(args: &PlanArgs, out: &Path, prefix: &str, force: bool) -> Result<(), Failure> {
    let (loaded, plan) = model::load_and_plan(args)?;
    let options = EmitOptions {
        prefix: prefix.to_owned(),
    };
    let project =
        codegen::emit(&plan, &options).map_err(|error| Failure::Input(error.to_string()))?;
    let companions = codegen::companions(&plan, &options, &project);
    let manifest = Manifest::new(loaded.facts, &plan, prefix, &project, &companions);
    let written = engine::Written {
        program: &project,
        companions: &companions,
        manifest: &manifest,
    };
    let files = engine::write_project(&written, out, force).map_err(Failure::Input)?;
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
