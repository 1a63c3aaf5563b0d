//! What each step of a draft does, as its cost is counted: the calls of its kernel, by the sizes they come in.

use super::draft::{Draft, calls_along, draft};
use super::{Choices, PlanError, Prepared, Target};
use crate::cost::{Kernel, Layer, Work};
use crate::graph::{Graph, OpId, OpKind};
use crate::schedule::Segment;

/// What each step of the plan that [`super::plan_prepared`] would make does.
///
/// # Errors
/// When the schedule asked for is illegal.
pub fn works(
    prepared: &Prepared,
    target: &Target,
    choices: &Choices,
) -> Result<Vec<Work>, PlanError> {
    let draft = draft(prepared, target, choices)?;
    Ok((0..draft.steps.len())
        .map(|step| work(prepared, &draft, step))
        .collect())
}

pub(super) fn work(prepared: &Prepared, draft: &Draft, step: usize) -> Work {
    let kernel = draft.steps[step].kernel;
    work_in(prepared, kernel, draft.segment(step), step)
}

/// What a step does with a kernel in a segment.
pub(super) fn work_in(prepared: &Prepared, kernel: Kernel, segment: &Segment, step: usize) -> Work {
    let node = &prepared.flow.steps[step];
    let kind = &prepared.graph.op(OpId(step as u32)).kind;
    let layer = Layer {
        kind,
        kernel,
        input: node.input_maps[0],
        output: node.map,
        broadcast: node.input_maps.iter().any(|&map| map != node.map),
        operands: node.inputs.len(),
        weights: weights(&prepared.graph, kind),
        requantising: prepared.facts[step].requantising,
    };
    let [rows, columns] = [0, 1].map(|axis| calls_along(prepared, segment, step, axis));
    Work::count(&layer, &rows, &columns)
}

/// Extents of an operator's weights, those of a matrix as outputs × 1 × 1 × inputs.
fn weights(graph: &Graph, kind: &OpKind) -> [usize; 4] {
    let shape = kind
        .parameters()
        .map(|(weights, _)| &graph.tensor(weights).shape[..]);
    match shape {
        Some(&[outputs, height, width, inputs]) => [outputs, height, width, inputs],
        Some(&[outputs, inputs]) => [outputs, 1, 1, inputs],
        _ => [0; 4],
    }
}
