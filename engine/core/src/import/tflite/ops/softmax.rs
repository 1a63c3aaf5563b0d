//! `SOFTMAX`.

use super::{OpReader, Parsed};
use crate::graph::OpKind;

pub(in crate::import::tflite) fn read(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(1, 1)?;
    let options = cx.op.builtin_options_as_softmax_options();
    let options = cx.options(options, "SoftmaxOptions");
    let activations = cx.int8_in_out();
    let (beta, (input, output)) = (options?.beta(), activations?);
    if !(beta.is_finite() && beta > 0.0) {
        cx.error(
            "bad-options",
            format!("beta {beta} must be finite and above zero"),
            "the file is damaged or was edited; convert the model again",
        );
        return None;
    }
    // The fixed-point kernel has this scale built in.
    let (scale, zero_point) = cx.tensor(output).scale_zero()?;
    if (f64::from(scale) * 256.0 - 1.0).abs() > 1e-3 || zero_point != -128 {
        cx.error(
            "bad-quantisation",
            format!("the output has scale {scale} and zero point {zero_point}; it must be 1/256 and -128"),
            "quantise the model again",
        );
        return None;
    }
    if cx.tensor(input).shape.is_empty() {
        cx.error(
            "bad-shape",
            "the input is a scalar",
            "softmax needs an axis to run along",
        );
        return None;
    }
    Some((OpKind::Softmax { beta }, vec![input]))
}
