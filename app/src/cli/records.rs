//! `records`: measurements that were kept.

use super::measure::{self, Output};
use super::measure_args::{RecordFormat, RecordsCommand};
use super::table::{Align, table};
use super::{Failure, model, print, print_json};
use crate::format::{self, group, visible};
use crate::keeping;
use crate::store;
use serde::Serialize;
use std::path::{Path, PathBuf};
use tinyscope_board::measure::Statistics;
use tinyscope_board::record::{
    self, Comparison, Damaged, Entry, Listing, Record, StepSide, compare,
};

/// Do it.
pub fn records(command: &RecordsCommand) -> Result<(), Failure> {
    match command {
        RecordsCommand::List { model, json } => list(model.as_deref(), *json),
        RecordsCommand::Show { id, json } => show(id, *json),
        RecordsCommand::Compare { a, b, json } => compare_two(a, b, *json),
        RecordsCommand::Export {
            ids,
            model,
            format,
            out,
            force,
        } => export(ids, model.as_deref(), *format, out.as_deref(), *force),
        RecordsCommand::Rerun {
            id,
            board,
            model,
            no_record,
            json,
        } => {
            let listing = all()?;
            let entry = chosen(&listing, id)?;
            let output = Output {
                json: *json,
                record: !no_record,
                corrected: true,
            };
            measure::rerun(&entry.record, board.as_deref(), model.as_deref(), output)
        }
    }
}

/// Why there is no folder of records.
pub const NO_FOLDER: &str = "there is no place for measurements: set HOME or XDG_DATA_HOME";

/// The folder of records.
pub fn folder() -> Result<PathBuf, Failure> {
    record::default_folder().ok_or_else(|| Failure::Input(NO_FOLDER.into()))
}

fn all() -> Result<Listing, Failure> {
    let listing = record::list(&folder()?, None)?;
    tell(&listing.damaged);
    Ok(listing)
}

fn tell(damaged: &[Damaged]) {
    for Damaged { path, why } in damaged {
        let (path, why) = (format::path(path), visible(why));
        eprintln!("left out {path}: {why}; it is left where it is");
    }
}

fn of_model(file: Option<&Path>) -> Result<Listing, Failure> {
    let Some(file) = file else { return all() };
    let opened = model::open(file)?;
    let listing = record::list(&folder()?, Some(&opened.model.sha256))?;
    tell(&listing.damaged);
    Ok(listing)
}

/// How many records are named where the beginning of a name fits several.
const MAX_NAMED: usize = 5;

/// The record that is called so.
fn chosen<'a>(listing: &'a Listing, id: &str) -> Result<&'a Entry, Failure> {
    if id == "last" {
        let last = listing.entries.last();
        return last.ok_or_else(|| Failure::Input("no measurement was kept yet".into()));
    }
    record::find(listing, id).map_err(|fitting| {
        let id = visible(id);
        Failure::Input(match fitting.as_slice() {
            [] => format!("no measurement `{id}`; `tinyscope records list` names them"),
            many => {
                let shown = many.iter().take(MAX_NAMED);
                let names: Vec<String> = shown.map(|entry| format!("\n  {}", entry.id)).collect();
                let more = match many.len().checked_sub(MAX_NAMED) {
                    None | Some(0) => String::new(),
                    Some(more) => format!("\n  and {more} more"),
                };
                let count = many.len();
                format!(
                    "{count} measurements begin with `{id}`; name more of it:{}{more}",
                    names.concat()
                )
            }
        })
    })
}

#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    path: String,
    date: &'a str,
    model: &'a str,
    model_sha256: &'a str,
    plan_sha256: &'a str,
    chip: &'a str,
    board: &'a str,
    simulated: bool,
    provenance: &'a str,
    toolchain: &'a str,
    edited: &'a [String],
    total: Statistics,
    compared: bool,
    bit_exact: bool,
}

#[derive(Serialize)]
struct ListedDamage {
    path: String,
    why: String,
}

#[derive(Serialize)]
struct List<'a> {
    records: Vec<Listed<'a>>,
    damaged: Vec<ListedDamage>,
}

fn list(file: Option<&Path>, json: bool) -> Result<(), Failure> {
    let listing = of_model(file)?;
    if json {
        let damaged = listing.damaged.iter();
        return print_json(&List {
            records: listing.entries.iter().map(listed).collect(),
            damaged: damaged
                .map(|d| ListedDamage {
                    path: format::path(&d.path),
                    why: visible(&d.why),
                })
                .collect(),
        });
    }
    if listing.entries.is_empty() {
        let of = file.map_or_else(String::new, |file| format!(" of {}", format::path(file)));
        return print(&format!(
            "no measurement{of} was kept yet; `tinyscope measure FILE` keeps each\n"
        ));
    }
    let rows: Vec<Vec<String>> = (listing.entries.iter())
        .map(|entry| {
            let m = &entry.record.measurement;
            let [simulated, measured] = by_kind(m.simulated, &group(m.total().median));
            vec![
                entry.id.clone(),
                visible(&entry.record.model.name),
                visible(&m.chip),
                visible(&m.board_name),
                format::compiler(&m.toolchain),
                simulated,
                measured,
                verdict(&entry.record),
            ]
        })
        .collect();
    let header = [
        ("record", Align::Left),
        ("model", Align::Left),
        ("chip", Align::Left),
        ("board", Align::Left),
        ("compiler", Align::Left),
        ("simulated", Align::Right),
        ("measured", Align::Right),
        ("", Align::Left),
    ];
    print(&format!(
        "{}{}, cycles of the median run\n",
        table(&header, &rows),
        measurements(rows.len())
    ))
}

/// So many, in words.
fn measurements(count: usize) -> String {
    match count {
        1 => "1 measurement".to_owned(),
        _ => format!("{} measurements", group(count as u64)),
    }
}

fn listed(entry: &Entry) -> Listed<'_> {
    let Record {
        date,
        model,
        measurement: m,
        ..
    } = &entry.record;
    Listed {
        id: &entry.id,
        path: format::path(&entry.path),
        date,
        model: &model.name,
        model_sha256: &model.sha256,
        plan_sha256: &m.plan_sha256,
        chip: &m.chip,
        board: &m.board,
        simulated: m.simulated,
        provenance: &m.provenance,
        toolchain: &m.toolchain,
        edited: &m.edited,
        total: m.total(),
        compared: m.compared,
        bit_exact: m.bit_exact,
    }
}

/// A figure in the column of simulated or in that of measured ones.
fn by_kind(simulated: bool, figure: &str) -> [String; 2] {
    if simulated {
        [figure.to_owned(), String::new()]
    } else {
        [String::new(), figure.to_owned()]
    }
}

fn verdict(record: &Record) -> String {
    let m = &record.measurement;
    let answer = match (m.compared, m.bit_exact) {
        (false, _) => "not compared",
        (true, true) => "exact",
        (true, false) => "DIFFERS",
    };
    if m.edited.is_empty() {
        answer.to_owned()
    } else {
        format!("{answer}, edited: {}", visible(&m.edited.join(" ")))
    }
}

fn show(id: &str, json: bool) -> Result<(), Failure> {
    let listing = all()?;
    let entry = chosen(&listing, id)?;
    if json {
        return print_json(&entry.record);
    }
    let record = &entry.record;
    let m = &record.measurement;
    let rows: Vec<Vec<String>> = (record.steps())
        .map(|(facts, step)| {
            let cycles = step.statistics();
            vec![
                format!("{:02}", facts.id.0),
                visible(&facts.name),
                group(facts.macs),
                group(facts.cycles_estimated),
                group(cycles.minimum),
                group(cycles.median),
                group(cycles.spread()),
                measure::exactness(m.compared, step.bit_exact).into(),
            ]
        })
        .collect();
    let kind = m.kind();
    let [minimum, median, spread] =
        ["minimum", "median", "spread"].map(|what| format!("{what} ({kind})"));
    let header = [
        ("#", Align::Right),
        ("step", Align::Left),
        ("MACs", Align::Right),
        ("cycles (estimated)", Align::Right),
        (&minimum, Align::Right),
        (&median, Align::Right),
        (&spread, Align::Right),
        ("bytes", Align::Left),
    ];
    let mut text = format!(
        "{}, {} with Tinyscope {}\n\n",
        entry.id,
        visible(&record.date),
        visible(&record.program)
    );
    text += &table(&header, &rows);
    text += &measure::facts(&visible(&record.model.name), m, record.plan.macs);
    text += &format!(
        "model  {} {}\nplan   {}\nbuilt  {}\nimage  {}\ninput  {}\n",
        visible(&record.model.file),
        visible(&record.model.sha256),
        visible(&m.plan_sha256),
        visible(&m.program_sha256),
        visible(&m.firmware_sha256),
        visible(&m.inputs_sha256),
    );
    print(&text)
}

#[derive(Serialize)]
struct Compared<'a> {
    first: Listed<'a>,
    second: Listed<'a>,
    #[serde(flatten)]
    comparison: &'a Comparison,
    #[serde(skip_serializing_if = "Option::is_none")]
    change_permille: Option<i64>,
}

fn compare_two(a: &str, b: &str, json: bool) -> Result<(), Failure> {
    let listing = all()?;
    let [first, second] = [chosen(&listing, a)?, chosen(&listing, b)?];
    let comparison = compare(&first.record, &second.record);
    if json {
        return print_json(&Compared {
            first: listed(first),
            second: listed(second),
            change_permille: comparison.change_permille(),
            comparison: &comparison,
        });
    }
    let mut text = format!("first   {}\nsecond  {}\n\n", first.id, second.id);
    text += &conditions(&comparison, first.id == second.id);
    let kinds = [first, second].map(|entry| entry.record.measurement.kind());
    let heads = [
        format!("first ({})", kinds[0]),
        format!("second ({})", kinds[1]),
    ];
    let cell = |side: &Option<StepSide>| {
        side.as_ref()
            .map_or_else(|| "–".into(), |side| group(side.cycles.median))
    };
    let mut rows: Vec<Vec<String>> = (comparison.steps.iter())
        .map(|step| {
            let id = |side: &Option<StepSide>| {
                side.as_ref()
                    .map_or_else(|| "–".into(), |s| format!("{:02}", s.id))
            };
            vec![
                id(&step.first),
                id(&step.second),
                visible(step.name()),
                cell(&step.first),
                cell(&step.second),
                change(step.change_permille()),
            ]
        })
        .collect();
    rows.push(vec![
        String::new(),
        String::new(),
        "whole inference".into(),
        group(comparison.totals[0].median),
        group(comparison.totals[1].median),
        change(comparison.change_permille()),
    ]);
    let header = [
        ("#", Align::Right),
        ("#", Align::Right),
        ("step", Align::Left),
        (heads[0].as_str(), Align::Right),
        (heads[1].as_str(), Align::Right),
        ("change", Align::Right),
    ];
    text += &table(&header, &rows);
    text += &format!(
        "\narena {} B → {} B, stack {} B → {} B, flash {} B → {} B; cycles are medians\n",
        group(comparison.arena_bytes[0]),
        group(comparison.arena_bytes[1]),
        group(u64::from(comparison.stack_bytes[0])),
        group(u64::from(comparison.stack_bytes[1])),
        group(comparison.flash_bytes[0]),
        group(comparison.flash_bytes[1]),
    );
    print(&text)
}

/// How the two came about otherwise, each on a line of its own, since flags and schedules are long.
fn conditions(comparison: &Comparison, same: bool) -> String {
    if same {
        return "this is one and the same measurement\n\n".to_owned();
    }
    if comparison.provenance.is_empty() {
        return "measured alike\n\n".to_owned();
    }
    let rows: Vec<Vec<String>> = (comparison.provenance.iter())
        .flat_map(|line| {
            let mark = if line.decisive { "!" } else { "" };
            let [first, second] = format::differing(line.what, &line.first, &line.second);
            [
                vec![mark.into(), line.what.into(), "first".into(), first],
                vec![String::new(), String::new(), "second".into(), second],
            ]
        })
        .collect();
    let header = [
        ("", Align::Left),
        ("differs", Align::Left),
        ("", Align::Left),
        ("", Align::Left),
    ];
    let mut text = table(&header, &rows);
    if !comparison.comparable {
        text += "! not only the program differs: changes in cycles may come from what is marked\n";
    }
    text.push('\n');
    text
}

fn change(permille: Option<i64>) -> String {
    permille.map_or_else(
        || "–".into(),
        |permille| format!("{:+.1} %", permille as f64 / 10.0),
    )
}

fn export(
    ids: &[String],
    file: Option<&Path>,
    format: Option<RecordFormat>,
    out: Option<&Path>,
    force: bool,
) -> Result<(), Failure> {
    if let Some(out) = out {
        store::may_write(out, force).map_err(Failure::Input)?;
    }
    let listing = of_model(file)?;
    let entries: Vec<&Entry> = if ids.is_empty() {
        listing.entries.iter().collect()
    } else {
        let found = ids.iter().map(|id| chosen(&listing, id));
        found.collect::<Result<_, _>>()?
    };
    let records: Vec<&Record> = entries.iter().map(|entry| &entry.record).collect();
    let json = format.map(|format| matches!(format, RecordFormat::Json));
    let Some(out) = out else {
        let text = keeping::export(&records, json == Some(true));
        return print(&text.map_err(Failure::Input)?);
    };
    keeping::export_to(&records, out, json).map_err(Failure::Input)?;
    print(&format!(
        "wrote {}: {}\n",
        format::path(out),
        measurements(records.len())
    ))
}
