//! How much of each tensor a streamed segment keeps. The ring of a tensor is the same in all segments that hold its
//! readers and all that joins them again, so it is worked out once for the network; where a segment cuts branches that
//! join behind it, once for each such end.

use super::price::Prices;
use crate::schedule::stream::{Stream, Unit};
use crate::schedule::{Lines, Store};
use std::ops::Range;

/// The network as one stream.
pub(super) struct Rings<'a> {
    prices: &'a Prices<'a>,
    pub unit: Unit,
    pub fed: bool,
    /// All steps, whether they can be streamed or not.
    pub lines: Lines,
    /// Per step, places of its ring there.
    pub whole: Vec<usize>,
    /// Per step, where all that follows from it has joined, see [`crate::schedule::Flow::join`].
    joins: Vec<Option<usize>>,
}

impl<'a> Rings<'a> {
    pub fn new(prices: &'a Prices<'a>, unit: Unit, fed: bool) -> Self {
        let flow = &prices.prepared.flow;
        let steps = 0..flow.steps.len();
        let lines = Lines::new(flow, &steps, unit, fed);
        Self {
            whole: places(&lines),
            joins: steps
                .map(|step| {
                    flow.join(step, |at| {
                        let node = &flow.steps[at];
                        node.is_output || node.last_reader == at
                    })
                })
                .collect(),
            prices,
            unit,
            fed,
            lines,
        }
    }

    /// The steps before `end` as one stream.
    fn stream<'b>(&'b self, steps: &'b Range<usize>) -> Stream<'b> {
        self.lines.stream(&self.prices.prepared.flow, steps)
    }

    /// Whether a segment that ends there keeps the step's output whole.
    pub fn keeps_whole(&self, step: usize, end: usize) -> bool {
        self.stream(&(0..end)).keeps_whole(step)
    }

    /// Per step before `end`, how many units of its output a segment that ends there computes.
    pub fn demand(&self, end: usize) -> Vec<usize> {
        self.stream(&(0..end))
            .demand(|step| &self.prices.readers[step])
    }

    /// The rings of segments that end there and hold branches that join behind: from the first step on whose ring
    /// that concerns.
    pub fn open(&self, end: usize) -> Option<(usize, Vec<usize>)> {
        let flow = &self.prices.prepared.flow;
        let open = |step: usize| self.joins[step].is_none_or(|join| join >= end);
        let first = (0..end).find(|&step| !self.keeps_whole(step, end) && open(step))?;
        let lines = Lines::new(flow, &(first..end), self.unit, self.fed);
        Some((first, places(&lines)))
    }
}

/// The places that each step keeps in a ring; 0 of those that are whole.
fn places(lines: &Lines) -> Vec<usize> {
    (lines.stores.iter())
        .map(|store| match *store {
            Store::Ring(places) => places,
            Store::Whole => 0,
        })
        .collect()
}
