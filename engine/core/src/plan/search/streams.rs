//! Line buffers: what every segment that can be streamed needs.

use super::edges::Edge;
use super::price::Prices;
use super::rings::Rings;
use super::types::Cost;
use crate::schedule::{
    Geometry, HandOver, InputMode, Lines, Method, Segment, Source, Stage, Store, check_stage,
};
use std::collections::BTreeMap;
use std::ops::Range;

/// The network as one stream.
pub(super) struct Streams<'a> {
    prices: &'a Prices<'a>,
    hand_over: HandOver,
    rings: Rings<'a>,
    /// All steps, whether they can be streamed or not.
    whole: Segment,
    scratch: Vec<usize>,
    costs: BTreeMap<(usize, usize, bool), u64>,
}

impl<'a> Streams<'a> {
    pub fn new(prices: &'a Prices<'a>, hand_over: HandOver) -> Self {
        let flow = &prices.prepared.flow;
        let steps = 0..flow.steps.len();
        let fed = prices.choices.input == InputMode::Rows;
        let rings = Rings::new(prices, hand_over.into(), fed);
        let whole = Segment {
            steps: steps.clone(),
            method: Method::LineBuffers { hand_over },
            geometry: Geometry::Lines(rings.lines.clone()),
        };
        let scratch = steps
            .map(|step| {
                // What takes its input as it comes may need less than what does not.
                match flow.steps[step].accumulators {
                    Some(_) => 0,
                    None => prices.scratch(prices.kernel(step, false), &whole, step),
                }
            })
            .collect();
        Self {
            prices,
            hand_over,
            rings,
            whole,
            scratch,
            costs: BTreeMap::new(),
        }
    }

    /// All segments that end before step `end` and may be streamed.
    pub fn ending(&mut self, end: usize, allowed: &dyn Fn(&Stage) -> bool) -> Vec<Edge> {
        let Prices {
            prepared, choices, ..
        } = *self.prices;
        let flow = &prepared.flow;
        let done = self.rings.demand(end);
        let open = self.rings.open(end);
        let mut edges = Vec::new();
        let (mut own, mut scratch, mut cost) = (0, 0, 0);
        for start in (0..end).rev() {
            let node = &flow.steps[start];
            let steps = start..end;
            let kept = if self.rings.keeps_whole(start, end) {
                self.prices.bytes(start)
            } else {
                let ring = match &open {
                    Some((first, rings)) if start >= *first => rings[start - first],
                    _ => self.rings.whole[start],
                };
                // What takes this output as it comes keeps sums.
                let sums: usize = (self.prices.readers[start].iter())
                    .filter_map(|&(reader, _)| flow.steps[reader].accumulators)
                    .sum();
                ring * node.map[2] + sums
            };
            own += kept;
            scratch = scratch.max(self.scratch[start]);
            cost += self.cost(start, done[start], self.takes_fed(start));
            // What reads this output takes it as it comes, now that both are in the segment.
            if !self.rings.keeps_whole(start, end) {
                for at in 0..self.prices.readers[start].len() {
                    let (reader, _) = self.prices.readers[start][at];
                    if flow.steps[reader].accumulators.is_some() {
                        cost += self.cost(reader, done[reader], true);
                        cost -= self.cost(reader, done[reader], false);
                    }
                }
            }
            let stage = Stage {
                steps,
                method: Method::LineBuffers {
                    hand_over: self.hand_over,
                },
            };
            if !allowed(&stage) || check_stage(flow, &stage, choices.input).is_err() {
                continue;
            }
            let held = self.prices.held[start] + self.fed_bytes(&stage.steps);
            edges.push(Edge {
                bytes: held + own + scratch - self.overlap(&stage.steps),
                cost,
                steps: stage.steps,
                method: stage.method,
                exact: false,
            });
        }
        edges
    }

    /// Whether the step takes an input of the network as it comes.
    fn takes_fed(&self, step: usize) -> bool {
        let node = &self.prices.prepared.flow.steps[step];
        let fed = self.rings.fed && matches!(node.inputs.first(), Some(Source::Input(_)));
        fed && node.accumulators.is_some()
    }

    /// Bytes of the rings that inputs of the network arrive in.
    fn fed_bytes(&self, steps: &Range<usize>) -> usize {
        let flow = &self.prices.prepared.flow;
        if !self.rings.fed {
            return 0;
        }
        (flow.input_last_readers.iter().enumerate())
            .filter(|(_, last)| steps.contains(last))
            .map(|(input, _)| self.rings.lines.input_rings[input] * flow.inputs[input][2])
            .sum()
    }

    /// The most that the segment can save by laying its output over an input that it uses up.
    fn overlap(&self, steps: &Range<usize>) -> usize {
        let Prices {
            prepared, choices, ..
        } = *self.prices;
        let flow = &prepared.flow;
        let output = self.prices.bytes(steps.end - 1);
        // A residual added in place is an overlap of equals.
        let in_place = |input: usize| choices.in_place && input == output;
        let inputs = (flow.steps[..steps.start].iter().enumerate())
            .filter(|(_, node)| steps.contains(&node.last_reader) && !node.is_output)
            .map(|(step, _)| self.prices.bytes(step))
            .filter(|&input| choices.overlap || in_place(input));
        let fed = self.rings.fed;
        let resident = (flow.input_last_readers.iter().enumerate())
            .filter(|(_, last)| choices.overlap && !fed && steps.contains(last))
            .map(|(input, _)| flow.inputs[input].iter().product());
        inputs
            .chain(resident)
            .map(|input: usize| input.min(output))
            .max()
            .unwrap_or(0)
    }

    /// What a step costs that computes so many units.
    fn cost(&mut self, step: usize, done: usize, takes_all: bool) -> u64 {
        let facts = &self.prices.prepared.facts[step];
        let map = self.prices.prepared.flow.steps[step].map;
        let places = done * self.rings.unit.extent(map) / self.rings.unit.count(map).max(1);
        match self.prices.cost {
            Cost::Macs if takes_all => facts.macs_once,
            Cost::Macs => facts.macs_per_pixel.saturating_mul(places as u64),
            Cost::Cycles => {
                if let Some(&known) = self.costs.get(&(step, places, takes_all)) {
                    return known;
                }
                let kernel = self.prices.kernel(step, false);
                let cycles = if takes_all {
                    self.prices.cycles(kernel, &self.whole, step)
                } else {
                    let alone = Segment {
                        steps: step..step + 1,
                        method: self.whole.method,
                        geometry: Geometry::Lines(Lines {
                            unit: self.rings.unit,
                            fed: self.rings.fed,
                            stores: vec![Store::Whole],
                            input_rings: Vec::new(),
                            computed: vec![places],
                            overlaps: Vec::new(),
                        }),
                    };
                    self.prices.cycles(kernel, &alone, step)
                };
                self.costs.insert((step, places, takes_all), cycles);
                cycles
            }
        }
    }
}
