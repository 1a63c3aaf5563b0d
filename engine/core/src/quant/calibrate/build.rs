//! The int8 graph, operator by operator and tensor by tensor the float graph.

use super::channels::{numbers, output_axis};
use super::options::Border;
use super::prepare::Prepared;
use super::weights::{Weights, bias_codes};
use crate::graph::{DType, Data, Graph, Op, OpKind, Quantization, Tensor, TensorId};
use crate::quant::quantize as code;

/// What has been decided.
pub struct Decisions {
    /// Scale and zero point by tensor.
    pub activations: Vec<(f32, i32)>,
    /// By operator.
    pub weights: Vec<Option<Weights>>,
    /// By operator, in float64.
    pub biases: Vec<Vec<f64>>,
}

/// The int8 graph; its border is int8.
pub fn build(prepared: &Prepared, decisions: &Decisions) -> Graph {
    let mut graph = prepared.graph.clone();
    for id in &prepared.graph.inputs {
        let (scale, zero_point) = decisions.activations[id.0 as usize];
        activation(&mut graph.tensors[id.0 as usize], scale, zero_point);
    }
    for (index, op) in prepared.graph.ops.iter().enumerate() {
        if prepared.scales.rescaling.contains(&index) {
            graph.ops[index].kind = OpKind::Quantize;
        }
        for id in op.inputs.iter().chain(&op.outputs) {
            let (scale, zero_point) = decisions.activations[id.0 as usize];
            activation(&mut graph.tensors[id.0 as usize], scale, zero_point);
        }
        if let OpKind::Prelu { slopes } = op.kind {
            let tensor = &mut graph.tensors[slopes.0 as usize];
            let largest = numbers(tensor).iter().fold(0.0_f32, |m, x| m.max(x.abs()));
            activation(tensor, (largest / 127.0).max(f32::MIN_POSITIVE), 0);
        }
        let Some(weights) = &decisions.weights[index] else {
            continue;
        };
        let (Some((id, bias)), Some(axis)) = (op.kind.parameters(), output_axis(&op.kind)) else {
            continue;
        };
        let quant = |scales: Vec<f32>, axis| Quantization {
            zero_points: vec![0; scales.len()],
            scales,
            axis,
        };
        let tensor = &mut graph.tensors[id.0 as usize];
        tensor.dtype = DType::I8;
        tensor.data = Some(Data::I8(weights.codes.clone().into()));
        tensor.quant = Some(quant(weights.scales.clone(), axis));
        if let Some(bias) = bias {
            let (input_scale, _) = decisions.activations[op.inputs[0].0 as usize];
            let codes = bias_codes(&decisions.biases[index], input_scale, weights);
            let scales = weights.scales.iter();
            let scales = scales.map(|s| (f64::from(input_scale) * f64::from(*s)) as f32);
            let tensor = &mut graph.tensors[bias.0 as usize];
            tensor.dtype = DType::I32;
            tensor.data = Some(Data::I32(codes.into()));
            // Products of two small scales may be too small for float32; the codes do not need them.
            tensor.quant = Some(quant(scales.collect(), 0))
                .filter(|quant| quant.scales.iter().all(|s| *s > 0.0 && s.is_finite()));
        }
    }
    graph
}

/// Makes a float tensor an int8 one.
fn activation(tensor: &mut Tensor, scale: f32, zero_point: i32) {
    if tensor.dtype != DType::F32 {
        return;
    }
    if tensor.is_constant() {
        let codes = numbers(tensor).iter().map(|&x| code(x, scale, zero_point));
        tensor.data = Some(Data::I8(codes.collect()));
    }
    tensor.dtype = DType::I8;
    tensor.quant = Some(Quantization::per_tensor(scale, zero_point));
}

/// The graph with the border that was asked for; how many operators now stand before those of `graph`.
pub fn with_border(mut graph: Graph, border: Border) -> (Graph, usize) {
    if border == Border::Int8 {
        return (graph, 0);
    }
    let inputs = std::mem::take(&mut graph.inputs);
    let first = graph.ops.first().map_or(0, |op| op.source_index);
    let last = graph.ops.last().map_or(0, |op| op.source_index);
    let mut before = Vec::new();
    for id in inputs {
        let float = float_twin(&mut graph, id);
        before.push(step(OpKind::Quantize, float, id, first));
        graph.inputs.push(float);
    }
    for at in 0..graph.outputs.len() {
        let id = graph.outputs[at];
        let float = float_twin(&mut graph, id);
        graph.ops.push(step(OpKind::Dequantize, id, float, last));
        graph.outputs[at] = float;
    }
    let count = before.len();
    graph.ops.splice(0..0, before);
    (graph, count)
}

fn step(kind: OpKind, input: TensorId, output: TensorId, source_index: u32) -> Op {
    Op {
        kind,
        inputs: vec![input],
        outputs: vec![output],
        source_index,
    }
}

/// A float tensor like the int8 tensor `id`.
fn float_twin(graph: &mut Graph, id: TensorId) -> TensorId {
    let tensor = Tensor {
        dtype: DType::F32,
        quant: None,
        data: None,
        source_index: None,
        ..graph.tensor(id).clone()
    };
    graph.tensors.push(tensor);
    TensorId(graph.tensors.len() as u32 - 1)
}
