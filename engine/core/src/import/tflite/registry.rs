//! The operators that can be imported, in one list.

use super::names::NAMES;
use super::ops::{OpReader, Parsed};
use super::ops::{add, conv, fully_connected, mean, moves, pool, quantize, softmax};

/// A supported operator.
pub(super) struct Operator {
    /// The format's builtin operator code.
    pub code: i32,
    /// The newest version whose int8 meaning is known.
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

/// Every supported operator. Versions are those that TensorFlow Lite 2.21 registers; newer ones may mean something else.
const OPERATORS: [Operator; 13] = [
    entry(0, 5, add::read),
    entry(1, 3, pool::read_average),
    entry(3, 8, conv::read_conv),
    entry(4, 7, conv::read_depthwise),
    entry(6, 6, quantize::read_dequantize),
    entry(9, 14, fully_connected::read),
    entry(17, 3, pool::read_max),
    entry(22, 1, moves::read_reshape),
    entry(25, 3, softmax::read),
    entry(34, 4, moves::read_pad),
    entry(39, 6, moves::read_transpose),
    entry(40, 3, mean::read),
    entry(114, 3, quantize::read_quantize),
];

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

/// The names of all supported operators, for messages.
pub(super) fn supported() -> String {
    let names: Vec<String> = OPERATORS.iter().map(|o| name(o.code)).collect();
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
            "ADD, AVERAGE_POOL_2D, CONV_2D, DEPTHWISE_CONV_2D, DEQUANTIZE, FULLY_CONNECTED, MAX_POOL_2D, RESHAPE, \
             SOFTMAX, PAD, TRANSPOSE, MEAN, QUANTIZE"
        );
        assert_eq!(name(-1), "builtin -1");
        assert_eq!(name(i32::MAX), "builtin 2147483647");
    }
}
