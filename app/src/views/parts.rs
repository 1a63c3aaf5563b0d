//! The parts of live memory: their names and colours, in the order that stacks draw them from the bottom.

use crate::theme::Tokens;
use egui::{Color32, Painter, Rect, Stroke};
use tinyscope_core::plan::{BufferRole, LiveBytes};

/// One part of a step's live bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Activations that the step reads.
    Input,
    /// Activations that it writes.
    Output,
    /// Activations held for a later step.
    Residual,
    /// What a stage holds as a whole: its input and its output.
    Stage,
    /// Line buffers, kept rows and columns, accumulators.
    Buffers,
    /// Kernel scratch.
    Scratch,
}

impl Part {
    /// From the bottom of the stack to its top.
    pub const ALL: [Self; 6] = [
        Self::Input,
        Self::Output,
        Self::Residual,
        Self::Stage,
        Self::Buffers,
        Self::Scratch,
    ];

    /// Name in legends.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
            Self::Residual => "residual",
            Self::Stage => "stage buffer",
            Self::Buffers => "line buffers",
            Self::Scratch => "scratch",
        }
    }

    /// Colour in stacks and legends.
    pub const fn color(self, t: &Tokens) -> Color32 {
        match self {
            Self::Input => t.input,
            Self::Output => t.output,
            Self::Residual => t.residual,
            Self::Stage | Self::Buffers => t.stage,
            Self::Scratch => t.scratch,
        }
    }

    /// Its bytes.
    pub const fn bytes(self, live: &LiveBytes) -> usize {
        match self {
            Self::Input => live.input,
            Self::Output => live.output,
            Self::Residual => live.residual,
            Self::Stage => live.stage,
            Self::Buffers => live.buffers,
            Self::Scratch => live.scratch,
        }
    }
}

/// Fill a rectangle as a part: line buffers are ruled, so that they differ from stage buffers without their colour.
pub fn fill(p: &Painter, rect: Rect, corner: u8, part: Part, t: &Tokens) {
    p.rect_filled(rect, corner, part.color(t));
    if part == Part::Buffers {
        rule(p, rect, t);
    }
}

/// Rows over a rectangle.
pub fn rule(p: &Painter, rect: Rect, t: &Tokens) {
    const EVERY: f32 = 4.0;
    let ink = Stroke::new(1.0, t.ground.gamma_multiply(0.55));
    let mut y = rect.bottom() - EVERY + 0.5;
    while y > rect.top() {
        p.hline(rect.x_range(), y, ink);
        y -= EVERY;
    }
}

/// Name and colour of a buffer in the arena.
pub const fn role(role: BufferRole, t: &Tokens) -> (&'static str, Color32) {
    match role {
        BufferRole::Input => ("network input", t.input),
        BufferRole::Activation => ("activation", t.output),
        BufferRole::Tile => ("patch tile", t.residual),
        BufferRole::StageOutput => ("stage output", t.stage),
        BufferRole::Output => ("network output", t.output),
        BufferRole::LineBuffer => ("line buffer", t.stage),
        BufferRole::Accumulators => ("accumulators", t.stage),
        BufferRole::Scratch => ("scratch", t.scratch),
    }
}
