//! `m7-3`: a simple in-order dual-issue model of the Cortex-M7. Arm does not publish cycle counts for this
//! core; the rules below are assumptions, chosen to be few and deterministic.

use super::issue::{Class, slot};
use super::{COUNTERS, Counters, Model, State, WEAKLY_TAKEN};
use crate::cpu::decoded::{Op, Timed};

/// Cycles lost to a mispredicted branch.
const MISPREDICTED: u32 = 6;
/// Cycles lost to a branch whose target comes from a register or memory.
const INDIRECT: u32 = 3;

// Issue slots, and results on their way.
/// Slots that the current cycle no longer offers, see [`slot`].
const TAKEN: usize = 0;
/// Registers which the first instruction of the current cycle writes.
const FIRST_WRITES: usize = 1;
/// Results of the previous cycle that are not ready in the current one.
const LATE: usize = 2;
/// The same of the current cycle.
const LATE_NEXT: usize = 3;

const FULL: u32 = slot::FULL as u32;
const CLOSING: u32 = slot::CLOSING as u32;
const ALONE: u32 = slot::ALONE as u32;

/// The model of the Cortex-M7.
pub(crate) enum CortexM7 {}

impl Model for CortexM7 {
    const START: State = [FULL, 0, 0, 0];

    #[inline(always)]
    fn straight(state: &mut State, ins: &Timed, extra: u32) -> u32 {
        let issue = &ins.issue;
        let slots = u32::from(issue.slots);
        let joins = state[TAKEN] & slots == 0
            && (state[FIRST_WRITES] & issue.conflicts) | (state[LATE] & issue.reads) == 0
            && extra == 0;
        if joins {
            state[TAKEN] = FULL;
            state[LATE_NEXT] |= issue.late;
            return 0;
        }
        let stalls = state[LATE_NEXT] & issue.reads != 0;
        state[LATE] = if stalls { 0 } else { state[LATE_NEXT] };
        state[LATE_NEXT] = issue.late;
        state[FIRST_WRITES] = issue.writes;
        state[TAKEN] = if slots & CLOSING != 0 {
            FULL
        } else {
            slots & !FULL | ALONE
        };
        extra + u32::from(issue.busy) + u32::from(stalls)
    }

    #[inline(always)]
    fn flow(state: &mut State, counters: &mut Counters, ins: &Timed, pc: u32, taken: bool) -> u32 {
        let direct = ins.issue.class == Class::Branch;
        if !taken && !direct {
            return 0;
        }
        // Nothing joins a full cycle, so what else it holds is of no account.
        *state = [FULL, 0, 0, state[LATE_NEXT]];
        if !direct {
            return INDIRECT;
        }
        if !matches!(ins.code.op, Op::BCond | Op::Cbz | Op::Cbnz) {
            return 0;
        }
        let counter = &mut counters[(pc >> 1) as usize % COUNTERS];
        let predicted = *counter >= WEAKLY_TAKEN;
        *counter = if taken {
            (*counter + 1).min(3)
        } else {
            counter.saturating_sub(1)
        };
        if predicted == taken { 0 } else { MISPREDICTED }
    }

    fn skip(state: &mut State) -> u32 {
        if state[TAKEN] & FULL == 0 {
            state[TAKEN] = FULL;
            return 0;
        }
        *state = [ALONE, 0, state[LATE_NEXT], 0];
        1
    }
}
