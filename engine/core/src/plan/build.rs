//! From a draft to a plan: offsets, steps, sums.

use super::draft::{Draft, draft};
use super::work::work;
use super::{
    BufferId, BufferRole, Choices, FlashBytes, Layout, LiveBytes, Operand, Patch, PatchStage, Plan,
    PlanError, Prepared, Segment, Step, StepId, Target, Totals, Way, diagnose,
};
use crate::cost::{code_bytes_estimated, estimate_cycles};
use crate::graph::{Graph, OpId, Region, TensorId};
use crate::memory::pack;
use crate::schedule::{Geometry, Method, Patches, Source};
use std::ops::Range;
use std::sync::Arc;

/// Plans a model for a target: [`Prepared::new`] and [`plan_prepared`] in one.
///
/// # Errors
/// When the model is not one that runs on a chip, or the schedule asked for is illegal.
pub fn plan(graph: &Graph, target: &Target, choices: &Choices) -> Result<Plan, PlanError> {
    plan_prepared(&Prepared::new(graph)?, target, choices)
}

/// Plans a prepared model. Pure and deterministic; what does not fit is said in the diagnostics.
///
/// # Errors
/// When the schedule asked for is illegal.
pub fn plan_prepared(
    prepared: &Prepared,
    target: &Target,
    choices: &Choices,
) -> Result<Plan, PlanError> {
    finish(prepared, target, choices, draft(prepared, target, choices)?)
}

/// Places a draft's buffers and states what it costs.
pub(super) fn finish(
    prepared: &Prepared,
    target: &Target,
    choices: &Choices,
    mut draft: Draft,
) -> Result<Plan, PlanError> {
    let packing = pack(&draft.blocks())?;
    for (buffer, &offset) in draft.buffers.iter_mut().zip(&packing.offsets) {
        buffer.offset = offset;
    }
    let read: Vec<Vec<BufferId>> = (draft.segments.iter())
        .map(|segment| read_by(prepared, &draft, segment.steps.clone()))
        .collect();
    let steps: Vec<Step> = (0..draft.steps.len())
        .map(|index| step(prepared, target, &draft, &read, index))
        .collect();
    let totals = totals(prepared, &steps, packing.height);
    let mut plan = Plan {
        graph: Arc::clone(&prepared.graph),
        target: target.clone(),
        choices: choices.clone(),
        segments: segments(&draft),
        steps,
        buffers: draft.buffers,
        totals,
        diagnostics: prepared.notes.clone(),
    };
    diagnose::fits(&mut plan);
    Ok(plan)
}

/// The buffers that these steps read.
fn read_by(prepared: &Prepared, draft: &Draft, steps: Range<usize>) -> Vec<BufferId> {
    (prepared.flow.steps[steps].iter())
        .flat_map(|node| &node.inputs)
        .filter_map(|source| match *source {
            Source::Step(producer) => Some(draft.steps[producer].output),
            Source::Input(input) => Some(BufferId(input as u32)),
            Source::Constant => None,
        })
        .collect()
}

fn step(
    prepared: &Prepared,
    target: &Target,
    draft: &Draft,
    read: &[Vec<BufferId>],
    index: usize,
) -> Step {
    let graph = &prepared.graph;
    let (facts, node) = (&prepared.facts[index], &prepared.flow.steps[index]);
    let op = OpId(index as u32);
    let own = &draft.steps[index];
    let segment = draft.segment(index);
    let inputs: Vec<Operand> = (graph.op(op).inputs.iter().zip(&node.inputs))
        .map(|(&tensor, source)| match *source {
            Source::Constant => Operand {
                tensor,
                buffer: None,
                at: 0,
                layout: Layout::Map,
            },
            Source::Input(input) => {
                let layout = draft.input_layouts[input];
                operand(draft, tensor, BufferId(input as u32), layout)
            }
            Source::Step(producer) => {
                let producer = &draft.steps[producer];
                operand(draft, tensor, producer.output, producer.layout)
            }
        })
        .collect();
    let macs = prepared.macs(segment, index);
    let mut step = Step {
        id: StepId(index as u32),
        op,
        name: facts.name.clone(),
        symbol: facts.symbol.clone(),
        segment: own.segment,
        kernel: own.kernel,
        inputs,
        output: operand(draft, node.output, own.output, own.layout),
        in_place: own.in_place,
        scratch: own.scratch,
        accumulators: own.accumulators,
        kept_rows: own.kept_rows,
        macs,
        macs_once: facts.macs_once,
        live: LiveBytes::default(),
        cycles_estimated: estimate_cycles(&work(prepared, draft, index), target.core),
        weight_bytes: own.kernel.weight_bytes(graph, op),
    };
    step.live = live(&step, draft, &read[own.segment]);
    step
}

fn operand(draft: &Draft, tensor: TensorId, buffer: BufferId, layout: Layout) -> Operand {
    let tenants = &draft.buffers[buffer.0 as usize].tenants;
    let tenant = tenants.iter().find(|tenant| tenant.tensor == tensor);
    Operand {
        tensor,
        buffer: Some(buffer),
        at: tenant.map_or(0, |tenant| tenant.at),
        layout,
    }
}

/// Opens the bytes in use at a step into its parts. In a stage that is not run by layer, what it reads and assembles as
/// a whole counts as the stage's where the step itself does not touch it.
fn live(step: &Step, draft: &Draft, stage_reads: &[BufferId]) -> LiveBytes {
    let index = step.id.0 as usize;
    let segment = draft.segment(index);
    let stage_output = draft.steps[segment.steps.end - 1].output;
    let staged = segment.method != Method::Layer;
    let reads = |id: BufferId| step.inputs.iter().any(|input| input.buffer == Some(id));
    let mut live = LiveBytes::default();
    for buffer in (draft.buffers.iter()).filter(|b| b.first <= index && index <= b.last) {
        let part = match buffer.role {
            BufferRole::Scratch => &mut live.scratch,
            BufferRole::LineBuffer | BufferRole::Accumulators => &mut live.buffers,
            _ if reads(buffer.id) => &mut live.input,
            _ if step.output.buffer == Some(buffer.id) => &mut live.output,
            BufferRole::Tile => &mut live.residual,
            _ if staged && (stage_output == buffer.id || stage_reads.contains(&buffer.id)) => {
                &mut live.stage
            }
            _ => &mut live.residual,
        };
        *part += buffer.window(index).len();
    }
    live
}

/// The segments as the plan states them.
fn segments(draft: &Draft) -> Vec<Segment> {
    (draft.segments.iter())
        .map(|segment| Segment {
            steps: segment.steps.clone(),
            method: segment.method,
            way: match &segment.geometry {
                Geometry::Layer => Way::Layer,
                Geometry::Patches(patches) => Way::Patch(patch_stage(patches, segment.steps.len())),
                Geometry::Strips(strips) => Way::HorizontalCache(strips.clone()),
                Geometry::Lines(lines) => Way::LineBuffers(lines.clone()),
                Geometry::Tiles(tiles) => Way::TileCache(tiles.clone()),
            },
        })
        .collect()
}

fn patch_stage(patches: &Patches, steps: usize) -> PatchStage {
    PatchStage {
        grid: [patches.rows.len(), patches.columns.len()],
        patches: (patches.patches())
            .map(|[row, column]| Patch {
                outputs: (0..steps)
                    .map(|at| patches.output([row, column], at))
                    .collect(),
                input: Region {
                    y: patches.rows[row].input,
                    x: patches.columns[column].input,
                },
            })
            .collect(),
    }
}

fn totals(prepared: &Prepared, steps: &[Step], height: usize) -> Totals {
    // The first of equal peaks.
    let peak_step = (0..steps.len())
        .rev()
        .max_by_key(|&step| steps[step].live.total())
        .unwrap_or(0);
    let activations = steps.iter().map(|step| step.live.activations()).max();
    Totals {
        macs: steps.iter().map(|step| step.macs).sum(),
        macs_once: steps.iter().map(|step| step.macs_once).sum(),
        peak_sram_bytes: height,
        peak_activation_bytes: activations.unwrap_or(0),
        scratch_bytes: steps[peak_step].live.scratch,
        peak_step,
        flash: FlashBytes {
            weights: steps.iter().map(|step| step.weight_bytes).sum(),
            code_estimated: code_bytes_estimated(
                steps
                    .iter()
                    .map(|step| (step.kernel, prepared.flow.steps[step.id.0 as usize].op)),
            ),
        },
        cycles_estimated: steps.iter().map(|step| step.cycles_estimated).sum(),
        parameters: prepared.parameters,
    }
}
