//! Quantising: what is chosen, how far it is, and what it cost.

use super::View;
use super::form::{field, named, ring, soft};
use super::topbar::elide;
use crate::command::{Action, Command};
use crate::document::{Model, Quantised};
use crate::format;
use crate::images;
use crate::state::QuantiseForm;
use crate::theme::{Tokens, heading, mono, size, tokens, ui_font};
use egui::{
    Align, Align2, Button, ComboBox, CornerRadius, DragValue, FontId, Frame, Label, Layout, Margin,
    ProgressBar, Rect, RichText, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2,
};
use tinyscope_core::plan::Step;
use tinyscope_core::quant::calibrate::{Method, StepNoise};
use tinyscope_core::quant::preprocess::{ChannelOrder, Fit};

/// Noise above this many dB is seldom heard of again; below it a step is marked.
const GOOD_DB: f64 = 20.0;
/// Channels of a picture, by the order of the input.
const CHANNELS: [&str; 3] = ["first channel", "second channel", "third channel"];

/// The pane beside the others: the report of a quantised model.
pub fn pane(ui: &mut Ui, view: &mut View<'_>) {
    let margin = Margin::symmetric(size::MARGIN as i8, 8);
    Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        let model = view.document.model.as_ref();
        match model.and_then(|m| m.quantised.clone()) {
            _ if view.jobs.quantising.is_some() => progress(ui, view),
            Some(quantised) => report(ui, view, &quantised),
            None => ui_message(
                ui,
                "This model came quantised",
                "Its codes are its author's",
            ),
        }
    });
}

fn ui_message(ui: &mut Ui, title: &str, text: &str) {
    let t = tokens(ui);
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.3).max(8.0));
        heading(ui, title, size::TITLE, t.text);
        soft(ui, text);
    });
}

/// Everything that can be chosen, and the button that begins; or how far it is.
pub fn form(ui: &mut Ui, view: &mut View<'_>) {
    let Some(model) = &view.document.model else {
        return;
    };
    let float = Model::float(model).clone();
    let Some((form, graph)) = view.state.quantise.clone().zip(float.graph.clone()) else {
        return;
    };
    let busy = view.jobs.quantising.is_some();
    let mut next = form.clone();
    ui.spacing_mut().item_spacing = vec2(size::GRID, 4.0);
    ui.add_enabled_ui(!busy, |ui| {
        samples(ui, view, &mut next);
        method(ui, &mut next);
        if let Some(channels) = images::picture_channels(&graph) {
            preprocessing(ui, &mut next, channels);
        }
    });
    if next != form {
        view.emit(Command::SetQuantise(Box::new(next)));
    }
    ui.add_space(6.0);
    if busy {
        progress(ui, view);
        return;
    }
    ui.horizontal(|ui| {
        let t = tokens(ui);
        let info = Action::Quantise.info();
        let enabled = crate::window::enabled(view, Action::Quantise);
        let name = RichText::new(info.name)
            .font(ui_font(size::TITLE))
            .color(t.on_accent);
        let button = Button::new(name)
            .fill(t.accent)
            .min_size(vec2(152.0, size::CONTROL));
        if ui
            .add_enabled(enabled, button)
            .on_hover_text(info.tooltip)
            .clicked()
        {
            view.run(Action::Quantise);
        }
        if !enabled {
            soft(ui, "choose samples first");
        }
    });
    if let Some(error) = &form.error {
        let t = tokens(ui);
        ui.add(Label::new(RichText::new(error).color(t.over)).wrap());
    }
}

fn samples(ui: &mut Ui, view: &mut View<'_>, form: &mut QuantiseForm) {
    let t = tokens(ui);
    field(ui, "samples", |ui| {
        ring(ui);
        let chosen = form.settings.images.is_some();
        let mut is_folder = chosen;
        if ui.radio_value(&mut is_folder, true, "folder").clicked() && !chosen {
            view.run(Action::ChooseImages);
        }
        if ui
            .radio_value(&mut form.random, true, "random input")
            .clicked()
        {
            form.settings.images = None;
        }
    });
    field(ui, "", |ui| match &form.settings.images {
        Some(folder) => {
            let change = Button::new("Change…").min_size(vec2(0.0, size::ROW));
            let room = ui.available_width() - 84.0;
            let text = elide(ui, &format::path(folder), size::LABEL, room);
            ui.label(mono(text, t.text))
                .on_hover_text(format::path(folder));
            if ui.add(change).clicked() {
                view.run(Action::ChooseImages);
            }
        }
        None if form.random => {
            soft(ui, "fit for memory and timing, not for answers");
        }
        None => {
            let choose = Button::new("Choose folder…").min_size(vec2(0.0, size::ROW));
            if ui.add(choose).clicked() {
                view.run(Action::ChooseImages);
            }
            soft(ui, "pictures or .npy; sub-folders are classes");
        }
    });
    field(ui, "at most", |ui| {
        let most = crate::project::MAX_SAMPLES;
        let value = DragValue::new(&mut form.settings.samples)
            .range(1..=most)
            .suffix(" samples");
        named(&ui.add(value), "samples at most");
    });
}

fn method(ui: &mut Ui, form: &mut QuantiseForm) {
    let options = &mut form.settings.options;
    field(ui, "ranges", |ui| {
        let chooser = ComboBox::from_id_salt("method")
            .selected_text(options.method.name())
            .width(168.0)
            .show_ui(ui, |ui| {
                for method in Method::ALL {
                    let same = method.name() == options.method.name();
                    if ui.selectable_label(same, method.name()).clicked() && !same {
                        options.method = method;
                    }
                }
            });
        let name = "method for ranges";
        (chooser.response).widget_info(|| WidgetInfo::labeled(egui::Role::ComboBox, true, name));
        if let Method::Percentile { percent } = &mut options.method {
            let value = DragValue::new(percent).range(90.0..=100.0).speed(0.01);
            let response = ui.add(value.suffix(" %").max_decimals(3));
            named(&response, "values inside the range");
        }
    });
    field(ui, "", |ui| {
        ring(ui);
        ui.checkbox(&mut options.equalize, "equalise channels")
            .on_hover_text("Balance the channels of neighbouring layers first (Nagel et al. 2019)");
        ui.checkbox(&mut options.correct_bias, "correct biases")
            .on_hover_text("Take the mean error of rounded weights out of each bias");
    });
}

fn preprocessing(ui: &mut Ui, form: &mut QuantiseForm, channels: usize) {
    let p = &mut form.settings.preprocessing;
    field(ui, "pictures", |ui| {
        for (fit, name) in [(Fit::Stretch, "stretch"), (Fit::Fill, "fill")] {
            ui.selectable_value(&mut p.fit, fit, name);
        }
        ui.add_space(size::GRID);
        for (order, name) in [
            (ChannelOrder::Rgb, "RGB"),
            (ChannelOrder::Bgr, "BGR"),
            (ChannelOrder::Gray, "gray"),
        ] {
            ui.selectable_value(&mut p.order, order, name);
        }
    });
    field(ui, "keep middle", |ui| {
        let mut percent = p.crop * 100.0;
        let value = DragValue::new(&mut percent).range(1.0..=100.0).speed(0.5);
        let response = ui.add(value.suffix(" %").max_decimals(1));
        named(&response, "share of the picture that is kept");
        if response.changed() {
            p.crop = (percent / 100.0).clamp(0.01, 1.0);
        }
    });
    // A network with one channel takes the first number of each.
    let kept = channels.min(3);
    field(ui, "mean", |ui| {
        for (mean, channel) in p.mean[..kept].iter_mut().zip(CHANNELS) {
            let value = DragValue::new(mean).range(-1e6..=1e6).speed(0.5);
            named(&ui.add(value.max_decimals(3)), &format!("mean, {channel}"));
        }
    });
    field(ui, "scale", |ui| {
        for (scale, channel) in p.scale[..kept].iter_mut().zip(CHANNELS) {
            let value = DragValue::new(scale).range(-1e6..=1e6).speed(0.0001);
            let value = value.min_decimals(5).max_decimals(6);
            named(&ui.add(value), &format!("scale, {channel}"));
        }
    });
    field(ui, "", |ui| soft(ui, &form.why));
}

fn progress(ui: &mut Ui, view: &mut View<'_>) {
    let t = tokens(ui);
    let Some(running) = &view.jobs.quantising else {
        return;
    };
    let (stage, fraction) = running
        .progress
        .map_or(("starting", 0.0), |p| (p.stage, p.fraction));
    heading(ui, stage, size::TITLE, t.text);
    let bar = ProgressBar::new(fraction)
        .desired_height(8.0)
        .fill(t.accent);
    ui.add(bar);
    ui.add_space(4.0);
    if ui.button(Action::Cancel.info().name).clicked() {
        view.run(Action::Cancel);
    }
}

/// What the quantisation cost, the noisiest step told apart.
fn report(ui: &mut Ui, view: &mut View<'_>, quantised: &Quantised) {
    let t = tokens(ui);
    let outcome = &quantised.outcome;
    let agreement = &outcome.report.agreement;
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let title = match outcome.accuracy {
        Some([float, int8]) => format!(
            "top-1 {} float, {} int8",
            percent(float.top1()),
            percent(int8.top1())
        ),
        None => format!("{} the same answer as float", percent(agreement.argmax)),
    };
    heading(ui, title, size::MARK, t.text);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let again = RichText::new("Quantise again…").font(ui_font(size::LABEL));
            let again = Button::new(again.color(t.accent)).frame(false);
            if ui.add(again).clicked() {
                view.emit(Command::BackToFloat);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                // Without labels the share of same answers is the headline.
                let same = percent(agreement.argmax);
                let same = outcome.accuracy.map(|_| ("same answer", same));
                let error = format!("{:.4}", agreement.max_abs_error);
                let others = [
                    ("cosine", format!("{:.4}", agreement.cosine)),
                    ("largest error", error),
                ];
                for (name, value) in same.into_iter().chain(others) {
                    let name = RichText::new(name).font(ui_font(size::LABEL));
                    ui.label(name.color(t.text_soft));
                    ui.label(mono(value, t.text));
                }
            });
        });
    });
    let origin = match &outcome.settings.images {
        Some(folder) => format!(
            "{} samples of {}",
            outcome.report.samples,
            format::path(folder)
        ),
        None => format!(
            "{} random inputs: answers are not to be trusted",
            outcome.report.samples
        ),
    };
    let color = if outcome.settings.images.is_some() {
        t.text_faint
    } else {
        t.warn
    };
    let origin = format!("{} · {origin}", outcome.report.options.method.name());
    ui.add(Label::new(RichText::new(origin).small().color(color)).truncate());
    ui.add_space(4.0);
    steps(ui, view, quantised);
}

fn steps(ui: &mut Ui, view: &mut View<'_>, quantised: &Quantised) {
    let t = tokens(ui);
    let Some(plan) = view.derived.plan.clone() else {
        return;
    };
    ui.spacing_mut().item_spacing.y = 0.0;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let small = ui_font(size::SMALL);
    let p = ui.painter();
    p.text(
        rect.left_center(),
        Align2::LEFT_CENTER,
        "step",
        small.clone(),
        t.text_faint,
    );
    let right = "signal to noise, dB";
    p.text(
        rect.right_center(),
        Align2::RIGHT_CENTER,
        right,
        small,
        t.text_faint,
    );
    let loudest = (quantised.outcome.report.steps.iter())
        .filter_map(|s| s.sqnr_db)
        .fold(1.0, f64::max);
    let height = 20.0;
    ScrollArea::vertical().auto_shrink(false).show_rows(
        ui,
        height,
        plan.steps.len(),
        |ui, rows| {
            for step in &plan.steps[rows] {
                let noise = quantised.noise_of(plan.graph.op(step.op).source_index);
                row(ui, view, t, step, noise, loudest);
            }
        },
    );
}

fn row(
    ui: &mut Ui,
    view: &mut View<'_>,
    t: &Tokens,
    step: &Step,
    noise: Option<&StepNoise>,
    loudest: f64,
) {
    let room = vec2(ui.available_width(), 20.0);
    let (rect, response) = ui.allocate_exact_size(room, Sense::click());
    let sqnr_db = noise.and_then(|n| n.sqnr_db);
    let text = match (noise, sqnr_db) {
        (_, Some(db)) => format!("{db:.1}"),
        (Some(_), None) => "exact".into(),
        (None, None) => "–".into(),
    };
    let name = format!("Noise of step {:02}: {text} dB", step.id.0);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Row, true, &name));
    if response.hovered() {
        view.emit(Command::Hover(step.id));
    }
    if response.clicked() {
        view.emit(Command::Select(step.id));
    }
    let p = ui.painter();
    if view.is_lit(step.id) {
        p.rect_filled(rect, 0, t.accent.gamma_multiply(0.18));
    }
    let middle = rect.center().y;
    let names = (rect.width() * 0.34).clamp(90.0, 180.0);
    let clip = Rect::from_min_max(rect.min, pos2(rect.left() + names - 6.0, rect.bottom()));
    let label = format!("{:02} {}", step.id.0, step.name);
    let font = ui_font(size::LABEL);
    p.with_clip_rect(clip.intersect(p.clip_rect())).text(
        rect.left_center(),
        Align2::LEFT_CENTER,
        label,
        font,
        t.text_soft,
    );
    let noisy = sqnr_db.is_some_and(|db| db < GOOD_DB);
    let (ink, mark) = if noisy {
        (t.warn, "▼ ")
    } else {
        (t.text, "")
    };
    let figure = FontId::monospace(size::LABEL);
    let figures = format!("{mark}{text}");
    p.text(
        rect.right_center(),
        Align2::RIGHT_CENTER,
        figures,
        figure,
        ink,
    );
    let from = pos2(rect.left() + names, middle - 5.0);
    let width = (rect.width() - names - 76.0).max(0.0);
    if let Some(db) = sqnr_db {
        let share = (db / loudest).clamp(0.0, 1.0) as f32;
        let bar = Rect::from_min_size(from, vec2(width * share, 10.0));
        let fill = if noisy { t.patch } else { t.output };
        p.rect_filled(bar, CornerRadius::same(2), fill);
    }
}
