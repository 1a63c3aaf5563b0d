//! A segment's menu: the ways to run it with what each comes to, splitting and merging. What is illegal says why.

use crate::command::{Action, Command};
use crate::format;
use crate::stages::{WAYS, method_name, same_way};
use crate::theme::{self, tokens};
use crate::views::View;
use egui::{Button, Id, RichText, Ui, vec2};
use tinyscope_core::plan::Plan;
use tinyscope_core::schedule::Method;

/// Width of the menu.
pub const WIDTH: f32 = 320.0;

/// Remember where a band was clicked: there it would be split.
pub fn note_click(ui: &Ui, id: Id, boundary: usize) {
    ui.data_mut(|data| data.insert_temp(id.with("click"), boundary));
}

/// Fill the menu of segment number `index`; `id` is its band's.
pub fn show(ui: &mut Ui, view: &mut View<'_>, plan: &Plan, index: usize, id: Id) {
    let Some(segment) = plan.segments.get(index) else {
        return;
    };
    ui.spacing_mut().item_spacing.y = 0.0;
    // Of the way that it has, the size that it has.
    let method = |way: Method| {
        if same_way(way, segment.method) {
            segment.method
        } else {
            way
        }
    };
    let refusal = |view: &View<'_>, way: Method| {
        let preview = view.derived.preview(index, method(way));
        preview.and_then(Result::err)
    };
    for (i, way) in WAYS.into_iter().enumerate() {
        entry(ui, view, plan, index, method(way));
        let reason = refusal(view, way);
        let next = WAYS.get(i + 1).and_then(|&next| refusal(view, next));
        // Said once for neighbours that share it.
        if let Some(reason) = reason.filter(|reason| next.as_ref() != Some(reason)) {
            let reason = RichText::new(reason).small().color(tokens(ui).text_faint);
            ui.add(egui::Label::new(reason).wrap());
            ui.add_space(4.0);
        }
    }
    ui.separator();
    let clicked: Option<usize> = ui.data(|data| data.get_temp(id.with("click")));
    let selected = view.state.selected.map(|step| step.0 as usize);
    let inside = |step: &usize| segment.steps.start < *step && *step < segment.steps.end;
    let middle = usize::midpoint(segment.steps.start, segment.steps.end);
    let at = [clicked, selected, Some(middle)];
    let at = at.into_iter().flatten().find(inside);
    let text = at.map_or_else(
        || "Split".into(),
        |step| format!("Split before step {step:02}"),
    );
    if plain(ui, &text, at.is_some(), Action::Split.info().tooltip)
        && let Some(step) = at
    {
        view.emit(Command::SplitBefore(step));
    }
    let last = index + 1 == plan.segments.len();
    if plain(
        ui,
        "Merge with the next",
        !last,
        Action::Merge.info().tooltip,
    ) {
        view.emit(Command::MergeNext(index));
    }
}

fn plain(ui: &mut Ui, text: &str, enabled: bool, tooltip: &str) -> bool {
    let button = Button::new(text)
        .frame_when_inactive(false)
        .min_size(vec2(ui.available_width(), 28.0));
    let response = ui.add_enabled(enabled, button).on_hover_text(tooltip);
    if response.clicked() {
        ui.close();
    }
    response.clicked()
}

/// A way, with the arena and the work that it comes to.
fn entry(ui: &mut Ui, view: &mut View<'_>, plan: &Plan, segment: usize, method: Method) {
    let t = tokens(ui);
    let preview = view.derived.preview(segment, method).and_then(Result::ok);
    let figures = match &preview {
        Some(totals) => format!(
            "{} {}",
            format::kib(totals.peak_sram_bytes),
            format::percent_change(plan.totals.macs_once, totals.macs)
        ),
        None => "not here".into(),
    };
    let chosen = (plan.segments.get(segment)).is_some_and(|s| s.method == method);
    let button = Button::selectable(chosen, method_name(method))
        .right_text(theme::mono(figures, t.text_faint))
        .min_size(vec2(ui.available_width(), 28.0));
    let response = ui.add_enabled(preview.is_some(), button);
    if response
        .on_hover_text("SRAM and work of the whole network, run so")
        .clicked()
    {
        view.emit(Command::SetMethod { segment, method });
        ui.close();
    }
}
