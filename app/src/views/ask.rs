//! One line below the top bar: what to do about unsaved changes, or what became of a file.

use super::View;
use crate::command::Command;
use crate::state::{Answer, Pending};
use crate::theme::{size, tokens, ui_font};
use egui::{Align, Button, Frame, Key, Label, Layout, Margin, Panel, RichText, Stroke, Ui, vec2};

/// Height of the line.
const HEIGHT: f32 = 40.0;

/// Show it when there is something to say.
pub fn show(ui: &mut Ui, view: &mut View<'_>) {
    if view.state.pending.is_none() && view.state.notice.is_none() {
        return;
    }
    let t = tokens(ui);
    let frame = Frame::new()
        .fill(t.raised)
        .inner_margin(Margin::symmetric(size::MARGIN as i8, 0));
    Panel::top("ask")
        .exact_size(HEIGHT)
        .resizable(false)
        .frame(frame)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.x = size::GRID;
            ui.horizontal_centered(|ui| {
                if let Some(pending) = &view.state.pending {
                    question(ui, view, pending);
                } else if let Some(notice) = &view.state.notice {
                    let color = if notice.failed { t.over } else { t.text };
                    line(ui, view, &notice.text, color, |ui, view| {
                        if ui.add(button("Dismiss")).clicked() {
                            view.emit(Command::DismissNotice);
                        }
                    });
                }
            });
            let bottom = ui.max_rect().bottom() - 0.5;
            ui.painter().hline(
                ui.clip_rect().x_range(),
                bottom,
                Stroke::new(1.0, t.hairline),
            );
        });
}

fn button(name: &str) -> Button<'_> {
    Button::new(name).min_size(vec2(80.0, 28.0))
}

fn question(ui: &mut Ui, view: &mut View<'_>, pending: &Pending) {
    let t = tokens(ui);
    let name = view.document.model.as_ref().map(|m| m.source.label());
    let name = name.unwrap_or_default();
    let then = match pending {
        Pending::Open(source) => format!("opening {}", source.label()),
        Pending::Close => "closing it".into(),
        Pending::Quit => "closing the window".into(),
    };
    let text = format!("{name} has unsaved changes. Save them before {then}?");
    let mut answer = ui
        .input_mut(|i| i.consume_key(egui::Modifiers::NONE, Key::Escape))
        .then_some(Answer::Stay);
    line(ui, view, &text, t.text, |ui, view| {
        // From the right.
        if ui.add(button("Cancel")).clicked() {
            answer = Some(Answer::Stay);
        }
        if ui.add(button("Discard")).clicked() {
            answer = Some(Answer::Discard);
        }
        let save = RichText::new("Save").color(t.on_accent);
        let enabled = !view.jobs.saving;
        let save = ui.add_enabled(
            enabled,
            Button::new(save).fill(t.accent).min_size(vec2(80.0, 28.0)),
        );
        if save.clicked() {
            answer = Some(Answer::Save);
        }
        // Enter saves, unless the focus was moved on purpose.
        if ui.memory(|m| m.focused().is_none()) {
            save.request_focus();
        }
    });
    if let Some(answer) = answer {
        view.emit(Command::Answer(answer));
    }
}

/// Text on the left, cut where the buttons begin.
fn line(
    ui: &mut Ui,
    view: &mut View<'_>,
    text: &str,
    color: egui::Color32,
    buttons: impl FnOnce(&mut Ui, &mut View<'_>),
) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        buttons(ui, view);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let text = RichText::new(text).font(ui_font(size::BODY)).color(color);
            ui.add(Label::new(text).truncate());
        });
    });
}
