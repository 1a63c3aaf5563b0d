//! The measurements that are kept of this model: newest first, any two side by side.

mod compare;
mod list;

use super::View;
use crate::command::{Action, Command};
use crate::format;
use crate::theme::{heading, size, tokens, ui_font};
use egui::{Align, Button, Frame, Label, Layout, Margin, RichText, Ui, vec2};
use tinyscope_board::record::{Entry, Record};

/// Show it.
pub fn show(ui: &mut Ui, view: &mut View<'_>) {
    let margin = Margin::symmetric(size::MARGIN as i8, 8);
    Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        let entries = view.kept();
        if entries.is_empty() {
            empty(ui, view);
            return;
        }
        header(ui, view, entries);
        match &view.records.compared {
            Some(compared) => compare::show(ui, view, compared),
            None => list::show(ui, view, entries),
        }
    });
}

fn empty(ui: &mut Ui, view: &View<'_>) {
    let t = tokens(ui);
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.3).max(8.0));
        heading(ui, "No records of this model", size::TITLE, t.text);
        let why = match &view.records.problem {
            Some(problem) => problem.clone(),
            None => "Every measurement is kept here, with all that it depends on".to_owned(),
        };
        let why = RichText::new(why).font(ui_font(size::LABEL));
        ui.add(Label::new(why.color(t.text_soft)).wrap());
    });
}

/// What can be done, and how many there are.
fn header(ui: &mut Ui, view: &mut View<'_>, entries: &[Entry]) {
    let t = tokens(ui);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let button = |name: &'static str| Button::new(name).min_size(vec2(0.0, 28.0));
            let export = ui.add(button("Export…"));
            if export
                .on_hover_text(Action::ExportRecords.info().tooltip)
                .clicked()
            {
                view.run(Action::ExportRecords);
            }
            match view.state.marked.len() {
                0 => {}
                1 => {
                    if ui
                        .add(button("Run again"))
                        .on_hover_text("Measure as this record says: its schedule, chip and board")
                        .clicked()
                        && let Some(id) = view.state.marked.first()
                    {
                        view.emit(Command::Repeat(id.clone()));
                    }
                }
                _ => {
                    if ui.add(button("Back to the list")).clicked() {
                        view.emit(Command::Mark(None));
                    }
                }
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let text = match view.state.marked.len() {
                    2 => "Compared".to_owned(),
                    1 => "Mark another to compare the two".to_owned(),
                    _ => format!(
                        "{} of this model; mark two to compare them",
                        format::group(entries.len() as u64)
                    ),
                };
                let text = RichText::new(text).font(ui_font(size::LABEL));
                ui.add(Label::new(text.color(t.text_soft)).truncate());
            });
        });
    });
    if !view.records.kept.listing.damaged.is_empty() {
        let count = view.records.kept.listing.damaged.len();
        let names: Vec<String> = (view.records.kept.listing.damaged.iter())
            .map(|damaged| format!("{}: {}", format::path(&damaged.path), damaged.why))
            .collect();
        let text = format!("{count} files in the folder of records could not be read");
        let text = RichText::new(text).font(ui_font(size::LABEL)).color(t.warn);
        ui.label(text).on_hover_text(names.join("\n"));
    }
}

/// Month, day, hour and minute of a record, UTC.
fn day_and_time(record: &Record) -> String {
    let date = when(record);
    date.get(5..16).unwrap_or(&date).to_owned()
}

/// Date and time of a record, UTC.
fn when(record: &Record) -> String {
    let seconds = record.date.get(..19).unwrap_or(&record.date);
    format::visible(&seconds.replacen('T', " ", 1))
}
