//! A schedule's buffers before they are placed: which tensors share one, how large, from when to when.

use super::{Buffer, BufferId, BufferRole, Choices, PlanError, Prepared, Schedule, Target};
use crate::cost::Kernel;
use crate::graph::{OpId, Region};
use crate::schedule::{OperandRegions, Source, Stage, operand_regions};
use std::ops::RangeInclusive;

/// Alignment of activations in bytes: kernels read whole words.
const ACTIVATION_ALIGN: usize = 4;

/// How one step will run.
#[derive(Clone, Debug)]
pub(super) struct StepDraft {
    pub kernel: Kernel,
    pub in_place: Option<usize>,
    pub output: BufferId,
    pub scratch: Option<BufferId>,
}

/// Buffers without offsets.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub stage: Option<Stage>,
    pub steps: Vec<StepDraft>,
    pub buffers: Vec<Buffer>,
}

impl Draft {
    /// Bytes in use at each step: tensors, scratch.
    pub fn live(&self) -> Vec<[usize; 2]> {
        let mut live = vec![[0, 0]; self.steps.len()];
        for buffer in &self.buffers {
            let kind = usize::from(buffer.role == BufferRole::Scratch);
            for step in &mut live[buffer.first..=buffer.last] {
                step[kind] += buffer.bytes;
            }
        }
        live
    }

    /// Largest sum of bytes in use at a step, scratch included.
    pub fn peak(&self) -> usize {
        self.live().iter().map(|[a, b]| a + b).max().unwrap_or(0)
    }

    /// Largest sum of bytes in use at one of these steps.
    fn peak_within(&self, steps: RangeInclusive<usize>) -> usize {
        let live = self.live();
        live[steps].iter().map(|[a, b]| a + b).max().unwrap_or(0)
    }

    /// Number of steps in the patch stage.
    pub fn split(&self) -> usize {
        self.stage.as_ref().map_or(0, |stage| stage.split)
    }
}

/// Drafts the schedule that `choices` asks for.
pub(super) fn draft(
    prepared: &Prepared,
    target: &Target,
    choices: &Choices,
) -> Result<Draft, PlanError> {
    let stage = match choices.schedule {
        Schedule::Layer | Schedule::Patch { split: 0, .. } => None,
        Schedule::Patch { split, grid } => Some(Stage::new(&prepared.flow, split, grid)?),
    };
    let steps = prepared.flow.steps.len();
    let mut in_place: Vec<Option<usize>> = (0..steps)
        .map(|step| {
            choices
                .in_place
                .then(|| overwritten(prepared, stage.as_ref(), step))
                .flatten()
        })
        .collect();
    let with =
        |in_place: &[Option<usize>]| assign(prepared, target, choices, stage.as_ref(), in_place);
    let mut best = with(&in_place);
    // A strided depthwise convolution in place saves its output but keeps its larger input alive for the output's
    // readers: only worth it where that does not raise the peak up to the last of them.
    for step in 0..steps {
        let kind = &prepared.graph.ops[step].kind;
        let shrinks = kind.window().is_some_and(|window| window.stride != [1, 1]);
        if shrinks && let Some(operand) = in_place[step].take() {
            let without = with(&in_place);
            let last = best.buffers[best.steps[step].output.0 as usize].last;
            if without.peak_within(step..=last) < best.peak_within(step..=last) {
                best = without;
            } else {
                in_place[step] = Some(operand);
            }
        }
    }
    best.stage = stage;
    Ok(best)
}

/// The operand that the step can overwrite: nobody reads it afterwards, it is no input or output of the network, and
/// the kernel takes it in every patch.
fn overwritten(prepared: &Prepared, stage: Option<&Stage>, step: usize) -> Option<usize> {
    let flow = &prepared.flow;
    let node = &flow.steps[step];
    let split = stage.map_or(0, |stage| stage.split);
    // The stage's last step writes into the whole output.
    if step + 1 == split {
        return None;
    }
    let by_element = Kernel::works_by_element(&prepared.graph.ops[step].kind);
    (0..node.inputs.len()).find(|&operand| {
        let Source::Step(producer) = node.inputs[operand] else {
            return false;
        };
        let input = &flow.steps[producer];
        if input.last_reader != step || input.is_output || input.map[2] != node.map[2] {
            return false;
        }
        // What is broadcast is read again for later elements.
        if by_element && input.map != node.map {
            return false;
        }
        passes(prepared, stage, step).all(|(output, operands)| {
            let held = operands(operand).held;
            let allowed = Kernel::allows_in_place(&prepared.graph, OpId(step as u32), held, output);
            allowed && (!by_element || held == output)
        })
    })
}

/// For each kind of patch (or once over whole maps): the region that the step computes, and a function that tells
/// what an operand holds and what is read of it.
fn passes<'a>(
    prepared: &'a Prepared,
    stage: Option<&'a Stage>,
    step: usize,
) -> impl Iterator<Item = (Region, impl Fn(usize) -> OperandRegions + 'a)> + 'a {
    let node = &prepared.flow.steps[step];
    let stage = stage.filter(|stage| step < stage.split);
    let kinds = stage.map_or(&[[0, 0]][..], |stage| &stage.kinds);
    kinds.iter().map(move |&[row, column]| {
        let tile = move |of: usize| stage.map(|stage| stage.output(row, column, of));
        let output = tile(step).unwrap_or(Region::whole(node.map[0], node.map[1]));
        (output, move |operand| {
            operand_regions(node, operand, output, tile)
        })
    })
}

/// Gives every tensor and every scratch a buffer.
fn assign(
    prepared: &Prepared,
    target: &Target,
    choices: &Choices,
    stage: Option<&Stage>,
    in_place: &[Option<usize>],
) -> Draft {
    let (graph, flow) = (&prepared.graph, &prepared.flow);
    let split = stage.map_or(0, |stage| stage.split);
    let end = flow.steps.len() - 1;
    let mut buffers: Vec<Buffer> = Vec::new();
    let add = |buffers: &mut Vec<Buffer>, role, tensor, bytes, first, last| {
        let id = BufferId(buffers.len() as u32);
        buffers.push(Buffer {
            id,
            role,
            tensor,
            bytes,
            align: if role == BufferRole::Scratch {
                Kernel::SCRATCH_ALIGN
            } else {
                ACTIVATION_ALIGN
            },
            first,
            last,
            offset: 0,
        });
        id
    };
    for (index, &id) in graph.inputs.iter().enumerate() {
        let reader = flow.input_last_readers[index];
        // A stage reads its input anew for every patch.
        let mut last = if reader < split { split - 1 } else { reader };
        if graph.outputs.contains(&id) {
            last = end;
        }
        let bytes = graph.tensor(id).bytes();
        add(&mut buffers, BufferRole::Input, Some(id), bytes, 0, last);
    }
    let mut steps: Vec<StepDraft> = Vec::with_capacity(flow.steps.len());
    for (step, node) in flow.steps.iter().enumerate() {
        let op = OpId(step as u32);
        let in_stage = stage.filter(|_| step < split);
        let tile = in_stage.filter(|_| step + 1 < split);
        let whole = node.map.iter().product();
        let bytes = tile.map_or(whole, |stage| stage.largest_tile(step) * node.map[2]);
        let last = if node.is_output {
            end
        } else {
            node.last_reader
        };
        let shared = in_place[step].and_then(|operand| match node.inputs[operand] {
            Source::Step(producer) => Some(steps[producer].output),
            Source::Input(_) | Source::Constant => None,
        });
        let output = if let Some(shared) = shared {
            let buffer = &mut buffers[shared.0 as usize];
            buffer.last = buffer.last.max(last);
            if node.is_output {
                buffer.role = BufferRole::Output;
            }
            shared
        } else {
            let role = match (node.is_output, tile.is_some(), in_stage.is_some()) {
                (true, ..) => BufferRole::Output,
                (_, true, _) => BufferRole::Tile,
                (_, _, true) => BufferRole::StageOutput,
                _ => BufferRole::Activation,
            };
            // The stage's output is assembled patch by patch, from the first step on.
            let first = if in_stage.is_some() && tile.is_none() {
                0
            } else {
                step
            };
            add(&mut buffers, role, Some(node.output), bytes, first, last)
        };
        let kernel = Kernel::choose(
            graph,
            op,
            target.core,
            choices.fast_kernels,
            in_place[step].is_some(),
        );
        // A kernel may widen whole rows of what its input's memory holds, needed or not.
        let scratch_bytes = passes(prepared, stage, step)
            .map(|(output, operands)| kernel.scratch_bytes(graph, op, operands(0).held, output))
            .max()
            .unwrap_or(0);
        let scratch = (scratch_bytes > 0).then(|| {
            add(
                &mut buffers,
                BufferRole::Scratch,
                None,
                scratch_bytes,
                step,
                step,
            )
        });
        steps.push(StepDraft {
            kernel,
            in_place: in_place[step],
            output,
            scratch,
        });
    }
    Draft {
        stage: None,
        steps,
        buffers,
    }
}
