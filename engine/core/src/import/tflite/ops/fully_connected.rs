//! `FULLY_CONNECTED`.

use super::reshape::becomes;
use super::weights::{Wanted, bias, scales, weights};
use super::{OpReader, Parsed, Step, one};
use crate::graph::shape::same_layout;
use crate::graph::{FullyConnected, OpKind};

pub(in crate::import::tflite) fn read(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(2, 3)?;
    let options = cx.op.builtin_options_as_fully_connected_options();
    let options = cx.optional(options, "FullyConnectedOptions");
    let (input, output, numbers) = cx.in_out()?;
    let wanted = Wanted {
        slot: 1,
        rank: 2,
        axis: 0,
        zero_point: true,
    };
    let weights = weights(cx, numbers, &wanted);
    let (options, weights) = (options.ok()?, weights?);
    if options.is_some_and(|o| o.weights_format() != 0) {
        cx.error(
            "bad-options",
            "the weights are stored shuffled",
            "convert the model with the default weight format",
        );
        return None;
    }
    let activation = cx.activation(options.map_or(0, |o| o.fused_activation_function()));
    let [outputs, depth] = [cx.shape(weights)[0], cx.shape(weights)[1]];
    let bias = bias(cx, 2, numbers, outputs);
    let (activation, bias) = (activation?, bias.ok()?);
    scales(cx, input, weights, bias, output)?;
    let kind = OpKind::FullyConnected(FullyConnected {
        weights,
        bias,
        activation,
    });
    // The graph's operator gives one row per `depth` inputs; leading dimensions that the file keeps come after it.
    let from = cx.shape(input).to_vec();
    let rows = from.iter().product::<usize>() / depth;
    let keeps = match from.split_last() {
        Some((&last, leading)) if last == depth && options.is_some_and(|o| o.keep_num_dims()) => {
            becomes(cx, &[leading, &[outputs]].concat(), output)?;
            !same_layout(cx.shape(output), &[rows, outputs])
        }
        _ => false,
    };
    if keeps {
        let flat = cx.make(output, vec![rows, outputs])?;
        return Some(vec![
            Step {
                kind,
                inputs: vec![input],
                output: flat,
            },
            Step {
                kind: OpKind::Reshape,
                inputs: vec![flat],
                output,
            },
        ]);
    }
    Some(one(kind, vec![input], output))
}
