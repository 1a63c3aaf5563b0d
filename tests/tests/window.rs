//! The window, asserted through its labels: what a person with a mouse, a keyboard or a screen reader can do.

use egui::accesskit::Role;
use egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use tinyscope::App;
use tinyscope::command::Action;
use tinyscope::document::ModelSource;
use tinyscope_core::plan::Schedule;
use tinyscope_tests::window::{PLAIN, open, open_example, root, settle, survey};

const MODEL: &str = "scene";
const EDGE: &str = "Patch stage edge";
const GRID: &str = "Patch grid";

fn split(h: &Harness<App>) -> usize {
    let schedule = &h.state().history.current().choices.schedule;
    schedule.first_patches().map_or(0, |(split, _)| split)
}

fn peak(h: &Harness<App>) -> usize {
    let plan = h.state().derived.plan.as_ref().expect("there is a plan");
    plan.totals.peak_sram_bytes
}

/// The handle's whole-numbered value.
fn value(h: &Harness<App>, label: &str) -> usize {
    let node = h.get_by_label(label);
    node.accesskit_node()
        .numeric_value()
        .expect("the handle has a value") as usize
}

fn run(h: &mut Harness<App>, action: Action) {
    let shortcut = action.info().shortcut.expect("the action has keys");
    h.key_press_modifiers(shortcut.modifiers, shortcut.logical_key);
    h.run();
}

/// Drag a handle step by step without letting go; returns the distance gone.
fn drag(h: &mut Harness<App>, label: &str, by: egui::Vec2) -> egui::Pos2 {
    let start = h.get_by_label(label).rect().center();
    h.drag_at(start);
    h.step();
    for i in 1..=12 {
        h.hover_at(start + by * (i as f32 / 12.0));
        h.step();
    }
    h.run();
    start + by
}

#[test]
fn dragging_the_edge_replans_live_and_is_one_undo_step() {
    let mut h = open_example(MODEL, PLAIN);
    let plain = peak(&h);
    assert_eq!(value(&h, EDGE), 0);
    let splits = h.state().derived.splits.clone();
    let at = drag(&mut h, EDGE, vec2(140.0, 0.0));
    let live = split(&h);
    assert!(
        splits.contains(&live),
        "snapped to a legal boundary: {live} in {splits:?}"
    );
    assert_ne!(peak(&h), plain, "planned while dragging");
    assert!(!h.state().history.can_undo(), "the drag is not over");
    h.drop_at(at);
    h.run();
    assert_eq!(split(&h), live);
    assert_eq!(value(&h, EDGE), live);
    run(&mut h, Action::Undo);
    assert_eq!(
        (split(&h), peak(&h)),
        (0, plain),
        "one step back undoes the whole drag"
    );
    run(&mut h, Action::Redo);
    assert_eq!(split(&h), live);
}

#[test]
fn escape_puts_the_edge_back() {
    let mut h = open_example(MODEL, PLAIN);
    let plain = peak(&h);
    let at = drag(&mut h, EDGE, vec2(140.0, 0.0));
    assert_ne!(split(&h), 0);
    h.key_press(Key::Escape);
    h.run();
    assert_eq!((split(&h), peak(&h)), (0, plain));
    h.hover_at(at + vec2(40.0, 0.0));
    h.run();
    h.drop_at(at);
    h.run();
    assert_eq!(split(&h), 0, "the rest of the drag does nothing");
    assert!(!h.state().history.can_undo());
}

#[test]
fn keys_and_assistive_tools_move_the_edge() {
    let mut h = open_example(MODEL, PLAIN);
    let splits = h.state().derived.splits.clone();
    h.get_by_label(EDGE).focus();
    h.run();
    h.key_press(Key::ArrowRight);
    h.run();
    assert_eq!(split(&h), splits[0]);
    h.get_by_label(EDGE).increment_accesskit();
    h.run();
    assert_eq!(split(&h), splits[1]);
    h.get_by_label(EDGE).decrement_accesskit();
    h.run();
    assert_eq!(split(&h), splits[0]);
    let last = *splits.last().expect("the model can be split");
    h.get_by_label(EDGE).set_value_accesskit(1000.0);
    h.run();
    assert_eq!(split(&h), last, "too far is the last legal boundary");
    h.get_by_label(EDGE).set_value_accesskit(0.0);
    h.run();
    assert_eq!(
        h.state().history.current().choices.schedule,
        Schedule::Layer
    );
}

#[test]
fn the_grid_is_a_handle_of_its_own() {
    let mut h = open_example(MODEL, PLAIN);
    assert!(h.query_by_label(GRID).is_none(), "no stage, no grid");
    run(&mut h, Action::PatchStage);
    assert_eq!(value(&h, GRID), 2);
    h.get_by_label(GRID).focus();
    h.run();
    h.key_press(Key::ArrowUp);
    h.run();
    assert_eq!(value(&h, GRID), 3);
    let at = drag(&mut h, GRID, vec2(-40.0, 0.0));
    assert_eq!(value(&h, GRID), 1);
    h.drop_at(at);
    h.run();
    run(&mut h, Action::Undo);
    assert_eq!(value(&h, GRID), 3, "the drag was one step");
    run(&mut h, Action::LayerByLayer);
    assert!(h.query_by_label(GRID).is_none());
}

#[test]
fn the_search_finds_a_schedule_below_the_plain_one() {
    let mut h = open_example(MODEL, PLAIN);
    let plain = peak(&h);
    run(&mut h, Action::Smallest);
    settle(&mut h);
    assert!(peak(&h) < plain);
    let smallest = peak(&h);
    run(&mut h, Action::LayerByLayer);
    for split in h.state().derived.splits.clone() {
        h.get_by_label(EDGE).set_value_accesskit(split as f64);
        h.run();
        assert!(peak(&h) >= smallest, "split {split}");
    }
    h.get_by_label(EDGE).set_value_accesskit(0.0);
    h.run();
    assert_eq!(peak(&h), plain);
    run(&mut h, Action::Fit);
    settle(&mut h);
    let plan = h.state().derived.plan.as_ref().expect("planned");
    assert!(peak(&h) <= plan.target.arena_budget_bytes());
    assert_eq!(plan.totals.macs, plan.totals.macs_once, "nothing twice");
}

#[test]
fn the_newest_search_wins_and_a_limit_is_said() {
    let mut h = open_example(MODEL, PLAIN);
    run(&mut h, Action::Smallest);
    run(&mut h, Action::Fit);
    settle(&mut h);
    let plan = h.state().derived.plan.as_ref().expect("planned");
    assert_eq!(
        plan.totals.macs, plan.totals.macs_once,
        "that of the second"
    );
    survey(&mut h);
    let ctx = h.ctx.clone();
    let tiny = tinyscope::command::Command::SetChip("STM32F030F4".into());
    h.state_mut().apply(&ctx, tiny);
    run(&mut h, Action::Fit);
    settle(&mut h);
    let notice = h.state().state.notice.clone().expect("it does not fit");
    assert!(
        notice.text.contains("the least possible is"),
        "{}",
        notice.text
    );
    assert!(notice.text.contains("limited by step"), "{}", notice.text);
}

#[test]
fn chips_are_listed_and_a_small_one_is_over_budget() {
    let mut h = open_example(MODEL, PLAIN);
    survey(&mut h);
    run(&mut h, Action::ChooseChip);
    h.event(egui::Event::Text("stm32f103c8".into()));
    h.run();
    h.get_by_role_and_label(Role::Button, "STM32F103C8").click();
    h.run();
    assert_eq!(h.state().history.current().target.chip, "STM32F103C8");
    assert!(!h.state().state.chips_open);
    let over = h
        .query_all_by_role(Role::Label)
        .filter_map(|n| n.value())
        .find(|v| v.starts_with("SRAM"));
    assert!(over.expect("a gauge").ends_with("over budget"));
    run(&mut h, Action::Undo);
    assert_eq!(h.state().history.current().target.chip, "STM32F746NGHx");
}

#[test]
fn the_palette_finds_and_runs_commands() {
    let mut h = open_example(MODEL, PLAIN);
    let entry = Action::LayerByLayer.info().name;
    assert!(h.query_by_label_contains(entry).is_none());
    run(&mut h, Action::Palette);
    h.get_by_label_contains(entry);
    h.key_press(Key::Escape);
    h.run();
    assert!(
        h.query_by_label_contains(entry).is_none(),
        "Escape closes it"
    );
    run(&mut h, Action::Palette);
    h.event(egui::Event::Text("patch begin".into()));
    h.run();
    assert!(h.query_by_label_contains(entry).is_none(), "filtered out");
    h.key_press(Key::Enter);
    h.run();
    assert_ne!(split(&h), 0, "Enter ran the first match");
    assert!(!h.state().state.palette_open);
}

#[test]
fn hovering_a_step_lights_it_everywhere() {
    let mut h = open_example(MODEL, PLAIN);
    let name = h.state().derived.plan.as_ref().expect("planned").steps[1]
        .name
        .clone();
    h.get_by_label(&format!("Step 01 {name}")).hover();
    h.run();
    assert_eq!(h.state().state.hovered.map(|id| id.0), Some(1));
    h.get_by_label(&format!("01  {name}"));
    h.remove_cursor();
    h.run();
    assert_eq!(h.state().state.hovered, None);
    assert!(
        h.query_by_label(&format!("01  {name}")).is_none(),
        "the inspector shows the selected step again"
    );
    h.get_by_label(&format!("Step 01 {name}")).click();
    h.run();
    h.remove_cursor();
    h.run();
    h.get_by_label(&format!("01  {name}"));
}

#[test]
fn a_broken_file_is_explained_and_the_window_lives() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("broken.tflite");
    std::fs::write(&path, b"TFL3 but not really").expect("written");
    let mut h = open(Some(ModelSource::File(path)), PLAIN);
    h.get_by_label("broken.tflite cannot be opened");
    let problems = h.state().state.problems.clone().expect("problems are kept");
    assert!(!problems.diagnostics.is_empty());
    for diagnostic in &problems.diagnostics {
        h.get_by_label(&diagnostic.message);
    }
    h.get_by_label("Back to the start").click();
    h.run();
    h.get_by_role_and_label(Role::Button, &format!("Open {MODEL}"))
        .click();
    settle(&mut h);
    h.get_by_label(EDGE);
    assert!(h.state().state.problems.is_none());
}

#[test]
fn a_missing_file_and_an_unknown_example_are_problems_too() {
    for source in [
        ModelSource::File("/no/such/model.tflite".into()),
        ModelSource::Example("nothing".into()),
    ] {
        let h = open(Some(source), PLAIN);
        let problems = h.state().state.problems.as_ref().expect("it is a problem");
        assert_eq!(problems.diagnostics.len(), 1);
        assert!(!problems.diagnostics[0].remedy.is_empty());
    }
}

#[test]
fn gauges_speak_their_figures() {
    let h = open_example(MODEL, PLAIN);
    for name in ["SRAM", "Flash", "Latency"] {
        let gauge = h
            .query_all_by_role(Role::Label)
            .filter_map(|n| n.value())
            .find(|v| v.starts_with(&format!("{name} ")));
        assert!(
            gauge.is_some_and(|v| v.contains(|c: char| c.is_ascii_digit())),
            "{name}"
        );
    }
    h.get_by_label_contains("peak ");
}

#[test]
fn the_window_rests_when_nothing_happens() {
    let mut h = open_example(MODEL, PLAIN);
    // `run` fails when repaints do not end.
    assert!(h.run() <= 3);
    h.key_press_modifiers(Modifiers::NONE, Key::F9);
    assert!(h.run() <= 4);
}

#[test]
fn every_bundled_example_opens_in_both_themes() {
    for example in tinyscope::examples::EXAMPLES {
        for theme in [egui::Theme::Dark, egui::Theme::Light] {
            let look = tinyscope_tests::window::Look { theme, ..PLAIN };
            let h = open_example(example.name, look);
            assert!(h.state().derived.plan.is_some(), "{}", example.name);
        }
    }
    assert!(root().join("models").is_dir());
}

#[test]
fn flash_and_measure_fills_in_the_steps_or_says_what_is_missing() {
    let mut h = open_example("digits", PLAIN);
    run(&mut h, Action::Measure);
    settle(&mut h);
    if let Some(failure) = h.state().failure.clone() {
        assert!(failure.text.contains("compiler"), "{}", failure.text);
        println!("skipped: no compiler for Cortex-M");
        return;
    }
    let measured = h.state().measured.clone().expect("a result");
    let steps = measured.plan.steps.len();
    assert!(measured.result.bit_exact);
    assert_eq!(measured.result.steps.len(), steps);
    h.get_by_label_contains(&format!("bit-exact, {steps} of {steps}"));
    // Another schedule has not run: its figures are estimates again.
    run(&mut h, Action::PatchStage);
    h.get_by_label("of an earlier plan");
    run(&mut h, Action::Undo);
    assert!(h.query_by_label("of an earlier plan").is_none());
}

#[test]
fn a_running_measurement_can_be_stopped() {
    let mut h = open_example(MODEL, PLAIN);
    run(&mut h, Action::Measure);
    if h.state().is_busy() {
        run(&mut h, Action::Cancel);
    }
    settle(&mut h);
    assert!(h.state().measured.is_some() || h.state().failure.is_some());
    h.get_by_label(EDGE);
}
