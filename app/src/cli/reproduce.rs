//! `reproduce`: published figures, each beside ours.

use super::table::{Align, table};
use super::{Failure, print, print_json};
use crate::{engine, format};
use serde::Serialize;
use std::path::Path;
use tinyscope_core::reproduce::{Aim, Figures, Row, Source, rows};

#[derive(Serialize)]
struct Report<'a> {
    reproduced: usize,
    rows: Vec<Judged<'a>>,
    skipped: &'a [String],
}

#[derive(Serialize)]
struct Judged<'a> {
    #[serde(flatten)]
    row: &'a Row,
    difference: f64,
    agrees: bool,
}

/// Print every figure that can be computed. Fails with "the answer is no" where one of ours is not the published one.
pub fn reproduce(
    models: Option<&Path>,
    packings: Option<&Path>,
    json: bool,
) -> Result<(), Failure> {
    for (folder, what) in [(models, "model files"), (packings, "packing problems")] {
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            return Err(Failure::Input(format!(
                "{} is no folder; give the one that holds the {what}",
                format::path(folder)
            )));
        }
    }
    let read = |name: &str| {
        let path = models?.join(format!("{name}.tflite"));
        engine::read_model(&path).ok()
    };
    let packing = |name: &str| {
        let path = packings?.join(format!("{name}.1048576.csv"));
        engine::read_model(&path).ok()
    };
    let figures = rows(&Source {
        model: &read,
        packing: &packing,
    });
    let figures = figures.map_err(|error| Failure::Tool(error.to_string()))?;
    let missed = figures.rows.iter().filter(|row| !row.agrees()).count();
    if json {
        print_json(&Report {
            reproduced: figures.rows.len() - missed,
            rows: figures.rows.iter().map(judged).collect(),
            skipped: &figures.skipped,
        })?;
    } else {
        print(&text(
            &figures,
            missed,
            models.is_some() && packings.is_some(),
        ))?;
    }
    if missed == 0 {
        return Ok(());
    }
    Err(Failure::No(format!(
        "{missed} of {} figures are not the published ones",
        figures.rows.len()
    )))
}

fn judged(row: &Row) -> Judged<'_> {
    Judged {
        row,
        difference: row.difference(),
        agrees: row.agrees(),
    }
}

fn text(figures: &Figures, missed: usize, has_folders: bool) -> String {
    let mut text = String::new();
    let header = [
        ("", Align::Left),
        ("published", Align::Right),
        ("ours", Align::Right),
        ("", Align::Left),
        ("difference", Align::Right),
        ("", Align::Left),
    ];
    for group in figures.rows.chunk_by(|a, b| a.group == b.group) {
        text += &format!("{}\n", group[0].group);
        for same in group.chunk_by(|a, b| a.accounting == b.accounting) {
            let cells: Vec<Vec<String>> = same.iter().map(cells).collect();
            text += &format!("{}\n{}\n", same[0].accounting, table(&header, &cells));
        }
    }
    for skipped in &figures.skipped {
        text += &format!("skipped: {skipped}\n");
    }
    if !has_folders && !figures.skipped.is_empty() {
        text += "give the folder of the model files with --models DIR, that of MiniMalloc's problems with --packings DIR\n";
    }
    let count = figures.rows.len();
    text += &format!("{} of {count} figures are reproduced\n", count - missed);
    text
}

fn cells(row: &Row) -> Vec<String> {
    // Ours with one more digit than the published figure was printed with, except for what is a whole number.
    let whole = row.ours.fract() == 0.0 && row.digits == 0;
    let digits = if whole { 0 } else { row.digits + 1 };
    let aim = match row.aim {
        Aim::Same => "",
        Aim::AtMost => "≤ ",
    };
    vec![
        row.what.clone(),
        format!("{aim}{:.*}", row.digits, row.published),
        format!("{:.*}", digits, row.ours),
        row.unit.symbol().into(),
        // Nothing, where rounding would leave a sign alone.
        format!("{:+.2} %", 100.0 * row.difference()).replace("-0.00", "+0.00"),
        if row.agrees() { "" } else { "◂ differs" }.into(),
    ]
}
