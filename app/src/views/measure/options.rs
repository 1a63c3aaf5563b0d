//! How the next measurement is made: one line that says it, and the fields behind that line.

use super::View;
use crate::command::{Action, Command};
use crate::format;
use crate::measuring::{MOST_RUNS, Settings};
use crate::state::VIRTUAL;
use crate::theme::{mono, size, tokens, ui_font};
use crate::views::form::{field, named, ring, soft};
use crate::views::topbar::elide;
use egui::{Button, CollapsingHeader, DragValue, RichText, Ui, vec2};

/// Fastest debug link that can be asked for; probes take less when they cannot.
const MOST_KHZ: u32 = 50_000;

/// Show the line, and the fields when it is unfolded.
pub fn show(ui: &mut Ui, view: &mut View<'_>) {
    let t = tokens(ui);
    let before = &view.state.measuring;
    let mut next = before.clone();
    let title = RichText::new(format!("Run options: {}", next.summary()))
        .font(ui_font(size::LABEL))
        .color(t.text_soft);
    CollapsingHeader::new(title)
        .id_salt("run options")
        .show_unindented(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(size::GRID, 4.0);
            fields(ui, view, &mut next);
        });
    if next != view.state.measuring {
        view.emit(Command::SetMeasuring(Box::new(next)));
    }
}

fn fields(ui: &mut Ui, view: &mut View<'_>, next: &mut Settings) {
    field(ui, "runs", |ui| {
        let runs = DragValue::new(&mut next.runs).range(1..=MOST_RUNS);
        named(&ui.add(runs), "runs that are measured");
        soft(ui, "after");
        let warm_up = DragValue::new(&mut next.warm_up).range(0..=MOST_RUNS);
        named(&ui.add(warm_up), "runs to warm up");
        soft(ui, "that do not count");
    });
    field(ui, "inputs", |ui| inputs(ui, view, next));
    field(ui, "current", |ui| {
        let current = DragValue::new(&mut next.current_ma).range(0.0..=10_000.0);
        let current = current.speed(0.5).custom_formatter(|milliamperes, _| {
            if milliamperes == 0.0 {
                "typical".to_owned()
            } else {
                format!("{milliamperes:.3}")
                    .trim_end_matches('0')
                    .trim_end_matches('.')
                    .to_owned()
                    + " mA"
            }
        });
        let response = ui.add(current);
        response.clone().on_hover_text(
            "The chip's typical current where its vendor's figure is known, else no estimate; enter your own",
        );
        named(&response, "current of the chip");
        if next.current_ma > 0.0 {
            soft(ui, "at");
            let volts = DragValue::new(&mut next.volts).range(0.5..=24.0);
            let volts = volts.speed(0.05).max_decimals(3).suffix(" V");
            named(&ui.add(volts), "voltage of the chip");
        }
        soft(ui, "estimates the energy");
    });
    if view.state.board() != VIRTUAL {
        field(ui, "link", |ui| {
            let speed = DragValue::new(&mut next.speed_khz).range(0..=MOST_KHZ);
            let speed = speed.speed(50.0).custom_formatter(|khz, _| {
                if khz == 0.0 {
                    "probe's speed".to_owned()
                } else {
                    format!("{khz:.0} kHz")
                }
            });
            named(&ui.add(speed), "speed of the debug link");
            ring(ui);
            ui.checkbox(&mut next.under_reset, "attach under reset")
                .on_hover_text("For a program that sleeps or takes the debug pins for itself");
        });
    }
    field(ui, "", |ui| {
        ring(ui);
        ui.checkbox(&mut next.keep, "keep a record").on_hover_text(
            "Model, plan, chip, probe, clock, compiler and all cycles, to compare later",
        );
    });
}

fn inputs(ui: &mut Ui, view: &mut View<'_>, next: &mut Settings) {
    let t = tokens(ui);
    let small = |name: &'static str| Button::new(name).min_size(vec2(0.0, size::ROW));
    if let Some(folder) = next.inputs.clone() {
        let room = ui.available_width() - 150.0;
        let text = elide(ui, &format::path(&folder), size::LABEL, room);
        ui.label(mono(text, t.text))
            .on_hover_text(format::path(&folder));
        if ui.add(small("Change…")).clicked() {
            view.run(Action::ChooseInputs);
        }
        if ui.add(small("Random")).clicked() {
            next.inputs = None;
        }
    } else {
        if ui.add(small("Choose folder…")).clicked() {
            view.run(Action::ChooseInputs);
        }
        soft(ui, "pictures or .npy; else one random input");
    }
}
