//! Region algebra: which region of its input a region of an operator's output needs. Rows and columns are
//! independent of each other, so everything here is about one axis (0 vertical, 1 horizontal).

use super::{Flow, Node, Source};
use crate::graph::{Interval, Region, Window};
use std::ops::Range;

/// The input pixels that the outputs `output` read along `axis`, clipped to the `extent` pixels of the map:
/// `start · stride − padding` to `(end − 1) · stride − padding + (kernel − 1) · dilation`, inclusive. Where there are
/// holes between the taps and the outermost fall outside the map, from the first tap inside it to the last.
pub fn input_interval(window: &Window, axis: usize, output: Interval, extent: usize) -> Interval {
    if output.is_empty() {
        return Interval::new(0, 0);
    }
    let before = [window.padding.top, window.padding.left][axis];
    let (stride, dilation) = (window.stride[axis], window.dilation[axis]);
    let reach = (window.kernel[axis] - 1) * dilation + 1;
    let inside = |o: usize| o * stride >= before && o * stride + reach <= before + extent;
    if dilation > 1 && !(inside(output.start) && inside(output.end - 1)) {
        return between_holes(window, axis, output, extent);
    }
    clipped(window, axis, output, extent)
}

/// From the first tap of the first output to the last of the last, clipped to the map.
fn clipped(window: &Window, axis: usize, output: Interval, extent: usize) -> Interval {
    let before = [window.padding.top, window.padding.left][axis];
    let reach = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
    let start = (output.start * window.stride[axis]).saturating_sub(before);
    let end = ((output.end - 1) * window.stride[axis] + reach).saturating_sub(before);
    let start = start.min(extent);
    Interval::new(start, end.clamp(start, extent))
}

/// [`input_interval`] near the borders of the map, taps with holes between them. An output whose taps all miss the map
/// counts with what lies between them.
fn between_holes(window: &Window, axis: usize, output: Interval, extent: usize) -> Interval {
    let before = [window.padding.top, window.padding.left][axis];
    let (stride, dilation) = (window.stride[axis], window.dilation[axis]);
    let last = window.kernel[axis] - 1;
    // Places are counted from the first pixel of the padding.
    let exact = |o: usize| {
        let skipped = before.saturating_sub(o * stride).div_ceil(dilation);
        let first = o * stride + skipped * dilation;
        let room = (before + extent).checked_sub(o * stride + 1)?;
        let end = o * stride + last.min(room / dilation) * dilation;
        (skipped <= last && first <= end).then(|| Interval::new(first - before, end + 1 - before))
    };
    let read = |o: usize| {
        exact(o).unwrap_or_else(|| clipped(window, axis, Interval::new(o, o + 1), extent))
    };
    // An output whose taps all lie behind the one border reads from further on than those before it, and an output whose
    // taps all lie before the other border reads less far than those behind it.
    let start = (output.start..output.end)
        .take_while(|&o| o == output.start || (o - 1) * stride < before)
        .map(|o| read(o).start)
        .min();
    let beyond = |o: usize| o * stride + last * dilation >= before + extent;
    let end = (output.start..output.end)
        .rev()
        .take_while(|&o| o + 1 == output.end || beyond(o + 1))
        .map(|o| read(o).end)
        .max();
    let start = start.unwrap_or(0);
    Interval::new(start, end.unwrap_or(0).max(start))
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

/// What a step needs of its operand number `operand` to compute the region `output`.
pub fn operand_region(node: &Node, operand: usize, output: Region) -> Region {
    Region {
        y: operand_interval(node, operand, 0, output.y),
        x: operand_interval(node, operand, 1, output.x),
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

/// From the `share` of the last of `steps` back to their inputs: what each step has to compute (the hull over its
/// readers among them), and what is read of the tensor that the first step reads.
pub fn backward(
    flow: &Flow,
    steps: &Range<usize>,
    axis: usize,
    share: Interval,
) -> (Vec<Interval>, Interval) {
    let mut outputs = vec![Interval::default(); steps.len()];
    let mut input = Interval::default();
    if let Some(last) = outputs.last_mut() {
        *last = share;
    }
    let main = main_input(flow, steps);
    for step in steps.clone().rev() {
        let node = &flow.steps[step];
        for (operand, source) in node.inputs.iter().enumerate() {
            let needed = operand_interval(node, operand, axis, outputs[step - steps.start]);
            if let Some(at) = source.step_in(steps) {
                outputs[at] = cover(outputs[at], needed);
            } else if Some(*source) == main {
                input = cover(input, needed);
            }
        }
    }
    (outputs, input)
}

/// Whether what the steps read along both axes is the same: square maps and windows, padded alike where they begin.
pub fn square(flow: &Flow, steps: &Range<usize>) -> bool {
    let same = |map: &[usize; 3]| map[0] == map[1];
    (flow.steps[steps.clone()].iter()).all(|node| {
        let window = node.window.as_ref().is_none_or(|w| {
            w.kernel[0] == w.kernel[1]
                && w.stride[0] == w.stride[1]
                && w.dilation[0] == w.dilation[1]
                && w.padding.top == w.padding.left
        });
        window && same(&node.map) && node.input_maps.iter().all(same)
    })
}

/// The first tensor from outside that the steps read.
pub fn main_input(flow: &Flow, steps: &Range<usize>) -> Option<Source> {
    (flow.steps[steps.clone()].iter())
        .flat_map(|node| &node.inputs)
        .copied()
        .find(|source| source.is_outside(steps))
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

/// The field of one pixel of the output of the last of `steps` in the output of each of them, and last in the tensor
/// that the first reads. Where paths differ, the largest field counts.
pub fn receptive_fields(flow: &Flow, steps: &Range<usize>) -> Vec<ReceptiveField> {
    let one = ReceptiveField {
        size: [1, 1],
        stride: [1, 1],
    };
    let mut fields = vec![one; steps.len() + 1];
    let main = main_input(flow, steps);
    for step in steps.clone().rev() {
        let node = &flow.steps[step];
        let behind = fields[step - steps.start];
        let mut before = behind;
        if let Some(window) = &node.window {
            for axis in [0, 1] {
                let reach = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
                before.size[axis] = (behind.size[axis] - 1) * window.stride[axis] + reach;
                before.stride[axis] = behind.stride[axis] * window.stride[axis];
            }
        }
        for source in &node.inputs {
            let index = match source.step_in(steps) {
                Some(at) => at,
                None if Some(*source) == main => steps.len(),
                None => continue,
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
