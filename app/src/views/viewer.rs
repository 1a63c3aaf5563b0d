//! A model without a plan: its operators with shapes and memory as far as they are known, and what stands in the way.

use super::{View, diagnostics, quantise};
use crate::command::Command;
use crate::derived::Stage;
use crate::format;
use crate::outline::Row;
use crate::theme::{Tokens, heading, size, tokens, ui_font};
use egui::{
    Align, Align2, FontId, Frame, Layout, Margin, Painter, Panel, Rect, RichText, ScrollArea,
    Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};
use tinyscope_core::Severity;

/// Show it in place of the panes.
pub fn show(ui: &mut Ui, view: &mut View<'_>) {
    let t = tokens(ui);
    let width = (ui.available_width() * 0.4).clamp(320.0, 560.0);
    let side = Frame::new().fill(t.panel);
    Panel::right("viewer side")
        .exact_size(width)
        .resizable(false)
        .frame(side)
        .show(ui, |ui| {
            if view.derived.stage == Stage::Float {
                title_bar(ui, "Quantise", |_| {});
                let margin = Margin {
                    left: size::MARGIN as i8,
                    right: size::MARGIN as i8,
                    top: 0,
                    bottom: 12,
                };
                Frame::new()
                    .inner_margin(margin)
                    .show(ui, |ui| quantise::form(ui, view));
                let line = Stroke::new(1.0, t.hairline);
                let (x, y) = (ui.max_rect().x_range(), ui.cursor().top());
                ui.painter().hline(x, y, line);
            }
            title_bar(ui, "Diagnostics", |ui| diagnostics::filters(ui, view));
            diagnostics::pane(ui, view);
        });
    Frame::new().fill(t.ground).show(ui, |ui| {
        reason(ui, view);
        table(ui, view);
    });
}

/// A pane's title with something at its right end.
fn title_bar(ui: &mut Ui, title: &str, right: impl FnOnce(&mut Ui)) {
    let t = tokens(ui);
    Frame::new()
        .inner_margin(Margin::symmetric(size::MARGIN as i8, 0))
        .show(ui, |ui| {
            let room = vec2(ui.available_width(), size::TAB_BAR);
            ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
                ui.set_min_height(size::TAB_BAR);
                heading(ui, title, size::TITLE, t.text);
                ui.with_layout(Layout::right_to_left(Align::Center), right);
            });
        });
}

/// In one line: what this is, and why it does not run.
fn reason(ui: &mut Ui, view: &View<'_>) {
    let t = tokens(ui);
    let all = &view.derived.diagnostics;
    let (title, text) = match view.derived.stage {
        Stage::Float => (
            "float32 model",
            "its memory is shown in float; quantise it to int8 to plan, run and measure it"
                .to_owned(),
        ),
        Stage::Unplannable => (
            "This model cannot be planned",
            "its operators can be looked at; planning, running and flashing are off".to_owned(),
        ),
        _ => {
            let unsupported = (view.derived.outline.iter())
                .filter(|row| row.worst == Some(Severity::Error))
                .count();
            let total = view.derived.outline.len();
            let why = match unsupported {
                0 => {
                    diagnostics::counted(diagnostics::count(all, Severity::Error), Severity::Error)
                }
                1 => format!("1 of {total} operators cannot be run"),
                n => format!("{n} of {total} operators cannot be run"),
            };
            (
                "View only",
                format!("{why}: planning, running and flashing are off"),
            )
        }
    };
    Frame::new()
        .fill(t.panel)
        .inner_margin(Margin::symmetric(size::MARGIN as i8, 0))
        .show(ui, |ui| {
            let room = vec2(ui.available_width(), size::TAB_BAR);
            ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
                ui.set_min_size(room);
                heading(ui, title, size::TITLE, t.text);
                let text = RichText::new(text)
                    .font(ui_font(size::LABEL))
                    .color(t.text_soft);
                ui.add(egui::Label::new(text).truncate());
            });
        });
}

/// Edges of the columns, from the row's rectangle.
struct Columns {
    mark: f32,
    number: f32,
    name: f32,
    input: f32,
    output: f32,
    bytes: f32,
}

impl Columns {
    fn of(row: Rect) -> Self {
        let (left, width) = (row.left(), row.width());
        Self {
            mark: left + size::MARGIN + 7.0,
            number: left + 60.0,
            name: left + 72.0,
            input: left + (width * 0.42).max(250.0),
            output: left + (width * 0.64).max(380.0),
            bytes: row.right() - size::MARGIN,
        }
    }
}

fn table(ui: &mut Ui, view: &mut View<'_>) {
    let t = tokens(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::hover());
    let columns = Columns::of(rect);
    let header = |x: f32, align, text: &str| {
        let at = pos2(x, rect.center().y);
        ui.painter()
            .text(at, align, text, ui_font(size::SMALL), t.text_faint);
    };
    header(columns.number, Align2::RIGHT_CENTER, "#");
    header(columns.name, Align2::LEFT_CENTER, "operator");
    header(columns.input, Align2::LEFT_CENTER, "input");
    header(columns.output, Align2::LEFT_CENTER, "output");
    header(columns.bytes, Align2::RIGHT_CENTER, "live KiB");
    let line = Stroke::new(1.0, t.hairline);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, line);
    let derived = view.derived;
    let rows = &derived.outline;
    let mut area = ScrollArea::vertical().auto_shrink(false);
    // A finding that was clicked brings its operator into sight.
    let memory = egui::Id::unique("viewer operator");
    let before: Option<u32> = ui.data(|d| d.get_temp(memory));
    if before != view.state.operator
        && let Some(wanted) = view.state.operator
    {
        ui.data_mut(|d| d.insert_temp(memory, wanted));
        if let Some(at) = rows.iter().position(|row| row.index == wanted) {
            let middle = at as f32 * size::ROW - ui.available_height() / 2.0;
            area = area.vertical_scroll_offset(middle.max(0.0));
        }
    }
    area.show_rows(ui, size::ROW, rows.len(), |ui, range| {
        for row in &rows[range] {
            operator(ui, view, row);
        }
    });
}

fn operator(ui: &mut Ui, view: &mut View<'_>, row: &Row) {
    let t = tokens(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::click());
    let chosen = view.state.operator == Some(row.index);
    let name = format!("Operator {} {}", row.index, row.name);
    response.widget_info(|| WidgetInfo::selected(egui::Role::Row, true, chosen, &name));
    if response.clicked() {
        view.emit(Command::SelectOperator(row.index));
    }
    let p = ui.painter();
    if chosen || response.hovered() {
        let strength = if chosen { 0.22 } else { 0.1 };
        p.rect_filled(rect, 0, t.accent.gamma_multiply(strength));
    }
    if chosen {
        let edge = Rect::from_min_size(rect.min, vec2(3.0, rect.height()));
        p.rect_filled(edge, 0, t.accent);
    }
    figures(p, rect, t, row);
}

fn figures(p: &Painter, rect: Rect, t: &Tokens, row: &Row) {
    let columns = Columns::of(rect);
    let y = rect.center().y;
    let mono = FontId::monospace(size::LABEL);
    if let Some(severity) = row.worst {
        diagnostics::mark(p, pos2(columns.mark, y), severity, t);
    }
    let unsupported = row.worst == Some(Severity::Error);
    let number = row.index.to_string();
    p.text(
        pos2(columns.number, y),
        Align2::RIGHT_CENTER,
        number,
        mono.clone(),
        t.text_faint,
    );
    let cell = |from: f32, to: f32, text: &str, font: FontId, color| {
        let room = Rect::from_min_max(pos2(from, rect.top()), pos2(to - size::GRID, rect.bottom()));
        p.with_clip_rect(room.intersect(p.clip_rect())).text(
            pos2(from, y),
            Align2::LEFT_CENTER,
            text,
            font,
            color,
        );
    };
    let ink = if unsupported { t.over } else { t.text };
    cell(
        columns.name,
        columns.input,
        &row.name,
        ui_font(size::BODY),
        ink,
    );
    cell(
        columns.input,
        columns.output,
        &row.input,
        mono.clone(),
        t.text_soft,
    );
    cell(
        columns.output,
        columns.bytes - 56.0,
        &row.output,
        mono.clone(),
        t.text_soft,
    );
    let bytes = (row.live_bytes).map_or_else(|| "–".into(), |n| format::kib_figure(n as usize));
    p.text(
        pos2(columns.bytes, y),
        Align2::RIGHT_CENTER,
        bytes,
        mono,
        t.text_soft,
    );
}
