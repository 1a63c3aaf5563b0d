//! Operators that compute nothing: other shapes, other orders of axes, copies; and constants made of shapes.

use crate::format::onnx::tensor_proto::DataType;
use crate::graph::Data;
use crate::graph::shape::text;
use crate::import::onnx::build::Fact;
use crate::import::onnx::constant::Constant;
use crate::import::onnx::fold;
use crate::import::onnx::initializer::{self, Beside};
use crate::import::onnx::layout::Layout;
use crate::import::onnx::node::{Cx, Operand, axis_of};
use crate::import::onnx::problem::{Read, bad_options, bad_shape, unsupported};

pub(in crate::import::onnx) fn read_reshape(cx: &mut Cx<'_, '_>) -> Read<()> {
    let given = cx
        .integers(1)?
        .ok_or_else(|| bad_shape("the new shape is missing"))?;
    let zero_is_zero = cx.attributes().flag("allowzero")?;
    let shape = cx.operand(0)?.shape();
    let target = resolve(&shape, &given, zero_is_zero)?;
    reshape(cx, &target)
}

/// A target with 0 for "as it was" and at most one −1 for "what remains".
fn resolve(shape: &[usize], given: &[i64], zero_is_zero: bool) -> Read<Vec<usize>> {
    let words = || {
        let list: Vec<String> = given.iter().map(i64::to_string).collect();
        bad_shape(format!(
            "{} cannot become [{}]",
            text(shape),
            list.join(", ")
        ))
    };
    let mut target = Vec::with_capacity(given.len());
    let mut open = None;
    for (axis, &extent) in given.iter().enumerate() {
        target.push(match extent {
            0 if !zero_is_zero => *shape.get(axis).ok_or_else(words)?,
            -1 if open.is_none() => {
                open = Some(axis);
                1
            }
            _ => usize::try_from(extent).map_err(|_| words())?,
        });
    }
    let total: usize = shape.iter().product();
    let fixed = target.iter().try_fold(1_usize, |n, &d| n.checked_mul(d));
    let fixed = fixed.ok_or_else(words)?;
    if let Some(axis) = open {
        target[axis] = total.checked_div(fixed).ok_or_else(words)?;
    }
    if target.iter().try_fold(1_usize, |n, &d| n.checked_mul(d)) == Some(total) {
        Ok(target)
    } else {
        Err(words())
    }
}

/// Operand 0 with another shape of as many elements, as result 0.
fn reshape(cx: &mut Cx<'_, '_>, target: &[usize]) -> Read<()> {
    match cx.operand(0)? {
        Operand::Constant(constant) => {
            let constant = constant.reshaped(target)?;
            cx.set(0, Fact::Constant(constant));
        }
        Operand::Act(act) => {
            if let Some(layout) = act.layout.reshaped(target) {
                cx.set_view(&act, layout);
                return Ok(());
            }
            let shape = act.shape();
            if shape.iter().product::<usize>() != target.iter().product::<usize>() {
                return Err(bad_shape(format!(
                    "{} cannot become {}",
                    text(&shape),
                    text(target)
                )));
            }
            let written: Vec<usize> = (0..shape.len()).collect();
            let tensor = cx.build.arrange(&act, &written)?;
            cx.set_tensor(0, tensor, Layout::row_major(target));
        }
    }
    Ok(())
}

pub(in crate::import::onnx) fn read_flatten(cx: &mut Cx<'_, '_>) -> Read<()> {
    let shape = cx.operand(0)?.shape();
    let axis = cx.attributes().int_or("axis", 1)?;
    let axis = if axis == shape.len() as i64 {
        shape.len()
    } else {
        axis_of(axis, shape.len())?
    };
    let product = |part: &[usize]| part.iter().product();
    reshape(cx, &[product(&shape[..axis]), product(&shape[axis..])])
}

/// Axes are an operand from operator set 13 on, an attribute before.
fn axes(cx: &Cx<'_, '_>) -> Read<Option<Vec<i64>>> {
    if cx.opset >= 13 {
        cx.integers(1)
    } else {
        Ok(cx.attributes().ints("axes")?.map(<[i64]>::to_vec))
    }
}

pub(in crate::import::onnx) fn read_squeeze(cx: &mut Cx<'_, '_>) -> Read<()> {
    let shape = cx.operand(0)?.shape();
    let gone: Vec<usize> = match axes(cx)? {
        Some(list) => list
            .iter()
            .map(|&axis| axis_of(axis, shape.len()))
            .collect::<Read<_>>()?,
        None => (0..shape.len()).filter(|&axis| shape[axis] == 1).collect(),
    };
    if let Some(axis) = gone.iter().find(|&&axis| shape[axis] != 1) {
        return Err(bad_shape(format!(
            "axis {axis} of {} is not 1",
            text(&shape)
        )));
    }
    let kept = (0..shape.len()).filter(|axis| !gone.contains(axis));
    let target: Vec<usize> = kept.map(|axis| shape[axis]).collect();
    reshape(cx, &target)
}

pub(in crate::import::onnx) fn read_unsqueeze(cx: &mut Cx<'_, '_>) -> Read<()> {
    let shape = cx.operand(0)?.shape();
    let list = axes(cx)?.ok_or_else(|| bad_options("axes are missing"))?;
    let rank = shape.len() + list.len();
    let new = list.iter().map(|&axis| axis_of(axis, rank));
    let new = new.collect::<Read<Vec<usize>>>()?;
    let mut old = shape.iter();
    let target = (0..rank).map(|axis| {
        if new.contains(&axis) {
            Some(1)
        } else {
            old.next().copied()
        }
    });
    let target: Option<Vec<usize>> = target.collect();
    match target {
        Some(target) if old.next().is_none() => reshape(cx, &target),
        _ => Err(bad_options("an axis is listed twice")),
    }
}

pub(in crate::import::onnx) fn read_transpose(cx: &mut Cx<'_, '_>) -> Read<()> {
    let operand = cx.operand(0)?;
    let rank = operand.shape().len();
    let permutation = match cx.attributes().ints("perm")? {
        None => (0..rank).rev().collect(),
        Some(list) => {
            let axes = list.iter().map(|&axis| axis_of(axis, rank));
            axes.collect::<Read<Vec<usize>>>()?
        }
    };
    let mut seen = permutation.clone();
    seen.sort_unstable();
    if !seen.into_iter().eq(0..rank) {
        return Err(bad_options(format!(
            "perm is not a permutation of {rank} axes"
        )));
    }
    match operand {
        Operand::Constant(constant) => {
            let constant = constant.transposed(&permutation);
            cx.build.charge(constant.data.bytes())?;
            cx.set(0, Fact::Constant(constant));
        }
        Operand::Act(act) => {
            let layout = act.layout.transposed(&permutation);
            cx.set_view(&act, layout);
        }
    }
    Ok(())
}

/// `Identity`, and `Dropout` as it is after training.
pub(in crate::import::onnx) fn read_identity(cx: &mut Cx<'_, '_>) -> Read<()> {
    match cx.operand(0)? {
        Operand::Constant(constant) => cx.set(0, Fact::Constant(constant)),
        Operand::Act(act) => {
            let layout = act.layout.clone();
            cx.set_view(&act, layout);
        }
    }
    Ok(())
}

pub(in crate::import::onnx) fn read_dropout(cx: &mut Cx<'_, '_>) -> Read<()> {
    let training = cx.has(2)
        && cx
            .integers(2)?
            .is_some_and(|v| v.first().is_some_and(|&v| v != 0));
    if training {
        return Err(unsupported(
            "the network is in training mode",
            "export the model in evaluation mode",
        ));
    }
    read_identity(cx)
}

pub(in crate::import::onnx) fn read_cast(cx: &mut Cx<'_, '_>) -> Read<()> {
    let to = cx.attributes().int_or("to", 0)?;
    let to = i32::try_from(to)
        .ok()
        .and_then(|t| DataType::try_from(t).ok());
    let real = matches!(
        to,
        Some(DataType::Float | DataType::Float16 | DataType::Bfloat16 | DataType::Double)
    );
    match (cx.operand(0)?, to) {
        (Operand::Constant(constant), Some(to)) => {
            let constant = cast(&constant, to, real)?;
            cx.build.charge(constant.data.bytes())?;
            cx.set(0, Fact::Constant(constant));
            Ok(())
        }
        (Operand::Act(act), Some(_)) if real => {
            cx.check_real(&act)?;
            let layout = act.layout.clone();
            cx.set_view(&act, layout);
            Ok(())
        }
        _ => Err(unsupported(
            "casts of computed values to whole numbers cannot be run",
            "quantise with QuantizeLinear instead",
        )),
    }
}

fn cast(constant: &Constant, to: DataType, real: bool) -> Read<Constant> {
    fold::bounded(&constant.shape)?;
    let shape = &constant.shape;
    if let Some(whole) = constant.whole() {
        let data = match to {
            _ if real => Data::F32(whole.iter().map(|&x| x as f32).collect()),
            DataType::Int8 => Data::I8(whole.iter().map(|&x| x as i8).collect()),
            DataType::Uint8 => Data::U8(whole.iter().map(|&x| x as u8).collect()),
            DataType::Bool => Data::U8(whole.iter().map(|&x| u8::from(x != 0)).collect()),
            DataType::Int32 => Data::I32(whole.iter().map(|&x| x as i32).collect()),
            _ => Data::I64(whole.into()),
        };
        return Ok(Constant::new(shape, data));
    }
    if real {
        return Ok(constant.clone());
    }
    let whole = constant.floats()?.iter().map(|&x| x as i64).collect();
    Ok(Constant::new(shape, Data::I64(whole)))
}

pub(in crate::import::onnx) fn read_shape(cx: &mut Cx<'_, '_>) -> Read<()> {
    let shape = cx.operand(0)?.shape();
    let rank = shape.len() as i64;
    let place = |name: &str, default: i64| -> Read<usize> {
        let at = cx.attributes().int_or(name, default)?;
        let at = if at < 0 { at.saturating_add(rank) } else { at };
        Ok(at.clamp(0, rank) as usize)
    };
    let (start, end) = (place("start", 0)?, place("end", rank)?);
    let part = shape.get(start..end).unwrap_or_default();
    let constant = Constant::integers(part.iter().map(|&d| d as i64).collect());
    cx.set(0, Fact::Constant(constant));
    Ok(())
}

pub(in crate::import::onnx) fn read_constant(cx: &mut Cx<'_, '_>) -> Read<()> {
    let attributes = cx.attributes();
    let constant = if let Some(tensor) = attributes.tensor("value")? {
        initializer::read(tensor, &tensor.raw_data, &mut Beside::new(None))?
    } else if let Some(value) = attributes.float("value_float")? {
        Constant::reals(&[], vec![value])
    } else if let Some(values) = attributes.floats("value_floats")? {
        Constant::reals(&[values.len()], values.to_vec())
    } else if let Some(value) = attributes.int("value_int")? {
        Constant::integers(vec![value]).reshaped(&[])?
    } else if let Some(values) = attributes.ints("value_ints")? {
        Constant::integers(values.to_vec())
    } else {
        return Err(unsupported(
            "the constant is sparse or made of strings",
            "export the model with dense constants",
        ));
    };
    cx.build.charge(constant.data.bytes())?;
    cx.set(0, Fact::Constant(constant));
    Ok(())
}

pub(in crate::import::onnx) fn read_constant_of_shape(cx: &mut Cx<'_, '_>) -> Read<()> {
    let given = cx
        .integers(0)?
        .ok_or_else(|| bad_shape("the shape is missing"))?;
    let shape: Option<Vec<usize>> = given.iter().map(|&d| usize::try_from(d).ok()).collect();
    let shape = shape.ok_or_else(|| bad_shape("the shape has a negative extent"))?;
    let elements = fold::bounded(&shape)?;
    let value = match cx.attributes().tensor("value")? {
        Some(tensor) => initializer::read(tensor, &tensor.raw_data, &mut Beside::new(None))?,
        None => Constant::reals(&[1], vec![0.0]),
    };
    if value.elements() != 1 {
        return Err(bad_options("value is not one number"));
    }
    let steps = vec![0; shape.len()];
    let constant = value.walked(&shape, &steps, 0);
    debug_assert_eq!(constant.elements(), elements);
    cx.build.charge(constant.data.bytes())?;
    cx.set(0, Fact::Constant(constant));
    Ok(())
}
