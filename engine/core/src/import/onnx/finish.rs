//! What was read, as a graph and as a view.

use super::border;
use super::build::{Builder, Fact};
use super::initializer::type_name;
use super::net::Net;
use super::node::Values;
use super::qdq;
use crate::diagnostic::{Diagnostic, OpRef, Severity};
use crate::format::onnx::tensor_shape_proto::dimension::Value as Extent;
use crate::format::onnx::{GraphProto, ValueInfoProto, type_proto};
use crate::graph::{DType, Graph, Op, Tensor, TensorId};
use crate::import::report::{Report, escape};
use crate::import::view::{View, ViewedOp, ViewedTensor};
use std::collections::BTreeSet;

/// Makes int8 operators, and the graph of what its outputs need.
#[allow(
    clippy::too_many_arguments,
    reason = "everything that reading has gathered meets here"
)]
pub(super) fn graph(
    name: &str,
    file: &GraphProto,
    net: &Net<'_>,
    values: &Values,
    mut build: Builder,
    inputs: Vec<TensorId>,
    mut outputs: Vec<TensorId>,
    report: &mut Report,
) -> Option<Graph> {
    for (number, fact) in values.facts.iter().enumerate() {
        if let Fact::Act(act) = fact {
            build.tensors[act.tensor.0 as usize].source_index = Some(number as u32);
        }
    }
    let left = match qdq::fuse(&mut build, &inputs, &mut outputs) {
        Ok(left) => left,
        Err(problem) => {
            report.error(problem.code, problem.message, problem.remedy);
            return None;
        }
    };
    for index in left {
        let name = net
            .nodes
            .get(index as usize)
            .map_or("", |n| n.op_type.as_str());
        report.push(
            Diagnostic::new(
                Severity::Warning,
                "stays-float",
                "stands between quantised tensors but cannot be computed in int8; it stays in float32",
                "quantise its weights too",
            )
            .at(index, escape(name.as_bytes())),
        );
    }
    for &id in inputs.iter().chain(&outputs) {
        if let Some(problem) = border::unscaled(&build, id) {
            let label = escape(build.tensor(id).name.as_bytes());
            let message = format!("\"{label}\" {}", problem.message);
            report.error(problem.code, message, problem.remedy);
            return None;
        }
    }
    for (&id, info) in outputs.iter().zip(&file.output) {
        build.tensors[id.0 as usize].name.clone_from(&info.name);
    }
    let graph = needed(name, build, inputs, outputs);
    if let Err(broken) = crate::graph::verify(&graph) {
        // A rule that import missed: refuse rather than run something else.
        for violation in broken {
            report.error(
                "broken-graph",
                escape(violation.to_string().as_bytes()),
                super::REPAIR,
            );
        }
        return None;
    }
    Some(graph)
}

/// Operators that the outputs depend on, and the tensors that these name.
fn needed(name: &str, build: Builder, inputs: Vec<TensorId>, outputs: Vec<TensorId>) -> Graph {
    let mut used = vec![false; build.tensors.len()];
    for id in inputs.iter().chain(&outputs) {
        used[id.0 as usize] = true;
    }
    let mut ops: Vec<Op> = Vec::with_capacity(build.ops.len());
    for op in build.ops.into_iter().rev() {
        if op.outputs.iter().any(|id| used[id.0 as usize]) {
            for id in op.inputs.iter().copied().chain(op.kind.constants()) {
                used[id.0 as usize] = true;
            }
            ops.push(op);
        }
    }
    ops.reverse();
    let mut numbers = vec![TensorId(0); used.len()];
    let mut tensors: Vec<Tensor> = Vec::new();
    for (index, tensor) in build.tensors.into_iter().enumerate() {
        if used[index] {
            numbers[index] = TensorId(tensors.len() as u32);
            tensors.push(tensor);
        }
    }
    let number = |id: &mut TensorId| *id = numbers[id.0 as usize];
    let mut graph = Graph {
        name: name.to_owned(),
        tensors,
        ops,
        inputs,
        outputs,
    };
    graph.inputs.iter_mut().for_each(number);
    graph.outputs.iter_mut().for_each(number);
    for op in &mut graph.ops {
        op.inputs.iter_mut().for_each(number);
        op.outputs.iter_mut().for_each(number);
        qdq::parameters(&mut op.kind).into_iter().for_each(number);
    }
    graph
}

/// Shows the file's values, nodes and border.
pub(super) fn view(
    net: &Net<'_>,
    file: &GraphProto,
    values: &Values,
    build: &Builder,
    view: &mut View,
) {
    let mut tensors: Vec<ViewedTensor> = net
        .labels
        .iter()
        .map(|name| ViewedTensor {
            label: escape(name.as_bytes()),
            dtype: "UNKNOWN",
            ..ViewedTensor::default()
        })
        .collect();
    let declared = file
        .input
        .iter()
        .chain(&file.value_info)
        .chain(&file.output);
    for info in declared {
        if let Some(tensor) = tensors.get_mut(net.value(&info.name)) {
            declare(tensor, info);
        }
    }
    for tensor in &file.initializer {
        if let Some(shown) = tensors.get_mut(net.value(&tensor.name)) {
            shown.constant = true;
            shown.dtype = type_name(tensor.data_type);
            shown.shape.clone_from(&tensor.dims);
        }
    }
    for (shown, fact) in tensors.iter_mut().zip(&values.facts) {
        let (shape, dtype) = match fact {
            Fact::Act(act) | Fact::Gate(act) => (act.shape(), build.tensor(act.tensor).dtype),
            Fact::Constant(constant) => {
                shown.constant = true;
                (constant.shape.clone(), constant.dtype())
            }
            Fact::Unknown => continue,
        };
        shown.shape = shape.iter().map(|&d| d as i64).collect();
        if shown.dtype == "UNKNOWN" {
            shown.dtype = spelled(dtype);
        }
    }
    for shown in &mut tensors {
        shown.bytes = bytes(shown);
    }
    view.tensors = tensors;
    let initial: BTreeSet<&str> = file.initializer.iter().map(|t| t.name.as_str()).collect();
    let numbers = |infos: &[ValueInfoProto]| -> Vec<u32> {
        let real = infos.iter().filter(|i| !initial.contains(i.name.as_str()));
        real.map(|i| net.value(&i.name) as u32).collect()
    };
    view.inputs = numbers(&file.input);
    view.outputs = numbers(&file.output);
    let list = |values: &[Option<usize>]| values.iter().flatten().map(|&v| v as u32).collect();
    view.operators = net
        .nodes
        .iter()
        .enumerate()
        .map(|(index, node)| {
            let op = OpRef {
                index: index as u32,
                name: escape(node.op_type.as_bytes()),
            };
            ViewedOp::new(op, list(&net.inputs[index]), list(&net.outputs[index]))
        })
        .collect();
}

fn declare(shown: &mut ViewedTensor, info: &ValueInfoProto) {
    let Some(type_proto::Value::TensorType(tensor)) =
        info.r#type.as_ref().and_then(|t| t.value.as_ref())
    else {
        return;
    };
    shown.dtype = type_name(tensor.elem_type);
    if let Some(shape) = &tensor.shape {
        let extent = |value: &Option<Extent>| match value {
            Some(Extent::DimValue(extent)) => *extent,
            _ => -1,
        };
        shown.shape = shape.dim.iter().map(|d| extent(&d.value)).collect();
    }
}

/// The specification's name of a type that import made.
const fn spelled(dtype: DType) -> &'static str {
    match dtype {
        DType::I8 => "INT8",
        DType::U8 => "UINT8",
        DType::I16 => "INT16",
        DType::I32 => "INT32",
        DType::I64 => "INT64",
        DType::F16 => "FLOAT16",
        DType::F32 => "FLOAT",
        DType::Bool => "BOOL",
    }
}

fn bytes(shown: &ViewedTensor) -> Option<u64> {
    let width = match shown.dtype {
        "INT8" | "UINT8" | "BOOL" => 1_u64,
        "INT16" | "UINT16" | "FLOAT16" | "BFLOAT16" => 2,
        "FLOAT" | "INT32" | "UINT32" => 4,
        "DOUBLE" | "INT64" | "UINT64" => 8,
        _ => return None,
    };
    let extents = shown.shape.iter().enumerate();
    extents
        .map(|(axis, &d)| if axis == 0 && d < 0 { 1 } else { d })
        .try_fold(width, |n, d| n.checked_mul(u64::try_from(d).ok()?))
}
