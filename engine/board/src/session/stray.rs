//! Which step wrote right beside the arena, where the processor's guard does not begin yet: found by running again and
//! stopping after steps, until the painted bytes there tell.

use super::contain::contained;
use super::probe_error;
use super::program::{Event, Program};
use crate::error::BoardError;
use crate::firmware::{GUARD_BYTES, guard_paint};
use crate::protocol::RunReport;
use crate::types::{Cancel, Stage};
use probe_rs::MemoryInterface as _;
use std::time::Duration;

impl Program<'_> {
    /// What to say of a run on `input` whose `report` has damaged guards: where they are damaged first, and by which
    /// step. The runs are repeated for it; a program that does not do it again is told without a step.
    ///
    /// # Errors
    /// As [`Program::run`].
    pub fn stray_write(
        &mut self,
        input: &[i8],
        report: &RunReport,
        limit: Duration,
        cancel: &Cancel,
    ) -> Result<BoardError, BoardError> {
        contained(Stage::Run, || {
            // Steps end for good in their order, and damage stays: the first with damage is found by halving.
            let (mut sound, mut hurt) = (0, report.steps.len());
            let mut found = None;
            while sound < hurt {
                let step = sound.midpoint(hurt);
                let last = report.steps[step].passes.saturating_sub(1);
                self.launch(input, 0, Some((step as u32, last)), cancel)?;
                let damage = match self.wait(limit, cancel)? {
                    Event::Stopped => self.damage()?,
                    Event::Report(_) => None,
                };
                match damage {
                    Some(damage) => {
                        hurt = step;
                        found = Some((step, damage));
                    }
                    None => sound = step + 1,
                }
            }
            let name = |step: usize| self.running.layout.steps.get(step);
            let (fault, step) = match found {
                Some((step, damage)) => (damage, name(step).map(|name| format!(" in {name}"))),
                None => ("a write beside the arena".to_owned(), None),
            };
            Ok(BoardError::TargetFault {
                fault,
                address: 0,
                step: step.unwrap_or_default(),
                record: None,
            })
        })
    }

    /// The painted byte nearest to the arena that is no longer as it was painted, in words.
    fn damage(&mut self) -> Result<Option<String>, BoardError> {
        let (start, bytes) = self.running.image.arena;
        let end = self.arena + u64::from(self.hello.arena_bytes);
        let mut before = [0; GUARD_BYTES as usize];
        let mut after = vec![0; (start + bytes).saturating_sub(end) as usize];
        let core = &mut self.running.core;
        for (address, read) in [(start, &mut before[..]), (end, &mut after[..])] {
            (core.read(address, read)).map_err(|e| probe_error(Stage::Run)(e))?;
        }
        let is_hurt = |bytes: &[u8], index: usize| bytes[index] != guard_paint(index as u32);
        if let Some(past) = (0..after.len()).find(|&index| is_hurt(&after, index)) {
            let address = end + past as u64;
            return Ok(Some(format!(
                "a write {past} B past the end of the arena, at {address:#010x}"
            )));
        }
        let gap = (1..=before.len()).find(|&gap| is_hurt(&before, before.len() - gap));
        Ok(gap.map(|gap| {
            let address = self.arena - gap as u64;
            format!("a write {gap} B before the start of the arena, at {address:#010x}")
        }))
    }
}
