//! A few small pictures of the window, for what labels cannot tell. `UPDATE_SNAPSHOTS=1` draws them anew.

use egui::accesskit::Role;
use egui::{Rect, pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use tinyscope::App;
use tinyscope::command::{Action, Command};
use tinyscope::document::ModelSource;
use tinyscope_tests::models::{self, unsupported};
use tinyscope_tests::window::{Look, PLAIN, open, open_example};

/// Leaves the panes with a picture of their own. Figures in tables and gauges are the engine's, and its tests check
/// them; times differ from run to run.
fn without_figures(h: &mut Harness<'_, App>) {
    let screen = h.ctx.content_rect();
    let tab = |name: &str| h.get_by_role_and_label(Role::Tab, name).rect();
    let (left, right) = (tab("Memory landscape").left(), tab("Inspector").left());
    let time = h.get_by_label_contains("re-planned").rect();
    let top = Rect::from_min_max(screen.min, pos2(screen.right(), 60.0));
    let steps = Rect::from_min_max(screen.min, pos2(left - 12.0, screen.bottom()));
    let inspector = Rect::from_min_max(pos2(right - 12.0, 0.0), screen.max);
    for rect in [time, top, steps, inspector] {
        h.mask(rect);
    }
}

#[test]
fn the_first_screen() {
    let mut h = open(None, PLAIN);
    h.snapshot("start_dark");
}

#[test]
fn a_patch_stage_in_the_landscape() {
    let mut h = open_example("scene", PLAIN);
    let ctx = h.ctx.clone();
    for action in [Action::PatchStage, Action::EdgeLater, Action::EdgeLater] {
        h.state_mut().apply(&ctx, Command::Run(action));
    }
    h.run();
    without_figures(&mut h);
    h.snapshot("landscape_dark");
}

#[test]
fn the_findings_of_a_plan_that_does_not_fit() {
    let mut h = open_example("scene", PLAIN);
    let ctx = h.ctx.clone();
    let app = h.state_mut();
    app.apply(&ctx, Command::SetChip("STM32F103C8".into()));
    app.apply(&ctx, Command::Run(Action::ShowDiagnostics));
    h.run();
    without_figures(&mut h);
    let landscape = h
        .get_by_role_and_label(Role::Tab, "Memory landscape")
        .rect();
    let lower = h.get_by_role_and_label(Role::Tab, "Diagnostics").rect();
    let right = h.ctx.content_rect().right();
    h.mask(Rect::from_min_max(landscape.min, pos2(right, lower.top())));
    h.snapshot("diagnostics_dark");
}

#[test]
fn a_model_that_can_only_be_looked_at() {
    let look = Look {
        theme: egui::Theme::Light,
        ..PLAIN
    };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("odd.tflite");
    std::fs::write(&path, unsupported()).expect("written");
    let mut h = open(Some(ModelSource::File(path)), look);
    h.get_by_label_contains("Go to operator").click();
    h.run();
    h.snapshot("viewer_light");
}

#[test]
fn a_float_model_that_waits_for_samples() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("colours.tflite");
    std::fs::write(&path, models::float()).expect("written");
    let mut h = open(Some(ModelSource::File(path)), PLAIN);
    h.snapshot("float_dark");
}

#[test]
fn light_and_at_two_pixels_per_point() {
    let look = Look {
        size: [1000.0, 640.0],
        theme: egui::Theme::Light,
        scale: 2.0,
    };
    let mut h = open_example("digits", look);
    without_figures(&mut h);
    h.snapshot("digits_light_2x");
}
