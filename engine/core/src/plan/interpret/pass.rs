//! One pass of one step: it reads all its operands, computes, and writes.

use super::arena::Fault;
use super::ready::{From, Input, Ready};
use super::{InterpretError, Machine, Pass, StepId};
use crate::graph::{Interval, Region, TensorId};
use crate::plan::digest;
use crate::quant::{QuantError, Tile, TileMut};
use crate::schedule::region::{operand_interval, operand_region};
use std::ops::Range;

impl Machine<'_> {
    /// Computes a region of the output of step number `at` of the segment.
    pub(super) fn pass(
        &mut self,
        ready: &[Ready<'_>],
        at: usize,
        region: Region,
    ) -> Result<(), InterpretError> {
        let own = &ready[at];
        if region.pixels() == 0 {
            return Ok(());
        }
        let fault = self.fault(own.step);
        if let Some(scratch) = own.scratch {
            self.arena.claim(scratch).map_err(&fault)?;
        }
        if own.accumulators.is_some() {
            self.finish(own, region)?;
        } else if own.rows_in_place {
            self.row_by_row(ready, own, region)?;
        } else {
            self.at_once(ready, own, region)?;
        }
        if let Some(scratch) = own.scratch {
            self.arena.claimed(scratch).map_err(&fault)?;
        }
        let digest = &mut self.digests[own.step];
        *digest = digest::extend(*digest, &self.codes);
        (self.observe)(Pass {
            step: StepId(own.step as u32),
            patch: self.part,
            region,
            codes: &self.codes,
        });
        Ok(())
    }

    fn at_once(
        &mut self,
        ready: &[Ready<'_>],
        own: &Ready<'_>,
        region: Region,
    ) -> Result<(), InterpretError> {
        let mut read = Vec::with_capacity(own.inputs.len());
        // Bytes that are read and must not be written by the same pass.
        let mut fixed = Vec::new();
        self.operands.resize_with(own.inputs.len(), Vec::new);
        for operand in 0..own.inputs.len() {
            let part = operand_region(own.node, operand, region);
            self.operands[operand].clear();
            self.read(ready, own, operand, part)?;
            self.keep_apart(ready, own, operand, [part, region], &mut fixed)?;
            read.push(part);
        }
        self.codes.clear();
        self.codes.resize(region.pixels() * own.node.map[2], 0);
        eval(own, &self.operands, &read, region, &mut self.codes)
            .map_err(|source| self.quant(own.step, source))?;
        let written = self.error(own.step, own.node.output, region);
        if !fixed.is_empty() {
            (own.output.runs(region, own.held, &mut |run| {
                let bytes = run.bytes();
                let meets =
                    |other: &&Range<usize>| other.start < bytes.end && bytes.start < other.end;
                fixed.iter().find(meets).map_or(Ok(()), |other| {
                    let byte = other.start.max(bytes.start);
                    Err(Fault::Access(
                        byte,
                        "the pass that reads this overwrites it",
                    ))
                })
            }))
            .map_err(&written)?;
        }
        (self.arena.write(&own.output, region, own.held, &self.codes)).map_err(written)
    }

    /// Collects the bytes of an operand that the pass may not write, where they lie in the output's memory.
    fn keep_apart(
        &self,
        ready: &[Ready<'_>],
        own: &Ready<'_>,
        operand: usize,
        [read, written]: [Region; 2],
        fixed: &mut Vec<Range<usize>>,
    ) -> Result<(), InterpretError> {
        let Input {
            from: From::Memory { place, inside },
            overwritable,
        } = &own.inputs[operand]
        else {
            return Ok(());
        };
        let near = |a: Range<usize>, b: Range<usize>| a.start < b.end && b.start < a.end;
        let (input, output) = (place.range(), own.output.range());
        if !near(input, output) {
            return Ok(());
        }
        let held = inside.map_or(place.whole(), |at| ready[at].held);
        let fail = self.error(own.step, place.tensor, read);
        if !overwritable {
            let add = &mut |run: super::place::Run| {
                fixed.push(run.bytes());
                Ok(())
            };
            return place.runs(read, held, add).map_err(fail);
        }
        // Element by element in two tiles, only where each element lies at its own place in both.
        if place.layout == crate::plan::Layout::Tile && held != written {
            return Err(fail(Fault::Malformed(
                "works in place on a tile of another size",
            )));
        }
        Ok(())
    }

    /// In place, rows are read as late and written as early as a kernel that works row by row can: a plan that
    /// survives this survives every kernel that reads ahead.
    fn row_by_row(
        &mut self,
        ready: &[Ready<'_>],
        own: &Ready<'_>,
        region: Region,
    ) -> Result<(), InterpretError> {
        let columns = operand_interval(own.node, 0, 1, region.x);
        let start = operand_interval(own.node, 0, 0, region.y).start;
        let mut read = Region {
            y: Interval::new(start, start),
            x: columns,
        };
        self.operands.resize_with(1, Vec::new);
        self.operands[0].clear();
        let row_length = region.x.len() * own.node.map[2];
        let mut codes = Vec::with_capacity(region.y.len() * row_length);
        for y in region.y.start..region.y.end {
            let row = Region {
                y: Interval::new(y, y + 1),
                x: region.x,
            };
            let needed = operand_interval(own.node, 0, 0, row.y);
            let fresh = Region {
                y: Interval::new(read.y.end.min(needed.end), needed.end),
                x: columns,
            };
            self.read(ready, own, 0, fresh)?;
            read.y.end = read.y.end.max(needed.end);
            self.codes.clear();
            self.codes.resize(row_length, 0);
            eval(own, &self.operands, &[read], row, &mut self.codes)
                .map_err(|source| self.quant(own.step, source))?;
            (self.arena.write(&own.output, row, own.held, &self.codes)).map_err(self.error(
                own.step,
                own.node.output,
                row,
            ))?;
            codes.extend_from_slice(&self.codes);
        }
        self.codes = codes;
        Ok(())
    }

    /// Appends a region of an operand from the arena.
    pub(super) fn read(
        &mut self,
        ready: &[Ready<'_>],
        own: &Ready<'_>,
        operand: usize,
        region: Region,
    ) -> Result<(), InterpretError> {
        let From::Memory { place, inside } = &own.inputs[operand].from else {
            return Ok(());
        };
        let held = inside.map_or(place.whole(), |at| ready[at].held);
        let fail = self.error(own.step, place.tensor, region);
        (self
            .arena
            .read(place, region, held, &mut self.operands[operand]))
        .map_err(fail)
    }

    pub(super) fn quant(&self, step: usize, source: QuantError) -> InterpretError {
        InterpretError::Quant {
            step,
            part: self.part,
            source,
        }
    }

    /// Turns what is wrong with an access into an error.
    pub(super) fn error(
        &self,
        step: usize,
        tensor: TensorId,
        region: Region,
    ) -> impl Fn(Fault) -> InterpretError + use<> {
        let at = [step, self.part];
        move |fault| fault.at(at, tensor, region)
    }
}

fn eval(
    own: &Ready<'_>,
    operands: &[Vec<i8>],
    read: &[Region],
    region: Region,
    codes: &mut [i8],
) -> Result<(), QuantError> {
    let tiles: Vec<Tile<'_>> = (own.inputs.iter().enumerate())
        .map(|(operand, input)| {
            let map = own.node.input_maps[operand];
            match input.from {
                From::Constant(codes) => Tile::whole(codes, map),
                From::Memory { .. } => tile(&operands[operand], map, read[operand]),
            }
        })
        .collect();
    let map = own.node.map;
    let mut output = TileMut {
        data: codes,
        map,
        region,
        row_stride: region.x.len() * map[2],
    };
    own.kernel.eval(&tiles, &mut output)
}

/// A region whose rows are packed.
pub(super) const fn tile(data: &[i8], map: [usize; 3], region: Region) -> Tile<'_> {
    Tile {
        data,
        map,
        region,
        row_stride: region.x.len() * map[2],
    }
}
