//! What has to be known of a plan before it is built and run.

use crate::error::BoardError;
use crate::firmware::placement;
use crate::session::Layout;
use tinyscope_core::plan::Plan;

/// Where the program takes its inputs and how much output it gives.
pub(super) fn layout(plan: &Plan) -> Result<Layout, BoardError> {
    let graph = &plan.graph;
    let inputs = graph
        .inputs
        .iter()
        .map(|&id| {
            plan.offset_of(id)
                .map(|offset| (offset, graph.tensor(id).bytes()))
                .ok_or_else(|| BoardError::Model {
                    message: format!("the plan has no buffer for input tensor {}", id.0),
                })
        })
        .collect::<Result<_, _>>()?;
    Ok(Layout {
        inputs,
        output_bytes: (graph.outputs.iter())
            .map(|&id| graph.tensor(id).bytes())
            .sum(),
        steps: plan.steps.iter().map(|step| step.symbol.clone()).collect(),
    })
}

/// Says before compiling that an arena is larger than the RAM. The linker has the last word.
pub(super) fn fits(plan: &Plan) -> Result<(), BoardError> {
    let place = placement(&plan.target)?;
    let needed_bytes = plan.totals.peak_sram_bytes as u64 + place.stack_bytes;
    if needed_bytes > place.ram.bytes {
        return Err(BoardError::DoesNotFit {
            chip: plan.target.chip.clone(),
            what: "SRAM",
            needed_bytes,
            available_bytes: place.ram.bytes,
        });
    }
    Ok(())
}
