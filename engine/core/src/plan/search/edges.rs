//! The graph that is searched: its nodes are the boundaries between steps, its edges the segments with the ways to run
//! them. What an edge needs does not depend on the others: what is held across it is known from the boundary alone.

use crate::schedule::{Method, Stage};
use std::ops::Range;

/// A segment, run in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    /// The segment.
    pub steps: Range<usize>,
    /// How it is run.
    pub method: Method,
    /// Bytes in use while it runs: never more than in a plan.
    pub bytes: usize,
    /// MACs or cycles.
    pub cost: u64,
    /// Whether `bytes` is what a plan charges.
    pub exact: bool,
}

impl Edge {
    pub fn stage(&self) -> Stage {
        Stage {
            steps: self.steps.clone(),
            method: self.method,
        }
    }
}

/// All edges, those of one start together.
#[derive(Clone, Debug, Default)]
pub(super) struct Edges {
    pub all: Vec<Edge>,
    /// Per boundary, the first of those that start there.
    starts: Vec<usize>,
}

impl Edges {
    /// Over a network of so many steps. Of edges alike in all but their way, the last is preferred.
    pub fn new(mut all: Vec<Edge>, steps: usize) -> Self {
        // Layer by layer is preferred where it does no harm, then long segments.
        all.sort_by_key(|edge| {
            let layer = edge.method == Method::Layer;
            (edge.steps.start, layer, edge.steps.end, edge.method)
        });
        let starts = (0..=steps)
            .map(|step| all.partition_point(|edge| edge.steps.start < step))
            .collect();
        Self { all, starts }
    }

    /// The last boundary.
    pub fn end(&self) -> usize {
        self.starts.len() - 1
    }

    /// Those that start at a boundary.
    pub fn from(&self, boundary: usize) -> Range<usize> {
        let next = self.starts.get(boundary + 1);
        self.starts[boundary]..next.copied().unwrap_or(self.all.len())
    }

    /// The different numbers of bytes, rising.
    pub fn levels(&self) -> Vec<usize> {
        let mut levels: Vec<usize> = self.all.iter().map(|edge| edge.bytes).collect();
        levels.sort_unstable();
        levels.dedup();
        levels
    }
}
