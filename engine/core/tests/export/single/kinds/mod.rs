//! Small networks of one int8 operator each, over random shapes and parameters; the seed decides all of it.

mod elementwise;
mod moves;
mod network;
mod windows;

use tinyscope_core::graph::Graph;

/// The network of a seed.
pub type Generator = fn(u64) -> Graph;

pub const WINDOWS: [(&str, Generator); 6] = [
    ("CONV_2D", windows::conv),
    ("DEPTHWISE_CONV_2D", windows::depthwise),
    ("TRANSPOSE_CONV", windows::transpose_conv),
    ("FULLY_CONNECTED", windows::dense),
    ("AVERAGE_POOL_2D", windows::average_pool),
    ("MAX_POOL_2D", windows::max_pool),
];

pub const ELEMENTS: [(&str, Generator); 19] = [
    ("ADD", elementwise::add),
    ("SUB", elementwise::sub),
    ("MUL", elementwise::mul),
    ("MAXIMUM", elementwise::maximum),
    ("MINIMUM", elementwise::minimum),
    ("RELU", elementwise::relu),
    ("RELU6", elementwise::relu6),
    ("LEAKY_RELU", elementwise::leaky_relu),
    ("HARD_SWISH", elementwise::hard_swish),
    ("LOGISTIC", elementwise::logistic),
    ("TANH", elementwise::tanh),
    ("PRELU", elementwise::prelu),
    ("SOFTMAX", elementwise::softmax),
    ("MEAN", elementwise::mean),
    ("SUM", elementwise::total),
    ("REDUCE_MAX", elementwise::reduce_max),
    ("QUANTIZE, int8", elementwise::requantize),
    ("QUANTIZE", elementwise::quantize),
    ("DEQUANTIZE", elementwise::dequantize),
];

pub const MOVES: [(&str, Generator); 10] = [
    ("PAD", moves::pad),
    ("PADV2", moves::pad_v2),
    ("MIRROR_PAD", moves::mirror_pad),
    ("CONCATENATION", moves::concatenation),
    ("SLICE", moves::slice),
    ("STRIDED_SLICE", moves::strided_slice),
    ("RESIZE_NEAREST_NEIGHBOR", moves::resize_nearest),
    ("RESIZE_BILINEAR", moves::resize_bilinear),
    ("RESHAPE", moves::reshape),
    ("TRANSPOSE", moves::transpose),
];

/// Kinds that tflite-micro lacks.
pub const OWN: [(&str, Generator); 1] = [("RELU_N1_TO_1", elementwise::relu_n1_to_1)];
