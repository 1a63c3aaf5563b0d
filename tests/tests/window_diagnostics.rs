//! Findings in the window: listed, filtered, and a way to the operator that they speak of.

use egui::accesskit::{Role, Toggled};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use tinyscope::App;
use tinyscope::command::{Action, Command};
use tinyscope::derived::Stage;
use tinyscope::document::ModelSource;
use tinyscope_core::Severity;
use tinyscope_tests::models::unsupported;
use tinyscope_tests::window::{PLAIN, open, open_example, settle};

/// A file on the disk, in a folder that lives as long as the test needs it.
fn on_disk(bytes: &[u8]) -> (tempfile::TempDir, ModelSource) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("odd.tflite");
    std::fs::write(&path, bytes).expect("written");
    (folder, ModelSource::File(path))
}

fn run(h: &mut Harness<App>, action: Action) {
    let ctx = h.ctx.clone();
    h.state_mut().apply(&ctx, Command::Run(action));
    settle(h);
}

#[test]
fn findings_of_a_plan_are_listed_and_filtered() {
    let mut h = open_example("scene", PLAIN);
    let ctx = h.ctx.clone();
    h.state_mut()
        .apply(&ctx, Command::SetChip("STM32F103C8".into()));
    run(&mut h, Action::ShowDiagnostics);
    let all = h.state().derived.diagnostics.clone();
    assert!(all.is_sorted_by_key(|d| d.severity));
    let errors = all.iter().filter(|d| d.severity == Severity::Error).count();
    assert!(errors > 0, "the network does not fit this chip");
    for finding in &all {
        h.get_by_label(&finding.message);
    }
    let filter = format!("{errors} error{}", if errors == 1 { "" } else { "s" });
    h.get_by_role_and_label(Role::CheckBox, &filter).click();
    settle(&mut h);
    for finding in &all {
        let shown = h.query_by_label(&finding.message).is_some();
        assert_eq!(shown, finding.severity != Severity::Error, "{finding}");
    }
    // The status bar counts all of them, whatever is hidden.
    h.get_by_role_and_label(Role::CheckBox, &filter).click();
    settle(&mut h);
    h.get_by_label(&all[0].message);
}

#[test]
fn a_model_that_cannot_run_opens_for_viewing() {
    let (_folder, source) = on_disk(&unsupported());
    let mut h = open(Some(source), PLAIN);
    assert_eq!(h.state().derived.stage, Stage::ViewOnly);
    h.get_by_label("View only");
    h.get_by_label_contains("1 of ");
    let rows = h.state().derived.outline.clone();
    assert!(rows.len() > 3);
    for row in &rows {
        h.get_by_role_and_label(Role::Row, &format!("Operator {} {}", row.index, row.name));
        assert!(!row.output.is_empty(), "shapes are known");
        assert!(row.live_bytes.is_some(), "memory is known");
    }
    let bad: Vec<_> = rows
        .iter()
        .filter(|row| row.worst == Some(Severity::Error))
        .collect();
    let [bad] = bad.as_slice() else {
        panic!("{} operators are marked", bad.len());
    };
    assert_eq!(h.state().state.operator, None);
    h.get_by_label_contains(&format!("Go to operator {}", bad.index))
        .click();
    settle(&mut h);
    assert_eq!(h.state().state.operator, Some(bad.index));
    let row = format!("Operator {} {}", bad.index, bad.name);
    let node = h.get_by_role_and_label(Role::Row, &row);
    assert_eq!(node.accesskit_node().toggled(), Some(Toggled::True));
    // Only planning, running and flashing are off.
    let button = h.get_by_role_and_label(Role::Button, Action::Measure.info().name);
    assert!(button.accesskit_node().is_disabled());
    run(&mut h, Action::CloseModel);
    assert_eq!(h.state().derived.stage, Stage::Empty);
}

#[test]
fn a_finding_of_a_planned_model_selects_its_step() {
    let mut h = open_example("scene", PLAIN);
    let plan = h.state().derived.plan.clone().expect("planned");
    let last = plan.steps.last().expect("it has steps");
    let operator = plan.graph.op(last.op).source_index;
    let ctx = h.ctx.clone();
    h.state_mut().apply(&ctx, Command::SelectOperator(operator));
    h.run();
    assert_eq!(h.state().state.selected, Some(last.id));
    // Operators that were folded away are shown by the step after them.
    for op in 0..operator {
        h.state_mut().apply(&ctx, Command::SelectOperator(op));
        assert!(h.state().state.selected.is_some());
    }
}

#[test]
fn hostile_names_reach_neither_window_nor_log_as_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a\u{202e}b\nc\u{1b}[31m.tflite");
    if std::fs::write(&path, unsupported()).is_err() {
        println!("skipped: this file system has no such names");
        return;
    }
    let h = open(Some(ModelSource::File(path)), PLAIN);
    let hostile = |text: &str| text.contains(['\u{202e}', '\n', '\u{1b}']);
    let label = {
        let document = h.state().history.current();
        document.model.as_ref().expect("a model").source.label()
    };
    assert!(!hostile(&label), "{label}");
    for line in &h.state().log {
        assert!(!hostile(line), "{line}");
    }
}
