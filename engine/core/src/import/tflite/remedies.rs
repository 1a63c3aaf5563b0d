//! What to do about operators that are not supported: what each can be replaced by.

/// Operator names and what to do instead.
const REMEDIES: [(&[&str], &str); 14] = [
    (
        &[
            "CUSTOM TFLite_Detection_PostProcess",
            "NON_MAX_SUPPRESSION_V4",
            "NON_MAX_SUPPRESSION_V5",
        ],
        "end the network before it and choose the boxes in the application",
    ),
    (
        &["ARG_MAX", "ARG_MIN", "TOPK_V2"],
        "end the network before it and look for the largest output in the application",
    ),
    (
        &["BATCH_MATMUL"],
        "use FULLY_CONNECTED, whose weights are constant; products of two activations are not supported",
    ),
    (
        &["DIV"],
        "multiply by the reciprocal with MUL where the divisor is constant",
    ),
    (
        &["ELU", "GELU", "RELU_0_TO_1"],
        "use RELU, RELU6, LEAKY_RELU or HARD_SWISH, and train the model again",
    ),
    (
        &["LOG_SOFTMAX"],
        "use SOFTMAX: the order of the outputs is the same",
    ),
    (
        &["L2_NORMALIZATION", "LOCAL_RESPONSE_NORMALIZATION"],
        "use batch normalisation, which the converter folds into the convolutions",
    ),
    (&["L2_POOL_2D"], "use AVERAGE_POOL_2D or MAX_POOL_2D"),
    (
        &["SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND"],
        "convert again with a fixed batch of 1: the converter then turns the pair around a convolution into its dilation",
    ),
    (
        &[
            "SPACE_TO_DEPTH",
            "DEPTH_TO_SPACE",
            "BROADCAST_TO",
            "GATHER_ND",
            "REVERSE_V2",
        ],
        "use RESHAPE, TRANSPOSE, STRIDED_SLICE and CONCATENATION",
    ),
    (
        &[
            "REDUCE_MIN",
            "ABS",
            "NEG",
            "SQUARE",
            "SQUARED_DIFFERENCE",
            "POW",
            "SQRT",
            "RSQRT",
            "EXP",
            "LOG",
        ],
        "use ADD, SUB, MUL, MAXIMUM, MINIMUM and REDUCE_MAX, or compute it in the application",
    ),
    (
        &[
            "LSTM",
            "UNIDIRECTIONAL_SEQUENCE_LSTM",
            "BIDIRECTIONAL_SEQUENCE_LSTM",
            "RNN",
            "UNIDIRECTIONAL_SEQUENCE_RNN",
            "BIDIRECTIONAL_SEQUENCE_RNN",
            "SVDF",
            "VAR_HANDLE",
            "READ_VARIABLE",
            "ASSIGN_VARIABLE",
            "CALL_ONCE",
        ],
        "networks that keep a state between runs are not supported; use convolutions over a window of time",
    ),
    (
        &["IF", "WHILE", "CALL"],
        "export the model without branches or loops",
    ),
    (
        &["CONV_3D", "CONV_3D_TRANSPOSE"],
        "use CONV_2D, with time or depth among the channels",
    ),
];

/// What can stand in for operator `name`, where that is known.
pub(super) fn replacement(name: &str) -> Option<&'static str> {
    let known = REMEDIES.iter().find(|(names, _)| names.contains(&name));
    known.map(|(_, remedy)| *remedy)
}

/// What the user can do about operator `name`.
pub(super) fn of(name: &str) -> &'static str {
    match replacement(name) {
        Some(remedy) => remedy,
        None if name.starts_with("CUSTOM Flex") => {
            "it is an operator of TensorFlow; convert without SELECT_TF_OPS, using only operators that are supported"
        }
        None => "replace it by operators that are supported; a note lists them",
    }
}

#[cfg(test)]
mod tests {
    use super::super::registry;
    use super::*;
    use crate::format::tflite_names::NAMES;

    #[test]
    fn remedies_are_for_operators_that_exist_and_are_not_supported() {
        let names = REMEDIES.iter().flat_map(|(names, _)| *names);
        for name in names.filter(|n| !n.starts_with("CUSTOM ")) {
            let code = NAMES.iter().position(|n| n == name);
            let code = i32::try_from(code.unwrap_or_else(|| panic!("{name} does not exist")));
            assert!(registry::find(code.unwrap_or(-1)).is_none(), "{name}");
        }
    }
}
