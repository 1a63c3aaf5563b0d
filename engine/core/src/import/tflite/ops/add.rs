//! `ADD`.

use super::{OpReader, Parsed};
use crate::graph::OpKind;

pub(in crate::import::tflite) fn read(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(2, 2)?;
    let options = cx.op.builtin_options_as_add_options();
    let options = cx.optional(options, "AddOptions");
    let (a, b, output) = (cx.input(0), cx.input(1), cx.output());
    let (a, b, output) = (a?, b?, output?);
    let scales = [cx.int8(a), cx.int8(b), cx.int8(output)];
    let activation = cx.activation(options.ok()?.map_or(0, |o| o.fused_activation_function()));
    let ([sa, sb, sy], activation) = ([scales[0]?, scales[1]?, scales[2]?], activation?);
    // The sum is formed in units of twice the larger input scale with 20 fraction bits; the reference stops where the
    // way from there to the output scale is not a reduction.
    let step = 2.0 * f64::from(sa.max(sb)) / f64::from(1 << 20);
    if step >= f64::from(sy) {
        cx.error(
            "bad-quantisation",
            format!("the output scale {sy:e} is too fine for inputs of scale {sa:e} and {sb:e}"),
            "quantise the model again",
        );
        return None;
    }
    Some((OpKind::Add(activation), vec![a, b]))
}
