//! The inspector: the selected step's shapes, memory and cost, the schedule's controls, and what planning noted.

use super::parts::{self, Part};
use super::{View, diagnostics};
use crate::command::{Action, Command};
use crate::format;
use crate::theme::{heading, mono, size, tokens, ui_font};
use crate::window::FIRST_GRID;
use egui::{
    Align, Button, Color32, Frame, Layout, Margin, RichText, ScrollArea, Sense, Stroke, Ui, vec2,
};
use tinyscope_core::plan::{Plan, Schedule, Step};
use tinyscope_core::schedule::InputMode;
use tinyscope_core::{Diagnostic, Graph};

/// Show it.
pub fn show(ui: &mut Ui, view: &mut View<'_>) {
    let Some(plan) = view.derived.plan.clone() else {
        return;
    };
    let margin = Margin::symmetric(size::MARGIN as i8, 4);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.spacing_mut().interact_size.y = 20.0;
            if let Some(step) = view
                .state
                .lit()
                .and_then(|id| plan.steps.get(id.0 as usize))
            {
                title(ui, &plan, step);
                tensors(ui, &plan.graph, step);
                memory(ui, step);
                cost(ui, view, step);
            }
            schedule(ui, view, &plan);
            notes(ui, view, &plan);
        });
    });
}

fn title(ui: &mut Ui, plan: &Plan, step: &Step) {
    let t = tokens(ui);
    let text = format!("{:02}  {}", step.id.0, step.name);
    heading(ui, text, size::MARK, t.text);
    let way = crate::stages::method_name(plan.segments[step.segment].method);
    let op = plan.graph.op(step.op);
    ui.label(
        RichText::new(format!("{way} · {}", op.kind.name()))
            .small()
            .color(t.text_soft),
    );
    ui.add_space(4.0);
}

/// A label on the left, a figure on the right.
fn row(ui: &mut Ui, label: &str, value: impl Into<String>, color: Color32) {
    let t = tokens(ui);
    ui.horizontal(|ui| {
        ui.set_min_height(20.0);
        ui.label(RichText::new(label).color(t.text_soft));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add(egui::Label::new(mono(value, color)).truncate());
        });
    });
}

fn section(ui: &mut Ui, name: &str) {
    let t = tokens(ui);
    ui.add_space(8.0);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    ui.painter().hline(
        rect.x_range(),
        rect.center().y,
        Stroke::new(1.0, t.hairline),
    );
    ui.add_space(6.0);
    heading(ui, name, size::TITLE, t.text);
}

fn tensors(ui: &mut Ui, graph: &Graph, step: &Step) {
    let t = tokens(ui);
    for operand in &step.inputs {
        row(
            ui,
            "input",
            format::shape(graph.tensor(operand.tensor).hwc()),
            t.text,
        );
    }
    let output = graph.tensor(step.output.tensor);
    row(ui, "output", format::shape(output.hwc()), t.text);
    if let Some((scale, zero)) = output.scale_zero() {
        row(ui, "scale, zero", format!("{scale:.4}, {zero}"), t.text);
    }
    let kind = &graph.op(step.op).kind;
    if let Some((weights, bias)) = kind.parameters() {
        let shape: Vec<String> = graph
            .tensor(weights)
            .shape
            .iter()
            .map(ToString::to_string)
            .collect();
        let bias = if bias.is_some() { " + bias" } else { "" };
        row(ui, "weights", format!("{}{bias}", shape.join("×")), t.text);
    }
    if let Some(w) = kind.window() {
        let pad = w.padding;
        row(
            ui,
            "kernel, stride",
            format!(
                "{}×{}, {}×{}",
                w.kernel[0], w.kernel[1], w.stride[0], w.stride[1]
            ),
            t.text,
        );
        if pad != tinyscope_core::graph::Padding::default() {
            row(
                ui,
                "padding t b l r",
                format!("{} {} {} {}", pad.top, pad.bottom, pad.left, pad.right),
                t.text,
            );
        }
    }
    if step.weight_bytes > 0 {
        row(ui, "in flash", format::kib(step.weight_bytes), t.text);
    }
}

fn memory(ui: &mut Ui, step: &Step) {
    let t = tokens(ui);
    section(ui, "Memory of this step");
    for part in Part::ALL {
        let bytes = part.bytes(&step.live);
        let name = match part {
            Part::Output if step.in_place.is_some() => "output (in place)",
            _ => part.name(),
        };
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(10.0, 20.0), Sense::hover());
            let swatch = egui::Rect::from_center_size(rect.center(), vec2(10.0, 10.0));
            parts::fill(ui.painter(), swatch, 2, part, t);
            let color = if bytes == 0 { t.text_faint } else { t.text };
            let value = if bytes == 0 {
                "0".into()
            } else {
                format::kib(bytes)
            };
            row(ui, name, value, color);
        });
    }
    ui.horizontal(|ui| {
        ui.add_space(18.0);
        row(ui, "live", format::kib(step.live.total()), t.text);
    });
}

fn cost(ui: &mut Ui, view: &View<'_>, step: &Step) {
    let t = tokens(ui);
    section(ui, "Cost");
    let macs = if step.macs == step.macs_once {
        format::count(step.macs)
    } else {
        format!(
            "{} ({})",
            format::count(step.macs),
            format::percent_change(step.macs_once, step.macs)
        )
    };
    row(ui, "MACs", macs, t.text);
    let unit = if ui.available_width() < 200.0 {
        ""
    } else {
        " cycles"
    };
    let cycles = |n: u64| format!("{}{unit}", format::group(n));
    row(ui, "estimated", cycles(step.cycles_estimated), t.text);
    noise(ui, view, step);
    let measurement = view.current_measurement().map(|m| &m.result);
    let of_step = |simulated: bool| {
        measurement
            .filter(|m| m.simulated == simulated)
            .and_then(|m| m.steps.get(step.id.0 as usize))
            .and_then(|s| s.cycles.iter().copied().min())
    };
    let unmeasured = if view.state.board() == crate::state::VIRTUAL {
        "no board"
    } else {
        "not run"
    };
    for (name, simulated, none) in [
        ("simulated", true, "not run"),
        ("measured", false, unmeasured),
    ] {
        match of_step(simulated) {
            Some(n) => row(ui, name, cycles(n), t.good),
            None => row(ui, name, none, t.text_faint),
        }
    }
}

/// What quantising cost at this step.
fn noise(ui: &mut Ui, view: &View<'_>, step: &Step) {
    let quantised = view
        .document
        .model
        .as_ref()
        .and_then(|m| m.quantised.as_ref());
    let (Some(quantised), Some(plan)) = (quantised, &view.derived.plan) else {
        return;
    };
    if let Some(noise) = quantised.noise_of(plan.graph.op(step.op).source_index) {
        let t = tokens(ui);
        let text = noise
            .sqnr_db
            .map_or_else(|| "exact".into(), |db| format!("{db:.1} dB"));
        row(ui, "signal to noise", text, t.text);
    }
}

fn schedule(ui: &mut Ui, view: &mut View<'_>, plan: &Plan) {
    let t = tokens(ui);
    section(ui, "Schedule");
    if matches!(plan.choices.schedule, Schedule::Stages(_)) {
        segments(ui, plan);
    } else {
        let (split, grid) = (plan.choices.schedule.first_patches()).unwrap_or((0, FIRST_GRID));
        stepper(
            ui,
            view,
            "patch stage",
            &format!("{split} step{}", if split == 1 { "" } else { "s" }),
            [Action::EdgeEarlier, Action::EdgeLater],
        );
        stepper(
            ui,
            view,
            "patch grid",
            &format!("{}×{}", grid[0], grid[1]),
            [Action::GridCoarser, Action::GridFiner],
        );
    }
    row(
        ui,
        "recomputed",
        format::percent_change(plan.totals.macs_once, plan.totals.macs),
        t.text,
    );
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().button_padding.x = 4.0;
        let width = (ui.available_width() - size::GRID) / 2.0;
        for action in [Action::Fit, Action::Smallest] {
            let info = action.info();
            let button = Button::new(RichText::new(info.name).font(ui_font(size::LABEL)))
                .min_size(vec2(width, size::CONTROL));
            let enabled = crate::window::enabled(view, action);
            if ui
                .add_enabled(enabled, button)
                .on_hover_text(super::topbar::tooltip(ui, &info))
                .clicked()
            {
                view.run(action);
            }
        }
    });
    ui.add_space(4.0);
    for (action, on) in [
        (Action::ToggleInput, plan.choices.input == InputMode::Rows),
        (Action::ToggleOverlap, plan.choices.overlap),
        (Action::ToggleInPlace, plan.choices.in_place),
        (Action::ToggleFastKernels, plan.choices.fast_kernels),
    ] {
        let mut checked = on;
        let info = action.info();
        if ui
            .checkbox(&mut checked, info.name)
            .on_hover_text(info.tooltip)
            .changed()
        {
            view.run(action);
        }
    }
    if let Some(pin) = view
        .state
        .pin
        .as_ref()
        .filter(|pin| pin.choices != plan.choices)
    {
        ui.add_space(4.0);
        let saved = format::kib_change(pin.totals.peak_sram_bytes, plan.totals.peak_sram_bytes);
        row(ui, "SRAM since pin", saved, t.text);
        let work = format::percent_change(pin.totals.macs, plan.totals.macs);
        row(ui, "MACs since pin", work, t.text);
        if pin.choices.schedule != plan.choices.schedule
            && pin.choices.schedule != Schedule::Layer
            && ui.button("Back to the pinned schedule").clicked()
        {
            view.emit(Command::SetSchedule(pin.choices.schedule.clone()));
        }
    }
}

/// The segments: their steps and way, and the most bytes live in each.
fn segments(ui: &mut Ui, plan: &Plan) {
    let t = tokens(ui);
    for segment in &plan.segments {
        let last = segment.steps.end.saturating_sub(1);
        let name = format!(
            "{:02}–{last:02} {}",
            segment.steps.start,
            crate::stages::method_name(segment.method)
        );
        let bytes = plan.segment_totals(segment).peak_live_bytes;
        row(ui, &name, format::kib(bytes), t.text);
    }
}

/// Room that a stepper's two buttons take, with the gaps around them.
const STEPPERS: f32 = 2.0 * (24.0 + 4.0);

/// A value between a button that lowers it and one that raises it.
fn stepper(
    ui: &mut Ui,
    view: &mut View<'_>,
    label: &str,
    value: &str,
    [lower, raise]: [Action; 2],
) {
    let t = tokens(ui);
    ui.horizontal(|ui| {
        let room = ui.available_width();
        let label = ui.label(RichText::new(label).color(t.text_soft));
        // In a narrow pane the figure stands alone, without its unit.
        let roomy = room - label.rect.width() - size::GRID - STEPPERS >= 72.0;
        let (width, value) = match value.split_once(' ') {
            _ if roomy => (72.0, value),
            Some((figure, _)) => (28.0, figure),
            None => (28.0, value),
        };
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.spacing_mut().button_padding.x = 4.0;
            for (action, sign) in [(raise, "+"), (lower, "−")] {
                let info = action.info();
                let button = Button::new(mono(sign, t.text)).min_size(vec2(24.0, 24.0));
                let response = ui.add_enabled(crate::window::enabled(view, action), button);
                response.widget_info(|| {
                    egui::WidgetInfo::labeled(egui::Role::Button, ui.is_enabled(), info.name)
                });
                if response
                    .on_hover_text(super::topbar::tooltip(ui, &info))
                    .clicked()
                {
                    view.run(action);
                }
                if sign == "+" {
                    let (rect, _) = ui.allocate_exact_size(vec2(width, 24.0), Sense::hover());
                    let font = egui::FontId::monospace(size::LABEL);
                    ui.painter().text(
                        rect.center(),
                        egui::Align2::CENTER_CENTER,
                        value,
                        font,
                        t.text,
                    );
                }
            }
        });
    });
}

/// What was found about the operator of the step on show.
fn notes(ui: &mut Ui, view: &mut View<'_>, plan: &Plan) {
    let shown = view
        .state
        .lit()
        .and_then(|id| plan.steps.get(id.0 as usize));
    let Some(step) = shown else {
        return;
    };
    let operator = plan.graph.op(step.op).source_index;
    let about = |d: &&Diagnostic| d.op.as_ref().is_some_and(|op| op.index == operator);
    let derived = view.derived;
    let found: Vec<&Diagnostic> = derived.diagnostics.iter().filter(about).collect();
    if found.is_empty() {
        return;
    }
    let t = tokens(ui);
    section(ui, "Diagnostics of this step");
    for diagnostic in found {
        let ink = diagnostics::color(diagnostic.severity, t);
        ui.horizontal_wrapped(|ui| {
            let word = diagnostics::word(diagnostic.severity);
            ui.label(RichText::new(word).small().color(ink));
            let message = RichText::new(&diagnostic.message).font(ui_font(size::LABEL));
            ui.label(message.color(t.text_soft))
                .on_hover_text(&diagnostic.remedy);
        });
    }
    if ui.link(RichText::new("All diagnostics").small()).clicked() {
        view.run(Action::ShowDiagnostics);
    }
}
