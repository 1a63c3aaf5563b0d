//! Files dropped on the window.

use super::View;
use crate::command::Command;
use crate::document::ModelSource;
use crate::theme::{tokens, ui_font};
use egui::{Align2, Context, Id, LayerId, Order, Stroke, StrokeKind, Ui};

/// Open what was dropped.
pub fn collect(ctx: &Context, commands: &mut Vec<Command>) {
    ctx.input(|i| {
        if let Some(file) = i.raw.dropped_files.first() {
            commands.push(Command::Open(ModelSource::File(file.path().to_owned())));
        }
    });
}

/// Say that a drop is welcome while files hover over the window.
pub fn overlay(ui: &Ui, _view: &View<'_>) {
    if ui.input(|i| i.raw.hovered_files.is_empty()) {
        return;
    }
    let t = tokens(ui);
    let layer = LayerId::new(Order::Foreground, Id::unique("drop overlay"));
    let p = ui.ctx().layer_painter(layer);
    let rect = ui.ctx().content_rect();
    p.rect_filled(rect, 0, t.ground.gamma_multiply(0.85));
    p.rect_stroke(
        rect.shrink(16.0),
        6,
        Stroke::new(2.0, t.accent),
        StrokeKind::Inside,
    );
    p.text(
        rect.center(),
        Align2::CENTER_CENTER,
        "Drop to open",
        ui_font(22.0),
        t.text,
    );
}
