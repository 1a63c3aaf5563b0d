//! Convolutions. Weights are laid out anew in blocks of [`LANES`] output channels, so that the sums of one pixel stay in
//! registers and each input element meets a whole block.

use super::{QuantError, biases, bound, bounds, constant, for_rows, same_size};
use crate::graph::{Activation, Conv2d, DepthwiseConv2d, Graph, TensorId, TransposeConv2d, Window};

/// Output channels whose sums are carried together.
const LANES: usize = 16;

/// The weights of one tap and input channel for a block of output channels.
type Lanes = [f32; LANES];

/// Weights `[outputs, taps, depth]` as `[outputs / LANES, taps, depth, LANES]`, filled up with zeros.
fn blocks(weights: &[f32], outputs: usize, taps_by_depth: usize) -> Vec<Lanes> {
    let mut packed = vec![[0.0; LANES]; outputs.div_ceil(LANES) * taps_by_depth];
    for (o, row) in weights.chunks_exact(taps_by_depth.max(1)).enumerate() {
        let block = &mut packed[o / LANES * taps_by_depth..];
        for (to, &from) in block.iter_mut().zip(row) {
            to[o % LANES] = from;
        }
    }
    packed
}

/// Adds `Σ input[i] · weights[i][lane]` to each lane.
#[inline]
fn accumulate(mut sums: Lanes, input: &[f32], weights: &[Lanes]) -> Lanes {
    for (&x, weights) in input.iter().zip(weights) {
        for lane in 0..LANES {
            sums[lane] += x * weights[lane];
        }
    }
    sums
}

/// The input coordinates of the taps of output coordinate `out` along `axis` that lie inside `extent`, with their tap.
fn taps(
    window: &Window,
    axis: usize,
    out: usize,
    extent: usize,
) -> impl Iterator<Item = (usize, usize)> + Clone {
    let padding = [window.padding.top, window.padding.left][axis];
    let (first, dilation) = (out * window.stride[axis], window.dilation[axis]);
    (0..window.kernel[axis]).filter_map(move |k| {
        let at = (first + k * dilation).checked_sub(padding)?;
        (at < extent).then_some((k, at))
    })
}

/// What one group of output channels needs: its weights in blocks, biases and bounds.
struct Group<'a> {
    packed: Vec<Lanes>,
    bias: &'a [f32],
    taps: usize,
    depth: usize,
    limits: [f32; 2],
}

impl<'a> Group<'a> {
    fn new(
        weights: &[f32],
        bias: &'a [f32],
        [taps, depth]: [usize; 2],
        activation: Activation,
    ) -> Self {
        Self {
            packed: blocks(weights, bias.len(), taps * depth),
            bias,
            taps,
            depth,
            limits: bounds(activation),
        }
    }

    /// One output pixel: `inside` gives each valid tap and where its input pixel starts.
    fn pixel(
        &self,
        out: &mut [f32],
        input: &[f32],
        inside: &(impl Iterator<Item = (usize, usize)> + Clone),
    ) {
        let depth = self.depth;
        let per_block = (self.taps * depth).max(1);
        let blocks = out.chunks_mut(LANES).zip(self.bias.chunks(LANES));
        for ((out, bias), weights) in blocks.zip(self.packed.chunks_exact(per_block)) {
            let mut sums = [0.0; LANES];
            sums[..bias.len()].copy_from_slice(bias);
            for (tap, at) in inside.clone() {
                let weights = &weights[tap * depth..][..depth];
                sums = accumulate(sums, &input[at..][..depth], weights);
            }
            for (out, &sum) in out.iter_mut().zip(&sums) {
                *out = bound(sum, self.limits);
            }
        }
    }
}

pub(super) fn conv2d(
    graph: &Graph,
    op: &Conv2d,
    input: TensorId,
    output: TensorId,
    x: &[f32],
) -> Result<Vec<f32>, QuantError> {
    let ([h, w, channels], [_, ow, outputs]) =
        (graph.tensor(input).hwc(), graph.tensor(output).hwc());
    let weights = constant(graph, op.weights)?;
    let [kh, kw] = op.window.kernel;
    let depth = *graph.tensor(op.weights).shape.last().unwrap_or(&1);
    let groups = crate::graph::shape::groups(channels, depth, outputs).map_err(|_| {
        QuantError::Malformed {
            what: "the weights do not fit the input's channels",
        }
    })?;
    same_size("weights", outputs * kh * kw * depth, weights.len())?;
    let bias = biases(graph, op.bias, outputs)?;
    let per_group = outputs / groups;
    let taps_by_depth = [kh * kw, depth];
    let groups: Vec<Group<'_>> = weights
        .chunks_exact(per_group * kh * kw * depth)
        .zip(bias.chunks_exact(per_group))
        .map(|(weights, bias)| Group::new(weights, bias, taps_by_depth, op.activation))
        .collect();
    let mut result = vec![0.0; graph.tensor(output).elements()];
    let work = result.len() * kh * kw * depth;
    for_rows(&mut result, ow * outputs, work, |y, row| {
        for (column, out) in row.chunks_exact_mut(outputs).enumerate() {
            let inside = taps(&op.window, 0, y, h).flat_map(|(ky, at)| {
                let columns = taps(&op.window, 1, column, w);
                columns.map(move |(kx, x)| (ky * kw + kx, (at * w + x) * channels))
            });
            let parts = groups.iter().zip(out.chunks_exact_mut(per_group));
            for (g, (group, out)) in parts.enumerate() {
                group.pixel(out, &x[g * depth..], &inside);
            }
        }
    });
    Ok(result)
}

pub(super) fn depthwise(
    graph: &Graph,
    op: &DepthwiseConv2d,
    input: TensorId,
    output: TensorId,
    x: &[f32],
) -> Result<Vec<f32>, QuantError> {
    let ([h, w, channels], [_, ow, outputs]) =
        (graph.tensor(input).hwc(), graph.tensor(output).hwc());
    let weights = constant(graph, op.weights)?;
    let [kh, kw] = op.window.kernel;
    same_size("channels of the output", channels * op.multiplier, outputs)?;
    same_size("weights", kh * kw * outputs, weights.len())?;
    let bias = biases(graph, op.bias, outputs)?;
    let limits = bounds(op.activation);
    let mut result = vec![0.0; graph.tensor(output).elements()];
    let work = result.len() * kh * kw;
    for_rows(&mut result, ow * outputs, work, |y, row| {
        for (column, out) in row.chunks_exact_mut(outputs).enumerate() {
            out.copy_from_slice(&bias);
            for (ky, at) in taps(&op.window, 0, y, h) {
                for (kx, column) in taps(&op.window, 1, column, w) {
                    let pixel = &x[(at * w + column) * channels..][..channels];
                    let weights = &weights[(ky * kw + kx) * outputs..][..outputs];
                    if op.multiplier == 1 {
                        for ((sum, x), w) in out.iter_mut().zip(pixel).zip(weights) {
                            *sum += x * w;
                        }
                        continue;
                    }
                    let sums = out.chunks_exact_mut(op.multiplier);
                    for ((sums, x), w) in sums.zip(pixel).zip(weights.chunks(op.multiplier)) {
                        for (sum, w) in sums.iter_mut().zip(w) {
                            *sum += x * w;
                        }
                    }
                }
            }
            for sum in out {
                *sum = bound(*sum, limits);
            }
        }
    });
    Ok(result)
}

/// The input coordinates that reach output coordinate `out`, with the tap that takes them there.
fn sources(
    stride: usize,
    padding: usize,
    kernel: usize,
    out: usize,
    extent: usize,
) -> impl Iterator<Item = (usize, usize)> + Clone {
    (0..kernel).filter_map(move |k| {
        let from = (out + padding).checked_sub(k)?;
        let at = from / stride;
        (from.is_multiple_of(stride) && at < extent).then_some((k, at))
    })
}

pub(super) fn transpose(
    graph: &Graph,
    op: &TransposeConv2d,
    input: TensorId,
    output: TensorId,
    x: &[f32],
) -> Result<Vec<f32>, QuantError> {
    let ([h, w, depth], [_, ow, outputs]) = (graph.tensor(input).hwc(), graph.tensor(output).hwc());
    let weights = constant(graph, op.weights)?;
    let [_, kh, kw, _] = graph.tensor(op.weights).shape[..] else {
        return Err(QuantError::Malformed {
            what: "the weights are not OHWI",
        });
    };
    same_size("weights", outputs * kh * kw * depth, weights.len())?;
    let bias = biases(graph, op.bias, outputs)?;
    let group = Group::new(weights, &bias, [kh * kw, depth], op.activation);
    let mut result = vec![0.0; graph.tensor(output).elements()];
    let work = result.len() * kh * kw * depth / (op.stride[0] * op.stride[1]).max(1);
    for_rows(&mut result, ow * outputs, work, |y, row| {
        for (column, out) in row.chunks_exact_mut(outputs).enumerate() {
            let rows = sources(op.stride[0], op.padding[0], kh, y, h);
            let inside = rows.flat_map(|(ky, at)| {
                let columns = sources(op.stride[1], op.padding[1], kw, column, w);
                columns.map(move |(kx, x)| (ky * kw + kx, (at * w + x) * depth))
            });
            group.pixel(out, x, &inside);
        }
    });
    Ok(result)
}
