//! msf-CNN's first problem: the least memory under a bound on the MACs. Shortest paths over segment edges, of which those
//! above a memory threshold are dropped; the threshold is found by bisection over the edges' own sizes.

use super::fused::{Cost, cost};
use crate::accounting::account::Account;
use crate::accounting::chain::{Layer, chain};
use crate::graph::Graph;

/// How a network is cut into runs of fused layers.
#[derive(Clone, Debug, PartialEq)]
pub struct Fusion {
    /// The peak.
    pub account: Account,
    /// Multiply-accumulates over those of layer by layer.
    pub factor: f64,
    /// First and last layer of each run, in the chain of convolutions.
    pub runs: Vec<[usize; 2]>,
}

/// The fusion of the lowered `graph` with the least peak whose MACs are at most `max_factor` times those of layer by layer
/// (at least 1; infinity is no bound). Of all fusions under that peak, the one with the fewest MACs. `None` without layers.
pub fn least_memory(graph: &Graph, max_factor: f64) -> Option<Fusion> {
    let layers = chain(graph);
    let count = layers.len();
    let mut edges: Vec<(usize, usize, Cost)> = Vec::new();
    for first in 0..count {
        let runs =
            (first..count).filter_map(|last| Some((first, last, cost(&layers, first, last)?)));
        edges.extend(runs);
    }
    let plain: u64 = layers.iter().map(Layer::macs).sum();
    let most = plain as f64 * max_factor;
    let mut sizes: Vec<usize> = edges.iter().map(|(_, _, cost)| cost.bytes()).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let affordable =
        |bytes: usize| shortest(&edges, count, bytes).filter(|(macs, _)| *macs as f64 <= most);
    let least = sizes.partition_point(|&bytes| affordable(bytes).is_none());
    let (macs, runs) = affordable(*sizes.get(least)?)?;
    let costs = runs
        .iter()
        .filter_map(|&[first, last]| Some((first, cost(&layers, first, last)?)));
    let (first, peak) = costs.rev().max_by_key(|(_, cost)| cost.bytes())?;
    Some(Fusion {
        account: account(layers[first].op, peak),
        factor: macs as f64 / plain as f64,
        runs,
    })
}

/// The peak of the lowered `graph` without any fusion.
pub fn layer_by_layer(graph: &Graph) -> Account {
    let layers = chain(graph);
    let alone = |at: usize| cost(&layers, at, at).unwrap_or_default();
    let largest = (0..layers.len()).rev().max_by_key(|&at| alone(at).bytes());
    let peak = largest.map(alone).unwrap_or_default();
    account(largest.map_or(0, |at| layers[at].op), peak)
}

fn account(step: usize, peak: Cost) -> Account {
    Account::of(
        "msf-CNN",
        "Input and output of the largest run of fused layers with k columns of every layer's tile inside; the network's \
         input and last output and residuals are not counted, nothing is in place.",
        step,
        [
            ("input", peak.input),
            ("output", peak.output),
            ("tile buffers", peak.buffers),
        ],
    )
}

/// The cheapest way from the first layer to the last over runs of at most `bytes`, with its MACs.
fn shortest(
    edges: &[(usize, usize, Cost)],
    count: usize,
    bytes: usize,
) -> Option<(u64, Vec<[usize; 2]>)> {
    let mut best: Vec<Option<(u64, usize)>> = vec![None; count + 1];
    best[0] = Some((0, 0));
    // Edges are sorted by where they begin.
    for (first, last, cost) in edges.iter().filter(|(_, _, cost)| cost.bytes() <= bytes) {
        let Some((macs, _)) = best[*first] else {
            continue;
        };
        let total = macs + cost.macs;
        if best[last + 1].is_none_or(|(known, _)| total < known) {
            best[last + 1] = Some((total, *first));
        }
    }
    let (macs, _) = best[count]?;
    let mut runs = Vec::new();
    let mut end = count;
    while end > 0 {
        let (_, first) = best[end]?;
        runs.push([first, end - 1]);
        end = first;
    }
    runs.reverse();
    Some((macs, runs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::Design;

    /// The least peak over all 2^(n−1) ways to cut the chain that cost at most `most` MACs, and the fewest MACs under it.
    fn slow(layers: &[Layer], most: f64) -> Option<(usize, u64)> {
        let count = layers.len();
        let cuts = (0..1_usize << (count - 1)).filter_map(|cuts| {
            let (mut peak, mut macs, mut first) = (0, 0, 0);
            for last in 0..count {
                if last + 1 == count || cuts >> last & 1 == 1 {
                    let cost = cost(layers, first, last)?;
                    peak = cost.bytes().max(peak);
                    macs += cost.macs;
                    first = last + 1;
                }
            }
            (macs as f64 <= most).then_some((peak, macs))
        });
        cuts.min()
    }

    #[test]
    fn no_way_to_cut_a_small_chain_is_better() {
        for blocks in [
            "Inverted(expand: 9, kernel: 5, width: 4), Inverted(expand: 12, kernel: 3, stride: 2, width: 5), Conv(width: 9, kernel: (3, 3))",
            "Conv(width: 8, kernel: (3, 3), stride: (2, 2)), Separable(kernel: 7, width: 6), Separable(kernel: 3, stride: 2, width: 12), Conv(width: 3, kernel: (1, 1))",
            "Conv(width: 2, kernel: (5, 5)), Conv(width: 9, kernel: (3, 3)), Conv(width: 1, kernel: (3, 3)), Inverted(expand: 7, kernel: 3, width: 2), Conv(width: 8, kernel: (3, 3), stride: (2, 2))",
        ] {
            let text =
                format!("(name: \"chain\", resolution: (33, 29), channels: 3, blocks: [{blocks}])");
            let graph = Design::from_ron(text.as_bytes()).and_then(|design| design.to_graph());
            let graph = graph.expect("a design");
            let layers = chain(&graph);
            let plain: u64 = layers.iter().map(Layer::macs).sum();
            for factor in [1.0, 1.02, 1.1, 1.3, 1.6, 2.0, f64::INFINITY] {
                let best = least_memory(&graph, factor).expect("layers");
                let (peak, macs) = slow(&layers, plain as f64 * factor).expect("layer by layer");
                assert_eq!(best.account.peak_bytes, peak, "{factor}");
                assert!((best.factor - macs as f64 / plain as f64).abs() < 1e-12);
            }
        }
    }
}
