//! The segments above the bars: a band each, with its way, its bytes and what it recomputes. A click, or Enter, opens the
//! segment's menu.

use super::geometry::Geometry;
use super::menu;
use crate::format;
use crate::stages::method_name;
use crate::theme::{Tokens, size, tokens, ui_font};
use crate::views::View;
use egui::{
    Align2, Color32, CornerRadius, CursorIcon, Painter, Popup, Rect, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};
use tinyscope_core::plan::{Plan, Segment};
use tinyscope_core::schedule::Method;

/// Where a band's name begins: behind the mark of its way.
pub const NAME_LEFT: f32 = 26.0;

/// The rectangle of a segment's band.
pub fn rect(g: &Geometry, segment: &Segment) -> Rect {
    let x = g.x_of(segment.steps.start) + 1.0..=g.x_of(segment.steps.end) - 1.0;
    Rect::from_x_y_ranges(x, g.bands.y_range())
}

/// What a band says.
struct Band {
    name: String,
    /// Bytes, and what is recomputed.
    figures: String,
    color: Color32,
    method: Method,
}

/// Show them.
pub fn show(ui: &Ui, view: &mut View<'_>, plan: &Plan, g: &Geometry) {
    for (i, segment) in plan.segments.iter().enumerate() {
        let rect = rect(g, segment);
        let id = ui.scope_id().with(("segment", i));
        let response = ui
            .interact(rect, id, Sense::click())
            .on_hover_cursor(CursorIcon::PointingHand);
        let band = describe(ui, plan, segment);
        let (first, last) = (segment.steps.start, segment.steps.end.saturating_sub(1));
        let words = format!(
            "Segment {}, steps {first:02} to {last:02}, {}",
            band.name, band.figures
        );
        response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &words));
        let open = Popup::is_id_open(ui.ctx(), Popup::default_response_id(&response));
        let lit = response.hovered() || response.has_focus() || open;
        paint(ui, rect, &band, lit);
        if let Some(at) = response
            .interact_pointer_pos()
            .filter(|_| response.clicked())
        {
            menu::note_click(ui, id, g.boundary_at(at.x));
        }
        Popup::menu(&response)
            .width(menu::WIDTH)
            .gap(4.0)
            .show(|ui| menu::show(ui, view, plan, i, id));
        if !open && view.state.drag.is_none() {
            response.on_hover_text(format!("{words}\nClick to run it in another way"));
        }
    }
}

fn describe(ui: &Ui, plan: &Plan, segment: &Segment) -> Band {
    let t = tokens(ui);
    let totals = plan.segment_totals(segment);
    let bytes = format::kib(totals.peak_live_bytes);
    let work = format::percent_change(totals.macs_once, totals.macs);
    let (figures, color) = match segment.method {
        Method::Layer => (bytes, t.layer),
        Method::Patch { .. } => (format!("{bytes}, {work} MACs"), t.patch),
        _ => (format!("{bytes}, {work} MACs"), t.stage),
    };
    Band {
        name: method_name(segment.method),
        figures,
        color,
        method: segment.method,
    }
}

fn paint(ui: &Ui, rect: Rect, band: &Band, lit: bool) {
    let t = tokens(ui);
    let fill = band.color.gamma_multiply(if lit { 0.34 } else { 0.2 });
    let corner = CornerRadius::same(size::CORNER);
    let p = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    p.rect(
        rect,
        corner,
        fill,
        Stroke::new(1.5, band.color),
        StrokeKind::Inside,
    );
    if rect.width() > 20.0 {
        // Clear of the handles that lie over both ends.
        let room = (rect.width() / 2.0).min(17.0);
        mark(&p, pos2(rect.left() + room, rect.center().y), band, t);
    }
    let left = pos2(rect.left() + NAME_LEFT, rect.center().y);
    let galley = p.layout_no_wrap(band.name.clone(), ui_font(size::LABEL), t.text);
    if galley.size().x + NAME_LEFT + 12.0 > rect.width() {
        return;
    }
    let end = Align2::LEFT_CENTER.anchor_size(left, galley.size());
    p.galley(end.min, galley, t.text);
    let grid = match band.method {
        Method::Patch { .. } => super::grid::WIDTH,
        _ => 12.0,
    };
    let bytes = band.figures.split(',').next().unwrap_or_default();
    for figures in [band.figures.as_str(), bytes] {
        let galley = p.layout_no_wrap(figures.into(), ui_font(size::LABEL), t.text_soft);
        let x = rect.right() - 16.0 - galley.size().x;
        if x > end.right() + grid {
            let at = pos2(x, rect.center().y - galley.size().y / 2.0);
            p.galley(at, galley, t.text_soft);
            break;
        }
    }
}

/// The way as a small drawing: whole, patches, rows, strips, tiles.
fn mark(p: &Painter, centre: egui::Pos2, band: &Band, t: &Tokens) {
    let rect = Rect::from_center_size(centre, vec2(10.0, 10.0));
    let line = Stroke::new(1.0, t.text_soft);
    let rows = |rows: usize| {
        for row in 0..rows {
            let y = rect.top() + rect.height() * row as f32 / (rows - 1) as f32;
            p.hline(rect.x_range(), y, line);
        }
    };
    let columns = |columns: usize| {
        for column in 0..columns {
            let x = rect.left() + rect.width() * column as f32 / (columns - 1) as f32;
            p.vline(x, rect.y_range(), line);
        }
    };
    match band.method {
        Method::Layer => {
            p.rect_stroke(rect, 1, line, StrokeKind::Inside);
        }
        Method::Patch { .. } => {
            rows(3);
            columns(3);
        }
        Method::LineBuffers { .. } => rows(4),
        Method::HorizontalCache { .. } => {
            rows(2);
            columns(4);
        }
        Method::TileCache { .. } => {
            rows(4);
            columns(4);
        }
    }
}
