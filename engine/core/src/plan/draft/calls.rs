//! The calls of a step's kernel: which regions it computes and reads, one of each kind.

use crate::cost::{Kernel, Span};
use crate::graph::{Interval, OpId, Region};
use crate::plan::Prepared;
use crate::schedule::region::{operand_interval, operand_region};
use crate::schedule::stream::Unit;
use crate::schedule::{Geometry, Lines, Node, Segment};

/// One call of a step's kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::plan) struct Call {
    /// The region it computes.
    pub output: Region,
    /// Per operand, the region that the memory it reads from holds.
    pub held: Vec<Region>,
}

/// One call of each kind that a step makes: the largest, where calls differ in nothing but size.
pub(in crate::plan) fn calls(prepared: &Prepared, segment: &Segment, step: usize) -> Vec<Call> {
    let operands = prepared.flow.steps[step].inputs.len();
    let mut calls = Vec::new();
    each_call(prepared, segment, step, &mut |output, held| {
        calls.push(Call {
            output,
            held: (0..operands).map(held).collect(),
        });
    });
    calls
}

/// Per operand of a call, the region that the memory it reads from holds.
type Held<'a> = &'a dyn Fn(usize) -> Region;

/// The same one by one, each with the region that it computes.
pub(in crate::plan) fn each_call(
    prepared: &Prepared,
    segment: &Segment,
    step: usize,
    emit: &mut dyn FnMut(Region, Held<'_>),
) {
    let node = &prepared.flow.steps[step];
    let at = step - segment.steps.start;
    let whole = |operand: usize| whole(node.input_maps[operand]);
    let read = |output: Region| move |operand: usize| operand_region(node, operand, output);
    match &segment.geometry {
        Geometry::Layer => emit(self::whole(node.map), &whole),
        Geometry::Patches(patches) => {
            for &cell in &patches.kinds {
                emit(patches.output(cell, at), &|operand| {
                    node.inputs[operand]
                        .step_in(&segment.steps)
                        .map_or_else(|| whole(operand), |at| patches.output(cell, at))
                });
            }
        }
        Geometry::Lines(lines) if takes_all(prepared, segment, lines, step) => {
            emit(self::whole(node.map), &whole);
        }
        Geometry::Lines(lines) => {
            let output = lines.unit.region(lines.unit.count(node.map) / 2, node.map);
            emit(output, &read(output));
        }
        Geometry::Strips(strips) => {
            for strip in some_of(&strips.strips) {
                let middle = node.map[1] / 2;
                let output = Region {
                    y: strip.outputs[at],
                    x: Interval::new(middle, middle + 1),
                };
                emit(output, &read(output));
            }
        }
        Geometry::Tiles(tiles) => {
            for row in some_of(&tiles.rows) {
                for column in some_of(&tiles.columns) {
                    let output = Region {
                        y: row.fresh[at],
                        x: column.fresh[at],
                    };
                    if output.pixels() > 0 {
                        emit(output, &read(output));
                    }
                }
            }
        }
    }
}

/// First, middle and last: those between are alike.
fn some_of<T>(all: &[T]) -> impl Iterator<Item = &T> + Clone {
    let last = all.len().saturating_sub(1);
    let mut indices = vec![0, last / 2, last];
    indices.dedup();
    indices.into_iter().filter_map(|index| all.get(index))
}

fn whole(map: [usize; 3]) -> Region {
    Region::whole(map[0], map[1])
}

/// Bytes of scratch that the kernel takes for the step in the segment: the most of its calls.
pub(in crate::plan) fn scratch_bytes(
    prepared: &Prepared,
    kernel: Kernel,
    segment: &Segment,
    step: usize,
) -> usize {
    if matches!(kernel, Kernel::Plain | Kernel::AddPacked) {
        return 0;
    }
    let of_region = matches!(kernel, Kernel::DepthwisePlanes { .. });
    let mut most = 0;
    each_call(prepared, segment, step, &mut |output, held| {
        // The others take as much for every region.
        if most == 0 || of_region {
            let op = OpId(step as u32);
            most = most.max(kernel.scratch_bytes(&prepared.graph, op, held(0), output));
        }
    });
    most
}

/// All calls of a step as its cost is counted: along each axis the sizes they come in, each with its number.
pub(in crate::plan) fn calls_along(
    prepared: &Prepared,
    segment: &Segment,
    step: usize,
    axis: usize,
) -> Vec<(Span, u64)> {
    let node = &prepared.flow.steps[step];
    let at = step - segment.steps.start;
    let whole = Interval::new(0, node.map[axis]);
    let held = Interval::new(0, node.input_maps[0][axis]);
    let read = |output: Interval| operand_interval(node, 0, axis, output);
    let last = step + 1 == segment.steps.end;
    let mut spans = Spans::default();
    match &segment.geometry {
        Geometry::Patches(patches) => {
            for patch in [&patches.rows, &patches.columns][axis] {
                let output = patch.outputs[at];
                let held = node.inputs[0]
                    .step_in(&segment.steps)
                    .map_or(held, |at| patch.outputs[at]);
                let stored = if last { node.map[axis] } else { output.len() };
                spans.add(node, axis, output, held, stored);
            }
        }
        Geometry::Strips(strips) if axis == 0 => {
            for strip in &strips.strips {
                let output = strip.outputs[at];
                spans.add(node, axis, output, read(output), output.len());
            }
        }
        Geometry::Strips(strips) => singles(&mut spans, node, axis, strips.columns.computed[at]),
        Geometry::Lines(lines)
            if cuts(lines, axis) && !takes_all(prepared, segment, lines, step) =>
        {
            let width = node.map[1].max(1);
            let units = [lines.computed[at].div_ceil(width), width][axis];
            singles(&mut spans, node, axis, units);
        }
        Geometry::Layer | Geometry::Lines(_) => {
            spans.add(node, axis, whole, held, node.map[axis]);
        }
        Geometry::Tiles(tiles) => {
            for tile in [&tiles.rows, &tiles.columns][axis] {
                let output = tile.fresh[at];
                if !output.is_empty() {
                    spans.add(node, axis, output, read(output), output.len());
                }
            }
        }
    }
    spans.0
}

/// Whether the step takes its input as it comes, so that its work is that over the whole map.
fn takes_all(prepared: &Prepared, segment: &Segment, lines: &Lines, step: usize) -> bool {
    (lines.stream(&prepared.flow, &segment.steps)).accumulates(step)
}

/// Whether the units are cut along the axis.
fn cuts(lines: &Lines, axis: usize) -> bool {
    axis == 0 || lines.unit == Unit::Pixel
}

fn singles(spans: &mut Spans, node: &Node, axis: usize, units: usize) {
    for start in 0..units {
        let output = Interval::new(start, start + 1);
        let read = operand_interval(node, 0, axis, output);
        spans.add(node, axis, output, read, 1);
    }
}

/// Equal calls, counted.
#[derive(Default)]
struct Spans(Vec<(Span, u64)>);

impl Spans {
    fn add(&mut self, node: &Node, axis: usize, output: Interval, held: Interval, stored: usize) {
        let start = node
            .window
            .as_ref()
            .map_or(output.start as isize, |window| {
                let before = [window.padding.top, window.padding.left][axis];
                (output.start * window.stride[axis]) as isize - before as isize
            });
        let span = Span {
            out: output.len(),
            stored,
            held: held.len(),
            start: start - held.start as isize,
        };
        // The kind of the call before comes again most often.
        match self.0.iter_mut().rev().find(|(other, _)| *other == span) {
            Some((_, count)) => *count += 1,
            None => self.0.push((span, 1)),
        }
    }
}
