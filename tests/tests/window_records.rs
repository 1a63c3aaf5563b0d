//! Records in the window: every measurement is kept, two of them stand side by side, one can be repeated.

use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable};
use egui_kittest::{Harness, Node};
use tinyscope::App;
use tinyscope::command::{Action, Command};
use tinyscope::keeping::Folders;
use tinyscope_board::measure::{Energy, Measurement, Supply, SupplySource};
use tinyscope_board::record;
use tinyscope_core::plan::Schedule;
use tinyscope_core::quant::preprocess::Preprocessing;
use tinyscope_tests::models;
use tinyscope_tests::window::{PLAIN, open_example, settle};

const STAGE: Schedule = Schedule::Patch {
    split: 2,
    grid: [2, 2],
};

fn apply(h: &mut Harness<App>, command: Command) {
    let ctx = h.ctx.clone();
    h.state_mut().apply(&ctx, command);
    settle(h);
}

/// Measures; false where there is no compiler.
fn measured(h: &mut Harness<App>) -> bool {
    apply(h, Command::Run(Action::Measure));
    match &h.state().failure {
        Some(failure) if failure.text.contains("compiler") => {
            println!("skipped: {}", failure.text);
            false
        }
        failure => {
            assert_eq!(*failure, None);
            true
        }
    }
}

fn rows(h: &Harness<App>) -> usize {
    h.query_all_by_role(Role::CheckBox)
        .filter(is_record)
        .count()
}

fn is_record(node: &Node<'_>) -> bool {
    let label = node.accesskit_node().label();
    label.is_some_and(|label| label.starts_with("Record of"))
}

/// Clicks row number `n` of the list.
fn click(h: &mut Harness<App>, n: usize) {
    let row = h.query_all_by_role(Role::CheckBox).filter(is_record).nth(n);
    row.expect("the list is as long").click();
    h.run();
}

#[test]
fn measurements_are_kept_compared_repeated_and_exported() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut h = open_example("digits", PLAIN);
    h.state_mut().keep_in(Folders {
        records: Some(folder.path().join("records")),
        builds: Some(folder.path().join("builds")),
    });
    apply(&mut h, Command::Run(Action::ShowRecords));
    h.get_by_label("No records of this model");
    if !measured(&mut h) {
        return;
    }
    let plain = h.state().measured.clone().expect("it ran").result;
    assert_eq!(plain.runs, 3, "as the settings say");
    assert!(!plain.build_reused);
    apply(&mut h, Command::SetSchedule(STAGE));
    assert!(measured(&mut h));
    apply(&mut h, Command::Run(Action::ShowRecords));
    assert_eq!(rows(&h), 2);

    // One is marked by a click, then the other: they stand side by side.
    let ids: Vec<String> = (h.state().records.kept.listing.entries.iter())
        .map(|entry| entry.id.clone())
        .collect();
    click(&mut h, 1);
    assert_eq!(h.state().state.marked, ids[..1]);
    h.get_by_role_and_label(Role::Button, "Run again");
    click(&mut h, 0);
    assert_eq!(h.state().state.marked, ids);
    h.get_by_role_and_label(Role::Button, "Back to the list")
        .click();
    h.run();
    assert_eq!(rows(&h), 2);

    // The first record again: its schedule comes back, and nothing is built.
    apply(&mut h, Command::Repeat(ids[0].clone()));
    assert_eq!(
        h.state().history.current().choices.schedule,
        Schedule::Layer
    );
    let again = h.state().measured.clone().expect("it ran").result;
    assert!(again.build_reused, "nothing changed since the first time");
    assert_eq!(
        again.cycles, plain.cycles,
        "simulated cycles are deterministic"
    );
    assert_eq!(h.state().records.kept.listing.entries.len(), 3);

    for ending in ["csv", "json"] {
        let path = folder.path().join(format!("table.{ending}"));
        apply(&mut h, Command::ExportRecordsTo(path.clone()));
        let text = std::fs::read_to_string(&path).expect("it was written");
        assert!(text.contains(&plain.chip), "{ending}");
    }
}

#[test]
fn a_record_is_repeated_with_its_inputs_and_its_supply() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (records, pictures) = (
        folder.path().join("records"),
        folder.path().join("pictures"),
    );
    models::pictures(&pictures);
    let mut h = open_example("digits", PLAIN);
    h.state_mut().keep_in(Folders {
        records: Some(records.clone()),
        builds: None,
    });
    let mut settings = h.state().state.measuring.clone();
    (settings.runs, settings.warm_up) = (1, 0);
    settings.inputs = Some(pictures.clone());
    apply(&mut h, Command::SetMeasuring(Box::new(settings.clone())));
    if !measured(&mut h) {
        return;
    }
    // The same, but as somebody else asked for it.
    let entry = h.state().records.kept.listing.entries[0].clone();
    let mut other = entry.record;
    let guessed = other.request.preprocessing.expect("pictures were given");
    other.request.preprocessing = Some(Preprocessing {
        crop: 0.5,
        ..guessed
    });
    other.request.inputs_limit = Some(3);
    other.request.timeout_seconds = 7;
    other.measurement.runs = 2;
    other.measurement.energy = Some(Energy {
        nanojoules_estimated: 1,
        supply: Supply {
            current_microamperes: 50_500,
            voltage_millivolts: 3000,
            source: SupplySource::Entered,
        },
    });
    let path = record::save(&records, &other).expect("it can be written");
    let id = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .expect("a name");
    settings.inputs = None;
    apply(&mut h, Command::SetMeasuring(Box::new(settings.clone())));
    assert!(measured(&mut h));

    apply(&mut h, Command::Repeat(id.to_owned()));
    assert_eq!(h.state().failure, None);
    let again = &h.state().records.kept.listing.entries;
    let again = &again.last().expect("it was kept").record;
    assert_eq!(again.request, other.request);
    let m = &again.measurement;
    assert_eq!((m.runs, m.inputs.len()), (2, 3));
    let supply = |m: &Measurement| m.energy.as_ref().map(|energy| energy.supply.clone());
    assert_eq!(supply(m), supply(&other.measurement));
    assert_ne!(m.inputs_sha256, other.measurement.inputs_sha256, "cropped");
    assert_eq!(h.state().state.measuring, settings, "the user's own stay");
}

#[test]
fn a_window_told_to_keep_nothing_keeps_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut h = open_example("digits", PLAIN);
    h.state_mut().keep_in(Folders {
        records: Some(folder.path().join("records")),
        builds: None,
    });
    let mut settings = h.state().state.measuring.clone();
    settings.keep = false;
    settings.runs = 1;
    apply(&mut h, Command::SetMeasuring(Box::new(settings)));
    if !measured(&mut h) {
        return;
    }
    assert!(h.state().records.kept.listing.entries.is_empty());
    assert!(!folder.path().join("records").exists());
}
