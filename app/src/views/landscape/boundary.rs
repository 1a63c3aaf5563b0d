//! The boundaries between segments: handles that are dragged, nudged by arrow keys or set by assistive tools, and snap
//! to where the segments on both sides stay legal.

use super::edge::{self, GRAB};
use super::geometry::Geometry;
use crate::command::{Command, Handle};
use crate::stages;
use crate::views::View;
use crate::views::numeric::{self, Spec};
use egui::{CursorIcon, Key, Rect, Ui, pos2};
use tinyscope_core::plan::Plan;

/// Show all of them.
pub fn show(ui: &Ui, view: &mut View<'_>, plan: &Plan, g: &Geometry) {
    for index in 1..plan.segments.len() {
        handle(ui, view, plan, g, index);
    }
}

/// The boundary before segment number `index`.
fn handle(ui: &Ui, view: &mut View<'_>, plan: &Plan, g: &Geometry, index: usize) {
    let at = plan.segments[index].steps.start;
    let x = g.x_of(at);
    let rect = Rect::from_x_y_ranges(x - GRAB..=x + GRAB, g.bands.top()..=g.plot.bottom());
    let places = places(view, index - 1);
    let name = format!("Boundary {index}");
    let input = numeric::handle(
        ui,
        ui.scope_id().with(("boundary", index)),
        rect,
        &Spec {
            name: &name,
            value: at as f64,
            range: [
                places.first().copied().unwrap_or(at) as f64,
                places.last().copied().unwrap_or(at) as f64,
            ],
            keys: [Key::ArrowLeft, Key::ArrowRight],
        },
    );
    let response = input
        .response
        .on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal);
    let mut wanted = at;
    for _ in 0..input.nudge.unsigned_abs() {
        let next = if input.nudge > 0 {
            places.iter().find(|&&place| place > wanted)
        } else {
            places.iter().rev().find(|&&place| place < wanted)
        };
        wanted = next.copied().unwrap_or(wanted);
    }
    if let Some(value) = input.set {
        wanted = value.max(0.0) as usize;
    }
    let segment = index - 1;
    if response.drag_started() {
        view.emit(Command::BeginGesture(Handle::Boundary(segment)));
    }
    if response.dragged()
        && !ui.input(|i| i.key_pressed(Key::Escape))
        && let Some(pointer) = response.interact_pointer_pos()
    {
        wanted = g.boundary_at(pointer.x);
    }
    if wanted != at {
        view.emit(Command::MoveBoundary {
            segment,
            to: wanted,
        });
    }
    super::finish_drag(ui, view, Handle::Boundary(segment), &response);
    let lit = response.hovered() || response.dragged() || response.has_focus();
    edge::paint(ui, g, x, lit, response.has_focus());
    let drag = view.state.drag.as_ref();
    if let Some(drag) = drag.filter(|d| d.handle == Handle::Boundary(segment)) {
        let before = (drag.start.segments.get(index)).map_or(at, |segment| segment.steps.start);
        let title = format!("boundary {before:02} → {at:02}");
        let corner = pos2(x + 16.0, g.plot.top() + 8.0);
        edge::plate(ui, g, corner, &title, &drag.start, plan);
    } else {
        response.on_hover_text("Boundary: drag, or use the arrow keys");
    }
}

/// Where the boundary behind a segment may lie.
fn places(view: &View<'_>, segment: usize) -> Vec<usize> {
    let Some(prepared) = view.derived.prepared() else {
        return Vec::new();
    };
    let choices = &view.document.choices;
    let all = stages::all(&prepared.flow, &choices.schedule);
    stages::boundaries(&prepared.flow, &all, choices.input, segment)
}
