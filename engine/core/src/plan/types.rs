//! What a plan is made of. Plain data: a plan can be compared, hashed, drawn and printed as C.

use crate::cost::Kernel;
use crate::diagnostic::Diagnostic;
use crate::graph::{Graph, OpId, Region, TensorId};
use crate::plan::{Buffer, BufferId, Choices, Target};
use crate::schedule::{Lines, Method, Strips, Tiles};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// The one join key: schedule row = arena rectangle = C function = cycle record = bar = difference line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StepId(pub u32);

/// How a tensor's pixels lie in their memory, channels of a pixel together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// The whole map, row by row.
    Map,
    /// Only the current patch's region, rows packed without gaps (row stride = region width · channels).
    Tile,
    /// The last pixels in raster order: pixel p of the map lies at place p mod `pixels`.
    Ring {
        /// Places.
        pixels: usize,
    },
    /// The rows of the current strip or tile from its first on, of each the last columns: column x lies at place
    /// x mod `columns` of its row.
    Columns {
        /// Places in a row.
        columns: usize,
    },
}

/// A tensor as a step sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Operand {
    /// The tensor of the lowered graph; constants (a constant operand of ADD or CONCATENATION) have no buffer.
    pub tensor: TensorId,
    /// Where it lies.
    pub buffer: Option<BufferId>,
    /// Where in the buffer it starts, in bytes: other than 0 where tensors overlap.
    pub at: usize,
    /// How it lies there.
    pub layout: Layout,
}

/// Where a step's live bytes go. The sum is [`LiveBytes::total`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LiveBytes {
    /// Activations that the step reads.
    pub input: usize,
    /// Activations that it writes; 0 when it works in place.
    pub output: usize,
    /// Activations held for a later step (skip connections).
    pub residual: usize,
    /// Memory that the patch stage as a whole holds: its input image and its assembled output, where this step
    /// does not itself read or write them.
    pub stage: usize,
    /// Line buffers, kept rows and columns, and accumulators of a streamed stage.
    pub buffers: usize,
    /// Working memory of the kernel.
    pub scratch: usize,
}

impl LiveBytes {
    /// All of it.
    pub const fn total(&self) -> usize {
        self.activations() + self.scratch
    }

    /// Without kernel scratch.
    pub const fn activations(&self) -> usize {
        self.input + self.output + self.residual + self.stage + self.buffers
    }
}

/// One operator as it will run.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Own index in [`Plan::steps`].
    pub id: StepId,
    /// The operator of the lowered graph.
    pub op: OpId,
    /// Short description for people, made by us: `conv 3×3 s2`, `dw 5×5`, `1×1 48→16`, `add`.
    pub name: String,
    /// C identifier, made by us and unique: `step_03_depthwise_3x3`.
    pub symbol: String,
    /// Index in [`Plan::segments`].
    pub segment: usize,
    /// The kernel that runs it.
    pub kernel: Kernel,
    /// What it reads, in the operator's order.
    pub inputs: Vec<Operand>,
    /// What it writes.
    pub output: Operand,
    /// Which input's buffer the output overwrites, if any: an index into `inputs`.
    pub in_place: Option<usize>,
    /// Working memory.
    pub scratch: Option<BufferId>,
    /// Sums of an operator that takes its input as it comes.
    pub accumulators: Option<BufferId>,
    /// In a tile cache, the rows of the output that the tiles below read again, whole width: row y lies at y mod the
    /// number of rows.
    pub kept_rows: Option<BufferId>,
    /// Multiply-accumulates, patches' recomputed halos included.
    pub macs: u64,
    /// Multiply-accumulates that the operator needs once over its whole map.
    pub macs_once: u64,
    /// Bytes live while it runs.
    pub live: LiveBytes,
    /// Cycles on the target, estimated.
    pub cycles_estimated: u64,
    /// Flash for its weights, biases and requantising constants, computed.
    pub weight_bytes: usize,
}

/// Consecutive steps that are run in one way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Segment {
    /// Indices into [`Plan::steps`].
    pub steps: Range<usize>,
    /// As chosen.
    pub method: Method,
    /// How they are run.
    pub way: Way,
}

/// How a segment is run.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Each step over its whole map.
    Layer,
    /// All steps for one patch, then for the next.
    Patch(PatchStage),
    /// In strips, each from left to right, columns kept.
    HorizontalCache(Strips),
    /// Streamed through line buffers.
    LineBuffers(Lines),
    /// In tiles, rows and columns kept.
    TileCache(Tiles),
}

/// A patch stage: the grid and, for each patch, what every step computes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PatchStage {
    /// Patches vertically and horizontally.
    pub grid: [usize; 2],
    /// In the order they are run: row by row.
    pub patches: Vec<Patch>,
}

/// One patch, halos clipped at the border of each map.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Patch {
    /// The region of each step's output, in the segment's step order. The last is this patch's share of the
    /// stage's output; they partition it.
    pub outputs: Vec<Region>,
    /// The region of the stage's input that the patch reads.
    pub input: Region,
}

/// What a segment comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SegmentTotals {
    /// Most bytes live at any of its steps: its own, and what is held beside it for other segments.
    pub peak_live_bytes: usize,
    /// Multiply-accumulates as scheduled.
    pub macs: u64,
    /// Multiply-accumulates layer by layer.
    pub macs_once: u64,
    /// Cycles on the target, estimated.
    pub cycles_estimated: u64,
}

/// Flash use in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FlashBytes {
    /// Weights, biases and requantising constants as the generated program stores them: computed.
    pub weights: usize,
    /// Code of kernels and steps: estimated; a build measures it.
    pub code_estimated: usize,
}

/// Sums over a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Multiply-accumulates as scheduled.
    pub macs: u64,
    /// Multiply-accumulates layer by layer.
    pub macs_once: u64,
    /// Height of the packed arena: tensors, scratch, input and output.
    pub peak_sram_bytes: usize,
    /// Largest sum of live tensors at any step, without scratch.
    pub peak_activation_bytes: usize,
    /// Scratch at the step where the live total is largest.
    pub scratch_bytes: usize,
    /// The step at which the live total is largest.
    pub peak_step: usize,
    /// Flash.
    pub flash: FlashBytes,
    /// Cycles on the target, estimated.
    pub cycles_estimated: u64,
    /// Number of weights, biases and slopes.
    pub parameters: usize,
}

/// A complete, checked answer: what to run, in what order, where each byte lies, and what it costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The lowered graph: PAD, RESHAPE and border QUANTIZE/DEQUANTIZE are folded, one operator is one step.
    pub graph: Arc<Graph>,
    /// The chip it is for.
    pub target: Target,
    /// What the user chose.
    pub choices: Choices,
    /// Steps in the order they run.
    pub steps: Vec<Step>,
    /// Partition of the steps.
    pub segments: Vec<Segment>,
    /// Every byte of working memory.
    pub buffers: Vec<Buffer>,
    /// Sums.
    pub totals: Totals,
    /// What was folded, assumed or does not fit.
    pub diagnostics: Vec<Diagnostic>,
}

impl Plan {
    /// The step with this id.
    pub fn step(&self, id: StepId) -> &Step {
        &self.steps[id.0 as usize]
    }

    /// The buffer with this id.
    pub fn buffer(&self, id: BufferId) -> &Buffer {
        &self.buffers[id.0 as usize]
    }

    /// Where a tensor lies in the arena, in bytes from its start; `None` for constants and for what has no memory.
    pub fn offset_of(&self, tensor: TensorId) -> Option<usize> {
        self.buffers.iter().find_map(|buffer| {
            let mut tenants = buffer.tenants.iter();
            let tenant = tenants.find(|tenant| tenant.tensor == tensor)?;
            Some(buffer.offset + tenant.at)
        })
    }

    /// What a segment of it comes to.
    pub fn segment_totals(&self, segment: &Segment) -> SegmentTotals {
        let steps = || {
            self.steps
                .iter()
                .take(segment.steps.end)
                .skip(segment.steps.start)
        };
        SegmentTotals {
            peak_live_bytes: steps().map(|step| step.live.total()).max().unwrap_or(0),
            macs: steps().map(|step| step.macs).sum(),
            macs_once: steps().map(|step| step.macs_once).sum(),
            cycles_estimated: steps().map(|step| step.cycles_estimated).sum(),
        }
    }

    /// The patch stage, if the plan has one.
    pub fn patch_stage(&self) -> Option<(&Segment, &PatchStage)> {
        self.segments.iter().find_map(|segment| match &segment.way {
            Way::Patch(stage) => Some((segment, stage)),
            _ => None,
        })
    }
}
