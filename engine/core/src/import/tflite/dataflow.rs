//! Who writes and who reads each tensor: order, single producers, no cycles, and the network's border.

use super::generated::tflite::SubGraph;
use super::ops::{OpReader, REPAIR, Step};
use super::tensors::Tensors;
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::{DType, TensorId};
use crate::import::report::Report;

/// What is known of a tensor's value so far.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Value {
    /// None yet; `Some` names the operator that will write it.
    Missing(Option<u32>),
    /// A constant, a network input, or written by an operator.
    Known,
}

/// The state of every tensor while operators are read in order.
pub(super) struct Dataflow {
    values: Vec<Value>,
    input_indices: Vec<i32>,
    output_indices: Vec<i32>,
}

impl Dataflow {
    pub fn new(tensors: &Tensors<'_>, subgraph: &SubGraph<'_>) -> Self {
        let mut values = vec![Value::Missing(None); tensors.len()];
        for (index, op) in subgraph.operators().into_iter().flatten().enumerate() {
            for tensor in op.outputs().into_iter().flatten() {
                if let Some(Value::Missing(by @ None)) = get(&mut values, tensor) {
                    *by = Some(index as u32);
                }
            }
        }
        for (index, value) in values.iter_mut().enumerate() {
            let raw = tensors.raw(index as i32);
            if raw.is_some_and(|t| matches!(tensors.buffers.bytes(t.buffer()), Ok(Some(_)))) {
                *value = Value::Known;
            }
        }
        Self {
            values,
            input_indices: subgraph.inputs().into_iter().flatten().collect(),
            output_indices: subgraph.outputs().into_iter().flatten().collect(),
        }
    }

    /// Reads the network's inputs.
    pub fn inputs(&mut self, tensors: &mut Tensors<'_>, report: &mut Report) -> Vec<TensorId> {
        let mut ids = Vec::new();
        for &index in &self.input_indices {
            let label = tensors.label(index);
            let Some(id) = border(tensors, report, "input", index) else {
                continue;
            };
            match get(&mut self.values, index) {
                Some(value @ Value::Missing(None)) => *value = Value::Known,
                Some(Value::Missing(Some(by))) => report.error(
                    "two-producers",
                    format!("network input {label} is also written by operator {by}"),
                    REPAIR,
                ),
                _ => report.error(
                    "two-producers",
                    format!("network input {label} is a constant or is listed twice"),
                    REPAIR,
                ),
            }
            open_dimensions(tensors, index, &label, report);
            ids.push(id);
        }
        ids
    }

    /// Checks that what the operator reads has been written before.
    pub fn reads(&mut self, cx: &mut OpReader<'_, '_>) {
        for index in cx.op.inputs().into_iter().flatten() {
            // The readers of operands report indices that do not exist.
            if let Some(&mut Value::Missing(Some(by))) = get(&mut self.values, index) {
                let label = cx.tensors.label(index);
                let message = if by == cx.me.index {
                    format!("reads its own output, {label}")
                } else {
                    format!("reads {label} before operator {by} writes it")
                };
                cx.error(
                    "wrong-order",
                    message,
                    "operators must stand in execution order, without cycles; convert the model again",
                );
            }
        }
    }

    /// Checks that something gives the tensors that a `step` of the operator reads a value; [`Self::reads`] has reported
    /// those that come too late.
    pub fn activations(&mut self, cx: &mut OpReader<'_, '_>, step: &Step) {
        for &id in &step.inputs {
            let index = cx.tensor(id).source_index.map_or(-1, |i| i as i32);
            if let Some(Value::Missing(None)) = get(&mut self.values, index) {
                let label = cx.label(id);
                cx.error(
                    "not-computed",
                    format!("reads {label}, which no operator writes"),
                    REPAIR,
                );
            }
        }
    }

    /// Marks the operator's outputs as written; reports those that have a value already. Returns whether none has.
    pub fn writes(&mut self, cx: &mut OpReader<'_, '_>) -> bool {
        let mut fresh = true;
        for index in cx.op.outputs().into_iter().flatten() {
            match get(&mut self.values, index) {
                Some(value @ Value::Missing(_)) => *value = Value::Known,
                Some(Value::Known) => {
                    fresh = false;
                    let label = cx.tensors.label(index);
                    cx.error(
                        "two-producers",
                        format!(
                            "writes {label}, which is a constant, a network input or written before"
                        ),
                        REPAIR,
                    );
                }
                None => {}
            }
        }
        fresh
    }

    /// Reads the network's outputs, after all operators.
    pub fn outputs(&mut self, tensors: &mut Tensors<'_>, report: &mut Report) -> Vec<TensorId> {
        let mut ids = Vec::new();
        for &index in &self.output_indices {
            let label = tensors.label(index);
            let Some(id) = border(tensors, report, "output", index) else {
                continue;
            };
            if tensors.done[id.0 as usize].is_constant() || self.input_indices.contains(&index) {
                report.error(
                    "not-computed",
                    format!("network output {label} is a constant or a network input"),
                    REPAIR,
                );
            } else if matches!(get(&mut self.values, index), Some(Value::Missing(_))) {
                report.error(
                    "not-computed",
                    format!("network output {label} is written by no operator"),
                    REPAIR,
                );
            }
            ids.push(id);
        }
        ids
    }
}

fn get<T>(values: &mut [T], index: i32) -> Option<&mut T> {
    values.get_mut(usize::try_from(index).ok()?)
}

/// A network input or output as a tensor of the graph: int8 with a scale, or float32.
fn border(
    tensors: &mut Tensors<'_>,
    report: &mut Report,
    side: &str,
    index: i32,
) -> Option<TensorId> {
    let label = tensors.label(index);
    let id = match tensors.get(index) {
        Ok(id) => id,
        Err(problem) => {
            if let Some((code, why, remedy)) = problem {
                report.error(code, format!("network {side} {label} {why}"), remedy);
            }
            return None;
        }
    };
    let tensor = &tensors.done[id.0 as usize];
    if !matches!(tensor.dtype, DType::I8 | DType::F32) {
        report.error(
            "unsupported-type",
            format!(
                "network {side} {label} is {:?}; int8 and float32 are supported",
                tensor.dtype
            ),
            "convert with inference input and output type int8",
        );
        return None;
    }
    if tensor.dtype == DType::I8 && tensor.scale_zero().is_none() {
        report.error(
            "bad-quantisation",
            format!("network {side} {label} needs one scale and a zero point for the whole tensor"),
            "quantise the model again",
        );
        return None;
    }
    Some(id)
}

/// Says which open dimensions of an input were taken as fixed.
fn open_dimensions(tensors: &Tensors<'_>, index: i32, label: &str, report: &mut Report) {
    let Some(raw) = tensors.raw(index) else {
        return;
    };
    let is_open = |dims: Option<flatbuffers::Vector<'_, i32>>, axis: usize| {
        dims.is_some_and(|d| axis < d.len() && d.get(axis) == -1)
    };
    let rank = raw.shape().map_or(0, |s| s.len());
    if is_open(raw.shape(), 0) || is_open(raw.shape_signature(), 0) {
        report.push(Diagnostic::new(
            Severity::Note,
            "open-batch",
            format!("network input {label} has an open batch; it is taken as 1"),
            "",
        ));
    }
    let open = |is_placeholder: bool| {
        let axes = (1..rank).filter(|&axis| {
            is_open(raw.shape_signature(), axis)
                && (raw.shape().is_some_and(|s| s.get(axis) == 1) == is_placeholder)
        });
        let axes: Vec<String> = axes.map(|axis| axis.to_string()).collect();
        axes.join(" and ")
    };
    let (unknown, assumed) = (open(true), open(false));
    if !unknown.is_empty() {
        report.error(
            "open-dimension",
            format!("network input {label} leaves dimension {unknown} open"),
            "export the model with a fixed input size",
        );
    }
    if !assumed.is_empty() {
        report.push(Diagnostic::new(
            Severity::Warning,
            "open-dimension",
            format!(
                "network input {label} leaves dimension {assumed} open; the size in the file is used"
            ),
            "export the model with a fixed input size if that is not meant",
        ));
    }
}
