//! What kept a file from opening at all: every finding, each with its place and remedy.

use super::{View, diagnostics};
use crate::command::Action;
use crate::state::Problems;
use crate::theme::{heading, size, tokens};
use egui::{Button, Frame, Margin, Rect, RichText, ScrollArea, Ui, UiBuilder, pos2, vec2};
use tinyscope_core::{Diagnostic, Severity};

const WIDTH: f32 = 760.0;

/// Show it in place of the panes.
pub fn show(ui: &mut Ui, view: &mut View<'_>, problems: &Problems) {
    let area = ui.max_rect();
    let width = WIDTH.min(area.width() - 2.0 * size::MARGIN);
    let left = area.center().x - width / 2.0;
    let column = Rect::from_min_max(
        pos2(left, area.top() + 48.0),
        pos2(left + width, area.bottom() - 8.0),
    );
    let back = match &view.document.model {
        Some(model) => format!("Back to {}", model.source.label()),
        None => "Back to the start".into(),
    };
    ui.scope_builder(UiBuilder::new().max_rect(column), |ui| {
        let t = tokens(ui);
        let title = format!("{} cannot be opened", problems.name);
        heading(ui, title, 22.0, t.text);
        ui.add_space(4.0);
        ui.label(RichText::new(summary(&problems.diagnostics)).color(t.text_soft));
        ui.add_space(16.0);
        ui.horizontal(|ui| {
            for (action, name) in [
                (Action::Open, "Open another model…"),
                (Action::CloseModel, back.as_str()),
            ] {
                let button = Button::new(name).min_size(vec2(0.0, size::CONTROL));
                if ui.add(button).clicked() {
                    view.run(action);
                }
            }
        });
        ui.add_space(16.0);
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            for diagnostic in &problems.diagnostics {
                Frame::new()
                    .fill(t.panel)
                    .corner_radius(size::CORNER)
                    .inner_margin(Margin::same(4))
                    .show(ui, |ui| diagnostics::row(ui, None, diagnostic));
                ui.add_space(4.0);
            }
        });
    });
}

fn summary(all: &[Diagnostic]) -> String {
    let counts = [Severity::Error, Severity::Warning, Severity::Note].map(|severity| {
        let n = diagnostics::count(all, severity);
        (n > 0).then(|| diagnostics::counted(n, severity))
    });
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    counts.join(", ")
}
