//! From a draft to a plan: offsets, steps, sums.

use super::draft::{Draft, StepDraft, draft};
use super::work::work;
use super::{
    BufferId, BufferRole, Choices, FlashBytes, LiveBytes, Operand, Patch, PatchStage, Plan,
    PlanError, Prepared, Segment, Step, StepId, Target, Totals, Way, diagnose,
};
use crate::cost::{code_bytes_estimated, estimate_cycles};
use crate::graph::{Graph, OpId, Region};
use crate::memory::{Block, pack};
use crate::schedule::{Source, Stage};
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
    let blocks: Vec<Block> = (draft.buffers.iter())
        .map(|buffer| Block::new(buffer.bytes, buffer.align, buffer.first, buffer.last))
        .collect();
    let packing = pack(&blocks)?;
    for (buffer, &offset) in draft.buffers.iter_mut().zip(&packing.offsets) {
        buffer.offset = offset;
    }
    let steps: Vec<Step> = (0..draft.steps.len())
        .map(|index| step(prepared, target, &draft, index))
        .collect();
    let totals = totals(prepared, &steps, packing.height);
    let mut plan = Plan {
        graph: Arc::clone(&prepared.graph),
        target: target.clone(),
        choices: *choices,
        segments: segments(steps.len(), draft.stage.as_ref()),
        steps,
        buffers: draft.buffers,
        totals,
        diagnostics: prepared.notes.clone(),
    };
    diagnose::fits(&mut plan);
    Ok(plan)
}

fn step(prepared: &Prepared, target: &Target, draft: &Draft, index: usize) -> Step {
    let graph = &prepared.graph;
    let (facts, node) = (&prepared.facts[index], &prepared.flow.steps[index]);
    let op = OpId(index as u32);
    let StepDraft {
        kernel,
        in_place,
        output,
        scratch,
    } = draft.steps[index];
    let split = draft.split();
    let inputs: Vec<Operand> = (graph.op(op).inputs.iter().zip(&node.inputs))
        .map(|(&tensor, source)| match *source {
            Source::Constant => (tensor, None, false),
            Source::Input(input) => (tensor, Some(BufferId(input as u32)), false),
            // The stage's last step leaves the whole map behind, and only later steps read that.
            Source::Step(producer) => (tensor, Some(draft.steps[producer].output), index < split),
        })
        .map(|(tensor, buffer, tile)| Operand {
            tensor,
            buffer,
            tile,
        })
        .collect();
    let macs = match &draft.stage {
        Some(stage) if index < split => {
            let pixels = stage.computed_pixels(index) as u64;
            facts.macs_per_pixel.saturating_mul(pixels)
        }
        _ => facts.macs_once,
    };
    let mut step = Step {
        id: StepId(index as u32),
        op,
        name: facts.name.clone(),
        symbol: facts.symbol.clone(),
        segment: usize::from(split > 0 && index >= split),
        kernel,
        inputs,
        output: Operand {
            tensor: node.output,
            buffer: Some(output),
            tile: index + 1 < split,
        },
        in_place,
        scratch,
        macs,
        macs_once: facts.macs_once,
        live: LiveBytes::default(),
        cycles_estimated: estimate_cycles(&work(prepared, draft, index), target.core),
        weight_bytes: kernel.weight_bytes(graph, op),
    };
    step.live = live(&step, draft);
    step
}

/// Opens the bytes in use at a step into its parts.
fn live(step: &Step, draft: &Draft) -> LiveBytes {
    let index = step.id.0 as usize;
    let split = draft.split();
    let stage_output = split.checked_sub(1).map(|last| draft.steps[last].output);
    let mut live = LiveBytes::default();
    for buffer in (draft.buffers.iter()).filter(|b| b.first <= index && index <= b.last) {
        let read = step
            .inputs
            .iter()
            .any(|input| input.buffer == Some(buffer.id));
        let of_stage =
            index < split && (buffer.role == BufferRole::Input || stage_output == Some(buffer.id));
        let part = if buffer.role == BufferRole::Scratch {
            &mut live.scratch
        } else if read {
            &mut live.input
        } else if step.output.buffer == Some(buffer.id) {
            &mut live.output
        } else if of_stage {
            &mut live.stage
        } else {
            &mut live.residual
        };
        *part += buffer.bytes;
    }
    live
}

fn segments(steps: usize, stage: Option<&Stage>) -> Vec<Segment> {
    let Some(stage) = stage else {
        return vec![Segment {
            steps: 0..steps,
            way: Way::Layer,
        }];
    };
    let patches = (stage.patches())
        .map(|[row, column]| Patch {
            outputs: (0..stage.split)
                .map(|step| stage.output(row, column, step))
                .collect(),
            input: Region {
                y: stage.rows[row].input,
                x: stage.columns[column].input,
            },
        })
        .collect();
    let mut segments = vec![Segment {
        steps: 0..stage.split,
        way: Way::Patch(PatchStage {
            grid: [stage.rows.len(), stage.columns.len()],
            patches,
        }),
    }];
    if stage.split < steps {
        segments.push(Segment {
            steps: stage.split..steps,
            way: Way::Layer,
        });
    }
    segments
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
