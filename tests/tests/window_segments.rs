//! Segments in the window: switching, splitting, merging and moving their boundaries, by mouse, keys and menu.

use egui::{Key, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use tinyscope::App;
use tinyscope::command::Action;
use tinyscope_core::plan::{Plan, Schedule, StepId};
use tinyscope_core::schedule::{InputMode, Method};
use tinyscope_tests::window::{PLAIN, open_example};

const MODEL: &str = "scene";

fn plan<'a>(h: &'a Harness<'_, App>) -> &'a Plan {
    h.state().derived.plan.as_ref().expect("there is a plan")
}

fn methods(h: &Harness<App>) -> Vec<(usize, usize, Method)> {
    let segments = plan(h).segments.iter();
    segments
        .map(|s| (s.steps.start, s.steps.end, s.method))
        .collect()
}

fn run(h: &mut Harness<App>, action: Action) {
    let shortcut = action.info().shortcut.expect("the action has keys");
    h.key_press_modifiers(shortcut.modifiers, shortcut.logical_key);
    h.run();
}

fn select(h: &mut Harness<App>, step: u32) {
    let name = plan(h).step(StepId(step)).name.clone();
    h.get_by_label(&format!("Step {step:02} {name}")).click();
    h.run();
    h.remove_cursor();
    h.run();
}

/// A first segment of six steps in line buffers, the rest layer by layer.
fn streamed() -> Harness<'static, App> {
    let mut h = open_example(MODEL, PLAIN);
    select(&mut h, 6);
    run(&mut h, Action::Split);
    select(&mut h, 2);
    run(&mut h, Action::Segment(3));
    let steps = plan(&h).steps.len();
    let expected = [(0, 6, Method::PIXELS), (6, steps, Method::Layer)];
    assert_eq!(methods(&h), expected);
    h
}

#[test]
fn a_click_on_a_band_offers_every_way_with_what_it_comes_to() {
    let mut h = streamed();
    let before = plan(&h).totals;
    h.get_by_label_contains("Segment line buffers, pixels, steps 00 to 05")
        .click();
    h.run();
    for name in [
        "patch 2×2",
        "line buffers, rows",
        "strips of 4",
        "tiles of 4×4",
    ] {
        h.get_by_label_contains(name);
    }
    h.get_by_label_contains("strips of 4").click();
    h.run();
    assert_eq!(methods(&h)[0], (0, 6, Method::HorizontalCache { rows: 4 }));
    assert!(plan(&h).totals.macs > before.macs, "strips recompute rows");
    run(&mut h, Action::Undo);
    assert_eq!(methods(&h)[0], (0, 6, Method::PIXELS));
    assert_eq!(plan(&h).totals, before, "one step back");
}

#[test]
fn the_menu_opens_by_keys_and_says_why_a_way_is_refused() {
    let mut h = open_example(MODEL, PLAIN);
    let band = "Segment layer by layer";
    h.get_by_label_contains(band).focus();
    h.run();
    h.key_press(Key::Enter);
    h.run();
    // The whole network ends in steps that need their whole input.
    let refused = h.query_all_by_label_contains("needs its whole input at once");
    assert!(refused.count() > 0, "patches cannot hold them");
    assert_eq!(plan(&h).choices.schedule, Schedule::Layer);
    h.key_press(Key::Escape);
    h.run();
    assert!(h.query_by_label_contains("Merge with").is_none(), "closed");
    run(&mut h, Action::Segment(1));
    let notice = h.state().state.notice.clone().expect("it is said");
    assert!(notice.failed && notice.text.contains("needs its whole input"));
    assert_eq!(plan(&h).choices.schedule, Schedule::Layer, "and not done");
    assert!(!h.state().history.can_undo());
}

#[test]
fn segments_split_and_merge_by_menu_and_palette() {
    let mut h = streamed();
    select(&mut h, 3);
    run(&mut h, Action::Split);
    let starts: Vec<usize> = methods(&h).iter().map(|segment| segment.0).collect();
    assert_eq!(starts, [0, 3, 6]);
    select(&mut h, 0);
    run(&mut h, Action::Palette);
    h.event(egui::Event::Text("merge".into()));
    h.run();
    h.key_press(Key::Enter);
    h.run();
    let starts: Vec<usize> = methods(&h).iter().map(|segment| segment.0).collect();
    assert_eq!(starts, [0, 6], "one again, in the way of the first");
    h.get_by_label_contains("Segment line buffers").focus();
    h.run();
    h.key_press(Key::Enter);
    h.run();
    h.get_by_label_contains("Merge with the next").click();
    h.run();
    let steps = plan(&h).steps.len();
    assert_eq!(
        methods(&h),
        [(0, steps, Method::PIXELS)],
        "all of it streams"
    );
    run(&mut h, Action::Undo);
    assert_eq!(methods(&h).len(), 2);
}

#[test]
fn a_boundary_is_dragged_in_one_undo_step_and_escape_puts_it_back() {
    let mut h = streamed();
    let before = (methods(&h), plan(&h).totals);
    let drag = |h: &mut Harness<App>, by: f32| {
        let start = h.get_by_label("Boundary 1").rect().center();
        h.drag_at(start);
        h.step();
        for i in 1..=8 {
            h.hover_at(start + vec2(by * i as f32 / 8.0, 0.0));
            h.step();
        }
        h.run();
        start + vec2(by, 0.0)
    };
    let at = drag(&mut h, -90.0);
    let live = methods(&h);
    assert!(live[0].1 < 6, "planned while dragging: {live:?}");
    assert_eq!(live[0].1, live[1].0);
    h.drop_at(at);
    h.run();
    assert_eq!(methods(&h), live);
    run(&mut h, Action::Undo);
    assert_eq!((methods(&h), plan(&h).totals), before, "one step back");
    let at = drag(&mut h, -90.0);
    assert_eq!(methods(&h), live);
    h.key_press(Key::Escape);
    h.run();
    h.drop_at(at);
    h.run();
    assert_eq!((methods(&h), plan(&h).totals), before, "put back");
}

#[test]
fn keys_and_assistive_tools_move_a_boundary_to_legal_places_only() {
    let mut h = streamed();
    h.get_by_label("Boundary 1").focus();
    h.run();
    h.key_press(Key::ArrowLeft);
    h.run();
    assert_eq!(methods(&h)[0].1, 5);
    h.get_by_label("Boundary 1").set_value_accesskit(1000.0);
    h.run();
    let end = methods(&h)[0].1;
    assert!(end > 6 && end < plan(&h).steps.len(), "{end}");
    let node = h.get_by_label("Boundary 1");
    assert_eq!(node.accesskit_node().numeric_value(), Some(end as f64));
    assert!(
        h.state().state.notice.is_none(),
        "nothing illegal was tried"
    );
}

#[test]
fn how_the_input_comes_is_stated_and_switched_or_refused() {
    let mut h = open_example(MODEL, PLAIN);
    h.get_by_label("input resident in the arena");
    run(&mut h, Action::ToggleInput);
    let notice = h.state().state.notice.clone().expect("refused");
    assert!(
        notice.text.contains("arrives row by row"),
        "{}",
        notice.text
    );
    assert_eq!(plan(&h).choices.input, InputMode::Resident);
    let mut h = streamed();
    let live = |h: &Harness<App>| plan(h).steps[0].live.total();
    let resident = live(&h);
    run(&mut h, Action::ToggleInput);
    assert_eq!(plan(&h).choices.input, InputMode::Rows);
    h.get_by_label("input by rows from a callback");
    assert!(live(&h) < resident, "the whole input is not held");
    run(&mut h, Action::Undo);
    assert_eq!(plan(&h).choices.input, InputMode::Resident);
}
