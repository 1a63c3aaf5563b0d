//! Where the target's answer first departs from the host's.

use super::host;
use super::result::Difference;
use crate::error::BoardError;
use crate::session::Program;
use crate::types::Cancel;
use std::collections::BTreeMap;
use std::time::Duration;
use tinyscope_core::plan::{Plan, StepId, digest};
use tinyscope_core::quant::Value;

/// Runs again, stopping after each pass of a step that differs, and compares its whole map. `None` when the repeated run
/// shows no difference: the target does not answer the same every time.
pub(super) fn find_difference(
    program: &mut Program<'_>,
    plan: &Plan,
    step: StepId,
    (index, input): (usize, &[i8]),
    limit: Duration,
    cancel: &Cancel,
) -> Result<Option<Difference>, BoardError> {
    let trace = host::trace(plan, input)?;
    let tensor = plan.step(step).output.tensor;
    let Some(host) = trace.get(tensor).and_then(Value::as_i8) else {
        return Ok(None);
    };
    let shape = plan.graph.tensor(tensor).hwc();
    let regions = digest::regions_in_run_order(plan, step);
    let passes = program.step_output(input, step.0, limit, cancel)?;
    let mut found = Found::default();
    for (stopped, &region) in passes.iter().zip(&regions) {
        let host = digest::rows(host, shape, region).flatten();
        let (width, channels) = (region.x.len().max(1), shape[2].max(1));
        for (i, (&byte, &host)) in stopped.data.iter().zip(host).enumerate() {
            let target = byte as i8;
            if target != host {
                let at = [
                    region.y.start + i / channels / width,
                    region.x.start + i / channels % width,
                    i % channels,
                ];
                found.note(at, target, host);
            }
        }
    }
    Ok(found.difference(u32::try_from(index).unwrap_or(u32::MAX), step, shape))
}

/// Differing elements of a map.
#[derive(Default)]
struct Found {
    /// In the order of the run.
    first: Option<([usize; 3], i8, i8)>,
    /// Largest absolute difference at each position: patches compute the pixels of their halos several times.
    places: BTreeMap<[usize; 3], u8>,
}

impl Found {
    fn note(&mut self, at: [usize; 3], target: i8, host: i8) {
        self.first.get_or_insert((at, target, host));
        let largest = self.places.entry(at).or_default();
        *largest = (*largest).max(target.abs_diff(host));
    }

    fn difference(&self, input: u32, step: StepId, shape: [usize; 3]) -> Option<Difference> {
        let (at, target, host) = self.first?;
        let (mut from, mut to) = (at, at);
        for place in self.places.keys() {
            for axis in 0..3 {
                from[axis] = from[axis].min(place[axis]);
                to[axis] = to[axis].max(place[axis]);
            }
        }
        Some(Difference {
            input,
            step,
            at,
            target,
            host,
            count: self.places.len(),
            largest: self.places.values().copied().max().unwrap_or(0),
            from,
            to,
            shape,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pixel_of_two_halos_counts_once_and_the_box_holds_all() {
        let mut found = Found::default();
        assert_eq!(found.difference(0, StepId(3), [9, 9, 4]), None);
        found.note([4, 2, 1], 5, 3);
        found.note([4, 2, 1], -128, 127);
        found.note([1, 7, 0], 0, 1);
        let difference = found.difference(2, StepId(3), [9, 9, 4]).expect("differs");
        assert_eq!(difference.count, 2);
        assert_eq!(difference.largest, 255);
        assert_eq!(
            (difference.at, difference.target, difference.host),
            ([4, 2, 1], 5, 3)
        );
        assert_eq!((difference.from, difference.to), ([1, 2, 0], [4, 7, 1]));
    }
}
