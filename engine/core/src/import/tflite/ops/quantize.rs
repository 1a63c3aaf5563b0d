//! `QUANTIZE` and `DEQUANTIZE`: the model's borders, where floating point turns into int8 and back.

use super::{OpReader, Parsed};
use crate::graph::{DType, OpKind};

const INSIDE: &str =
    "quantise the whole model to int8; only its input and output may be floating point";

pub(in crate::import::tflite) fn read_quantize(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(1, 1)?;
    let (input, output) = (cx.input(0), cx.output());
    let (input, output) = (input?, output?);
    let from = cx.tensor(input).dtype;
    if from != DType::F32 {
        cx.int8(input)?;
    }
    cx.int8(output)?;
    Some((OpKind::Quantize, vec![input]))
}

pub(in crate::import::tflite) fn read_dequantize(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(1, 1)?;
    let (input, output) = (cx.input(0), cx.output());
    let (input, output) = (input?, output?);
    cx.int8(input)?;
    if cx.tensor(output).dtype != DType::F32 {
        let message = format!(
            "turns int8 into {:?} instead of float32",
            cx.tensor(output).dtype
        );
        cx.error("unsupported-type", message, INSIDE);
        return None;
    }
    Some((OpKind::Dequantize, vec![input]))
}
