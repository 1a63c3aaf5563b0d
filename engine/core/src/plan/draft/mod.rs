//! A schedule's buffers before they are placed: which tensors share one, how large, from when to when.

mod assign;
mod calls;
mod overwrite;

use calls::calls;
pub(super) use calls::{calls_along, scratch_bytes};
pub(super) use overwrite::overwritten;

use super::{Buffer, BufferId, BufferRole, Choices, Layout, PlanError, Prepared, Target};
use crate::cost::Kernel;
use crate::memory::Block;
use crate::schedule::{Segment, cover};
use assign::ACTIVATION_ALIGN;
use std::sync::Arc;

/// How one step will run.
#[derive(Clone, Debug)]
pub(super) struct StepDraft {
    /// Index in [`Draft::segments`].
    pub segment: usize,
    pub kernel: Kernel,
    pub in_place: Option<usize>,
    pub output: BufferId,
    pub layout: Layout,
    pub scratch: Option<BufferId>,
    pub accumulators: Option<BufferId>,
    pub kept_rows: Option<BufferId>,
}

/// Buffers without offsets.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub segments: Vec<Arc<Segment>>,
    pub steps: Vec<StepDraft>,
    /// Those of the network's inputs first, in their order.
    pub buffers: Vec<Buffer>,
    /// How each input of the network lies there.
    pub input_layouts: Vec<Layout>,
}

impl Draft {
    /// Bytes in use at each step: tensors, scratch.
    pub fn live(&self) -> Vec<[usize; 2]> {
        let mut live = vec![[0, 0]; self.steps.len()];
        for buffer in &self.buffers {
            let kind = usize::from(buffer.role == BufferRole::Scratch);
            for (step, live) in live
                .iter_mut()
                .enumerate()
                .take(buffer.last + 1)
                .skip(buffer.first)
            {
                live[kind] += buffer.window(step).len();
            }
        }
        live
    }

    /// Largest sum of bytes in use at a step, scratch included.
    pub fn peak(&self) -> usize {
        self.live().iter().map(|[a, b]| a + b).max().unwrap_or(0)
    }

    /// Bytes that no packing of what is in use at each step can go below: every buffer but the highest ends where the
    /// next may start.
    pub fn floors(&self) -> Vec<usize> {
        let mut sums = vec![(0, 0); self.steps.len()];
        for buffer in &self.buffers {
            for (step, (sum, slack)) in sums
                .iter_mut()
                .enumerate()
                .take(buffer.last + 1)
                .skip(buffer.first)
            {
                let bytes = buffer.window(step).len();
                let rounded = bytes.next_multiple_of(ACTIVATION_ALIGN);
                *sum += rounded;
                *slack = (*slack).max(rounded - bytes);
            }
        }
        sums.into_iter().map(|(sum, slack)| sum - slack).collect()
    }

    /// The segment of a step.
    pub fn segment(&self, step: usize) -> &Segment {
        &self.segments[self.steps[step].segment]
    }

    /// What the arena has to place.
    pub fn blocks(&self) -> Vec<Block> {
        self.buffers.iter().map(Buffer::block).collect()
    }
}

/// Drafts the schedule that `choices` asks for.
pub(super) fn draft(
    prepared: &Prepared,
    target: &Target,
    choices: &Choices,
) -> Result<Draft, PlanError> {
    let segments = (cover(&prepared.flow, &choices.schedule.stages())?.iter())
        .map(|stage| prepared.segment(stage, choices.input))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(assign::assign(prepared, target, choices, segments))
}
