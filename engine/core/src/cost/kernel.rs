//! The kernels that code generation can print: which one a step takes, the working memory it needs, the flash its
//! parameters take. Knows nothing of schedules: regions come in as arguments.

use crate::graph::{
    DepthwiseConv2d, Graph, Op, OpId, OpKind, Padding, Region, Tensor, TensorId, Window,
};
use crate::packing::padded;
use crate::plan::Core;
use serde::Serialize;
use std::collections::BTreeSet;

/// A kernel family and its variant. The planner chooses one per step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kernel {
    /// Plain C with no working memory; runs everywhere and every operator has it.
    Plain,
    /// 1×1 convolution, stride 1: four pixels widened to int16, two output channels at a time.
    Pointwise,
    /// k×k convolution: the receptive fields of four output pixels gathered and widened, then as [`Self::Pointwise`].
    /// Also a depthwise convolution of a single input channel.
    Im2col,
    /// Fully connected: the input widened once, two outputs at a time.
    Dense,
    /// Depthwise convolution: four channels at a time in zero-padded int16 planes. It may overwrite its input.
    DepthwisePlanes {
        /// Output rows between two refills of the planes: more rows cost less time and more memory.
        rows: u16,
    },
    /// Sum of two tensors, four elements at a time.
    AddPacked,
}

/// Pixels that [`Kernel::Pointwise`] and [`Kernel::Im2col`] work on at once.
pub const BLOCK_PIXELS: usize = 4;
/// Channels that [`Kernel::DepthwisePlanes`] works on at once.
pub const PLANES: usize = 4;
/// Bytes of the requantising constants of one output channel: bias, multiplier, and offset or exponent.
pub const CHANNEL_BYTES: usize = 12;
/// Bytes behind the widened pixels, which are read ahead.
const AHEAD_BYTES: usize = 8;
/// Codes of int8: entries of a function's table.
const CODES: usize = 256;
/// Bytes of a position to resample at: the pixels below and above, and the weight of the latter.
const SAMPLE_BYTES: usize = 6;
/// Planes are kept to about this size where the choice is free, in bytes.
const PLANES_TARGET_BYTES: usize = 4096;

impl Kernel {
    /// Alignment that scratch needs, in bytes.
    pub const SCRATCH_ALIGN: usize = 8;

    /// The family's name, variants aside: as records of measurements keep it.
    pub const fn family(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Pointwise => "pointwise",
            Self::Im2col => "im2col",
            Self::Dense => "dense",
            Self::DepthwisePlanes { .. } => "depthwise_planes",
            Self::AddPacked => "add_packed",
        }
    }

    /// The kernel for an operator on a core. `fast` allows working memory for speed; `in_place` says that the output
    /// is to overwrite the input, and is honoured where [`Self::allows_in_place`] allowed it.
    pub fn choose(graph: &Graph, op: OpId, core: Core, fast: bool, in_place: bool) -> Self {
        let packed = fast && core.has_dsp();
        let operator = graph.op(op);
        // The packed kernels take symmetric weights.
        let packed = packed && weight_zero_point(graph, &operator.kind) == 0;
        match &operator.kind {
            OpKind::Conv2d(_) if groups(graph, operator) > 1 => Self::Plain,
            OpKind::Conv2d(conv) if packed => {
                if is_pointwise(&conv.window) {
                    Self::Pointwise
                } else {
                    Self::Im2col
                }
            }
            OpKind::DepthwiseConv2d(conv)
                if fits_depthwise(graph, conv) && (packed || in_place) =>
            {
                let rows = if fast {
                    plane_rows(graph, op, &conv.window)
                } else {
                    1
                };
                Self::DepthwisePlanes { rows: rows as u16 }
            }
            // With one input channel every output channel reads all of the input: an ordinary convolution.
            OpKind::DepthwiseConv2d(conv)
                if packed
                    && conv.multiplier > 1
                    && graph.tensor(operator.inputs[0]).hwc()[2] == 1 =>
            {
                Self::Im2col
            }
            OpKind::FullyConnected(_) if packed => Self::Dense,
            OpKind::Add(_) if packed && same_maps(graph, operator) => Self::AddPacked,
            _ => Self::Plain,
        }
    }

    /// Whether the operator makes each element from one element of each operand, and so may overwrite an operand of the
    /// output's shape.
    pub const fn works_by_element(kind: &OpKind) -> bool {
        matches!(
            kind,
            OpKind::Add(_)
                | OpKind::Combine(_)
                | OpKind::Unary(_)
                | OpKind::Prelu { .. }
                | OpKind::Quantize
        )
    }

    /// Whether some kernel of this operator can write `output` over the packed tile (or whole map) `input`.
    /// An element-wise operator may overwrite any operand of its output's shape; for a depthwise convolution the planes hold every input row that is
    /// still needed, which this checks row by row.
    pub fn allows_in_place(graph: &Graph, op: OpId, input: Region, output: Region) -> bool {
        match &graph.op(op).kind {
            kind if Self::works_by_element(kind) => true,
            OpKind::DepthwiseConv2d(conv) if fits_depthwise(graph, conv) => {
                let w = &conv.window;
                (1..=output.y.len()).all(|rows_written| {
                    let last = output.y.start + rows_written - 1;
                    let read = (last * w.stride[0] + w.kernel[0])
                        .saturating_sub(w.padding.top)
                        .saturating_sub(input.y.start)
                        .min(input.y.len());
                    rows_written * output.x.len() <= read * input.x.len()
                })
            }
            _ => false,
        }
    }

    /// Bytes of working memory to compute the region `output` of the operator from `input`.
    pub fn scratch_bytes(self, graph: &Graph, op: OpId, input: Region, output: Region) -> usize {
        match self {
            Self::Plain | Self::AddPacked => 0,
            Self::Pointwise => 2 * BLOCK_PIXELS * padded_taps(graph, op) + AHEAD_BYTES,
            Self::Im2col => {
                let [_, _, channels] = graph.tensor(graph.op(op).inputs[0]).hwc();
                let columns = (graph.op(op).kind.window()).map_or(0, |window| window.kernel[1]);
                2 * BLOCK_PIXELS * padded_taps(graph, op)
                    + AHEAD_BYTES
                    + taps(graph, op)
                    + columns * channels
            }
            Self::Dense => 2 * padded_taps(graph, op) + AHEAD_BYTES,
            Self::DepthwisePlanes { rows } => match graph.op(op).kind.window() {
                Some(window) => {
                    let rows = usize::from(rows).clamp(1, output.y.len().max(1));
                    plane_height(window, rows) * plane_row_bytes(window, input, output) * PLANES
                }
                None => 0,
            },
        }
    }

    /// Bytes of flash for the operator's weights and requantising constants as this kernel stores them.
    pub fn weight_bytes(self, graph: &Graph, op: OpId) -> usize {
        let Some((weights, _)) = graph.op(op).kind.parameters() else {
            return table_bytes(graph, graph.op(op));
        };
        let count = graph.tensor(weights).elements();
        let channels = output_channels(graph, op);
        match self {
            Self::Pointwise | Self::Im2col | Self::Dense => {
                channels.next_multiple_of(2) * (padded_taps(graph, op) + CHANNEL_BYTES)
            }
            Self::DepthwisePlanes { .. } | Self::Plain | Self::AddPacked => {
                count + channels * CHANNEL_BYTES
            }
        }
    }
}

/// Bytes of flash for what an operator without weights looks up: constant operands, slopes, codes of a function,
/// positions to resample at.
fn table_bytes(graph: &Graph, op: &Op) -> usize {
    let constants = op.inputs.iter().copied().chain(op.kind.constants());
    // An operand that is read twice is stored once.
    let distinct: BTreeSet<TensorId> = constants.collect();
    let stored = (distinct.into_iter().map(|id| graph.tensor(id)))
        .filter(|tensor| tensor.is_constant())
        .map(Tensor::elements)
        .sum::<usize>();
    let own = match &op.kind {
        OpKind::Unary(_) => CODES,
        OpKind::Resize(resize) => SAMPLE_BYTES * (resize.output[0] + resize.output[1]),
        _ => 0,
    };
    stored + own
}

/// Height of the int16 planes, in rows, for `rows` output rows.
pub(crate) const fn plane_height(window: &Window, rows: usize) -> usize {
    (rows - 1) * window.stride[0] + window.kernel[0]
}

/// Bytes of one row of one int16 plane, a multiple of 8.
pub(crate) fn plane_row_bytes(window: &Window, input: Region, output: Region) -> usize {
    let reached = output.x.len().saturating_sub(1) * window.stride[1] + window.kernel[1];
    let held = input.x.len() + window.padding.left;
    (2 * reached.max(held)).next_multiple_of(8)
}

/// Taps of one output channel as the matrix kernels multiply them.
pub(crate) fn padded_taps(graph: &Graph, op: OpId) -> usize {
    padded(taps(graph, op))
}

/// Most outputs of a depthwise block.
pub(crate) const WIDEST_BLOCK: usize = 6;

/// Whether a depthwise convolution is made of blocks of outputs where all tiles have the same columns.
pub(crate) const fn takes_blocks(kernel: [usize; 2], channels: usize) -> bool {
    matches!(kernel, [3, 3] | [5, 5] | [7, 7]) && channels.is_multiple_of(PLANES)
}

/// Widths of the blocks of a row and how often each follows itself; all but the last are even, as windows begin in the
/// lower half of a word.
pub(crate) fn block_widths(out: usize) -> Vec<(usize, usize)> {
    let (sixes, rest) = (out / WIDEST_BLOCK, out % WIDEST_BLOCK);
    let all = match rest {
        1 if sixes > 0 => vec![(6, sixes - 1), (4, 1), (3, 1)],
        2 if sixes > 0 => vec![(6, sixes - 1), (4, 2)],
        rest => vec![(6, sixes), (rest, 1)],
    };
    all.into_iter().filter(|&(wide, n)| wide * n > 0).collect()
}

/// Weights of one output channel.
pub(crate) fn taps(graph: &Graph, op: OpId) -> usize {
    let Some((weights, _)) = graph.op(op).kind.parameters() else {
        return 0;
    };
    let channels = output_channels(graph, op);
    graph
        .tensor(weights)
        .elements()
        .checked_div(channels)
        .unwrap_or(0)
}

fn output_channels(graph: &Graph, op: OpId) -> usize {
    let op = graph.op(op);
    let Some((weights, _)) = op.kind.parameters() else {
        return 0;
    };
    let shape = &graph.tensor(weights).shape;
    match op.kind {
        OpKind::DepthwiseConv2d(_) => shape.last(),
        // OHWI and outputs × inputs alike.
        _ => shape.first(),
    }
    .copied()
    .unwrap_or(0)
}

/// Whether the planes take it.
fn fits_depthwise(graph: &Graph, conv: &DepthwiseConv2d) -> bool {
    fits_planes(&conv.window, conv.multiplier) && zero_point_of(graph, conv.weights) == 0
}

/// The zero point of an operator's weights; 0 for operators without weights.
pub(crate) fn weight_zero_point(graph: &Graph, kind: &OpKind) -> i32 {
    kind.parameters()
        .map_or(0, |(weights, _)| zero_point_of(graph, weights))
}

/// Import leaves a zero point other than 0 only where it is the same for all channels.
fn zero_point_of(graph: &Graph, weights: TensorId) -> i32 {
    let quant = graph.tensor(weights).quant.as_ref();
    quant
        .and_then(|q| q.zero_points.iter().copied().find(|&z| z != 0))
        .unwrap_or(0)
}

/// Groups of a convolution, 1 for others.
fn groups(graph: &Graph, op: &Op) -> usize {
    let (OpKind::Conv2d(conv), Some(&input)) = (&op.kind, op.inputs.first()) else {
        return 1;
    };
    let depth = graph
        .tensor(conv.weights)
        .shape
        .last()
        .copied()
        .unwrap_or(1);
    graph.tensor(input).hwc()[2] / depth.max(1)
}

/// Whether no operand is broadcast.
fn same_maps(graph: &Graph, op: &Op) -> bool {
    let map = |&id: &TensorId| graph.tensor(id).hwc();
    let mut maps = op.inputs.iter().chain(&op.outputs).map(map);
    let first = maps.next();
    maps.all(|map| Some(map) == first)
}

fn is_pointwise(window: &Window) -> bool {
    window.kernel == [1, 1] && window.stride == [1, 1] && window.padding == Padding::default()
}

fn fits_planes(window: &Window, multiplier: usize) -> bool {
    multiplier == 1
        && window.dilation == [1, 1]
        && matches!(window.kernel[1], 3 | 5 | 7)
        && (1..=7).contains(&window.kernel[0])
        && matches!(window.stride[1], 1 | 2)
        && (1..=window.kernel[0]).contains(&window.stride[0])
}

/// As many output rows as planes of [`PLANES_TARGET_BYTES`] give, over the operator's whole map.
fn plane_rows(graph: &Graph, op: OpId, window: &Window) -> usize {
    let whole = |id| {
        let [h, w, _] = graph.tensor(id).hwc();
        Region::whole(h, w)
    };
    let (input, output) = (
        whole(graph.op(op).inputs[0]),
        whole(graph.op(op).outputs[0]),
    );
    let rows = PLANES_TARGET_BYTES / (plane_row_bytes(window, input, output) * PLANES);
    let beyond_first = rows.saturating_sub(window.kernel[0]) / window.stride[0];
    (1 + beyond_first).clamp(1, output.y.len().clamp(1, usize::from(u16::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Interval, Padding};

    fn window(kernel: usize, stride: usize, pad: usize) -> Window {
        Window {
            kernel: [kernel; 2],
            stride: [stride; 2],
            dilation: [1; 2],
            padding: Padding {
                top: pad,
                bottom: pad,
                left: pad,
                right: pad,
            },
        }
    }

    #[test]
    fn planes_hold_the_padded_rows_of_a_strip() {
        let w = window(3, 1, 1);
        let map = Region::whole(20, 20);
        // 22 halfwords, rounded up to 8 bytes; 4 output rows need 6 input rows.
        assert_eq!(plane_row_bytes(&w, map, map), 48);
        assert_eq!(plane_height(&w, 4), 6);
    }

    #[test]
    fn a_tile_without_its_left_neighbour_needs_no_more_than_its_outputs_reach() {
        let w = window(5, 2, 2);
        let tile = |x| Region {
            y: Interval::new(0, 5),
            x,
        };
        let input = tile(Interval::new(8, 19));
        let output = tile(Interval::new(5, 9));
        assert_eq!(plane_row_bytes(&w, input, output), 32);
    }

    #[test]
    fn only_small_odd_kernels_fit_planes() {
        assert!(fits_planes(&window(3, 1, 1), 1));
        assert!(fits_planes(&window(7, 2, 3), 1));
        assert!(!fits_planes(&window(3, 1, 1), 2));
        assert!(!fits_planes(&window(4, 1, 1), 1));
        assert!(!fits_planes(&window(3, 3, 1), 1));
    }
}
