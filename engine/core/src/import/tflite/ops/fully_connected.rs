//! `FULLY_CONNECTED`.

use super::conv::{bias, scales, weights};
use super::{OpReader, Parsed};
use crate::graph::{FullyConnected, OpKind};

pub(in crate::import::tflite) fn read(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(2, 3)?;
    let options = cx.op.builtin_options_as_fully_connected_options();
    let options = cx.optional(options, "FullyConnectedOptions");
    let activations = cx.int8_in_out();
    let weights = weights(cx, 2, 0);
    let (options, (input, output), weights) = (options.ok()?, activations?, weights?);
    if options.is_some_and(|o| o.weights_format() != 0) {
        cx.error(
            "bad-options",
            "the weights are stored shuffled",
            "convert the model with the default weight format",
        );
        return None;
    }
    let activation = cx.activation(options.map_or(0, |o| o.fused_activation_function()));
    let outputs = cx.tensor(weights).shape[0];
    let bias = bias(cx, outputs);
    let (activation, bias) = (activation?, bias.ok()?);
    scales(cx, input, weights, bias, output)?;
    let kind = OpKind::FullyConnected(FullyConnected {
        weights,
        bias,
        activation,
    });
    Some((kind, vec![input]))
}
