//! Layer by layer.

use crate::accounting::account::Account;
use crate::accounting::chain::{Layer, chain};
use crate::design::{Built, Part};
use crate::graph::Graph;

/// Bytes of input and output.
pub(super) fn maps(layer: &Layer) -> [usize; 2] {
    let (input, output) = (layer.input_bytes(), layer.output_bytes());
    if layer.depthwise {
        [input, output.saturating_sub(input)]
    } else {
        [input, output]
    }
}

/// The peak of the lowered `graph` as the paper counts it.
pub fn layer_by_layer(graph: &Graph) -> Account {
    let layers = chain(graph);
    let largest = layers
        .iter()
        .rev()
        .max_by_key(|layer| maps(layer).iter().sum::<usize>());
    let [input, output] = largest.map_or([0; 2], maps);
    Account::of(
        "MCUNetV2",
        "Input and output of the largest layer, depthwise convolutions in place, the image counted, residuals not.",
        largest.map_or(0, |layer| layer.op),
        [("input", input), ("output", output)],
    )
}

/// The peak of each block, the stem first, in bytes. The head is left out.
pub fn block_peaks(built: &Built) -> Vec<usize> {
    let mut peaks: Vec<(Part, usize)> = Vec::new();
    for layer in chain(&built.graph) {
        let part = built.parts[layer.op];
        let bytes: usize = maps(&layer).iter().sum();
        match peaks.last_mut() {
            Some((last, peak)) if *last == part => *peak = bytes.max(*peak),
            _ => peaks.push((part, bytes)),
        }
    }
    let blocks = peaks.into_iter().filter(|(part, _)| *part != Part::Head);
    blocks.map(|(_, bytes)| bytes).collect()
}
