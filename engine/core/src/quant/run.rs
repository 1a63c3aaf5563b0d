//! The host run: every operator over its whole map.

use super::derive::op_params;
use super::error::{QuantError, same_size};
use super::float;
use super::kernels::Kernel;
use super::params::OpParams;
use super::tile::{Tile, TileMut};
use super::value::{Trace, Value};
use crate::graph::{DType, Data, Graph, Op, OpKind, TensorId};
use rayon::prelude::*;

/// A network made ready to run: parameters derived and weights widened once, for any number of runs. Runs share nothing
/// that changes, so several may go on at once.
#[derive(Debug)]
pub struct Runner<'g> {
    graph: &'g Graph,
    steps: Vec<Step<'g>>,
    /// For each operator, the tensors that nothing after it reads.
    dead: Vec<Vec<TensorId>>,
}

/// One operator.
#[derive(Debug)]
enum Step<'g> {
    /// From codes to codes.
    Codes(Box<Kernel<'g>>),
    /// From real numbers to codes, with this scale and zero point.
    Quantize(f32, i32),
    /// From codes to real numbers, with this scale and zero point.
    Dequantize(f32, i32),
    /// From real numbers to real numbers.
    Float,
}

impl<'g> Runner<'g> {
    /// Derives every operator's parameters.
    ///
    /// # Errors
    /// When an operator cannot be run; the error names it.
    pub fn new(graph: &'g Graph) -> Result<Self, QuantError> {
        let steps = (graph.ops.iter().enumerate())
            .map(|(index, op)| Step::new(graph, op).map_err(|e| e.at(index, op.kind.name())))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            graph,
            steps,
            dead: dead(graph),
        })
    }

    /// Runs the network on `inputs` (in the order of [`Graph::inputs`]) and returns every tensor's value.
    ///
    /// # Errors
    /// When the inputs do not fit the graph, or an operator cannot be run; the error names the operator.
    pub fn run(&self, inputs: &[Value]) -> Result<Trace, QuantError> {
        let values = self.values(inputs, |_, _| ())?;
        Ok(Trace { values })
    }

    /// Runs the network and returns the outputs' values only (in the order of [`Graph::outputs`]); other values are
    /// dropped as soon as nothing reads them.
    ///
    /// # Errors
    /// As [`Runner::run`].
    pub fn outputs(&self, inputs: &[Value]) -> Result<Vec<Value>, QuantError> {
        let values = self.values(inputs, |values, index| {
            for id in &self.dead[index] {
                values[id.0 as usize] = None;
            }
        })?;
        let output = |id: &TensorId| {
            values[id.0 as usize].clone().ok_or(QuantError::Malformed {
                what: "an output of the network has no value",
            })
        };
        self.graph.outputs.iter().map(output).collect()
    }

    /// The outputs for each of `samples`, several at once.
    ///
    /// # Errors
    /// As [`Runner::run`], for the first sample that has one.
    pub fn outputs_of_all(&self, samples: &[Vec<Value>]) -> Result<Vec<Vec<Value>>, QuantError> {
        let outputs = samples.par_iter().map(|inputs| self.outputs(inputs));
        // Collected as they are first, so that the error does not depend on the threads.
        let outputs: Vec<_> = outputs.collect();
        outputs.into_iter().collect()
    }

    fn values(
        &self,
        inputs: &[Value],
        after: impl Fn(&mut [Option<Value>], usize),
    ) -> Result<Vec<Option<Value>>, QuantError> {
        let graph = self.graph;
        same_size("network inputs", graph.inputs.len(), inputs.len())?;
        let mut values = vec![None; graph.tensors.len()];
        for (&id, value) in graph.inputs.iter().zip(inputs) {
            value.check(graph, id)?;
            values[id.0 as usize] = Some(value.clone());
        }
        for (index, (op, step)) in graph.ops.iter().zip(&self.steps).enumerate() {
            let value = (step.eval(graph, op, &values)).map_err(|e| e.at(index, op.kind.name()))?;
            if let Some(id) = op.outputs.first() {
                value.check(graph, *id)?;
                values[id.0 as usize] = Some(value);
            }
            after(&mut values, index);
        }
        Ok(values)
    }
}

/// Runs the network once on `inputs` (in the order of [`Graph::inputs`]) and returns every tensor's value. Use a
/// [`Runner`] for several runs.
///
/// # Errors
/// When the inputs do not fit the graph, or an operator cannot be run; the error names the operator.
pub fn run(graph: &Graph, inputs: &[Value]) -> Result<Trace, QuantError> {
    Runner::new(graph)?.run(inputs)
}

/// For each operator, what it is the last to read or write and no output of the network.
fn dead(graph: &Graph) -> Vec<Vec<TensorId>> {
    let mut seen = vec![false; graph.tensors.len()];
    for id in &graph.outputs {
        seen[id.0 as usize] = true;
    }
    let mut dead = vec![Vec::new(); graph.ops.len()];
    for (op, dead) in graph.ops.iter().zip(&mut dead).rev() {
        for &id in op.inputs.iter().chain(&op.outputs) {
            if !std::mem::replace(&mut seen[id.0 as usize], true) {
                dead.push(id);
            }
        }
    }
    dead
}

impl<'g> Step<'g> {
    fn new(graph: &'g Graph, op: &'g Op) -> Result<Self, QuantError> {
        let &[output] = op.outputs.as_slice() else {
            return Err(QuantError::Malformed {
                what: "an operator has one output",
            });
        };
        let is = |id: &TensorId, dtype| graph.tensor(*id).dtype == dtype;
        let float = is(&output, DType::F32) && op.inputs.iter().all(|id| is(id, DType::F32));
        if float && !matches!(op.kind, OpKind::Dequantize | OpKind::Quantize) {
            return Ok(Self::Float);
        }
        let params = op_params(graph, op)?;
        match (&op.kind, &params) {
            (OpKind::Quantize, &OpParams::Float { scale, zero_point }) => {
                Ok(Self::Quantize(scale, zero_point))
            }
            (OpKind::Dequantize, &OpParams::Float { scale, zero_point }) => {
                Ok(Self::Dequantize(scale, zero_point))
            }
            _ if is(&output, DType::I8) => {
                Ok(Self::Codes(Box::new(Kernel::new(graph, op, params)?)))
            }
            _ => Err(QuantError::Type {
                tensor: output.0,
                dtype: graph.tensor(output).dtype,
            }),
        }
    }

    /// The value of `op`'s output.
    fn eval(&self, graph: &Graph, op: &Op, values: &[Option<Value>]) -> Result<Value, QuantError> {
        let first = || {
            op.inputs.first().copied().ok_or(QuantError::Malformed {
                what: "no input tensor",
            })
        };
        match self {
            Self::Codes(kernel) => {
                let tiles = (op.inputs.iter())
                    .map(|&id| {
                        Ok(Tile::whole(
                            codes(graph, values, id)?,
                            graph.tensor(id).hwc(),
                        ))
                    })
                    .collect::<Result<Vec<_>, QuantError>>()?;
                let map = op
                    .outputs
                    .first()
                    .map_or([0; 3], |&id| graph.tensor(id).hwc());
                let mut result = vec![0; map.iter().product()];
                kernel.eval(&tiles, &mut TileMut::whole(&mut result, map))?;
                Ok(Value::I8(result))
            }
            Self::Quantize(scale, zero_point) => {
                let numbers = numbers(graph, values, first()?)?;
                let codes = numbers.iter().map(|&x| quantize(x, *scale, *zero_point));
                Ok(Value::I8(codes.collect()))
            }
            Self::Dequantize(scale, zero_point) => {
                let codes = codes(graph, values, first()?)?;
                let numbers = codes
                    .iter()
                    .map(|&code| dequantize(code, *scale, *zero_point));
                Ok(Value::F32(numbers.collect()))
            }
            Self::Float => {
                let inputs = (op.inputs.iter())
                    .map(|&id| numbers(graph, values, id))
                    .collect::<Result<Vec<_>, _>>()?;
                Ok(Value::F32(float::eval(graph, op, &inputs)?))
            }
        }
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

/// The codes of an activation or of a constant operand.
fn codes<'a>(
    graph: &'a Graph,
    values: &'a [Option<Value>],
    id: TensorId,
) -> Result<&'a [i8], QuantError> {
    let constant = graph.tensor(id).data.as_ref().and_then(Data::as_i8);
    let value = values[id.0 as usize].as_ref().and_then(Value::as_i8);
    value.or(constant).ok_or(QuantError::Malformed {
        what: "an int8 operand has no value yet",
    })
}

/// The numbers of an activation or of a constant operand.
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
