//! Tile geometry: what the C kernels need of the plan's regions, in bytes and pixels.

use super::CodegenError;
use crate::cost::Kernel;
use crate::graph::{OpKind, Region};
use crate::plan::{Layout, Operand, PatchStage, Plan, Step, Way};

/// One `ts_tile`: an input and the output of a step in one patch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tile {
    pub out_offset: usize,
    pub in_stride: usize,
    pub out_stride: usize,
    pub input: [usize; 2],
    pub output: [usize; 2],
    pub origin: [isize; 2],
}

impl Tile {
    /// The C initialiser.
    pub(super) fn initialiser(&self) -> String {
        format!(
            "{{{}, {}, {}, {}, {}, {}, {}, {}, {}}}",
            self.out_offset,
            self.in_stride,
            self.out_stride,
            self.input[0],
            self.input[1],
            self.output[0],
            self.output[1],
            self.origin[0],
            self.origin[1]
        )
    }

    /// Whether every number fits its C type.
    fn fits(&self) -> bool {
        let pixels = self.input.iter().chain(&self.output);
        let bytes = [self.out_offset, self.in_stride, self.out_stride];
        pixels.into_iter().all(|&n| i16::try_from(n).is_ok())
            && self.origin.iter().all(|&n| i16::try_from(n).is_ok())
            && bytes.into_iter().all(|n| i32::try_from(n).is_ok())
    }
}

/// The tiles of a step: per patch (one where it runs by layer), per activation input.
pub(super) fn tiles(plan: &Plan, step: &Step) -> Result<Vec<Vec<Tile>>, CodegenError> {
    let segment = plan
        .segments
        .get(step.segment)
        .ok_or_else(|| inconsistent(step, "its segment does not exist"))?;
    let patches = match &segment.way {
        Way::Layer => 1,
        Way::Patch(stage) => stage.patches.len(),
        _ => return Err(inconsistent(step, "its segment has no tiles")),
    };
    (0..patches)
        .map(|patch| {
            (0..step.inputs.len())
                .map(|input| tile(plan, step, &segment.way, patch, input))
                .collect()
        })
        .collect()
}

fn tile(
    plan: &Plan,
    step: &Step,
    way: &Way,
    patch: usize,
    input: usize,
) -> Result<Tile, CodegenError> {
    let operand = &step.inputs[input];
    let [in_region, out_region] = match way {
        Way::Layer => [whole(plan, operand), whole(plan, &step.output)],
        Way::HorizontalCache(_) | Way::LineBuffers(_) | Way::TileCache(_) => {
            return Err(inconsistent(step, "its segment has no tiles"));
        }
        Way::Patch(stage) => {
            let out = stage_output(plan, step, stage, patch)
                .ok_or_else(|| inconsistent(step, "a patch lacks its region"))?;
            let region = if operand.layout == Layout::Tile {
                plan.steps[..step.id.0 as usize]
                    .iter()
                    .rev()
                    .find(|s| s.segment == step.segment && s.output.tensor == operand.tensor)
                    .and_then(|producer| stage_output(plan, producer, stage, patch))
                    .ok_or_else(|| inconsistent(step, "no step of the stage makes its input"))?
            } else {
                whole(plan, operand)
            };
            [region, out]
        }
    };
    let [in_h, in_w, in_c] = plan.graph.tensor(operand.tensor).hwc();
    let [_, out_w, out_c] = plan.graph.tensor(step.output.tensor).hwc();
    let out_whole = step.output.layout != Layout::Tile;
    let (out_stride, out_offset) = if out_whole {
        (
            out_w * out_c,
            (out_region.y.start * out_w + out_region.x.start) * out_c,
        )
    } else {
        (out_region.x.len() * out_c, 0)
    };
    let in_stride = if operand.layout == Layout::Tile {
        in_region.x.len() * in_c
    } else {
        in_w * in_c
    };
    let kind = &plan.graph.op(step.op).kind;
    let ([stride_y, stride_x], [before_y, before_x]) = window(kind);
    // What is broadcast has its one row or column for every output.
    let serves_all = |extent: usize| extent == 1 && Kernel::works_by_element(kind);
    let origin = |out: usize, stride: usize, before: usize, input: usize, extent: usize| {
        if serves_all(extent) {
            return 0;
        }
        (out * stride) as isize - before as isize - input as isize
    };
    let tile = Tile {
        out_offset,
        in_stride,
        out_stride,
        input: [in_region.y.len(), in_region.x.len()],
        output: [out_region.y.len(), out_region.x.len()],
        origin: [
            origin(
                out_region.y.start,
                stride_y,
                before_y,
                in_region.y.start,
                in_h,
            ),
            origin(
                out_region.x.start,
                stride_x,
                before_x,
                in_region.x.start,
                in_w,
            ),
        ],
    };
    if tile.fits() {
        Ok(tile)
    } else {
        Err(CodegenError::Unsupported {
            step: step.id.0,
            op: plan.graph.op(step.op).kind.name(),
            message: "a map has more than 32,767 rows or columns; use a smaller resolution".into(),
        })
    }
}

fn stage_output(plan: &Plan, step: &Step, stage: &PatchStage, patch: usize) -> Option<Region> {
    let first = plan.segments.get(step.segment)?.steps.start;
    let index = (step.id.0 as usize).checked_sub(first)?;
    stage.patches.get(patch)?.outputs.get(index).copied()
}

fn whole(plan: &Plan, operand: &Operand) -> Region {
    let [h, w, _] = plan.graph.tensor(operand.tensor).hwc();
    Region::whole(h, w)
}

/// Stride, and pixels of padding before the map, vertically and horizontally.
fn window(kind: &OpKind) -> ([usize; 2], [usize; 2]) {
    match kind {
        OpKind::Pad(pad) => {
            let n = pad.amounts.len();
            let before = |axis_from_end: usize| {
                n.checked_sub(axis_from_end)
                    .map_or(0, |axis| pad.amounts[axis][0])
            };
            ([1, 1], [before(3), before(2)])
        }
        _ => match kind.window() {
            Some(w) => (w.stride, [w.padding.top, w.padding.left]),
            None => ([1, 1], [0, 0]),
        },
    }
}

/// A plan that contradicts itself at `step`.
pub(super) fn inconsistent(step: &Step, message: &str) -> CodegenError {
    CodegenError::Plan {
        step: step.id.0,
        message: message.into(),
    }
}
