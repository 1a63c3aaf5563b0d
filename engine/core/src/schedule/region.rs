//! Region algebra: which region of its input a region of an operator's output needs. Rows and columns are
//! independent of each other, so everything here is about one axis (0 vertical, 1 horizontal).

use super::{Flow, Node, Source};
use crate::graph::{Interval, Region, Window};

/// The input pixels that the outputs `output` read along `axis`, clipped to the `extent` pixels of the map:
/// `start · stride − padding` to `(end − 1) · stride − padding + (kernel − 1) · dilation`, inclusive.
pub fn input_interval(window: &Window, axis: usize, output: Interval, extent: usize) -> Interval {
    if output.is_empty() {
        return Interval::new(0, 0);
    }
    let before = [window.padding.top, window.padding.left][axis];
    let reach = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
    let start = (output.start * window.stride[axis]).saturating_sub(before);
    let end = ((output.end - 1) * window.stride[axis] + reach).saturating_sub(before);
    let start = start.min(extent);
    Interval::new(start, end.clamp(start, extent))
}

/// What a step needs of its operand number `operand` to compute `output`.
pub fn operand_interval(node: &Node, operand: usize, axis: usize, output: Interval) -> Interval {
    let extent = node.input_maps[operand][axis];
    match &node.window {
        Some(window) => input_interval(window, axis, output, extent),
        // An operand of one pixel along the axis serves all of them.
        None if node.local && extent == 1 && !output.is_empty() => Interval::new(0, 1),
        None if node.local => output,
        None => Interval::new(0, extent),
    }
}

/// What an operand's memory holds while a step computes a region, and which part of it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperandRegions {
    /// The part of the map that lies in memory: the tile's region, or the whole map.
    pub held: Region,
    /// The part that the step reads; inside `held`.
    pub read: Region,
    /// Whether memory holds a tile (rows packed) and not the whole map.
    pub tile: bool,
}

/// What operand number `operand` of `node` holds and what is read of it to compute `output`. `tile_of` gives the
/// region of the tile that a step left, or `None` where tensors are whole.
pub fn operand_regions(
    node: &Node,
    operand: usize,
    output: Region,
    tile_of: impl Fn(usize) -> Option<Region>,
) -> OperandRegions {
    let [height, width, _] = node.input_maps[operand];
    let tile = match node.inputs[operand] {
        Source::Step(producer) => tile_of(producer),
        Source::Input(_) | Source::Constant => None,
    };
    OperandRegions {
        held: tile.unwrap_or(Region::whole(height, width)),
        read: Region {
            y: operand_interval(node, operand, 0, output.y),
            x: operand_interval(node, operand, 1, output.x),
        },
        tile: tile.is_some(),
    }
}

/// Smallest interval that covers both; an empty one covers nothing.
fn cover(a: Interval, b: Interval) -> Interval {
    match (a.is_empty(), b.is_empty()) {
        (true, _) => b,
        (_, true) => a,
        _ => a.hull(b),
    }
}

/// From the `share` of the last of the first `split` steps back to the stage's input: what each step has to compute
/// (the hull over its readers inside the stage), and what of the input is read.
pub fn backward(
    flow: &Flow,
    split: usize,
    axis: usize,
    share: Interval,
) -> (Vec<Interval>, Interval) {
    let mut outputs = vec![Interval::default(); split];
    let mut input = Interval::default();
    if let Some(last) = outputs.last_mut() {
        *last = share;
    }
    for step in (0..split).rev() {
        let node = &flow.steps[step];
        for (operand, source) in node.inputs.iter().enumerate() {
            let needed = operand_interval(node, operand, axis, outputs[step]);
            match *source {
                Source::Step(producer) => outputs[producer] = cover(outputs[producer], needed),
                Source::Input(_) => input = cover(input, needed),
                Source::Constant => {}
            }
        }
    }
    (outputs, input)
}

/// How one pixel of a stage's output lies in an earlier map. Pairs are `[vertical, horizontal]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ReceptiveField {
    /// Pixels of that map that one output pixel depends on, borders aside.
    pub size: [usize; 2],
    /// Pixels of that map from the field of one output pixel to that of the next.
    pub stride: [usize; 2],
}

impl ReceptiveField {
    /// Pixels that the fields of two neighbouring patches share, borders aside: what each boundary recomputes.
    pub fn halo(self) -> [usize; 2] {
        [0, 1].map(|axis| self.size[axis].saturating_sub(self.stride[axis]))
    }
}

/// The field of one pixel of the output of step `split − 1` in the output of each of the first `split` steps, and
/// last in the stage's input. Where paths differ, the largest field counts.
pub fn receptive_fields(flow: &Flow, split: usize) -> Vec<ReceptiveField> {
    let one = ReceptiveField {
        size: [1, 1],
        stride: [1, 1],
    };
    let mut fields = vec![one; split + 1];
    for step in (0..split).rev() {
        let node = &flow.steps[step];
        let behind = fields[step];
        let mut before = behind;
        if let Some(window) = &node.window {
            for axis in [0, 1] {
                let reach = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
                before.size[axis] = (behind.size[axis] - 1) * window.stride[axis] + reach;
                before.stride[axis] = behind.stride[axis] * window.stride[axis];
            }
        }
        for source in &node.inputs {
            let index = match *source {
                Source::Step(producer) => producer,
                Source::Input(_) => split,
                Source::Constant => continue,
            };
            for axis in [0, 1] {
                let field = &mut fields[index];
                field.size[axis] = field.size[axis].max(before.size[axis]);
                field.stride[axis] = field.stride[axis].max(before.stride[axis]);
            }
        }
    }
    fields
}
