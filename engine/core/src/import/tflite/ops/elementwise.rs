//! Operators on the elements of two tensors: `ADD`, `SUB`, `MUL`, `MAXIMUM`, `MINIMUM`. On constant integers, as in
//! the arithmetic of shapes, they are computed at import.

use super::integers::{self, Arithmetic};
use super::rules::Numbers;
use super::{OpReader, Parsed, Reported, one};
use crate::graph::{Activation, Combine, OpKind, TensorId};

pub(in crate::import::tflite) fn read_add(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    let options = cx.op.builtin_options_as_add_options();
    let options = cx.optional(options, "AddOptions");
    let code = options.map(|o| o.map_or(0, |o| o.fused_activation_function()));
    read(cx, code, Arithmetic::Add, |cx, scales, activation| {
        fine_enough(cx, scales)?;
        Some(OpKind::Add(activation))
    })
}

pub(in crate::import::tflite) fn read_sub(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    let options = cx.op.builtin_options_as_sub_options();
    let options = cx.optional(options, "SubOptions");
    let code = options.map(|o| o.map_or(0, |o| o.fused_activation_function()));
    read(cx, code, Arithmetic::Sub, |cx, scales, activation| {
        fine_enough(cx, scales)?;
        Some(OpKind::Combine(Combine::Sub(activation)))
    })
}

pub(in crate::import::tflite) fn read_mul(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    let options = cx.op.builtin_options_as_mul_options();
    let options = cx.optional(options, "MulOptions");
    let code = options.map(|o| o.map_or(0, |o| o.fused_activation_function()));
    read(cx, code, Arithmetic::Mul, |cx, scales, activation| {
        if let Some([a, b, y]) = scales {
            let ratio = f64::from(a) * f64::from(b) / f64::from(y);
            super::rules::ratio(cx, ratio, "the product of the input scales")?;
        }
        Some(OpKind::Combine(Combine::Mul(activation)))
    })
}

pub(in crate::import::tflite) fn read_maximum(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    choose(cx, Arithmetic::Maximum, Combine::Maximum)
}

pub(in crate::import::tflite) fn read_minimum(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    choose(cx, Arithmetic::Minimum, Combine::Minimum)
}

fn choose(cx: &mut OpReader<'_, '_>, integers: Arithmetic, kind: Combine) -> Option<Parsed> {
    let steps = read(cx, Ok(0), integers, |_, _, _| Some(OpKind::Combine(kind)))?;
    // Codes are compared as they are.
    for step in &steps {
        let alike = [0, 1].map(|i| cx.alike(step.inputs[i], step.output, 1e-6));
        alike.into_iter().collect::<Option<()>>()?;
    }
    Some(steps)
}

/// The scales of both inputs and the output, when they are int8.
type Scales = Option<[f32; 3]>;

fn read(
    cx: &mut OpReader<'_, '_>,
    activation: Result<i8, Reported>,
    integers: Arithmetic,
    kind: impl Fn(&mut OpReader<'_, '_>, Scales, Activation) -> Option<OpKind>,
) -> Option<Parsed> {
    cx.arity(2, 2)?;
    let (a, b, output) = (cx.input(0), cx.input(1), cx.output(0));
    let (a, b, output) = (a?, b?, output?);
    let activation = cx.activation(activation.ok()?)?;
    if integers::are_integers(cx, a) && integers::are_integers(cx, b) {
        return integers::combine(cx, [a, b], output, integers);
    }
    let numbers = cx.all_numbers([a, b, output])?;
    let kind = kind(cx, scales(numbers), activation)?;
    Some(one(kind, vec![a, b], output))
}

fn scales(numbers: [Numbers; 3]) -> Scales {
    let mut scales = [0.0; 3];
    for (slot, numbers) in scales.iter_mut().zip(numbers) {
        let Numbers::Int8 { scale, .. } = numbers else {
            return None;
        };
        *slot = scale;
    }
    Some(scales)
}

/// A sum is formed in units of twice the larger input scale with 20 fraction bits; the reference stops where the way
/// from there to the output scale is not a reduction.
fn fine_enough(cx: &mut OpReader<'_, '_>, scales: Scales) -> Option<()> {
    let Some([a, b, y]) = scales else {
        return Some(());
    };
    let step = 2.0 * f64::from(a.max(b)) / f64::from(1 << 20);
    if step < f64::from(y) {
        return Some(());
    }
    cx.error(
        "bad-quantisation",
        format!("the output scale {y:e} is too fine for inputs of scale {a:e} and {b:e}"),
        "quantise the model again",
    );
    None
}

/// The operands of an element-wise operator that the graph may hold as constants.
pub(in crate::import::tflite) fn takes_constants(kind: &OpKind, inputs: &[TensorId]) -> bool {
    inputs.len() > 1
        && matches!(
            kind,
            OpKind::Add(_) | OpKind::Combine(_) | OpKind::Concatenation { .. }
        )
}
