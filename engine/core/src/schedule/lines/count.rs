//! What a streamed segment keeps, worked out from windows. Every step runs only as far as it is asked, so how far each
//! is follows from how far its readers are; events are followed only where several steps read one map.

use super::follow::follow;
use super::{Lines, NEVER, Store};
use crate::graph::{Interval, Region};
use crate::schedule::Source;
use crate::schedule::stream::{Stream, Unit};

/// Finds it.
pub(super) fn count(stream: Stream<'_>) -> Lines {
    // The taps of a dilated window that lie inside the map do not begin and end in the order of its units.
    let dilated = (stream.flow.steps[stream.steps.clone()].iter())
        .filter_map(|node| node.window.as_ref())
        .any(|window| window.dilation != [1, 1]);
    if dilated {
        return follow(stream);
    }
    Counter::new(stream).lines()
}

struct Counter<'a> {
    stream: Stream<'a>,
    /// Per step of the segment and per input of the network: who reads it there, and as which operand.
    step_readers: Vec<Vec<(usize, usize)>>,
    input_readers: Vec<Vec<(usize, usize)>>,
    /// Per whole map from before the segment that it reads, the same.
    outside: Vec<(Source, Vec<(usize, usize)>)>,
    /// Per step of the segment, the units that it computes.
    done: Vec<usize>,
}

impl<'a> Counter<'a> {
    fn new(stream: Stream<'a>) -> Self {
        let (flow, steps) = (stream.flow, stream.steps);
        let mut counter = Self {
            stream,
            step_readers: vec![Vec::new(); steps.len()],
            input_readers: vec![Vec::new(); flow.inputs.len()],
            outside: Vec::new(),
            done: vec![0; steps.len()],
        };
        for step in steps.clone() {
            for (operand, &source) in flow.steps[step].inputs.iter().enumerate() {
                let outside = match source {
                    Source::Step(producer) if steps.contains(&producer) => {
                        counter.step_readers[producer - steps.start].push((step, operand));
                        continue;
                    }
                    Source::Input(input) => {
                        counter.input_readers[input].push((step, operand));
                        !stream.fed
                    }
                    Source::Step(_) => true,
                    Source::Constant => false,
                };
                if outside {
                    let known = counter.outside.iter_mut().find(|(s, _)| *s == source);
                    match known {
                        Some((_, readers)) => readers.push((step, operand)),
                        None => counter.outside.push((source, vec![(step, operand)])),
                    }
                }
            }
        }
        counter.outside.sort_unstable_by_key(|&(source, _)| source);
        for step in steps.clone().rev() {
            counter.done[step - steps.start] = if counter.whole(step) {
                stream.unit.count(flow.steps[step].map)
            } else {
                let readers = counter.step_readers[step - steps.start].iter();
                readers
                    .map(|&(reader, operand)| {
                        stream.demanded(reader, operand, counter.done[reader - steps.start])
                    })
                    .max()
                    .unwrap_or(0)
            };
        }
        counter
    }

    fn whole(&self, step: usize) -> bool {
        step + 1 == self.stream.steps.end || self.stream.escapes(step)
    }

    fn lines(&self) -> Lines {
        let Stream {
            flow,
            steps,
            unit,
            fed,
        } = self.stream;
        let computed = (steps.clone().zip(&self.done))
            .map(|(step, &done)| done * unit_places(unit, flow.steps[step].map[1]))
            .collect();
        let input_rings = (0..flow.inputs.len())
            .map(|input| if fed { self.input_ring(input) } else { 0 })
            .collect();
        Lines {
            unit,
            fed,
            stores: self.stores(),
            input_rings,
            computed,
            overlaps: self.overlaps(),
        }
    }

    fn stores(&self) -> Vec<Store> {
        let Stream { steps, unit, .. } = self.stream;
        let mut stores: Vec<Option<Store>> = vec![None; steps.len()];
        for step in steps.clone() {
            let at = step - steps.start;
            if stores[at].is_some() {
                continue;
            }
            if self.whole(step) {
                stores[at] = Some(Store::Whole);
                continue;
            }
            let readers = &self.step_readers[at];
            if let Some(reads) = self.one_reader(readers) {
                let width = self.stream.flow.steps[step].map[1];
                stores[at] = Some(Store::Ring(reads.ring(unit_places(unit, width))));
                continue;
            }
            // All steps that several read up to where they join.
            let end = self.joined(step);
            let part = step..end;
            let followed = follow(Stream {
                steps: &part,
                ..self.stream
            });
            for (known, store) in stores[at..].iter_mut().zip(followed.stores) {
                if let (None, Store::Ring(_)) = (&known, store) {
                    *known = Some(store);
                }
            }
        }
        (stores.into_iter())
            .map(|store| store.unwrap_or(Store::Whole))
            .collect()
    }

    /// The end of the shortest part of the segment that begins with `step` and computes what it computes in the segment:
    /// nothing in it is read behind it but its last output, all of which is asked for.
    fn joined(&self, step: usize) -> usize {
        let Stream {
            flow, steps, unit, ..
        } = self.stream;
        let (mut last, mut at) = (flow.steps[step].last_reader, step);
        while at < last {
            if self.whole(at) {
                return steps.end;
            }
            last = last.max(flow.steps[at].last_reader);
            at += 1;
        }
        let all = unit.count(flow.steps[last].map);
        if self.done[last - steps.start] < all {
            return steps.end;
        }
        last + 1
    }

    fn input_ring(&self, input: usize) -> usize {
        let flow = self.stream.flow;
        let readers = &self.input_readers[input];
        if readers.is_empty() {
            return 0;
        }
        match self.one_reader(readers) {
            // The rows of the input come whole.
            Some(reads) => reads.ring(flow.inputs[input][1]),
            None => follow(self.stream).input_rings[input],
        }
    }

    /// What the only step that reads a map reads of it; `None` where several do.
    fn one_reader(&self, readers: &[(usize, usize)]) -> Option<Reads> {
        let &(reader, _) = readers.first()?;
        let alone = readers.iter().all(|&(step, _)| step == reader);
        let done = self.done[reader - self.stream.steps.start];
        alone.then(|| Reads::new(&self.stream, reader, readers, done))
    }

    /// How far each outside map has to lie behind the output: after each unit of the output, behind what is written
    /// lies all that will still be read.
    fn overlaps(&self) -> Vec<(Source, usize)> {
        let Stream {
            flow, steps, unit, ..
        } = self.stream;
        let Some(last) = steps.clone().next_back() else {
            return Vec::new();
        };
        let readers: Vec<Vec<Later>> = (self.outside.iter())
            .map(|(_, readers)| {
                (readers.iter())
                    .map(|&(step, operand)| {
                        let done = self.done[step - steps.start];
                        let reads = Reads::new(&self.stream, step, &[(step, operand)], done);
                        // Element by element, what is written may land on what this very unit reads.
                        let own = step == last && !flow.steps[step].by_element(operand);
                        Later { step, own, reads }
                    })
                    .collect()
            })
            .collect();
        let mut distances: Vec<Option<usize>> = vec![None; self.outside.len()];
        if readers.is_empty() {
            return Vec::new();
        }
        let map = flow.steps[last].map;
        let mut progress = vec![0; steps.len()];
        for unit_index in 0..unit.count(map) {
            self.advance(&mut progress, unit_index + 1);
            let written = (unit_index + 1) * unit_places(unit, map[1]) * map[2];
            for ((source, _), (distance, readers)) in
                (self.outside.iter()).zip(distances.iter_mut().zip(&readers))
            {
                let first = (readers.iter())
                    .map(|later| {
                        let next = progress[later.step - steps.start] - usize::from(later.own);
                        later.reads.first_from(next)
                    })
                    .min()
                    .unwrap_or(NEVER);
                if first != NEVER {
                    let channels = match *source {
                        Source::Step(step) => flow.steps[step].map[2],
                        Source::Input(input) => flow.inputs[input][2],
                        Source::Constant => 0,
                    };
                    let needed = written.saturating_sub(first * channels);
                    *distance = Some(distance.unwrap_or(0).max(needed));
                }
            }
        }
        (self.outside.iter().zip(distances))
            .filter_map(|((source, _), distance)| Some((*source, distance?)))
            .collect()
    }

    /// How many units of each step are there when the last has computed so many.
    fn advance(&self, progress: &mut [usize], units: usize) {
        let start = self.stream.steps.start;
        for at in (0..progress.len()).rev() {
            if at + 1 == progress.len() {
                progress[at] = units;
                continue;
            }
            let readers = self.step_readers[at].iter();
            progress[at] = readers
                .map(|&(reader, operand)| {
                    let units = progress[reader - start];
                    self.stream.demanded(reader, operand, units)
                })
                .max()
                .unwrap_or(0);
        }
    }
}

/// A step that reads an outside map.
struct Later {
    step: usize,
    /// Whether what it reads for a unit must not be overwritten by that unit.
    own: bool,
    reads: Reads,
}

/// Places of a unit of a map of that width.
const fn unit_places(unit: Unit, width: usize) -> usize {
    match unit {
        Unit::Row => width,
        Unit::Pixel | Unit::Column => 1,
    }
}

/// What a step reads of a map, unit after unit of its own output, in places of that map.
struct Reads {
    /// Units of the step in a row of its map; rows have one, and all columns are one row.
    in_row: usize,
    units: usize,
    /// Per unit within a row of units: first place and end; `NEVER` and 0 where nothing is read.
    columns: Vec<(usize, usize)>,
    /// Per row of units, the places by which it is moved: of its first and of its last row; `None` where nothing is read.
    rows: Vec<Option<(usize, usize)>>,
    /// Per row of units, the first place that it or a later one reads.
    firsts: Vec<usize>,
}

impl Reads {
    fn new(stream: &Stream<'_>, step: usize, operands: &[(usize, usize)], done: usize) -> Self {
        let node = &stream.flow.steps[step];
        let operand = operands.first().map_or(0, |&(_, operand)| operand);
        let map = node.input_maps[operand];
        let unit = stream.unit;
        let (shape, units) = if stream.accumulates(step) {
            (map, if done > 0 { unit.count(map) } else { 0 })
        } else {
            (node.map, done)
        };
        let read = |region: Region| {
            if stream.accumulates(step) {
                region
            } else {
                stream.read(step, operand, region)
            }
        };
        let in_row = match unit {
            Unit::Row => 1,
            Unit::Pixel | Unit::Column => shape[1].max(1),
        };
        let wide = match unit {
            Unit::Column => 0,
            Unit::Row | Unit::Pixel => map[1],
        };
        let columns = (0..in_row)
            .map(|column| {
                let mut region = Region::whole(shape[0], shape[1]);
                if unit != Unit::Row {
                    region.x = Interval::new(column, column + 1);
                }
                let x = read(region).x;
                if x.is_empty() {
                    (NEVER, 0)
                } else {
                    (x.start, x.end)
                }
            })
            .collect();
        let rows = (0..units.div_ceil(in_row))
            .map(|row| {
                let mut region = Region::whole(shape[0], shape[1]);
                if unit != Unit::Column {
                    region.y = Interval::new(row, row + 1);
                }
                let y = read(region).y;
                (!y.is_empty()).then(|| (y.start * wide, (y.end - 1) * wide))
            })
            .collect();
        let mut reads = Self {
            in_row,
            units,
            columns,
            rows,
            firsts: Vec::new(),
        };
        let mut first = NEVER;
        let mut firsts: Vec<usize> = (0..reads.rows.len())
            .rev()
            .map(|row| {
                first = first.min(reads.first_in_row(row, 0));
                first
            })
            .collect();
        firsts.reverse();
        reads.firsts = firsts;
        reads
    }

    /// Units of the step in that row.
    fn columns_of(&self, row: usize) -> usize {
        (self.units - row * self.in_row).min(self.in_row)
    }

    /// The first place that a row of units reads from that unit of it on.
    fn first_in_row(&self, row: usize, column: usize) -> usize {
        let Some((start, _)) = self.rows[row] else {
            return NEVER;
        };
        // Starts never fall within a row, so the first that reads anything reads the first place.
        let mut columns = self.columns[column..self.columns_of(row)].iter();
        let first = columns.find(|(start, _)| *start != NEVER);
        first.map_or(NEVER, |&(column, _)| start + column)
    }

    /// The first place that is read from that unit on.
    fn first_from(&self, unit: usize) -> usize {
        if unit >= self.units {
            return NEVER;
        }
        let (row, column) = (unit / self.in_row, unit % self.in_row);
        let later = self.firsts.get(row + 1).copied().unwrap_or(NEVER);
        self.first_in_row(row, column).min(later)
    }

    /// Places of the ring that a map needs which is written only as far as this step asks, so many places at a time.
    fn ring(&self, written: usize) -> usize {
        let (mut ring, mut there) = (0, 0);
        for (row, places) in self.rows.iter().enumerate() {
            let Some((start, end)) = *places else {
                continue;
            };
            let later = self.firsts.get(row + 1).copied().unwrap_or(NEVER);
            for &(first, needed) in &self.columns[..self.columns_of(row)] {
                if first == NEVER {
                    continue;
                }
                there = there.max((end + needed).next_multiple_of(written.max(1)));
                let last_unit = there - written.min(there);
                let kept_from = (start + first).min(later).min(last_unit);
                ring = ring.max(there - kept_from);
            }
        }
        ring
    }
}
