//! Which operand a step may overwrite.

use super::calls;
use crate::cost::Kernel;
use crate::graph::OpId;
use crate::plan::{Choices, Prepared};
use crate::schedule::{Geometry, Segment, Source};

/// The operand that the step overwrites, where operators may work in place: nobody reads it afterwards, it is no input or output of the network, and
/// the kernel takes it in every call.
pub(in crate::plan) fn overwritten(
    prepared: &Prepared,
    choices: &Choices,
    segment: &Segment,
    step: usize,
) -> Option<usize> {
    if !choices.in_place {
        return None;
    }
    let flow = &prepared.flow;
    let node = &flow.steps[step];
    match segment.geometry {
        Geometry::Layer => {}
        // The last step writes into the whole output.
        Geometry::Patches(_) if step + 1 < segment.steps.end => {}
        _ => return None,
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
        // What lies outside a patch stage is read again for the next patch.
        if segment.geometry != Geometry::Layer && !segment.steps.contains(&producer) {
            return false;
        }
        // What is broadcast is read again for later elements.
        if by_element && input.map != node.map {
            return false;
        }
        calls(prepared, segment, step).iter().all(|call| {
            let held = call.held[operand];
            let op = OpId(step as u32);
            let allowed = Kernel::allows_in_place(&prepared.graph, op, held, call.output);
            allowed && (!by_element || held == call.output)
        })
    })
}
