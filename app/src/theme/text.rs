//! Text in the window's few sizes.

use super::tokens::size;
use egui::{
    Color32, FontFamily, FontId, Galley, Label, Painter, Pos2, Response, RichText, Ui, vec2,
};
use std::sync::Arc;

/// The sans of labels, in points.
pub fn ui_font(points: f32) -> FontId {
    FontId::new(points, FontFamily::Proportional)
}

/// Figures: tabular, a little smaller so that they sit with the sans beside them.
pub fn mono(text: impl Into<String>, color: Color32) -> RichText {
    RichText::new(text)
        .font(FontId::new(size::LABEL, FontFamily::Monospace))
        .color(color)
}

/// A heading. The sans has one thin weight; see [`embolden`].
pub fn heading(ui: &mut Ui, text: impl Into<String>, points: f32, color: Color32) -> Response {
    let text: String = text.into();
    let font = ui_font(points);
    let galley = ui
        .painter()
        .layout_no_wrap(text.clone(), font.clone(), color);
    let shown = RichText::new(text).font(font).color(color);
    let response = ui.add(Label::new(shown).truncate());
    // A heading that was cut keeps its one pass: the second would show through behind the ellipsis.
    if galley.size().x <= response.rect.width() + 1.0 {
        embolden(ui.painter(), response.rect.min, galley, color);
    }
    response
}

/// Draw text that is there already once more, a fraction of a point to the right: it looks half a weight heavier.
pub fn embolden(painter: &Painter, at: Pos2, galley: Arc<Galley>, color: Color32) {
    painter.galley_with_override_text_color(at + vec2(0.45, 0.0), galley, color);
}
