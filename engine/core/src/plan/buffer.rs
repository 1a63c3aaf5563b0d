//! Pieces of the arena: what they hold, and when.

use crate::graph::TensorId;
use crate::memory::{Block, Gap};
use serde::Serialize;
use std::ops::Range;

/// Index of a buffer in [`super::Plan::buffers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct BufferId(pub u32);

/// What a buffer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BufferRole {
    /// The network's input.
    Input,
    /// A whole tensor between two steps.
    Activation,
    /// The tile of a tensor inside a patch stage.
    Tile,
    /// The whole tensor that a patch stage assembles.
    StageOutput,
    /// The network's output.
    Output,
    /// The rows, pixels or columns of a tensor that a streamed stage keeps.
    LineBuffer,
    /// Sums of a pool, a mean or a fully connected operator that takes its input as it comes.
    Accumulators,
    /// Working memory of one kernel.
    Scratch,
}

/// A tensor's stay in a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Tenant {
    /// The tensor.
    pub tensor: TensorId,
    /// Where it starts, in bytes from the start of the buffer.
    pub at: usize,
    /// How many bytes it takes.
    pub bytes: usize,
    /// First step at which it is needed.
    pub first: usize,
    /// Last step at which it is needed, inclusive.
    pub last: usize,
}

/// A piece of the arena with a lifetime.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Buffer {
    /// Own index.
    pub id: BufferId,
    /// What it holds.
    pub role: BufferRole,
    /// The tensor it holds first; `None` for scratch. In-place steps put their output in the same buffer.
    pub tensor: Option<TensorId>,
    /// The tensors it holds; none for scratch. Those in place or overlapped share it, and where only some are alive, the
    /// bytes of the others are free for other buffers.
    pub tenants: Vec<Tenant>,
    /// Size in bytes: for a tile, the largest over all patches.
    pub bytes: usize,
    /// Alignment of `offset` in bytes, a power of two.
    pub align: usize,
    /// First step (index into [`super::Plan::steps`]) at which it is in use.
    pub first: usize,
    /// Last step at which it is in use, inclusive.
    pub last: usize,
    /// Byte offset in the arena.
    pub offset: usize,
}

impl Buffer {
    /// The bytes of it that are in use at a step: from the first to the end of the last tensor alive. All of it for
    /// scratch.
    pub fn window(&self, step: usize) -> Range<usize> {
        if step < self.first || step > self.last {
            return 0..0;
        }
        if self.tenants.is_empty() {
            return 0..self.bytes;
        }
        let alive = || (self.tenants.iter()).filter(|t| t.first <= step && step <= t.last);
        let start = alive().map(|t| t.at).min().unwrap_or(0);
        let end = alive().map(|t| t.at + t.bytes).max().unwrap_or(0);
        start..end
    }

    /// The buffer as the packer sees it: where only some of its tensors are alive, the rest of it is a gap.
    pub fn block(&self) -> Block {
        let mut block = Block::new(self.bytes, self.align, self.first, self.last);
        if self.tenants.len() < 2 {
            return block;
        }
        // The window changes only where a tenant comes or goes.
        let mut times: Vec<usize> = (self.tenants.iter())
            .flat_map(|tenant| [tenant.first, tenant.last + 1])
            .filter(|&time| time <= self.last)
            .collect();
        times.sort_unstable();
        times.dedup();
        for (index, &first) in times.iter().enumerate() {
            let last = times.get(index + 1).map_or(self.last, |next| next - 1);
            let window = self.window(first);
            if window != (0..self.bytes) {
                block.gaps.push(Gap {
                    first,
                    last,
                    lower: window.start,
                    upper: window.end,
                });
            }
        }
        block
    }
}
