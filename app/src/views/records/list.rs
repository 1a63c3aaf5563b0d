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

/// Which kinds of cycles the records have.
#[derive(Clone, Copy)]
struct Kinds {
    simulated: bool,
    measured: bool,
}

/// Width from which on a row has room for its compiler and its arena as well.
const WIDE: f32 = 400.0;

/// Where the columns are. Those of figures that no record has are left out, since the pane is narrow in a small window.
struct Columns {
    mark: f32,
    date: f32,
    what: f32,
    /// Where the text of `what` ends.
    what_ends: f32,
    arena: Option<f32>,
    simulated: Option<f32>,
    measured: Option<f32>,
}

impl Columns {
    fn of(row: Rect, kinds: Kinds) -> Self {
        // From the right: each column that is shown takes its room.
        let mut right = row.right() - 4.0;
        let mut column = |shown: bool, room: f32| {
            let at = right;
            right -= if shown { room } else { 0.0 };
            shown.then_some(at)
        };
        let measured = column(kinds.measured, 78.0);
        let simulated = column(kinds.simulated, 78.0);
        let arena = column(row.width() >= WIDE, 64.0);
        Self {
            mark: row.left() + 8.0,
            date: row.left() + 24.0,
            what: row.left() + 112.0,
            what_ends: right,
            arena,
            simulated,
            measured,
        }
    }
}

/// Show it, newest first.
pub fn show(ui: &mut Ui, view: &mut View<'_>, entries: &[Entry]) {
    let t = tokens(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let any = |simulated| {
        let mut kinds = entries.iter().map(|e| e.record.measurement.simulated);
        kinds.any(|kind| kind == simulated)
    };
    let kinds = Kinds {
        simulated: any(true),
        measured: any(false),
    };
    let columns = Columns::of(head, kinds);
    let what = match columns.arena {
        Some(_) => "chip, compiler",
        None => "chip",
    };
    for (x, align, text) in [
        (Some(columns.date), Align2::LEFT_CENTER, "UTC"),
        (Some(columns.what), Align2::LEFT_CENTER, what),
        (columns.arena, Align2::RIGHT_CENTER, "arena KiB"),
        (columns.simulated, Align2::RIGHT_CENTER, "sim. kcyc"),
        (columns.measured, Align2::RIGHT_CENTER, "meas. kcyc"),
    ] {
        let Some(x) = x else { continue };
        let at = pos2(x, head.center().y);
        ui.painter()
            .text(at, align, text, ui_font(size::SMALL), t.text_faint);
    }
    let rows = entries.len();
    ScrollArea::vertical()
        .auto_shrink(false)
        .show_rows(ui, size::ROW, rows, |ui, range| {
            for entry in entries.iter().rev().skip(range.start).take(range.len()) {
                row(ui, view, t, entry, kinds);
            }
        });
}

fn row(ui: &mut Ui, view: &mut View<'_>, t: &Tokens, entry: &Entry, kinds: Kinds) {
    let room = vec2(ui.available_width(), size::ROW);
    let (rect, response) = ui.allocate_exact_size(room, Sense::click());
    let marked = view.state.marked.contains(&entry.id);
    let record = &entry.record;
    let m = &record.measurement;
    let date = when(record);
    let name = format!(
        "Record of {date}: {} {} cycles on {}",
        m.kind(),
        m.total().median,
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
    let columns = Columns::of(rect, kinds);
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
    let chip = format::visible(&m.chip);
    let what = match columns.arena {
        Some(_) => format!("{chip}, {}", format::compiler(&m.toolchain)),
        None => chip,
    };
    let what = elide(ui, &what, size::LABEL, columns.what_ends - columns.what);
    let p = ui.painter();
    p.text(
        at(columns.what),
        Align2::LEFT_CENTER,
        what,
        ui_font(size::LABEL),
        t.text,
    );
    if let Some(x) = columns.arena {
        let arena = format::kib_figure(record.plan.peak_sram_bytes as usize);
        let font = figure.clone();
        p.text(at(x), Align2::RIGHT_CENTER, arena, font, t.text_soft);
    }
    let (x, color) = if m.simulated {
        (columns.simulated, t.text_soft)
    } else {
        (columns.measured, t.text)
    };
    let exact = m.bit_exact || !m.compared;
    let cycles = format::kilo(m.total().median);
    let (cycles, color) = if exact {
        (cycles, color)
    } else {
        (format!("✖ {cycles}"), t.over)
    };
    if let Some(x) = x {
        p.text(at(x), Align2::RIGHT_CENTER, cycles, figure, color);
    }
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
