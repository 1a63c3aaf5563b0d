//! `inspect`: what a model is made of and what it needs, layer by layer; for a model that cannot run, its operators and
//! everything that stands in the way.

use super::args::{ModelArgs, PlanArgs};
use super::table::{Align, table};
use super::{Failure, model, plan, print, print_json, report};
use crate::derived::{Derived, Stage};
use crate::document::{Document, Model};
use crate::format::{self, group};
use serde::Serialize;
use std::sync::Arc;
use tinyscope_core::accounting::{self, Account};
use tinyscope_core::plan::Choices;
use tinyscope_core::{Diagnostic, import};

/// The plan, and how much memory other tools would count.
#[derive(Serialize)]
struct Inside<'a> {
    #[serde(flatten)]
    plan: &'a report::PlanReport,
    accountings: &'a [Account],
}

#[derive(Serialize)]
struct Outside<'a> {
    model: String,
    can_run: bool,
    #[serde(flatten)]
    view: &'a import::View,
    diagnostics: &'a [Diagnostic],
}

/// Print operators, shapes, MACs, parameters and memory of the layer-by-layer schedule, or the file's operators where
/// there can be no plan. Fails with "bad input" where the model cannot be run.
pub fn inspect(args: &ModelArgs) -> Result<(), Failure> {
    let opened = model::open(&args.file)?;
    let mut derived = Derived::default();
    let model = Arc::new(opened.model);
    derived.refresh(&Document {
        model: Some(Arc::clone(&model)),
        choices: Choices::default(),
        target: model::target(&PlanArgs::layer_by_layer(args), opened.project.as_ref())?,
    });
    if let Some(plan) = &derived.plan {
        let report = report::plan_report(plan, &model.diagnostics, None);
        let accountings = accounting::layer_by_layer(&model.view, &plan.graph);
        if args.json {
            return print_json(&Inside {
                plan: &report,
                accountings: &accountings,
            });
        }
        plan::print_report(&report)?;
        return print(&counted_by_others(&accountings));
    }
    let can_run = derived.stage == Stage::Float;
    if args.json {
        print_json(&Outside {
            model: model.source.stem(),
            can_run,
            view: &model.view,
            diagnostics: &derived.diagnostics,
        })?;
    } else {
        print_outside(&model, &derived)?;
    }
    if can_run {
        return Ok(());
    }
    Err(Failure::Input(format!(
        "{} cannot be run; its operators and what is wrong with them are above",
        format::path(&args.file)
    )))
}

/// A line for each tool: its peak, and what it is made of.
fn counted_by_others(accountings: &[Account]) -> String {
    let row = |account: &Account| {
        let parts = account.parts.iter();
        let parts = parts.map(|part| format!("{} {}", part.name, group(part.bytes as u64)));
        vec![
            account.name.to_owned(),
            format!("{} B", group(account.peak_bytes as u64)),
            parts.collect::<Vec<_>>().join(" + "),
        ]
    };
    let rows: Vec<Vec<String>> = accountings.iter().map(row).collect();
    let header = [
        ("counted by", Align::Left),
        ("peak", Align::Right),
        ("of which", Align::Left),
    ];
    format!("\n{}", table(&header, &rows))
}

fn print_outside(model: &Model, derived: &Derived) -> Result<(), Failure> {
    let rows: Vec<Vec<String>> = derived
        .outline
        .iter()
        .map(|row| {
            vec![
                row.index.to_string(),
                row.name.clone(),
                row.input.clone(),
                row.output.clone(),
                row.live_bytes.map_or_else(|| "–".into(), group),
                match row.worst {
                    Some(tinyscope_core::Severity::Error) => "not supported".into(),
                    _ => String::new(),
                },
            ]
        })
        .collect();
    let header = [
        ("#", Align::Right),
        ("operator", Align::Left),
        ("input", Align::Left),
        ("output", Align::Left),
        ("live B", Align::Right),
        ("", Align::Left),
    ];
    let mut text = format!(
        "{}, {}, {} B\n\n",
        model.source.label(),
        model.view.format,
        group(model.file_bytes as u64)
    );
    text += &table(&header, &rows);
    text.push('\n');
    if derived.stage == Stage::Float {
        text += "float: `tinyscope quantize` makes an int8 model of it that can be planned\n";
    }
    for diagnostic in &derived.diagnostics {
        text += &format!("{diagnostic}\n");
    }
    print(&text)
}
