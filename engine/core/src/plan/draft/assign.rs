//! Gives every tensor, every line buffer and every scratch a buffer.

use super::overwrite::overwritten;
use super::{Draft, StepDraft, scratch_bytes};
use crate::cost::Kernel;
use crate::graph::{OpId, TensorId};
use crate::plan::{Buffer, BufferId, BufferRole, Choices, Layout, Prepared, Target, Tenant};
use crate::schedule::{Geometry, InputMode, Segment, Source, Store};
use std::sync::Arc;

/// Alignment of activations in bytes: kernels read whole words.
pub(super) const ACTIVATION_ALIGN: usize = 4;

/// A piece of memory with the time in which it is needed.
struct Need {
    role: BufferRole,
    tensor: TensorId,
    bytes: usize,
    first: usize,
    last: usize,
}

struct Assigner<'a> {
    prepared: &'a Prepared,
    segments: &'a [Arc<Segment>],
    /// Per step, its segment.
    segment_of: Vec<usize>,
    buffers: Vec<Buffer>,
    steps: Vec<StepDraft>,
}

pub(super) fn assign(
    prepared: &Prepared,
    target: &Target,
    choices: &Choices,
    segments: Vec<Arc<Segment>>,
) -> Draft {
    let segment_of = (segments.iter().enumerate())
        .flat_map(|(index, segment)| std::iter::repeat_n(index, segment.steps.len()))
        .collect();
    let mut assigner = Assigner {
        prepared,
        segments: &segments,
        segment_of,
        buffers: Vec::new(),
        steps: Vec::with_capacity(prepared.flow.steps.len()),
    };
    let input_layouts = assigner.inputs(choices.input);
    for step in 0..prepared.flow.steps.len() {
        assigner.step(target, choices, step);
        let segment = &segments[assigner.segment_of[step]];
        if step + 1 == segment.steps.end {
            assigner.overlap(segment, choices);
        }
    }
    let Assigner { buffers, steps, .. } = assigner;
    Draft {
        segments,
        steps,
        buffers,
        input_layouts,
    }
}

impl Assigner<'_> {
    fn add(&mut self, need: &Need) -> BufferId {
        let tenant = Tenant {
            tensor: need.tensor,
            at: 0,
            bytes: need.bytes,
            first: need.first,
            last: need.last,
        };
        let id = self.raw(need.role, need.bytes, need.first, need.last);
        let buffer = &mut self.buffers[id.0 as usize];
        buffer.tensor = Some(need.tensor);
        buffer.tenants.push(tenant);
        id
    }

    /// Memory that holds no tensor.
    fn raw(&mut self, role: BufferRole, bytes: usize, first: usize, last: usize) -> BufferId {
        let id = BufferId(self.buffers.len() as u32);
        let align = match role {
            BufferRole::Scratch | BufferRole::Accumulators => Kernel::SCRATCH_ALIGN,
            _ => ACTIVATION_ALIGN,
        };
        self.buffers.push(Buffer {
            id,
            role,
            tensor: None,
            tenants: Vec::new(),
            bytes,
            align,
            first,
            last,
            offset: 0,
        });
        id
    }

    fn end(&self) -> usize {
        self.prepared.flow.steps.len() - 1
    }

    /// The last step at which a whole map is needed that step `reader` reads last: a stage reads its inputs to its end.
    fn last_use(&self, reader: usize) -> usize {
        let segment = &self.segments[self.segment_of[reader]];
        match segment.geometry {
            Geometry::Layer => reader,
            _ => segment.steps.end - 1,
        }
    }

    fn inputs(&mut self, mode: InputMode) -> Vec<Layout> {
        let (graph, flow) = (&self.prepared.graph, &self.prepared.flow);
        let mut layouts = Vec::with_capacity(graph.inputs.len());
        for (index, &tensor) in graph.inputs.iter().enumerate() {
            let reader = flow.input_last_readers[index];
            let segment = &self.segments[self.segment_of[reader]];
            let pixels = match &segment.geometry {
                Geometry::Lines(lines) if mode == InputMode::Rows => lines.input_rings[index],
                _ => 0,
            };
            let mut need = Need {
                role: BufferRole::Input,
                tensor,
                bytes: graph.tensor(tensor).bytes(),
                first: 0,
                last: self.last_use(reader),
            };
            if graph.outputs.contains(&tensor) {
                need.last = self.end();
            }
            if pixels > 0 {
                need.bytes = pixels * flow.inputs[index][2];
                (need.first, need.last) = (segment.steps.start, segment.steps.end - 1);
                layouts.push(Layout::Ring { pixels });
            } else {
                layouts.push(Layout::Map);
            }
            self.add(&need);
        }
        layouts
    }

    fn step(&mut self, target: &Target, choices: &Choices, step: usize) {
        let prepared = self.prepared;
        let (graph, op) = (&prepared.graph, OpId(step as u32));
        let index = self.segment_of[step];
        let segment = Arc::clone(&self.segments[index]);
        let operand = overwritten(prepared, choices, &segment, step);
        let kernel = Kernel::choose(
            graph,
            op,
            target.core,
            choices.fast_kernels,
            operand.is_some(),
        );
        let (need, layout) = self.output(&segment, step);
        let source = operand.map(|operand| prepared.flow.steps[step].inputs[operand]);
        let output = match source {
            Some(Source::Step(producer)) => self.share(producer, &need),
            _ => self.add(&need),
        };
        let scratch_bytes = scratch_bytes(prepared, kernel, &segment, step);
        let scratch =
            (scratch_bytes > 0).then(|| self.raw(BufferRole::Scratch, scratch_bytes, step, step));
        let (accumulators, kept_rows) = self.extras(&segment, step);
        self.steps.push(StepDraft {
            segment: index,
            kernel,
            in_place: operand,
            output,
            layout,
            scratch,
            accumulators,
            kept_rows,
        });
    }

    /// The memory of a step's output.
    fn output(&self, segment: &Segment, step: usize) -> (Need, Layout) {
        let node = &self.prepared.flow.steps[step];
        let (at, channels) = (step - segment.steps.start, node.map[2]);
        let [start, end] = [segment.steps.start, segment.steps.end - 1];
        let inner = |role, bytes, first, last| Need {
            role,
            tensor: node.output,
            bytes,
            first,
            last,
        };
        let whole = |first| {
            let last = if node.is_output {
                self.end()
            } else {
                self.last_use(node.last_reader).max(step)
            };
            let stage = matches!(segment.geometry, Geometry::Patches(_));
            let role = match (node.is_output, stage) {
                (true, _) => BufferRole::Output,
                (_, true) => BufferRole::StageOutput,
                _ => BufferRole::Activation,
            };
            let need = inner(role, node.map.iter().product(), first, last);
            (need, Layout::Map)
        };
        match &segment.geometry {
            Geometry::Layer => whole(step),
            // The stage's output is assembled bit by bit, from the first step on.
            _ if step == end => whole(start),
            Geometry::Patches(patches) => {
                let bytes = patches.largest_tile(at) * channels;
                let need = inner(BufferRole::Tile, bytes, step, node.last_reader);
                (need, Layout::Tile)
            }
            Geometry::Lines(lines) => match lines.stores[at] {
                Store::Whole => whole(start),
                Store::Ring(pixels) => {
                    let need = inner(BufferRole::LineBuffer, pixels * channels, start, end);
                    (need, Layout::Ring { pixels })
                }
            },
            Geometry::Strips(strips) => {
                let columns = strips.kept_columns(at, node.map[1]);
                let bytes = strips.tallest(at) * columns * channels;
                let need = inner(BufferRole::LineBuffer, bytes, start, end);
                (need, Layout::Columns { columns })
            }
            Geometry::Tiles(tiles) => {
                let [rows, columns] = tiles.largest_window(at);
                let need = inner(
                    BufferRole::LineBuffer,
                    rows * columns * channels,
                    start,
                    end,
                );
                (need, Layout::Columns { columns })
            }
        }
    }

    /// Accumulators, and the rows that a tile cache keeps.
    fn extras(&mut self, segment: &Segment, step: usize) -> (Option<BufferId>, Option<BufferId>) {
        let node = &self.prepared.flow.steps[step];
        let [start, end] = [segment.steps.start, segment.steps.end - 1];
        match &segment.geometry {
            Geometry::Lines(lines)
                if (lines.stream(&self.prepared.flow, &segment.steps)).accumulates(step) =>
            {
                let bytes = node.accumulators.unwrap_or(0);
                let id = self.raw(BufferRole::Accumulators, bytes, start, end);
                (Some(id), None)
            }
            Geometry::Tiles(tiles) if step < end => {
                let rows = tiles.kept_rows(step - start);
                let bytes = rows * node.map[1] * node.map[2];
                let id = (rows > 0).then(|| {
                    self.add(&Need {
                        role: BufferRole::LineBuffer,
                        tensor: node.output,
                        bytes,
                        first: start,
                        last: end,
                    })
                });
                (None, id)
            }
            _ => (None, None),
        }
    }

    /// Puts a step's output over the operand that it overwrites.
    fn share(&mut self, producer: usize, need: &Need) -> BufferId {
        let id = self.steps[producer].output;
        let tensor = self.prepared.flow.steps[producer].output;
        let at = self.tenant(id, tensor).map_or(0, |tenant| tenant.at);
        self.join(id, need, at as isize);
        id
    }

    fn tenant(&self, buffer: BufferId, tensor: TensorId) -> Option<&Tenant> {
        let tenants = &self.buffers[buffer.0 as usize].tenants;
        tenants.iter().find(|tenant| tenant.tensor == tensor)
    }

    /// Gives a tensor a place in a buffer, `at` bytes from its start; before it when negative.
    fn join(&mut self, id: BufferId, need: &Need, at: isize) {
        let buffer = &mut self.buffers[id.0 as usize];
        let shift = at.min(0).unsigned_abs();
        for tenant in &mut buffer.tenants {
            tenant.at += shift;
        }
        let tenant = Tenant {
            tensor: need.tensor,
            at: at.max(0).unsigned_abs(),
            bytes: need.bytes,
            first: need.first,
            last: need.last,
        };
        buffer.tenants.push(tenant);
        buffer.bytes = (buffer.bytes + shift).max(tenant.at + tenant.bytes);
        buffer.first = buffer.first.min(need.first);
        buffer.last = buffer.last.max(need.last);
        if need.role == BufferRole::Output && buffer.role != BufferRole::Input {
            buffer.role = BufferRole::Output;
        }
    }

    /// Lets the output of a streamed segment lie over the input that saves most, of those that it uses up.
    fn overlap(&mut self, segment: &Segment, choices: &Choices) {
        let Geometry::Lines(lines) = &segment.geometry else {
            return;
        };
        let last = segment.steps.end - 1;
        let output = self.steps[last].output;
        let own = self.buffers[output.0 as usize].clone();
        let [tenant] = own.tenants[..] else {
            return;
        };
        let best = (lines.overlaps.iter())
            .filter_map(|&(source, distance)| {
                let (id, tensor) = self.place(source)?;
                let distance = distance.next_multiple_of(ACTIVATION_ALIGN);
                let buffer = &self.buffers[id.0 as usize];
                let input = *self.tenant(id, tensor)?;
                let alone = (buffer.tenants.iter())
                    .all(|t| t.tensor == tensor || t.last < segment.steps.start);
                // A residual added in place is an overlap at no distance.
                let equals = distance == 0 && input.bytes == tenant.bytes;
                let residual = matches!(source, Source::Step(_)) && equals;
                let allowed = choices.overlap || (choices.in_place && residual);
                let saved = (input.bytes + tenant.bytes)
                    .checked_sub((distance + input.bytes).max(tenant.bytes))?;
                // An output of the network lasts to the end, whoever reads it.
                let used_up = input.last == last && !self.prepared.graph.outputs.contains(&tensor);
                (allowed && used_up && alone && saved > 0).then_some((
                    saved,
                    id,
                    input.at as isize - distance as isize,
                ))
            })
            .max_by_key(|&(saved, id, _)| (saved, std::cmp::Reverse(id)));
        if let Some((_, id, at)) = best {
            let need = Need {
                role: own.role,
                tensor: tenant.tensor,
                bytes: tenant.bytes,
                first: tenant.first,
                last: tenant.last,
            };
            self.join(id, &need, at);
            self.steps[last].output = id;
            self.drop_buffer(output);
        }
    }

    /// Where the whole map of a source lies.
    fn place(&self, source: Source) -> Option<(BufferId, TensorId)> {
        match source {
            Source::Step(step) => Some((
                self.steps[step].output,
                self.prepared.flow.steps[step].output,
            )),
            Source::Input(input) => {
                Some((BufferId(input as u32), self.prepared.graph.inputs[input]))
            }
            Source::Constant => None,
        }
    }

    /// Takes a buffer out that nothing uses any more.
    fn drop_buffer(&mut self, gone: BufferId) {
        self.buffers.remove(gone.0 as usize);
        let renumber = |id: &mut BufferId| {
            if id.0 > gone.0 {
                id.0 -= 1;
            }
        };
        for buffer in &mut self.buffers {
            renumber(&mut buffer.id);
        }
        for step in &mut self.steps {
            renumber(&mut step.output);
            for id in [
                &mut step.scratch,
                &mut step.accumulators,
                &mut step.kept_rows,
            ] {
                id.iter_mut().for_each(renumber);
            }
        }
    }
}
