//! The receptive field of a patch stage: the stage's input with the patch grid, the halo of the patch under the
//! pointer, and how many patches read each pixel.

use super::View;
use crate::format;
use crate::theme::{Tokens, size, tokens, ui_font};
use egui::{
    Align2, CornerRadius, Painter, Rect, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2,
    vec2,
};
use tinyscope_core::graph::{Interval, Region};
use tinyscope_core::plan::{PatchStage, Plan, Segment};
use tinyscope_core::schedule::Method;

/// The stage's input map on screen.
struct Plane {
    rect: Rect,
    height: usize,
    width: usize,
}

impl Plane {
    fn region(&self, region: Region) -> Rect {
        let x = |px: usize| self.rect.left() + self.rect.width() * px as f32 / self.width as f32;
        let y = |px: usize| self.rect.top() + self.rect.height() * px as f32 / self.height as f32;
        Rect::from_min_max(
            pos2(x(region.x.start), y(region.y.start)),
            pos2(x(region.x.end), y(region.y.end)),
        )
    }

    fn pixel(&self, at: egui::Pos2) -> [usize; 2] {
        let share = (at - self.rect.min) / self.rect.size();
        [
            ((share.y * self.height as f32) as usize).min(self.height - 1),
            ((share.x * self.width as f32) as usize).min(self.width - 1),
        ]
    }
}

/// Show it.
pub fn show(ui: &mut Ui, view: &mut View<'_>) {
    let Some(plan) = view.derived.plan.clone() else {
        return;
    };
    let t = tokens(ui);
    let Some((segment, stage)) = plan.patch_stage() else {
        hint(ui, &plan, t);
        return;
    };
    let Some(shape) = input_shape(&plan, segment) else {
        return;
    };
    let (area, response) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
    let plane = place(area, shape);
    response.widget_info(|| {
        WidgetInfo::labeled(egui::Role::Image, true, caption(&plan, segment, stage))
    });
    let p = ui.painter();
    checker(p, &plane, t);
    let counted = cells(stage);
    for (cell, count) in &counted {
        if *count > 1 {
            let strength = (*count as f32 - 1.0) / 3.0;
            p.rect_filled(
                plane.region(*cell),
                0,
                t.patch.gamma_multiply((0.22 + 0.3 * strength).min(0.7)),
            );
        }
    }
    for patch in &stage.patches {
        p.rect_stroke(
            plane.region(patch.input),
            0,
            Stroke::new(1.0, t.patch.gamma_multiply(0.5)),
            StrokeKind::Inside,
        );
    }
    let hovered = response.hover_pos().filter(|at| plane.rect.contains(*at));
    let index = hovered.map_or(0, |at| nearest_patch(&plane, stage, at));
    if let Some(patch) = stage.patches.get(index) {
        focus(p, &plane, stage, index, patch.input, t);
    }
    if let Some(at) = hovered {
        let [y, x] = plane.pixel(at);
        let times = counted
            .iter()
            .find(|(r, _)| (r.y.start..r.y.end).contains(&y) && (r.x.start..r.x.end).contains(&x))
            .map_or(0, |(_, n)| *n);
        let text = format!(
            "row {y}, column {x}: read by {times} patch{}",
            if times == 1 { "" } else { "es" }
        );
        p.text(
            pos2(area.center().x, area.bottom() - 30.0),
            Align2::CENTER_CENTER,
            text,
            ui_font(size::LABEL),
            t.text,
        );
    }
    let below = pos2(area.center().x, area.bottom() - 12.0);
    p.text(
        below,
        Align2::CENTER_CENTER,
        caption(&plan, segment, stage),
        ui_font(size::SMALL),
        t.text_faint,
    );
}

fn hint(ui: &mut Ui, plan: &Plan, t: &Tokens) {
    let whole = plan.segments.iter().all(|s| s.method == Method::Layer);
    let (title, text) = if whole {
        (
            "Every map is computed whole",
            "Drag the edge in the landscape to run the first steps patch by patch",
        )
    } else {
        (
            "No segment runs patch by patch",
            "Click a segment's band in the landscape to run it in patches",
        )
    };
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.4).max(8.0));
        ui.set_max_width(ui.available_width() - 2.0 * size::MARGIN);
        ui.label(
            egui::RichText::new(title)
                .font(ui_font(size::TITLE))
                .color(t.text_soft),
        );
        ui.label(
            egui::RichText::new(text)
                .font(ui_font(size::LABEL))
                .color(t.text_faint),
        );
    });
}

fn input_shape(plan: &Plan, segment: &Segment) -> Option<[usize; 3]> {
    let first = plan.steps.get(segment.steps.start)?;
    let shape = plan.graph.tensor(first.inputs.first()?.tensor).hwc();
    (shape[0] > 0 && shape[1] > 0).then_some(shape)
}

fn place(area: Rect, [height, width, _]: [usize; 3]) -> Plane {
    let room = Rect::from_min_max(area.min + vec2(24.0, 16.0), area.max - vec2(24.0, 44.0));
    let scale = (room.width() / width as f32)
        .min(room.height() / height as f32)
        .max(0.1);
    let rect = Rect::from_center_size(room.center(), vec2(width as f32, height as f32) * scale);
    Plane {
        rect,
        height,
        width,
    }
}

/// A faint checker of an eighth of the map, so that sizes can be judged.
fn checker(p: &Painter, plane: &Plane, t: &Tokens) {
    p.rect_filled(plane.rect, 0, t.input.gamma_multiply(0.22));
    let cell = plane.rect.size() / 8.0;
    for i in 0..64 {
        let (row, column) = (i / 8, i % 8);
        if (row + column) % 2 == 0 {
            let min = plane.rect.min + vec2(column as f32, row as f32) * cell;
            p.rect_filled(
                Rect::from_min_size(min, cell),
                0,
                t.input.gamma_multiply(0.12),
            );
        }
    }
    p.rect_stroke(
        plane.rect,
        0,
        Stroke::new(1.0, t.input),
        StrokeKind::Outside,
    );
}

/// The map cut at every patch's border, with the number of patches that read each piece.
fn cells(stage: &PatchStage) -> Vec<(Region, usize)> {
    let cuts = |axis: fn(&Region) -> Interval| {
        let mut cuts: Vec<usize> = stage
            .patches
            .iter()
            .flat_map(|p| [axis(&p.input).start, axis(&p.input).end])
            .collect();
        cuts.sort_unstable();
        cuts.dedup();
        cuts
    };
    let (ys, xs) = (cuts(|r| r.y), cuts(|r| r.x));
    let mut cells = Vec::new();
    for y in ys.windows(2) {
        for x in xs.windows(2) {
            let inside = |r: &Region| {
                r.y.start <= y[0] && y[1] <= r.y.end && r.x.start <= x[0] && x[1] <= r.x.end
            };
            let count = stage.patches.iter().filter(|p| inside(&p.input)).count();
            cells.push((
                Region {
                    y: Interval::new(y[0], y[1]),
                    x: Interval::new(x[0], x[1]),
                },
                count,
            ));
        }
    }
    cells
}

fn nearest_patch(plane: &Plane, stage: &PatchStage, at: egui::Pos2) -> usize {
    let distance = |i: usize| plane.region(stage.patches[i].input).center().distance(at);
    (0..stage.patches.len())
        .min_by(|&a, &b| distance(a).total_cmp(&distance(b)))
        .unwrap_or(0)
}

fn focus(p: &Painter, plane: &Plane, stage: &PatchStage, index: usize, input: Region, t: &Tokens) {
    let rect = plane.region(input);
    let path = [
        rect.left_top(),
        rect.right_top(),
        rect.right_bottom(),
        rect.left_bottom(),
        rect.left_top(),
    ];
    p.extend(Shape::dashed_line(
        &path,
        Stroke::new(2.0, t.text),
        6.0,
        4.0,
    ));
    let columns = stage.grid[1].max(1);
    let text = format!(
        "patch {},{}  {}×{} px",
        index / columns,
        index % columns,
        input.y.len(),
        input.x.len()
    );
    let galley = p.layout_no_wrap(text, ui_font(size::LABEL), t.text);
    let plate = Rect::from_min_size(rect.min + vec2(4.0, 4.0), galley.size() + vec2(8.0, 4.0));
    p.rect_filled(plate, CornerRadius::same(2), t.panel.gamma_multiply(0.85));
    p.galley(plate.min + vec2(4.0, 2.0), galley, t.text);
}

fn caption(plan: &Plan, segment: &Segment, stage: &PatchStage) -> String {
    let most = cells(stage).iter().map(|(_, n)| *n).max().unwrap_or(1);
    let shape = input_shape(plan, segment).unwrap_or_default();
    format!(
        "{} input, {} patches · each pixel read up to {most}×",
        format::shape(shape),
        stage.patches.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use tinyscope_core::plan::Patch;

    #[test]
    fn overlaps_are_counted() {
        let patch = |y: [usize; 2], x: [usize; 2]| Patch {
            outputs: vec![],
            input: Region {
                y: Interval::new(y[0], y[1]),
                x: Interval::new(x[0], x[1]),
            },
        };
        let stage = PatchStage {
            grid: [2, 2],
            patches: vec![
                patch([0, 6], [0, 6]),
                patch([0, 6], [4, 10]),
                patch([4, 10], [0, 6]),
                patch([4, 10], [4, 10]),
            ],
        };
        let cells = cells(&stage);
        let read: usize = cells.iter().map(|(r, n)| r.pixels() * n).sum();
        assert_eq!(read, 4 * 36);
        assert_eq!(cells.iter().map(|(r, _)| r.pixels()).sum::<usize>(), 100);
        assert_eq!(cells.iter().map(|(_, n)| *n).max(), Some(4));
    }
}
