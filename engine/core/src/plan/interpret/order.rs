//! The order in which the steps of a segment run, each way of running one in its own.

use super::arena::{begin, end};
use super::ready::{From, Ready};
use super::{InterpretError, Layout, Machine};
use crate::graph::{Interval, Region};
use crate::plan::{Buffer, BufferRole, Segment, Way};
use crate::schedule::stream::Event;
use crate::schedule::{Lines, Source, Strips, Tiles};

/// Memory that comes and goes with every patch.
fn is_tile(buffer: &Buffer) -> bool {
    buffer.role == BufferRole::Tile
}

impl Machine<'_> {
    pub(super) fn run(
        &mut self,
        segment: &Segment,
        ready: &mut [Ready<'_>],
    ) -> Result<(), InterpretError> {
        self.part = 0;
        let all = segment.steps.clone();
        if segment.way == Way::Layer {
            for (at, step) in all.enumerate() {
                self.begin(step, &|_| true)?;
                self.pass(ready, at, ready[at].output.whole())?;
                self.end(step, &|_| true)?;
            }
            return Ok(());
        }
        for step in all.clone() {
            self.begin(step, &|buffer| !is_tile(buffer))?;
        }
        for own in &*ready {
            self.start(own)?;
        }
        match &segment.way {
            Way::Layer => {}
            Way::Patch(stage) => {
                for (number, patch) in stage.patches.iter().enumerate() {
                    self.part = number;
                    for (at, (step, &region)) in all.clone().zip(&patch.outputs).enumerate() {
                        self.begin(step, &is_tile)?;
                        if ready[at].output.layout == Layout::Tile {
                            ready[at].held = region;
                        }
                        self.pass(ready, at, region)?;
                        self.end(step, &is_tile)?;
                    }
                }
            }
            Way::HorizontalCache(strips) => self.strips(segment, strips, ready)?,
            Way::LineBuffers(lines) => self.stream(segment, lines, None, ready)?,
            Way::TileCache(tiles) => self.tiles(tiles, ready)?,
        }
        for step in all {
            self.end(step, &|buffer| !is_tile(buffer))?;
        }
        Ok(())
    }

    fn begin(&mut self, step: usize, of: &dyn Fn(&Buffer) -> bool) -> Result<(), InterpretError> {
        begin(&mut self.arena, self.plan, step, of, &self.filled).map_err(self.fault(step))
    }

    fn end(&mut self, step: usize, of: &dyn Fn(&Buffer) -> bool) -> Result<(), InterpretError> {
        // What the last step leaves is the result.
        if step + 1 == self.plan.steps.len() {
            return Ok(());
        }
        end(&mut self.arena, self.plan, step, of).map_err(self.fault(step))
    }

    /// Follows the stream; in a strip, the rows are those that the strip gives each step.
    fn stream(
        &mut self,
        segment: &Segment,
        lines: &Lines,
        rows: Option<&[Interval]>,
        ready: &[Ready<'_>],
    ) -> Result<(), InterpretError> {
        let start = segment.steps.start;
        let mut result = Ok(());
        lines
            .stream(self.flow, &segment.steps)
            .events(&mut |event| {
                if result.is_ok() {
                    result = match event {
                        Event::Feed { input, row } => self.feed(input, row, ready),
                        Event::Accumulate { step, read } => {
                            self.accumulate(ready, step - start, read)
                        }
                        Event::Run { step, mut region } => {
                            if let Some(rows) = rows {
                                region.y = rows[step - start];
                            }
                            self.pass(ready, step - start, region)
                        }
                    };
                }
            });
        result
    }

    /// The caller delivers a row of an input of the network.
    fn feed(
        &mut self,
        input: usize,
        row: usize,
        ready: &[Ready<'_>],
    ) -> Result<(), InterpretError> {
        let reads = ready.iter().flat_map(|own| {
            let sources = own.node.inputs.iter().zip(&own.inputs);
            sources.map(move |(source, from)| (own.step, *source, &from.from))
        });
        for (step, source, from) in reads {
            let (Source::Input(index), From::Memory { place, .. }) = (source, from) else {
                continue;
            };
            if index != input {
                continue;
            }
            let [_, width, channels] = place.map;
            let region = Region {
                y: Interval::new(row, row + 1),
                x: Interval::new(0, width),
            };
            let codes = &self.inputs[input][row * width * channels..][..width * channels];
            return (self.arena.write(place, region, region, codes)).map_err(self.error(
                step,
                place.tensor,
                region,
            ));
        }
        Ok(())
    }

    fn strips(
        &mut self,
        segment: &Segment,
        strips: &Strips,
        ready: &mut [Ready<'_>],
    ) -> Result<(), InterpretError> {
        for (number, strip) in strips.strips.iter().enumerate() {
            self.part = number;
            for (own, &rows) in ready.iter_mut().zip(&strip.outputs) {
                own.held.y = rows;
            }
            self.forget(ready)?;
            self.stream(segment, &strips.columns, Some(&strip.outputs), ready)?;
        }
        Ok(())
    }

    fn tiles(&mut self, tiles: &Tiles, ready: &mut [Ready<'_>]) -> Result<(), InterpretError> {
        let last = ready.len().saturating_sub(1);
        for (part, [row, column]) in tiles.cells().enumerate() {
            self.part = part;
            for (at, own) in ready.iter_mut().enumerate() {
                own.held = tiles.window([row, column], at);
            }
            if column == 0 {
                self.forget(ready)?;
            }
            for at in 0..ready.len() {
                let fresh = tiles.fresh([row, column], at);
                if at < last {
                    let above = Interval::new(ready[at].held.y.start, fresh.y.start);
                    self.carry(
                        &ready[at],
                        Region {
                            y: above,
                            x: fresh.x,
                        },
                        true,
                    )?;
                }
                self.pass(ready, at, fresh)?;
                if let Some(below) = tiles.rows.get(row + 1).filter(|_| at < last) {
                    let kept = Interval::new(
                        below.window[at].start.max(fresh.y.start),
                        below.fresh[at].start.min(fresh.y.end),
                    );
                    self.carry(
                        &ready[at],
                        Region {
                            y: kept,
                            x: fresh.x,
                        },
                        false,
                    )?;
                }
            }
        }
        Ok(())
    }

    /// Copies rows between a window and the rows that are kept.
    fn carry(&mut self, own: &Ready<'_>, region: Region, load: bool) -> Result<(), InterpretError> {
        if region.y.is_empty() || region.x.is_empty() {
            return Ok(());
        }
        let fail = self.error(own.step, own.output.tensor, region);
        let kept = own.kept_rows.ok_or(InterpretError::Malformed {
            step: own.step,
            what: "keeps no rows though tiles below read some again",
        })?;
        let [from, to] = if load {
            [&kept, &own.output]
        } else {
            [&own.output, &kept]
        };
        let mut codes = Vec::new();
        (self.arena.read(from, region, own.held, &mut codes))
            .and_then(|()| self.arena.write(to, region, own.held, &codes))
            .map_err(fail)
    }

    /// What a strip, or a row of tiles, leaves in its windows is of no use to the next.
    fn forget(&mut self, ready: &[Ready<'_>]) -> Result<(), InterpretError> {
        for own in ready {
            if matches!(own.output.layout, Layout::Columns { .. }) {
                (self.arena.free(own.output.range(), own.output.tensor))
                    .map_err(self.fault(own.step))?;
            }
        }
        Ok(())
    }
}
