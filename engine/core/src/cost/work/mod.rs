//! What a step does, counted: loop starts, loop rounds, codes moved, each a linear term of its time. A kernel's terms
//! follow its C; what a term costs is fitted to measurements and stands in `coefficients.rs`.
//!
//! Knows nothing of schedules: the calls of a kernel come in as spans of rows and columns.

mod matrix;
mod planes;
mod planes_fixed;
mod simple;

use super::{Kernel, takes_blocks};
use crate::graph::{Graph, Op, OpKind, Window};
use crate::packing::{AffineSum, Finish, RoundedSum, finish};
use crate::quant::OpParams;
use serde::Serialize;

/// Most terms that a class has.
pub const TERMS: usize = 20;

/// One axis of a call of a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Output pixels that the call computes.
    pub out: usize,
    /// Pixels that the output's memory has along the axis: as many in a tile, or the whole map's.
    pub stored: usize,
    /// Pixels of the first operand that lie in memory.
    pub held: usize,
    /// Where the window of the first output pixel starts among those; negative in the padding.
    pub start: isize,
}

/// What the terms of an operator depend on, its calls aside.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    /// The operator.
    pub kind: &'a OpKind,
    /// The kernel that runs it.
    pub kernel: Kernel,
    /// `[height, width, channels]` of the first operand.
    pub input: [usize; 3],
    /// `[height, width, channels]` of the output.
    pub output: [usize; 3],
    /// Whether an operand's shape is not the output's.
    pub broadcast: bool,
    /// Number of operands.
    pub operands: usize,
    /// Extents of the weights: outputs, height, width, inputs (of a depthwise convolution 1, height, width, channels);
    /// zeros where there are none.
    pub weights: [usize; 4],
    /// How accumulators become codes.
    pub requantising: Requantising,
}

/// How accumulators become codes, as far as time depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Requantising {
    /// In the fewest instructions; also where nothing is requantised.
    #[default]
    Short,
    /// As the reference rounds.
    Rounded,
    /// The reference's steps one by one.
    Exact,
}

impl Requantising {
    /// What an operator's parameters and weights allow.
    pub fn of(graph: &Graph, op: &Op, params: &OpParams) -> Self {
        match params {
            OpParams::Conv(params) => match finish(graph, op, params) {
                Finish::Affine(_) | Finish::Mixed(_) => Self::Short,
                Finish::Rounded => Self::Rounded,
                Finish::Exact => Self::Exact,
            },
            OpParams::Add(params) if AffineSum::exact(params).is_some() => Self::Short,
            OpParams::Add(params) if RoundedSum::exact(params).is_some() => Self::Rounded,
            OpParams::Add(_) => Self::Exact,
            _ => Self::Short,
        }
    }

    /// The terms `rounded` and `exact` of so many outputs.
    const fn terms(self, outputs: u64) -> [u64; 2] {
        match self {
            Self::Short => [0, 0],
            Self::Rounded => [outputs, 0],
            Self::Exact => [0, outputs],
        }
    }
}

/// Steps whose time is a linear function of the same terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Class {
    /// [`Kernel::Pointwise`].
    Pointwise,
    /// [`Kernel::Im2col`].
    Im2col,
    /// [`Kernel::Dense`].
    Dense,
    /// [`Kernel::DepthwisePlanes`] where all tiles have the same columns, 3×3, horizontal stride 1; and so on.
    Blocks3S1,
    /// 3×3, stride 2.
    Blocks3S2,
    /// 5×5, stride 1.
    Blocks5S1,
    /// 5×5, stride 2.
    Blocks5S2,
    /// 7×7, stride 1.
    Blocks7S1,
    /// 7×7, stride 2.
    Blocks7S2,
    /// [`Kernel::DepthwisePlanes`] elsewhere, 3 taps wide, horizontal stride 1; and so on.
    Planes3S1,
    /// 3 wide, stride 2.
    Planes3S2,
    /// 5 wide, stride 1.
    Planes5S1,
    /// 5 wide, stride 2.
    Planes5S2,
    /// 7 wide, stride 1.
    Planes7S1,
    /// 7 wide, stride 2.
    Planes7S2,
    /// [`Kernel::AddPacked`].
    AddPacked,
    /// From here on [`Kernel::Plain`], by operator.
    ConvPlain,
    /// Convolution in groups.
    ConvGrouped,
    /// Depthwise convolution.
    DepthwisePlain,
    /// Transposed convolution.
    TransposeConv,
    /// Fully connected.
    DensePlain,
    /// Sum.
    AddPlain,
    /// Sum, difference, product or extreme of two tensors, either broadcast.
    Combine,
    /// A function of each code, by table.
    Table,
    /// A slope for what is negative.
    Prelu,
    /// Average pool.
    AveragePool,
    /// Maximum pool.
    MaxPool,
    /// Mean, sum.
    Mean,
    /// Maximum over axes.
    ReduceMax,
    /// Softmax.
    Softmax,
    /// Codes of one scale to codes of another.
    Requantise,
    /// Resampling.
    Resize,
    /// Parts put together.
    Join,
    /// Codes moved: padding, reshaping, transposing, slicing.
    Move,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 34] = [
        Self::Pointwise,
        Self::Im2col,
        Self::Dense,
        Self::Blocks3S1,
        Self::Blocks3S2,
        Self::Blocks5S1,
        Self::Blocks5S2,
        Self::Blocks7S1,
        Self::Blocks7S2,
        Self::Planes3S1,
        Self::Planes3S2,
        Self::Planes5S1,
        Self::Planes5S2,
        Self::Planes7S1,
        Self::Planes7S2,
        Self::AddPacked,
        Self::ConvPlain,
        Self::ConvGrouped,
        Self::DepthwisePlain,
        Self::TransposeConv,
        Self::DensePlain,
        Self::AddPlain,
        Self::Combine,
        Self::Table,
        Self::Prelu,
        Self::AveragePool,
        Self::MaxPool,
        Self::Mean,
        Self::ReduceMax,
        Self::Softmax,
        Self::Requantise,
        Self::Resize,
        Self::Join,
        Self::Move,
    ];

    /// `uniform` says that all calls have the same columns.
    fn of(layer: &Layer<'_>, uniform: bool) -> Self {
        match (layer.kernel, layer.kind) {
            (Kernel::Pointwise, _) => Self::Pointwise,
            (Kernel::Im2col, _) => Self::Im2col,
            (Kernel::Dense, _) => Self::Dense,
            (Kernel::DepthwisePlanes { .. }, kind)
                if uniform
                    && (kind.window())
                        .is_some_and(|window| takes_blocks(window.kernel, layer.output[2])) =>
            {
                match kind.window().map(shape) {
                    Some((3, 2)) => Self::Blocks3S2,
                    Some((5, 1)) => Self::Blocks5S1,
                    Some((5, 2)) => Self::Blocks5S2,
                    Some((7, 1)) => Self::Blocks7S1,
                    Some((7, 2)) => Self::Blocks7S2,
                    _ => Self::Blocks3S1,
                }
            }
            (Kernel::DepthwisePlanes { .. }, kind) => match kind.window().map(shape) {
                Some((3, 2)) => Self::Planes3S2,
                Some((5, 1)) => Self::Planes5S1,
                Some((5, 2)) => Self::Planes5S2,
                Some((7, 1)) => Self::Planes7S1,
                Some((7, 2)) => Self::Planes7S2,
                _ => Self::Planes3S1,
            },
            (Kernel::AddPacked, _) => Self::AddPacked,
            (Kernel::Plain, OpKind::Conv2d(_)) if layer.weights[3] != layer.input[2] => {
                Self::ConvGrouped
            }
            (Kernel::Plain, OpKind::Conv2d(_)) => Self::ConvPlain,
            (Kernel::Plain, OpKind::TransposeConv2d(_)) => Self::TransposeConv,
            (Kernel::Plain, OpKind::DepthwiseConv2d(_)) => Self::DepthwisePlain,
            (Kernel::Plain, OpKind::FullyConnected(_)) => Self::DensePlain,
            (Kernel::Plain, OpKind::Add(_)) if !layer.broadcast => Self::AddPlain,
            (Kernel::Plain, OpKind::Add(_) | OpKind::Combine(_)) => Self::Combine,
            (Kernel::Plain, OpKind::Unary(_)) => Self::Table,
            (Kernel::Plain, OpKind::Prelu { .. }) => Self::Prelu,
            (Kernel::Plain, OpKind::AveragePool2d(_)) => Self::AveragePool,
            (Kernel::Plain, OpKind::MaxPool2d(_)) => Self::MaxPool,
            (Kernel::Plain, OpKind::Mean(_) | OpKind::Sum(_)) => Self::Mean,
            (Kernel::Plain, OpKind::ReduceMax(_)) => Self::ReduceMax,
            (Kernel::Plain, OpKind::Resize(_)) => Self::Resize,
            (Kernel::Plain, OpKind::Concatenation { .. }) => Self::Join,
            (Kernel::Plain, OpKind::Softmax { .. }) => Self::Softmax,
            (Kernel::Plain, OpKind::Quantize | OpKind::Dequantize) => Self::Requantise,
            (Kernel::Plain, _) => Self::Move,
        }
    }

    /// What its terms count, in the order of [`Work::counts`].
    pub const fn terms(self) -> &'static [&'static str] {
        match self {
            Self::Pointwise => &matrix::POINTWISE,
            Self::Im2col => &matrix::IM2COL,
            Self::Dense => &matrix::DENSE,
            Self::Blocks3S1
            | Self::Blocks3S2
            | Self::Blocks5S1
            | Self::Blocks5S2
            | Self::Blocks7S1
            | Self::Blocks7S2 => &planes_fixed::TERMS,
            Self::Planes3S1
            | Self::Planes3S2
            | Self::Planes5S1
            | Self::Planes5S2
            | Self::Planes7S1
            | Self::Planes7S2 => &planes::TERMS,
            Self::AddPacked => &simple::ADD,
            Self::ConvPlain | Self::ConvGrouped | Self::DepthwisePlain | Self::TransposeConv => {
                &simple::WINDOW
            }
            Self::DensePlain => &simple::DENSE,
            Self::AveragePool | Self::MaxPool => &simple::POOL,
            Self::Mean | Self::ReduceMax => &simple::MEAN,
            Self::Combine => &simple::COMBINE,
            Self::Resize => &simple::RESIZE,
            Self::Prelu | Self::Join => &simple::PIXELS,
            Self::AddPlain | Self::Table | Self::Softmax | Self::Requantise | Self::Move => {
                &simple::CODES
            }
        }
    }
}

const fn shape(window: &Window) -> (usize, usize) {
    (window.kernel[1], window.stride[1])
}

/// A step, counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Whose terms the counts are.
    pub class: Class,
    /// How often each of [`Class::terms`] happens over all calls; zeros after those.
    pub counts: [u64; TERMS],
}

impl Work {
    /// Counts the calls of a layer: each span of rows with each span of columns, each with how often it occurs.
    pub fn count(layer: &Layer<'_>, rows: &[(Span, u64)], columns: &[(Span, u64)]) -> Self {
        // A single column at a time is not worth a kernel of its own.
        let uniform = matches!(columns, [(columns, _)] if columns.out > 1);
        let class = Class::of(layer, uniform);
        let mut counts = [0_u64; TERMS];
        for (row, tall) in rows {
            for (column, wide) in columns {
                let call = count(class, layer, row, column);
                for (sum, each) in counts.iter_mut().zip(call) {
                    *sum = sum.saturating_add(each.saturating_mul(tall.saturating_mul(*wide)));
                }
            }
        }
        Self { class, counts }
    }
}

/// One call.
fn count(class: Class, layer: &Layer<'_>, rows: &Span, columns: &Span) -> [u64; TERMS] {
    match class {
        Class::Pointwise => padded(matrix::pointwise(layer, rows, columns)),
        Class::Im2col => padded(matrix::im2col(layer, rows, columns)),
        Class::Dense => padded(matrix::dense(layer)),
        Class::Blocks3S1
        | Class::Blocks3S2
        | Class::Blocks5S1
        | Class::Blocks5S2
        | Class::Blocks7S1
        | Class::Blocks7S2 => padded(planes_fixed::blocks(layer, rows, columns)),
        Class::Planes3S1
        | Class::Planes3S2
        | Class::Planes5S1
        | Class::Planes5S2
        | Class::Planes7S1
        | Class::Planes7S2 => padded(planes::planes(layer, rows, columns)),
        Class::AddPacked => padded(simple::add(layer, rows, columns)),
        Class::ConvPlain | Class::ConvGrouped | Class::DepthwisePlain => {
            padded(simple::window(layer, rows, columns))
        }
        Class::TransposeConv => padded(simple::transposed(layer)),
        Class::DensePlain => padded(simple::dense(layer)),
        Class::AveragePool | Class::MaxPool => padded(simple::pool(layer, rows, columns)),
        Class::Mean | Class::ReduceMax => padded(simple::mean(layer)),
        Class::Combine => padded(simple::combine(layer, rows, columns)),
        Class::Resize => padded(simple::resize(layer)),
        Class::Prelu => padded(simple::pixels(layer, rows, columns, 1)),
        Class::Join => padded(simple::pixels(layer, rows, columns, layer.operands as u64)),
        Class::AddPlain | Class::Table | Class::Softmax | Class::Requantise | Class::Move => {
            padded(simple::codes(layer, rows, columns))
        }
    }
}

fn padded<const N: usize>(counts: [u64; N]) -> [u64; TERMS] {
    let mut all = [0; TERMS];
    all[..N].copy_from_slice(&counts);
    all
}

impl Span {
    /// Taps that lie in memory, over all outputs.
    fn taps_inside(&self, window: &Window, axis: usize) -> u64 {
        let (taps, step) = (window.kernel[axis], window.dilation[axis]);
        self.windows(window, axis)
            .map(|first| {
                let inside = |tap: &usize| {
                    let at = first + (tap * step) as isize;
                    (0..self.held as isize).contains(&at)
                };
                if inside(&0) && inside(&(taps - 1)) {
                    taps as u64
                } else {
                    (0..taps).filter(inside).count() as u64
                }
            })
            .sum()
    }

    /// Outputs whose taps all lie in memory.
    fn windows_inside(&self, window: &Window, axis: usize) -> u64 {
        let reach = ((window.kernel[axis] - 1) * window.dilation[axis]) as isize;
        self.windows(window, axis)
            .filter(|&first| first >= 0 && first + reach < self.held as isize)
            .count() as u64
    }

    /// Where each output's window starts.
    fn windows(&self, window: &Window, axis: usize) -> impl Iterator<Item = isize> {
        let (start, stride) = (self.start, window.stride[axis]);
        (0..self.out).map(move |o| start + (o * stride) as isize)
    }
}
