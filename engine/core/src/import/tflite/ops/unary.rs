//! Functions of each element: `RELU` and its relatives, `LOGISTIC`, `TANH`, `HARD_SWISH`, `PRELU`, `SOFTMAX`.

use super::rules::{Numbers, ratio};
use super::{OpReader, Parsed, REPAIR, one};
use crate::graph::{Function, OpKind};

pub(in crate::import::tflite) fn read_relu(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    rescaling(cx, Function::Relu)
}

pub(in crate::import::tflite) fn read_relu6(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    // The reference clamps the codes and does not rescale.
    cx.arity(1, 1)?;
    let (input, output, _) = cx.in_out()?;
    cx.alike(input, output, 1e-6)?;
    Some(one(OpKind::Unary(Function::Relu6), vec![input], output))
}

pub(in crate::import::tflite) fn read_relu_n1_to_1(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    rescaling(cx, Function::ReluN1To1)
}

pub(in crate::import::tflite) fn read_hard_swish(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(1, 1)?;
    let (input, output, numbers) = cx.in_out()?;
    if let (Numbers::Int8 { scale, .. }, Some((to, _))) = (numbers, cx.tensor(output).scale_zero())
        && scale / 128.0 / to >= 1.0
    {
        cx.error(
            "bad-quantisation",
            format!("the output scale {to:e} is too fine for an input of scale {scale:e}"),
            "quantise the model again",
        );
        return None;
    }
    Some(one(OpKind::Unary(Function::HardSwish), vec![input], output))
}

pub(in crate::import::tflite) fn read_leaky_relu(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    let options = cx.op.builtin_options_as_leaky_relu_options();
    let alpha = cx.options(options, "LeakyReluOptions")?.alpha();
    if !alpha.is_finite() {
        cx.error(
            "bad-options",
            format!("alpha {alpha} is not a number"),
            REPAIR,
        );
        return None;
    }
    let steps = rescaling(cx, Function::LeakyRelu { alpha })?;
    for step in &steps {
        let pair = |id| cx.tensor(id).scale_zero();
        if let (Some((x, _)), Some((y, _))) = (pair(step.inputs[0]), pair(step.output)) {
            let slope = f64::from(x) * f64::from(alpha.abs()) / f64::from(y);
            ratio(cx, slope, "input scale times alpha")?;
        }
    }
    Some(steps)
}

pub(in crate::import::tflite) fn read_logistic(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    saturating(cx, OpKind::Unary(Function::Logistic), 256.0, -128)
}

pub(in crate::import::tflite) fn read_tanh(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    saturating(cx, OpKind::Unary(Function::Tanh), 128.0, 0)
}

pub(in crate::import::tflite) fn read_softmax(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    let options = cx.op.builtin_options_as_softmax_options();
    let beta = cx.options(options, "SoftmaxOptions").map(|o| o.beta());
    let steps = saturating(cx, OpKind::Softmax { beta: 1.0 }, 256.0, -128);
    let (beta, mut steps) = (beta?, steps?);
    if !(beta.is_finite() && beta > 0.0) {
        cx.error(
            "bad-options",
            format!("beta {beta} must be finite and above zero"),
            REPAIR,
        );
        return None;
    }
    for step in &mut steps {
        step.kind = OpKind::Softmax { beta };
        let scale = cx.tensor(step.inputs[0]).scale_zero().map(|(s, _)| s);
        // Differences are brought to a fixed-point format of 26 fraction bits, never to a coarser one.
        if scale.is_some_and(|s| f64::from(beta) * f64::from(s) * f64::from(1 << 26) < 1.0) {
            cx.error(
                "bad-quantisation",
                format!("the input scale times beta {beta} is too fine"),
                "quantise the model again",
            );
            return None;
        }
        if cx.shape(step.inputs[0]).is_empty() {
            cx.error(
                "bad-shape",
                "the input is a scalar",
                "softmax needs an axis to run along",
            );
            return None;
        }
    }
    Some(steps)
}

pub(in crate::import::tflite) fn read_prelu(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(2, 2)?;
    let (input, slopes, output) = (cx.input(0), cx.input(1), cx.output(0));
    let (input, slopes, output) = (input?, slopes?, output?);
    let numbers = cx.all_numbers([input, slopes, output])?;
    if !cx.tensor(slopes).is_constant() {
        let problem = (
            "no-data",
            "should hold the slopes, but has no data".into(),
            "slopes must be constants in the file; convert the model again",
        );
        cx.problem(slopes, problem);
        return None;
    }
    if let [
        Numbers::Int8 { scale: x, .. },
        Numbers::Int8 { scale: slope, .. },
        Numbers::Int8 { scale: y, .. },
    ] = numbers
    {
        ratio(cx, f64::from(x) / f64::from(y), "the input scale")?;
        let product = f64::from(x) * f64::from(slope) / f64::from(y);
        ratio(cx, product, "input scale times the scale of the slopes")?;
    }
    Some(one(OpKind::Prelu { slopes }, vec![input], output))
}

/// A function whose output may have another scale than its input.
fn rescaling(cx: &mut OpReader<'_, '_>, function: Function) -> Option<Parsed> {
    cx.arity(1, 1)?;
    let (input, output, numbers) = cx.in_out()?;
    if let (Numbers::Int8 { scale, .. }, Some((to, _))) = (numbers, cx.tensor(output).scale_zero())
    {
        ratio(cx, f64::from(scale) / f64::from(to), "the input scale")?;
    }
    Some(one(OpKind::Unary(function), vec![input], output))
}

/// A function whose fixed-point kernel has its output's scale, `1 / steps`, and zero point built in.
fn saturating(
    cx: &mut OpReader<'_, '_>,
    kind: OpKind,
    steps: f64,
    zero_point: i32,
) -> Option<Parsed> {
    cx.arity(1, 1)?;
    let (input, output, numbers) = cx.in_out()?;
    let Some((scale, found)) = cx.tensor(output).scale_zero() else {
        return Some(one(kind, vec![input], output));
    };
    if (f64::from(scale) * steps - 1.0).abs() > 1e-4 || found != zero_point {
        cx.error(
            "bad-quantisation",
            format!(
                "the output has scale {scale} and zero point {found}; it must be 1/{steps} and {zero_point}"
            ),
            "quantise the model again",
        );
        return None;
    }
    if let (Numbers::Int8 { scale, .. }, OpKind::Unary(_)) = (numbers, &kind) {
        // The input is brought to a fixed-point format of 27 fraction bits.
        ratio(cx, f64::from(scale) * f64::from(1 << 27), "the input scale")?;
    }
    Some(one(kind, vec![input], output))
}
