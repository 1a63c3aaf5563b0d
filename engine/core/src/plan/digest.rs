//! Checksums of steps' outputs, by which the host and the target tell whether they computed the same bytes.
//!
//! FNV-1a, 32 bits (Fowler, Noll, Vo), over the output's bytes in the order in which the program writes whole regions:
//! row by row, the patches of a stage one after the other.

use super::{Patch, Plan, StepId, Way};
use crate::graph::{Interval, Region};
use crate::quant::Trace;

/// Digest of nothing.
pub const EMPTY: u32 = 2_166_136_261;

/// Continues a digest over more codes.
pub fn extend(digest: u32, codes: &[i8]) -> u32 {
    codes.iter().fold(digest, |digest, &code| {
        (digest ^ u32::from(code as u8)).wrapping_mul(16_777_619)
    })
}

/// The regions of its output that a step computes, in the order in which the program does so: one for each patch in a
/// patch stage, else the whole map.
pub fn regions_in_run_order(plan: &Plan, step: StepId) -> Vec<Region> {
    let index = step.0 as usize;
    let segment = &plan.segments[plan.step(step).segment];
    let shape = plan.graph.tensor(plan.step(step).output.tensor).hwc();
    match &segment.way {
        Way::Layer => vec![Region::whole(shape[0], shape[1])],
        Way::Patch(stage) => {
            let of = |patch: &Patch| patch.outputs[index - segment.steps.start];
            stage.patches.iter().map(of).collect()
        }
        Way::HorizontalCache(strips) => {
            let [_, width, _] = shape;
            let at = index - segment.steps.start;
            let columns = strips.columns.computed[at].min(width);
            (strips.strips.iter())
                .flat_map(|strip| {
                    (0..columns).map(|x| Region {
                        y: strip.outputs[at],
                        x: Interval::new(x, x + 1),
                    })
                })
                .collect()
        }
        Way::LineBuffers(lines) => {
            let computed = lines.computed[index - segment.steps.start];
            (0..lines.unit.count(shape))
                .map(|unit| lines.unit.region(unit, shape))
                .take_while(|region| lines.unit.places(*region, shape).end <= computed)
                .collect()
        }
        Way::TileCache(tiles) => (tiles.cells())
            .map(|cell| tiles.fresh(cell, index - segment.steps.start))
            .filter(|region| region.pixels() > 0)
            .collect(),
    }
}

/// The rows of a region of a map of `width` × `channels`, each as its codes.
pub fn rows(
    codes: &[i8],
    [_, width, channels]: [usize; 3],
    region: Region,
) -> impl Iterator<Item = &[i8]> {
    (region.y.start..region.y.end).map(move |y| {
        let row = y * width * channels;
        &codes[row + region.x.start * channels..row + region.x.end * channels]
    })
}

/// The digest that a step's output must have, from a host run of the plan's graph. `None` where the run has no codes
/// of that tensor.
pub fn expected(plan: &Plan, trace: &Trace, step: StepId) -> Option<u32> {
    let tensor = plan.step(step).output.tensor;
    let codes = trace.get(tensor)?.as_i8()?;
    let shape = plan.graph.tensor(tensor).hwc();
    (codes.len() == shape.iter().product::<usize>()).then(|| {
        regions_in_run_order(plan, step)
            .into_iter()
            .flat_map(|region| rows(codes, shape, region))
            .fold(EMPTY, extend)
    })
}

#[cfg(test)]
mod tests {
    use super::{EMPTY, extend, rows};
    use crate::graph::{Interval, Region};

    #[test]
    fn matches_the_published_test_vectors() {
        // From the reference implementation's test suite: "a" and "foobar".
        let codes = |text: &str| text.bytes().map(|b| b as i8).collect::<Vec<_>>();
        assert_eq!(extend(EMPTY, &codes("a")), 0xe40c_292c);
        assert_eq!(extend(EMPTY, &codes("foobar")), 0xbf9c_f968);
        assert_eq!(
            extend(extend(EMPTY, &codes("foo")), &codes("bar")),
            0xbf9c_f968
        );
    }

    #[test]
    fn rows_of_a_region_are_cut_out_of_the_map() {
        let codes: Vec<i8> = (0..24).collect();
        let region = Region {
            y: Interval::new(1, 3),
            x: Interval::new(2, 4),
        };
        let cut: Vec<&[i8]> = rows(&codes, [3, 4, 2], region).collect();
        assert_eq!(cut, [&[12, 13, 14, 15][..], &[20, 21, 22, 23][..]]);
    }
}
