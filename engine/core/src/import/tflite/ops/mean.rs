//! `MEAN`.

use super::{OpReader, Parsed};
use crate::graph::{OpKind, Reduce};

pub(in crate::import::tflite) fn read(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(2, 2)?;
    let options = cx.op.builtin_options_as_reducer_options();
    let options = cx.optional(options, "ReducerOptions");
    let activations = cx.int8_in_out();
    let axes = cx.integers(1, "axes to reduce");
    let (options, (input, _), raw) = (options.ok()?, activations?, axes?);
    let rank = cx.tensor(input).shape.len() as i64;
    // Negative axes count from the end; one may be named twice.
    let mut axes: Vec<usize> = Vec::new();
    for axis in raw {
        if !(-rank..rank).contains(&axis) {
            cx.error(
                "bad-options",
                format!("axis {axis} is not among the {rank} dimensions of the input"),
                "the file is damaged or was edited; convert the model again",
            );
            return None;
        }
        let axis = axis.rem_euclid(rank) as usize;
        if !axes.contains(&axis) {
            axes.push(axis);
        }
    }
    axes.sort_unstable();
    let kind = OpKind::Mean(Reduce {
        axes,
        keep_dims: options.is_some_and(|o| o.keep_dims()),
    });
    Some((kind, vec![input]))
}
