//! The two-dimensional cache (StreamNet): the output in tiles, in raster order; of every map the rows that the tiles
//! below will read again and the columns that the tile to the right will read again are kept, so that nothing is
//! recomputed.

use super::Flow;
use super::region::{operand_interval, square};
use crate::graph::{Interval, Region};
use std::ops::Range;

/// What one row (or column) of tiles computes and sees of every step's output, along that axis.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct AxisTile {
    /// Per step of the segment: what is computed now. The intervals of all tiles follow each other.
    pub fresh: Vec<Interval>,
    /// Per step of the segment: what its window holds, the kept part before and then the fresh one.
    pub window: Vec<Interval>,
}

/// A segment in tiles.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Tiles {
    /// Rows of tiles, from the top.
    pub rows: Vec<AxisTile>,
    /// Columns of tiles, from the left.
    pub columns: Vec<AxisTile>,
}

impl Tiles {
    /// The segment's output in tiles of `tile` rows and columns, those at the end smaller.
    pub fn new(flow: &Flow, steps: &Range<usize>, tile: [usize; 2]) -> Self {
        let rows = axis_tiles(flow, steps, 0, tile[0]);
        let columns = if tile[0] == tile[1] && square(flow, steps) {
            rows.clone()
        } else {
            axis_tiles(flow, steps, 1, tile[1])
        };
        Self { rows, columns }
    }

    /// `[row, column]` of every tile in the order they are run.
    pub fn cells(&self) -> impl Iterator<Item = [usize; 2]> + '_ {
        (0..self.rows.len()).flat_map(|r| (0..self.columns.len()).map(move |c| [r, c]))
    }

    /// What step number `at` of the segment computes in a tile.
    pub fn fresh(&self, [row, column]: [usize; 2], at: usize) -> Region {
        Region {
            y: self.rows[row].fresh[at],
            x: self.columns[column].fresh[at],
        }
    }

    /// What the window of step number `at` holds in a tile.
    pub fn window(&self, [row, column]: [usize; 2], at: usize) -> Region {
        Region {
            y: self.rows[row].window[at],
            x: self.columns[column].window[at],
        }
    }

    /// Rows and columns of the largest window of step number `at`.
    pub fn largest_window(&self, at: usize) -> [usize; 2] {
        [&self.rows, &self.columns]
            .map(|axis| axis.iter().map(|t| t.window[at].len()).max().unwrap_or(0))
    }

    /// Rows of step number `at` that are kept, over the whole width, from one row of tiles to the next.
    pub fn kept_rows(&self, at: usize) -> usize {
        let kept = |tile: &AxisTile| tile.window[at].len() - tile.fresh[at].len();
        self.rows.iter().map(kept).max().unwrap_or(0)
    }

    /// Pixels of step number `at` that all tiles together compute.
    pub fn computed_pixels(&self, at: usize) -> usize {
        let sum = |axis: &[AxisTile]| axis.iter().map(|t| t.fresh[at].len()).sum::<usize>();
        sum(&self.rows) * sum(&self.columns)
    }
}

fn axis_tiles(flow: &Flow, steps: &Range<usize>, axis: usize, tile: usize) -> Vec<AxisTile> {
    let (length, tile) = (steps.len(), tile.max(1));
    let extent = flow.steps[steps.end - 1].map[axis];
    // How far each step has come after each tile.
    let mut ends: Vec<Vec<usize>> = Vec::new();
    for end in (0..extent)
        .step_by(tile)
        .map(|start| (start + tile).min(extent))
    {
        let mut reached = vec![0; length];
        reached[length - 1] = end;
        for step in steps.clone().rev() {
            let node = &flow.steps[step];
            let output = Interval::new(0, reached[step - steps.start]);
            for (operand, source) in node.inputs.iter().enumerate() {
                if let Some(at) = source.step_in(steps) {
                    let needed = operand_interval(node, operand, axis, output);
                    reached[at] = reached[at].max(needed.end);
                }
            }
        }
        ends.push(reached);
    }
    let fresh_of = |tile: usize| -> Vec<Interval> {
        (0..length)
            .map(|at| {
                let start = tile.checked_sub(1).map_or(0, |before| ends[before][at]);
                Interval::new(start, ends[tile][at])
            })
            .collect()
    };
    // From the last tile back: the first pixel that this tile or a later one reads.
    let mut first = vec![usize::MAX; length];
    let mut tiles: Vec<AxisTile> = Vec::with_capacity(ends.len());
    for tile in (0..ends.len()).rev() {
        let fresh = fresh_of(tile);
        for step in steps.clone() {
            let node = &flow.steps[step];
            for (operand, source) in node.inputs.iter().enumerate() {
                if let Some(at) = source.step_in(steps) {
                    let read = operand_interval(node, operand, axis, fresh[step - steps.start]);
                    if !read.is_empty() {
                        first[at] = first[at].min(read.start);
                    }
                }
            }
        }
        let window = (fresh.iter().zip(&first))
            .map(|(fresh, &first)| Interval::new(first.min(fresh.start), fresh.end))
            .collect();
        tiles.push(AxisTile { fresh, window });
    }
    tiles.reverse();
    tiles
}
