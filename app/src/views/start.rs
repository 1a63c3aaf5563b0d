//! The first screen: examples, a place to drop a file, recent files.

use super::View;
use crate::command::{Action, Command};
use crate::document::ModelSource;
use crate::examples::EXAMPLES;
use crate::format;
use crate::theme::{heading, mono, size, tokens, ui_font};
use egui::{
    Align2, Button, CornerRadius, Rect, RichText, ScrollArea, Sense, Shape, Stroke, StrokeKind, Ui,
    UiBuilder, WidgetInfo, pos2, vec2,
};
use std::path::Path;

const WIDTH: f32 = 640.0;

/// Show it, centred.
pub fn show(ui: &mut Ui, view: &mut View<'_>) {
    let area = ui.max_rect();
    let width = WIDTH.min(area.width() - 2.0 * size::MARGIN);
    let left = area.center().x - width / 2.0;
    let column = Rect::from_min_max(
        pos2(left, area.top() + 24.0),
        pos2(left + width, area.bottom()),
    );
    ui.scope_builder(UiBuilder::new().max_rect(column), |ui| {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.set_width(width);
            ui.add_space((area.height() * 0.12).max(8.0));
            let t = tokens(ui);
            ui.label(RichText::new("Where does a network's memory go?").font(ui_font(26.0)).color(t.text));
            ui.add_space(4.0);
            ui.label(
                RichText::new("Open a TFLite or ONNX model, reshape its schedule, and measure the generated C on a microcontroller.")
                    .color(t.text_soft),
            );
            ui.add_space(28.0);
            drop_place(ui, view);
            ui.add_space(28.0);
            examples(ui, view);
            recent(ui, view);
        });
    });
}

fn drop_place(ui: &mut Ui, view: &mut View<'_>) {
    let t = tokens(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), 120.0), Sense::click());
    response
        .widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, Action::Open.info().name));
    let lit = response.hovered() || response.has_focus();
    let color = if lit { t.accent } else { t.text_faint };
    let p = ui.painter();
    p.rect_filled(rect, 6, t.panel);
    let corners = [
        rect.left_top(),
        rect.right_top(),
        rect.right_bottom(),
        rect.left_bottom(),
        rect.left_top(),
    ];
    p.extend(Shape::dashed_line(
        &corners,
        Stroke::new(1.0, color),
        6.0,
        4.0,
    ));
    p.text(
        rect.center() - vec2(0.0, 12.0),
        Align2::CENTER_CENTER,
        "Drop a model here, or click to choose a file",
        ui_font(16.0),
        t.text,
    );
    let keys = super::topbar::shortcut(ui, &Action::Open.info());
    p.text(
        rect.center() + vec2(0.0, 16.0),
        Align2::CENTER_CENTER,
        format!(".tflite, .onnx or .tinyscope · {keys}"),
        ui_font(size::LABEL),
        t.text_soft,
    );
    if response.clicked() {
        view.run(Action::Open);
    }
}

fn examples(ui: &mut Ui, view: &mut View<'_>) {
    if EXAMPLES.is_empty() {
        return;
    }
    let t = tokens(ui);
    heading(ui, "Examples", size::TITLE, t.text);
    ui.add_space(4.0);
    for example in EXAMPLES {
        let figures = format::kib(example.bytes.len());
        if card(ui, example.name, example.about, &figures) {
            view.emit(Command::Open(ModelSource::Example(example.name.into())));
        }
        ui.add_space(4.0);
    }
    ui.add_space(20.0);
}

/// A line that can be clicked: name, explanation, a figure at its right end.
fn card(ui: &mut Ui, name: &str, about: &str, figure: &str) -> bool {
    let t = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 52.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, format!("Open {name}")));
    let lit = response.hovered() || response.has_focus();
    let stroke = Stroke::new(1.0, if lit { t.accent } else { t.hairline });
    let p = ui.painter().with_clip_rect(rect);
    p.rect(
        rect,
        CornerRadius::same(size::CORNER),
        t.panel,
        stroke,
        StrokeKind::Inside,
    );
    p.text(
        rect.left_top() + vec2(16.0, 17.0),
        Align2::LEFT_CENTER,
        name,
        ui_font(size::TITLE),
        t.text,
    );
    p.text(
        rect.left_top() + vec2(16.0, 36.0),
        Align2::LEFT_CENTER,
        about,
        ui_font(size::LABEL),
        t.text_soft,
    );
    p.text(
        pos2(rect.right() - 16.0, rect.center().y),
        Align2::RIGHT_CENTER,
        figure,
        egui::FontId::monospace(size::LABEL),
        t.text_soft,
    );
    response.clicked()
}

fn recent(ui: &mut Ui, view: &mut View<'_>) {
    if view.state.recent.is_empty() {
        return;
    }
    let t = tokens(ui);
    heading(ui, "Recent", size::TITLE, t.text);
    ui.add_space(4.0);
    let files = view.state.recent.clone();
    for path in files {
        let name = ModelSource::File(path.clone()).label();
        let folder = format::path(path.parent().unwrap_or(Path::new("")));
        let button = Button::new(RichText::new(name).color(t.text))
            .right_text(mono(folder, t.text_faint))
            .frame_when_inactive(false)
            .min_size(vec2(ui.available_width(), size::ROW));
        if ui.add(button).clicked() {
            view.emit(Command::Open(ModelSource::File(path)));
        }
    }
}
