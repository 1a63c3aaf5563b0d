//! The patch grid's handle in the stage's band: drag sideways, arrow keys, or assistive tools; 1 to 8 patches a side.

use super::bands;
use super::geometry::Geometry;
use crate::command::{Command, Handle};
use crate::theme::tokens;
use crate::views::View;
use crate::views::numeric::{self, Spec};
use crate::window::MAX_GRID;
use egui::{CornerRadius, CursorIcon, Key, Rect, Stroke, StrokeKind, Ui, pos2, vec2};
use tinyscope_core::plan::Plan;
use tinyscope_core::schedule::Method;

/// Room that it takes in a band.
pub const WIDTH: f32 = 40.0;
/// Pointer travel for one patch more.
const TRAVEL: f32 = 18.0;

/// Show one for every segment in patches.
pub fn show(ui: &Ui, view: &mut View<'_>, plan: &Plan, g: &Geometry) {
    let mut first = true;
    for (index, segment) in plan.segments.iter().enumerate() {
        if let Method::Patch { grid } = segment.method {
            let name = if first {
                "Patch grid".into()
            } else {
                format!("Patch grid of segment {index}")
            };
            first = false;
            let rect = place(ui, bands::rect(g, segment), grid);
            handle(ui, view, plan, g, (index, grid), (&name, rect));
        }
    }
}

fn handle(
    ui: &Ui,
    view: &mut View<'_>,
    plan: &Plan,
    g: &Geometry,
    (index, grid): (usize, [usize; 2]),
    (name, rect): (&str, Rect),
) {
    let input = numeric::handle(
        ui,
        ui.scope_id().with(("grid", index)),
        rect.expand(4.0),
        &Spec {
            name,
            value: grid[0] as f64,
            range: [1.0, MAX_GRID as f64],
            keys: [Key::ArrowDown, Key::ArrowUp],
        },
    );
    let response = input
        .response
        .on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal);
    // What a search found may be uneven or finer than the handle goes; it stays until somebody moves the handle.
    let moved = |from: [usize; 2], by: i64| {
        from.map(|n| (n as i64 + by).clamp(1, MAX_GRID as i64) as usize)
    };
    let mut wanted = grid;
    if input.nudge != 0 {
        wanted = moved(grid, input.nudge);
    }
    if let Some(value) = input.set {
        wanted = moved([0, 0], value as i64);
    }
    if response.drag_started() {
        view.emit(Command::BeginGesture(Handle::Grid(index)));
    }
    if response.dragged()
        && !ui.input(|i| i.key_pressed(Key::Escape))
        && let Some(drag) = &view.state.drag
        && let Some(Method::Patch { grid: start }) =
            drag.start.segments.get(index).map(|segment| segment.method)
    {
        // Right and up are finer.
        let travel = response.total_drag_delta().unwrap_or_default();
        let by = ((travel.x - travel.y) / TRAVEL).round() as i64;
        wanted = if by == 0 { start } else { moved(start, by) };
    }
    if wanted != grid {
        view.emit(Command::SetMethod {
            segment: index,
            method: Method::Patch { grid: wanted },
        });
    }
    super::finish_drag(ui, view, Handle::Grid(index), &response);
    let lit = response.hovered() || response.dragged() || response.has_focus();
    paint(ui, rect, grid, lit);
    if let Some(drag) = view
        .state
        .drag
        .as_ref()
        .filter(|d| d.handle == Handle::Grid(index))
    {
        let title = format!("grid {}×{}", grid[0], grid[1]);
        super::delta_label(
            ui,
            g,
            pos2(rect.left(), g.plot.top() + 8.0),
            &title,
            &drag.start,
            plan,
        );
    } else {
        response.on_hover_text("Patch grid: drag, or use the arrow keys");
    }
}

/// In the band after its name where there is room, else just below it.
fn place(ui: &Ui, band: Rect, grid: [usize; 2]) -> Rect {
    let size = vec2(16.0, 16.0);
    let name = ui.painter().layout_no_wrap(
        crate::stages::method_name(Method::Patch { grid }),
        crate::theme::ui_font(12.0),
        egui::Color32::PLACEHOLDER,
    );
    let left = band.left() + bands::NAME_LEFT + name.size().x + 10.0;
    if left + size.x + 14.0 < band.right() {
        Rect::from_center_size(pos2(left + 8.0, band.center().y), size)
    } else {
        Rect::from_center_size(pos2(band.left() + 9.0, band.bottom() + 13.0), size)
    }
}

fn paint(ui: &Ui, rect: Rect, grid: [usize; 2], lit: bool) {
    // Finer grids cannot be told apart at this size.
    const FINEST: usize = 5;
    let t = tokens(ui);
    let p = ui.painter();
    let color = if lit { t.text } else { t.patch };
    let [rows, columns] = grid.map(|n| n.min(FINEST));
    let pitch = (rect.size() + vec2(1.0, 1.0)) / vec2(columns as f32, rows as f32);
    for row in 0..rows {
        for column in 0..columns {
            let min = rect.min + vec2(column as f32, row as f32) * pitch;
            let cell = Rect::from_min_size(min, pitch - vec2(1.0, 1.0));
            p.rect_filled(cell, CornerRadius::ZERO, color);
        }
    }
    if lit {
        p.rect_stroke(
            rect.expand(3.0),
            CornerRadius::same(2),
            Stroke::new(1.0, t.text),
            StrokeKind::Outside,
        );
    }
}
