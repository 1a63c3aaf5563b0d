//! Two bars per step: above estimated, below what ran, and how far its runs lie apart.

use super::View;
use crate::command::Command;
use crate::format;
use crate::theme::{size, tokens, ui_font};
use crate::views::topbar::elide;
use crate::window::Measured;
use egui::{Align2, CornerRadius, Rect, ScrollArea, Sense, Stroke, StrokeKind, Ui, pos2, vec2};
use tinyscope_board::measure::Statistics;
use tinyscope_core::plan::StepId;

/// Show them.
pub fn show(ui: &mut Ui, view: &mut View<'_>, measured: &Measured) {
    const ROW: f32 = 20.0;
    let t = tokens(ui);
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
    let columns = Columns::of(head);
    let small = ui_font(size::SMALL);
    let p = ui.painter();
    let estimated = p.text(
        pos2(columns.estimated, head.center().y),
        Align2::RIGHT_CENTER,
        "□ estimated",
        small.clone(),
        t.text_faint,
    );
    if columns.bars + 56.0 < estimated.left() {
        p.text(
            pos2(columns.bars, head.center().y),
            Align2::LEFT_CENTER,
            "kcycles",
            small.clone(),
            t.text_faint,
        );
    }
    p.text(
        pos2(columns.run, head.center().y),
        Align2::RIGHT_CENTER,
        format!("■ {}", measured.result.kind()),
        small,
        t.text_faint,
    );
    let steps = &measured.plan.steps;
    let run = |i: usize| -> Option<Statistics> {
        let step = measured.result.steps.get(i)?;
        (!step.cycles.is_empty()).then(|| step.statistics())
    };
    let most = (0..steps.len())
        .map(|i| {
            let longest = run(i).map_or(0, |cycles| cycles.maximum);
            longest.max(steps[i].cycles_estimated)
        })
        .max()
        .unwrap_or(1)
        .max(1);
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical()
        .auto_shrink(false)
        .show_rows(ui, ROW, steps.len(), |ui, rows| {
            for i in rows {
                let (rect, response) =
                    ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
                let id = StepId(i as u32);
                if response.hovered() {
                    view.emit(Command::Hover(id));
                }
                if response.clicked() {
                    view.emit(Command::Select(id));
                }
                let p = ui.painter();
                if view.is_lit(id) {
                    p.rect_filled(rect, 2, t.accent.gamma_multiply(0.18));
                }
                let columns = Columns::of(rect);
                let exact = measured.result.steps.get(i).is_none_or(|s| s.bit_exact);
                let y = rect.center().y;
                let mono = egui::FontId::monospace(size::SMALL);
                let name = format!("{i:02} {}", steps[i].name);
                let shown = elide(ui, &name, size::LABEL, columns.bars - 8.0 - rect.left());
                let cut = shown != name;
                p.text(
                    pos2(rect.left(), y),
                    Align2::LEFT_CENTER,
                    shown,
                    ui_font(size::LABEL),
                    if exact { t.text_soft } else { t.over },
                );
                let width = |cycles: u64| {
                    (columns.estimated - 72.0 - columns.bars).max(8.0) * cycles as f32 / most as f32
                };
                let bar = |cycles: u64, top: f32, height: f32| {
                    Rect::from_min_size(
                        pos2(columns.bars, rect.top() + top),
                        vec2(width(cycles).max(1.0), height),
                    )
                };
                if let Some(runs) = run(i) {
                    let cycles = runs.minimum;
                    p.rect_filled(
                        bar(cycles, 5.0, 10.0),
                        CornerRadius::same(1),
                        if exact { t.stage } else { t.over },
                    );
                    // From the fastest run to the slowest.
                    if runs.spread() > 0 {
                        let [from, to] = [bar(cycles, 5.0, 10.0), bar(runs.maximum, 5.0, 10.0)]
                            .map(|bar| bar.right());
                        let whisker = Stroke::new(1.0, t.text);
                        p.hline(from..=to, y, whisker);
                        p.vline(to, y - 3.0..=y + 3.0, whisker);
                    }
                    p.text(
                        pos2(columns.run, y),
                        Align2::RIGHT_CENTER,
                        format::kilo(cycles),
                        mono.clone(),
                        t.text,
                    );
                }
                let estimated = steps[i].cycles_estimated;
                p.rect_stroke(
                    bar(estimated, 3.0, 14.0),
                    CornerRadius::same(1),
                    Stroke::new(1.0, t.text_soft),
                    StrokeKind::Inside,
                );
                p.text(
                    pos2(columns.estimated, y),
                    Align2::RIGHT_CENTER,
                    format::kilo(estimated),
                    mono,
                    t.text_soft,
                );
                if cut {
                    response.on_hover_text(name);
                }
            }
        });
}

struct Columns {
    bars: f32,
    estimated: f32,
    run: f32,
}

impl Columns {
    fn of(row: Rect) -> Self {
        let run = row.right() - 12.0;
        Self {
            bars: row.left() + (row.width() * 0.26).clamp(72.0, 140.0),
            estimated: run - 76.0,
            run,
        }
    }
}
