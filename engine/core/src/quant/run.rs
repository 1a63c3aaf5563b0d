//! The host run: every operator over its whole map, every value kept.

use super::derive::op_params;
use super::error::{QuantError, same_size};
use super::float;
use super::kernels::eval_region;
use super::params::OpParams;
use super::tile::{Tile, TileMut};
use super::value::{Trace, Value};
use crate::graph::{DType, Data, Graph, Op, OpKind, TensorId};

/// Runs the network on `inputs` (in the order of [`Graph::inputs`]) and returns every tensor's value.
///
/// # Errors
/// When the inputs do not fit the graph, or an operator cannot be run; the error names the operator.
pub fn run(graph: &Graph, inputs: &[Value]) -> Result<Trace, QuantError> {
    same_size("network inputs", graph.inputs.len(), inputs.len())?;
    let mut values = vec![None; graph.tensors.len()];
    for (&id, value) in graph.inputs.iter().zip(inputs) {
        value.check(graph, id)?;
        values[id.0 as usize] = Some(value.clone());
    }
    for (index, op) in graph.ops.iter().enumerate() {
        let value = eval(graph, op, &values).map_err(|e| e.at(index, op.kind.name()))?;
        // `eval` has seen to it that there is an output.
        for &id in op.outputs.iter().take(1) {
            values[id.0 as usize] = Some(value.clone());
        }
    }
    Ok(Trace { values })
}

/// The value of `op`'s output.
fn eval(graph: &Graph, op: &Op, values: &[Option<Value>]) -> Result<Value, QuantError> {
    let output = op.outputs[0];
    if is_float(graph, op) {
        let numbers = op.inputs.iter().map(|&id| numbers(graph, values, id));
        let numbers = numbers.collect::<Result<Vec<_>, _>>()?;
        return float::eval(graph, op, &numbers).map(Value::F32);
    }
    let params = op_params(graph, op)?;
    if let Some(Value::F32(numbers)) = values[op.inputs[0].0 as usize].as_ref() {
        return eval_float(graph, op, &params, numbers);
    }
    let tiles = op
        .inputs
        .iter()
        .map(|&id| {
            let codes = codes(graph, values, id)?;
            Ok(Tile::whole(codes, image(graph, id)?))
        })
        .collect::<Result<Vec<_>, QuantError>>()?;
    if let (OpKind::Dequantize, OpParams::Float { scale, zero_point }) = (&op.kind, &params) {
        same_size(
            "elements",
            graph.tensor(output).elements(),
            tiles[0].data.len(),
        )?;
        let numbers = tiles[0]
            .data
            .iter()
            .map(|&code| dequantize(code, *scale, *zero_point));
        return Ok(Value::F32(numbers.collect()));
    }
    let dtype = graph.tensor(output).dtype;
    if dtype != DType::I8 {
        return Err(QuantError::Type {
            tensor: output.0,
            dtype,
        });
    }
    let map = image(graph, output)?;
    let mut result = vec![0; map.iter().product()];
    eval_region(
        graph,
        op,
        &params,
        &tiles,
        &mut TileMut::whole(&mut result, map),
    )?;
    Ok(Value::I8(result))
}

/// Whether everything that the operator reads and writes is floating point.
fn is_float(graph: &Graph, op: &Op) -> bool {
    let mut tensors = op.inputs.iter().chain(&op.outputs);
    tensors.all(|&id| graph.tensor(id).dtype == DType::F32)
}

/// An operator from floating point to int8.
fn eval_float(
    graph: &Graph,
    op: &Op,
    params: &OpParams,
    numbers: &[f32],
) -> Result<Value, QuantError> {
    same_size(
        "elements",
        graph.tensor(op.outputs[0]).elements(),
        numbers.len(),
    )?;
    match (&op.kind, params) {
        (OpKind::Quantize, OpParams::Float { scale, zero_point }) => {
            let codes = numbers.iter().map(|&x| quantize(x, *scale, *zero_point));
            Ok(Value::I8(codes.collect()))
        }
        _ => Err(QuantError::Type {
            tensor: op.inputs[0].0,
            dtype: DType::F32,
        }),
    }
}

/// The code nearest to a real number, half away from zero, computed in float32 (`AffineQuantize`).
pub fn quantize(x: f32, scale: f32, zero_point: i32) -> i8 {
    ((x / scale).round() as i32)
        .saturating_add(zero_point)
        .clamp(-128, 127) as i8
}

/// The real number that a code stands for.
pub fn dequantize(code: i8, scale: f32, zero_point: i32) -> f32 {
    scale * (i32::from(code) - zero_point) as f32
}

/// The numbers of a floating-point activation or of a constant operand.
fn numbers<'a>(
    graph: &'a Graph,
    values: &'a [Option<Value>],
    id: TensorId,
) -> Result<&'a [f32], QuantError> {
    match values[id.0 as usize].as_ref() {
        Some(Value::F32(numbers)) => Ok(numbers),
        _ => float::constant(graph, id),
    }
}

/// The codes of an activation or of a constant operand.
fn codes<'a>(
    graph: &'a Graph,
    values: &'a [Option<Value>],
    id: TensorId,
) -> Result<&'a [i8], QuantError> {
    let constant = graph.tensor(id).data.as_ref().and_then(Data::as_i8);
    values[id.0 as usize]
        .as_ref()
        .and_then(Value::as_i8)
        .or(constant)
        .ok_or(QuantError::Malformed {
            what: "an int8 operand has no value yet",
        })
}

/// The tensor as one image `[height, width, channels]`.
fn image(graph: &Graph, id: TensorId) -> Result<[usize; 3], QuantError> {
    let tensor = graph.tensor(id);
    let map = tensor.hwc();
    same_size(
        "elements of one image (batch 1)",
        map.iter().product(),
        tensor.elements(),
    )?;
    Ok(map)
}
