//! What a streamed segment keeps, worked out from windows. Every step runs only as far as it is asked, so how far each
//! is follows from how far its readers are; events are followed only where several steps read one map and it is no
//! residual.

use super::follow::follow;
use super::reads::{Reads, unit_places};
use super::{Lines, NEVER, Store};
use crate::graph::Padding;
use crate::schedule::Source;
use crate::schedule::stream::Stream;

/// Finds it.
pub(super) fn count(stream: Stream<'_>) -> Lines {
    // The taps of a dilated window that lie inside the map do not begin and end in the order of its units, nor do those of
    // a window that may lie in the padding altogether.
    let unordered = (stream.flow.steps[stream.steps.clone()].iter())
        .filter_map(|node| node.window.as_ref())
        .any(|window| {
            let Padding {
                top,
                bottom,
                left,
                right,
            } = window.padding;
            let [rows, columns] = window.kernel;
            window.dilation != [1, 1] || top.max(bottom) >= rows || left.max(right) >= columns
        });
    if unordered {
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
            done: Vec::new(),
        };
        for step in steps.clone() {
            for (operand, &source) in flow.steps[step].inputs.iter().enumerate() {
                if let Some(at) = source.step_in(steps) {
                    counter.step_readers[at].push((step, operand));
                } else if let Source::Input(input) = source {
                    counter.input_readers[input].push((step, operand));
                }
                if stream.reads_whole(source) {
                    let known = counter.outside.iter_mut().find(|(s, _)| *s == source);
                    match known {
                        Some((_, readers)) => readers.push((step, operand)),
                        None => counter.outside.push((source, vec![(step, operand)])),
                    }
                }
            }
        }
        counter.outside.sort_unstable_by_key(|&(source, _)| source);
        counter.done = stream.demand(|step| &counter.step_readers[step - steps.start]);
        counter
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
            if self.stream.keeps_whole(step) {
                stores[at] = Some(Store::Whole);
                continue;
            }
            let readers = &self.step_readers[at];
            if let Some(reads) = self.one_reader(readers) {
                let width = self.stream.flow.steps[step].map[1];
                stores[at] = Some(Store::Ring(reads.ring(unit_places(unit, width))));
                continue;
            }
            if let Some(ring) = self.residual(step) {
                stores[at] = Some(Store::Ring(ring));
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

    /// Places of the ring of a map that goes into a chain of steps and, element by element, into the step where that
    /// chain ends; `None` where its readers are others.
    ///
    /// While that step computes unit `u`, it still reads from unit `u` on, so that whatever the chain has asked for by
    /// then is kept from there; and what the chain still reads is kept as if it were the only reader. Where the step itself
    /// asks for the map, the chain is as far as the operands before took it.
    fn residual(&self, step: usize) -> Option<usize> {
        let Stream { flow, steps, .. } = self.stream;
        let readers = &self.step_readers[step - steps.start];
        let (&(first, _), &(join, _)) = (readers.first()?, readers.last()?);
        let between = readers.iter().any(|&(s, _)| s != first && s != join);
        let node = &flow.steps[join];
        let element = |&(s, operand): &(usize, usize)| {
            s != join || (node.by_element(operand) && node.input_maps[operand] == node.map)
        };
        if between || self.stream.accumulates(join) || !readers.iter().all(element) {
            return None;
        }
        let own = readers.iter().find(|&&(s, _)| s == join)?.1;
        // What each step of the chain reads of the one before it, and the places that one computes at a time.
        let mut chain: Vec<(Reads, usize)> = Vec::new();
        let (mut at, mut from, mut operands) = (first, step, &readers[..]);
        let last_operand = loop {
            let places = unit_places(self.stream.unit, flow.steps[from].map[1]);
            let done = self.done[at - steps.start];
            chain.push((Reads::new(&self.stream, at, operands, done), places.max(1)));
            if at == join {
                break operands.first()?.1;
            }
            if self.stream.keeps_whole(at) || self.stream.accumulates(at) {
                return None;
            }
            operands = &self.step_readers[at - steps.start];
            let next = operands.first()?.0;
            if next > join || operands.iter().any(|&(s, _)| s != next) {
                return None;
            }
            (from, at) = (at, next);
        };
        let (reads, places) = chain.first()?;
        let mut ring = reads.ring(*places);
        // Units that are there: of the map itself, and of each step of the chain.
        let mut there = vec![0; chain.len()];
        for unit in 0..self.done[join - steps.start] {
            let itself = |there: &mut Vec<usize>| {
                if there[0] > unit {
                    return 0;
                }
                there[0] = unit + 1;
                (unit + 1) * places - reads.first_from(there[1]).min(unit * places)
            };
            let before = if own < last_operand {
                itself(&mut there)
            } else {
                0
            };
            let mut asked = unit + 1;
            for (there, (reads, places)) in there.iter_mut().zip(&chain).rev() {
                *there = (*there).max(reads.there(asked).div_ceil(*places));
                asked = *there;
            }
            let chained = there[0].saturating_sub(unit) * places;
            ring = ring.max(before).max(chained).max(itself(&mut there));
        }
        Some(ring)
    }

    /// The end of the shortest part of the segment that begins with `step` and computes what it computes in the segment:
    /// nothing in it is read behind it but its last output, all of which is asked for.
    fn joined(&self, step: usize) -> usize {
        let Stream {
            flow, steps, unit, ..
        } = self.stream;
        let asked_for_whole =
            |last: &usize| self.done[last - steps.start] == unit.count(flow.steps[*last].map);
        (flow.join(step, |at| self.stream.keeps_whole(at)))
            .filter(asked_for_whole)
            .map_or(steps.end, |last| last + 1)
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
        let inner = self.inner();
        let mut progress = vec![0; steps.len()];
        for unit_index in 0..unit.count(map) {
            advance(&inner, &mut progress, unit_index + 1);
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

    /// Per step, what its readers in the segment read of it.
    fn inner(&self) -> Vec<Vec<Inner>> {
        let Stream {
            flow, steps, unit, ..
        } = self.stream;
        (steps.clone().zip(&self.step_readers))
            .map(|(step, readers)| {
                (readers.iter())
                    .map(|&(reader, operand)| {
                        let at = reader - steps.start;
                        Inner {
                            reader: at,
                            reads: (!self.stream.accumulates(reader)).then(|| {
                                let operands = [(reader, operand)];
                                Reads::new(&self.stream, reader, &operands, self.done[at])
                            }),
                            places: unit_places(unit, flow.steps[step].map[1]).max(1),
                            units: unit.count(flow.steps[step].map),
                        }
                    })
                    .collect()
            })
            .collect()
    }
}

/// A step that reads the output of another one in the segment.
struct Inner {
    /// Its place in the segment.
    reader: usize,
    /// `None` where it takes all of it before it computes anything.
    reads: Option<Reads>,
    /// Places that the other computes at a time.
    places: usize,
    /// Units of the other.
    units: usize,
}

/// How many units of each step are there when the last has computed so many.
fn advance(inner: &[Vec<Inner>], progress: &mut [usize], units: usize) {
    for at in (0..progress.len()).rev() {
        progress[at] = if at + 1 == progress.len() {
            units
        } else {
            (inner[at].iter())
                .map(|edge| match (&edge.reads, progress[edge.reader]) {
                    (_, 0) => 0,
                    (Some(reads), units) => reads.there(units).div_ceil(edge.places),
                    (None, _) => edge.units,
                })
                .max()
                .unwrap_or(0)
        };
    }
}

/// A step that reads an outside map.
struct Later {
    step: usize,
    /// Whether what it reads for a unit must not be overwritten by that unit.
    own: bool,
    reads: Reads,
}
