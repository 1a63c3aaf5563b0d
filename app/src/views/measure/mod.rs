//! The pane of the latest measurement: how the next one is made, how far the present one is, what came of the last.

mod bars;
mod options;
mod result;

use super::{View, boards};
use crate::command::{Action, Command};
use crate::theme::{heading, mono, size, tokens, ui_font};
use crate::window::{Failure, FailureKind};
use egui::{Button, Frame, Margin, ProgressBar, RichText, Ui, vec2};

/// Show it.
pub fn show(ui: &mut Ui, view: &mut View<'_>) {
    let margin = Margin::symmetric(size::MARGIN as i8, 8);
    Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        if view.jobs.measuring.is_some() {
            progress(ui, view);
            return;
        }
        options::show(ui, view);
        if let Some(failure) = view.failure {
            failed(ui, view, failure);
        } else if let Some(measured) = view.measured {
            result::show(ui, view, measured);
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
        if let FailureKind::OtherChip(present) | FailureKind::NotSimulated(present) = &failure.kind
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
        let elsewhere = matches!(
            failure.kind,
            FailureKind::OtherChip(_) | FailureKind::NotSimulated(_) | FailureKind::Board
        );
        if elsewhere && ui.button(Action::ChooseBoard.info().name).clicked() {
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
