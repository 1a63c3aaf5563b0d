//! Projects in the window: saved, opened again, and never lost without a question.

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use std::path::Path;
use tinyscope::App;
use tinyscope::command::{Action, Command};
use tinyscope::document::ModelSource;
use tinyscope_core::plan::Schedule;
use tinyscope_tests::window::{PLAIN, open, open_example, settle};

const SAVED: &str = "Model";
const UNSAVED: &str = "Model, unsaved changes";
const QUESTION: &str = "has unsaved changes";

fn apply(h: &mut Harness<App>, command: Command) {
    let ctx = h.ctx.clone();
    h.state_mut().apply(&ctx, command);
    settle(h);
}

fn press(h: &mut Harness<App>, action: Action) {
    let keys = action.info().shortcut.expect("the action has keys");
    h.key_press_modifiers(keys.modifiers, keys.logical_key);
    settle(h);
}

fn click(h: &mut Harness<App>, label: &str) {
    h.get_by_label(label).click();
    settle(h);
}

fn name(h: &Harness<App>) -> String {
    let document = h.state().history.current();
    document.model.as_ref().expect("a model").source.label()
}

fn open_file(path: &Path) -> Harness<'static, App> {
    open(Some(ModelSource::File(path.to_owned())), PLAIN)
}

#[test]
fn a_project_comes_back_as_it_was_saved() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("work.tinyscope");
    let mut h = open_example("scene", PLAIN);
    h.get_by_label(SAVED);
    press(&mut h, Action::PatchStage);
    apply(&mut h, Command::SetChip("STM32F103C8".into()));
    h.get_by_label(UNSAVED);
    // Without the ending: it is added.
    apply(&mut h, Command::SaveTo(folder.path().join("work")));
    h.get_by_label(SAVED);
    h.get_by_label_contains("Saved ");
    assert!(
        h.state().history.can_undo(),
        "saving is no step and loses none"
    );
    assert_eq!(h.state().state.recent, std::slice::from_ref(&path));
    let saved = h.state().history.current().clone();

    let mut again = open_file(&path);
    again.get_by_label(SAVED);
    let document = again.state().history.current();
    assert_eq!(document.choices, saved.choices);
    assert_eq!(document.target, saved.target);
    assert!(!again.state().history.can_undo());

    press(&mut h, Action::Undo);
    h.get_by_label(UNSAVED);
    press(&mut h, Action::Redo);
    h.get_by_label(SAVED);
    press(&mut again, Action::LayerByLayer);
    press(&mut again, Action::Save);
    again.get_by_label(SAVED);
    let third = open_file(&path);
    let schedule = third.state().history.current().choices.schedule.clone();
    assert_eq!(schedule, Schedule::Layer, "Ctrl+S wrote it");
}

#[test]
fn a_model_beside_its_project_moves_with_it() {
    let [here, there] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let example = tinyscope::examples::find("digits").expect("it is bundled");
    let [model, project] = ["m.tflite", "p.tinyscope"];
    std::fs::write(here.path().join(model), example.bytes).expect("written");
    let mut h = open_file(&here.path().join(model));
    apply(&mut h, Command::SaveTo(here.path().join(project)));
    for file in [model, project] {
        std::fs::rename(here.path().join(file), there.path().join(file)).expect("moved");
    }
    let h = open_file(&there.path().join(project));
    assert_eq!(name(&h), model);
    assert!(h.state().derived.plan.is_some());

    std::fs::remove_file(there.path().join(model)).expect("removed");
    let h = open_file(&there.path().join(project));
    h.get_by_label("p.tinyscope cannot be opened");
    h.get_by_label_contains("its model is not at");
}

#[test]
fn unsaved_changes_are_asked_about_once_and_in_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.tinyscope");
    let other = Command::Open(ModelSource::Example("digits".into()));
    let mut h = open_example("scene", PLAIN);
    apply(&mut h, Command::SaveTo(path.clone()));
    press(&mut h, Action::PatchStage);

    apply(&mut h, other.clone());
    h.get_by_label_contains(QUESTION);
    assert_eq!(name(&h), "scene", "nothing is lost yet");
    click(&mut h, "Cancel");
    assert!(h.query_by_label_contains(QUESTION).is_none());
    press(&mut h, Action::CloseModel);
    h.get_by_label_contains(QUESTION);
    h.key_press(egui::Key::Escape);
    settle(&mut h);
    assert!(h.query_by_label_contains(QUESTION).is_none());
    assert_eq!(name(&h), "scene");

    apply(&mut h, other.clone());
    click(&mut h, "Save");
    assert_eq!(name(&h), "digits");
    let schedule = |h: &Harness<App>| h.state().history.current().choices.schedule.clone();
    let mut h = open_file(&path);
    assert!(
        matches!(schedule(&h), Schedule::Patch { .. }),
        "it was saved"
    );

    press(&mut h, Action::LayerByLayer);
    apply(&mut h, other.clone());
    click(&mut h, "Discard");
    assert_eq!(name(&h), "digits");
    let h = open_file(&path);
    assert!(matches!(schedule(&h), Schedule::Patch { .. }), "as it was");
    drop(h);
    let mut h = open_example("scene", PLAIN);
    apply(&mut h, other);
    assert_eq!(name(&h), "digits", "nothing unsaved, no question");
}

#[test]
fn a_window_does_not_close_on_unsaved_changes() {
    let close = |h: &mut Harness<App>| {
        let root = egui::ViewportId::ROOT;
        let viewport = h.input_mut().viewports.entry(root).or_default();
        viewport.events.push(egui::ViewportEvent::Close);
        h.step();
        let commands = h.output().viewport_output[&root].commands.clone();
        commands.contains(&egui::ViewportCommand::CancelClose)
    };
    let mut h = open_example("scene", PLAIN);
    assert!(!close(&mut h), "nothing to lose");
    let mut h = open_example("scene", PLAIN);
    press(&mut h, Action::PatchStage);
    assert!(close(&mut h));
    h.run_ok();
    h.get_by_label_contains("before closing the window");
}

#[test]
fn a_failed_save_says_so_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut h = open_example("scene", PLAIN);
    press(&mut h, Action::PatchStage);
    apply(
        &mut h,
        Command::SaveTo(folder.path().join("no/such/folder/a.tinyscope")),
    );
    h.get_by_label_contains("could not be saved");
    h.get_by_label(UNSAVED);
    click(&mut h, "Dismiss");
    assert!(h.query_by_label_contains("could not be saved").is_none());
}

#[test]
fn a_damaged_project_and_one_for_another_model_are_explained() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.tinyscope");
    let mut h = open_example("scene", PLAIN);
    press(&mut h, Action::PatchStage);
    apply(&mut h, Command::SaveTo(path.clone()));
    let text = std::fs::read_to_string(&path).expect("readable");

    std::fs::write(&path, &text[..text.len() / 2]).expect("written");
    let broken = open_file(&path);
    broken.get_by_label("a.tinyscope cannot be opened");

    let absurd = text.replace("split: ", "split: 90");
    assert_ne!(absurd, text);
    std::fs::write(&path, absurd).expect("written");
    let other = open_file(&path);
    assert!(other.state().derived.plan.is_some());
    let schedule = other.state().history.current().choices.schedule.clone();
    assert_eq!(schedule, Schedule::Layer);
    other.get_by_label_contains("it runs layer by layer");

    // A window that shows a model comes back to it.
    apply(
        &mut h,
        Command::Open(ModelSource::File("/no/such.tinyscope".into())),
    );
    click(&mut h, "Back to scene");
    assert!(matches!(
        h.state().history.current().choices.schedule,
        Schedule::Patch { .. }
    ));
}
