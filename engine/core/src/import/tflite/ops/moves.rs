//! Operators that only move codes: `PAD`, `RESHAPE`, `TRANSPOSE`.

use super::{OpReader, Parsed};
use crate::diagnostic::Severity;
use crate::graph::shape::text;
use crate::graph::{OpKind, Pad, PadFill};

const REPAIR: &str = "the file is damaged or was edited; convert the model again";

pub(in crate::import::tflite) fn read_pad(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(2, 2)?;
    let input = cx.same_scale_in_out();
    let amounts = cx.integers(1, "amounts of padding");
    let (input, amounts) = (input?, amounts?);
    let rank = cx.tensor(input).shape.len();
    if amounts.len() != 2 * rank {
        cx.error(
            "bad-shape",
            format!("{} amounts of padding for {rank} dimensions", amounts.len()),
            REPAIR,
        );
        return None;
    }
    if let Some(bad) = amounts.iter().find(|a| !(0..=65_535).contains(*a)) {
        cx.error(
            "bad-options",
            format!("padding by {bad} is out of range (0 to 65535)"),
            REPAIR,
        );
        return None;
    }
    let pairs = amounts.as_chunks::<2>().0;
    let amounts = pairs.iter().map(|p| p.map(|a| a as usize)).collect();
    Some((
        OpKind::Pad(Pad {
            amounts,
            fill: PadFill::Zero,
        }),
        vec![input],
    ))
}

pub(in crate::import::tflite) fn read_reshape(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(1, 2)?;
    let (input, output) = cx.int8_in_out()?;
    if cx.tensor(input).quant != cx.tensor(output).quant {
        // Released MCUNet files end so; the reference copies the codes.
        cx.remark(
            Severity::Warning,
            "scale-changes",
            "input and output are quantised differently; the codes are copied as they are".into(),
        );
    }
    // The wanted shape stands in the second input or in the options; the output's own shape must agree with it.
    let options = cx.op.builtin_options_as_reshape_options();
    let wanted: Option<Vec<i64>> = if cx.input_index(1).is_some() {
        Some(cx.integers(1, "new shape")?)
    } else {
        let shape = options.and_then(|o| o.new_shape());
        shape.map(|s| s.iter().map(i64::from).collect())
    };
    let (from, to) = (cx.tensor(input), cx.tensor(output));
    if from.elements() != to.elements() {
        let message = format!(
            "cannot turn {} ({} elements) into {} ({})",
            text(&from.shape),
            from.elements(),
            text(&to.shape),
            to.elements()
        );
        cx.error("bad-shape", message, REPAIR);
        return None;
    }
    if let Some(wanted) = wanted
        && !agrees(&wanted, &to.shape)
    {
        let message = format!(
            "asks for shape {wanted:?}, but the output is {}",
            text(&to.shape)
        );
        cx.error("bad-shape", message, REPAIR);
        return None;
    }
    Some((OpKind::Reshape, vec![input]))
}

/// Whether `wanted`, in which one −1 stands for "the rest", describes `shape`.
fn agrees(wanted: &[i64], shape: &[usize]) -> bool {
    let rests = wanted.iter().filter(|&&w| w == -1).count();
    let pairs = wanted.iter().zip(shape);
    wanted.len() == shape.len()
        && rests <= 1
        && pairs
            .into_iter()
            .all(|(&w, &d)| w == -1 || usize::try_from(w) == Ok(d))
}

pub(in crate::import::tflite) fn read_transpose(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(2, 2)?;
    let input = cx.same_scale_in_out();
    let axes = cx.integers(1, "order of the axes");
    let (input, axes) = (input?, axes?);
    let rank = cx.tensor(input).shape.len() as i64;
    let in_range = axes.iter().all(|a| (-rank..rank).contains(a));
    let permutation: Vec<usize> = axes
        .iter()
        .map(|a| a.rem_euclid(rank.max(1)) as usize)
        .collect();
    let mut sorted = permutation.clone();
    sorted.sort_unstable();
    if !in_range || !sorted.iter().copied().eq(0..rank as usize) {
        cx.error(
            "bad-options",
            format!("{axes:?} is not an order of the {rank} axes"),
            REPAIR,
        );
        return None;
    }
    Some((OpKind::Transpose { permutation }, vec![input]))
}
