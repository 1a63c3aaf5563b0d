//! The command palette: type a few letters, run any action.

use super::View;
use super::topbar::shortcut;
use crate::command::Action;
use crate::theme::{mono, size, tokens};
use egui::{Align2, Area, Button, Frame, Id, Key, Modal, ScrollArea, TextEdit, Ui, vec2};

#[derive(Clone, Default)]
struct Query {
    text: String,
    chosen: usize,
}

/// Show it when it is open.
pub fn show(ui: &Ui, view: &mut View<'_>) {
    let id = Id::unique("palette");
    if !view.state.palette_open {
        ui.data_mut(|d| d.remove::<Query>(id));
        return;
    }
    let mut query: Query = ui.data_mut(|d| d.get_temp(id)).unwrap_or_default();
    let area = Area::new(id.with("area"))
        .order(egui::Order::Foreground)
        .anchor(Align2::CENTER_TOP, vec2(0.0, 96.0));
    let frame = Frame::popup(ui.style()).inner_margin(size::GRID);
    let modal = Modal::new(id)
        .area(area)
        .frame(frame)
        .backdrop_color(egui::Color32::from_black_alpha(90))
        .show(ui.ctx(), |ui| {
            ui.set_width(480.0);
            contents(ui, view, &mut query)
        });
    if let Some(action) = modal.inner {
        view.run(Action::Palette);
        view.run(action);
    } else if modal.should_close() {
        view.run(Action::Palette);
    }
    ui.data_mut(|d| d.insert_temp(id, query));
}

/// Actions whose name holds every word of `text`, ignoring case, in table order.
fn matching(text: &str) -> Vec<Action> {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    Action::ALL
        .into_iter()
        .filter(|a| *a != Action::Palette)
        .filter(|a| {
            let name = a.info().name.to_lowercase();
            words.iter().all(|w| name.contains(w.as_str()))
        })
        .collect()
}

fn contents(ui: &mut Ui, view: &View<'_>, query: &mut Query) -> Option<Action> {
    let t = tokens(ui);
    // Taken before the field sees them: there they would move the cursor.
    let (up, down) = ui.input_mut(|i| {
        (
            i.consume_key(egui::Modifiers::NONE, Key::ArrowUp),
            i.consume_key(egui::Modifiers::NONE, Key::ArrowDown),
        )
    });
    let edit = TextEdit::singleline(&mut query.text)
        .hint_text("What do you want to do?")
        .desired_width(f32::INFINITY)
        .margin(vec2(12.0, 8.0));
    let response = ui.add(edit);
    if response.changed() {
        query.chosen = 0;
    }
    let enter = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
    response.request_focus();
    let found = matching(&query.text);
    query.chosen = (query.chosen + usize::from(down))
        .saturating_sub(usize::from(up))
        .min(found.len().saturating_sub(1));
    ui.add_space(4.0);
    let mut run = None;
    if found.is_empty() {
        ui.weak("Nothing of that name");
    }
    ScrollArea::vertical().max_height(400.0).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (i, action) in found.iter().enumerate() {
            let info = action.info();
            let enabled = crate::window::enabled(view, *action);
            let button = Button::selectable(i == query.chosen, info.name)
                .right_text(mono(shortcut(ui, &info), t.text_faint))
                .min_size(vec2(ui.available_width(), 28.0));
            let response = ui.add_enabled(enabled, button).on_hover_text(info.tooltip);
            if i == query.chosen && (up || down) {
                response.scroll_to_me(None);
            }
            if response.clicked() || (enter && i == query.chosen && enabled) {
                run = Some(*action);
            }
        }
    });
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_may_stand_in_any_order() {
        assert_eq!(matching("dark theme"), [Action::ThemeDark]);
        assert!(matching("").len() > 20);
        assert!(matching("no such thing").is_empty());
    }
}
