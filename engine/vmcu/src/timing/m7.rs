//! `m7-1`: a simple in-order dual-issue model of the Cortex-M7. Arm does not publish cycle counts for this
//! core; the rules below are assumptions, chosen to be few and deterministic.

use super::Event;
use super::issue::{Class, slot};
use crate::cpu::decoded::Op;

/// Cycles lost to a mispredicted branch.
const MISPREDICTED: u32 = 6;
/// Cycles lost to a branch whose target comes from a register or memory.
const INDIRECT: u32 = 3;
/// Two-bit counters of the branch predictor, chosen by address.
const COUNTERS: usize = 512;

/// Issue slots, results on their way, and the branch predictor.
#[derive(Clone, Debug)]
pub(super) struct Pipeline {
    /// Slots that the current cycle no longer offers, see [`slot`].
    taken: u8,
    /// Registers which the first instruction of the current cycle writes.
    first_writes: u32,
    /// Results of the previous cycle that are not ready in the current one.
    late: u32,
    /// The same of the current cycle.
    late_next: u32,
    counters: Box<[u8; COUNTERS]>,
}

impl Default for Pipeline {
    fn default() -> Self {
        // Weakly taken.
        let counters = Box::new([2; COUNTERS]);
        Self {
            taken: slot::FULL,
            first_writes: 0,
            late: 0,
            late_next: 0,
            counters,
        }
    }
}

impl Pipeline {
    #[inline(always)]
    pub(super) fn cost(&mut self, event: Event<'_>) -> u32 {
        let issue = &event.ins.issue;
        let joins = self.taken & issue.slots == 0
            && (self.first_writes & issue.conflicts) | (self.late & issue.reads) == 0
            && event.extra == 0;
        let mut cycles = event.extra;
        if joins {
            self.taken = slot::FULL;
            self.late_next |= issue.late;
        } else {
            let stalls = self.late_next & issue.reads != 0;
            cycles += u32::from(issue.busy) + u32::from(stalls);
            self.late = if stalls { 0 } else { self.late_next };
            self.late_next = issue.late;
            self.first_writes = issue.writes;
            self.taken = if issue.slots & slot::CLOSING != 0 {
                slot::FULL
            } else {
                issue.slots & !slot::FULL | slot::ALONE
            };
        }
        if event.taken || issue.class == Class::Branch {
            cycles += self.branch(event);
        }
        cycles
    }

    /// Cycles lost to the change of flow, if any.
    #[inline(always)]
    fn branch(&mut self, event: Event<'_>) -> u32 {
        self.taken = slot::FULL;
        if event.ins.issue.class != Class::Branch {
            return INDIRECT;
        }
        if !matches!(event.ins.op, Op::BCond | Op::Cbz | Op::Cbnz) {
            return 0;
        }
        let counter = &mut self.counters[(event.pc >> 1) as usize % COUNTERS];
        let predicted = *counter >= 2;
        *counter = if event.taken {
            (*counter + 1).min(3)
        } else {
            counter.saturating_sub(1)
        };
        if predicted == event.taken {
            0
        } else {
            MISPREDICTED
        }
    }

    pub(super) fn skip(&mut self) -> u32 {
        if self.taken & slot::FULL == 0 {
            self.taken = slot::FULL;
            return 0;
        }
        self.taken = slot::ALONE;
        self.first_writes = 0;
        self.late = self.late_next;
        self.late_next = 0;
        1
    }
}
