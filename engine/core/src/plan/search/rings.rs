//! How much of each tensor a streamed segment keeps. The ring of a tensor is the same in all segments that hold its
//! readers and all that joins them again, so it is worked out once for the network; where a segment cuts branches that
//! join behind it, once for each such end.

use super::price::Prices;
use crate::schedule::stream::{Stream, Unit};
use crate::schedule::{Lines, Store};

/// Nowhere.
const NEVER: usize = usize::MAX;

/// The network as one stream.
pub(super) struct Rings<'a> {
    prices: &'a Prices<'a>,
    pub unit: Unit,
    pub fed: bool,
    /// All steps, whether they can be streamed or not.
    pub lines: Lines,
    /// Per step, places of its ring there.
    pub whole: Vec<usize>,
    /// Per step, the first step behind which nothing of what follows from it is needed but that step's output.
    closed: Vec<usize>,
}

impl<'a> Rings<'a> {
    pub fn new(prices: &'a Prices<'a>, unit: Unit, fed: bool) -> Self {
        let flow = &prices.prepared.flow;
        let steps = 0..flow.steps.len();
        let lines = Lines::new(flow, &steps, unit, fed);
        Self {
            whole: places(&lines),
            closed: steps.map(|step| closed(prices, step)).collect(),
            prices,
            unit,
            fed,
            lines,
        }
    }

    /// Whether the step's output is needed behind a segment that ends there.
    pub fn escapes(&self, step: usize, end: usize) -> bool {
        let stream = Stream {
            flow: &self.prices.prepared.flow,
            steps: &(0..end),
            unit: self.unit,
            fed: self.fed,
        };
        step + 1 == end || stream.escapes(step)
    }

    /// Per step before `end`, how many units of its output a segment that ends there computes.
    pub fn demand(&self, end: usize) -> Vec<usize> {
        let flow = &self.prices.prepared.flow;
        let steps = 0..end;
        let stream = Stream {
            flow,
            steps: &steps,
            unit: self.unit,
            fed: self.fed,
        };
        let mut done = vec![0; end];
        for step in (0..end).rev() {
            done[step] = if self.escapes(step, end) {
                self.unit.count(flow.steps[step].map)
            } else {
                (self.prices.readers[step].iter())
                    .map(|&(reader, operand)| stream.demanded(reader, operand, done[reader]))
                    .max()
                    .unwrap_or(0)
            };
        }
        done
    }

    /// The rings of segments that end there and hold branches that join behind: from the first step on whose ring
    /// that concerns.
    pub fn open(&self, end: usize) -> Option<(usize, Vec<usize>)> {
        let flow = &self.prices.prepared.flow;
        let first = (0..end).find(|&step| !self.escapes(step, end) && self.closed[step] >= end)?;
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

/// See [`Rings::closed`].
fn closed(prices: &Prices<'_>, step: usize) -> usize {
    let flow = &prices.prepared.flow;
    let mut end = flow.steps[step].last_reader;
    let mut at = step;
    while at < end {
        let node = &flow.steps[at];
        if node.is_output || node.last_reader == at {
            return NEVER;
        }
        end = end.max(node.last_reader);
        at += 1;
    }
    end
}
