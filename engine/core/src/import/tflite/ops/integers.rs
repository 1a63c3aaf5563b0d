//! Arithmetic on constant integers, as exporters use it to compute shapes: `SHAPE`, `CAST`, `GATHER`, `REDUCE_PROD`,
//! and the element-wise operators. All of it is done at import; nothing of it reaches the graph.

use super::reduce;
use super::reshape::becomes;
use super::{OpReader, Parsed, REPAIR};
use crate::graph::shape::broadcast;
use crate::graph::{DType, Data, TensorId};

/// Elements of an integer constant that are computed at import at most: shapes are short.
const MAX_ELEMENTS: usize = 4_096;

/// An element-wise function of two integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::import::tflite) enum Arithmetic {
    Add,
    Sub,
    Mul,
    Maximum,
    Minimum,
}

impl Arithmetic {
    fn of(self, a: i64, b: i64) -> i64 {
        match self {
            Self::Add => a.wrapping_add(b),
            Self::Sub => a.wrapping_sub(b),
            Self::Mul => a.wrapping_mul(b),
            Self::Maximum => a.max(b),
            Self::Minimum => a.min(b),
        }
    }
}

/// Whether `id` is a constant of int32 or int64.
pub(super) fn are_integers(cx: &OpReader<'_, '_>, id: TensorId) -> bool {
    matches!(cx.tensor(id).data, Some(Data::I32(_) | Data::I64(_)))
}

pub(in crate::import::tflite) fn read_shape(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(1, 1)?;
    let (input, output) = (cx.input(0), cx.output(0));
    let (input, output) = (input?, output?);
    let shape: Vec<i64> = cx.shape(input).iter().map(|&d| d as i64).collect();
    let rank = shape.len();
    define(cx, output, &[rank], &shape)
}

pub(in crate::import::tflite) fn read_cast(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(1, 1)?;
    let (input, output) = (cx.input(0), cx.output(0));
    let (input, output) = (input?, output?);
    let values = constant(cx, input)?;
    let shape = cx.shape(input).to_vec();
    define(cx, output, &shape, &values)
}

pub(in crate::import::tflite) fn read_gather(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(2, 2)?;
    let options = cx.op.builtin_options_as_gather_options();
    let options = cx.optional(options, "GatherOptions").ok()?;
    let (input, indices, output) = (cx.input(0), cx.input(1), cx.output(0));
    let (input, indices, output) = (input?, indices?, output?);
    let values = constant(cx, input)?;
    let wanted = constant(cx, indices)?;
    let plain = options.is_none_or(|o| o.batch_dims() == 0 && matches!(o.axis(), 0 | -1));
    if cx.shape(input).len() != 1 || !plain {
        cx.error(
            "not-constant",
            "gathers from more than a list of constants",
            "use SLICE or STRIDED_SLICE, or export the model with fixed shapes",
        );
        return None;
    }
    let found: Option<Vec<i64>> = wanted
        .iter()
        .map(|&i| values.get(usize::try_from(i).ok()?).copied())
        .collect();
    let Some(found) = found else {
        let message = format!("an index lies outside the {} elements", values.len());
        cx.error("bad-options", message, REPAIR);
        return None;
    };
    let shape = cx.shape(indices).to_vec();
    define(cx, output, &shape, &found)
}

pub(in crate::import::tflite) fn read_product(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    cx.arity(2, 2)?;
    let (input, output) = (cx.input(0), cx.output(0));
    let (input, output) = (input?, output?);
    let values = constant(cx, input)?;
    let (axes, keep_dims) = reduce::axes(cx, Some(input))?;
    let rank = cx.shape(input).len();
    if axes.len() != rank {
        cx.error(
            "not-constant",
            "multiplies along some axes only",
            "export the model with fixed shapes",
        );
        return None;
    }
    let product = values.iter().fold(1, |p: i64, &v| p.wrapping_mul(v));
    let shape = vec![1; if keep_dims { rank } else { 0 }];
    define(cx, output, &shape, &[product])
}

/// `a` and `b`, constant integers, put together element by element.
pub(super) fn combine(
    cx: &mut OpReader<'_, '_>,
    [a, b]: [TensorId; 2],
    output: TensorId,
    function: Arithmetic,
) -> Option<Parsed> {
    cx.same_type(a, b)?;
    let [left, right] = [constant(cx, a)?, constant(cx, b)?];
    let shape = match broadcast(cx.shape(a), cx.shape(b)) {
        Ok(shape) => shape,
        Err(why) => {
            cx.error("bad-shape", why, REPAIR);
            return None;
        }
    };
    let elements = shape.iter().try_fold(1_usize, |n, &d| n.checked_mul(d));
    let Some(elements) = elements.filter(|&n| n <= MAX_ELEMENTS) else {
        return too_many(cx);
    };
    let at = |of: TensorId, index: usize| broadcast_index(cx.shape(of), &shape, index);
    let values: Vec<i64> = (0..elements)
        .map(|i| function.of(left[at(a, i)], right[at(b, i)]))
        .collect();
    define(cx, output, &shape, &values)
}

/// Where element `index` of a tensor of shape `whole` comes from in an operand of shape `own` that is broadcast to it.
fn broadcast_index(own: &[usize], whole: &[usize], mut index: usize) -> usize {
    let (mut at, mut step) = (0, 1);
    for (axis, &extent) in whole.iter().enumerate().rev() {
        let coordinate = index % extent;
        index /= extent;
        let Some(&dim) = (axis + own.len())
            .checked_sub(whole.len())
            .and_then(|axis| own.get(axis))
        else {
            continue;
        };
        if dim > 1 {
            at += coordinate * step;
        }
        step *= dim;
    }
    at
}

/// The values of a constant of int32 or int64; reports anything else.
fn constant(cx: &mut OpReader<'_, '_>, id: TensorId) -> Option<Vec<i64>> {
    let values = match &cx.tensor(id).data {
        Some(Data::I32(v)) if v.len() <= MAX_ELEMENTS => v.iter().map(|&x| i64::from(x)).collect(),
        Some(Data::I64(v)) if v.len() <= MAX_ELEMENTS => v.to_vec(),
        Some(Data::I32(_) | Data::I64(_)) => return too_many(cx),
        _ => {
            let label = cx.label(id);
            cx.error(
                "not-constant",
                format!(
                    "{label} is no constant of integers; this operator is only computed at import"
                ),
                "export the model with fixed shapes, or replace the operator",
            );
            return None;
        }
    };
    Some(values)
}

fn too_many<T>(cx: &mut OpReader<'_, '_>) -> Option<T> {
    cx.error(
        "too-large",
        format!("computes more than {MAX_ELEMENTS} constants"),
        "export the model with fixed shapes",
    );
    None
}

/// Gives the operator's output its value.
fn define(
    cx: &mut OpReader<'_, '_>,
    output: TensorId,
    shape: &[usize],
    values: &[i64],
) -> Option<Parsed> {
    becomes(cx, shape, output)?;
    let data = match cx.tensor(output).dtype {
        DType::I64 => Some(Data::I64(values.into())),
        DType::I32 => {
            let narrow: Option<_> = values.iter().map(|&v| i32::try_from(v).ok()).collect();
            narrow.map(Data::I32)
        }
        _ => None,
    };
    let Some(data) = data else {
        let (label, dtype) = (cx.label(output), cx.tensor(output).dtype);
        cx.error(
            "unsupported-type",
            format!("{label} is {dtype:?}, which cannot hold these integers"),
            "export the model with fixed shapes",
        );
        return None;
    };
    cx.tensors.done[output.0 as usize].data = Some(data);
    Some(Vec::new())
}
