//! A patch stage over the first blocks.

use super::layers::maps;
use crate::accounting::account::Account;
use crate::accounting::chain::{Layer, chain};
use crate::design::{Built, Part};

/// What a patch stage costs, and the rest of the network layer by layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The peak of the whole network.
    pub account: Account,
    /// Height and width of the largest input patch, with its halo, not clipped at the border.
    pub input_patch: [usize; 2],
    /// Multiply-accumulates of the stage's layers run whole.
    pub layer_macs: u64,
    /// Those of the stage in patches, its halo computed beyond the border of each map, too.
    pub unclipped_macs: u64,
    /// Those of the stage in patches, nothing computed beyond the border of any map.
    pub clipped_macs: u64,
    /// Those of the whole network, layer by layer.
    pub network_macs: u64,
}

impl Stage {
    /// Multiply-accumulates of the whole network with this stage clipped, over those of layer by layer.
    pub fn factor(&self) -> f64 {
        let more = self.clipped_macs - self.layer_macs;
        (self.network_macs + more) as f64 / self.network_macs as f64
    }
}

/// The first `blocks` blocks, the stem counting as one, in `grid` × `grid` patches of the stage's output; `None` where there
/// are no such blocks or more patches than pixels.
pub fn stage(built: &Built, blocks: usize, grid: usize) -> Option<Stage> {
    let layers = chain(&built.graph);
    let mut seen: Vec<Part> = Vec::new();
    let inside = layers.iter().take_while(|layer| {
        let part = built.parts[layer.op];
        if part != Part::Head && seen.last() != Some(&part) {
            seen.push(part);
        }
        part != Part::Head && seen.len() <= blocks
    });
    let count = inside.count();
    let (first, rest) = layers.split_at(count);
    let last = first.last()?;
    let [h, w, _] = last.output;
    let enough = seen.len() >= blocks && grid >= 1 && grid <= h.min(w);
    if !enough {
        return None;
    }
    let axes = [0, 1].map(|axis| patches(first, axis, grid, false));
    let clipped = [0, 1].map(|axis| patches(first, axis, grid, true));
    // Pixels of a layer's output over all patches: the sum over rows of patches times that over columns.
    let macs = |axes: &[Vec<Vec<usize>>; 2]| -> u64 {
        let each = first.iter().enumerate().map(|(at, layer)| {
            let along = |axis: usize| axes[axis].iter().map(|spans| spans[at + 1]).sum::<usize>();
            layer.macs_per_pixel * (along(0) * along(1)) as u64
        });
        each.sum()
    };
    // Extents of the largest tile before each layer and behind the last.
    let largest = |axis: usize, at: usize| axes[axis].iter().map(|s| s[at]).max().unwrap_or(0);
    let tile = |at: usize| largest(0, at) * largest(1, at);
    let whole = last.output_bytes();
    let in_tiles = first.iter().enumerate().map(|(at, layer)| {
        let (input, output) = (tile(at) * layer.input[2], tile(at + 1) * layer.output[2]);
        let output = if layer.depthwise {
            output.saturating_sub(input)
        } else {
            output
        };
        (layer.op, [input, output, whole])
    });
    let in_layers = rest.iter().map(|layer| {
        let [input, output] = maps(layer);
        (layer.op, [input, output, 0])
    });
    let all = in_tiles.chain(in_layers);
    let peak = all.max_by_key(|(op, bytes)| (bytes.iter().sum::<usize>(), std::cmp::Reverse(*op)));
    let (step, [input, output, whole]) = peak?;
    Some(Stage {
        account: Account::of(
            "MCUNetV2, patches",
            "Input and output of the largest layer or of its largest tile, the stage's whole output beside the tiles, \
             depthwise convolutions in place, the input patch counted, residuals not.",
            step,
            [
                ("input", input),
                ("output", output),
                ("output of the stage", whole),
            ],
        ),
        input_patch: [largest(0, 0), largest(1, 0)],
        layer_macs: first.iter().map(Layer::macs).sum(),
        unclipped_macs: macs(&axes),
        clipped_macs: macs(&clipped),
        network_macs: built
            .graph
            .ops
            .iter()
            .map(|op| crate::cost::macs(&built.graph, op))
            .sum(),
    })
}

/// For each patch along `axis`, the extents of its tiles: before the first layer, between the layers, behind the last.
fn patches(layers: &[Layer], axis: usize, grid: usize, clip: bool) -> Vec<Vec<usize>> {
    let extent = layers.last().map_or(0, |layer| layer.output[axis]);
    let one = |patch: usize| {
        let bounds = [patch * extent / grid, (patch + 1) * extent / grid];
        let mut interval = bounds.map(|at| at as isize);
        let mut spans = vec![bounds[1] - bounds[0]];
        for layer in layers.iter().rev() {
            interval = layer.reaches(axis, interval);
            if clip {
                interval = [
                    interval[0].max(0),
                    interval[1].min(layer.input[axis] as isize),
                ];
            }
            spans.push((interval[1] - interval[0]).max(0) as usize);
        }
        spans.reverse();
        spans
    };
    (0..grid).map(one).collect()
}
