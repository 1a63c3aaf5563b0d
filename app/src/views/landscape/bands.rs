//! The segments above the bars. A click switches between layer by layer and patch by patch.

use super::geometry::Geometry;
use super::split_and_grid;
use crate::command::{Action, Command};
use crate::format;
use crate::theme::{size, tokens, ui_font};
use crate::views::View;
use crate::window::with_split;
use egui::{
    Align2, Color32, CornerRadius, CursorIcon, Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2,
};
use tinyscope_core::plan::{Plan, Segment, Way};
use tinyscope_core::schedule::{HandOver, Method};

/// The rectangle of a segment's band.
pub fn rect(g: &Geometry, segment: &Segment) -> Rect {
    let x = g.x_of(segment.steps.start) + 1.0..=g.x_of(segment.steps.end) - 1.0;
    Rect::from_x_y_ranges(x, g.bands.y_range())
}

/// Show them.
pub fn show(ui: &Ui, view: &mut View<'_>, plan: &Plan, g: &Geometry) {
    for (i, segment) in plan.segments.iter().enumerate() {
        let rect = rect(g, segment);
        let id = ui.scope_id().with(("segment", i));
        let response = ui
            .interact(rect, id, Sense::click())
            .on_hover_cursor(CursorIcon::PointingHand);
        let (name, figure, color) = describe(ui, plan, segment);
        response.widget_info(|| {
            let (first, last) = (segment.steps.start, segment.steps.end.saturating_sub(1));
            WidgetInfo::labeled(
                egui::Role::Button,
                true,
                format!(
                    "Segment {name}, steps {first:02} to {last:02}{}",
                    match figure.as_str() {
                        "" => String::new(),
                        figure => format!(", {figure} MACs"),
                    }
                ),
            )
        });
        paint(
            ui,
            rect,
            &name,
            &figure,
            color,
            response.hovered() || response.has_focus(),
        );
        let is_patch = matches!(segment.way, Way::Patch(_));
        let hint = if is_patch {
            Action::LayerByLayer.info()
        } else {
            Action::PatchStage.info()
        };
        if response.clicked() {
            click(
                view,
                g,
                is_patch,
                response.interact_pointer_pos().map(|at| at.x),
            );
        }
        if view.state.drag.is_none() {
            let extra = match figure.as_str() {
                "" => String::new(),
                figure => format!("{name}: {figure} MACs, for halos that patches share\n"),
            };
            response.on_hover_text(format!("{extra}{}: {}", hint.name, hint.tooltip));
        }
    }
}

fn click(view: &mut View<'_>, g: &Geometry, is_patch: bool, x: Option<f32>) {
    let (split, grid) = split_and_grid(view);
    if is_patch {
        view.run(Action::LayerByLayer);
    } else if split == 0
        && let Some(x) = x
    {
        let split = view.derived.nearest_split(g.boundary_at(x).max(1));
        let split = if split == 0 {
            view.derived.next_split(0).unwrap_or(0)
        } else {
            split
        };
        view.emit(Command::SetSchedule(with_split(split, grid)));
    }
}

/// What a segment is called.
pub fn method_name(method: Method) -> String {
    match method {
        Method::Layer => "layer by layer".into(),
        Method::Patch {
            grid: [rows, columns],
        } => format!("patch {rows}×{columns}"),
        Method::HorizontalCache { rows } => format!("strips of {rows}"),
        Method::LineBuffers {
            hand_over: HandOver::Row,
        } => "line buffers".into(),
        Method::LineBuffers {
            hand_over: HandOver::Pixel,
        } => "line buffers, by pixel".into(),
        Method::TileCache {
            tile: [rows, columns],
        } => format!("tiles of {rows}×{columns}"),
    }
}

fn describe(ui: &Ui, plan: &Plan, segment: &Segment) -> (String, String, Color32) {
    let t = tokens(ui);
    let steps = &plan.steps[segment.steps.clone()];
    let once = steps.iter().map(|step| step.macs_once).sum();
    let macs = steps.iter().map(|step| step.macs).sum();
    let (figure, color) = match segment.method {
        Method::Layer => (String::new(), t.layer),
        Method::Patch { .. } => (format::percent_change(once, macs), t.patch),
        _ => (format::percent_change(once, macs), t.stage),
    };
    (method_name(segment.method), figure, color)
}

fn paint(ui: &Ui, rect: Rect, name: &str, figure: &str, color: Color32, lit: bool) {
    let t = tokens(ui);
    let fill = color.gamma_multiply(if lit { 0.34 } else { 0.2 });
    let corner = CornerRadius::same(size::CORNER);
    let p = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    p.rect(
        rect,
        corner,
        fill,
        Stroke::new(1.5, color),
        StrokeKind::Inside,
    );
    let left = pos2(rect.left() + 18.0, rect.center().y);
    let galley = p.layout_no_wrap(name.into(), ui_font(size::LABEL), t.text);
    if galley.size().x + 32.0 > rect.width() {
        return;
    }
    let end = Align2::LEFT_CENTER.anchor_size(left, galley.size());
    p.galley(end.min, galley, t.text);
    let figure = p.layout_no_wrap(figure.into(), ui_font(size::LABEL), t.text_soft);
    if rect.right() - figure.size().x - 18.0 > end.right() + super::grid::WIDTH {
        let at = pos2(
            rect.right() - 18.0 - figure.size().x,
            rect.center().y - figure.size().y / 2.0,
        );
        p.galley(at, figure, t.text_soft);
    }
}
