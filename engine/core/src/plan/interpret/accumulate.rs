//! Accumulators: 32-bit sums or largest codes, one for each channel, in the arena while a step takes its input as it
//! comes.

use super::arena::Fault;
use super::pass::tile;
use super::ready::Ready;
use super::{InterpretError, Machine};
use crate::graph::Region;

impl Machine<'_> {
    /// Takes a part of the input of step number `at` into its accumulators.
    pub(super) fn accumulate(
        &mut self,
        ready: &[Ready<'_>],
        at: usize,
        region: Region,
    ) -> Result<(), InterpretError> {
        let own = &ready[at];
        self.operands.resize_with(1, Vec::new);
        self.operands[0].clear();
        self.read(ready, own, 0, region)?;
        let tile = tile(&self.operands[0], own.node.input_maps[0], region);
        let fault = self.fault(own.step);
        let buffer = (own.accumulators).ok_or(Fault::Malformed("has no accumulators"));
        let bytes = (buffer.and_then(|buffer| self.arena.claimed(buffer))).map_err(&fault)?;
        let size = accumulator_bytes(bytes.len(), own.node.map[2]).map_err(fault)?;
        let mut sums = load(bytes, size);
        let result = own.kernel.accumulate(&tile, &mut sums);
        store(&sums, size, bytes);
        result.map_err(|source| self.quant(own.step, source))
    }

    /// Starts a step's accumulators.
    pub(super) fn start(&mut self, own: &Ready<'_>) -> Result<(), InterpretError> {
        let Some(buffer) = own.accumulators else {
            return Ok(());
        };
        let fault = self.fault(own.step);
        self.arena.claim(buffer).map_err(&fault)?;
        let bytes = self.arena.claimed(buffer).map_err(&fault)?;
        let size = accumulator_bytes(bytes.len(), own.node.map[2]).map_err(fault)?;
        store(
            &vec![own.kernel.accumulator_start(); own.node.map[2]],
            size,
            bytes,
        );
        Ok(())
    }

    /// Makes the output of what the accumulators hold.
    pub(super) fn finish(&mut self, own: &Ready<'_>, region: Region) -> Result<(), InterpretError> {
        let fault = self.fault(own.step);
        let buffer = (own.accumulators).ok_or(Fault::Malformed("has no accumulators"));
        let bytes = (buffer.and_then(|buffer| self.arena.claimed(buffer))).map_err(&fault)?;
        let size = accumulator_bytes(bytes.len(), own.node.map[2]).map_err(fault)?;
        let sums = load(bytes, size);
        self.codes.clear();
        self.codes.resize(own.node.map[2], 0);
        (own.kernel.finish(&sums, &mut self.codes))
            .map_err(|source| self.quant(own.step, source))?;
        (self.arena.write(&own.output, region, own.held, &self.codes)).map_err(self.error(
            own.step,
            own.node.output,
            region,
        ))
    }
}

/// Bytes of one of `channels` accumulators.
const fn accumulator_bytes(bytes: usize, channels: usize) -> Result<usize, Fault> {
    match bytes.checked_div(channels) {
        Some(size @ (1 | 4)) if size * channels == bytes => Ok(size),
        _ => Err(Fault::Malformed("has accumulators of another size")),
    }
}

/// Accumulators as they lie in the arena: 32-bit sums, or codes.
fn load(bytes: &[i8], size: usize) -> Vec<i32> {
    let value = |bytes: &[i8]| match *bytes {
        [a, b, c, d] => i32::from_le_bytes([a as u8, b as u8, c as u8, d as u8]),
        _ => bytes.first().copied().map_or(0, i32::from),
    };
    bytes.chunks_exact(size).map(value).collect()
}

fn store(sums: &[i32], size: usize, bytes: &mut [i8]) {
    for (to, sum) in bytes.chunks_exact_mut(size).zip(sums) {
        for (to, from) in to.iter_mut().zip(sum.to_le_bytes()) {
            *to = from as i8;
        }
    }
}
