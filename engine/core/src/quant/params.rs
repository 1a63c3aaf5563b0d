//! Everything about an operator's arithmetic that is known before the program runs.
//! Derived once from scales and zero points; read by the host run and by code generation alike.

/// A real factor as `mantissa · 2^(shift − 31)`, magnitude of the mantissa `2^30` to `2^31` or zero. Negative where a
/// weight scale is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Multiplier {
    /// Q31 mantissa.
    pub mantissa: i32,
    /// Left shift when positive, rounding right shift when negative.
    pub shift: i32,
}

/// Convolutions (depthwise and transposed too) and fully connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvParams {
    /// Zero point of the input, subtracted from every activation.
    pub input_zero_point: i32,
    /// Zero point of the weights, subtracted from every weight: 0 but in models that were 8-bit unsigned.
    pub weight_zero_point: i32,
    /// Zero point of the output, added after requantising.
    pub output_zero_point: i32,
    /// One per output channel, also where the file has one for all.
    pub multipliers: Vec<Multiplier>,
    /// Smallest and largest output code.
    pub clamp: [i32; 2],
}

/// Element-wise sum or difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddParams {
    /// Zero points of the two inputs.
    pub input_zero_points: [i32; 2],
    /// Factors of the two inputs after the common left shift.
    pub input_multipliers: [Multiplier; 2],
    /// Common left shift, 20.
    pub left_shift: i32,
    /// Factor of the sum or difference.
    pub output_multiplier: Multiplier,
    /// Zero point of the output.
    pub output_zero_point: i32,
    /// Smallest and largest output code.
    pub clamp: [i32; 2],
}

/// Element-wise product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MulParams {
    /// Zero points of the two inputs.
    pub input_zero_points: [i32; 2],
    /// Factor on the product of the two differences from the zero points.
    pub multiplier: Multiplier,
    /// Zero point of the output.
    pub output_zero_point: i32,
    /// Smallest and largest output code.
    pub clamp: [i32; 2],
}

/// `PRELU`. With `d` the difference of the input's code from its zero point: `d` times the first factor where it is not
/// negative, else `d · (slope − slope_zero_point)` times the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreluParams {
    /// Zero point of the input.
    pub input_zero_point: i32,
    /// Zero point of the slopes.
    pub slope_zero_point: i32,
    /// Zero point of the output.
    pub output_zero_point: i32,
    /// Factor of what is not negative.
    pub positive: Multiplier,
    /// Factor of the products with the slopes.
    pub negative: Multiplier,
}

/// Average and maximum pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolParams {
    /// Smallest and largest output code.
    pub clamp: [i32; 2],
}

/// Mean or sum over axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeanParams {
    /// Zero point of the input.
    pub input_zero_point: i32,
    /// Factor on `sum − zero_point · count`; a mean's division by the count is inside.
    pub multiplier: Multiplier,
    /// Zero point of the output.
    pub output_zero_point: i32,
    /// Number of elements in one mean or sum.
    pub count: usize,
}

/// Softmax over the last axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoftmaxParams {
    /// Factor that takes a difference of codes to Q5.26.
    pub multiplier: Multiplier,
    /// Differences below this contribute nothing.
    pub diff_min: i32,
}

/// Int8 to int8 with another scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequantizeParams {
    /// Zero point of the input.
    pub input_zero_point: i32,
    /// Zero point of the output.
    pub output_zero_point: i32,
    /// Ratio of the scales.
    pub multiplier: Multiplier,
}

/// Where along one axis an output pixel of a resampling lies in the input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResizeTap {
    /// The input pixel at or before it.
    pub lower: usize,
    /// The input pixel after it; the same one at an edge, and always for the nearest.
    pub upper: usize,
    /// Weight of `upper` in 1/1024; `lower` has the rest. Outside 0 to 1024 only where both are one pixel.
    pub weight: i32,
}

/// Resampling of an image: the four weighted codes, in units of 2^-20, are rounded half away from zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResizeParams {
    /// One for each row of the output.
    pub rows: Vec<ResizeTap>,
    /// One for each column of the output.
    pub columns: Vec<ResizeTap>,
}

/// The parameters of one operator.
#[derive(Clone, Debug, PartialEq)]
pub enum OpParams {
    /// `CONV_2D`, `DEPTHWISE_CONV_2D`, `TRANSPOSE_CONV`, `FULLY_CONNECTED`.
    Conv(ConvParams),
    /// `ADD`.
    Add(AddParams),
    /// `SUB`: as [`OpParams::Add`], with the second scaled input subtracted.
    Sub(AddParams),
    /// `MUL`.
    Mul(MulParams),
    /// `PRELU`.
    Prelu(PreluParams),
    /// A function of one code: `RELU` to `TANH`. Code `c` becomes entry `c + 128`.
    Table(Box<[i8; 256]>),
    /// `AVERAGE_POOL_2D`, `MAX_POOL_2D`.
    Pool(PoolParams),
    /// `MEAN`, `SUM`.
    Mean(MeanParams),
    /// `SOFTMAX`.
    Softmax(SoftmaxParams),
    /// `RESIZE_NEAREST_NEIGHBOR`, `RESIZE_BILINEAR`.
    Resize(ResizeParams),
    /// `QUANTIZE` from int8.
    Requantize(RequantizeParams),
    /// `QUANTIZE` from float, `DEQUANTIZE`: scale and zero point of the int8 side.
    Float {
        /// Scale of the int8 tensor.
        scale: f32,
        /// Zero point of the int8 tensor.
        zero_point: i32,
    },
    /// Codes are copied or compared, never rescaled: `PAD`, `PADV2`, `MIRROR_PAD`, `CONCATENATION`, `SLICE`, `RESHAPE`,
    /// `TRANSPOSE`, `MAXIMUM`, `MINIMUM`, `REDUCE_MAX`.
    Copy {
        /// What `PAD` and `PADV2` fill with.
        fill: i32,
    },
}
