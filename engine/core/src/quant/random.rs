//! Default inputs: the same for the same seed, on every machine.

use super::run::dequantize;
use super::value::Value;
use crate::graph::{DType, Graph, OpKind, Tensor, TensorId};

/// One step of splitmix64 (Steele, Lea, Flood 2014).
pub fn splitmix64(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A value for each graph input: uniform int8 codes. A float input gets the numbers that such codes stand for at the
/// `QUANTIZE` that reads it, so that a graph and its lowered form see the same codes for the same seed.
pub fn random_input(graph: &Graph, seed: u64) -> Vec<Value> {
    let mut state = seed;
    graph
        .inputs
        .iter()
        .map(|&id| {
            let tensor = graph.tensor(id);
            let codes: Vec<i8> = (0..tensor.elements())
                .map(|_| (splitmix64(&mut state) >> 56) as i8)
                .collect();
            if tensor.dtype == DType::F32 {
                let (scale, zero_point) = quantized_as(graph, id).unwrap_or((1.0 / 128.0, 0));
                let number = |&code| dequantize(code, scale, zero_point);
                Value::F32(codes.iter().map(number).collect())
            } else {
                Value::I8(codes)
            }
        })
        .collect()
}

/// Scale and zero point with which the first `QUANTIZE` that reads `id` makes codes.
fn quantized_as(graph: &Graph, id: TensorId) -> Option<(f32, i32)> {
    graph
        .consumers(id)
        .map(|op| graph.op(op))
        .find(|op| matches!(op.kind, OpKind::Quantize))
        .and_then(|op| op.outputs.first())
        .map(|&output| graph.tensor(output))
        .and_then(Tensor::scale_zero)
}
