//! `QuantizeLinear` and `DequantizeLinear`, and the scales and zero points of all quantised operators.

use crate::format::onnx::tensor_proto::DataType;
use crate::graph::shape::strides;
use crate::graph::{DType, Data, OpKind, Quantization, TensorId};
use crate::import::onnx::build::{Act, Fact};
use crate::import::onnx::constant::Constant;
use crate::import::onnx::layout::Layout;
use crate::import::onnx::node::{Cx, MOST_INTEGERS, Operand, axis_of};
use crate::import::onnx::problem::{Read, bad_shape, problem, unsupported};

const AGAIN: &str = "quantise the model again, to int8 or uint8";

/// Scale and zero point as two operands give them, and whether the codes are unsigned in the file. Zero points of
/// unsigned codes are lowered by 128 here, as the codes are.
pub(super) struct Scales {
    pub quant: Quantization,
    unsigned: bool,
}

/// Reads operands `scale` and `zero` (which may be left out); `default` is the type of codes without a zero point.
pub(super) fn scales(
    cx: &Cx<'_, '_>,
    scale: usize,
    zero: usize,
    axis: usize,
    default: DType,
) -> Read<Scales> {
    if cx.attributes().int_or("block_size", 0)? != 0 {
        return Err(unsupported("scales per block cannot be run", AGAIN));
    }
    let bad = |message: &str| problem("bad-quantisation", message, AGAIN);
    let given = cx.constant(scale)?;
    if given.elements() > MOST_INTEGERS
        || (cx.has(zero) && cx.constant(zero)?.elements() > MOST_INTEGERS)
    {
        return Err(bad("there are more scales than channels"));
    }
    let scales = given.floats()?;
    if scales.is_empty() || scales.iter().any(|s| !s.is_finite() || *s <= 0.0) {
        return Err(bad("a scale is zero, negative or not finite"));
    }
    let (points, dtype) = if cx.has(zero) {
        let constant = cx.constant(zero)?;
        let points = constant
            .whole()
            .ok_or_else(|| bad("a zero point is no whole number"))?;
        (points, constant.dtype())
    } else {
        (vec![0; scales.len()], default)
    };
    let unsigned = dtype == DType::U8;
    let shift = if unsigned { 128 } else { 0 };
    let points: Option<Vec<i32>> = points
        .iter()
        .map(|&z| i32::try_from(z - shift).ok())
        .collect();
    let mut points = points.ok_or_else(|| bad("a zero point is impossibly large"))?;
    if points.len() == 1 {
        points.resize(scales.len(), points[0]);
    }
    let range = match dtype {
        DType::I8 | DType::U8 => -128..=127,
        DType::I32 => 0..=0,
        _ => {
            return Err(unsupported(
                format!("codes of type {dtype:?} cannot be run"),
                AGAIN,
            ));
        }
    };
    if points.len() != scales.len() || !points.iter().all(|z| range.contains(z)) {
        return Err(bad(
            "the zero points do not fit the scales or the type of the codes",
        ));
    }
    let quant = Quantization {
        scales,
        zero_points: points,
        axis,
    };
    Ok(Scales { quant, unsigned })
}

/// Operand `i` as real numbers: constant codes with their scales, or a dequantised tensor.
pub(super) fn dequantized(
    cx: &mut Cx<'_, '_>,
    i: usize,
    scale: usize,
    zero: usize,
    axis: i64,
) -> Read<Operand> {
    let operand = cx.operand(i)?;
    let rank = operand.shape().len();
    match operand {
        Operand::Constant(constant) => {
            let default = constant.dtype();
            let axis = scale_axis(cx, scale, axis, rank)?;
            let found = scales(cx, scale, zero, axis, default)?;
            Ok(Operand::Constant(with_scales(constant, found.quant)?))
        }
        Operand::Act(act) => {
            let found = scales(cx, scale, zero, 0, DType::U8)?;
            if found.quant.scales.len() != 1 {
                return Err(unsupported(
                    "activations with a scale per channel cannot be run",
                    AGAIN,
                ));
            }
            claim(cx, act.tensor, &found.quant)?;
            let name = cx.name(0);
            let tensor = cx.build.emit(name, OpKind::Dequantize, vec![act.tensor])?;
            let layout = act.layout;
            Ok(Operand::Act(Act {
                tensor,
                layout,
                exclusive: true,
            }))
        }
    }
}

/// The axis of scales; of no meaning, and not checked, for a single one.
fn scale_axis(cx: &Cx<'_, '_>, scale: usize, axis: i64, rank: usize) -> Read<usize> {
    if cx.constant(scale)?.elements() == 1 {
        Ok(0)
    } else {
        axis_of(axis, rank)
    }
}

/// Constant codes that stand for real numbers from now on.
fn with_scales(constant: Constant, quant: Quantization) -> Read<Constant> {
    let count = quant.scales.len();
    if count > 1 && constant.shape.get(quant.axis) != Some(&count) {
        return Err(bad_shape(format!(
            "{count} scales do not fit the axis they are for"
        )));
    }
    let mut codes = constant.lowered();
    if !matches!(codes.data, Data::I8(_) | Data::I32(_)) {
        return Err(unsupported(
            format!("codes of type {:?} cannot be run", codes.dtype()),
            AGAIN,
        ));
    }
    codes.quant = Some(quant);
    Ok(codes)
}

/// Notes the scale of a tensor of codes; codes that come into the network have none until something reads them.
fn claim(cx: &mut Cx<'_, '_>, tensor: TensorId, quant: &Quantization) -> Read<()> {
    let mut id = tensor;
    loop {
        let found = &mut cx.build.tensors[id.0 as usize];
        match (&found.quant, found.dtype) {
            (_, dtype) if dtype != DType::I8 => {
                return Err(bad_shape("the operand is no tensor of codes"));
            }
            (Some(known), _) if known == quant => return Ok(()),
            (Some(_), _) => {
                return Err(unsupported(
                    "codes are read with another scale than they were written with",
                    AGAIN,
                ));
            }
            (None, _) => found.quant = Some(quant.clone()),
        }
        let before = cx.build.producers[id.0 as usize].map(|op| cx.build.ops[op].inputs[0]);
        match before {
            Some(before) => id = before,
            None => return Ok(()),
        }
    }
}

/// Hands on real numbers as codes, as result 0.
pub(super) fn quantized(
    cx: &mut Cx<'_, '_>,
    tensor: TensorId,
    layout: Layout,
    found: Scales,
) -> Read<()> {
    if found.quant.scales.len() != 1 {
        return Err(unsupported(
            "activations with a scale per channel cannot be run",
            AGAIN,
        ));
    }
    let kind = OpKind::Quantize;
    let quant = Some(found.quant);
    let output = cx
        .build
        .emit_as(cx.name(0), kind, vec![tensor], DType::I8, quant)?;
    cx.set_tensor(0, output, layout);
    Ok(())
}

pub(in crate::import::onnx) fn read_quantize(cx: &mut Cx<'_, '_>) -> Read<()> {
    let default = match cx.attributes().int_or("output_dtype", 0)? {
        0 => DType::U8,
        t if t == DataType::Uint8 as i64 => DType::U8,
        t if t == DataType::Int8 as i64 => DType::I8,
        _ => {
            return Err(unsupported(
                "codes other than int8 and uint8 cannot be run",
                AGAIN,
            ));
        }
    };
    match cx.operand(0)? {
        Operand::Act(act) => {
            cx.check_real(&act)?;
            let found = scales(cx, 1, 2, 0, default)?;
            quantized(cx, act.tensor, act.layout, found)
        }
        Operand::Constant(constant) => {
            let axis = cx.attributes().int_or("axis", 1)?;
            let axis = scale_axis(cx, 1, axis, constant.shape.len())?;
            let found = scales(cx, 1, 2, axis, default)?;
            let codes = codes(&constant, &found)?;
            cx.build.charge(codes.data.bytes())?;
            cx.set(0, Fact::Constant(codes));
            Ok(())
        }
    }
}

/// Constant real numbers as codes: rounded half to even, as the specification has it.
fn codes(constant: &Constant, found: &Scales) -> Read<Constant> {
    let values = constant.floats()?;
    let quant = &found.quant;
    let count = quant.scales.len();
    if count > 1 && constant.shape.get(quant.axis) != Some(&count) {
        return Err(bad_shape(format!(
            "{count} scales do not fit the axis they are for"
        )));
    }
    let stride = strides(&constant.shape)
        .get(quant.axis)
        .copied()
        .unwrap_or(1);
    let code = |(index, x): (usize, &f32)| {
        let c = if count == 1 {
            0
        } else {
            index / stride % count
        };
        let code = (x / quant.scales[c]).round_ties_even() as i32;
        code.saturating_add(quant.zero_points[c]).clamp(-128, 127) as i8
    };
    let codes = values.iter().enumerate().map(code);
    let data = if found.unsigned {
        Data::U8(codes.map(|c| c as u8 ^ 0x80).collect())
    } else {
        Data::I8(codes.collect())
    };
    Ok(Constant::new(&constant.shape, data))
}

pub(in crate::import::onnx) fn read_dequantize(cx: &mut Cx<'_, '_>) -> Read<()> {
    let axis = cx.attributes().int_or("axis", 1)?;
    let fact = match dequantized(cx, 0, 1, 2, axis)? {
        Operand::Constant(constant) => {
            cx.build.charge(constant.data.bytes())?;
            Fact::Constant(constant)
        }
        Operand::Act(act) => Fact::Act(act),
    };
    cx.set(0, fact);
    Ok(())
}
