//! The paper's two numbers, n* and p*, by trying all.

use super::patch::{Stage, stage};
use crate::design::Built;

/// Most patches along an axis that are tried.
const MAX_GRID: usize = 16;

/// The best patch stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// n*: blocks in the stage, the stem counting as one.
    pub blocks: usize,
    /// p*: patches along each axis.
    pub grid: usize,
    /// What it costs.
    pub stage: Stage,
}

/// The patch stage of the least peak whose whole network costs at most `max_factor` times the MACs of layer by layer; of
/// equal peaks the one with the fewest MACs, then the smallest. `None` where no stage is that cheap.
pub fn search(built: &Built, max_factor: f64) -> Option<Choice> {
    let grids = |blocks| (2..=MAX_GRID).map(move |grid| (blocks, grid));
    let all = (1..=built.graph.ops.len()).flat_map(grids);
    let stages = all.filter_map(|(blocks, grid)| {
        let stage = stage(built, blocks, grid)?;
        Some(Choice {
            blocks,
            grid,
            stage,
        })
    });
    let cheap = stages.filter(|choice| choice.stage.factor() <= max_factor);
    cheap.min_by_key(|c| {
        (
            c.stage.account.peak_bytes,
            c.stage.clipped_macs,
            c.blocks,
            c.grid,
        )
    })
}
