//! Streaming: the order in which the steps of a segment compute their rows, pixels or columns when each runs only as
//! far as the next needs it. The one definition of that order: buffer sizes, the interpreter and the generated loops
//! follow it.

use super::region::operand_region;
use super::{Flow, HandOver, Source};
use crate::graph::{Interval, Region};
use std::ops::Range;

/// What a step computes at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A row of its whole map.
    Row,
    /// A pixel, in raster order.
    Pixel,
    /// A column of the strip that is being computed.
    Column,
}

impl From<HandOver> for Unit {
    fn from(hand_over: HandOver) -> Self {
        match hand_over {
            HandOver::Row => Self::Row,
            HandOver::Pixel => Self::Pixel,
        }
    }
}

impl Unit {
    /// Units of a map of `[height, width, channels]`.
    pub const fn count(self, map: [usize; 3]) -> usize {
        match self {
            Self::Row => map[0],
            Self::Pixel => map[0] * map[1],
            Self::Column => map[1],
        }
    }

    /// Places of a map, the measure of [`Self::places`]: pixels in raster order, or columns.
    pub const fn extent(self, map: [usize; 3]) -> usize {
        match self {
            Self::Row | Self::Pixel => map[0] * map[1],
            Self::Column => map[1],
        }
    }

    /// The region that unit number `index` of the map covers; of a column, the rows are the whole map's.
    pub const fn region(self, index: usize, map: [usize; 3]) -> Region {
        let mut region = Region::whole(map[0], map[1]);
        match self {
            Self::Row => region.y = Interval::new(index, index + 1),
            Self::Pixel => {
                region.y = Interval::new(index / map[1], index / map[1] + 1);
                region.x = Interval::new(index % map[1], index % map[1] + 1);
            }
            Self::Column => region.x = Interval::new(index, index + 1),
        }
        region
    }

    /// How many units of the map must be there before the region is.
    pub const fn needed(self, region: Region, map: [usize; 3]) -> usize {
        if region.y.is_empty() || region.x.is_empty() {
            return 0;
        }
        match self {
            Self::Row => region.y.end,
            Self::Pixel => (region.y.end - 1) * map[1] + region.x.end,
            Self::Column => region.x.end,
        }
    }

    /// From the first place of the region to one past its last: pixels in raster order, or columns.
    pub const fn places(self, region: Region, map: [usize; 3]) -> Interval {
        if region.y.is_empty() || region.x.is_empty() {
            return Interval::new(0, 0);
        }
        match self {
            Self::Row | Self::Pixel => Interval::new(
                region.y.start * map[1] + region.x.start,
                (region.y.end - 1) * map[1] + region.x.end,
            ),
            Self::Column => region.x,
        }
    }
}

/// What happens next in a streamed segment. Of columns, the rows are the whole map's: the strip cuts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The caller delivers the next row of an input of the network.
    Feed {
        /// Which input.
        input: usize,
        /// Which row.
        row: usize,
    },
    /// A step takes a part of its input into its accumulators.
    Accumulate {
        /// The step.
        step: usize,
        /// The part of its input.
        read: Region,
    },
    /// A step computes a part of its output.
    Run {
        /// The step.
        step: usize,
        /// The part.
        region: Region,
    },
}

/// A streamed segment.
#[derive(Clone, Copy, Debug)]
pub struct Stream<'a> {
    /// The network.
    pub flow: &'a Flow,
    /// The segment.
    pub steps: &'a Range<usize>,
    /// What is computed at a time.
    pub unit: Unit,
    /// Whether the inputs of the network arrive by rows.
    pub fed: bool,
}

/// How far each step is.
struct Progress {
    /// Units of the output that are there.
    done: Vec<usize>,
    /// Units of the input that a step has taken into its accumulators.
    taken: Vec<usize>,
    /// Rows of each input of the network that have arrived.
    rows: Vec<usize>,
}

impl Stream<'_> {
    /// Whether the step's output is needed after the segment.
    pub fn escapes(&self, step: usize) -> bool {
        let node = &self.flow.steps[step];
        node.is_output || node.last_reader >= self.steps.end || node.last_reader == step
    }

    /// Whether all of the step's output is computed and kept: the segment ends with it, or it is needed behind.
    pub fn keeps_whole(&self, step: usize) -> bool {
        step + 1 == self.steps.end || self.escapes(step)
    }

    /// Whether the step takes its input as it comes: one that accumulates, fed from within the segment.
    pub fn accumulates(&self, step: usize) -> bool {
        let node = &self.flow.steps[step];
        let streamed = match node.inputs.first() {
            Some(Source::Step(producer)) => {
                self.steps.contains(producer) && !self.escapes(*producer)
            }
            Some(Source::Input(_)) => self.fed,
            _ => false,
        };
        streamed && node.accumulators.is_some() && self.unit != Unit::Column
    }

    /// Whether a source is a whole map from outside: no step of the segment makes it and it is not fed by rows.
    pub fn reads_whole(&self, source: Source) -> bool {
        let fed = matches!(source, Source::Input(_)) && self.fed;
        source.is_outside(self.steps) && !fed
    }

    /// What a step reads of an operand to compute a region of its output.
    pub fn read(&self, step: usize, operand: usize, output: Region) -> Region {
        operand_region(&self.flow.steps[step], operand, output)
    }

    /// How many units of an operand must be there before the step has computed its first `units`.
    pub fn demanded(&self, step: usize, operand: usize, units: usize) -> usize {
        let node = &self.flow.steps[step];
        let Some(last) = units.checked_sub(1) else {
            return 0;
        };
        if self.accumulates(step) {
            return self.unit.count(node.input_maps[0]);
        }
        // Later units need more, but at the end of a row more columns are needed than at the beginning of the next, and the
        // last taps of a dilated window may lie outside the map where those of one before do not. Behind the map all taps may.
        let back = node.window.as_ref().map_or([1, 1], |w| {
            let after = [w.padding.bottom, w.padding.right];
            [0, 1].map(|axis| {
                let reach = (w.kernel[axis] - 1) * w.dilation[axis] + 1;
                w.dilation[axis] + (after[axis] + 1).saturating_sub(reach)
            })
        });
        let width = node.map[1].max(1);
        let [rows, columns] = match self.unit {
            Unit::Pixel => [back[0] + 1, back[1]],
            Unit::Row => [1, back[0]],
            Unit::Column => [1, back[1]],
        };
        (0..rows)
            .filter_map(|row| match row {
                0 => Some(last),
                _ => (units / width + 1)
                    .checked_sub(row)?
                    .checked_mul(width)?
                    .checked_sub(1),
            })
            .flat_map(|end| (0..columns).filter_map(move |column| end.checked_sub(column)))
            .filter(|&unit| unit <= last)
            .map(|unit| {
                let region = self.unit.region(unit, node.map);
                let read = self.read(step, operand, region);
                self.unit.needed(read, node.input_maps[operand])
            })
            .max()
            .unwrap_or(0)
    }

    /// Per step of the segment, how many units of its output it computes. `readers` tells who reads a step's output, and
    /// as which operand.
    pub fn demand<'r>(&self, readers: impl Fn(usize) -> &'r [(usize, usize)]) -> Vec<usize> {
        let start = self.steps.start;
        let mut done = vec![0; self.steps.len()];
        for step in self.steps.clone().rev() {
            done[step - start] = if self.keeps_whole(step) {
                self.unit.count(self.flow.steps[step].map)
            } else {
                (readers(step).iter())
                    .map(|&(reader, operand)| self.demanded(reader, operand, done[reader - start]))
                    .max()
                    .unwrap_or(0)
            };
        }
        done
    }

    /// All that happens, in order: the last step is asked for one unit after the other and every step runs only as
    /// far as it is asked; then whatever else is needed later is completed.
    pub fn events(&self, emit: &mut dyn FnMut(Event)) {
        let length = self.steps.len();
        let mut progress = Progress {
            done: vec![0; length],
            taken: vec![0; length],
            rows: vec![0; self.flow.inputs.len()],
        };
        for step in self.steps.clone().rev() {
            if self.keeps_whole(step) {
                let units = self.unit.count(self.flow.steps[step].map);
                self.complete(&mut progress, step, units, emit);
            }
        }
    }

    /// Runs `step` until `units` of its output are there. A stack of its own: networks can be long.
    fn complete(
        &self,
        progress: &mut Progress,
        step: usize,
        units: usize,
        emit: &mut dyn FnMut(Event),
    ) {
        let mut asked = vec![(step, units)];
        while let Some(&(step, units)) = asked.last() {
            let at = step - self.steps.start;
            if progress.done[at] >= units {
                asked.pop();
                continue;
            }
            let node = &self.flow.steps[step];
            if self.accumulates(step) {
                let map = node.input_maps[0];
                let next = progress.taken[at];
                if next < self.unit.count(map) {
                    let read = self.unit.region(next, map);
                    if let Some(request) = self.missing(progress, step, 0, read, emit) {
                        asked.push(request);
                    } else {
                        progress.taken[at] += 1;
                        emit(Event::Accumulate { step, read });
                    }
                    continue;
                }
            } else {
                let region = self.unit.region(progress.done[at], node.map);
                let request = (0..node.inputs.len()).find_map(|operand| {
                    let read = self.read(step, operand, region);
                    self.missing(progress, step, operand, read, emit)
                });
                if let Some(request) = request {
                    asked.push(request);
                    continue;
                }
            }
            let region = self.unit.region(progress.done[at], node.map);
            progress.done[at] += 1;
            emit(Event::Run { step, region });
        }
    }

    /// Which step has to run how far before `read` of the operand is there. Rows of a fed input are fetched at once.
    fn missing(
        &self,
        progress: &mut Progress,
        step: usize,
        operand: usize,
        read: Region,
        emit: &mut dyn FnMut(Event),
    ) -> Option<(usize, usize)> {
        let node = &self.flow.steps[step];
        match node.inputs[operand] {
            Source::Step(producer) if self.steps.contains(&producer) => {
                let units = self.unit.needed(read, node.input_maps[operand]);
                let there = progress.done[producer - self.steps.start];
                (there < units).then_some((producer, units))
            }
            Source::Input(input) if self.fed => {
                let rows = if read.x.is_empty() { 0 } else { read.y.end };
                for row in progress.rows[input]..rows {
                    emit(Event::Feed { input, row });
                }
                progress.rows[input] = progress.rows[input].max(rows);
                None
            }
            _ => None,
        }
    }
}
