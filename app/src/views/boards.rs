//! The board chooser beside *Flash & measure*: the virtual board first, then the probes that are connected.

use super::View;
use super::topbar::{elide, field, tooltip};
use crate::command::{Action, Command};
use crate::format;
use crate::state::VIRTUAL;
use crate::theme::{Tokens, size, tokens, ui_font};
use egui::{
    Align, Align2, CornerRadius, Label, Layout, Popup, PopupCloseBehavior, Rect, RichText, Sense,
    Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};
use tinyscope_board::BoardInfo;

/// What to do to have a board of one's own.
const NO_PROBE: &str = "No probe connected. Plug in an ST-Link, J-Link or CMSIS-DAP probe and look again; on Linux its udev rule has to allow access.";

/// Name of the chosen board for people.
pub fn name<'a>(view: &View<'a>) -> &'a str {
    let id = view.state.board();
    match info(view) {
        Some(board) => &board.name,
        None if id == VIRTUAL => "Virtual board",
        None => id,
    }
}

/// The chosen board, if it was there when last looked.
fn info<'a>(view: &View<'a>) -> Option<&'a BoardInfo> {
    let id = view.state.board();
    view.surroundings.boards.iter().find(|b| b.id == id)
}

/// Where figures of a board come from.
fn origin(is_virtual: bool) -> &'static str {
    if is_virtual { "simulated" } else { "measured" }
}

/// The chooser in the top bar; without `roomy` only its mark.
pub fn chooser(ui: &mut Ui, view: &mut View<'_>, roomy: bool) {
    let t = tokens(ui);
    let action = Action::ChooseBoard.info();
    let board = name(view);
    let is_virtual = view.state.board() == VIRTUAL;
    let width = if roomy { 136.0 } else { 28.0 };
    let response = field(ui, width, "Board", |ui, rect| {
        let p = ui.painter();
        let mark = if roomy {
            pos2(rect.right() - 14.0, rect.center().y)
        } else {
            rect.center()
        };
        p.text(
            mark,
            Align2::CENTER_CENTER,
            "⏷",
            ui_font(size::LABEL),
            t.text_soft,
        );
        if roomy {
            let text = elide(ui, board, size::BODY, rect.width() - 36.0);
            let left = pos2(rect.left() + 12.0, rect.center().y);
            p.text(left, Align2::LEFT_CENTER, text, ui_font(size::BODY), t.text);
        }
    });
    let response = response.on_hover_text(format!(
        "{board}: {} cycles\n{}",
        origin(is_virtual),
        tooltip(ui, &action)
    ));
    if response.clicked() {
        view.run(Action::ChooseBoard);
    }
    let mut open = view.state.boards_open;
    Popup::menu(&response)
        .open_bool(&mut open)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .width(340.0)
        .gap(4.0)
        .show(|ui| list(ui, view));
    // The click that opens the list must not close it in the same frame.
    if view.state.boards_open && !open && !response.clicked() {
        view.run(Action::ChooseBoard);
    }
}

fn list(ui: &mut Ui, view: &mut View<'_>) {
    let t = tokens(ui);
    ui.label(RichText::new("Measure on").small().color(t.text_soft));
    let known = &view.surroundings.boards;
    let mut chosen = None;
    let chip = &view.document.target.chip;
    let about = if tinyscope_board::probe::simulates(chip) {
        format!("as {}, simulated cycles", format::visible(chip))
    } else {
        let chips = view.surroundings.chips.iter();
        let count = chips.filter(|chip| chip.simulated).count();
        format!("simulates {count} chips, not this one")
    };
    let current = view.state.board();
    if row(ui, t, "Virtual board", &about, current == VIRTUAL) {
        chosen = Some(VIRTUAL);
    }
    let probes: Vec<&BoardInfo> = known.iter().filter(|b| !b.is_virtual).collect();
    for board in &probes {
        let about = format!("{}, measured cycles", board.id);
        if row(ui, t, &board.name, &about, board.id == current) {
            chosen = Some(&board.id);
        }
        if board.id == current {
            find_chip(ui, view, board);
        }
    }
    if current != VIRTUAL && !view.jobs.looking && probes.iter().all(|b| b.id != current) {
        row(ui, t, current, "not connected", true);
    }
    ui.add_space(4.0);
    if view.jobs.looking {
        ui.label(
            RichText::new("looking for probes…")
                .small()
                .color(t.text_soft),
        );
    } else if probes.is_empty() {
        ui.with_layout(Layout::top_down(Align::LEFT), |ui| {
            ui.add(Label::new(RichText::new(NO_PROBE).small().color(t.text_soft)).wrap());
        });
    }
    if ui
        .add_enabled(
            !view.jobs.looking,
            egui::Button::new("Look again")
                .fill(t.raised)
                .stroke(Stroke::new(1.0, t.hairline)),
        )
        .clicked()
    {
        view.emit(Command::LookForBoards);
    }
    if let Some(board) = chosen {
        let board = board.to_owned();
        view.emit(Command::SetBoard(board));
        view.run(Action::ChooseBoard);
    }
}

/// What finds out which chip the chosen probe is wired to.
fn find_chip(ui: &mut Ui, view: &mut View<'_>, board: &BoardInfo) {
    let busy = view.jobs.detecting || view.jobs.measuring.is_some();
    let name = if view.jobs.detecting {
        "Looking at the chip…"
    } else {
        "Find its chip"
    };
    let button = egui::Button::new(name).min_size(vec2(0.0, 28.0));
    let tooltip = "Read the chip's identification through the probe, and plan for it";
    if ui
        .add_enabled(!busy, button)
        .on_hover_text(tooltip)
        .clicked()
    {
        view.emit(Command::DetectChip(board.id.clone()));
    }
}

/// A board in two lines; returns whether it was chosen.
fn row(ui: &mut Ui, t: &Tokens, name: &str, about: &str, current: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 40.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, current, name));
    let fill = if current {
        t.accent.gamma_multiply(0.18)
    } else if response.hovered() {
        t.raised
    } else {
        egui::Color32::TRANSPARENT
    };
    let edge = if response.has_focus() { t.accent } else { fill };
    let corner = CornerRadius::same(size::CORNER);
    ui.painter().rect(
        rect,
        corner,
        fill,
        Stroke::new(1.0, edge),
        StrokeKind::Inside,
    );
    let room = Rect::from_min_max(rect.min + vec2(10.0, 0.0), rect.max - vec2(10.0, 0.0));
    let name = elide(ui, name, size::BODY, room.width());
    let about = elide(ui, about, size::SMALL, room.width());
    let p = ui.painter();
    let at = |y: f32| pos2(room.left(), rect.top() + y);
    p.text(
        at(13.0),
        Align2::LEFT_CENTER,
        name,
        ui_font(size::BODY),
        t.text,
    );
    p.text(
        at(29.0),
        Align2::LEFT_CENTER,
        about,
        ui_font(size::SMALL),
        t.text_soft,
    );
    response.clicked()
}
