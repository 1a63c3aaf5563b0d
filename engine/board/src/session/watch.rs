//! A run that stops after each pass of a step, so that the step's output can be looked at.

use super::contain::contained;
use super::program::{Event, Program};
use super::{HALT_LIMIT, probe_error};
use crate::error::BoardError;
use crate::protocol::{bytes_of, control, crc32};
use crate::types::{Cancel, Stage};
use probe_rs::MemoryInterface as _;
use std::time::Duration;

/// How often an output is read whose check is wrong.
const READS: usize = 3;

/// A step's output, taken from the target while it was stopped after that step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// The bytes, rows one after the other.
    pub data: Vec<u8>,
}

impl Program<'_> {
    /// Runs on `input` and hands the output of each pass of `step` to `look`, until it returns `true`; the program is
    /// then left stopped there. Otherwise it runs to its end.
    ///
    /// # Errors
    /// As [`Program::run`].
    pub fn watch_step(
        &mut self,
        input: &[i8],
        step: u32,
        look: &mut dyn FnMut(u32, Stopped) -> bool,
        limit: Duration,
        cancel: &Cancel,
    ) -> Result<(), BoardError> {
        contained(Stage::Run, || {
            self.launch(input, 0, Some((step, 0)), cancel)?;
            for pass in 0.. {
                match self.wait(limit, cancel)? {
                    Event::Report(_) => return Ok(()),
                    Event::Stopped => {
                        let stopped = self.read_view(pass)?;
                        if look(pass, stopped) {
                            let _ = self.running.core.halt(HALT_LIMIT);
                            return Ok(());
                        }
                        self.resume(pass + 1, cancel)?;
                    }
                }
            }
            Ok(())
        })
    }

    /// Runs on `input` and returns the whole output of `step`: the rows of each of its passes, in the order in which
    /// they ran.
    ///
    /// # Errors
    /// As [`Program::run`].
    pub fn step_output(
        &mut self,
        input: &[i8],
        step: u32,
        limit: Duration,
        cancel: &Cancel,
    ) -> Result<Vec<Stopped>, BoardError> {
        let mut passes = Vec::new();
        let mut keep = |_, stopped| {
            passes.push(stopped);
            false
        };
        self.watch_step(input, step, &mut keep, limit, cancel)?;
        Ok(passes)
    }

    /// The output at which the program stands, as its own check has it.
    fn read_view(&mut self, pass: u32) -> Result<Stopped, BoardError> {
        for _ in 0..READS {
            if let Some(stopped) = self.try_read_view(pass)? {
                return Ok(stopped);
            }
        }
        Err(BoardError::Protocol {
            message: "a step's output does not arrive as the program has it".to_owned(),
        })
    }

    /// `None` when the check is wrong, or it is another pass.
    fn try_read_view(&mut self, wanted: u32) -> Result<Option<Stopped>, BoardError> {
        let error = |e: probe_rs::Error| probe_error(Stage::Run)(e);
        let mut view = [0; 6];
        let address = self.running.address(control::VIEW);
        (self.running.core.read_32(address, &mut view)).map_err(error)?;
        let [start, rows, row_bytes, stride, pass, check] = view;
        let (start, rows) = (u64::from(start), u64::from(rows));
        let (row_bytes, stride) = (u64::from(row_bytes), u64::from(stride));
        let arena = self.arena..self.arena + u64::from(self.hello.arena_bytes);
        // At most 2^32 · 2^32 + 2^33: no overflow.
        let end = start + rows.saturating_sub(1) * stride + row_bytes;
        let bytes = rows * row_bytes;
        if start < arena.start || end > arena.end || bytes > u64::from(self.hello.arena_bytes) {
            return Ok(None);
        }
        let mut data = vec![0; bytes as usize];
        for (row, bytes) in data.chunks_mut((row_bytes as usize).max(1)).enumerate() {
            let address = start + row as u64 * stride;
            self.running.core.read(address, bytes).map_err(error)?;
        }
        let mut checked = bytes_of(&view[..5]);
        checked.extend(&data);
        let right = pass == wanted && crc32(&checked) == check;
        Ok(right.then_some(Stopped { data }))
    }
}
