//! Text in the window's few sizes.

use super::tokens::size;
use egui::{Color32, FontFamily, FontId, RichText};

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

/// A title inside a pane.
pub fn strong(text: impl Into<String>, color: Color32) -> RichText {
    RichText::new(text).font(ui_font(size::TITLE)).color(color)
}
