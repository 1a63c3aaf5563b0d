//! What each step of a draft does, as its cost is counted: the calls of its kernel, by the sizes they come in.

use super::draft::{Draft, draft};
use super::{Choices, PlanError, Prepared, Target};
use crate::cost::{Layer, Span, Work};
use crate::graph::{Graph, Interval, OpId, OpKind};
use crate::schedule::{Source, Stage};

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
    let node = &prepared.flow.steps[step];
    let kind = &prepared.graph.op(OpId(step as u32)).kind;
    let layer = Layer {
        kind,
        kernel: draft.steps[step].kernel,
        input: node.input_maps[0],
        output: node.map,
        broadcast: node.input_maps.iter().any(|&map| map != node.map),
        operands: node.inputs.len(),
        weights: weights(&prepared.graph, kind),
        requantising: prepared.facts[step].requantising,
    };
    let stage = draft.stage.as_ref().filter(|stage| step < stage.split);
    let [rows, columns] = [0, 1].map(|axis| spans(prepared, stage, step, axis));
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

/// The spans of a step's calls along an axis, each with its number of calls.
fn spans(prepared: &Prepared, stage: Option<&Stage>, step: usize, axis: usize) -> Vec<(Span, u64)> {
    let node = &prepared.flow.steps[step];
    let (whole, input) = (node.map[axis], node.input_maps[0][axis]);
    let span = |output: Interval, stored: usize, held: Interval| {
        let start = node
            .window
            .as_ref()
            .map_or(output.start as isize, |window| {
                let before = [window.padding.top, window.padding.left][axis];
                (output.start * window.stride[axis]) as isize - before as isize
            });
        Span {
            out: output.len(),
            stored,
            held: held.len(),
            start: start - held.start as isize,
        }
    };
    let Some(stage) = stage else {
        let [output, held] = [whole, input].map(|extent| Interval::new(0, extent));
        return vec![(span(output, whole, held), 1)];
    };
    let patches = [&stage.rows, &stage.columns][axis];
    let mut spans: Vec<(Span, u64)> = Vec::new();
    for patch in patches {
        let output = patch.outputs[step];
        let stored = if step + 1 == stage.split {
            whole
        } else {
            output.len()
        };
        let held = match node.inputs[0] {
            Source::Step(producer) => patch.outputs[producer],
            Source::Input(_) | Source::Constant => Interval::new(0, input),
        };
        let span = span(output, stored, held);
        match spans.iter_mut().find(|(other, _)| *other == span) {
            Some((_, count)) => *count += 1,
            None => spans.push((span, 1)),
        }
    }
    spans
}
