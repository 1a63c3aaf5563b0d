//! The chip chooser: the chip in the top bar, and a searchable list of the registry below it.

use super::View;
use super::topbar::{elide, field};
use crate::command::{Action, Command};
use crate::format;
use crate::theme::{mono, size, tokens, ui_font};
use egui::{
    Align2, Id, Key, Popup, PopupCloseBehavior, ScrollArea, TextEdit, Ui, WidgetInfo, pos2, vec2,
};
use tinyscope_board::ChipInfo;

/// The chooser in the top bar.
pub fn chooser(ui: &mut Ui, view: &mut View<'_>, width: f32) {
    let t = tokens(ui);
    let target = &view.document.target;
    let core = format!(
        "{} · {} MHz",
        core_name(target.core),
        target.clock_hz / 1_000_000
    );
    let response = field(ui, width, "Chip", |ui, rect| {
        let p = ui.painter();
        let right = p.text(
            pos2(rect.right() - 12.0, rect.center().y),
            Align2::RIGHT_CENTER,
            "⏷",
            ui_font(size::LABEL),
            t.text_faint,
        );
        let mut room = rect.width() - 36.0;
        if rect.width() > 220.0 {
            let core = p.text(
                pos2(right.left() - 8.0, rect.center().y),
                Align2::RIGHT_CENTER,
                &core,
                ui_font(size::SMALL),
                t.text_soft,
            );
            room = core.left() - rect.left() - 20.0;
        }
        let name = elide(ui, &target.chip, size::BODY, room);
        p.text(
            pos2(rect.left() + 12.0, rect.center().y),
            Align2::LEFT_CENTER,
            name,
            ui_font(size::BODY),
            t.text,
        );
    });
    let response = response.on_hover_text(format!(
        "{} · {core}\n{}",
        target.chip,
        Action::ChooseChip.info().tooltip
    ));
    if response.clicked() {
        view.run(Action::ChooseChip);
    }
    let mut open = view.state.chips_open;
    Popup::menu(&response)
        .open_bool(&mut open)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .width(380.0)
        .gap(4.0)
        .show(|ui| list(ui, view));
    // The click that opens the list must not close it in the same frame.
    if view.state.chips_open && !open && !response.clicked() {
        view.run(Action::ChooseChip);
    }
}

fn core_name(core: tinyscope_core::plan::Core) -> &'static str {
    use tinyscope_core::plan::Core;
    match core {
        Core::CortexM0Plus => "M0+",
        Core::CortexM3 => "M3",
        Core::CortexM4 => "M4",
        Core::CortexM7 => "M7",
        Core::CortexM33 => "M33",
        Core::Other => "other",
    }
}

/// Chips whose name, family or core holds every word of `query`, ignoring case.
fn matching<'a>(chips: &'a [ChipInfo], query: &str) -> Vec<&'a ChipInfo> {
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    chips
        .iter()
        .filter(|chip| {
            let text = format!("{} {} {}", chip.name, chip.family, chip.core).to_lowercase();
            words.iter().all(|word| text.contains(word.as_str()))
        })
        .collect()
}

fn list(ui: &mut Ui, view: &mut View<'_>) {
    let t = tokens(ui);
    let id = Id::unique("chip query");
    let mut query: String = ui.data_mut(|d| d.get_temp(id)).unwrap_or_default();
    let edit = TextEdit::singleline(&mut query)
        .hint_text("Search chips: name, family, core")
        .desired_width(f32::INFINITY)
        .margin(vec2(12.0, 8.0));
    let response = ui.add(edit);
    if !response.has_focus() && !response.lost_focus() {
        response.request_focus();
    }
    let chips = &view.surroundings.chips;
    let found = matching(chips, &query);
    let enter = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
    ui.data_mut(|d| d.insert_temp(id, query));
    ui.add_space(4.0);
    let note = if chips.is_empty() {
        "reading the registry…".into()
    } else {
        format!(
            "{} of {} chips",
            format::group(found.len() as u64),
            format::group(chips.len() as u64)
        )
    };
    ui.label(egui::RichText::new(note).small().color(t.text_faint));
    let mut chosen = if enter { found.first().copied() } else { None };
    ScrollArea::vertical()
        .max_height(360.0)
        .auto_shrink([false, true])
        .show_rows(ui, size::ROW, found.len(), |ui, rows| {
            for chip in &found[rows] {
                if row(ui, chip, chip.name == view.document.target.chip) {
                    chosen = Some(chip);
                }
            }
        });
    if let Some(chip) = chosen {
        let name = chip.name.clone();
        view.emit(Command::SetChip(name));
        view.run(Action::ChooseChip);
    }
}

fn row(ui: &mut Ui, chip: &ChipInfo, current: bool) -> bool {
    let t = tokens(ui);
    ui.allocate_ui(vec2(ui.available_width(), size::ROW), |ui| {
        let memory = format!(
            "{} / {}",
            whole_kib(chip.ram_bytes),
            whole_kib(chip.flash_bytes)
        );
        let button = egui::Button::selectable(current, chip.name.as_str())
            .right_text(mono(memory, t.text_soft))
            .min_size(vec2(ui.available_width(), size::ROW));
        let response = ui.add(button);
        response
            .widget_info(|| WidgetInfo::selected(egui::Role::Button, true, current, &chip.name));
        response
            .on_hover_text(format!("{} · {}\nRAM / flash", chip.family, chip.core))
            .clicked()
    })
    .inner
}

fn whole_kib(bytes: u64) -> String {
    format!("{} K", bytes / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_must_be_found() {
        let chip = |name: &str, core: &str| ChipInfo {
            name: name.into(),
            family: "STM32F7".into(),
            core: core.into(),
            ram_bytes: 0,
            flash_bytes: 0,
        };
        let chips = [
            chip("STM32F746NGHx", "Cortex-M7"),
            chip("STM32F405RG", "Cortex-M4"),
        ];
        assert_eq!(matching(&chips, "746 m7").len(), 1);
        assert_eq!(matching(&chips, "stm32").len(), 2);
        assert_eq!(matching(&chips, "746 m4").len(), 0);
        assert_eq!(matching(&chips, "").len(), 2);
    }
}
