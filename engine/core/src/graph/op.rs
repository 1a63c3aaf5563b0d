//! Operators and their options, after import: padding is explicit, axes are normalised.

use super::TensorId;
use serde::Serialize;

/// Activation fused into an operator: bounds on its real output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Activation {
    /// No bound.
    #[default]
    None,
    /// At least 0.
    Relu,
    /// 0 to 6.
    Relu6,
    /// −1 to 1.
    ReluN1To1,
}

/// Pixels of padding around an image; they count as zero (the zero point) and are never stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Padding {
    /// Rows above.
    pub top: usize,
    /// Rows below.
    pub bottom: usize,
    /// Columns to the left.
    pub left: usize,
    /// Columns to the right.
    pub right: usize,
}

/// The sliding window of a convolution or pool. Pairs are `[vertical, horizontal]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Window {
    /// Taps.
    pub kernel: [usize; 2],
    /// Input pixels from one output pixel to the next; at least 1.
    pub stride: [usize; 2],
    /// Input pixels from one tap to the next; at least 1.
    pub dilation: [usize; 2],
    /// Explicit padding, resolved from SAME or VALID at import.
    pub padding: Padding,
}

/// Convolution. Weights `[out_channels, kernel_h, kernel_w, in_channels]`, bias `[out_channels]` int32.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv2d {
    /// Constant weights, OHWI.
    pub weights: TensorId,
    /// Constant bias.
    pub bias: Option<TensorId>,
    /// Taps, stride, padding.
    pub window: Window,
    /// Fused activation.
    pub activation: Activation,
}

/// Depthwise convolution. Weights `[1, kernel_h, kernel_w, in_channels · multiplier]`.
#[derive(Clone, Debug, PartialEq)]
pub struct DepthwiseConv2d {
    /// Constant weights.
    pub weights: TensorId,
    /// Constant bias, one per output channel.
    pub bias: Option<TensorId>,
    /// Taps, stride, padding.
    pub window: Window,
    /// Output channels per input channel.
    pub multiplier: usize,
    /// Fused activation.
    pub activation: Activation,
}

/// Matrix times vector. Weights `[outputs, inputs]`; the input is flattened.
#[derive(Clone, Debug, PartialEq)]
pub struct FullyConnected {
    /// Constant weights.
    pub weights: TensorId,
    /// Constant bias, one per output.
    pub bias: Option<TensorId>,
    /// Fused activation.
    pub activation: Activation,
}

/// Average or maximum over a window.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool2d {
    /// Taps, stride, padding.
    pub window: Window,
    /// Fused activation.
    pub activation: Activation,
}

/// Mean over axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Mean {
    /// Normalised (non-negative, ascending, unique) axes.
    pub axes: Vec<usize>,
    /// Whether reduced axes stay with extent 1.
    pub keep_dims: bool,
}

/// Constant padding with the zero point.
#[derive(Clone, Debug, PartialEq)]
pub struct Pad {
    /// `[before, after]` for each dimension.
    pub amounts: Vec<[usize; 2]>,
}

/// What an operator computes. Constant operands (weights, biases) live here; [`Op::inputs`] holds activations only.
#[derive(Clone, Debug, PartialEq)]
pub enum OpKind {
    /// Convolution.
    Conv2d(Conv2d),
    /// Depthwise convolution.
    DepthwiseConv2d(DepthwiseConv2d),
    /// Matrix times vector.
    FullyConnected(FullyConnected),
    /// Element-wise sum of two tensors of equal shape.
    Add(Activation),
    /// Average of the valid taps.
    AveragePool2d(Pool2d),
    /// Maximum of the valid taps.
    MaxPool2d(Pool2d),
    /// Mean over axes.
    Mean(Mean),
    /// Padding with the zero point.
    Pad(Pad),
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
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Conv2d(_) => "CONV_2D",
            Self::DepthwiseConv2d(_) => "DEPTHWISE_CONV_2D",
            Self::FullyConnected(_) => "FULLY_CONNECTED",
            Self::Add(_) => "ADD",
            Self::AveragePool2d(_) => "AVERAGE_POOL_2D",
            Self::MaxPool2d(_) => "MAX_POOL_2D",
            Self::Mean(_) => "MEAN",
            Self::Pad(_) => "PAD",
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
            Self::FullyConnected(op) => Some((op.weights, op.bias)),
            _ => None,
        }
    }
}

/// One operator of the graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Op {
    /// What it computes.
    pub kind: OpKind,
    /// Activations read (an ADD operand may be a constant tensor).
    pub inputs: Vec<TensorId>,
    /// Activations written.
    pub outputs: Vec<TensorId>,
    /// Index in the source file's operator list.
    pub source_index: u32,
}
