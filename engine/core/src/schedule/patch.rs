//! Patches: the steps of a segment run for one patch of their last output after the other, halos recomputed and
//! clipped at the border of each map.

use super::Flow;
use super::region::{ReceptiveField, backward, receptive_fields, square};
use crate::graph::{Interval, Region};
use std::ops::Range;

/// One row or column of patches: what each step computes along that axis.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct AxisPatch {
    /// Per step of the stage, the interval of its output.
    pub outputs: Vec<Interval>,
    /// The interval of the stage's input that is read.
    pub input: Interval,
}

/// A segment in patches. A patch is a row of patches crossed with a column of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patches {
    /// Rows of patches, from the top.
    pub rows: Vec<AxisPatch>,
    /// Columns of patches, from the left.
    pub columns: Vec<AxisPatch>,
    /// `[row, column]` of one patch of each kind: all others only lie elsewhere, away from borders.
    pub kinds: Vec<[usize; 2]>,
}

impl Patches {
    /// The segment's output cut into `grid` patches (vertically, horizontally).
    pub fn new(flow: &Flow, steps: &Range<usize>, grid: [usize; 2]) -> Self {
        let map = flow.steps[steps.end - 1].map;
        let along = |axis: usize| axis_patches(flow, steps, axis, &shares(map[axis], grid[axis]));
        let fields = receptive_fields(flow, steps);
        let rows = along(0);
        let row_kinds = kinds(&rows, &fields, 0);
        let (columns, column_kinds) = if grid[0] == grid[1] && square(flow, steps) {
            (rows.clone(), row_kinds.clone())
        } else {
            let columns = along(1);
            let kinds = kinds(&columns, &fields, 1);
            (columns, kinds)
        };
        let kinds = (row_kinds.iter())
            .flat_map(|&row| column_kinds.iter().map(move |&column| [row, column]))
            .collect();
        Self {
            rows,
            columns,
            kinds,
        }
    }

    /// The region of the output of step number `at` of the segment in the patch of this row and column.
    pub fn output(&self, [row, column]: [usize; 2], at: usize) -> Region {
        Region {
            y: self.rows[row].outputs[at],
            x: self.columns[column].outputs[at],
        }
    }

    /// `[row, column]` of every patch in the order they are run.
    pub fn patches(&self) -> impl Iterator<Item = [usize; 2]> + '_ {
        (0..self.rows.len()).flat_map(|r| (0..self.columns.len()).map(move |c| [r, c]))
    }

    /// Pixels of the largest tile of step number `at`: rows and columns are independent, so it is the tallest row of
    /// patches crossed with the widest column.
    pub fn largest_tile(&self, at: usize) -> usize {
        let longest = |axis: &[AxisPatch]| axis.iter().map(|p| p.outputs[at].len()).max();
        longest(&self.rows).unwrap_or(0) * longest(&self.columns).unwrap_or(0)
    }

    /// Pixels of step number `at` that all patches together compute.
    pub fn computed_pixels(&self, at: usize) -> usize {
        let sum = |axis: &[AxisPatch]| -> usize { axis.iter().map(|p| p.outputs[at].len()).sum() };
        sum(&self.rows) * sum(&self.columns)
    }
}

/// The patches along `axis` of a segment whose output is cut into `shares`.
pub fn axis_patches(
    flow: &Flow,
    steps: &Range<usize>,
    axis: usize,
    shares: &[Interval],
) -> Vec<AxisPatch> {
    (shares.iter())
        .map(|&share| {
            let (outputs, input) = backward(flow, steps, axis, share);
            AxisPatch { outputs, input }
        })
        .collect()
}

/// The first patch of each kind along an axis. Two are of a kind when all their intervals have the same length and
/// lie the same way relative to the patch: then every size and every distance in them is the same.
fn kinds(patches: &[AxisPatch], fields: &[ReceptiveField], axis: usize) -> Vec<usize> {
    let mut seen: Vec<(usize, Vec<(usize, isize)>)> = Vec::new();
    for (index, patch) in patches.iter().enumerate() {
        let share = patch.outputs.last().copied().unwrap_or(patch.input);
        let shape = (patch
            .outputs
            .iter()
            .chain(std::iter::once(&patch.input))
            .zip(fields))
        .map(|(interval, field)| {
            let origin = (share.start * field.stride[axis]) as isize;
            (interval.len(), interval.start as isize - origin)
        })
        .collect();
        if seen.iter().all(|(_, other)| *other != shape) {
            seen.push((index, shape));
        }
    }
    seen.into_iter().map(|(index, _)| index).collect()
}

/// Cuts `extent` pixels into `parts` shares that differ by at most one pixel. The longer ones lie at the borders,
/// where the halo is clipped, so that the largest tile is as small as it can be.
pub fn shares(extent: usize, parts: usize) -> Vec<Interval> {
    let (short, longer) = (extent / parts, extent % parts);
    let mut start = 0;
    (0..parts)
        .map(|part| {
            // Ranks from the borders inwards: first, last, second, last but one, …
            let rank = (2 * part).min(2 * (parts - 1 - part) + 1);
            let end = start + short + usize::from(rank < longer);
            let share = Interval::new(start, end);
            start = end;
            share
        })
        .collect()
}
