//! What kept a model from opening or from being planned: every finding, each with its place and remedy.

use super::View;
use crate::command::Action;
use crate::theme::{heading, mono, size, tokens};
use egui::{Button, Frame, Margin, Rect, RichText, ScrollArea, Ui, UiBuilder, pos2};
use tinyscope_core::{Diagnostic, Severity};

const WIDTH: f32 = 760.0;

/// Show it in place of the panes.
pub fn show(ui: &mut Ui, view: &mut View<'_>) {
    let (title, diagnostics) = match &view.state.problems {
        Some(problems) => (
            format!("{} cannot be opened", problems.name),
            problems.diagnostics.as_slice(),
        ),
        None => (
            "This model cannot be planned".into(),
            view.derived.problems.as_slice(),
        ),
    };
    let area = ui.max_rect();
    let width = WIDTH.min(area.width() - 2.0 * size::MARGIN);
    let left = area.center().x - width / 2.0;
    let column = Rect::from_min_max(
        pos2(left, area.top() + 48.0),
        pos2(left + width, area.bottom() - 8.0),
    );
    let mut actions = Vec::new();
    ui.scope_builder(UiBuilder::new().max_rect(column), |ui| {
        let t = tokens(ui);
        heading(ui, title, 22.0, t.text);
        ui.add_space(4.0);
        ui.label(RichText::new(summary(diagnostics)).color(t.text_soft));
        ui.add_space(16.0);
        ui.horizontal(|ui| {
            for (action, name) in [
                (Action::Open, "Open another model…"),
                (Action::CloseModel, "Back to the start"),
            ] {
                if ui
                    .add(Button::new(name).min_size(egui::vec2(0.0, size::CONTROL)))
                    .clicked()
                {
                    actions.push(action);
                }
            }
        });
        ui.add_space(16.0);
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            for diagnostic in diagnostics {
                row(ui, diagnostic);
                ui.add_space(8.0);
            }
        });
    });
    for action in actions {
        view.run(action);
    }
}

fn summary(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .count();
    match (errors, diagnostics.len() - errors) {
        (1, 0) => "1 problem was found".into(),
        (n, 0) => format!("{n} problems were found"),
        (n, m) => {
            let many = |n: usize| if n == 1 { "" } else { "s" };
            format!("{n} error{} and {m} further finding{}", many(n), many(m))
        }
    }
}

/// One finding.
pub fn row(ui: &mut Ui, diagnostic: &Diagnostic) {
    let t = tokens(ui);
    let (sign, color) = match diagnostic.severity {
        Severity::Error => ("error", t.over),
        Severity::Warning => ("warning", t.warn),
        Severity::Note => ("note", t.text_soft),
    };
    Frame::new()
        .fill(t.panel)
        .corner_radius(4)
        .inner_margin(Margin::symmetric(16, 12))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                ui.label(RichText::new(sign).color(color));
                if let Some(op) = &diagnostic.op {
                    ui.label(mono(
                        format!("operator {} {}", op.index, op.name),
                        t.text_soft,
                    ));
                }
                ui.label(mono(diagnostic.code, t.text_faint));
            });
            ui.label(RichText::new(&diagnostic.message).color(t.text));
            if !diagnostic.remedy.is_empty() {
                ui.label(RichText::new(format!("→ {}", diagnostic.remedy)).color(t.text_soft));
            }
        });
}
