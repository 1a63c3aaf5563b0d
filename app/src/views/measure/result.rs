//! What came of a measurement: the verdict on exactness, the sums, and where the figures are from.

use super::{View, bars};
use crate::command::Action;
use crate::format;
use crate::theme::{Tokens, heading, size, tokens, ui_font};
use crate::window::Measured;
use egui::text::{LayoutJob, TextFormat};
use egui::{Align, Button, FontId, Label, Layout, RichText, Ui, vec2};
use tinyscope_board::measure::{Difference, Measurement};

/// Show it.
pub fn show(ui: &mut Ui, view: &mut View<'_>, measured: &Measured) {
    let t = tokens(ui);
    let m = &measured.result;
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let again = Button::new("Run again").min_size(vec2(0.0, 28.0));
            let enabled = crate::window::enabled(view, Action::Measure);
            if ui.add_enabled(enabled, again).clicked() {
                view.run(Action::Measure);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                verdict(ui, m, t);
            });
        });
    });
    if view.current_measurement().is_none() {
        ui.label(RichText::new("of an earlier plan").color(t.warn));
    }
    if let Some(difference) = &m.difference {
        ui.add(Label::new(RichText::new(difference_text(difference)).color(t.over)).wrap());
    }
    ui.label(figures(m, t));
    let origin = RichText::new(origin(m)).small().color(t.text_faint);
    ui.add(Label::new(origin).truncate());
    ui.add_space(4.0);
    bars::show(ui, view, measured);
}

/// Where the target departs from the host, in one sentence.
fn difference_text(difference: &Difference) -> String {
    let [row, column, channel] = difference.at;
    let span = |axis: usize| {
        let (from, to) = (difference.from[axis], difference.to[axis]);
        if from == to {
            from.to_string()
        } else {
            format!("{from}–{to}")
        }
    };
    format!(
        "first difference: step {:02}, row {row}, column {column}, channel {channel}: target {}, host {}. {} values differ, by {} at most, in rows {}, columns {}, channels {}",
        difference.step.0,
        difference.target,
        difference.host,
        difference.count,
        difference.largest,
        span(0),
        span(1),
        span(2),
    )
}

/// What the figures depend on, in one line.
fn origin(m: &Measurement) -> String {
    let mut parts = vec![m.provenance.clone()];
    if m.build_reused {
        parts.push("built before".to_owned());
    }
    if let Some(energy) = &m.energy {
        parts.push(format!("energy {}", energy.supply));
    }
    parts.extend([m.toolchain.clone(), m.flags.clone()]);
    parts.join(" · ")
}

/// The run's sums in one line that wraps between figures.
fn figures(m: &Measurement, t: &Tokens) -> LayoutJob {
    let total = m.total();
    let mut cells = vec![
        (m.kind(), format!("{} cycles", format::group(total.minimum))),
        ("time", format::milliseconds(total.minimum, m.clock_hz)),
    ];
    if total.runs > 1 && total.spread() == 0 {
        cells.push(("runs", format!("{}, all equal", total.runs)));
    } else if total.runs > 1 {
        cells.push(("median", format::group(total.median)));
        cells.push(("spread", format::group(total.spread())));
    }
    if let Some(n) = m.instructions {
        cells.push(("instructions", format::count(n)));
    }
    if let Some(energy) = &m.energy {
        let nanojoules = energy.nanojoules_estimated;
        cells.push(("energy (est.)", format::energy(nanojoules)));
    }
    let agreement = m.agreement();
    if agreement.labelled > 0 {
        let share = 100.0 * f64::from(agreement.correct_target) / f64::from(agreement.labelled);
        cells.push((
            "accuracy",
            format!("{share:.1} % of {}", agreement.labelled),
        ));
    }
    if agreement.inputs > 1 {
        cells.push((
            "same as host",
            format!("{} of {}", agreement.bit_exact, agreement.inputs),
        ));
    }
    if let Some(touched) = m.arena_touched_bytes {
        let of = format::kib(m.arena_bytes as usize);
        cells.push((
            "arena",
            format!("{} of {of}", format::kib(touched as usize)),
        ));
    }
    cells.push(("stack", format::kib(m.stack_bytes as usize)));
    cells.push(("flash", format::kib(m.flash_bytes as usize)));
    let mut job = LayoutJob::default();
    for (name, value) in cells {
        // Spaces that do not break keep a figure with its name.
        let glued = |text: &str| text.replace(' ', "\u{a0}");
        let space = if job.is_empty() { "" } else { "   " };
        let name = format!("{space}{}\u{a0}", glued(name));
        let soft = TextFormat::simple(ui_font(size::LABEL), t.text_soft);
        job.append(&name, 0.0, soft);
        let figure = TextFormat::simple(FontId::monospace(size::LABEL), t.text);
        job.append(&glued(&value), 0.0, figure);
    }
    job
}

fn verdict(ui: &mut Ui, m: &Measurement, t: &Tokens) {
    let exact = m.steps.iter().filter(|s| s.bit_exact).count();
    let (text, color) = if !m.compared {
        ("not compared with the host".to_owned(), t.warn)
    } else if m.bit_exact {
        (
            format!("✔ bit-exact, {exact} of {} steps", m.steps.len()),
            t.good,
        )
    } else {
        (
            format!("✖ differs, {exact} of {} steps equal", m.steps.len()),
            t.over,
        )
    };
    heading(ui, text, size::MARK, color);
}
