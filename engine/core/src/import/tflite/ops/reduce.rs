//! Reductions over axes: `MEAN`, `SUM`, `REDUCE_MAX`.

use super::rules::{Numbers, ratio};
use super::{OpReader, Parsed, one};
use crate::graph::{OpKind, Reduce};

pub(in crate::import::tflite) fn read_mean(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    rescaling(cx, OpKind::Mean)
}

pub(in crate::import::tflite) fn read_sum(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    rescaling(cx, OpKind::Sum)
}

pub(in crate::import::tflite) fn read_max(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    let steps = read(cx, OpKind::ReduceMax)?;
    for step in &steps {
        cx.alike(step.inputs[0], step.output, 0.0)?;
    }
    Some(steps)
}

fn rescaling(cx: &mut OpReader<'_, '_>, kind: impl Fn(Reduce) -> OpKind) -> Option<Parsed> {
    let steps = read(cx, kind)?;
    for step in &steps {
        let [from, to] = cx.all_numbers([step.inputs[0], step.output])?;
        if let (Numbers::Int8 { scale: from, .. }, Numbers::Int8 { scale: to, .. }) = (from, to) {
            ratio(cx, f64::from(from) / f64::from(to), "the input scale")?;
        }
    }
    Some(steps)
}

fn read(cx: &mut OpReader<'_, '_>, kind: impl Fn(Reduce) -> OpKind) -> Option<Parsed> {
    cx.arity(2, 2)?;
    let activations = cx.in_out();
    let (axes, keep_dims) = axes(cx, activations.map(|(input, ..)| input))?;
    let (input, output, _) = activations?;
    let kind = kind(Reduce { axes, keep_dims });
    Some(one(kind, vec![input], output))
}

/// The axes in input 1, in ascending order, each once, and whether they are kept.
pub(super) fn axes(
    cx: &mut OpReader<'_, '_>,
    input: Option<crate::graph::TensorId>,
) -> Option<(Vec<usize>, bool)> {
    let options = cx.op.builtin_options_as_reducer_options();
    let options = cx.optional(options, "ReducerOptions");
    let raw = cx.integers(1, "axes to reduce");
    let (options, raw) = (options.ok()?, raw?);
    let rank = cx.shape(input?).len();
    let mut axes: Vec<usize> = Vec::new();
    for axis in raw {
        let axis = cx.axis(axis, rank)?;
        if !axes.contains(&axis) {
            axes.push(axis);
        }
    }
    axes.sort_unstable();
    Some((axes, options.is_some_and(|o| o.keep_dims())))
}
