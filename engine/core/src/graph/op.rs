//! Operators, after import. Operators of the file that only split, stack or squeeze become the few kinds here: SPLIT and
//! UNPACK are slices, PACK is a concatenation, SQUEEZE and `EXPAND_DIMS` are reshapes.

use super::TensorId;
use super::options::{
    Activation, Combine, Conv2d, DepthwiseConv2d, FullyConnected, Function, Interpolation, Pad,
    PadFill, Pool2d, Reduce, Resize, Slice, TransposeConv2d, Window,
};

/// What an operator computes. Constant operands (weights, biases) live here; [`Op::inputs`] holds activations only.
#[derive(Clone, Debug, PartialEq)]
pub enum OpKind {
    /// Convolution.
    Conv2d(Conv2d),
    /// Depthwise convolution.
    DepthwiseConv2d(DepthwiseConv2d),
    /// Matrix times vector.
    FullyConnected(FullyConnected),
    /// Transposed convolution.
    TransposeConv2d(TransposeConv2d),
    /// Element-wise sum. Shapes are broadcast from the last dimension on.
    Add(Activation),
    /// Another element-wise function of two tensors.
    Combine(Combine),
    /// A function of each element.
    Unary(Function),
    /// `x` where positive, else `slope · x`.
    Prelu {
        /// Constant slopes, broadcast to the input from the last dimension on.
        slopes: TensorId,
    },
    /// Average of the valid taps.
    AveragePool2d(Pool2d),
    /// Maximum of the valid taps.
    MaxPool2d(Pool2d),
    /// Mean over axes.
    Mean(Reduce),
    /// Sum over axes.
    Sum(Reduce),
    /// Maximum over axes.
    ReduceMax(Reduce),
    /// New elements around a tensor.
    Pad(Pad),
    /// Tensors one after the other along an axis.
    Concatenation {
        /// The axis.
        axis: usize,
    },
    /// A part of a tensor.
    Slice(Slice),
    /// Resampling of an image.
    Resize(Resize),
    /// Same elements, another shape.
    Reshape,
    /// Axes permuted: output axis `i` is input axis `permutation[i]`.
    Transpose {
        /// One entry per axis.
        permutation: Vec<usize>,
    },
    /// Softmax over the last axis.
    Softmax {
        /// Factor on the logits.
        beta: f32,
    },
    /// Float to int8, or int8 to int8 with another scale.
    Quantize,
    /// Int8 to float.
    Dequantize,
}

impl OpKind {
    /// The name that TFLite gives the operator.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Conv2d(_) => "CONV_2D",
            Self::DepthwiseConv2d(_) => "DEPTHWISE_CONV_2D",
            Self::FullyConnected(_) => "FULLY_CONNECTED",
            Self::TransposeConv2d(_) => "TRANSPOSE_CONV",
            Self::Add(_) => "ADD",
            Self::Combine(op) => op.name(),
            Self::Unary(function) => function.name(),
            Self::Prelu { .. } => "PRELU",
            Self::AveragePool2d(_) => "AVERAGE_POOL_2D",
            Self::MaxPool2d(_) => "MAX_POOL_2D",
            Self::Mean(_) => "MEAN",
            Self::Sum(_) => "SUM",
            Self::ReduceMax(_) => "REDUCE_MAX",
            Self::Pad(op) => match op.fill {
                PadFill::Zero => "PAD",
                PadFill::Constant(_) => "PADV2",
                PadFill::Reflect | PadFill::Symmetric => "MIRROR_PAD",
            },
            Self::Concatenation { .. } => "CONCATENATION",
            Self::Slice(op) if op.stride.iter().all(|&s| s == 1) => "SLICE",
            Self::Slice(_) => "STRIDED_SLICE",
            Self::Resize(op) => match op.interpolation {
                Interpolation::Nearest => "RESIZE_NEAREST_NEIGHBOR",
                Interpolation::Bilinear => "RESIZE_BILINEAR",
            },
            Self::Reshape => "RESHAPE",
            Self::Transpose { .. } => "TRANSPOSE",
            Self::Softmax { .. } => "SOFTMAX",
            Self::Quantize => "QUANTIZE",
            Self::Dequantize => "DEQUANTIZE",
        }
    }

    /// The sliding window, for operators that have one.
    pub const fn window(&self) -> Option<&Window> {
        match self {
            Self::Conv2d(op) => Some(&op.window),
            Self::DepthwiseConv2d(op) => Some(&op.window),
            Self::AveragePool2d(op) | Self::MaxPool2d(op) => Some(&op.window),
            _ => None,
        }
    }

    /// Constant weights and bias, for operators that have them.
    pub const fn parameters(&self) -> Option<(TensorId, Option<TensorId>)> {
        match self {
            Self::Conv2d(op) => Some((op.weights, op.bias)),
            Self::DepthwiseConv2d(op) => Some((op.weights, op.bias)),
            Self::TransposeConv2d(op) => Some((op.weights, op.bias)),
            Self::FullyConnected(op) => Some((op.weights, op.bias)),
            _ => None,
        }
    }

    /// Constant operands that are not among [`Op::inputs`]: weights, bias, slopes.
    pub fn constants(&self) -> impl Iterator<Item = TensorId> {
        let slopes = match self {
            Self::Prelu { slopes } => Some(*slopes),
            _ => None,
        };
        let parameters = self.parameters();
        let weights = parameters.map(|(weights, _)| weights);
        let bias = parameters.and_then(|(_, bias)| bias);
        weights.into_iter().chain(bias).chain(slopes)
    }

    /// [`Self::constants`], to be renamed.
    pub fn constants_mut(&mut self) -> impl Iterator<Item = &mut TensorId> {
        let (first, bias) = match self {
            Self::Conv2d(op) => (Some(&mut op.weights), op.bias.as_mut()),
            Self::DepthwiseConv2d(op) => (Some(&mut op.weights), op.bias.as_mut()),
            Self::TransposeConv2d(op) => (Some(&mut op.weights), op.bias.as_mut()),
            Self::FullyConnected(op) => (Some(&mut op.weights), op.bias.as_mut()),
            Self::Prelu { slopes } => (Some(slopes), None),
            _ => (None, None),
        };
        first.into_iter().chain(bias)
    }
}

/// One operator of the graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Op {
    /// What it computes.
    pub kind: OpKind,
    /// Activations read; an operand of an element-wise operator or of CONCATENATION may be a constant tensor.
    pub inputs: Vec<TensorId>,
    /// The activation written: one. Operators with several outputs become several operators at import.
    pub outputs: Vec<TensorId>,
    /// Index in the source file's operator list; operators that import made of one file operator share it.
    pub source_index: u32,
}
