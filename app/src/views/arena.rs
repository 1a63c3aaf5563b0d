//! The arena: address against step, a rectangle per buffer, so that lifetimes and gaps are visible.

use super::View;
use super::parts;
use crate::command::Command;
use crate::format;
use crate::theme::{Tokens, size, tokens, ui_font};
use egui::{
    Align2, Color32, CornerRadius, FontId, Painter, Rect, Response, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2,
};
use tinyscope_core::plan::{Buffer, BufferRole, Plan, StepId, Tenant};

struct Map {
    plot: Rect,
    steps: usize,
    top_bytes: usize,
}

impl Map {
    fn x(&self, boundary: usize) -> f32 {
        self.plot.left() + self.plot.width() * boundary as f32 / self.steps as f32
    }

    fn y(&self, bytes: usize) -> f32 {
        self.plot.bottom() - self.plot.height() * bytes as f32 / self.top_bytes as f32
    }

    /// A tensor's stay in a shared buffer.
    fn stay(&self, buffer: &Buffer, tenant: &Tenant) -> Rect {
        let start = buffer.offset + tenant.at;
        Rect::from_x_y_ranges(
            self.x(tenant.first) + 0.5..=self.x(tenant.last + 1) - 0.5,
            self.y(start + tenant.bytes) + 0.5..=self.y(start) - 0.5,
        )
    }

    fn rect(&self, buffer: &Buffer) -> Rect {
        Rect::from_x_y_ranges(
            self.x(buffer.first) + 0.5..=self.x(buffer.last + 1) - 0.5,
            self.y(buffer.offset + buffer.bytes) + 0.5..=self.y(buffer.offset) - 0.5,
        )
    }
}

/// Show it.
pub fn show(ui: &mut Ui, view: &mut View<'_>) {
    let Some(plan) = view.derived.plan.clone() else {
        return;
    };
    let t = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, summary(&plan)));
    let plot = Rect::from_min_max(
        rect.min + egui::vec2(56.0, 20.0),
        pos2(rect.right() - 16.0, rect.bottom() - 40.0),
    );
    if plot.width() < 40.0 || plot.height() < 40.0 {
        return;
    }
    let map = Map {
        plot,
        steps: plan.steps.len().max(1),
        top_bytes: plan.totals.peak_sram_bytes.max(1),
    };
    let p = ui.painter();
    axes(p, &map, t);
    let under = pointer(view, &plan, &map, &response);
    for buffer in &plan.buffers {
        draw(p, view, &map, buffer, t);
    }
    if let Some(lit) = view.state.lit() {
        let column = Rect::from_x_y_ranges(
            map.x(lit.0 as usize)..=map.x(lit.0 as usize + 1),
            plot.y_range(),
        );
        p.rect(
            column,
            CornerRadius::same(2),
            t.accent.gamma_multiply(0.15),
            Stroke::new(1.0, t.accent),
            StrokeKind::Outside,
        );
    }
    let small = ui_font(size::SMALL);
    let y = rect.bottom() - 12.0;
    let axes = p.text(
        pos2(plot.left(), y),
        Align2::LEFT_CENTER,
        "address (KiB) × step",
        small.clone(),
        t.text_faint,
    );
    let packing = p.layout_no_wrap(packing(&plan), small, t.text_faint);
    let at = Align2::RIGHT_CENTER.anchor_size(pos2(plot.right(), y), packing.size());
    if at.left() > axes.right() + size::GRID {
        p.galley(at.min, packing, t.text_faint);
    }
    if let Some(buffer) = under {
        response.on_hover_text_at_pointer(describe(&plan, buffer));
    }
}

fn packing(plan: &Plan) -> String {
    let live = plan.steps.iter().map(|s| s.live.total()).max().unwrap_or(0);
    let lost = plan.totals.peak_sram_bytes.saturating_sub(live);
    if lost == 0 {
        "packed to the live maximum, 0 B lost".into()
    } else {
        format!("{} above the live maximum", format::kib(lost))
    }
}

fn summary(plan: &Plan) -> String {
    format!(
        "Arena map: {} buffers in {}",
        plan.buffers.len(),
        format::kib(plan.totals.peak_sram_bytes)
    )
}

fn axes(p: &Painter, map: &Map, t: &Tokens) {
    let font = FontId::monospace(size::SMALL);
    let step = super::landscape::tick_step(map.top_bytes);
    for i in 0..=map.top_bytes / step {
        let y = map.y(i * step).round() + 0.5;
        p.hline(map.plot.x_range(), y, Stroke::new(1.0, t.hairline));
        let text = format!("{}", (i * step) as f64 / 1024.0);
        p.text(
            pos2(map.plot.left() - 8.0, y),
            Align2::RIGHT_CENTER,
            text,
            font.clone(),
            t.text_faint,
        );
    }
    let stride = (map.steps as f32 * 26.0 / map.plot.width()).ceil().max(1.0) as usize;
    for step in (0..map.steps).step_by(stride) {
        let x = f32::midpoint(map.x(step), map.x(step + 1));
        p.text(
            pos2(x, map.plot.bottom() + 10.0),
            Align2::CENTER_CENTER,
            format!("{step:02}"),
            font.clone(),
            t.text_faint,
        );
    }
}

/// Lights the step under the pointer; the buffer there, if any.
fn pointer<'p>(
    view: &mut View<'_>,
    plan: &'p Plan,
    map: &Map,
    response: &Response,
) -> Option<&'p Buffer> {
    let at = response.hover_pos().filter(|at| map.plot.contains(*at))?;
    let step = ((at.x - map.plot.left()) / map.plot.width() * map.steps as f32) as usize;
    let id = StepId(step.min(map.steps - 1) as u32);
    view.emit(Command::Hover(id));
    if response.clicked() {
        view.emit(Command::Select(id));
    }
    // Buffers may share bytes where each leaves a gap: the one whose tensor lies there.
    let here = |buffer: &&Buffer| {
        let mut tenants = buffer.tenants.iter();
        tenants.any(|tenant| map.stay(buffer, tenant).contains(at))
    };
    let around = |buffer: &&Buffer| map.rect(buffer).contains(at);
    let found = plan.buffers.iter().find(here);
    found.or_else(|| plan.buffers.iter().find(around))
}

fn draw(p: &Painter, view: &View<'_>, map: &Map, buffer: &Buffer, t: &Tokens) {
    let (name, color) = parts::role(buffer.role, t);
    let rect = map.rect(buffer);
    let lit = view
        .state
        .lit()
        .is_some_and(|s| (buffer.first..=buffer.last).contains(&(s.0 as usize)));
    let fill = if lit {
        color
    } else {
        color.gamma_multiply(0.8)
    };
    let edge = Stroke::new(1.0, t.ground);
    if buffer.tenants.len() > 1 {
        // Shared: each tensor where it is. Between them the buffer's bytes are free for others.
        for tenant in &buffer.tenants {
            let stay = map.stay(buffer, tenant);
            p.rect(stay, CornerRadius::same(1), fill, edge, StrokeKind::Inside);
        }
    } else {
        p.rect(rect, CornerRadius::same(1), fill, edge, StrokeKind::Inside);
    }
    if matches!(
        buffer.role,
        BufferRole::LineBuffer | BufferRole::Accumulators
    ) {
        parts::rule(p, rect, t);
    }
    let label = p.layout_no_wrap(name.into(), ui_font(size::SMALL), t.on_data);
    if label.size().x + 12.0 < rect.width() && rect.height() > 18.0 {
        let ink = if bright(color) {
            t.on_data
        } else {
            Color32::WHITE
        };
        let at = rect.min + egui::vec2(6.0, 3.0);
        // Ruled buffers would strike the words through.
        let ground = Rect::from_min_size(at, label.size()).expand2(egui::vec2(2.0, 0.0));
        p.rect_filled(ground, 2, fill);
        p.galley_with_override_text_color(at, label, ink);
    }
}

fn bright(color: Color32) -> bool {
    u32::from(color.r()) * 3 + u32::from(color.g()) * 6 + u32::from(color.b()) > 1350
}

fn describe(plan: &Plan, buffer: &Buffer) -> String {
    let (name, _) = parts::role(buffer.role, &crate::theme::DARK);
    let shape = buffer.tensor.map_or_else(String::new, |id| {
        format!(" of {}", format::shape(plan.graph.tensor(id).hwc()))
    });
    let shared = match buffer.tenants.len() {
        0 | 1 => String::new(),
        n => format!("\nshared by {n} tensors, one over the other"),
    };
    format!(
        "{name}{shape}{shared}\n{} at {}…{}\nsteps {:02} to {:02}",
        format::kib(buffer.bytes),
        format::group(buffer.offset as u64),
        format::group((buffer.offset + buffer.bytes) as u64),
        buffer.first,
        buffer.last
    )
}
