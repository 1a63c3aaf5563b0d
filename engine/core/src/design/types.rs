//! What a design says.

use crate::graph;
use serde::{Deserialize, Serialize};

/// A network to be edited. Extents are in pixels and channels; pairs are vertical, then horizontal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Design {
    /// Name for people.
    pub name: String,
    /// Where its facts are from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// What the weights are drawn from.
    #[serde(default, skip_serializing_if = "is_default")]
    pub seed: u64,
    /// Height and width of the image.
    pub resolution: [usize; 2],
    /// Channels of the image.
    pub channels: usize,
    /// How windows are padded.
    #[serde(default, skip_serializing_if = "is_default")]
    pub padding: PaddingStyle,
    /// The first convolution; `None` where the first block reads the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stem: Option<Conv>,
    /// What stands between stem and head.
    pub blocks: Vec<Block>,
    /// What makes an answer of the last map.
    #[serde(default, skip_serializing_if = "is_default")]
    pub head: Head,
}

/// How windows are padded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PaddingStyle {
    /// Half the kernel at every edge, as networks trained in `PyTorch` have it.
    #[default]
    Symmetric,
    /// TensorFlow's SAME: as many outputs as `ceil(input / stride)`, the odd pixel behind.
    Same,
}

/// A block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Block {
    /// One convolution.
    Conv(Conv),
    /// Inverted residual (`MobileNetV2`, `ProxylessNAS`, `MCUNet`): 1×1 expansion, depthwise convolution, 1×1 projection.
    Inverted(Inverted),
    /// Depthwise convolution, then 1×1 (`MobileNetV1`).
    Separable(Separable),
    /// Two convolutions and a shortcut (`ResNet`).
    Basic(Basic),
    /// Matrix times vector; the map before it counts as one vector.
    Dense(Dense),
}

/// A convolution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv {
    /// Output channels.
    pub width: usize,
    /// Taps.
    pub kernel: [usize; 2],
    /// Input pixels from one output pixel to the next.
    #[serde(default = "one_by_one", skip_serializing_if = "is_one_by_one")]
    pub stride: [usize; 2],
    /// What bounds its output.
    #[serde(default = "relu6", skip_serializing_if = "is_relu6")]
    pub activation: Activation,
}

/// An inverted residual block; its projection has no activation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inverted {
    /// Channels between expansion and projection; `None` is a block without expansion, such as `MobileNetV2`'s first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expand: Option<usize>,
    /// Taps of the depthwise convolution along both axes.
    pub kernel: usize,
    /// Its stride along both axes.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub stride: usize,
    /// Output channels.
    pub width: usize,
    /// Whether the block's input is added to its output.
    #[serde(default, skip_serializing_if = "is_default")]
    pub residual: bool,
    /// What bounds the outputs of expansion and depthwise convolution.
    #[serde(default = "relu6", skip_serializing_if = "is_relu6")]
    pub activation: Activation,
}

/// A depthwise separable convolution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Separable {
    /// Taps of the depthwise convolution along both axes.
    pub kernel: usize,
    /// Its stride along both axes.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub stride: usize,
    /// Output channels.
    pub width: usize,
    /// What bounds the outputs of both.
    #[serde(default = "relu6", skip_serializing_if = "is_relu6")]
    pub activation: Activation,
}

/// Two convolutions, the first with the stride, and a shortcut: the input itself, or a 1×1 convolution of it where the
/// stride or the width makes it another map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basic {
    /// Taps of both along both axes.
    pub kernel: usize,
    /// Stride of the first along both axes.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub stride: usize,
    /// Output channels of both.
    pub width: usize,
    /// What bounds the first's output and the sum.
    #[serde(default = "relu6", skip_serializing_if = "is_relu6")]
    pub activation: Activation,
}

/// A fully connected layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dense {
    /// Outputs.
    pub width: usize,
    /// What bounds them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub activation: Activation,
}

/// What bounds an operator's output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Activation {
    /// Nothing.
    #[default]
    Linear,
    /// At least 0.
    Relu,
    /// 0 to 6.
    Relu6,
}

impl From<Activation> for graph::Activation {
    fn from(activation: Activation) -> Self {
        match activation {
            Activation::Linear => Self::None,
            Activation::Relu => Self::Relu,
            Activation::Relu6 => Self::Relu6,
        }
    }
}

/// How a map becomes one pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pooling {
    /// The mean of all pixels.
    Average,
}

/// The end of a network: each part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Output channels of a last 1×1 convolution with RELU6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<usize>,
    /// How the map becomes one pixel; `None` leaves it as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pooling: Option<Pooling>,
    /// Outputs of a fully connected layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<usize>,
    /// Whether SOFTMAX comes last.
    #[serde(default, skip_serializing_if = "is_default")]
    pub softmax: bool,
}

impl Design {
    /// The name with what its weights are.
    pub fn label(&self) -> String {
        format!("{} (seeded weights)", self.name)
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

const fn one() -> usize {
    1
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_one(value: &usize) -> bool {
    *value == 1
}

const fn one_by_one() -> [usize; 2] {
    [1, 1]
}

fn is_one_by_one(value: &[usize; 2]) -> bool {
    *value == [1, 1]
}

const fn relu6() -> Activation {
    Activation::Relu6
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_relu6(value: &Activation) -> bool {
    *value == Activation::Relu6
}
