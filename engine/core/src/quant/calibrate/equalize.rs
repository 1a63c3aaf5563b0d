//! Cross-layer equalisation (Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias
//! Correction", section 4.1): what a channel loses in one operator's weights it gains in the next one's, so that all
//! channels between use their shared scale alike. Factors are powers of two: the float function stays the same to the
//! last bit.

use super::channels::{index_along, input_channel, magnitudes, numbers, output_axis, set_numbers};
use crate::graph::{Activation, Function, Graph, OpKind, PadFill, TensorId};

/// Rounds over all pairs; channels of a chain settle long before.
const ROUNDS: usize = 30;
/// Largest exponent of a factor in one round. Keeps weights far from the ends of float32.
const LARGEST_EXPONENT: f32 = 10.0;

/// Two operators with weights, the second of which alone reads what the first writes.
struct Pair {
    first: usize,
    second: usize,
    channels: usize,
}

/// Equalises every pair; how many pairs there are.
pub fn equalize(graph: &mut Graph) -> usize {
    let pairs: Vec<Pair> = (0..graph.ops.len())
        .filter_map(|first| pair(graph, first))
        .collect();
    for _ in 0..ROUNDS {
        let mut changed = false;
        for pair in &pairs {
            changed |= balance(graph, pair);
        }
        if !changed {
            break;
        }
    }
    pairs.len()
}

/// The pair that operator `first` begins.
fn pair(graph: &Graph, first: usize) -> Option<Pair> {
    output_axis(&graph.ops[first].kind)?;
    let passes = |activation| matches!(activation, Activation::None | Activation::Relu);
    let activation = match &graph.ops[first].kind {
        OpKind::Conv2d(op) => op.activation,
        OpKind::DepthwiseConv2d(op) => op.activation,
        OpKind::TransposeConv2d(op) => op.activation,
        OpKind::FullyConnected(op) => op.activation,
        _ => return None,
    };
    if !passes(activation) {
        return None;
    }
    let mut tensor = graph.ops[first].outputs[0];
    let channels = *graph.tensor(tensor).shape.last()?;
    loop {
        let next = only_reader(graph, tensor)?;
        let op = &graph.ops[next];
        let rank = graph.tensor(tensor).shape.len();
        let equivariant = match &op.kind {
            OpKind::MaxPool2d(pool) | OpKind::AveragePool2d(pool) => passes(pool.activation),
            OpKind::Pad(pad) => {
                let mirror = matches!(pad.fill, PadFill::Reflect | PadFill::Symmetric);
                let same_channels = pad.amounts.last() == Some(&[0, 0]);
                (mirror || pad.fill == PadFill::Zero) && same_channels
            }
            OpKind::Unary(function) => {
                matches!(function, Function::Relu | Function::LeakyRelu { .. })
            }
            OpKind::Mean(reduce) | OpKind::Sum(reduce) | OpKind::ReduceMax(reduce) => {
                !reduce.axes.contains(&(rank - 1))
            }
            _ => {
                // Fully connected operators may read rows across channels; those give no input channel.
                input_channel(graph, op, channels, 0)?;
                let depth = *graph.tensor(tensor).shape.last()?;
                return (depth == channels).then_some(Pair {
                    first,
                    second: next,
                    channels,
                });
            }
        };
        if !equivariant {
            return None;
        }
        tensor = op.outputs[0];
    }
}

fn only_reader(graph: &Graph, tensor: TensorId) -> Option<usize> {
    if graph.outputs.contains(&tensor) {
        return None;
    }
    let mut readers = graph.ops.iter().enumerate();
    let (found, op) = readers.find(|(_, op)| op.inputs.contains(&tensor))?;
    let twice = op.inputs.iter().filter(|id| **id == tensor).count() > 1;
    let others = readers.any(|(_, op)| op.inputs.contains(&tensor));
    (!twice && !others).then_some(found)
}

/// Gives both operators of a pair the same range in every channel; whether anything changed.
fn balance(graph: &mut Graph, pair: &Pair) -> bool {
    let (first, second) = (&graph.ops[pair.first], &graph.ops[pair.second]);
    let (Some((weights, bias)), Some((next, _)), Some(axis)) = (
        first.kind.parameters(),
        second.kind.parameters(),
        output_axis(&first.kind),
    ) else {
        return false;
    };
    let shape = graph.tensor(weights).shape.clone();
    let produced = numbers(graph.tensor(weights));
    let read = numbers(graph.tensor(next));
    let channel_of = |at| input_channel(graph, second, pair.channels, at).unwrap_or(0);
    let produced_range = magnitudes(produced, pair.channels, |at| index_along(&shape, axis, at));
    let read_range = magnitudes(read, pair.channels, channel_of);
    let ranges = produced_range.iter().zip(&read_range);
    // √(r₁ / r₂) by channel, to the next power of two.
    let factors: Vec<f32> = ranges
        .map(|(a, b)| {
            let exponent = (a.log2() - b.log2()) / 2.0;
            if exponent.is_finite() {
                exponent
                    .round()
                    .clamp(-LARGEST_EXPONENT, LARGEST_EXPONENT)
                    .exp2()
            } else {
                1.0
            }
        })
        .collect();
    if factors.iter().all(|&f| (f - 1.0).abs() < f32::EPSILON) {
        return false;
    }
    let scaled = produced.iter().enumerate();
    let scaled = scaled.map(|(at, w)| w / factors[index_along(&shape, axis, at)]);
    let scaled: Vec<f32> = scaled.collect();
    let grown = read.iter().enumerate();
    let grown: Vec<f32> = grown.map(|(at, w)| w * factors[channel_of(at)]).collect();
    let moved = bias.map(|bias| {
        let moved = numbers(graph.tensor(bias)).iter().zip(&factors);
        (bias, moved.map(|(b, f)| b / f).collect())
    });
    set_numbers(graph, weights, scaled);
    set_numbers(graph, next, grown);
    if let Some((bias, moved)) = moved {
        set_numbers(graph, bias, moved);
    }
    true
}
