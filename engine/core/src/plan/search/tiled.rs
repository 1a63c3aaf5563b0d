//! Patches, strips and tiles: what every segment that can be cut into them needs. Only one tensor leaves such a segment,
//! so what its steps compute follows from its end alone.

use super::edges::Edge;
use super::price::Prices;
use super::rings::Rings;
use super::types::Cost;
use crate::graph::OpKind;
use crate::plan::PlanError;
use crate::schedule::stream::Unit;
use crate::schedule::{
    Geometry, Lines, Method, Patches, Segment, Stage, Strips, Tiles, check_stage,
};
use std::ops::Range;

/// The ways that cut maps.
pub(super) struct Tiled<'a> {
    prices: &'a Prices<'a>,
    methods: Vec<Method>,
    /// Columns that a strip keeps, where strips are asked for.
    columns: Option<Rings<'a>>,
}

impl<'a> Tiled<'a> {
    pub fn new(prices: &'a Prices<'a>, methods: Vec<Method>) -> Self {
        let strips = |method: &Method| matches!(method, Method::HorizontalCache { .. });
        let columns = (methods.iter().any(strips)).then(|| Rings::new(prices, Unit::Column, false));
        Self {
            prices,
            methods,
            columns,
        }
    }

    /// All segments that end before step `end` and may be run in one of the ways.
    pub fn ending(
        &self,
        end: usize,
        allowed: &dyn Fn(&Stage) -> bool,
        edges: &mut Vec<Edge>,
    ) -> Result<(), PlanError> {
        if self.methods.is_empty() {
            return Ok(());
        }
        let Prices {
            prepared, choices, ..
        } = *self.prices;
        let flow = &prepared.flow;
        let legal = |stage: &Stage| check_stage(flow, stage, choices.input).is_ok();
        let starts: Vec<usize> = (0..end)
            .rev()
            .take_while(|&start| flow.steps[start].local)
            .filter(|&start| {
                legal(&Stage {
                    steps: start..end,
                    method: Method::Patch { grid: [1, 1] },
                })
            })
            .collect();
        let (Some(&latest), Some(&first)) = (starts.first(), starts.last()) else {
            return Ok(());
        };
        for &method in &self.methods {
            let stage = |start: usize| Stage {
                steps: start..end,
                method,
            };
            if !legal(&stage(latest)) {
                continue;
            }
            let segment = self.segment(first..end, method);
            let mut running = Running::new(self, &segment);
            let mut known = end;
            for stage in starts.iter().map(|&start| stage(start)) {
                for step in (stage.steps.start..known).rev() {
                    running.take(step);
                }
                known = stage.steps.start;
                if allowed(&stage) {
                    let cost = match (self.prices.cost, method) {
                        // The first steps read whole maps, which differ from tiles.
                        (Cost::Cycles, Method::Patch { .. }) => self.prices.pinned(&stage)?.cost,
                        _ => running.cost,
                    };
                    edges.push(Edge {
                        bytes: self.prices.held[known] + running.peak(known),
                        steps: stage.steps,
                        method,
                        cost,
                        exact: false,
                    });
                }
            }
        }
        Ok(())
    }

    /// The longest segment; shorter ones are its ends.
    fn segment(&self, steps: Range<usize>, method: Method) -> Segment {
        let flow = &self.prices.prepared.flow;
        let geometry = match method {
            Method::Patch { grid } => Geometry::Patches(Patches::new(flow, &steps, grid)),
            Method::TileCache { tile } => Geometry::Tiles(Tiles::new(flow, &steps, tile)),
            Method::HorizontalCache { rows } => Geometry::Strips(self.strips(&steps, rows)),
            Method::Layer | Method::LineBuffers { .. } => Geometry::Layer,
        };
        Segment {
            steps,
            method,
            geometry,
        }
    }

    fn strips(&self, steps: &Range<usize>, rows: usize) -> Strips {
        let flow = &self.prices.prepared.flow;
        let Some(rings) = &self.columns else {
            return Strips::new(flow, steps, rows);
        };
        let part = |all: &[usize]| all[steps.clone()].to_vec();
        let columns = Lines {
            computed: part(&rings.demand(steps.end)),
            stores: rings.lines.stores[steps.clone()].to_vec(),
            overlaps: Vec::new(),
            ..rings.lines.clone()
        };
        Strips::with_columns(flow, steps, rows, columns)
    }
}

/// A segment that grows by steps at its front.
struct Running<'a> {
    prices: &'a Prices<'a>,
    segment: &'a Segment,
    /// Per step of the longest segment, bytes in use, what working in place saves of them, and scratch.
    live: Vec<[usize; 3]>,
    /// MACs or cycles.
    cost: u64,
}

impl<'a> Running<'a> {
    fn new(tiled: &Tiled<'a>, segment: &'a Segment) -> Self {
        let prices = tiled.prices;
        let output = prices.bytes(segment.steps.end - 1);
        let live = (segment.steps.clone())
            .map(|step| {
                let scratch = prices.scratch(prices.kernel(step, false), segment, step);
                [output, 0, scratch]
            })
            .collect();
        Self {
            prices,
            segment,
            live,
            cost: 0,
        }
    }

    /// The most bytes in use in the segment from that step on.
    fn peak(&self, start: usize) -> usize {
        (self.live[start - self.segment.steps.start..].iter())
            .map(|[live, saved, scratch]| live - saved + scratch)
            .max()
            .unwrap_or(0)
    }

    fn take(&mut self, step: usize) {
        self.cost += match self.prices.cost {
            Cost::Macs => self.prices.step_cost(self.segment, step),
            Cost::Cycles => {
                let kernel = self.prices.kernel(step, false);
                self.prices.cycles(kernel, self.segment, step)
            }
        };
        let Range { start, end } = self.segment.steps;
        if step + 1 == end {
            return;
        }
        let bytes = self.bytes(step);
        // Tiles live from step to step, what is kept for later tiles as long as the segment.
        let last = match self.segment.geometry {
            Geometry::Patches(_) => self.prices.prepared.flow.steps[step].last_reader,
            _ => end - 1,
        };
        let first = match self.segment.geometry {
            Geometry::Patches(_) => step,
            _ => start,
        };
        for live in &mut self.live[first - start..=last - start] {
            live[0] += bytes;
        }
        if matches!(self.segment.geometry, Geometry::Patches(_)) && last + 1 < end {
            let saved = bytes.min(self.bytes(last));
            if self.prices.choices.in_place && self.may_overwrite(step, last) {
                let known = &mut self.live[last - start][1];
                *known = (*known).max(saved);
            }
        }
    }

    /// Bytes that the segment keeps of a step's output, other than the last's.
    fn bytes(&self, step: usize) -> usize {
        let at = step - self.segment.steps.start;
        let [_, width, channels] = self.prices.prepared.flow.steps[step].map;
        let pixels = match &self.segment.geometry {
            Geometry::Patches(patches) => patches.largest_tile(at),
            Geometry::Strips(strips) => strips.tallest(at) * strips.kept_columns(at, width),
            Geometry::Tiles(tiles) => {
                let [rows, columns] = tiles.largest_window(at);
                rows * columns + tiles.kept_rows(at) * width
            }
            Geometry::Layer | Geometry::Lines(_) => 0,
        };
        pixels * channels
    }

    /// Whether `reader`, the last that reads the output of `step`, might overwrite it.
    fn may_overwrite(&self, step: usize, reader: usize) -> bool {
        let prepared = self.prices.prepared;
        let [from, to] = [step, reader].map(|step| prepared.flow.steps[step].map);
        let kind = &prepared.graph.ops[reader].kind;
        from[2] == to[2]
            && match kind {
                OpKind::DepthwiseConv2d(_) => true,
                kind => crate::cost::Kernel::works_by_element(kind) && from == to,
            }
    }
}
