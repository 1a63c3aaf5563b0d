//! Which channel a weight belongs to.

use crate::graph::{Data, Graph, Op, OpKind, Tensor, TensorId};

/// The axis of an operator's weights that runs along its output channels; `None` for operators without weights.
pub fn output_axis(kind: &OpKind) -> Option<usize> {
    match kind {
        OpKind::Conv2d(_) | OpKind::TransposeConv2d(_) | OpKind::FullyConnected(_) => Some(0),
        OpKind::DepthwiseConv2d(_) => Some(3),
        _ => None,
    }
}

/// The index along `axis` of element `at` of a tensor of `shape`.
pub fn index_along(shape: &[usize], axis: usize, at: usize) -> usize {
    let inner: usize = shape[axis + 1..].iter().product();
    at / inner % shape[axis]
}

/// The input channel that element `at` of `op`'s weights multiplies; `channels` is the depth of its input.
pub fn input_channel(graph: &Graph, op: &Op, channels: usize, at: usize) -> Option<usize> {
    let (weights, _) = op.kind.parameters()?;
    let shape = &graph.tensor(weights).shape;
    let depth = *shape.last()?;
    match &op.kind {
        OpKind::Conv2d(_) => {
            let groups = channels / depth;
            let per_group = shape[0] / groups;
            Some(index_along(shape, 0, at) / per_group * depth + at % depth)
        }
        OpKind::DepthwiseConv2d(conv) => Some(at % depth / conv.multiplier),
        OpKind::TransposeConv2d(_) | OpKind::FullyConnected(_) => {
            (depth == channels).then_some(at % depth)
        }
        _ => None,
    }
}

/// The values of a float constant; empty for anything else.
pub fn numbers(tensor: &Tensor) -> &[f32] {
    match &tensor.data {
        Some(Data::F32(values)) => values,
        _ => &[],
    }
}

/// Replaces the values of a float constant.
pub fn set_numbers(graph: &mut Graph, id: TensorId, values: Vec<f32>) {
    graph.tensors[id.0 as usize].data = Some(Data::F32(values.into()));
}

/// The largest magnitude among the weights of each channel, `channel` giving that of each element.
pub fn magnitudes(values: &[f32], channels: usize, channel: impl Fn(usize) -> usize) -> Vec<f32> {
    let mut largest = vec![0.0_f32; channels];
    for (at, value) in values.iter().enumerate() {
        let largest = &mut largest[channel(at)];
        *largest = largest.max(value.abs());
    }
    largest
}
