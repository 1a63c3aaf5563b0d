//! The status bar: planning time, board, compiler, and whether the last run was exact.

use super::{View, diagnostics};
use crate::command::Action;
use crate::theme::{Tokens, size, tokens, ui_font};
use crate::window::FailureKind;
use egui::{Align, Button, Color32, Label, Layout, ProgressBar, RichText, Sense, Stroke, Ui, vec2};
use tinyscope_core::Severity;

/// Show it.
pub fn show(ui: &mut Ui, view: &mut View<'_>) {
    let t = tokens(ui);
    ui.painter().hline(
        ui.clip_rect().x_range(),
        ui.max_rect().top() + 0.5,
        Stroke::new(1.0, t.hairline),
    );
    ui.spacing_mut().item_spacing.x = size::GRID;
    ui.horizontal_centered(|ui| {
        // What happened keeps its room; what is always there gets the rest.
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            right(ui, view, t);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| left(ui, view, t));
        });
    });
}

/// Narrower than this, only findings and what is missing are told on the left.
const ROOMY: f32 = 700.0;

fn left(ui: &mut Ui, view: &mut View<'_>, t: &Tokens) {
    if let Some(plan) = &view.derived.plan
        && ui.available_width() >= ROOMY
    {
        let ms = view.derived.plan_time.as_secs_f64() * 1e3;
        line(ui, &format!("re-planned in {ms:.2} ms"), t.text_soft);
        ui.add_space(size::GRID);
        line(
            ui,
            crate::stages::input_name(plan.choices.input),
            t.text_soft,
        )
        .on_hover_text(Action::ToggleInput.info().tooltip);
        ui.add_space(size::GRID);
    }
    findings(ui, view, t);
    tools(ui, view, t);
}

fn line(ui: &mut Ui, text: &str, color: Color32) -> egui::Response {
    let text = RichText::new(text).font(ui_font(size::LABEL)).color(color);
    ui.add(Label::new(text).truncate())
}

/// How much was found about the model; a click shows it.
fn findings(ui: &mut Ui, view: &mut View<'_>, t: &Tokens) {
    let all = &view.derived.diagnostics;
    let counts: Vec<(Severity, usize)> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .map(|severity| (severity, diagnostics::count(all, severity)))
        .filter(|(_, n)| *n > 0)
        .collect();
    let Some((worst, _)) = counts.first() else {
        return;
    };
    let words: Vec<String> = (counts.iter())
        .map(|(severity, n)| diagnostics::counted(*n, *severity))
        .collect();
    let words = words.join(", ");
    let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
    diagnostics::mark(ui.painter(), rect.center(), *worst, t);
    let color = match worst {
        Severity::Note => t.text_soft,
        _ => diagnostics::color(*worst, t),
    };
    let text = RichText::new(words).font(ui_font(size::LABEL)).color(color);
    let response = ui.add(Button::new(text).frame(false));
    if response.on_hover_text("Show diagnostics").clicked() {
        view.run(Action::ShowDiagnostics);
    }
    ui.add_space(size::GRID);
}

/// A state as a mark and words, so that it is not told by colour alone.
fn dot(ui: &mut Ui, color: Color32, filled: bool) {
    let (rect, _) = ui.allocate_exact_size(vec2(8.0, 8.0), Sense::hover());
    if filled {
        ui.painter().circle_filled(rect.center(), 3.5, color);
    } else {
        ui.painter()
            .circle_stroke(rect.center(), 3.0, Stroke::new(1.5, color));
    }
}

fn tools(ui: &mut Ui, view: &View<'_>, t: &Tokens) {
    let Some(tools) = &view.surroundings.tools else {
        return;
    };
    if let Some(board) = tools
        .iter()
        .find(|tool| tool.name == "virtual board" && tool.found.is_some())
    {
        dot(ui, t.good, true);
        line(ui, "virtual board ready", t.text_soft)
            .on_hover_text(board.found.as_deref().unwrap_or_default());
        ui.add_space(size::GRID);
    }
    let core = view.document.target.core;
    let fitting = || (tools.iter()).filter(|tool| tinyscope_board::compiles_for(tool, core));
    let compiler = fitting().find(|tool| tool.found.is_some());
    if let Some(found) = compiler.and_then(|c| c.found.as_ref().map(|f| (&c.name, f))) {
        dot(ui, t.good, true);
        let (name, version) = found;
        line(ui, name, t.text_soft).on_hover_text(version);
    } else {
        let text = match fitting().find_map(|tool| tool.install.as_deref()) {
            Some(install) => format!("no compiler; install one with `{install}`"),
            None => "no compiler makes programs for this chip".to_owned(),
        };
        dot(ui, t.over, false);
        line(ui, &text, t.over);
    }
}

fn right(ui: &mut Ui, view: &View<'_>, t: &Tokens) {
    if let Some(running) = &view.jobs.measuring {
        let (text, fraction) = match &running.progress {
            Some(p) => (p.stage.to_string(), p.fraction),
            None => ("starting".into(), 0.0),
        };
        ui.add(
            ProgressBar::new(fraction)
                .desired_width(160.0)
                .desired_height(6.0)
                .fill(t.accent),
        );
        line(ui, &text, t.text);
    } else if view.jobs.importing > 0 {
        line(ui, "opening…", t.text);
    } else if let Some(failure) = view.failure {
        let color = if failure.kind == FailureKind::Stopped {
            t.text_soft
        } else {
            t.over
        };
        // The pane has all of it; here it would push the rest aside.
        line(ui, &failure.title(), color).on_hover_text(&failure.text);
        dot(ui, color, false);
    } else if let Some(measured) = view.measured {
        let steps = &measured.result.steps;
        let exact = steps.iter().filter(|s| s.bit_exact).count();
        let (text, color) = if measured.result.bit_exact {
            (
                format!("bit-exact: {exact} of {} steps", steps.len()),
                t.good,
            )
        } else {
            (
                format!(
                    "differs from the host: {exact} of {} steps equal",
                    steps.len()
                ),
                t.over,
            )
        };
        line(ui, &text, color);
        dot(ui, color, measured.result.bit_exact);
    }
}
