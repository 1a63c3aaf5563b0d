//! The list: one row a record. Simulated and measured cycles have a column each.

use super::super::View;
use super::{day_and_time, when};
use crate::command::Command;
use crate::format;
use crate::stages::schedule_name;
use crate::theme::{Tokens, size, tokens, ui_font};
use crate::views::topbar::elide;
use egui::{
    Align2, FontId, Painter, Rect, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2,
    vec2,
};
use tinyscope_board::record::Entry;
use tinyscope_core::plan::Choices;

/// Where the columns are.
struct Columns {
    mark: f32,
    date: f32,
    what: f32,
    arena: f32,
    simulated: f32,
    measured: f32,
}

impl Columns {
    fn of(row: Rect) -> Self {
        let right = row.right() - 4.0;
        Self {
            mark: row.left() + 8.0,
            date: row.left() + 24.0,
            what: row.left() + 112.0,
            arena: right - 156.0,
            simulated: right - 78.0,
            measured: right,
        }
    }
}

/// Show it, newest first.
pub fn show(ui: &mut Ui, view: &mut View<'_>, entries: &[Entry]) {
    let t = tokens(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let columns = Columns::of(head);
    for (x, align, text) in [
        (columns.date, Align2::LEFT_CENTER, "UTC"),
        (columns.what, Align2::LEFT_CENTER, "chip, compiler"),
        (columns.arena, Align2::RIGHT_CENTER, "arena KiB"),
        (columns.simulated, Align2::RIGHT_CENTER, "sim. kcyc"),
        (columns.measured, Align2::RIGHT_CENTER, "meas. kcyc"),
    ] {
        let at = pos2(x, head.center().y);
        ui.painter()
            .text(at, align, text, ui_font(size::SMALL), t.text_faint);
    }
    let rows = entries.len();
    ScrollArea::vertical()
        .auto_shrink(false)
        .show_rows(ui, size::ROW, rows, |ui, range| {
            for entry in entries.iter().rev().skip(range.start).take(range.len()) {
                row(ui, view, t, entry);
            }
        });
}

fn row(ui: &mut Ui, view: &mut View<'_>, t: &Tokens, entry: &Entry) {
    let room = vec2(ui.available_width(), size::ROW);
    let (rect, response) = ui.allocate_exact_size(room, Sense::click());
    let marked = view.state.marked.contains(&entry.id);
    let record = &entry.record;
    let m = &record.measurement;
    let date = when(record);
    let name = format!(
        "Record of {date}: {} {} cycles on {}",
        m.kind(),
        m.total().minimum,
        m.chip
    );
    response.widget_info(|| WidgetInfo::selected(egui::Role::CheckBox, true, marked, &name));
    if response.clicked() {
        view.emit(Command::Mark(Some(entry.id.clone())));
    }
    let p = ui.painter();
    if marked || response.hovered() {
        let strength = if marked { 0.18 } else { 0.08 };
        p.rect_filled(rect, 2, t.accent.gamma_multiply(strength));
    }
    let columns = Columns::of(rect);
    tick(p, pos2(columns.mark, rect.center().y), marked, t);
    let figure = FontId::monospace(size::LABEL);
    let y = rect.center().y;
    let at = |x: f32| pos2(x, y);
    p.text(
        at(columns.date),
        Align2::LEFT_CENTER,
        day_and_time(record),
        figure.clone(),
        t.text_soft,
    );
    let what = format!("{}, {}", format::visible(&m.chip), compiler(&m.toolchain));
    let space = columns.arena - 64.0 - columns.what;
    let what = elide(ui, &what, size::LABEL, space);
    let p = ui.painter();
    p.text(
        at(columns.what),
        Align2::LEFT_CENTER,
        what,
        ui_font(size::LABEL),
        t.text,
    );
    let arena = format::kib_figure(record.plan.peak_sram_bytes as usize);
    p.text(
        at(columns.arena),
        Align2::RIGHT_CENTER,
        arena,
        figure.clone(),
        t.text_soft,
    );
    let (x, color) = if m.simulated {
        (columns.simulated, t.text_soft)
    } else {
        (columns.measured, t.text)
    };
    let exact = m.bit_exact || !m.compared;
    let cycles = format::kilo(m.total().minimum);
    let (cycles, color) = if exact {
        (cycles, color)
    } else {
        (format!("✖ {cycles}"), t.over)
    };
    p.text(at(x), Align2::RIGHT_CENTER, cycles, figure, color);
    response.on_hover_ui(|ui| {
        ui.label(format!(
            "{} UTC\n{}\n{}\n{}\n{} by {}",
            when(record),
            format::visible(&m.provenance),
            format::visible(&m.flags),
            kept_schedule(record.plan.choices.as_ref()),
            if m.bit_exact {
                "bit-exact"
            } else {
                "not known to be exact"
            },
            format::visible(&record.program),
        ));
    });
}

/// A box that is ticked or not.
fn tick(p: &Painter, at: egui::Pos2, ticked: bool, t: &Tokens) {
    let square = Rect::from_center_size(at, vec2(12.0, 12.0));
    let fill = if ticked {
        t.accent
    } else {
        egui::Color32::TRANSPARENT
    };
    let edge = Stroke::new(1.0, if ticked { t.accent } else { t.text_faint });
    p.rect(square, 2, fill, edge, StrokeKind::Inside);
    if ticked {
        p.text(
            at,
            Align2::CENTER_CENTER,
            "✔",
            ui_font(size::SMALL),
            t.on_accent,
        );
    }
}

/// The schedule in words, as far as this version knows it.
pub fn kept_schedule(choices: Option<&Choices>) -> String {
    choices.map_or_else(
        || "a schedule of a newer version".to_owned(),
        |choices| schedule_name(&choices.schedule),
    )
}

/// A compiler's name and version out of the first line that it prints of itself.
fn compiler(toolchain: &str) -> String {
    let name = toolchain.split_whitespace().next().unwrap_or("?");
    let version = (toolchain.split_whitespace())
        .rfind(|word| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.'));
    let text = match version {
        Some(version) => format!("{name} {version}"),
        None => name.to_owned(),
    };
    format::visible(&text)
}

#[cfg(test)]
mod tests {
    use super::compiler;

    #[test]
    fn compilers_are_named_in_short() {
        let gcc = "arm-none-eabi-gcc (15:12.2.rel1-1) 12.2.1 20221205";
        assert_eq!(compiler(gcc), "arm-none-eabi-gcc 12.2.1");
        assert_eq!(compiler("zig 0.13.0"), "zig 0.13.0");
        assert_eq!(compiler(""), "?");
    }
}
