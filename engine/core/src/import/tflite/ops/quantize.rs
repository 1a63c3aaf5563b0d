//! `QUANTIZE` and `DEQUANTIZE`: where floating point turns into int8 and back.

use super::rules::{Numbers, ratio};
use super::{OpReader, Parsed, one};
use crate::graph::{DType, OpKind};

const REMEDY: &str = "quantise the whole model to int8; int16 and other types cannot be run";

pub(in crate::import::tflite) fn read_quantize(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(1, 1)?;
    let (input, output) = (cx.input(0), cx.output(0));
    let (input, output) = (input?, output?);
    let (from, to) = (cx.numbers(input), cx.numbers(output));
    let (from, to) = (from?, to?);
    match (from, to) {
        (_, Numbers::Float) => {
            let message = "turns its input into float32 instead of int8";
            cx.error("unsupported-type", message, REMEDY);
            return None;
        }
        (Numbers::Int8 { scale: from, .. }, Numbers::Int8 { scale: to, .. }) => {
            ratio(cx, f64::from(from) / f64::from(to), "the input scale")?;
        }
        (Numbers::Float, Numbers::Int8 { .. }) => {}
    }
    Some(one(OpKind::Quantize, vec![input], output))
}

pub(in crate::import::tflite) fn read_dequantize(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(1, 1)?;
    let (input, output) = (cx.input(0), cx.output(0));
    let (input, output) = (input?, output?);
    // float16 weights are float32 by now; int8 ones may have a scale per channel.
    if !cx.tensor(input).is_constant() {
        let from = cx.numbers(input)?;
        if from.is_float() {
            let message = "turns float32 into float32";
            cx.error("unsupported-type", message, REMEDY);
            return None;
        }
    }
    if cx.tensor(output).dtype != DType::F32 {
        let message = format!(
            "turns its input into {:?} instead of float32",
            cx.tensor(output).dtype
        );
        cx.error("unsupported-type", message, REMEDY);
        return None;
    }
    Some(one(OpKind::Dequantize, vec![input], output))
}
