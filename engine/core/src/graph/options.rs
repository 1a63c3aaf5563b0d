//! Options of operators, after import: padding is explicit, axes are normalised, sizes are known.

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

/// Convolution. Weights `[out_channels, kernel_h, kernel_w, in_channels / groups]`, bias `[out_channels]`. The number of
/// groups follows from the two depths ([`super::shape::groups`]).
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

/// Matrix times vector. Weights `[outputs, inputs]`; the input is one row of `inputs` elements, or several.
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

/// Mean, sum or maximum over axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Reduce {
    /// Normalised (non-negative, ascending, unique) axes.
    pub axes: Vec<usize>,
    /// Whether reduced axes stay with extent 1.
    pub keep_dims: bool,
}

/// What padding holds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum PadFill {
    /// Real zero: the zero point.
    #[default]
    Zero,
    /// This real number. In int8 it is the nearest code.
    Constant(f32),
    /// The tensor mirrored at its outermost elements, which are not repeated.
    Reflect,
    /// The tensor mirrored at its edges: the outermost elements are repeated.
    Symmetric,
}

/// Padding of any dimension.
#[derive(Clone, Debug, PartialEq)]
pub struct Pad {
    /// `[before, after]` for each dimension.
    pub amounts: Vec<[usize; 2]>,
    /// What the new elements hold.
    pub fill: PadFill,
}

/// Transposed convolution: input pixel `(y, x)` adds to outputs `(y, x) · stride − padding + tap`. Weights
/// `[out_channels, kernel_h, kernel_w, in_channels]`.
#[derive(Clone, Debug, PartialEq)]
pub struct TransposeConv2d {
    /// Constant weights, OHWI.
    pub weights: TensorId,
    /// Constant bias.
    pub bias: Option<TensorId>,
    /// Output pixels from one input pixel to the next; at least 1.
    pub stride: [usize; 2],
    /// Rows above and columns to the left of the output that are computed but not kept.
    pub padding: [usize; 2],
    /// `[height, width]` of the output.
    pub output: [usize; 2],
    /// Fused activation.
    pub activation: Activation,
}

/// A part of a tensor: output index `i` along an axis is input index `begin + i · stride`.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// First index, for each dimension.
    pub begin: Vec<usize>,
    /// Step, for each dimension; negative steps go backwards. Never 0, and no larger than the dimension.
    pub stride: Vec<isize>,
    /// Extent of the output, for each dimension.
    pub extent: Vec<usize>,
}

/// How an image is resampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolation {
    /// The nearest pixel.
    Nearest,
    /// The four pixels around, weighted.
    Bilinear,
}

/// Resampling of an image.
#[derive(Clone, Debug, PartialEq)]
pub struct Resize {
    /// How.
    pub interpolation: Interpolation,
    /// `[height, width]` of the output.
    pub output: [usize; 2],
    /// Corner pixels lie on each other: the scale is `(input − 1) / (output − 1)`.
    pub align_corners: bool,
    /// Coordinates are those of pixel centres.
    pub half_pixel_centers: bool,
}

/// A function of one element.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    /// `max(x, 0)`.
    Relu,
    /// `x` clamped to 0 to 6.
    Relu6,
    /// `x` clamped to −1 to 1.
    ReluN1To1,
    /// `x` where positive, else `alpha · x`.
    LeakyRelu {
        /// Slope of the negative part.
        alpha: f32,
    },
    /// `x · relu6(x + 3) / 6`.
    HardSwish,
    /// `1 / (1 + e^−x)`.
    Logistic,
    /// Hyperbolic tangent.
    Tanh,
}

impl Function {
    /// TFLite's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Relu => "RELU",
            Self::Relu6 => "RELU6",
            Self::ReluN1To1 => "RELU_N1_TO_1",
            Self::LeakyRelu { .. } => "LEAKY_RELU",
            Self::HardSwish => "HARD_SWISH",
            Self::Logistic => "LOGISTIC",
            Self::Tanh => "TANH",
        }
    }
}

/// A function of two elements. Shapes are broadcast from the last dimension on; either operand may be constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combine {
    /// Difference, with a fused activation.
    Sub(Activation),
    /// Product, with a fused activation.
    Mul(Activation),
    /// The larger.
    Maximum,
    /// The smaller.
    Minimum,
}

impl Combine {
    /// TFLite's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sub(_) => "SUB",
            Self::Mul(_) => "MUL",
            Self::Maximum => "MAXIMUM",
            Self::Minimum => "MINIMUM",
        }
    }
}
