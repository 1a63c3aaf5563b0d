//! The three gauges: SRAM, flash, latency, each against its budget and since the pin.

use super::View;
use crate::format;
use crate::theme::{size, tokens, ui_font};
use egui::{Align2, FontId, Galley, Rect, Sense, Ui, WidgetInfo, pos2, vec2};
use std::sync::Arc;
use tinyscope_core::plan::Plan;

struct Gauge {
    name: &'static str,
    /// The figure, with its unit and budget.
    figure: String,
    /// The figure alone, for where there is no room; the bar still shows the share.
    short: String,
    /// Share of the budget; `None` where there is no budget.
    filled: Option<f32>,
    /// Left below the bar: the change since the pin, and whether it is for the worse.
    change: (String, Change),
    /// Right below the bar: where the number comes from.
    origin: &'static str,
    tooltip: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Better,
    Same,
    Worse,
}

impl Change {
    fn of(from: u64, to: u64) -> Self {
        match to.cmp(&from) {
            std::cmp::Ordering::Less => Self::Better,
            std::cmp::Ordering::Equal => Self::Same,
            std::cmp::Ordering::Greater => Self::Worse,
        }
    }
}

/// All three, sharing the width that is left.
pub fn all(ui: &mut Ui, view: &View<'_>) {
    let Some(plan) = &view.derived.plan else {
        return;
    };
    let pin = view.state.pin.as_deref().unwrap_or(plan);
    let gap = if ui.available_width() > 520.0 {
        24.0
    } else {
        12.0
    };
    let width = ((ui.available_width() - 2.0 * gap - size::GRID) / 3.0).clamp(88.0, 184.0);
    ui.spacing_mut().item_spacing.x = gap;
    for gauge in [sram(plan, pin), flash(plan, pin), latency(view, plan, pin)] {
        draw(ui, width, &gauge);
    }
}

fn sram(plan: &Plan, pin: &Plan) -> Gauge {
    let (used, before) = (plan.totals.peak_sram_bytes, pin.totals.peak_sram_bytes);
    let budget = plan.target.arena_budget_bytes();
    Gauge {
        name: "SRAM",
        figure: budgeted(used, budget),
        short: format::kib(used),
        filled: Some(used as f32 / budget.max(1) as f32),
        change: (
            format::kib_change(before, used),
            Change::of(before as u64, used as u64),
        ),
        origin: "computed",
        tooltip: format!(
            "Arena of the program: tensors, scratch, input and output.\n{} of {} on the {}, {} kept for stack and application",
            format::kib(used),
            format::kib(plan.target.sram_bytes),
            plan.target.chip,
            format::kib(plan.target.reserved_sram_bytes)
        ),
    }
}

fn flash(plan: &Plan, pin: &Plan) -> Gauge {
    let bytes = |p: &Plan| p.totals.flash.weights + p.totals.flash.code_estimated;
    let (used, before) = (bytes(plan), bytes(pin));
    Gauge {
        name: "Flash",
        figure: budgeted(used, plan.target.flash_bytes),
        short: format::kib(used),
        filled: Some(used as f32 / plan.target.flash_bytes.max(1) as f32),
        change: (
            format::kib_change(before, used),
            Change::of(before as u64, used as u64),
        ),
        origin: "estimated",
        tooltip: format!(
            "Weights {} (computed) and code {} (estimated)",
            format::kib(plan.totals.flash.weights),
            format::kib(plan.totals.flash.code_estimated)
        ),
    }
}

fn latency(view: &View<'_>, plan: &Plan, pin: &Plan) -> Gauge {
    let estimated = plan.totals.cycles_estimated;
    // The chip may have changed since the pin: times are compared, not cycles.
    let nanoseconds = |p: &Plan| {
        let time = u128::from(p.totals.cycles_estimated) * 1_000_000_000
            / u128::from(p.target.clock_hz.max(1));
        u64::try_from(time).unwrap_or(u64::MAX)
    };
    let (before, now) = (nanoseconds(pin), nanoseconds(plan));
    let (figure, origin, tooltip) = if let Some(m) = view.current_measurement() {
        (
            format::milliseconds(m.result.total_cycles, m.result.clock_hz),
            if m.result.simulated {
                "simulated"
            } else {
                "measured"
            },
            format!(
                "{} cycles at {}: {}\nestimated before: {}",
                format::group(m.result.total_cycles),
                format::megahertz(m.result.clock_hz),
                m.result.provenance,
                format::milliseconds(estimated, plan.target.clock_hz)
            ),
        )
    } else {
        let (cycles, how) = match view.correction() {
            Some(correction) => (correction.apply(plan).total, correction.label()),
            None => (estimated, "estimated by the cost model".to_owned()),
        };
        (
            format::milliseconds(cycles, plan.target.clock_hz),
            "estimated",
            format!(
                "{} cycles at {}, {how}",
                format::group(cycles),
                format::megahertz(plan.target.clock_hz)
            ),
        )
    };
    Gauge {
        name: "Latency",
        short: figure.clone(),
        figure,
        filled: None,
        change: (format::percent_change(before, now), Change::of(before, now)),
        origin,
        tooltip,
    }
}

fn budgeted(used: usize, budget: usize) -> String {
    format!(
        "{:.1} / {:.0} KiB",
        used as f64 / 1024.0,
        budget as f64 / 1024.0
    )
}

fn draw(ui: &mut Ui, width: f32, gauge: &Gauge) {
    let t = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 44.0), Sense::hover());
    let over = gauge.filled.is_some_and(|f| f > 1.0);
    response.widget_info(|| {
        let change = match gauge.change.1 {
            Change::Same => String::new(),
            _ => format!(", {} since pin", gauge.change.0),
        };
        let state = if over { ", over budget" } else { "" };
        WidgetInfo::labeled(
            egui::Role::Label,
            true,
            format!("{} {}{change}{state}", gauge.name, gauge.figure),
        )
    });
    let p = ui.painter().with_clip_rect(rect.expand(1.0));
    let small = ui_font(size::SMALL);
    let top = rect.top() + 8.0;
    let name = p.text(
        pos2(rect.left(), top),
        Align2::LEFT_CENTER,
        gauge.name,
        ui_font(size::LABEL),
        t.text_soft,
    );
    let figure_color = if over { t.over } else { t.text };
    // The largest that fits beside the name; the budget goes before the figure does.
    let mut candidates = [
        (&gauge.figure, size::TITLE),
        (&gauge.figure, size::BODY),
        (&gauge.figure, size::LABEL),
        (&gauge.figure, size::SMALL),
        (&gauge.short, size::LABEL),
        (&gauge.short, size::SMALL),
    ]
    .into_iter()
    .map(|(text, points)| {
        let font = FontId::monospace(points);
        p.layout_no_wrap(text.clone(), font, figure_color)
    });
    let fits = |galley: &Arc<Galley>| galley.size().x < rect.right() - name.right() - 6.0;
    if let Some(galley) = candidates.find(fits) {
        let at = Align2::RIGHT_CENTER.anchor_size(pos2(rect.right(), top), galley.size());
        p.galley(at.min, galley, figure_color);
    }
    let bar = Rect::from_min_max(
        pos2(rect.left(), rect.top() + 20.0),
        pos2(rect.right(), rect.top() + 25.0),
    );
    p.rect_filled(bar, 2, t.hairline);
    if let Some(filled) = gauge.filled {
        let mut part = bar;
        part.set_right(bar.left() + bar.width() * filled.clamp(0.01, 1.0));
        p.rect_filled(part, 2, if over { t.over } else { t.accent });
    }
    let below = rect.top() + 36.0;
    let (change, how) = &gauge.change;
    let (text, color) = if over {
        ("▲ over budget".into(), t.over)
    } else {
        match how {
            Change::Better => (format!("{change} since pin"), t.good),
            Change::Same => (change.clone(), t.text_faint),
            Change::Worse => (format!("{change} since pin"), t.warn),
        }
    };
    let left = p.text(
        pos2(rect.left(), below),
        Align2::LEFT_CENTER,
        text,
        small.clone(),
        color,
    );
    let origin = p.layout_no_wrap(gauge.origin.into(), small, t.text_faint);
    if rect.right() - origin.size().x > left.right() + 4.0 {
        let at = pos2(
            rect.right() - origin.size().x,
            below - origin.size().y / 2.0,
        );
        p.galley(at, origin, t.text_faint);
    }
    response.on_hover_text(&gauge.tooltip);
}
