//! The top bar: what is open, for which chip, whether it fits, and the main action.

use super::{View, boards, chips, gauge};
use crate::command::{Action, Info};
use crate::document::ModelSource;
use crate::format;
use crate::theme::{self, size, tokens, ui_font};
use egui::{
    Align, Align2, Button, CornerRadius, Layout, Popup, Rect, Response, RichText, Sense, Stroke,
    StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

/// Below this width labels give way to figures and icons.
const ROOMY: f32 = 1440.0;
/// Below this width names are cut so that the gauges keep their figures.
const TIGHT: f32 = 1120.0;

/// Show it.
pub fn show(ui: &mut Ui, view: &mut View<'_>) {
    let roomy = ui.available_width() > ROOMY;
    ui.spacing_mut().item_spacing.x = size::GRID;
    ui.horizontal_centered(|ui| {
        mark(ui, roomy);
        ui.add_space(size::GRID);
        let (model_width, chip_width) = match ui.ctx().content_rect().width() {
            ..TIGHT => (104.0, 136.0),
            ..=ROOMY => (150.0, 190.0),
            _ => (164.0, 232.0),
        };
        model(ui, view, model_width);
        chips::chooser(ui, view, chip_width);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            boards::chooser(ui, view, roomy);
            measure_button(ui, view, roomy);
            ui.spacing_mut().item_spacing.x = size::GRID;
            ui.add_space(size::GRID - 2.0);
            palette_button(ui, view, roomy);
            icon_button(ui, view, Action::Redo, "⟳");
            icon_button(ui, view, Action::Undo, "⟲");
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add_space(size::GRID);
                gauge::all(ui, view);
            });
        });
    });
    let bottom = ui.max_rect().bottom();
    ui.painter().hline(
        ui.clip_rect().x_range(),
        bottom - 0.5,
        Stroke::new(1.0, tokens(ui).hairline),
    );
}

/// The name mark: three stacked bars of unequal height.
fn mark(ui: &mut Ui, roomy: bool) {
    let t = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(26.0, 24.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, "Tinyscope"));
    for (i, (color, height)) in [(t.patch, 24.0), (t.accent, 24.0), (t.stage, 24.0)]
        .into_iter()
        .enumerate()
    {
        let x = rect.left() + 9.0 * i as f32;
        let bar = Rect::from_min_max(
            pos2(x, rect.bottom() - height),
            pos2(x + 7.0, rect.bottom()),
        );
        ui.painter().rect_filled(bar, 2, color);
    }
    if roomy {
        theme::heading(ui, "Tinyscope", size::MARK, t.text);
    }
}

/// What the field of the model offers.
const FILE_MENU: [&[Action]; 3] = [
    &[Action::Open, Action::Save, Action::SaveAs],
    &[Action::ExportModel, Action::ExportC],
    &[Action::CloseModel],
];

/// The model: a click opens a file, or the menu of what can be done with the one that is open.
fn model(ui: &mut Ui, view: &mut View<'_>, width: f32) {
    let Some(model) = &view.document.model else {
        let response = field(ui, width, "Model", |ui, rect| {
            let color = tokens(ui).text_soft;
            let left = pos2(rect.left() + 12.0, rect.center().y);
            let font = ui_font(size::BODY);
            let p = ui.painter();
            p.text(left, Align2::LEFT_CENTER, "Open model…", font, color);
        });
        let info = Action::Open.info();
        if response.on_hover_text(tooltip(ui, &info)).clicked() {
            view.run(Action::Open);
        }
        return;
    };
    let name = match view.project {
        Some(path) => ModelSource::File(path.to_owned()).stem(),
        None => model.source.label(),
    };
    let label = if view.dirty {
        "Model, unsaved changes"
    } else {
        "Model"
    };
    let response = field(ui, width, label, |ui, rect| {
        model_name(ui, view, &name, rect);
    });
    let mut about = format!(
        "{}\n{} · {} · {} operators",
        model.source.label(),
        model.view.format,
        format::kib(model.file_bytes),
        model.view.operators.len(),
    );
    if model.quantised.is_some() {
        about += "\nquantised here from the file's float32 network";
    }
    if let Some(path) = view.project {
        about += "\nproject ";
        about += &format::path(path);
    }
    if view.dirty {
        about += "\nunsaved changes";
    }
    Popup::menu(&response).width(260.0).gap(4.0).show(|ui| {
        for (i, group) in FILE_MENU.into_iter().enumerate() {
            if i > 0 {
                ui.separator();
            }
            for &action in group {
                menu_entry(ui, view, action);
            }
        }
    });
    if !Popup::is_id_open(ui.ctx(), Popup::default_response_id(&response)) {
        response.on_hover_text(about);
    }
}

fn model_name(ui: &Ui, view: &View<'_>, name: &str, rect: Rect) {
    let t = tokens(ui);
    let p = ui.painter();
    let middle = rect.center().y;
    let arrow = pos2(rect.right() - 14.0, middle);
    p.text(
        arrow,
        Align2::CENTER_CENTER,
        "⏷",
        ui_font(size::LABEL),
        t.text_soft,
    );
    let mut room = rect.width() - 38.0;
    if view.dirty {
        p.circle_filled(pos2(rect.right() - 32.0, middle), 3.5, t.warn);
        room -= 16.0;
    }
    let text = elide(ui, name, size::BODY, room);
    let quantised = view
        .document
        .model
        .as_ref()
        .is_some_and(|m| m.quantised.is_some());
    let left = |y: f32| pos2(rect.left() + 12.0, y);
    if quantised {
        let above = ui_font(size::LABEL);
        p.text(left(middle - 7.0), Align2::LEFT_CENTER, text, above, t.text);
        let below = elide(ui, "int8, quantised here", size::SMALL, room);
        let font = ui_font(size::SMALL);
        p.text(
            left(middle + 7.0),
            Align2::LEFT_CENTER,
            below,
            font,
            t.text_soft,
        );
    } else {
        p.text(
            left(middle),
            Align2::LEFT_CENTER,
            text,
            ui_font(size::BODY),
            t.text,
        );
    }
}

fn menu_entry(ui: &mut Ui, view: &mut View<'_>, action: Action) {
    let t = tokens(ui);
    let info = action.info();
    let button = Button::new(info.name)
        .right_text(theme::mono(shortcut(ui, &info), t.text_faint))
        .frame_when_inactive(false)
        .min_size(vec2(ui.available_width(), 28.0));
    let enabled = crate::window::enabled(view, action);
    if ui
        .add_enabled(enabled, button)
        .on_hover_text(info.tooltip)
        .clicked()
    {
        view.run(action);
        ui.close();
    }
}

/// A field of the bar: raised, as high as the buttons; `paint` fills it.
pub fn field(ui: &mut Ui, width: f32, name: &str, paint: impl FnOnce(&Ui, Rect)) -> Response {
    let t = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, size::CONTROL), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, ui.is_enabled(), name));
    let lit = response.hovered() || response.has_focus();
    let stroke = if lit { t.accent } else { t.raised };
    ui.painter().rect(
        rect,
        CornerRadius::same(size::CORNER),
        t.raised,
        Stroke::new(1.0, stroke),
        StrokeKind::Inside,
    );
    paint(ui, rect);
    response
}

/// `text`, cut with an ellipsis where it is wider than `width`.
pub fn elide(ui: &Ui, text: &str, points: f32, width: f32) -> String {
    let wide = |s: &str| {
        ui.painter()
            .layout_no_wrap(s.into(), ui_font(points), egui::Color32::PLACEHOLDER)
            .size()
            .x
    };
    if wide(text) <= width {
        return text.into();
    }
    let mut cut: String = text.into();
    while cut.pop().is_some() {
        let shown = format!("{cut}…");
        if wide(&shown) <= width {
            return shown;
        }
    }
    String::new()
}

/// The keys of an action as this desktop writes them.
pub fn shortcut(ui: &Ui, info: &Info) -> String {
    info.shortcut
        .map(|keys| ui.ctx().format_shortcut(&keys))
        .unwrap_or_default()
}

/// Tooltip of an action: what it does, and its keys.
pub fn tooltip(ui: &Ui, info: &Info) -> String {
    match shortcut(ui, info) {
        keys if keys.is_empty() => info.tooltip.into(),
        keys => format!("{} ({keys})", info.tooltip),
    }
}

fn icon_button(ui: &mut Ui, view: &mut View<'_>, action: Action, icon: &str) {
    let info = action.info();
    let enabled = crate::window::enabled(view, action);
    let button = Button::new(RichText::new(icon).font(ui_font(18.0)))
        .frame(false)
        .min_size(vec2(28.0, size::CONTROL));
    let response = ui.add_enabled(enabled, button);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, enabled, info.name));
    if response.on_hover_text(tooltip(ui, &info)).clicked() {
        view.run(action);
    }
}

fn palette_button(ui: &mut Ui, view: &mut View<'_>, roomy: bool) {
    let t = tokens(ui);
    let info = Action::Palette.info();
    let keys = shortcut(ui, &info);
    let width = if roomy { 120.0 } else { 68.0 };
    let response = field(ui, width, info.name, |ui, rect| {
        let font = theme::ui_font(size::LABEL);
        if roomy {
            ui.painter().text(
                pos2(rect.left() + 12.0, rect.center().y),
                Align2::LEFT_CENTER,
                "Find…",
                font.clone(),
                t.text_soft,
            );
            ui.painter().text(
                pos2(rect.right() - 12.0, rect.center().y),
                Align2::RIGHT_CENTER,
                &keys,
                font,
                t.text_faint,
            );
        } else {
            ui.painter().text(
                rect.center(),
                Align2::CENTER_CENTER,
                &keys,
                font,
                t.text_soft,
            );
        }
    });
    if response.on_hover_text(info.tooltip).clicked() {
        view.run(Action::Palette);
    }
}

fn measure_button(ui: &mut Ui, view: &mut View<'_>, roomy: bool) {
    let t = tokens(ui);
    let running = view.jobs.measuring.is_some();
    let action = if running {
        Action::Cancel
    } else {
        Action::Measure
    };
    let info = action.info();
    let (fill, text) = if running {
        (t.raised, t.over)
    } else {
        (t.accent, t.on_accent)
    };
    let enabled = crate::window::enabled(view, action);
    let label = RichText::new(info.name)
        .font(ui_font(size::TITLE))
        .color(text);
    let button = Button::new(label)
        .fill(fill)
        .stroke(Stroke::NONE)
        .min_size(vec2(if roomy { 144.0 } else { 124.0 }, size::CONTROL));
    let response = ui.add_enabled(enabled, button);
    if response.on_hover_text(tooltip(ui, &info)).clicked() {
        view.run(action);
    }
}
