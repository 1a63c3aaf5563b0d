//! Operators that only rename or reorder axes: `RESHAPE`, `SQUEEZE`, `EXPAND_DIMS`, `TRANSPOSE`.

use super::{OpReader, Parsed, REPAIR, one};
use crate::diagnostic::Severity;
use crate::graph::shape::text;
use crate::graph::{DType, OpKind, TensorId};

pub(in crate::import::tflite) fn read_reshape(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(1, 2)?;
    let (input, output) = renamed(cx)?;
    // The wanted shape stands in the second input or in the options; the output's own shape must agree with it.
    let options = cx.op.builtin_options_as_reshape_options();
    let wanted: Option<Vec<i64>> = if cx.input_index(1).is_some() {
        Some(cx.integers(1, "new shape")?)
    } else {
        let shape = options.and_then(|o| o.new_shape());
        shape.map(|s| s.iter().map(i64::from).collect())
    };
    let Some(wanted) = wanted else {
        same_elements(cx, input, output)?;
        return Some(one(OpKind::Reshape, vec![input], output));
    };
    let from = cx.shape(input);
    let Some(expected) = resolve(&wanted, from.iter().product()) else {
        let shown = &wanted[..wanted.len().min(8)];
        let message = format!(
            "asks for shape {shown:?}, which {} does not fit into",
            text(from)
        );
        cx.error("bad-shape", message, REPAIR);
        return None;
    };
    becomes(cx, &expected, output)?;
    Some(one(OpKind::Reshape, vec![input], output))
}

pub(in crate::import::tflite) fn read_squeeze(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(1, 1)?;
    let options = cx.op.builtin_options_as_squeeze_options();
    let options = cx.optional(options, "SqueezeOptions");
    let (input, output) = renamed(cx)?;
    let raw = options.ok()?.and_then(|o| o.squeeze_dims());
    let shape = cx.shape(input).to_vec();
    let mut gone = vec![false; shape.len()];
    for axis in raw.into_iter().flatten() {
        let axis = cx.axis(i64::from(axis), shape.len())?;
        gone[axis] = true;
        if shape[axis] != 1 {
            let message = format!(
                "axis {axis} of {} has more than one element and cannot go",
                text(&shape)
            );
            cx.error("bad-shape", message, REPAIR);
            return None;
        }
    }
    // None named means all.
    if raw.is_none_or(|r| r.is_empty()) {
        gone = shape.iter().map(|&d| d == 1).collect();
    }
    let kept = shape.iter().zip(&gone).filter(|(_, gone)| !**gone);
    let expected: Vec<usize> = kept.map(|(&d, _)| d).collect();
    becomes(cx, &expected, output)?;
    Some(one(OpKind::Reshape, vec![input], output))
}

pub(in crate::import::tflite) fn read_expand_dims(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(2, 2)?;
    let tensors = renamed(cx);
    let axis = cx.integer(1, "axis to insert");
    let ((input, output), axis) = (tensors?, axis?);
    let mut expected = cx.shape(input).to_vec();
    let axis = cx.axis(axis, expected.len() + 1)?;
    expected.insert(axis, 1);
    becomes(cx, &expected, output)?;
    Some(one(OpKind::Reshape, vec![input], output))
}

pub(in crate::import::tflite) fn read_transpose(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(2, 2)?;
    let tensors = cx.moved(0);
    let axes = cx.integers(1, "order of the axes");
    let ((input, output), axes) = (tensors?, axes?);
    let rank = cx.shape(input).len();
    let signed = rank as i64;
    let in_range = axes.iter().all(|a| (-signed..signed).contains(a));
    let permutation: Vec<usize> = axes
        .iter()
        .take(rank)
        .map(|a| a.rem_euclid(signed.max(1)) as usize)
        .collect();
    let mut sorted = permutation.clone();
    sorted.sort_unstable();
    if !in_range || axes.len() != rank || !sorted.iter().copied().eq(0..rank) {
        let shown = &axes[..axes.len().min(8)];
        cx.error(
            "bad-options",
            format!("{shown:?} is not an order of the {rank} axes"),
            REPAIR,
        );
        return None;
    }
    Some(one(OpKind::Transpose { permutation }, vec![input], output))
}

/// Input 0 and the output of an operator that keeps the bytes as they are. int8 tensors that are quantised differently
/// are warned of.
fn renamed(cx: &mut OpReader<'_, '_>) -> Option<(TensorId, TensorId)> {
    let (input, output) = (cx.input(0), cx.output(0));
    let (input, output) = (input?, output?);
    if cx.is_plain_constant(input) {
        cx.same_type(input, output)?;
        return Some((input, output));
    }
    cx.all_numbers([input, output])?;
    let is_int8 = cx.tensor(input).dtype == DType::I8;
    if is_int8 && cx.tensor(input).scale_zero() != cx.tensor(output).scale_zero() {
        // Released MCUNet files end so; the reference copies the codes.
        cx.remark(
            Severity::Warning,
            "scale-changes",
            "input and output are quantised differently; the codes are copied as they are".into(),
        );
    }
    Some((input, output))
}

fn same_elements(cx: &mut OpReader<'_, '_>, input: TensorId, output: TensorId) -> Option<()> {
    let (from, to) = (cx.tensor(input), cx.tensor(output));
    if from.elements() == to.elements() {
        return Some(());
    }
    let message = format!(
        "cannot turn {} ({} elements) into {} ({})",
        text(&from.shape),
        from.elements(),
        text(&to.shape),
        to.elements()
    );
    cx.error("bad-shape", message, REPAIR);
    None
}

/// Whether the file declares the shape that follows from the operator, or leaves it open; reports it otherwise.
pub(in crate::import::tflite) fn becomes(
    cx: &mut OpReader<'_, '_>,
    expected: &[usize],
    output: TensorId,
) -> Option<()> {
    if cx.tensors.adopt(output, expected) {
        return Some(());
    }
    let message = declared_otherwise(cx.shape(output), expected);
    cx.error("bad-shape", message, REPAIR);
    None
}

/// What to say of an output whose declared shape does not follow from its operator.
fn declared_otherwise(declared: &[usize], expected: &[usize]) -> String {
    format!(
        "the file declares an output of {}, but {} follows from the operator",
        text(declared),
        text(expected)
    )
}

/// The shape that `wanted` describes for so many `elements`; one −1 in it stands for the rest.
fn resolve(wanted: &[i64], elements: usize) -> Option<Vec<usize>> {
    let rests = wanted.iter().filter(|&&w| w == -1).count();
    let known = wanted.iter().filter(|&&w| w != -1);
    let mut known = known.map(|&w| usize::try_from(w).ok());
    let known = known.try_fold(1_usize, |n, w| n.checked_mul(w?))?;
    let rest = elements.checked_div(known)?;
    if rests > 1 || rest * known != elements || (rests == 0 && rest != 1) {
        return None;
    }
    let extent = |&w: &i64| if w == -1 { rest } else { w as usize };
    Some(wanted.iter().map(extent).collect())
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn the_rest_of_a_shape_is_what_remains() {
        assert_eq!(resolve(&[1, -1, 8], 80), Some(vec![1, 10, 8]));
        assert_eq!(resolve(&[2, 5], 10), Some(vec![2, 5]));
        assert_eq!(resolve(&[], 1), Some(vec![]));
        for wrong in [
            &[2, 4][..],
            &[-1, 3],
            &[-1, -1],
            &[0, -1],
            &[-2, -5],
            &[i64::MAX, 2],
        ] {
            assert_eq!(resolve(wrong, 10), None, "{wrong:?}");
        }
    }
}
