//! Weights and biases as integers.

use super::channels::{index_along, magnitudes, numbers, output_axis};
use crate::graph::{Graph, Op, OpKind};

/// Largest magnitude of a weight's code; −128 is not used, so that codes are symmetric.
const LARGEST_CODE: f64 = 127.0;
/// Largest magnitude of a bias's code: half of what 32 bits hold, the other half is for the sum of products.
const LARGEST_BIAS: f64 = 1_073_741_824.0;
/// `input scale · weight scale / output scale` is at least this, or the multiplier would become 0.
const SMALLEST_MULTIPLIER: f64 = 1.0 / 1_073_741_824.0;

/// The weights of one operator as codes.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// Codes, −127 to 127, in the order of the float weights.
    pub codes: Vec<i8>,
    /// One scale for each output channel, or one for all.
    pub scales: Vec<f32>,
    /// Scales that are wider than the weights alone would have them.
    pub widened: usize,
}

impl Weights {
    /// The scale of output channel `c`.
    pub fn scale(&self, c: usize) -> f32 {
        self.scales[if self.scales.len() == 1 { 0 } else { c }]
    }
}

/// Largest magnitude of the weights of each output channel.
pub fn ranges(graph: &Graph, op: &Op) -> Option<Vec<f32>> {
    let (axis, (weights, _)) = (output_axis(&op.kind)?, op.kind.parameters()?);
    let tensor = graph.tensor(weights);
    let channels = *tensor.shape.get(axis)?;
    let channel = |at| index_along(&tensor.shape, axis, at);
    Some(magnitudes(numbers(tensor), channels, channel))
}

/// The weights of `op` as symmetric codes: one scale for each output channel, or one for all where a fully connected
/// operator may not have more. A scale is as small as its weights allow, but wide enough for the bias to fit its 32 bits and for
/// the multiplier to be expressible. `None` for operators without weights.
pub fn quantize(
    graph: &Graph,
    op: &Op,
    [input_scale, output_scale]: [f32; 2],
    dense_per_channel: bool,
) -> Option<Weights> {
    let axis = output_axis(&op.kind)?;
    let (weights, bias) = op.kind.parameters()?;
    let tensor = graph.tensor(weights);
    let mut largest = ranges(graph, op)?;
    let mut biases = bias.map_or_else(
        || vec![0.0; largest.len()],
        |bias| numbers(graph.tensor(bias)).to_vec(),
    );
    if matches!(op.kind, OpKind::FullyConnected(_)) && !dense_per_channel {
        for all in [&mut largest, &mut biases] {
            *all = vec![all.iter().fold(0.0, |most: f32, x| most.max(x.abs()))];
        }
    }
    let (input_scale, output_scale) = (f64::from(input_scale), f64::from(output_scale));
    let smallest = output_scale / input_scale * SMALLEST_MULTIPLIER;
    let mut widened = 0;
    let scales = largest.iter().zip(&biases);
    let scales: Vec<f32> = scales
        .map(|(&largest, &bias)| {
            let own = f64::from(largest) / LARGEST_CODE;
            let least = (f64::from(bias).abs() / (input_scale * LARGEST_BIAS)).max(smallest);
            widened += usize::from(least > own && largest > 0.0);
            own.max(least).max(f64::from(f32::MIN_POSITIVE)) as f32
        })
        .collect();
    let mut result = Weights {
        codes: Vec::new(),
        scales,
        widened,
    };
    let values = numbers(tensor).iter().enumerate();
    result.codes = values
        .map(|(at, &w)| {
            let scale = f64::from(result.scale(index_along(&tensor.shape, axis, at)));
            let code = (f64::from(w) / scale).round();
            code.clamp(-LARGEST_CODE, LARGEST_CODE) as i8
        })
        .collect();
    Some(result)
}

/// The bias as codes of `input scale · weight scale`.
pub fn bias_codes(biases: &[f64], input_scale: f32, weights: &Weights) -> Vec<i32> {
    let scale = |c| f64::from(input_scale) * f64::from(weights.scale(c));
    let codes = biases.iter().enumerate();
    // The cast saturates, though the scale has been chosen so that it need not.
    codes.map(|(c, b)| (b / scale(c)).round() as i32).collect()
}

/// What rounding changed in the weights: the number that each code stands for less the weight.
pub fn errors(graph: &Graph, op: &Op, weights: &Weights) -> Vec<f32> {
    let (Some(axis), Some((id, _))) = (output_axis(&op.kind), op.kind.parameters()) else {
        return Vec::new();
    };
    let tensor = graph.tensor(id);
    let values = numbers(tensor).iter().zip(&weights.codes).enumerate();
    values
        .map(|(at, (&w, &code))| {
            let scale = f64::from(weights.scale(index_along(&tensor.shape, axis, at)));
            (scale * f64::from(code) - f64::from(w)) as f32
        })
        .collect()
}
