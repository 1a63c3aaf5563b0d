//! The operators that can be imported, in one list.

use super::names::NAMES;
use super::ops::{OpReader, Parsed};
use super::ops::{
    conv, elementwise, fully_connected, integers, join, pad, pool, quantize, reduce, reshape,
    resize, slice, split, transpose_conv, unary,
};

/// A supported operator.
pub(super) struct Operator {
    /// The format's builtin operator code.
    pub code: i32,
    /// The newest version whose meaning is known.
    pub max_version: i32,
    /// Reads options and operands.
    pub read: fn(&mut OpReader<'_, '_>) -> Option<Parsed>,
}

const fn entry(
    code: i32,
    max_version: i32,
    read: fn(&mut OpReader<'_, '_>) -> Option<Parsed>,
) -> Operator {
    Operator {
        code,
        max_version,
        read,
    }
}

/// Every supported operator. Versions are those that `LiteRT` registers (`tflite/core/kernels/register.cc`); newer ones
/// may mean something else. The readers refuse the types that a version allows and the graph does not.
const OPERATORS: [Operator; 46] = [
    entry(0, 5, elementwise::read_add),
    entry(1, 3, pool::read_average),
    entry(2, 5, join::read_concatenation),
    entry(3, 8, conv::read_conv),
    entry(4, 7, conv::read_depthwise),
    entry(6, 8, quantize::read_dequantize),
    entry(9, 14, fully_connected::read),
    entry(14, 3, unary::read_logistic),
    entry(17, 3, pool::read_max),
    entry(18, 7, elementwise::read_mul),
    entry(19, 3, unary::read_relu),
    entry(20, 1, unary::read_relu_n1_to_1),
    entry(21, 3, unary::read_relu6),
    entry(22, 1, reshape::read_reshape),
    entry(23, 4, resize::read_bilinear),
    entry(25, 3, unary::read_softmax),
    entry(28, 3, unary::read_tanh),
    entry(34, 5, pad::read_pad),
    entry(36, 7, integers::read_gather),
    entry(39, 7, reshape::read_transpose),
    entry(40, 3, reduce::read_mean),
    entry(41, 5, elementwise::read_sub),
    entry(43, 2, reshape::read_squeeze),
    entry(45, 8, slice::read_strided),
    entry(49, 4, split::read_split),
    entry(53, 8, integers::read_cast),
    entry(54, 1, unary::read_prelu),
    entry(55, 4, elementwise::read_maximum),
    entry(57, 4, elementwise::read_minimum),
    entry(60, 5, pad::read_pad_v2),
    entry(65, 7, slice::read_slice),
    entry(67, 5, transpose_conv::read),
    entry(69, 3, join::read_tile),
    entry(70, 1, reshape::read_expand_dims),
    entry(74, 2, reduce::read_sum),
    entry(77, 1, integers::read_shape),
    entry(81, 2, integers::read_product),
    entry(82, 3, reduce::read_max),
    entry(83, 4, join::read_pack),
    entry(88, 4, split::read_unpack),
    entry(97, 4, resize::read_nearest),
    entry(98, 2, unary::read_leaky_relu),
    entry(100, 3, pad::read_mirror),
    entry(102, 2, split::read_split_v),
    entry(114, 5, quantize::read_quantize),
    entry(117, 1, unary::read_hard_swish),
];

/// Operators that are only computed at import, on constants.
const AT_IMPORT: [i32; 4] = [36, 53, 77, 81];

/// The supported operator with this builtin code.
pub(super) fn find(code: i32) -> Option<&'static Operator> {
    OPERATORS.iter().find(|o| o.code == code)
}

/// The format's name of builtin code `code`.
pub(super) fn name(code: i32) -> String {
    usize::try_from(code)
        .ok()
        .and_then(|i| NAMES.get(i))
        .map_or_else(|| format!("builtin {code}"), |n| (*n).to_owned())
}

/// The names of all operators that a network may hold, for messages.
pub(super) fn supported() -> String {
    let in_graph = OPERATORS.iter().filter(|o| !AT_IMPORT.contains(&o.code));
    let names: Vec<String> = in_graph.map(|o| name(o.code)).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_named_after_their_operator() {
        for (i, a) in OPERATORS.iter().enumerate() {
            assert!(OPERATORS[..i].iter().all(|b| b.code != a.code));
        }
        assert_eq!(
            supported(),
            "ADD, AVERAGE_POOL_2D, CONCATENATION, CONV_2D, DEPTHWISE_CONV_2D, DEQUANTIZE, FULLY_CONNECTED, LOGISTIC, \
             MAX_POOL_2D, MUL, RELU, RELU_N1_TO_1, RELU6, RESHAPE, RESIZE_BILINEAR, SOFTMAX, TANH, PAD, TRANSPOSE, \
             MEAN, SUB, SQUEEZE, STRIDED_SLICE, SPLIT, PRELU, MAXIMUM, MINIMUM, PADV2, SLICE, TRANSPOSE_CONV, \
             TILE, EXPAND_DIMS, SUM, REDUCE_MAX, PACK, UNPACK, RESIZE_NEAREST_NEIGHBOR, LEAKY_RELU, MIRROR_PAD, SPLIT_V, \
             QUANTIZE, HARD_SWISH"
        );
        let at_import: Vec<String> = AT_IMPORT.iter().map(|&code| name(code)).collect();
        assert_eq!(at_import, ["GATHER", "CAST", "SHAPE", "REDUCE_PROD"]);
        assert_eq!(name(-1), "builtin -1");
        assert_eq!(name(i32::MAX), "builtin 2147483647");
    }
}
