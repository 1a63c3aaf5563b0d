//! The patch stage: the first steps run for one patch of their last output after the other, halos recomputed and
//! clipped at the border of each map.

use super::region::{ReceptiveField, backward, receptive_fields};
use super::{Flow, ScheduleError, Source};
use crate::graph::{Interval, Region};

/// One row or column of patches: what each step computes along that axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AxisPatch {
    /// Per step of the stage, the interval of its output.
    pub outputs: Vec<Interval>,
    /// The interval of the stage's input that is read.
    pub input: Interval,
}

/// A legal patch stage. A patch is a row of patches crossed with a column of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Number of steps in the stage.
    pub split: usize,
    /// Rows of patches, from the top.
    pub rows: Vec<AxisPatch>,
    /// Columns of patches, from the left.
    pub columns: Vec<AxisPatch>,
    /// `[row, column]` of one patch of each kind: all others only lie elsewhere, away from borders.
    pub kinds: Vec<[usize; 2]>,
}

impl Stage {
    /// The stage over the first `split` steps with `grid` patches (vertically, horizontally).
    ///
    /// # Errors
    /// When the stage cannot end there or the grid does not suit its output.
    pub fn new(flow: &Flow, split: usize, grid: [usize; 2]) -> Result<Self, ScheduleError> {
        check_split(flow, split)?;
        let [rows, columns] = grid;
        if rows == 0 || columns == 0 {
            return Err(ScheduleError::EmptyGrid { rows, columns });
        }
        let [height, width, _] = (split.checked_sub(1)).map_or([1, 1, 0], |s| flow.steps[s].map);
        if rows > height || columns > width {
            return Err(ScheduleError::GridTooFine {
                rows,
                columns,
                height,
                width,
            });
        }
        let [rows, columns] = [0, 1].map(|axis| axis_patches(flow, split, axis, grid[axis]));
        let fields = receptive_fields(flow, split);
        let [row_kinds, column_kinds] =
            [(&rows, 0), (&columns, 1)].map(|(patches, axis)| kinds(patches, &fields, axis));
        let kinds = (row_kinds.iter())
            .flat_map(|&row| column_kinds.iter().map(move |&column| [row, column]))
            .collect();
        Ok(Self {
            split,
            rows,
            columns,
            kinds,
        })
    }

    /// The region of a step's output in the patch of this row and column.
    pub fn output(&self, row: usize, column: usize, step: usize) -> Region {
        Region {
            y: self.rows[row].outputs[step],
            x: self.columns[column].outputs[step],
        }
    }

    /// `[row, column]` of every patch in the order they are run.
    pub fn patches(&self) -> impl Iterator<Item = [usize; 2]> + '_ {
        (0..self.rows.len()).flat_map(|r| (0..self.columns.len()).map(move |c| [r, c]))
    }

    /// Pixels of the largest tile of a step's output: rows and columns are independent, so it is the tallest row of
    /// patches crossed with the widest column.
    pub fn largest_tile(&self, step: usize) -> usize {
        let longest = |axis: &[AxisPatch]| axis.iter().map(|p| p.outputs[step].len()).max();
        longest(&self.rows).unwrap_or(0) * longest(&self.columns).unwrap_or(0)
    }

    /// Pixels that all patches together compute of a step's output.
    pub fn computed_pixels(&self, step: usize) -> usize {
        let sum =
            |axis: &[AxisPatch]| -> usize { axis.iter().map(|p| p.outputs[step].len()).sum() };
        sum(&self.rows) * sum(&self.columns)
    }
}

/// The patches along `axis` of a stage that [`check_split`] allows, its output cut into `parts` shares.
pub fn axis_patches(flow: &Flow, split: usize, axis: usize, parts: usize) -> Vec<AxisPatch> {
    let extent = (split.checked_sub(1)).map_or(1, |last| flow.steps[last].map[axis]);
    (shares(extent, parts).into_iter())
        .map(|share| {
            let (outputs, input) = backward(flow, split, axis, share);
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

/// Whether a patch stage can consist of the first `split` steps: every step is spatially local and leads to the
/// last, and one tensor leaves the stage. 0 means no stage and is always legal.
///
/// # Errors
/// The first reason why not, in step order.
pub fn check_split(flow: &Flow, split: usize) -> Result<(), ScheduleError> {
    let steps = flow.steps.len();
    if split > steps {
        return Err(ScheduleError::TooLong { split, steps });
    }
    let mut input = None;
    for (step, node) in flow.steps.iter().enumerate().take(split) {
        if !node.local {
            let op = node.op;
            return Err(ScheduleError::NotLocal { split, step, op });
        }
        for source in &node.inputs {
            if let Source::Input(index) = *source
                && *input.get_or_insert(index) != index
            {
                return Err(ScheduleError::SeveralInputs { split });
            }
        }
        if step + 1 == split {
            break;
        }
        if node.is_output {
            return Err(ScheduleError::OutputInside { split, step });
        }
        if node.last_reader >= split {
            let reads = |n: &super::Node| n.inputs.contains(&Source::Step(step));
            let reader = (flow.steps[split..].iter().position(reads)).map_or(split, |i| i + split);
            return Err(ScheduleError::Crosses {
                split,
                step,
                reader,
            });
        }
        if node.last_reader == step {
            return Err(ScheduleError::DeadEnd { split, step });
        }
    }
    Ok(())
}

/// Every length at which a patch stage can end, ascending, 0 (no stage) left out.
pub fn legal_splits(flow: &Flow) -> Vec<usize> {
    (1..=flow.steps.len())
        .take_while(|&split| flow.steps[split - 1].local)
        .filter(|&split| check_split(flow, split).is_ok())
        .collect()
}
