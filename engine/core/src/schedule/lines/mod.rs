//! Line buffers: how much of each map a streamed segment has to keep, and how far its output may lie over its input.
//! Exact: [`Lines::new`] finds it from the windows where a map has one reader or is a residual, and from the stream's events
//! where several others read it.

mod count;
mod follow;
mod reads;

use super::stream::{Stream, Unit};
use super::{Flow, Source};
use count::count;
use follow::follow;
use std::ops::Range;

/// Never read again.
const NEVER: usize = usize::MAX;

/// How a step's output is kept while its segment streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Store {
    /// As a whole map: it is needed after the segment.
    Whole,
    /// In a ring of the last so many places (pixels in raster order, or columns of a strip): place p at p mod n.
    Ring(usize),
}

/// A segment run through line buffers, or one strip of a horizontal cache.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Lines {
    /// What is computed at a time.
    pub unit: Unit,
    /// Whether the inputs of the network arrive by rows.
    pub fed: bool,
    /// Per step of the segment.
    pub stores: Vec<Store>,
    /// Per input of the network, the pixels of the ring that its rows arrive in; 0 where it is not fed here.
    pub input_rings: Vec<usize>,
    /// Per step of the segment, the places it computes: pixels, or columns.
    pub computed: Vec<usize>,
    /// Per whole map that the segment reads: how many bytes its start must lie behind the start of the last step's
    /// output, at least, if both share their bytes.
    pub overlaps: Vec<(Source, usize)>,
}

impl Lines {
    /// What the segment's stream keeps.
    pub fn new(flow: &Flow, steps: &Range<usize>, unit: Unit, fed: bool) -> Self {
        let stream = Stream {
            flow,
            steps,
            unit,
            fed,
        };
        count(stream)
    }

    /// The same, found by following every event of the stream: what [`Self::new`] is held to.
    pub fn followed(flow: &Flow, steps: &Range<usize>, unit: Unit, fed: bool) -> Self {
        follow(Stream {
            flow,
            steps,
            unit,
            fed,
        })
    }

    /// The stream that it follows, over the segment's steps.
    pub const fn stream<'a>(&self, flow: &'a Flow, steps: &'a Range<usize>) -> Stream<'a> {
        Stream {
            flow,
            steps,
            unit: self.unit,
            fed: self.fed,
        }
    }
}
