//! The plain sum of live tensors.

use crate::{built, chain};
use tinyscope_core::accounting::tensors::live_maximum;
use tinyscope_core::design::BUNDLED;
use tinyscope_core::import::View;

#[test]
fn without_in_place_it_is_what_the_view_of_a_file_counts() {
    for bundled in BUNDLED {
        let graph = built(bundled.name).graph;
        let view = View::of_graph(&graph, "", 0, "");
        let (_, peak) = view.peak().expect("a peak");
        assert_eq!(
            live_maximum(&graph, false).peak_bytes as u64,
            peak,
            "{}",
            bundled.name
        );
    }
}

#[test]
fn a_residual_is_held_and_depthwise_and_addition_write_over_their_input() {
    let block = "Inverted(expand: 8, kernel: 3, width: 3, residual: true)";
    let graph = chain([10, 10], block).graph;
    // Expansion 300 + 800; depthwise 800 + 800 and 300 held; projection 800 + 300 + 300; addition 300 + 300 + 300.
    let account = live_maximum(&graph, false);
    assert_eq!((account.peak_bytes, account.step), (1900, 1));
    let parts: Vec<(&str, usize)> = account.parts.iter().map(|p| (&*p.name, p.bytes)).collect();
    assert_eq!(parts, [("input", 800), ("output", 800), ("held", 300)]);
    let account = live_maximum(&graph, true);
    assert_eq!((account.peak_bytes, account.step), (1400, 2));
}
