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
        "{} · {}",
        core_name(target.core),
        format::megahertz(target.clock_hz)
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
    let id = query_id();
    if !view.state.chips_open {
        // The next search begins anew.
        ui.data_mut(|d| d.remove::<Query>(id));
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
        Core::RiscV32Imc => "RISC-V",
        Core::Other => "other",
    }
}

/// Chips whose name, family or core holds every word of `query`, ignoring case; `virtual` finds those that are simulated.
fn matching<'a>(chips: &'a [ChipInfo], query: &str) -> Vec<&'a ChipInfo> {
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    chips
        .iter()
        .filter(|chip| {
            let simulated = if chip.simulated { VIRTUAL } else { "" };
            let text = format!("{} {} {} {simulated}", chip.name, chip.family, chip.core);
            let text = text.to_lowercase();
            words.iter().all(|word| text.contains(word.as_str()))
        })
        .collect()
}

/// The name under which the list has `chip`: its own, or the longest that it begins with, as a name may end with
/// the package.
fn listed<'a>(chips: &'a [ChipInfo], chip: &str) -> Option<&'a str> {
    let names = chips.iter().map(|c| c.name.as_str());
    names
        .filter(|n| chip.starts_with(n))
        .max_by_key(|n| n.len())
}

/// What was typed, and the row that Enter takes.
#[derive(Clone, Default)]
struct Query {
    text: String,
    chosen: usize,
    /// Whether `chosen` has been put on the chip of the document.
    placed: bool,
}

fn query_id() -> Id {
    Id::unique("chip query")
}

fn list(ui: &mut Ui, view: &mut View<'_>) {
    let t = tokens(ui);
    let id = query_id();
    let mut query: Query = ui.data_mut(|d| d.get_temp(id)).unwrap_or_default();
    // Taken before the field sees them: there they would move the cursor.
    let (up, down) = ui.input_mut(|i| {
        let mut pressed = |key| i.consume_key(egui::Modifiers::NONE, key);
        (pressed(Key::ArrowUp), pressed(Key::ArrowDown))
    });
    let edit = TextEdit::singleline(&mut query.text)
        .hint_text("Search chips: name, family, core, virtual")
        .desired_width(f32::INFINITY)
        .margin(vec2(12.0, 8.0));
    let response = ui.add(edit);
    if response.changed() {
        query.chosen = 0;
    }
    if !response.has_focus() && !response.lost_focus() {
        response.request_focus();
    }
    let chips = &view.surroundings.chips;
    let found = matching(chips, &query.text);
    let current = listed(chips, &view.document.target.chip);
    // Popups are laid out unseen at first.
    let fresh = !query.placed && !chips.is_empty() && !ui.is_sizing_pass();
    if fresh {
        query.placed = true;
        let place = found.iter().position(|c| Some(c.name.as_str()) == current);
        query.chosen = place.unwrap_or(0);
    }
    let enter = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
    query.chosen = (query.chosen + usize::from(down))
        .saturating_sub(usize::from(up))
        .min(found.len().saturating_sub(1));
    ui.add_space(4.0);
    let note = match (chips.is_empty(), found.len()) {
        (true, _) => "reading the registry…".into(),
        (false, 0) => "no chip of that name; try fewer letters".into(),
        (false, n) => format!(
            "{} of {} chips · RAM / flash",
            format::group(n as u64),
            format::group(chips.len() as u64)
        ),
    };
    ui.label(egui::RichText::new(note).small().color(t.text_soft));
    let mut chosen = found.get(query.chosen).copied().filter(|_| enter);
    let mut area = ScrollArea::vertical()
        .max_height(360.0)
        .auto_shrink([false, true]);
    if up || down || fresh {
        // Keeps the row in the middle of the list.
        let pitch = size::ROW + ui.spacing().item_spacing.y;
        area = area.vertical_scroll_offset((query.chosen as f32 * pitch - 180.0).max(0.0));
    }
    area.show_rows(ui, size::ROW, found.len(), |ui, rows| {
        for i in rows {
            let chip = found[i];
            let current = Some(chip.name.as_str()) == current;
            if row(ui, chip, current, i == query.chosen) {
                chosen = Some(chip);
            }
        }
    });
    ui.data_mut(|d| d.insert_temp(id, query));
    if let Some(chip) = chosen {
        if Some(chip.name.as_str()) != current {
            let name = chip.name.clone();
            view.emit(Command::SetChip(name));
        }
        view.run(Action::ChooseChip);
    }
}

/// A chip; `marked` is the one that Enter takes.
fn row(ui: &mut Ui, chip: &ChipInfo, current: bool, marked: bool) -> bool {
    let t = tokens(ui);
    ui.allocate_ui(vec2(ui.available_width(), size::ROW), |ui| {
        let memory = format!(
            "{}{:>8} / {:>6}",
            if chip.simulated { VIRTUAL } else { "" },
            whole_kib(chip.ram_bytes),
            whole_kib(chip.flash_bytes)
        );
        let button = egui::Button::selectable(current, chip.name.as_str())
            .right_text(mono(memory, t.text_soft))
            .min_size(vec2(ui.available_width(), size::ROW));
        let response = ui.add(button);
        if marked {
            let stroke = egui::Stroke::new(1.0, t.accent);
            let inside = egui::StrokeKind::Inside;
            ui.painter()
                .rect_stroke(response.rect, size::CORNER, stroke, inside);
        }
        response
            .widget_info(|| WidgetInfo::selected(egui::Role::Button, true, current, &chip.name));
        let simulated = if chip.simulated {
            "\nThe virtual board can be this chip"
        } else {
            ""
        };
        response
            .on_hover_text(format!(
                "{} · {}\nRAM / flash{simulated}",
                chip.family, chip.core
            ))
            .clicked()
    })
    .inner
}

/// What chips are marked with that the virtual board can be, and found by.
const VIRTUAL: &str = "virtual";

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
            simulated: core == "Cortex-M7",
        };
        let chips = [
            chip("STM32F746NGHx", "Cortex-M7"),
            chip("STM32F405RG", "Cortex-M4"),
        ];
        assert_eq!(matching(&chips, "746 m7").len(), 1);
        assert_eq!(matching(&chips, "stm32").len(), 2);
        assert_eq!(matching(&chips, "746 m4").len(), 0);
        assert_eq!(matching(&chips, "").len(), 2);
        assert_eq!(matching(&chips, "Virtual").len(), 1);
        assert_eq!(listed(&chips, "STM32F405RGTx"), Some("STM32F405RG"));
        assert_eq!(listed(&chips, "STM32F4"), None);
    }
}
