//! The memory landscape: a stacked bar per step, the plain schedule as a ghost behind it, the budget, and above the
//! bars the segments with their handles.

mod bands;
mod bars;
mod boundary;
mod edge;
mod geometry;
mod grid;
mod menu;

use super::View;
use super::parts::{self, Part};
use crate::command::{Command, Handle};
use crate::derived::Derived;
use crate::theme::{size, tokens, ui_font};
use edge::plate as delta_label;
use egui::{Color32, Key, Rect, Response, Sense, Shape, Stroke, Ui, pos2, vec2};
use geometry::Geometry;
pub use geometry::tick_step;
use tinyscope_core::plan::{Plan, Schedule, StepId};

/// Bytes at the top of the axis: room for the plan, its ghost, and the budget when that is near.
pub fn y_max_bytes(derived: &Derived) -> usize {
    let highest = [&derived.plan, &derived.baseline]
        .into_iter()
        .flatten()
        .flat_map(|plan| &plan.steps)
        .map(|step| step.live.total())
        .max()
        .unwrap_or(0);
    let budget = derived
        .plan
        .as_ref()
        .map_or(0, |p| p.target.arena_budget_bytes());
    let near = budget < highest + highest * 2 / 5;
    geometry::round_up(if near { highest.max(budget) } else { highest })
}

/// The schedule's split (0 without a stage) and grid, with the grid that a new stage would get.
fn split_and_grid(view: &View<'_>) -> (usize, [usize; 2]) {
    let started = view.state.drag.as_ref();
    let started = started.and_then(|d| d.start.choices.schedule.first_patches());
    let grid = started.map_or(crate::window::FIRST_GRID, |(_, grid)| grid);
    (view.document.choices.schedule.first_patches()).unwrap_or((0, grid))
}

/// Show it.
pub fn show(ui: &mut Ui, view: &mut View<'_>) {
    let Some(plan) = view.derived.plan.clone() else {
        return;
    };
    let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click());
    let y_max = view
        .state
        .drag
        .as_ref()
        .map_or_else(|| y_max_bytes(view.derived), |d| d.y_max_bytes);
    let g = Geometry::new(rect, plan.steps.len(), y_max);
    pointer(view, &plan, &g, &response);
    bars::draw(ui, view, &plan, &g);
    bands::show(ui, view, &plan, &g);
    grid::show(ui, view, &plan, &g);
    if matches!(view.document.choices.schedule, Schedule::Stages(_)) {
        boundary::show(ui, view, &plan, &g);
    } else {
        edge::show(ui, view, &plan, &g);
    }
    bars::peak(ui, &g, &plan);
}

fn pointer(view: &mut View<'_>, plan: &Plan, g: &Geometry, response: &egui::Response) {
    if let Some(at) = response.hover_pos().filter(|at| at.y > g.bands.bottom())
        && let Some(step) = g.step_at(at.x)
        && step < plan.steps.len()
    {
        let id = StepId(step as u32);
        view.emit(Command::Hover(id));
        if response.clicked() {
            view.emit(Command::Select(id));
        }
    }
}

/// The legend, from the right: of the parts that some step has.
pub fn header(ui: &mut Ui, plan: Option<&Plan>) {
    const TITLE: f32 = 150.0;
    let t = tokens(ui);
    ui.add_space(size::MARGIN);
    ui.spacing_mut().item_spacing.x = size::GRID;
    entry(ui, "layer by layer", |ui, rect| {
        ui.painter().extend(dashed(rect, t.text_faint));
    });
    let occurs = |part: &Part| {
        plan.is_some_and(|plan| plan.steps.iter().any(|step| part.bytes(&step.live) > 0))
    };
    for part in Part::ALL.into_iter().rev().filter(occurs) {
        if ui.available_width() < TITLE + 90.0 {
            return;
        }
        entry(ui, part.name(), |ui, rect| {
            parts::fill(ui.painter(), rect, 2, part, t);
        });
    }
}

fn entry(ui: &mut Ui, name: &str, swatch: impl FnOnce(&Ui, Rect)) {
    let t = tokens(ui);
    ui.label(
        egui::RichText::new(name)
            .font(ui_font(size::LABEL))
            .color(t.text_soft),
    );
    let (rect, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
    swatch(ui, rect);
    ui.add_space(4.0);
}

/// A dashed frame.
fn dashed(rect: Rect, color: Color32) -> Vec<Shape> {
    let path = [
        pos2(rect.left(), rect.bottom()),
        rect.left_top(),
        rect.right_top(),
        rect.right_bottom(),
    ];
    Shape::dashed_line(&path, Stroke::new(1.0, color), 3.0, 2.0)
}

/// End, or put back, the gesture of `handle` when its drag is over. Escape puts back; egui itself ends the drag then.
fn finish_drag(ui: &Ui, view: &mut View<'_>, handle: Handle, response: &Response) {
    let mine = view.state.drag.as_ref().is_some_and(|d| d.handle == handle);
    if !mine {
        return;
    }
    if ui.input(|i| i.key_pressed(Key::Escape)) {
        view.emit(Command::CancelGesture);
    } else if !response.dragged() {
        view.emit(Command::EndGesture);
    }
}
