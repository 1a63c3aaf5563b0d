//! The network's inputs and outputs: types, open dimensions, and in which order images come and go.

use super::build::{Act, Builder, Fact};
use super::initializer::type_name;
use super::layout::{Layout, NHWC};
use super::net::Net;
use super::problem::{FIX_SHAPE, Problem, Read, problem};
use crate::diagnostic::{Diagnostic, Severity};
use crate::format::onnx::tensor_proto::DataType;
use crate::format::onnx::tensor_shape_proto::dimension::Value as Extent;
use crate::format::onnx::{ValueInfoProto, type_proto};
use crate::graph::shape::text;
use crate::graph::{DType, Op, OpKind, TensorId};
use crate::import::report::{Report, escape};

/// Adds a network input.
pub(super) fn input(
    info: &ValueInfoProto,
    value: usize,
    net: &Net<'_>,
    build: &mut Builder,
    report: &mut Report,
) -> Read<Act> {
    let label = escape(info.name.as_bytes());
    let Some(type_proto::Value::TensorType(tensor)) =
        info.r#type.as_ref().and_then(|t| t.value.as_ref())
    else {
        return Err(problem(
            "unsupported-type",
            "is not a tensor",
            "networks on sequences and maps cannot be run",
        ));
    };
    let dtype = match DataType::try_from(tensor.elem_type) {
        Ok(DataType::Float | DataType::Float16 | DataType::Bfloat16) => DType::F32,
        Ok(DataType::Int8 | DataType::Uint8) => DType::I8,
        _ => {
            return Err(problem(
                "unsupported-type",
                format!(
                    "has the type {}; FLOAT, INT8 and UINT8 are supported",
                    type_name(tensor.elem_type)
                ),
                "export the model with float32 or int8 inputs",
            ));
        }
    };
    let shape = shape(tensor.shape.as_ref(), &label, report)?;
    let order = net.wanted(value, &shape);
    let stored: Vec<usize> = order.iter().map(|&axis| shape[axis]).collect();
    let layout = Layout::ordered(&shape, &order);
    let mut note = |code, message: String| {
        report.push(Diagnostic::new(Severity::Note, code, message, ""));
    };
    if layout != Layout::row_major(&shape) {
        note(
            "channels-last",
            format!(
                "network input \"{label}\" is {} in the file and taken as {}: channels last",
                text(&shape),
                text(&stored)
            ),
        );
    }
    if tensor.elem_type == DataType::Uint8 as i32 {
        note(
            "shifted-codes",
            format!("network input \"{label}\" takes int8 codes: those of the file less 128"),
        );
    } else if dtype == DType::F32 && tensor.elem_type != DataType::Float as i32 {
        note(
            "widened",
            format!(
                "network input \"{label}\" takes float32; the file has {}",
                type_name(tensor.elem_type)
            ),
        );
    }
    let tensor = build.add(&info.name, stored, dtype, None)?;
    // The input itself is never changed by what follows.
    Ok(Act {
        tensor,
        layout,
        exclusive: false,
    })
}

/// The dimensions of an input; an open batch is 1.
fn shape(
    given: Option<&crate::format::onnx::TensorShapeProto>,
    label: &str,
    report: &mut Report,
) -> Read<Vec<usize>> {
    let open = |what: String| problem("open-dimension", what, FIX_SHAPE);
    let given = given.ok_or_else(|| open("has no shape".into()))?;
    let mut shape = Vec::with_capacity(given.dim.len());
    let mut unknown = Vec::new();
    for (axis, dim) in given.dim.iter().enumerate() {
        match &dim.value {
            Some(Extent::DimValue(extent)) if *extent > 0 => {
                let extent = usize::try_from(*extent);
                shape.push(extent.map_err(|_| open("is impossibly large".into()))?);
            }
            Some(Extent::DimValue(extent)) if *extent < -1 => {
                return Err(problem(
                    "bad-shape",
                    format!("has the extent {extent} along axis {axis}"),
                    FIX_SHAPE,
                ));
            }
            _ if axis == 0 && given.dim.len() > 1 => {
                shape.push(1);
                report.push(Diagnostic::new(
                    Severity::Note,
                    "open-batch",
                    format!("network input \"{label}\" has an open batch; it is taken as 1"),
                    "",
                ));
            }
            other => {
                let name = match other {
                    Some(Extent::DimParam(name)) => format!(" (\"{}\")", escape(name.as_bytes())),
                    _ => String::new(),
                };
                unknown.push(format!("{axis}{name}"));
                shape.push(1);
            }
        }
    }
    if unknown.is_empty() {
        Ok(shape)
    } else {
        Err(open(format!(
            "leaves dimension {} open",
            unknown.join(" and ")
        )))
    }
}

/// Takes a network output: rows as they are written, images with channels last.
pub(super) fn output(
    name: &str,
    fact: &Fact,
    taken: &[TensorId],
    build: &mut Builder,
    report: &mut Report,
) -> Read<Option<TensorId>> {
    let act = match fact {
        Fact::Act(act) => act,
        Fact::Constant(_) => {
            return Err(problem(
                "not-computed",
                "is a constant",
                "leave the output out of the model",
            ));
        }
        Fact::Unknown | Fact::Gate(_) => return Ok(None),
    };
    let shape = act.shape();
    let written: Vec<usize> = (0..shape.len()).collect();
    let last: Vec<usize> = NHWC
        .iter()
        .filter_map(|&axis| shape.get(axis).copied())
        .collect();
    let stored = &build.tensor(act.tensor).shape;
    // Where both orders are the same elements, that in which they already lie.
    let is_image = shape.len() == 4
        && act.layout.lies(&NHWC)
        && (!act.layout.lies(&written) || (*stored == last && *stored != shape));
    let order = if is_image { NHWC.to_vec() } else { written };
    if is_image {
        report.push(Diagnostic::new(
            Severity::Note,
            "channels-last",
            format!(
                "network output \"{}\" is {} in the file and given as {}: channels last",
                escape(name.as_bytes()),
                text(&shape),
                text(&order.iter().map(|&axis| shape[axis]).collect::<Vec<_>>())
            ),
            "",
        ));
    }
    let mut id = build.arrange(act, &order)?;
    // An output has a tensor of its own.
    if build.producers[id.0 as usize].is_none() || taken.contains(&id) {
        let tensor = build.tensor(id).clone();
        let copy = build.add(name, tensor.shape, tensor.dtype, tensor.quant)?;
        build.producers[copy.0 as usize] = Some(build.ops.len());
        build.ops.push(Op {
            kind: OpKind::Reshape,
            inputs: vec![id],
            outputs: vec![copy],
            source_index: build.source,
        });
        id = copy;
    }
    name.clone_into(&mut build.tensors[id.0 as usize].name);
    Ok(Some(id))
}

/// Codes at the border whose scale nothing in the network tells.
pub(super) fn unscaled(build: &Builder, id: TensorId) -> Option<Problem> {
    let tensor = build.tensor(id);
    (tensor.dtype == DType::I8 && tensor.quant.is_none()).then(|| {
        problem(
            "bad-quantisation",
            "holds codes whose scale is not known",
            "quantise the model with DequantizeLinear at its inputs",
        )
    })
}
