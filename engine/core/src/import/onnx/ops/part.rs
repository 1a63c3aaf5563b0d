//! Parts of tensors, and tensors put together: `Slice`, `Split`, `Gather`, `Concat`, `Pad`.

use crate::graph::shape::strides;
use crate::graph::shape::text;
use crate::graph::{DType, OpKind, Pad, PadFill, Slice};
use crate::import::onnx::build::{Act, Fact};
use crate::import::onnx::constant::Constant;
use crate::import::onnx::fold;
use crate::import::onnx::layout::Layout;
use crate::import::onnx::node::{Cx, MOST_INTEGERS, Operand, axis_of, common_order};
use crate::import::onnx::problem::{Read, bad_options, bad_shape, unsupported};

/// A part along each axis.
struct Part {
    begin: Vec<usize>,
    stride: Vec<isize>,
    extent: Vec<usize>,
}

impl Part {
    fn whole(shape: &[usize]) -> Self {
        Self {
            begin: vec![0; shape.len()],
            stride: vec![1; shape.len()],
            extent: shape.to_vec(),
        }
    }

    /// Whether it is all of a tensor of `shape`, forwards.
    fn is_all(&self, shape: &[usize]) -> bool {
        self.extent == shape && self.stride.iter().all(|&s| s == 1)
    }
}

pub(in crate::import::onnx) fn read_slice(cx: &mut Cx<'_, '_>) -> Read<()> {
    let operand = cx.operand(0)?;
    let shape = operand.shape();
    let attributes = cx.attributes();
    let list = |cx: &Cx<'_, '_>, i: usize, name: &str| -> Read<Option<Vec<i64>>> {
        if cx.opset >= 10 {
            cx.integers(i)
        } else {
            Ok(attributes.ints(name)?.map(<[i64]>::to_vec))
        }
    };
    let missing = || bad_options("starts or ends are missing");
    let starts = list(cx, 1, "starts")?.ok_or_else(missing)?;
    let ends = list(cx, 2, "ends")?.ok_or_else(missing)?;
    let axes = list(cx, 3, "axes")?;
    let axes = axes.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = if cx.opset >= 10 {
        cx.integers(4)?
    } else {
        None
    };
    let steps = steps.unwrap_or_else(|| vec![1; starts.len()]);
    if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] {
        return Err(bad_options("starts, ends, axes and steps differ in length"));
    }
    let mut part = Part::whole(&shape);
    for (i, &axis) in axes.iter().enumerate() {
        let axis = axis_of(axis, shape.len())?;
        let whole = shape[axis] as i64;
        // Steps beyond the axis all mean the same.
        let step = steps[i].clamp(-whole, whole);
        let (begin, extent) = span(whole, starts[i], ends[i], step)?;
        part.begin[axis] = begin;
        part.stride[axis] = step as isize;
        part.extent[axis] = extent;
    }
    slice(cx, 0, &operand, &part)
}

/// First index and number of indices of a slice along an axis of `extent`; the specification clamps what lies outside.
fn span(extent: i64, start: i64, end: i64, step: i64) -> Read<(usize, usize)> {
    let counted = |i: i64| if i < 0 { i.saturating_add(extent) } else { i };
    let (start, end) = (counted(start), counted(end));
    let (begin, count) = match step {
        0 => return Err(bad_options("a step is 0")),
        1.. => {
            let begin = start.clamp(0, extent);
            let end = end.clamp(0, extent);
            (
                begin,
                (end - begin)
                    .max(0)
                    .unsigned_abs()
                    .div_ceil(step.unsigned_abs()),
            )
        }
        _ => {
            let begin = start.clamp(0, extent - 1);
            let end = end.clamp(-1, extent - 1);
            (
                begin,
                (begin - end)
                    .max(0)
                    .unsigned_abs()
                    .div_ceil(step.unsigned_abs()),
            )
        }
    };
    if count == 0 {
        return Err(bad_shape("the slice is empty"));
    }
    Ok((begin as usize, count as usize))
}

/// Hands on a part of `operand` as result `i`.
fn slice(cx: &mut Cx<'_, '_>, i: usize, operand: &Operand, part: &Part) -> Read<()> {
    let shape = operand.shape();
    match operand {
        Operand::Constant(constant) => {
            let constant = constant_part(constant, part)?;
            cx.build.charge(constant.data.bytes())?;
            cx.set(i, Fact::Constant(constant));
        }
        Operand::Act(act) if part.is_all(&shape) => {
            let act = Act {
                exclusive: false,
                ..act.clone()
            };
            cx.set(i, Fact::Act(act));
        }
        Operand::Act(act) => {
            let order = common_order(&[act]);
            let input = cx.build.arrange(act, &order)?;
            let kind = OpKind::Slice(Slice {
                begin: order.iter().map(|&axis| part.begin[axis]).collect(),
                stride: order.iter().map(|&axis| part.stride[axis]).collect(),
                extent: order.iter().map(|&axis| part.extent[axis]).collect(),
            });
            let output = cx.build.emit(cx.name(i), kind, vec![input])?;
            cx.set_tensor(i, output, Layout::ordered(&part.extent, &order));
        }
    }
    Ok(())
}

fn constant_part(constant: &Constant, part: &Part) -> Read<Constant> {
    let own = strides(&constant.shape);
    let mut steps = Vec::with_capacity(own.len());
    for (&step, &stride) in own.iter().zip(&part.stride) {
        let stride = usize::try_from(stride);
        let stride = stride.map_err(|_| {
            unsupported(
                "a constant is sliced backwards",
                "fold constants before export",
            )
        })?;
        steps.push(step.saturating_mul(stride));
    }
    let first = own.iter().zip(&part.begin).map(|(s, b)| s * b).sum();
    let constant = if constant.quant.as_ref().is_some_and(|q| q.scales.len() > 1) {
        constant.real()?
    } else {
        constant.clone()
    };
    Ok(constant.walked(&part.extent, &steps, first))
}

pub(in crate::import::onnx) fn read_split(cx: &mut Cx<'_, '_>) -> Read<()> {
    let operand = cx.operand(0)?;
    let shape = operand.shape();
    let attributes = cx.attributes();
    let axis = axis_of(attributes.int_or("axis", 0)?, shape.len())?;
    let given = if cx.opset >= 13 {
        cx.integers(1)?
    } else {
        attributes.ints("split")?.map(<[i64]>::to_vec)
    };
    let count = cx.outputs.len();
    let sizes: Vec<usize> = if let Some(list) = given {
        let sizes: Option<Vec<usize>> = list.iter().map(|&n| usize::try_from(n).ok()).collect();
        sizes.ok_or_else(|| bad_options("a part has a negative size"))?
    } else {
        // The last part is what remains.
        let size = shape[axis].div_ceil(count.max(1));
        (0..count)
            .map(|i| size.min(shape[axis].saturating_sub(i * size)))
            .collect()
    };
    let total = sizes.iter().try_fold(0_usize, |n, &d| n.checked_add(d));
    if sizes.len() != count || total != Some(shape[axis]) || sizes.contains(&0) {
        return Err(bad_shape(format!(
            "{} does not split into {count} parts along axis {axis} as asked for",
            text(&shape)
        )));
    }
    let mut begin = 0;
    for (i, size) in sizes.into_iter().enumerate() {
        let mut part = Part::whole(&shape);
        (part.begin[axis], part.extent[axis]) = (begin, size);
        begin += size;
        slice(cx, i, &operand, &part)?;
    }
    Ok(())
}

/// A computed value can be gathered from where the indices count up or down evenly; a constant at any indices.
pub(in crate::import::onnx) fn read_gather(cx: &mut Cx<'_, '_>) -> Read<()> {
    let (operand, indices) = (cx.operand(0)?, cx.constant(1)?);
    let shape = operand.shape();
    let axis = axis_of(cx.attributes().int_or("axis", 0)?, shape.len())?;
    if indices.elements() > MOST_INTEGERS {
        return Err(unsupported(
            "gathers more elements than a list has",
            "fold constants before export",
        ));
    }
    let whole = indices
        .whole()
        .ok_or_else(|| bad_shape("indices are no whole numbers"))?;
    let whole = whole.iter().map(|&index| axis_of(index, shape[axis]));
    let whole = whole.collect::<Read<Vec<usize>>>()?;
    let result = [&shape[..axis], &indices.shape[..], &shape[axis + 1..]].concat();
    let act = match operand {
        Operand::Constant(constant) => {
            let constant = if constant.quant.is_some() {
                constant.real()?
            } else {
                constant
            };
            let gathered = fold::gather(&constant, axis, &whole)?;
            cx.build.charge(gathered.data.bytes())?;
            let gathered = gathered.reshaped(&result)?;
            cx.set(0, Fact::Constant(gathered));
            return Ok(());
        }
        Operand::Act(act) => act,
    };
    let step = match whole[..] {
        [] => return Err(bad_shape("no index is given")),
        [_] => 1,
        [a, b, ..] => b as isize - a as isize,
    };
    let even = whole
        .windows(2)
        .all(|w| w[1] as isize - w[0] as isize == step);
    if !even || step == 0 {
        return Err(unsupported(
            "a computed value is gathered at irregular indices",
            "use Slice or Split",
        ));
    }
    let mut part = Part::whole(&shape);
    (part.begin[axis], part.stride[axis], part.extent[axis]) = (whole[0], step, whole.len());
    slice(cx, 0, &Operand::Act(act), &part)?;
    // The axis takes the shape of the indices.
    if let Some(&Some(value)) = cx.outputs.first()
        && let Fact::Act(act) = &cx.values.facts[value]
    {
        let layout = act.layout.reshaped(&result);
        let layout = layout.ok_or_else(|| bad_shape("the result lies in pieces"))?;
        let act = Act {
            layout,
            ..act.clone()
        };
        cx.set(0, Fact::Act(act));
    }
    Ok(())
}

pub(in crate::import::onnx) fn read_concat(cx: &mut Cx<'_, '_>) -> Read<()> {
    let operands = (0..cx.inputs.len()).map(|i| cx.operand(i));
    let operands = operands.collect::<Read<Vec<_>>>()?;
    let (tensor, layout) = match concat(cx, &operands)? {
        Joined::Constant(constant) => {
            cx.build.charge(constant.data.bytes())?;
            cx.set(0, Fact::Constant(constant));
            return Ok(());
        }
        Joined::Act(tensor, layout) => (tensor, layout),
    };
    cx.set_tensor(0, tensor, layout);
    Ok(())
}

/// The result of joining.
pub(super) enum Joined {
    Constant(Constant),
    Act(crate::graph::TensorId, Layout),
}

/// Emits a concatenation, or folds it.
pub(super) fn concat(cx: &mut Cx<'_, '_>, operands: &[Operand]) -> Read<Joined> {
    let [first, ..] = operands else {
        return Err(bad_shape("the operator has no operand"));
    };
    let mut shape = first.shape();
    let axis = cx
        .attributes()
        .int("axis")?
        .ok_or_else(|| bad_options("axis is missing"))?;
    let axis = axis_of(axis, shape.len())?;
    let (mut acts, mut constants) = (Vec::new(), Vec::new());
    for operand in operands {
        match operand {
            Operand::Act(act) => acts.push(act),
            Operand::Constant(constant) => constants.push(constant.clone()),
        }
    }
    let Some(one) = acts.first() else {
        return fold::concatenate(&constants, axis).map(Joined::Constant);
    };
    if acts.iter().any(|act| act.shape().len() != shape.len()) {
        return Err(bad_shape("the operands differ in their number of axes"));
    }
    let like = cx.build.tensor(one.tensor).clone();
    let differs = |act: &&Act| {
        let tensor = cx.build.tensor(act.tensor);
        (tensor.dtype, &tensor.quant) != (like.dtype, &like.quant)
    };
    if acts.iter().any(differs) || (like.dtype != DType::F32 && !constants.is_empty()) {
        return Err(unsupported(
            "codes with different scales are joined",
            "quantise the model in QDQ form, or with QLinearConcat",
        ));
    }
    let order = common_order(&acts);
    let mut inputs = Vec::with_capacity(operands.len());
    for (i, operand) in operands.iter().enumerate() {
        inputs.push(match operand {
            Operand::Act(act) => cx.build.arrange(act, &order)?,
            Operand::Constant(constant) if constant.shape.len() == shape.len() => {
                let constant = if constant.is_real() {
                    constant.clone()
                } else {
                    constant.real()?
                };
                cx.build
                    .constant(cx.input_name(i), &constant.transposed(&order))?
            }
            Operand::Constant(_) => {
                return Err(bad_shape("the operands differ in their number of axes"));
            }
        });
    }
    let along = order.iter().position(|&a| a == axis).unwrap_or(axis);
    let kind = OpKind::Concatenation { axis: along };
    let output = cx
        .build
        .emit_as(cx.name(0), kind, inputs, like.dtype, like.quant)?;
    shape[axis] = cx.build.tensor(output).shape[along];
    Ok(Joined::Act(output, Layout::ordered(&shape, &order)))
}

pub(in crate::import::onnx) fn read_pad(cx: &mut Cx<'_, '_>) -> Read<()> {
    let x = cx.real(0)?;
    let shape = x.shape();
    let attributes = cx.attributes();
    let (pads, value) = if cx.opset >= 11 {
        let value = if cx.has(2) {
            cx.constant(2)?.scalar()?
        } else {
            0.0
        };
        (cx.integers(1)?, value)
    } else {
        let pads = attributes.ints("pads")?.map(<[i64]>::to_vec);
        (pads, attributes.float_or("value", 0.0)?)
    };
    let pads = pads.ok_or_else(|| bad_options("pads are missing"))?;
    let axes: Vec<usize> = match cx.integers(3)? {
        Some(list) => list
            .iter()
            .map(|&axis| axis_of(axis, shape.len()))
            .collect::<Read<_>>()?,
        None => (0..shape.len()).collect(),
    };
    if pads.len() != 2 * axes.len() {
        return Err(bad_options(format!(
            "{} pads for {} axes",
            pads.len(),
            axes.len()
        )));
    }
    let mut amounts = vec![[0; 2]; shape.len()];
    for (i, &axis) in axes.iter().enumerate() {
        for (side, &pad) in [pads[i], pads[i + axes.len()]].iter().enumerate() {
            amounts[axis][side] = usize::try_from(pad).map_err(|_| {
                unsupported("a negative pad crops the tensor", "crop with Slice instead")
            })?;
        }
    }
    if amounts.as_flattened().iter().all(|&n| n == 0) {
        let layout = x.layout.clone();
        cx.set_view(&x, layout);
        return Ok(());
    }
    let fill = match attributes.word_or("mode", "constant")? {
        "constant" if value == 0.0 => PadFill::Zero,
        "constant" if value.is_finite() => PadFill::Constant(value),
        "constant" => {
            return Err(unsupported(
                "padding with infinity cannot be quantised",
                "let MaxPool pad by itself",
            ));
        }
        "reflect" => PadFill::Reflect,
        _ => {
            return Err(unsupported(
                "only the modes constant and reflect can be run",
                "pad with a constant, or reflect",
            ));
        }
    };
    let order = common_order(&[&x]);
    let input = cx.build.arrange(&x, &order)?;
    let kind = OpKind::Pad(Pad {
        amounts: order.iter().map(|&axis| amounts[axis]).collect(),
        fill,
    });
    let output = cx.build.emit(cx.name(0), kind, vec![input])?;
    let padded = order.iter().zip(&cx.build.tensor(output).shape);
    let mut result = shape;
    for (&axis, &extent) in padded {
        result[axis] = extent;
    }
    cx.set_tensor(0, output, Layout::ordered(&result, &order));
    Ok(())
}
