//! The table of steps: number, operator, live memory, cycles.

use super::View;
use crate::command::Command;
use crate::format;
use crate::theme::{Tokens, size, tokens, ui_font};
use egui::{
    Align2, CornerRadius, FontId, Painter, Rect, RichText, ScrollArea, Sense, Stroke, Ui,
    WidgetInfo, pos2, vec2,
};
use tinyscope_core::plan::{Plan, Step};
use tinyscope_core::schedule::Method;

/// How many steps there are.
pub fn header(ui: &mut Ui, view: &View<'_>) {
    let t = tokens(ui);
    if let Some(plan) = &view.derived.plan {
        ui.add_space(size::MARGIN);
        let exact = view
            .current_measurement()
            .map(|m| m.result.steps.iter().filter(|s| s.bit_exact).count());
        let text = match exact {
            Some(n) => format!("{n} of {} exact", plan.steps.len()),
            None => plan.steps.len().to_string(),
        };
        ui.label(RichText::new(text).small().color(t.text_faint));
    }
}

/// Rows below this width show no cycles.
const NARROW: f32 = 200.0;

/// Right edges of the figure columns and left edge of the names, from the row's rectangle.
struct Columns {
    number: f32,
    name: f32,
    kib: f32,
    cycles: Option<f32>,
}

impl Columns {
    fn of(row: Rect) -> Self {
        let right = row.right() - size::MARGIN;
        // A narrow pane keeps names and memory; cycles wait until it is wider.
        let narrow = row.width() < NARROW;
        let cycles = if narrow { None } else { Some(right) };
        Self {
            number: row.left() + 34.0,
            name: row.left() + 42.0,
            kib: match row.width() {
                _ if narrow => right,
                ..260.0 => right - 56.0,
                _ => right - 64.0,
            },
            cycles,
        }
    }
}

/// Show it.
pub fn show(ui: &mut Ui, view: &mut View<'_>) {
    let Some(plan) = view.derived.plan.clone() else {
        return;
    };
    let t = tokens(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::hover());
    let columns = Columns::of(rect);
    let p = ui.painter();
    let small = ui_font(size::SMALL);
    let measured = view.current_measurement();
    let origin = match measured {
        None => "est. kcyc",
        Some(m) if m.result.simulated => "sim. kcyc",
        Some(_) => "meas. kcyc",
    };
    for (x, align, text) in [
        (Some(columns.number), Align2::RIGHT_CENTER, "#"),
        (Some(columns.name), Align2::LEFT_CENTER, "operator"),
        (Some(columns.kib), Align2::RIGHT_CENTER, "KiB"),
        (columns.cycles, Align2::RIGHT_CENTER, origin),
    ] {
        let Some(x) = x else { continue };
        p.text(
            pos2(x, rect.center().y),
            align,
            text,
            small.clone(),
            t.text_faint,
        );
    }
    p.hline(
        rect.x_range(),
        rect.bottom() - 0.5,
        Stroke::new(1.0, t.hairline),
    );
    ScrollArea::vertical().auto_shrink(false).show_rows(
        ui,
        size::ROW,
        plan.steps.len(),
        |ui, rows| {
            for step in &plan.steps[rows] {
                row(ui, view, &plan, step);
            }
        },
    );
}

fn row(ui: &mut Ui, view: &mut View<'_>, plan: &Plan, step: &Step) {
    let t = tokens(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::click());
    let selected = view.state.selected == Some(step.id);
    let name = format!("Step {:02} {}", step.id.0, step.name);
    response.widget_info(|| WidgetInfo::selected(egui::Role::Row, true, selected, &name));
    if response.hovered() {
        view.emit(Command::Hover(step.id));
    }
    if response.clicked() {
        view.emit(Command::Select(step.id));
    }
    let p = ui.painter();
    if view.is_lit(step.id) || selected {
        let fill = t
            .accent
            .gamma_multiply(if view.is_lit(step.id) { 0.22 } else { 0.12 });
        p.rect_filled(rect, 0, fill);
    }
    if selected {
        p.rect_filled(
            Rect::from_min_size(rect.min, vec2(3.0, rect.height())),
            0,
            t.accent,
        );
    }
    let color = match plan.segments[step.segment].method {
        Method::Layer => None,
        Method::Patch { .. } => Some(t.patch),
        _ => Some(t.stage),
    };
    if let Some(color) = color {
        let mark = Rect::from_min_size(rect.min + vec2(8.0, 0.0), vec2(3.0, rect.height()));
        p.rect_filled(mark, CornerRadius::ZERO, color);
    }
    let cycles = view
        .current_measurement()
        .and_then(|m| m.result.steps.get(step.id.0 as usize))
        .and_then(|s| s.cycles.iter().copied().min())
        .unwrap_or(step.cycles_estimated);
    let is_peak = step.id.0 as usize == plan.totals.peak_step;
    figures(p, rect, t, step, &format::kilo(cycles), is_peak);
    response.on_hover_text(format!(
        "{}\n{} live · {} MACs",
        step.symbol,
        format::kib(step.live.total()),
        format::count(step.macs)
    ));
}

fn figures(p: &Painter, rect: Rect, t: &Tokens, step: &Step, cycles: &str, is_peak: bool) {
    let columns = Columns::of(rect);
    let y = rect.center().y;
    let mono = FontId::monospace(size::LABEL);
    p.text(
        pos2(columns.number, y),
        Align2::RIGHT_CENTER,
        format!("{:02}", step.id.0),
        mono.clone(),
        t.text_faint,
    );
    let figure = format::kib_figure(step.live.total());
    let (figure, color) = if is_peak {
        (format!("▲{figure}"), t.text)
    } else {
        (figure, t.text_soft)
    };
    let kib = p.text(
        pos2(columns.kib, y),
        Align2::RIGHT_CENTER,
        figure,
        mono.clone(),
        color,
    );
    if let Some(x) = columns.cycles {
        p.text(pos2(x, y), Align2::RIGHT_CENTER, cycles, mono, t.text_soft);
    }
    let names = Rect::from_min_max(
        pos2(columns.name, rect.top()),
        pos2(kib.left() - 6.0, rect.bottom()),
    );
    p.with_clip_rect(names.intersect(p.clip_rect())).text(
        pos2(columns.name, y),
        Align2::LEFT_CENTER,
        &step.name,
        ui_font(size::BODY),
        t.text,
    );
}
