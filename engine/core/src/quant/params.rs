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

/// Convolution, depthwise convolution and fully connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvParams {
    /// Zero point of the input, subtracted from every activation.
    pub input_zero_point: i32,
    /// Zero point of the output, added after requantising.
    pub output_zero_point: i32,
    /// One per output channel, also where the file has one for all.
    pub multipliers: Vec<Multiplier>,
    /// Smallest and largest output code.
    pub clamp: [i32; 2],
}

/// Element-wise sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddParams {
    /// Zero points of the two inputs.
    pub input_zero_points: [i32; 2],
    /// Factors of the two inputs after the common left shift.
    pub input_multipliers: [Multiplier; 2],
    /// Common left shift, 20.
    pub left_shift: i32,
    /// Factor of the sum.
    pub output_multiplier: Multiplier,
    /// Zero point of the output.
    pub output_zero_point: i32,
    /// Smallest and largest output code.
    pub clamp: [i32; 2],
}

/// Average and maximum pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolParams {
    /// Smallest and largest output code.
    pub clamp: [i32; 2],
}

/// Mean over axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeanParams {
    /// Zero point of the input.
    pub input_zero_point: i32,
    /// Factor on `sum − zero_point · count`; the division by the count is inside.
    pub multiplier: Multiplier,
    /// Zero point of the output.
    pub output_zero_point: i32,
    /// Number of elements in one mean.
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

/// The parameters of one operator.
#[derive(Clone, Debug, PartialEq)]
pub enum OpParams {
    /// `CONV_2D`, `DEPTHWISE_CONV_2D`, `FULLY_CONNECTED`.
    Conv(ConvParams),
    /// `ADD`.
    Add(AddParams),
    /// `AVERAGE_POOL_2D`, `MAX_POOL_2D`.
    Pool(PoolParams),
    /// `MEAN`.
    Mean(MeanParams),
    /// `SOFTMAX`.
    Softmax(SoftmaxParams),
    /// `QUANTIZE` from int8.
    Requantize(RequantizeParams),
    /// `QUANTIZE` from float, `DEQUANTIZE`: scale and zero point of the int8 side.
    Float {
        /// Scale of the int8 tensor.
        scale: f32,
        /// Zero point of the int8 tensor.
        zero_point: i32,
    },
    /// `PAD`, `RESHAPE`, `TRANSPOSE`: codes are copied; `PAD` fills with this zero point.
    Copy {
        /// Zero point of the tensor.
        zero_point: i32,
    },
}
