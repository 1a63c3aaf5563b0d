//! The end of the patch stage: a handle that is dragged, nudged by arrow keys or set by assistive tools, and snaps to
//! the boundaries where a stage may end.

use super::geometry::Geometry;
use super::split_and_grid;
use crate::command::{Command, Handle};
use crate::format;
use crate::theme::{size, tokens, ui_font};
use crate::views::View;
use crate::views::numeric::{self, Spec};
use crate::window::with_split;
use egui::{
    CornerRadius, CursorIcon, FontId, Key, Rect, Shape, Stroke, StrokeKind, Ui, pos2, vec2,
};
use tinyscope_core::plan::Plan;

/// Half the width that the pointer can grab.
pub const GRAB: f32 = 7.0;

/// Show it.
pub fn show(ui: &Ui, view: &mut View<'_>, plan: &Plan, g: &Geometry) {
    if view.derived.splits.is_empty() {
        return;
    }
    let (split, grid) = split_and_grid(view);
    // A small map on the way may have narrowed the grid; the drag began with this one.
    let started = view.state.drag.as_ref();
    let started = started.and_then(|d| d.start.choices.schedule.first_patches());
    let grid = started.map_or(grid, |(_, grid)| grid);
    let x = g.x_of(split);
    let rect = Rect::from_x_y_ranges(x - GRAB..=x + GRAB, g.bands.top()..=g.plot.bottom());
    let last = view.derived.splits.last().copied().unwrap_or(0);
    let input = numeric::handle(
        ui,
        ui.scope_id().with("edge"),
        rect,
        &Spec {
            name: "Patch stage edge",
            value: split as f64,
            range: [0.0, last as f64],
            keys: [Key::ArrowLeft, Key::ArrowRight],
        },
    );
    let response = input
        .response
        .on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal);
    let mut wanted = split;
    for _ in 0..input.nudge.unsigned_abs() {
        wanted = if input.nudge > 0 {
            view.derived.next_split(wanted).unwrap_or(wanted)
        } else {
            view.derived.previous_split(wanted)
        };
    }
    if let Some(value) = input.set {
        wanted = view.derived.nearest_split(value.max(0.0) as usize);
    }
    if response.drag_started() {
        view.emit(Command::BeginGesture(Handle::Edge));
    }
    if response.dragged()
        && !ui.input(|i| i.key_pressed(Key::Escape))
        && let Some(at) = response.interact_pointer_pos()
    {
        wanted = view.derived.nearest_split(g.boundary_at(at.x));
    }
    if wanted != split {
        view.emit(Command::SetSchedule(with_split(wanted, grid)));
    }
    super::finish_drag(ui, view, Handle::Edge, &response);
    let lit = response.hovered() || response.dragged() || response.has_focus();
    paint(ui, g, x, lit, response.has_focus());
    if let Some(drag) = view
        .state
        .drag
        .as_ref()
        .filter(|d| d.handle == Handle::Edge)
    {
        label(ui, g, x, &drag.start, plan);
    }
}

/// A line through the plot with a knob in the bands.
pub fn paint(ui: &Ui, g: &Geometry, x: f32, lit: bool, focused: bool) {
    let t = tokens(ui);
    let p = ui.painter();
    let stroke = Stroke::new(if lit { 2.5 } else { 1.5 }, t.text);
    p.vline(x, g.bands.bottom()..=g.plot.bottom(), stroke);
    let knob = pos2(x, g.bands.center().y);
    let radius = if lit { 10.0 } else { 9.0 };
    p.circle(knob, radius, t.text, Stroke::new(2.0, t.ground));
    if focused {
        p.circle_stroke(knob, radius + 2.5, Stroke::new(2.0, t.accent));
    }
    for way in [-1.0, 1.0] {
        let tip = knob + vec2(way * 6.0, 0.0);
        let arrow = vec![
            tip,
            tip + vec2(way * -4.0, -4.0),
            tip + vec2(way * -4.0, 4.0),
        ];
        p.add(Shape::convex_polygon(arrow, t.ground, Stroke::NONE));
    }
}

/// What the drag has changed so far.
fn label(ui: &Ui, g: &Geometry, x: f32, before: &Plan, now: &Plan) {
    let split = |plan: &Plan| {
        let first = plan.choices.schedule.first_patches();
        first.map_or(0, |(split, _)| split)
    };
    let title = format!("edge {:02} → {:02}", split(before), split(now));
    super::delta_label(
        ui,
        g,
        pos2(x + 16.0, g.plot.top() + 8.0),
        &title,
        before,
        now,
    );
}

/// A plate with a title and the change in peak memory and work.
pub fn plate(ui: &Ui, g: &Geometry, at: egui::Pos2, title: &str, before: &Plan, now: &Plan) {
    let t = tokens(ui);
    let p = ui.painter();
    let (from, to) = (before.totals.peak_sram_bytes, now.totals.peak_sram_bytes);
    let change = format!(
        "{}, {} MACs",
        format::kib_change(from, to),
        format::percent_change(before.totals.macs, now.totals.macs)
    );
    let color = match to.cmp(&from) {
        std::cmp::Ordering::Less => t.good,
        std::cmp::Ordering::Equal => t.text_soft,
        std::cmp::Ordering::Greater => t.warn,
    };
    let title = p.layout_no_wrap(title.into(), ui_font(size::BODY), t.text);
    let change = p.layout_no_wrap(change, FontId::monospace(size::BODY), color);
    let width = title.size().x.max(change.size().x) + 24.0;
    let left = if at.x + width > g.plot.right() {
        at.x - width - 32.0
    } else {
        at.x
    };
    let rect = Rect::from_min_size(pos2(left, at.y), vec2(width, 48.0));
    p.rect(
        rect,
        CornerRadius::same(size::CORNER),
        t.raised,
        Stroke::new(1.0, t.hairline),
        StrokeKind::Inside,
    );
    p.galley(rect.min + vec2(12.0, 6.0), title, t.text);
    p.galley(rect.min + vec2(12.0, 25.0), change, color);
}
