//! The list of findings: severity by mark, colour and word; code, operator, why, what to do. A click on one chooses its
//! operator everywhere.

use super::View;
use crate::command::Command;
use crate::theme::{Tokens, heading, mono, size, tokens, ui_font};
use egui::{
    Color32, CornerRadius, Frame, Label, Margin, Painter, Pos2, Rect, RichText, ScrollArea, Sense,
    Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};
use tinyscope_core::{Diagnostic, Severity};

const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Note];

/// The word for a severity.
pub const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// Its colour.
pub const fn color(severity: Severity, t: &Tokens) -> Color32 {
    match severity {
        Severity::Error => t.over,
        Severity::Warning => t.warn,
        Severity::Note => t.text_soft,
    }
}

/// Its mark: a filled disc with a cross, a triangle, a ring. Told apart without colour.
pub fn mark(p: &Painter, at: Pos2, severity: Severity, t: &Tokens) {
    let ink = color(severity, t);
    let bar = |from: Pos2, to: Pos2, color| {
        p.line_segment([from, to], Stroke::new(1.5, color));
    };
    match severity {
        Severity::Error => {
            p.circle_filled(at, 6.5, ink);
            let d = 2.5;
            bar(at - vec2(d, d), at + vec2(d, d), t.panel);
            bar(at + vec2(-d, d), at + vec2(d, -d), t.panel);
        }
        Severity::Warning => {
            let corners = vec![
                at + vec2(0.0, -6.5),
                at + vec2(7.0, 5.5),
                at + vec2(-7.0, 5.5),
            ];
            p.add(Shape::convex_polygon(corners, ink, Stroke::NONE));
            bar(at + vec2(0.0, -2.5), at + vec2(0.0, 1.5), t.panel);
            p.circle_filled(at + vec2(0.0, 3.5), 0.9, t.panel);
        }
        Severity::Note => {
            p.circle_stroke(at, 5.5, Stroke::new(1.25, ink));
            bar(at + vec2(0.0, -0.5), at + vec2(0.0, 3.0), ink);
            p.circle_filled(at + vec2(0.0, -2.6), 0.9, ink);
        }
    }
}

/// How many of `diagnostics` have a severity.
pub fn count(diagnostics: &[Diagnostic], severity: Severity) -> usize {
    diagnostics
        .iter()
        .filter(|d| d.severity == severity)
        .count()
}

/// `3 warnings`.
pub fn counted(n: usize, severity: Severity) -> String {
    format!("{n} {}{}", word(severity), if n == 1 { "" } else { "s" })
}

/// Toggles that show and hide severities, with their counts; laid out from the right.
pub fn filters(ui: &mut Ui, view: &mut View<'_>) {
    let t = tokens(ui);
    ui.spacing_mut().item_spacing.x = 4.0;
    for severity in SEVERITIES.into_iter().rev() {
        let n = count(&view.derived.diagnostics, severity);
        if n == 0 {
            continue;
        }
        let shown = !view.state.hidden.contains(&severity);
        let text = counted(n, severity);
        let ink = if shown { t.text } else { t.text_faint };
        let font = ui_font(size::LABEL);
        let galley = ui.painter().layout_no_wrap(text.clone(), font, ink);
        let (rect, response) =
            ui.allocate_exact_size(vec2(galley.size().x + 36.0, 24.0), Sense::click());
        response.widget_info(|| WidgetInfo::selected(egui::Role::CheckBox, true, shown, &text));
        let fill = if shown {
            t.raised
        } else {
            Color32::TRANSPARENT
        };
        let lit = response.hovered() || response.has_focus();
        let edge = if lit { t.accent } else { t.hairline };
        let corner = CornerRadius::same(size::CORNER);
        ui.painter().rect(
            rect,
            corner,
            fill,
            Stroke::new(1.0, edge),
            StrokeKind::Inside,
        );
        let mut painter = ui.painter().clone();
        if !shown {
            painter.multiply_opacity(0.45);
        }
        mark(
            &painter,
            pos2(rect.left() + 15.0, rect.center().y),
            severity,
            t,
        );
        let at = pos2(rect.left() + 28.0, rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, ink);
        let verb = if shown { "Hide" } else { "Show" };
        if response
            .on_hover_text(format!("{verb} {}s", word(severity)))
            .clicked()
        {
            view.emit(Command::ToggleSeverity(severity));
        }
    }
}

/// The pane.
pub fn pane(ui: &mut Ui, view: &mut View<'_>) {
    Frame::new()
        .inner_margin(Margin::symmetric(size::GRID as i8, 8))
        .show(ui, |ui| list(ui, view));
}

/// The findings that are not hidden, or why there are none.
pub fn list(ui: &mut Ui, view: &mut View<'_>) {
    let t = tokens(ui);
    let hidden = &view.state.hidden;
    let all = &view.derived.diagnostics;
    let shown: Vec<&Diagnostic> = all
        .iter()
        .filter(|d| !hidden.contains(&d.severity))
        .collect();
    if shown.is_empty() {
        let (title, text) = if all.is_empty() {
            (
                "Nothing to report",
                "No errors, warnings or notes about this model and its plan",
            )
        } else {
            (
                "All findings are hidden",
                "Show them again with the buttons above",
            )
        };
        ui.vertical_centered(|ui| {
            ui.add_space((ui.available_height() * 0.3).max(8.0));
            heading(ui, title, size::TITLE, t.text);
            ui.label(
                RichText::new(text)
                    .font(ui_font(size::LABEL))
                    .color(t.text_soft),
            );
        });
        return;
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for diagnostic in shown {
            row(ui, Some(view), diagnostic);
        }
    });
}

/// Room left of the text, for the mark.
const INDENT: f32 = 30.0;

/// One finding; with a `view` it can be clicked.
pub fn row(ui: &mut Ui, view: Option<&mut View<'_>>, diagnostic: &Diagnostic) {
    let t = tokens(ui);
    let operator = diagnostic.op.as_ref().map(|op| op.index);
    let chosen = operator.is_some() && view.as_ref().is_some_and(|v| v.state.operator == operator);
    let place = ui.painter().add(Shape::Noop);
    let inner = Frame::new()
        .inner_margin(Margin {
            left: INDENT as i8,
            right: 10,
            top: 6,
            bottom: 7,
        })
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing = vec2(size::GRID, 1.0);
            ui.spacing_mut().interact_size.y = 16.0;
            let font = ui_font(size::LABEL);
            ui.horizontal_wrapped(|ui| {
                let ink = color(diagnostic.severity, t);
                let severity = RichText::new(word(diagnostic.severity)).font(font.clone());
                ui.label(severity.color(ink));
                if let Some(op) = &diagnostic.op {
                    let at = format!("operator {} {}", op.index, op.name);
                    ui.label(mono(at, t.text_soft));
                }
                ui.label(mono(diagnostic.code, t.text_faint));
            });
            ui.add(Label::new(RichText::new(&diagnostic.message).color(t.text)).wrap());
            if !diagnostic.remedy.is_empty() {
                let remedy = RichText::new(format!("→ {}", diagnostic.remedy)).font(font);
                ui.add(Label::new(remedy.color(t.text_soft)).wrap());
            }
        });
    let rect = inner.response.rect;
    mark(
        ui.painter(),
        pos2(rect.left() + 15.0, rect.top() + 14.0),
        diagnostic.severity,
        t,
    );
    let Some((view, operator)) = view.zip(operator) else {
        return;
    };
    let response = ui.interact(rect, ui.next_auto_id(), Sense::click());
    ui.skip_ahead_auto_ids(1);
    let name = format!("Go to operator {operator}: {}", diagnostic.message);
    response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, chosen, &name));
    if response.clicked() {
        view.emit(Command::SelectOperator(operator));
    }
    let fill = if chosen {
        t.accent.gamma_multiply(0.18)
    } else if response.hovered() {
        t.raised
    } else {
        Color32::TRANSPARENT
    };
    let lit = response.has_focus() || response.hovered();
    let edge = if lit { t.accent } else { Color32::TRANSPARENT };
    let background: Rect = rect;
    ui.painter().set(
        place,
        Shape::Rect(egui::epaint::RectShape::new(
            background,
            CornerRadius::same(size::CORNER),
            fill,
            Stroke::new(1.0, edge),
            StrokeKind::Inside,
        )),
    );
    response.on_hover_cursor(egui::CursorIcon::PointingHand);
}
