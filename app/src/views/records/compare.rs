//! Two records side by side: what differs in how they came about, the sums, then step by step.

use super::super::View;
use super::day_and_time;
use crate::command::Command;
use crate::format;
use crate::theme::{Tokens, size, tokens, ui_font};
use crate::views::topbar::elide;
use crate::window::Compared;
use egui::{Align2, Color32, FontId, Rect, RichText, ScrollArea, Sense, Ui, pos2, vec2};
use tinyscope_board::record::{Comparison, ProvenanceLine, Record, StepComparison, StepSide};
use tinyscope_core::plan::StepId;

/// Right edges of the three figures, and where names end.
struct Columns {
    names: f32,
    figures: [f32; 3],
}

impl Columns {
    fn of(row: Rect) -> Self {
        let right = row.right() - 4.0;
        Self {
            names: right - 240.0,
            figures: [right - 148.0, right - 60.0, right],
        }
    }
}

/// Show it; the steps of the second record light up where the plan on screen has them.
pub fn show(ui: &mut Ui, view: &mut View<'_>, compared: &Compared) {
    let t = tokens(ui);
    let comparison = &compared.comparison;
    let [first, second] = &compared.records;
    let records = [&first.record, &second.record];
    if comparison.mixed {
        let text =
            "One is simulated, the other measured: their cycles say nothing about each other";
        ui.label(RichText::new(text).color(t.over));
    } else if !comparison.comparable {
        let text = "Measured under different conditions: cycles cannot be compared";
        ui.label(RichText::new(text).color(t.warn));
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let conditions = conditions(comparison, records);
    let provenance = conditions.len();
    let rows = 1 + provenance + 4 + comparison.steps.len();
    ScrollArea::vertical()
        .auto_shrink(false)
        .show_rows(ui, 20.0, rows, |ui, range| {
            for index in range {
                match index.checked_sub(1) {
                    None => {
                        let [a, b] = records.map(day_and_time);
                        line(ui, t, ["", &a, &b, "change"], [t.text_faint; 3]);
                    }
                    Some(at) if at < provenance => condition(ui, t, &conditions[at]),
                    Some(at) => sums_or_step(ui, view, comparison, at - provenance),
                }
            }
        });
}

fn sums_or_step(ui: &mut Ui, view: &mut View<'_>, comparison: &Comparison, index: usize) {
    let t = tokens(ui);
    let bytes = |name: &str, [a, b]: [u64; 2], ui: &mut Ui| {
        let shown = [a, b].map(|n| format::kib(n as usize));
        let change = format::percent_change(a, b);
        let colors = [t.text_soft, t.text_soft, t.text_soft];
        line(ui, t, [name, &shown[0], &shown[1], &change], colors);
    };
    match index {
        0 => {
            let [a, b] = comparison.totals.map(|total| total.median);
            let cycles = [a, b].map(format::group);
            let change = (!comparison.mixed)
                .then(|| comparison.change_permille())
                .flatten();
            let colors = [t.text, t.text, tone(t, change)];
            let change = percent(change);
            let row = ["cycles, median", &cycles[0], &cycles[1], &change];
            line(ui, t, row, colors);
        }
        1 => bytes("arena", comparison.arena_bytes, ui),
        2 => bytes("stack", comparison.stack_bytes.map(u64::from), ui),
        3 => bytes("flash", comparison.flash_bytes, ui),
        _ => {
            if let Some(step) = comparison.steps.get(index - 4) {
                step_row(ui, view, comparison, step);
            }
        }
    }
}

fn step_row(ui: &mut Ui, view: &mut View<'_>, comparison: &Comparison, step: &StepComparison) {
    let t = tokens(ui);
    let figure = |side: &Option<StepSide>| {
        side.as_ref()
            .map_or_else(|| "–".to_owned(), |side| format::group(side.cycles.median))
    };
    let change = (!comparison.mixed)
        .then(|| step.change_permille())
        .flatten();
    let side = step.second.as_ref().or(step.first.as_ref());
    let number = side.map_or_else(String::new, |side| format!("{:02} ", side.id));
    let name = format!("{number}{}", format::visible(step.name()));
    let (a, b) = (figure(&step.first), figure(&step.second));
    let colors = [t.text_soft, t.text, tone(t, change)];
    let response = line(ui, t, [&name, &a, &b, &percent(change)], colors);
    if response.hovered()
        && let Some(side) = side
    {
        view.emit(Command::Hover(StepId(side.id)));
    }
}

/// What people want to know of how the records differ: the schedule in words, and no hashes of what follows from it.
fn conditions(comparison: &Comparison, records: [&Record; 2]) -> Vec<ProvenanceLine> {
    let [first, second] =
        records.map(|record| super::list::kept_schedule(record.plan.choices.as_ref()));
    let hashes = ["schedule", "plan", "program", "firmware"];
    let mut lines: Vec<ProvenanceLine> = (comparison.provenance.iter())
        .filter(|line| !hashes.contains(&line.what))
        .cloned()
        .collect();
    if first != second {
        lines.push(ProvenanceLine {
            what: "schedule",
            first,
            second,
            decisive: false,
        });
    }
    lines
}

/// One thing that differs in how the records came about.
fn condition(ui: &mut Ui, t: &Tokens, differs: &ProvenanceLine) {
    let color = if differs.decisive {
        t.warn
    } else {
        t.text_soft
    };
    let [a, b] = format::differing(differs.what, &differs.first, &differs.second);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let text = format!("{}: {a} → {b}", differs.what);
    let shown = elide(ui, &text, size::LABEL, rect.width());
    let p = ui.painter();
    p.text(
        rect.left_center(),
        Align2::LEFT_CENTER,
        shown,
        ui_font(size::LABEL),
        color,
    );
    response.on_hover_text(text);
}

/// A name, two figures and the change from the one to the other.
fn line(ui: &mut Ui, t: &Tokens, texts: [&str; 4], colors: [Color32; 3]) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let columns = Columns::of(rect);
    let name = elide(ui, texts[0], size::LABEL, columns.names - rect.left());
    let p = ui.painter();
    let y = rect.center().y;
    p.text(
        rect.left_center(),
        Align2::LEFT_CENTER,
        name,
        ui_font(size::LABEL),
        t.text_soft,
    );
    for ((text, x), color) in texts[1..].iter().zip(columns.figures).zip(colors) {
        let font = FontId::monospace(size::SMALL);
        p.text(pos2(x, y), Align2::RIGHT_CENTER, *text, font, color);
    }
    response
}

/// A change in thousandths as a percentage with its sign.
fn percent(permille: Option<i64>) -> String {
    match permille {
        None => "–".to_owned(),
        Some(0) => "±0 %".to_owned(),
        Some(n) => {
            let sign = if n < 0 { "−" } else { "+" };
            format!(
                "{sign}{}.{} %",
                n.unsigned_abs() / 10,
                n.unsigned_abs() % 10
            )
        }
    }
}

/// Better is green, worse is amber; the sign says it too.
fn tone(t: &Tokens, permille: Option<i64>) -> Color32 {
    match permille {
        Some(n) if n <= -5 => t.good,
        Some(n) if n >= 5 => t.warn,
        _ => t.text_soft,
    }
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn changes_have_a_sign_and_one_decimal() {
        assert_eq!(percent(Some(-123)), "−12.3 %");
        assert_eq!(percent(Some(7)), "+0.7 %");
        assert_eq!(percent(Some(0)), "±0 %");
        assert_eq!(percent(None), "–");
    }
}
