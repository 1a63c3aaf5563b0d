//! A float model in the window: looked at, quantised by mouse and keys, taken back, saved and exported.

use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use tinyscope::App;
use tinyscope::command::{Action, Command};
use tinyscope::derived::Stage;
use tinyscope::document::ModelSource;
use tinyscope_tests::models;
use tinyscope_tests::window::{PLAIN, open, settle};

const BEGIN: &str = "Quantise to int8";

struct Bench {
    folder: tempfile::TempDir,
    window: Harness<'static, App>,
}

/// A window on a float model, with pictures beside it.
fn bench() -> Bench {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("colours.tflite");
    std::fs::write(&path, models::float()).expect("written");
    models::pictures(&folder.path().join("pictures"));
    let window = open(Some(ModelSource::File(path)), PLAIN);
    Bench { folder, window }
}

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

fn stage(h: &Harness<App>) -> Stage {
    h.state().derived.stage
}

#[test]
fn a_float_model_is_shown_and_asks_for_samples() {
    let Bench { window: h, .. } = &mut bench();
    assert_eq!(stage(h), Stage::Float);
    h.get_by_label("float32 model");
    let peak = (h.state().derived.outline.iter())
        .filter_map(|row| row.live_bytes)
        .max();
    assert_eq!(peak, Some((8 * 8 * 3 + 6 * 6 * 4) * 4), "in float32");
    let begin = h.get_by_role_and_label(Role::Button, BEGIN);
    assert!(begin.accesskit_node().is_disabled(), "no samples yet");
    press(h, Action::Quantise);
    assert_eq!(stage(h), Stage::Float, "its keys do nothing either");
    let measure = h.get_by_role_and_label(Role::Button, Action::Measure.info().name);
    assert!(measure.accesskit_node().is_disabled());
}

#[test]
fn random_input_has_to_be_agreed_to_and_is_marked() {
    let Bench { window: h, .. } = &mut bench();
    h.get_by_label("random input").click();
    settle(h);
    h.get_by_role_and_label(Role::Button, BEGIN).click();
    settle(h);
    assert_eq!(stage(h), Stage::Planned);
    let codes: Vec<_> = (h.state().derived.diagnostics.iter())
        .map(|d| d.code)
        .collect();
    assert!(codes.contains(&"random-ranges"), "{codes:?}");
    h.get_by_label_contains("answers are not to be trusted");
}

#[test]
fn a_folder_of_classes_gives_noise_agreement_and_top_1_and_undo_brings_float_back() {
    let Bench { folder, window: h } = &mut bench();
    apply(h, Command::SetImages(folder.path().join("pictures")));
    press(h, Action::Quantise);
    assert_eq!(stage(h), Stage::Planned);
    h.get_by_label_contains("top-1 100.0 % float, 100.0 % int8");
    let steps = h
        .state()
        .derived
        .plan
        .as_ref()
        .expect("planned")
        .steps
        .len();
    for step in 0..steps {
        h.get_by_label_contains(&format!("Noise of step {step:02}"));
    }
    h.get_by_label("signal to noise");
    let model = h.state().history.current().model.clone().expect("a model");
    let outcome = &model.quantised.as_ref().expect("quantised").outcome;
    assert_eq!(outcome.broken.len(), 1, "the broken picture is left out");
    assert!(
        h.state()
            .derived
            .diagnostics
            .iter()
            .any(|d| d.code == "broken-sample")
    );

    press(h, Action::Undo);
    assert_eq!(stage(h), Stage::Float);
    press(h, Action::Redo);
    assert_eq!(stage(h), Stage::Planned);
    h.get_by_label("Quantise again…").click();
    settle(h);
    assert_eq!(stage(h), Stage::Float);
    press(h, Action::Undo);
    assert_eq!(stage(h), Stage::Planned);
}

#[test]
fn a_project_quantises_again_to_the_same_codes_and_the_export_has_them() {
    let Bench { folder, window: h } = &mut bench();
    apply(h, Command::SetImages(folder.path().join("pictures")));
    press(h, Action::Quantise);
    let project = folder.path().join("c.tinyscope");
    apply(h, Command::SaveTo(project.clone()));
    let text = std::fs::read_to_string(&project).expect("readable");
    assert!(
        text.contains("Some(\"pictures\")"),
        "beside the project: {text}"
    );
    let graph = |h: &Harness<App>| {
        let model = h.state().history.current().model.clone().expect("a model");
        model.graph.clone().expect("it runs")
    };
    let again = open(Some(ModelSource::File(project)), PLAIN);
    assert_eq!(stage(&again), Stage::Planned);
    assert_eq!(graph(&again), graph(h));

    for name in ["out.tflite", "out.onnx"] {
        let out = folder.path().join(name);
        apply(h, Command::ExportTo(out.clone()));
        h.get_by_label_contains("Wrote ");
        let exported = open(Some(ModelSource::File(out)), PLAIN);
        assert_eq!(stage(&exported), Stage::Planned, "{name}");
    }
    apply(h, Command::ExportTo(folder.path().join("out.txt")));
    h.get_by_label_contains("was not written");
}

#[test]
fn an_empty_folder_is_explained_and_a_stop_changes_nothing() {
    let Bench { folder, window: h } = &mut bench();
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).expect("made");
    apply(h, Command::SetImages(empty));
    press(h, Action::Quantise);
    assert_eq!(stage(h), Stage::Float);
    h.get_by_label_contains("holds no png");

    apply(h, Command::SetImages(folder.path().join("pictures")));
    let ctx = h.ctx.clone();
    let app = h.state_mut();
    app.apply(&ctx, Command::Run(Action::Quantise));
    app.apply(&ctx, Command::Run(Action::Cancel));
    settle(h);
    // Stopped, or done before the stop was seen.
    let log = h.state().log.join("\n");
    assert_eq!(
        stage(h) == Stage::Float,
        log.contains("was stopped"),
        "{log}"
    );

    let app = h.state_mut();
    app.break_next_job();
    app.apply(&ctx, Command::BackToFloat);
    app.apply(&ctx, Command::Run(Action::Quantise));
    settle(h);
    h.get_by_label_contains("internal error in the quantisation");
}
