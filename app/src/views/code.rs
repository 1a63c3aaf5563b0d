//! The generated C program; it follows the lit step, and hovering a function lights its step.

use super::View;
use crate::command::Command;
use crate::engine::Program;
use crate::theme::{Tokens, mono, size, tokens};
use egui::{
    Align2, Button, FontId, Frame, Id, Margin, Rect, ScrollArea, Sense, TextFormat, Ui, pos2,
    text::LayoutJob, vec2,
};
use tinyscope_core::plan::StepId;

const LINE: f32 = 17.0;

#[derive(Clone, Copy, Default, PartialEq)]
struct Place {
    file: usize,
    followed: Option<StepId>,
}

/// Show it.
pub fn show(ui: &mut Ui, view: &mut View<'_>) {
    let derived = view.derived;
    let t = tokens(ui);
    let program = match derived.program() {
        None => return,
        Some(Err(error)) => {
            ui.add_space(16.0);
            ui.vertical_centered(|ui| ui.colored_label(t.over, error));
            return;
        }
        Some(Ok(program)) => program,
    };
    let id = Id::unique("code place");
    let mut place: Place = ui.data_mut(|d| d.get_temp(id)).unwrap_or_default();
    place.file = place.file.min(program.files.len().saturating_sub(1));
    let pointer_inside = ui.rect_contains_pointer(ui.max_rect());
    let mut jump = None;
    if let Some(lit) = view
        .state
        .lit()
        .filter(|lit| !pointer_inside && place.followed != Some(*lit))
        && let Some(source) = program.steps.get(&lit)
    {
        place.file = source.file;
        place.followed = Some(lit);
        jump = Some(source.lines.start);
    }
    Frame::new()
        .inner_margin(Margin {
            left: 16,
            right: 8,
            top: 4,
            bottom: 0,
        })
        .show(ui, |ui| {
            ui.set_max_width(ui.available_width());
            ui.horizontal(|ui| {
                ui.spacing_mut().button_padding.x = 8.0;
                ui.spacing_mut().item_spacing.x = 2.0;
                for (i, file) in program.files.iter().enumerate() {
                    let button = Button::selectable(i == place.file, mono(&file.path, t.text_soft));
                    if ui.add(button).clicked() {
                        place.file = i;
                    }
                }
            });
            lines(ui, view, program, place.file, jump);
        });
    ui.data_mut(|d| d.insert_temp(id, place));
}

fn lines(ui: &mut Ui, view: &mut View<'_>, program: &Program, file: usize, jump: Option<usize>) {
    let t = tokens(ui);
    let Some(source) = program.files.get(file) else {
        return;
    };
    let lines: Vec<&str> = source.text.lines().collect();
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut area = ScrollArea::both()
        .auto_shrink(false)
        .id_salt(("code", file))
        .wheel_scroll_multiplier(vec2(1.0, 1.0));
    if let Some(line) = jump {
        area = area.vertical_scroll_offset((line as f32 - 3.0).max(0.0) * LINE);
    }
    area.show_rows(ui, LINE, lines.len(), |ui, rows| {
        for number in rows {
            let step = step_at(program, file, number);
            line(ui, view, number, lines[number], step, t);
        }
    });
}

fn step_at(program: &Program, file: usize, line: usize) -> Option<StepId> {
    program
        .steps
        .iter()
        .find(|(_, s)| s.file == file && s.lines.contains(&line))
        .map(|(id, _)| *id)
}

fn line(
    ui: &mut Ui,
    view: &mut View<'_>,
    number: usize,
    text: &str,
    step: Option<StepId>,
    t: &Tokens,
) {
    const GUTTER: f32 = 48.0;
    let galley = ui.painter().layout_job(highlight(text, t));
    let width = (GUTTER + galley.size().x + 16.0).max(ui.available_width());
    let (rect, response) = ui.allocate_exact_size(vec2(width, LINE), Sense::hover());
    let p = ui.painter();
    if let Some(step) = step {
        if response.hovered() {
            view.emit(Command::Hover(step));
        }
        if view.is_lit(step) {
            p.rect_filled(rect, 0, t.accent.gamma_multiply(0.12));
            p.rect_filled(Rect::from_min_size(rect.min, vec2(2.0, LINE)), 0, t.accent);
        }
    }
    let font = FontId::monospace(size::SMALL);
    p.text(
        pos2(rect.left() + GUTTER - 12.0, rect.center().y),
        Align2::RIGHT_CENTER,
        (number + 1).to_string(),
        font,
        t.text_faint,
    );
    p.galley(
        pos2(
            rect.left() + GUTTER,
            rect.center().y - galley.size().y / 2.0,
        ),
        galley,
        t.text,
    );
}

const KEYWORDS: [&str; 24] = [
    "static", "const", "void", "int8_t", "int16_t", "int32_t", "uint8_t", "uint16_t", "uint32_t",
    "size_t", "int", "for", "if", "else", "return", "while", "do", "struct", "typedef", "inline",
    "unsigned", "char", "restrict", "extern",
];

/// A line of C in three colours: comments and preprocessor, keywords, the rest.
fn highlight(text: &str, t: &Tokens) -> LayoutJob {
    let font = FontId::monospace(size::LABEL);
    let format = |color| TextFormat::simple(font.clone(), color);
    let mut job = LayoutJob::default();
    let trimmed = text.trim_start();
    if trimmed.starts_with("/*") || trimmed.starts_with('*') || trimmed.starts_with("//") {
        job.append(text, 0.0, format(t.text_faint));
        return job;
    }
    if trimmed.starts_with('#') {
        job.append(text, 0.0, format(t.residual));
        return job;
    }
    let (code, comment) = text.find("/*").map_or((text, ""), |at| text.split_at(at));
    let mut rest = code;
    while !rest.is_empty() {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let starts_word = rest.starts_with(word);
        let end = rest.find(|c| word(c) != starts_word).unwrap_or(rest.len());
        let (token, tail) = rest.split_at(end);
        let color = if KEYWORDS.contains(&token) {
            t.accent
        } else if starts_word && token.starts_with(|c: char| c.is_ascii_digit()) {
            t.stage
        } else {
            t.text
        };
        job.append(token, 0.0, format(color));
        rest = tail;
    }
    job.append(comment, 0.0, format(t.text_faint));
    job
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn highlighting_keeps_every_character() {
        for text in [
            "",
            "  int8_t x = 3; /* é */",
            "#include <x.h>",
            "/* a",
            "→ ü",
            "a+b",
        ] {
            assert_eq!(highlight(text, &crate::theme::DARK).text, text);
        }
    }
}
