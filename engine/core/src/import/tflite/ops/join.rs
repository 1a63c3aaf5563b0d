//! `CONCATENATION`, `PACK` and `TILE`.

use super::reshape::becomes;
use super::{OpReader, Parsed, REPAIR, Step, one};
use crate::graph::{OpKind, TensorId};

/// Tensors that one operator joins at most.
const MAX_INPUTS: usize = 1_000;

pub(in crate::import::tflite) fn read_concatenation(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    let options = cx.op.builtin_options_as_concatenation_options();
    let options = cx.options(options, "ConcatenationOptions");
    let (inputs, output) = operands(cx)?;
    let options = options?;
    let rank = cx.shape(inputs[0]).len();
    let axis = cx.axis(i64::from(options.axis()), rank);
    let activation = options.fused_activation_function();
    if activation != 0 {
        cx.activation(activation)?;
        cx.error(
            "unsupported-activation",
            "a fused activation has no meaning in a concatenation: the reference has none",
            "put the activation before or behind the operator",
        );
        return None;
    }
    let kind = OpKind::Concatenation { axis: axis? };
    Some(one(kind, inputs, output))
}

pub(in crate::import::tflite) fn read_pack(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    let options = cx.op.builtin_options_as_pack_options();
    let options = cx.options(options, "PackOptions");
    let (inputs, output) = operands(cx)?;
    let options = options?;
    if usize::try_from(options.values_count()) != Ok(inputs.len()) {
        let (stated, found) = (options.values_count(), inputs.len());
        cx.error(
            "bad-options",
            format!("says that it packs {stated} tensors, but has {found}"),
            REPAIR,
        );
        return None;
    }
    let shape = cx.shape(inputs[0]).to_vec();
    if inputs.iter().any(|&id| cx.shape(id) != shape) {
        cx.error("bad-shape", "packs tensors of different shapes", REPAIR);
        return None;
    }
    let axis = cx.axis(i64::from(options.axis()), shape.len() + 1)?;
    let mut slab = shape;
    slab.insert(axis, 1);
    if let [only] = inputs[..] {
        becomes(cx, &slab, output)?;
        return Some(one(OpKind::Reshape, vec![only], output));
    }
    let mut steps: Vec<Step> = Vec::new();
    let mut slabs = Vec::with_capacity(inputs.len());
    for (slot, &input) in inputs.iter().enumerate() {
        // A tensor that is packed twice is reshaped once.
        if let Some(before) = inputs[..slot].iter().position(|&id| id == input) {
            slabs.push(slabs[before]);
            continue;
        }
        let made = cx.make(input, slab.clone())?;
        slabs.push(made);
        steps.push(Step {
            kind: OpKind::Reshape,
            inputs: vec![input],
            output: made,
        });
    }
    steps.push(Step {
        kind: OpKind::Concatenation { axis },
        inputs: slabs,
        output,
    });
    Some(steps)
}

pub(in crate::import::tflite) fn read_tile(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(2, 2)?;
    let tensors = cx.moved(0);
    let copies = cx.integers(1, "numbers of copies");
    let ((input, output), copies) = (tensors?, copies?);
    let mut shape = cx.shape(input).to_vec();
    let fine = copies.len() == shape.len()
        && (copies.iter())
            .all(|&n| usize::try_from(n).is_ok_and(|n| (1..=MAX_INPUTS).contains(&n)));
    if !fine {
        let message = format!(
            "the numbers of copies must be 1 to {MAX_INPUTS}, one for each of the {} dimensions",
            shape.len()
        );
        cx.error("bad-options", message, REPAIR);
        return None;
    }
    // Along each axis a tensor is put behind itself; the last axis that changes gives the output.
    let axes: Vec<usize> = (0..shape.len()).filter(|&axis| copies[axis] > 1).collect();
    let Some(&last) = axes.last() else {
        becomes(cx, &shape, output)?;
        return Some(one(OpKind::Reshape, vec![input], output));
    };
    let mut steps = Vec::new();
    let mut from = input;
    for axis in axes {
        let count = copies[axis] as usize;
        shape[axis] = shape[axis].checked_mul(count)?;
        let to = if axis == last {
            output
        } else {
            cx.make(input, shape.clone())?
        };
        steps.push(Step {
            kind: OpKind::Concatenation { axis },
            inputs: vec![from; count],
            output: to,
        });
        from = to;
    }
    Some(steps)
}

/// All inputs and the output: int8 quantised alike, float32, or constants of one type.
fn operands(cx: &mut OpReader<'_, '_>) -> Option<(Vec<TensorId>, TensorId)> {
    cx.takes(1, MAX_INPUTS)?;
    cx.gives(1)?;
    let output = cx.output(0);
    let inputs: Option<Vec<TensorId>> = (0..cx.inputs()).map(|slot| cx.input(slot)).collect();
    let (inputs, output) = (inputs?, output?);
    let plain = inputs.iter().all(|&id| cx.is_plain_constant(id));
    for &input in &inputs {
        if plain {
            cx.same_type(input, output)?;
        } else {
            cx.all_numbers([input, output])?;
            // The reference copies the codes.
            cx.alike(input, output, 0.0)?;
        }
    }
    Some((inputs, output))
}
