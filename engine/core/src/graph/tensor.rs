//! Tensors: shape, type, quantisation and, for constants, shared data.

use serde::Serialize;
use std::sync::Arc;

/// Element type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DType {
    /// 8-bit signed, the type of quantised activations and weights.
    I8,
    /// 8-bit unsigned.
    U8,
    /// 16-bit signed.
    I16,
    /// 32-bit signed, the type of biases.
    I32,
    /// 64-bit signed.
    I64,
    /// 16-bit floating point.
    F16,
    /// 32-bit floating point.
    F32,
    /// One byte, zero or one.
    Bool,
}

impl DType {
    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::I8 => "int8",
            Self::U8 => "uint8",
            Self::I16 => "int16",
            Self::I32 => "int32",
            Self::I64 => "int64",
            Self::F16 => "float16",
            Self::F32 => "float32",
            Self::Bool => "bool",
        }
    }

    /// Size of one element in bytes.
    pub const fn bytes(self) -> usize {
        match self {
            Self::I8 | Self::U8 | Self::Bool => 1,
            Self::I16 | Self::F16 => 2,
            Self::I32 | Self::F32 => 4,
            Self::I64 => 8,
        }
    }
}

/// Affine quantisation: `real = scale · (code − zero_point)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantization {
    /// One scale, or one per index of `axis`. Never empty; finite; positive, or negative in some files' weights.
    pub scales: Vec<f32>,
    /// As many as `scales`.
    pub zero_points: Vec<i32>,
    /// The dimension that per-channel scales run along.
    pub axis: usize,
}

impl Quantization {
    /// One scale and zero point for the whole tensor.
    pub fn per_tensor(scale: f32, zero_point: i32) -> Self {
        Self {
            scales: vec![scale],
            zero_points: vec![zero_point],
            axis: 0,
        }
    }

    /// The scale of channel `c`; a per-tensor scale serves every channel.
    pub fn scale(&self, c: usize) -> f32 {
        self.scales[if self.scales.len() == 1 { 0 } else { c }]
    }
}

/// Shared, typed constant data, in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// Weights, as a rule.
    I8(Arc<[i8]>),
    /// Legacy weights.
    U8(Arc<[u8]>),
    /// 16-bit integers.
    I16(Arc<[i16]>),
    /// Biases, shapes, axes.
    I32(Arc<[i32]>),
    /// Shapes and axes; biases of int16 models.
    I64(Arc<[i64]>),
    /// Floating-point weights.
    F32(Arc<[f32]>),
}

impl Data {
    /// The values if they are int8.
    pub fn as_i8(&self) -> Option<&[i8]> {
        if let Self::I8(v) = self {
            Some(v)
        } else {
            None
        }
    }

    /// The values if they are int32.
    pub fn as_i32(&self) -> Option<&[i32]> {
        if let Self::I32(v) = self {
            Some(v)
        } else {
            None
        }
    }

    /// The values as they lie in files, little-endian.
    pub fn to_le_bytes(&self) -> Vec<u8> {
        match self {
            Self::I8(v) => v.iter().map(|&x| x as u8).collect(),
            Self::U8(v) => v.to_vec(),
            Self::I16(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Self::I32(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Self::I64(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Self::F32(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
        }
    }

    /// Size in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::I8(v) => v.len(),
            Self::U8(v) => v.len(),
            Self::I16(v) => v.len() * 2,
            Self::I32(v) => v.len() * 4,
            Self::I64(v) => v.len() * 8,
            Self::F32(v) => v.len() * 4,
        }
    }
}

/// A tensor of the graph. Images are NHWC, N = 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Name from the file. Untrusted text: sanitise it before it leaves the program.
    pub name: String,
    /// Dimensions; an empty list is a scalar.
    pub shape: Vec<usize>,
    /// Element type.
    pub dtype: DType,
    /// Quantisation, for integer tensors that stand for real numbers.
    pub quant: Option<Quantization>,
    /// Values, for constants.
    pub data: Option<Data>,
    /// Index in the source file's tensor list; `None` for tensors that a rewrite made.
    pub source_index: Option<u32>,
}

impl Tensor {
    /// Number of elements. Import has checked that the product does not overflow.
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }

    /// Size in bytes.
    pub fn bytes(&self) -> usize {
        self.elements() * self.dtype.bytes()
    }

    /// The tensor as an image `[height, width, channels]`: the last two dimensions are width and channels, the others
    /// count as rows (in NHWC with N = 1: the height); rank 2 or less is one pixel with all elements as channels.
    pub fn hwc(&self) -> [usize; 3] {
        super::shape::image_of(&self.shape)
    }

    /// Whether the values are known before the program runs.
    pub fn is_constant(&self) -> bool {
        self.data.is_some()
    }

    /// Scale and zero point, where they are one pair for the whole tensor.
    pub fn scale_zero(&self) -> Option<(f32, i32)> {
        match &self.quant {
            Some(q) if q.scales.len() == 1 => Some((q.scales[0], q.zero_points[0])),
            _ => None,
        }
    }
}
