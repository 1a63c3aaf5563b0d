//! msf-CNN's optimiser: what holds of every answer, and its formula by hand.

use crate::{Random, chain};
use tinyscope_core::accounting::msf::least_memory;

#[test]
fn answers_are_within_their_bound_and_looser_bounds_never_cost_memory() {
    let mut random = Random(23);
    for _ in 0..40 {
        let layers = 2 + random.below(4);
        let built = random.chain(layers);
        let bounds = [1.0, 1.05, 1.2, 1.7, f64::INFINITY];
        let found: Vec<_> = (bounds.iter())
            .map(|&bound| least_memory(&built.graph, bound).expect("layers"))
            .collect();
        for (fusion, bound) in found.iter().zip(bounds) {
            assert!(fusion.factor <= bound, "{fusion:?}");
            // The runs cover the chain without a gap.
            let mut next = 0;
            for &[first, last] in &fusion.runs {
                assert_eq!(first, next);
                next = last + 1;
            }
            assert_eq!(next, built.graph.ops.len());
        }
        // A looser bound never costs memory.
        for pair in found.windows(2) {
            assert!(pair[1].account.peak_bytes <= pair[0].account.peak_bytes);
        }
    }
}

#[test]
fn two_fused_layers_are_counted_by_the_formula() {
    // Two 3×3 convolutions of 10×10, 4 and 5 channels, and 3 in: alone the first counts its output, the second its input.
    let built = chain(
        [10, 10],
        "Conv(kernel: (3, 3), width: 4), Conv(kernel: (3, 3), width: 5)",
    );
    let plain = least_memory(&built.graph, 1.0).expect("layers");
    assert_eq!((plain.account.peak_bytes, plain.factor), (400, 1.0));
    assert_eq!(plain.runs, [[0, 0], [1, 1]]);
    // Fused: input and output are the network's own. A tile of five rows, three columns of it: 3·5·3; then, of the last
    // tile, which touches the border, four rows: 3·4·4.
    let fused = least_memory(&built.graph, f64::INFINITY).expect("layers");
    assert_eq!(fused.account.peak_bytes, 45 + 48);
    assert_eq!(fused.runs, [[0, 1]]);
}
