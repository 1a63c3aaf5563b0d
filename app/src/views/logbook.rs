//! What happened, line by line.

use super::View;
use crate::theme::{mono, size, tokens};
use egui::{Frame, Label, Margin, ScrollArea, Ui};

/// Show it; the newest line stays in sight.
pub fn show(ui: &mut Ui, view: &mut View<'_>) {
    let t = tokens(ui);
    Frame::new()
        .inner_margin(Margin::symmetric(size::MARGIN as i8, 8))
        .show(ui, |ui| {
            ScrollArea::both()
                .auto_shrink(false)
                .stick_to_bottom(true)
                .show_rows(ui, 16.0, view.log.len(), |ui, rows| {
                    for line in &view.log[rows] {
                        ui.add(
                            Label::new(mono(line, t.text_soft))
                                .selectable(true)
                                .extend(),
                        );
                    }
                });
        });
}
