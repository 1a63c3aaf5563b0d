//! A step made ready to run: its kernel, and where everything it touches lies.

use super::arena::Fault;
use super::place::Place;
use super::{InterpretError, Layout};
use crate::cost;
use crate::graph::{Data, OpKind, Region};
use crate::plan::{Buffer, Plan, Segment, Way};
use crate::quant::{Kernel, op_params};
use crate::schedule::{Flow, Node, Source};

pub(super) struct Ready<'a> {
    pub step: usize,
    pub node: &'a Node,
    pub kernel: Kernel<'a>,
    pub inputs: Vec<Input<'a>>,
    pub output: Place,
    /// The rows that a tile cache keeps.
    pub kept_rows: Option<Place>,
    pub scratch: Option<&'a Buffer>,
    pub accumulators: Option<&'a Buffer>,
    /// Whether it is a depthwise convolution that overwrites its input as it goes.
    pub rows_in_place: bool,
    /// What the memory of its output holds at the time; of whole maps and rings all.
    pub held: Region,
}

pub(super) struct Input<'a> {
    pub from: From<'a>,
    /// Whether what a pass reads of it may lie where that pass writes.
    pub overwritable: bool,
}

pub(super) enum From<'a> {
    Constant(&'a [i8]),
    Memory {
        place: Place,
        /// The number in the segment of the step that makes it.
        inside: Option<usize>,
    },
}

impl<'a> Ready<'a> {
    pub fn new(
        plan: &'a Plan,
        flow: &'a Flow,
        segment: &Segment,
        index: usize,
    ) -> Result<Self, InterpretError> {
        let (step, node) = (&plan.steps[index], &flow.steps[index]);
        let whole = Region::whole(node.map[0], node.map[1]);
        let fail = |fault: Fault| fault.at([index, 0], node.output, whole);
        let op = plan.graph.op(step.op);
        let quant = |source| InterpretError::Quant {
            step: index,
            part: 0,
            source,
        };
        let params = op_params(&plan.graph, op).map_err(quant)?;
        let kernel = Kernel::new(&plan.graph, op, params).map_err(quant)?;
        // Tiles come and go with each patch; a streamed stage uses all its memory from its start to its end.
        let needed = |layout| match (&segment.way, layout) {
            (Way::Layer, _) | (Way::Patch(_), Layout::Tile) => index..index + 1,
            _ => segment.steps.clone(),
        };
        let output = Place::of(plan, &step.output, &needed(step.output.layout)).map_err(fail)?;
        let mut inputs = Vec::with_capacity(step.inputs.len());
        for (number, (operand, source)) in step.inputs.iter().zip(&node.inputs).enumerate() {
            let inside = match *source {
                Source::Step(_) | Source::Input(_) => source.step_in(&segment.steps),
                Source::Constant => {
                    let data = plan.graph.tensor(operand.tensor).data.as_ref();
                    let codes = data.and_then(Data::as_i8).ok_or(Fault::Malformed(
                        "an operand without a producer is not constant int8",
                    ));
                    inputs.push(Input {
                        from: From::Constant(codes.map_err(fail)?),
                        overwritable: false,
                    });
                    continue;
                }
            };
            let place = Place::of(plan, operand, &needed(operand.layout)).map_err(fail)?;
            let by_element = node.by_element(number);
            if by_element && operand.buffer == step.output.buffer && output.base > place.base {
                return Err(fail(Fault::Malformed(
                    "its output lies over elements that it has yet to read",
                )));
            }
            inputs.push(Input {
                from: From::Memory { place, inside },
                overwritable: by_element || step.in_place == Some(number),
            });
        }
        let depthwise = matches!(op.kind, OpKind::DepthwiseConv2d(_));
        if depthwise && step.in_place.is_some() && (inputs.len() != 1 || node.window.is_none()) {
            return Err(fail(Fault::Malformed(
                "works in place on something else than one operand",
            )));
        }
        if step.in_place.is_some() && !depthwise && !cost::Kernel::works_by_element(&op.kind) {
            return Err(fail(Fault::Malformed("no kernel can do it in place")));
        }
        let kept_rows = (step.kept_rows)
            .map(|id| output.kept_rows(plan, id, &segment.steps))
            .transpose()
            .map_err(fail)?;
        let raw = |id: crate::plan::BufferId| {
            let buffer = plan.buffers.get(id.0 as usize);
            buffer.ok_or_else(|| fail(Fault::Buffer(id, "does not exist")))
        };
        let accumulators = step.accumulators.map(raw).transpose()?;
        if let Some(buffer) = accumulators
            && (buffer.first > segment.steps.start || buffer.last + 1 < segment.steps.end)
        {
            return Err(fail(Fault::Buffer(
                buffer.id,
                "is used outside its lifetime",
            )));
        }
        let scratch = step.scratch.map(raw).transpose()?;
        if let Some(buffer) = scratch
            && (buffer.first > index || buffer.last < index)
        {
            return Err(fail(Fault::Buffer(
                buffer.id,
                "is used outside its lifetime",
            )));
        }
        Ok(Self {
            step: index,
            node,
            kernel,
            inputs,
            output,
            kept_rows,
            scratch,
            accumulators,
            rows_in_place: depthwise && step.in_place.is_some(),
            held: whole,
        })
    }
}
