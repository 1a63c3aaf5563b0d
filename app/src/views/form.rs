//! Pieces that forms are made of: labelled rows, names for assistive tools, soft text.

use crate::theme::{size, tokens, ui_font};
use egui::{Align2, Label, Response, RichText, Sense, Stroke, Ui, WidgetInfo, vec2};

/// Width of the labels in front of fields.
const LABELS: f32 = 104.0;

/// A line of explanation.
pub fn soft(ui: &mut Ui, text: impl Into<String>) {
    let t = tokens(ui);
    let text = RichText::new(text).font(ui_font(size::LABEL));
    ui.add(Label::new(text.color(t.text_soft)).wrap());
}

/// Draws the edge of boxes that are not ticked, so that they are seen on a panel.
pub fn ring(ui: &mut Ui) {
    let t = tokens(ui);
    ui.visuals_mut().widgets.inactive.bg_stroke = Stroke::new(1.0, t.text_faint);
}

/// Names a field for assistive tools: its label is only painted.
pub fn named(response: &Response, name: &str) {
    response.widget_info(|| WidgetInfo::labeled(egui::Role::SpinButton, true, name));
}

/// A label, and fields in a row after it.
pub fn field(ui: &mut Ui, label: &str, fields: impl FnOnce(&mut Ui)) {
    let t = tokens(ui);
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(LABELS, size::ROW), Sense::hover());
        let at = rect.left_center();
        let font = ui_font(size::BODY);
        ui.painter()
            .text(at, Align2::LEFT_CENTER, label, font, t.text_soft);
        fields(ui);
    });
}
