//! What a streamed segment keeps, found by following its events backwards: slow, and right by construction.

use super::{Lines, NEVER, Store};
use crate::graph::Region;
use crate::schedule::Source;
use crate::schedule::stream::{Event, Stream};

/// Follows all events of the stream.
pub(super) fn follow(stream: Stream<'_>) -> Lines {
    let mut events = Vec::new();
    stream.events(&mut |event| events.push(event));
    Keeper::new(stream).follow(&events)
}

/// Walks a stream from its end and knows what is still going to be read.
struct Keeper<'a> {
    stream: Stream<'a>,
    /// First place that will still be read of each step's output, and of each input.
    steps: Vec<usize>,
    inputs: Vec<usize>,
    rings: Vec<usize>,
    input_rings: Vec<usize>,
    computed: Vec<usize>,
    overlaps: Vec<(Source, usize)>,
}

impl<'a> Keeper<'a> {
    fn new(stream: Stream<'a>) -> Self {
        let inputs = stream.flow.inputs.len();
        Self {
            steps: vec![NEVER; stream.steps.end],
            inputs: vec![NEVER; inputs],
            rings: vec![0; stream.steps.len()],
            input_rings: vec![0; inputs],
            computed: vec![0; stream.steps.len()],
            overlaps: Vec::new(),
            stream,
        }
    }

    fn follow(mut self, events: &[Event]) -> Lines {
        for &event in events.iter().rev() {
            match event {
                Event::Feed { input, row } => self.feed(input, row),
                Event::Accumulate { step, read } => self.reads(step, 0, read),
                Event::Run { step, region } => self.runs(step, region),
            }
        }
        self.overlaps.sort_unstable_by_key(|&(source, _)| source);
        let stores = (self.stream.steps.clone().zip(&self.rings))
            .map(|(step, &ring)| {
                if self.stream.keeps_whole(step) {
                    Store::Whole
                } else {
                    Store::Ring(ring)
                }
            })
            .collect();
        Lines {
            unit: self.stream.unit,
            fed: self.stream.fed,
            stores,
            input_rings: self.input_rings,
            computed: self.computed,
            overlaps: self.overlaps,
        }
    }

    /// A row arrives: the ring must hold everything from the first pixel still to be read.
    fn feed(&mut self, input: usize, row: usize) {
        let width = self.stream.flow.inputs[input][1];
        let first = self.inputs[input].min(row * width);
        let ring = &mut self.input_rings[input];
        *ring = (*ring).max((row + 1) * width - first);
    }

    fn runs(&mut self, step: usize, region: Region) {
        let Stream {
            flow, steps, unit, ..
        } = self.stream;
        let node = &flow.steps[step];
        let written = unit.places(region, node.map);
        let first = self.steps[step].min(written.start);
        let at = step - steps.start;
        self.rings[at] = self.rings[at].max(written.end - first);
        self.computed[at] += written.len();
        let last = step + 1 == steps.end;
        if last {
            self.overlap_later_reads(written.end * node.map[2]);
        }
        if self.stream.accumulates(step) {
            return;
        }
        for operand in 0..node.inputs.len() {
            let read = self.stream.read(step, operand, region);
            // Element by element, what is written may land on what this very run reads.
            if last && !node.by_element(operand) {
                let channels = node.input_maps[operand][2];
                let places = unit.places(read, node.input_maps[operand]);
                if !places.is_empty() {
                    let first = places.start * channels;
                    self.overlap(node.inputs[operand], written.end * node.map[2], first);
                }
            }
            self.reads(step, operand, read);
        }
    }

    fn reads(&mut self, step: usize, operand: usize, read: Region) {
        let node = &self.stream.flow.steps[step];
        let places = self.stream.unit.places(read, node.input_maps[operand]);
        if places.is_empty() {
            return;
        }
        let first = match node.inputs[operand] {
            Source::Step(producer) => &mut self.steps[producer],
            Source::Input(input) => &mut self.inputs[input],
            Source::Constant => return,
        };
        *first = (*first).min(places.start);
    }

    /// The last step has written so many bytes: what will still be read must lie behind them.
    fn overlap_later_reads(&mut self, written: usize) {
        let flow = self.stream.flow;
        for step in 0..self.stream.steps.start {
            if self.steps[step] != NEVER {
                let first = self.steps[step] * flow.steps[step].map[2];
                self.overlap(Source::Step(step), written, first);
            }
        }
        for input in 0..flow.inputs.len() {
            if self.inputs[input] != NEVER && !self.stream.fed {
                let first = self.inputs[input] * flow.inputs[input][2];
                self.overlap(Source::Input(input), written, first);
            }
        }
    }

    fn overlap(&mut self, source: Source, written: usize, first_read: usize) {
        if !self.stream.reads_whole(source) {
            return;
        }
        let distance = written.saturating_sub(first_read);
        match self.overlaps.iter_mut().find(|(s, _)| *s == source) {
            Some((_, least)) => *least = (*least).max(distance),
            None => self.overlaps.push((source, distance)),
        }
    }
}
