//! Estimated beside simulated or measured cycles, a pair of bars per step, and the verdict on exactness.

use super::{View, boards};
use crate::command::{Action, Command};
use crate::format;
use crate::theme::{Tokens, heading, mono, size, tokens, ui_font};
use crate::window::{Failure, FailureKind, Measured};
use egui::text::{LayoutJob, TextFormat};
use egui::{
    Align2, Button, CornerRadius, Frame, Margin, ProgressBar, Rect, RichText, ScrollArea, Sense,
    Stroke, StrokeKind, Ui, pos2, vec2,
};
use egui::{FontId, Label};
use tinyscope_board::Measurement;
use tinyscope_core::plan::StepId;

/// Show it.
pub fn show(ui: &mut Ui, view: &mut View<'_>) {
    let margin = Margin::symmetric(size::MARGIN as i8, 8);
    Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        if view.jobs.measuring.is_some() {
            progress(ui, view);
        } else if let Some(failure) = view.failure {
            failed(ui, view, failure);
        } else if let Some(measured) = view.measured {
            result(ui, view, measured);
        } else {
            invitation(ui, view);
        }
    });
}

fn invitation(ui: &mut Ui, view: &mut View<'_>) {
    let t = tokens(ui);
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.3).max(8.0));
        heading(ui, "Nothing has run yet", size::TITLE, t.text);
        let text = format!(
            "Builds the program, flashes it ({}) and compares every step with the host",
            boards::name(view)
        );
        ui.label(
            RichText::new(text)
                .font(ui_font(size::LABEL))
                .color(t.text_soft),
        );
        ui.add_space(8.0);
        let enabled = crate::window::enabled(view, Action::Measure);
        let button = Button::new("Run now").min_size(vec2(120.0, size::CONTROL));
        if ui.add_enabled(enabled, button).clicked() {
            view.run(Action::Measure);
        }
    });
}

fn failed(ui: &mut Ui, view: &mut View<'_>, failure: &Failure) {
    let t = tokens(ui);
    ui.add_space(8.0);
    let (color, again) = match failure.kind {
        FailureKind::Stopped => (t.text, "Run again"),
        _ => (t.over, "Try again"),
    };
    heading(ui, failure.title(), size::MARK, color);
    ui.add(
        egui::Label::new(RichText::new(&failure.text).color(t.text))
            .wrap()
            .selectable(true),
    );
    ui.add_space(8.0);
    ui.horizontal_wrapped(|ui| {
        if let FailureKind::OtherChip(present) = &failure.kind
            && ui.button(format!("Plan for {present}")).clicked()
        {
            view.emit(Command::SetChip(present.clone()));
        }
        if failure.kind == FailureKind::TooSmall {
            for action in [Action::Fit, Action::ChooseChip] {
                let enabled = crate::window::enabled(view, action);
                let button = Button::new(action.info().name);
                if ui.add_enabled(enabled, button).clicked() {
                    view.run(action);
                }
            }
        }
        if matches!(failure.kind, FailureKind::OtherChip(_) | FailureKind::Board)
            && ui.button(Action::ChooseBoard.info().name).clicked()
        {
            view.run(Action::ChooseBoard);
        }
        if ui.button(again).clicked() {
            view.run(Action::Measure);
        }
    });
}

fn progress(ui: &mut Ui, view: &mut View<'_>) {
    let t = tokens(ui);
    let Some(running) = &view.jobs.measuring else {
        return;
    };
    let stage = running.progress.as_ref();
    let name = stage.map_or_else(|| "starting".into(), |p| p.stage.to_string());
    ui.add_space(8.0);
    heading(ui, name, size::MARK, t.text);
    ui.add(
        ProgressBar::new(stage.map_or(0.0, |p| p.fraction))
            .desired_height(8.0)
            .fill(t.accent),
    );
    if let Some(message) = stage.map(|p| p.message.as_str()).filter(|m| !m.is_empty()) {
        ui.label(mono(message, t.text_soft));
    }
    ui.add_space(8.0);
    if ui.button(Action::Cancel.info().name).clicked() {
        view.run(Action::Cancel);
    }
}

fn result(ui: &mut Ui, view: &mut View<'_>, measured: &Measured) {
    let t = tokens(ui);
    let m = &measured.result;
    ui.horizontal(|ui| {
        verdict(ui, measured, t);
        if view.current_measurement().is_none() {
            ui.label(RichText::new("of an earlier plan").color(t.warn));
        }
    });
    if let Some(difference) = &m.difference {
        let [row, column, channel] = difference.at;
        let text = format!(
            "first difference: step {:02}, row {row}, column {column}, channel {channel}: target {}, host {} ({} values differ)",
            difference.step.0, difference.target, difference.host, difference.count
        );
        ui.label(RichText::new(text).color(t.over));
    }
    let kind = if m.simulated { "simulated" } else { "measured" };
    ui.label(figures(m, kind, t));
    let origin = format!("{} · {} · {}", m.provenance, m.toolchain, m.flags);
    let origin = RichText::new(origin).small().color(t.text_faint);
    ui.add(Label::new(origin).truncate());
    ui.add_space(4.0);
    bars(ui, view, measured, kind);
}

/// The run's sums in one line that wraps between figures.
fn figures(m: &Measurement, kind: &str, t: &Tokens) -> LayoutJob {
    let mut cells = vec![
        (kind, format!("{} cycles", format::group(m.total_cycles))),
        ("time", format::milliseconds(m.total_cycles, m.clock_hz)),
    ];
    if let Some(n) = m.instructions {
        cells.push(("instructions", format::count(n)));
    }
    cells.push(("stack", format::kib(m.stack_bytes as usize)));
    cells.push(("flash", format::kib(m.flash_bytes as usize)));
    let mut job = LayoutJob::default();
    for (name, value) in cells {
        // Spaces that do not break keep a figure with its name.
        let glued = |text: &str| text.replace(' ', "\u{a0}");
        let space = if job.is_empty() { "" } else { "   " };
        let name = format!("{space}{}\u{a0}", glued(name));
        job.append(
            &name,
            0.0,
            TextFormat::simple(ui_font(size::LABEL), t.text_soft),
        );
        job.append(
            &glued(&value),
            0.0,
            TextFormat::simple(FontId::monospace(size::LABEL), t.text),
        );
    }
    job
}

fn verdict(ui: &mut Ui, measured: &Measured, t: &Tokens) {
    let m = &measured.result;
    let exact = m.steps.iter().filter(|s| s.bit_exact).count();
    let (text, color) = if m.bit_exact {
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

/// Two bars per step: above estimated, below what ran.
fn bars(ui: &mut Ui, view: &mut View<'_>, measured: &Measured, kind: &str) {
    const ROW: f32 = 20.0;
    let t = tokens(ui);
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
    let columns = Columns::of(head);
    let small = ui_font(size::SMALL);
    let p = ui.painter();
    let estimated = p.text(
        pos2(columns.estimated, head.center().y),
        Align2::RIGHT_CENTER,
        "□ estimated",
        small.clone(),
        t.text_faint,
    );
    if columns.bars + 56.0 < estimated.left() {
        p.text(
            pos2(columns.bars, head.center().y),
            Align2::LEFT_CENTER,
            "kcycles",
            small.clone(),
            t.text_faint,
        );
    }
    p.text(
        pos2(columns.run, head.center().y),
        Align2::RIGHT_CENTER,
        format!("■ {kind}"),
        small,
        t.text_faint,
    );
    let steps = &measured.plan.steps;
    let run = |i: usize| {
        measured
            .result
            .steps
            .get(i)
            .and_then(|s| s.cycles.iter().copied().min())
    };
    let most = (0..steps.len())
        .map(|i| run(i).unwrap_or(0).max(steps[i].cycles_estimated))
        .max()
        .unwrap_or(1)
        .max(1);
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical()
        .auto_shrink(false)
        .show_rows(ui, ROW, steps.len(), |ui, rows| {
            for i in rows {
                let (rect, response) =
                    ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
                let id = StepId(i as u32);
                if response.hovered() {
                    view.emit(Command::Hover(id));
                }
                if response.clicked() {
                    view.emit(Command::Select(id));
                }
                let p = ui.painter();
                if view.is_lit(id) {
                    p.rect_filled(rect, 2, t.accent.gamma_multiply(0.18));
                }
                let columns = Columns::of(rect);
                let exact = measured.result.steps.get(i).is_none_or(|s| s.bit_exact);
                let y = rect.center().y;
                let mono = egui::FontId::monospace(size::SMALL);
                p.with_clip_rect(
                    Rect::from_min_max(rect.min, pos2(columns.bars - 8.0, rect.bottom()))
                        .intersect(p.clip_rect()),
                )
                .text(
                    pos2(rect.left(), y),
                    Align2::LEFT_CENTER,
                    format!("{i:02} {}", steps[i].name),
                    ui_font(size::LABEL),
                    if exact { t.text_soft } else { t.over },
                );
                let width = |cycles: u64| {
                    (columns.estimated - 72.0 - columns.bars).max(8.0) * cycles as f32 / most as f32
                };
                let bar = |cycles: u64, top: f32, height: f32| {
                    Rect::from_min_size(
                        pos2(columns.bars, rect.top() + top),
                        vec2(width(cycles).max(1.0), height),
                    )
                };
                if let Some(cycles) = run(i) {
                    p.rect_filled(
                        bar(cycles, 5.0, 10.0),
                        CornerRadius::same(1),
                        if exact { t.stage } else { t.over },
                    );
                    p.text(
                        pos2(columns.run, y),
                        Align2::RIGHT_CENTER,
                        format::kilo(cycles),
                        mono.clone(),
                        t.text,
                    );
                }
                let estimated = steps[i].cycles_estimated;
                p.rect_stroke(
                    bar(estimated, 3.0, 14.0),
                    CornerRadius::same(1),
                    Stroke::new(1.0, t.text_soft),
                    StrokeKind::Inside,
                );
                p.text(
                    pos2(columns.estimated, y),
                    Align2::RIGHT_CENTER,
                    format::kilo(estimated),
                    mono,
                    t.text_soft,
                );
            }
        });
}

struct Columns {
    bars: f32,
    estimated: f32,
    run: f32,
}

impl Columns {
    fn of(row: Rect) -> Self {
        let run = row.right() - 12.0;
        Self {
            bars: row.left() + (row.width() * 0.26).clamp(72.0, 140.0),
            estimated: run - 76.0,
            run,
        }
    }
}
