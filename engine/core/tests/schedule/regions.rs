//! The region algebra against an oracle that walks single taps.

use crate::build::network;
use proptest::prelude::*;
use std::collections::BTreeSet;
use tinyscope_core::graph::{Interval, Padding, Window};
use tinyscope_core::plan::Prepared;
use tinyscope_core::schedule::region::input_interval;
use tinyscope_core::schedule::{Flow, Patches, Source, receptive_fields, shares};

/// The input pixels along an axis that one output pixel reads, tap by tap.
fn taps(window: &Window, axis: usize, output: usize, extent: usize) -> impl Iterator<Item = usize> {
    let before = [window.padding.top, window.padding.left][axis];
    let (stride, dilation) = (window.stride[axis], window.dilation[axis]);
    (0..window.kernel[axis]).filter_map(move |k| {
        (output * stride + k * dilation)
            .checked_sub(before)
            .filter(|&at| at < extent)
    })
}

prop_compose! {
    fn any_window()(
        kernel in 1..=7_usize, stride in 1..=4_usize, dilation in 1..=3_usize, before in 0..=4_usize,
    ) -> Window {
        Window {
            kernel: [kernel; 2],
            stride: [stride; 2],
            dilation: [dilation; 2],
            padding: Padding { top: before, left: before, bottom: 0, right: 0 },
        }
    }
}

/// Per step of the stage and last for its input: the columns that the share needs, found by walking taps.
fn needed(flow: &Flow, split: usize, share: Interval) -> Vec<BTreeSet<usize>> {
    let mut needed = vec![BTreeSet::new(); split + 1];
    needed[split - 1] = (share.start..share.end).collect();
    for step in (0..split).rev() {
        let node = &flow.steps[step];
        for (operand, source) in node.inputs.iter().enumerate() {
            let index = match *source {
                Source::Step(producer) => producer,
                Source::Input(_) => split,
                Source::Constant => continue,
            };
            // The step computes all from the first to the last of what is needed of it.
            let (first, last) = (needed[step].first(), needed[step].last());
            let computed = first
                .zip(last)
                .map_or(0..0, |(&first, &last)| first..last + 1);
            for output in computed {
                match &node.window {
                    Some(window) => {
                        needed[index].extend(taps(window, 1, output, node.input_maps[operand][1]));
                    }
                    // What is broadcast has one column for all.
                    None => {
                        needed[index].insert(output.min(node.input_maps[operand][1] - 1));
                    }
                }
            }
        }
    }
    needed
}

proptest! {
    #[test]
    fn an_interval_reads_exactly_from_its_first_to_its_last_tap(
        window in any_window(), start in 0..10_usize, length in 1..8_usize, extent in 1..80_usize,
    ) {
        let read: BTreeSet<usize> = (start..start + length)
            .flat_map(|output| taps(&window, 1, output, extent))
            .collect();
        // Import refuses windows that see nothing but padding.
        let sees = |output| taps(&window, 1, output, extent).next().is_some();
        prop_assume!(sees(start) && sees(start + length - 1));
        let interval = input_interval(&window, 1, Interval::new(start, start + length), extent);
        prop_assert!(interval.end <= extent);
        if let (Some(&first), Some(&last)) = (read.first(), read.last()) {
            prop_assert_eq!((interval.start, interval.end), (first, last + 1));
        }
    }

    #[test]
    fn shares_cut_the_map_evenly(extent in 1..200_usize, parts in 1..50_usize) {
        prop_assume!(parts <= extent);
        let shares = shares(extent, parts);
        prop_assert_eq!(shares.len(), parts);
        prop_assert_eq!((shares[0].start, shares[parts - 1].end), (0, extent));
        prop_assert!(shares.windows(2).all(|w| w[0].end == w[1].start));
        prop_assert!(shares.iter().all(|s| [extent / parts, extent.div_ceil(parts)].contains(&s.len())));
    }

    #[test]
    fn every_step_computes_the_hull_of_what_is_needed(graph in network(), pick in any::<[usize; 2]>()) {
        let prepared = Prepared::new(&graph).unwrap();
        let splits = &prepared.legal_splits;
        if splits.is_empty() { return Ok(()) }
        let split = splits[pick[0] % splits.len()];
        let [_, width, _] = prepared.flow.steps[split - 1].map;
        let stage = Patches::new(&prepared.flow, &(0..split), [1, 1 + pick[1] % width]);
        let fields = receptive_fields(&prepared.flow, &(0..split));
        for patch in &stage.columns {
            let share = *patch.outputs.last().unwrap();
            let needed = needed(&prepared.flow, split, share);
            let computed = patch.outputs.iter().chain([&patch.input]);
            for ((interval, needed), field) in computed.zip(&needed).zip(&fields) {
                let (Some(&first), Some(&last)) = (needed.first(), needed.last()) else { continue };
                prop_assert_eq!((interval.start, interval.end), (first, last + 1));
                // Borders aside, a share of n pixels needs n − 1 strides and one field.
                prop_assert!(interval.len() <= (share.len() - 1) * field.stride[1] + field.size[1]);
            }
        }
    }
}
