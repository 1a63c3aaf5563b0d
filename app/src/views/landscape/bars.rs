//! Axes, ghost, bars, budget and peak of the landscape.

use super::Geometry;
use super::dashed;
use crate::format;
use crate::theme::{Tokens, size, tokens, ui_font};
use crate::views::View;
use crate::views::parts::{self, Part};
use egui::{
    Align2, CornerRadius, FontId, Painter, Rect, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2,
    vec2,
};
use tinyscope_core::plan::{Plan, Schedule, Step};

/// Draw them.
pub fn draw(ui: &Ui, view: &View<'_>, plan: &Plan, g: &Geometry) {
    let t = tokens(ui);
    let p = ui.painter();
    axes(p, g, t);
    let clipped = p.with_clip_rect(p.clip_rect().intersect(Rect::from_min_max(
        pos2(g.plot.left() - 1.0, g.plot.top() - 2.0),
        g.plot.right_bottom() + vec2(1.0, 1.0),
    )));
    if plan.choices.schedule != Schedule::Layer
        && let Some(baseline) = &view.derived.baseline
    {
        // Where nothing changed the ghost would only be noise.
        let moved = (baseline.steps.iter().zip(&plan.steps))
            .filter(|(before, now)| before.live.total() != now.live.total());
        for (before, _) in moved {
            ghost(&clipped, g, before, t);
        }
    }
    for step in &plan.steps {
        bar(&clipped, g, step, t);
    }
    if let Some(lit) = view
        .state
        .lit()
        .and_then(|id| plan.steps.get(id.0 as usize))
    {
        highlight(p, g, lit, view.state.hovered.is_some(), t);
    }
    budget(p, g, plan, t);
}

fn axes(p: &Painter, g: &Geometry, t: &Tokens) {
    let font = FontId::monospace(size::SMALL);
    for bytes in g.ticks() {
        let y = g.y_of(bytes).round() + 0.5;
        p.hline(
            g.plot.x_range(),
            y,
            Stroke::new(1.0, if bytes == 0 { t.layer } else { t.hairline }),
        );
        let figure = bytes as f64 / 1024.0;
        let text = if figure.fract() == 0.0 {
            format!("{figure:.0}")
        } else {
            format!("{figure:.1}")
        };
        p.text(
            pos2(g.plot.left() - 8.0, y),
            Align2::RIGHT_CENTER,
            text,
            font.clone(),
            t.text_faint,
        );
    }
    let unit = pos2(g.plot.left() - 8.0, g.plot.top() - 16.0);
    p.text(
        unit,
        Align2::RIGHT_CENTER,
        "KiB",
        ui_font(size::SMALL),
        t.text_faint,
    );
    for step in (0..g.steps).step_by(g.label_stride()) {
        let at = pos2(g.bar(step).center(), g.plot.bottom() + 12.0);
        p.text(
            at,
            Align2::CENTER_CENTER,
            format!("{step:02}"),
            font.clone(),
            t.text_faint,
        );
    }
}

fn ghost(p: &Painter, g: &Geometry, step: &Step, t: &Tokens) {
    let x = g.bar(step.id.0 as usize);
    let rect = Rect::from_x_y_ranges(x, g.y_of(step.live.total())..=g.plot.bottom());
    p.extend(dashed(rect, t.text_faint));
}

fn bar(p: &Painter, g: &Geometry, step: &Step, t: &Tokens) {
    let x = g.bar(step.id.0 as usize);
    let mut below = 0;
    for part in Part::ALL {
        let bytes = part.bytes(&step.live);
        if bytes > 0 {
            let mut y = g.y_of(below + bytes)..=g.y_of(below);
            // A hair of ground between parts tells them apart without colour.
            if below > 0 && y.end() - y.start() > 3.0 {
                y = *y.start()..=y.end() - 1.0;
            }
            parts::fill(p, Rect::from_x_y_ranges(x, y), 0, part, t);
        }
        below += bytes;
    }
}

fn budget(p: &Painter, g: &Geometry, plan: &Plan, t: &Tokens) {
    let bytes = plan.target.arena_budget_bytes();
    let name = format!("budget {}", format::kib(bytes));
    let font = ui_font(size::SMALL);
    if bytes > g.y_max_bytes {
        let galley = p.layout_no_wrap(format!("{name} ↑"), font, t.text_soft);
        let at = pos2(g.plot.right(), g.plot.top() - 16.0);
        let rect = Align2::RIGHT_CENTER.anchor_size(at, galley.size());
        let words = rect.expand(12.0).x_range();
        let mut edges = plan.segments.iter().map(|s| g.x_of(s.steps.start));
        // An edge would cross the words: they step aside.
        let aside = (edges.find(|&edge| words.contains(edge)))
            .map_or(0.0, |edge| edge - 12.0 - rect.right());
        p.galley(rect.min + vec2(aside, 0.0), galley, t.text_soft);
        return;
    }
    let y = g.y_of(bytes).round() + 0.5;
    let line = [pos2(g.plot.left(), y), pos2(g.plot.right(), y)];
    p.extend(Shape::dashed_line(
        &line,
        Stroke::new(1.5, t.over),
        8.0,
        4.0,
    ));
    p.text(
        pos2(g.plot.right(), y - 4.0),
        Align2::RIGHT_BOTTOM,
        name,
        font,
        t.over,
    );
}

/// Name the highest bar.
pub fn peak(ui: &Ui, g: &Geometry, plan: &Plan) {
    let t = tokens(ui);
    let Some(step) = plan.steps.get(plan.totals.peak_step) else {
        return;
    };
    let bytes = step.live.total();
    let text = format!("peak {} · {:02}", format::kib(bytes), step.id.0);
    let galley = ui
        .painter()
        .layout_no_wrap(text.clone(), ui_font(size::LABEL), t.text);
    let tip = pos2(g.bar(step.id.0 as usize).center(), g.y_of(bytes));
    let half = vec2(galley.size().x / 2.0 + 8.0, 11.0);
    let x = tip.x.clamp(
        g.plot.left() + half.x,
        (g.plot.right() - half.x).max(g.plot.left() + half.x),
    );
    let centre = pos2(x, (tip.y - 28.0).max(g.plot.top() - 14.0));
    let plate = Rect::from_center_size(centre, 2.0 * half);
    let p = ui.painter();
    p.vline(
        tip.x,
        plate.bottom()..=tip.y - 2.0,
        Stroke::new(1.0, t.text_soft),
    );
    p.rect(
        plate,
        CornerRadius::same(size::CORNER),
        t.raised,
        Stroke::new(1.0, t.hairline),
        StrokeKind::Inside,
    );
    p.galley(plate.center() - galley.size() / 2.0, galley, t.text);
    let id = ui.scope_id().with("peak");
    let response = ui.interact(plate, id, egui::Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &text));
}

fn highlight(p: &Painter, g: &Geometry, step: &Step, hovered: bool, t: &Tokens) {
    let x = g.bar(step.id.0 as usize).expand(1.5);
    let whole = Rect::from_x_y_ranges(x, g.plot.y_range());
    p.rect_filled(
        whole,
        CornerRadius::same(2),
        t.accent.gamma_multiply(if hovered { 0.16 } else { 0.07 }),
    );
    let top = g.y_of(step.live.total()).max(g.plot.top());
    let bar = Rect::from_x_y_ranges(x, top - 1.5..=g.plot.bottom());
    p.rect_stroke(
        bar,
        CornerRadius::same(2),
        Stroke::new(1.5, t.accent),
        StrokeKind::Middle,
    );
}
