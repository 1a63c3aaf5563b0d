//! `m7-3`: a two-wide in-order pipeline for the Cortex-M7, with an early and a late arithmetic unit. Arm does not publish
//! cycle counts for this core; `docs/timing.md` names what the rules are taken from.

use super::issue::{Class, is_quick, loads_word, slot};
use super::registers::FLAGS;
use super::{COUNTERS, Counters, Model, State, WEAKLY_TAKEN};
use crate::cpu::decoded::{Op, Timed};

/// Cycles lost to a mispredicted branch whose flags were set just before, as compiled code does.
const MISPREDICTED: u32 = 8;
/// Cycles lost to a branch whose target comes from a register or memory.
const INDIRECT: u32 = 3;
/// Cycles that an unaligned load takes more.
const UNALIGNED: u32 = 3;

// Issue slots, and results on their way.
/// Slots that the current cycle no longer offers, see [`slot`], and [`FORWARDS`].
const TAKEN: usize = 0;
/// Registers which the first instruction of the current cycle writes.
const FIRST_WRITES: usize = 1;
/// Results of the previous cycle: in the low half those that are not ready in the current one, core registers; in the
/// upper half the same of floating-point registers.
const LATE: usize = 2;
/// The same of the current cycle.
const LATE_NEXT: usize = 3;
/// Results that are ready for the late unit only, as core registers: of the previous cycle in the low half, of the
/// current one in the upper half.
const SOFT: usize = 4;

const FULL: u32 = slot::FULL as u32;
const CLOSING: u32 = slot::CLOSING as u32;
const ALONE: u32 = slot::ALONE as u32;
/// The first instruction of the cycle used the early unit, whose result the late one has in the same cycle.
const FORWARDS: u32 = 1 << 8;
const CORE: u32 = 0x7fff;

/// The model of the Cortex-M7.
pub(crate) enum CortexM7 {}

/// Results that are ready for the late unit only.
fn soft(ins: &Timed) -> u32 {
    let issue = &ins.issue;
    match issue.class {
        Class::Load if loads_word(ins.code.op) => issue.late & CORE,
        Class::Alu if !is_quick(ins.code.op) => issue.writes & CORE,
        _ => 0,
    }
}

/// Results that are not ready at all.
fn late(ins: &Timed) -> u32 {
    if ins.issue.class == Class::Load && loads_word(ins.code.op) {
        return 0;
    }
    ins.issue.late
}

impl Model for CortexM7 {
    const START: State = [FULL, 0, 0, 0, 0];

    #[inline(always)]
    fn straight(state: &mut State, ins: &Timed, extra: u32) -> u32 {
        let issue = &ins.issue;
        let slots = u32::from(issue.slots);
        // A branch is predicted and waits for nothing.
        let reads = if issue.class == Class::Branch {
            0
        } else {
            issue.reads
        };
        let first = state[FIRST_WRITES];
        let depends = if state[TAKEN] & FORWARDS != 0 {
            first & (issue.early | reads & FLAGS)
        } else {
            first & (reads | issue.writes & !FLAGS)
        };
        let waits = |late: u32, soft: u32| late & reads | soft & issue.early & CORE;
        let joins = state[TAKEN] & slots == 0
            && depends | waits(state[LATE], state[SOFT]) == 0
            && extra == 0;
        if joins {
            state[TAKEN] = FULL;
            state[LATE_NEXT] |= late(ins);
            state[SOFT] |= soft(ins) << 16;
            return 0;
        }
        let stalls = waits(state[LATE_NEXT], state[SOFT] >> 16) != 0;
        let delayed = !stalls && state[SOFT] >> 16 & reads != 0;
        (state[LATE], state[SOFT]) = if stalls {
            (0, 0)
        } else {
            (state[LATE_NEXT], state[SOFT] >> 16)
        };
        state[LATE_NEXT] = late(ins);
        state[SOFT] |= soft(ins) << 16;
        state[FIRST_WRITES] = issue.writes;
        state[TAKEN] = if slots & CLOSING != 0 {
            FULL
        } else if is_quick(ins.code.op) && !delayed {
            slots & !FULL | ALONE | FORWARDS
        } else {
            slots & !FULL | ALONE
        };
        let extra = match issue.class {
            Class::Load => extra * UNALIGNED,
            _ => extra,
        };
        extra + u32::from(issue.busy) + u32::from(stalls)
    }

    #[inline(always)]
    fn flow(state: &mut State, counters: &mut Counters, ins: &Timed, pc: u32, taken: bool) -> u32 {
        let direct = ins.issue.class == Class::Branch;
        if !taken && !direct {
            return 0;
        }
        let conditional = matches!(ins.code.op, Op::BCond | Op::Cbz | Op::Cbnz);
        let mut cycles = if direct { 0 } else { INDIRECT };
        if conditional {
            let counter = &mut counters[(pc >> 1) as usize % COUNTERS];
            let predicted = *counter >= WEAKLY_TAKEN;
            *counter = if taken {
                (*counter + 1).min(3)
            } else {
                counter.saturating_sub(1)
            };
            if predicted != taken {
                cycles = MISPREDICTED;
            }
        }
        if taken || cycles != 0 {
            // Nothing joins a full cycle, so what else it holds is of no account.
            *state = [FULL, 0, 0, state[LATE_NEXT], state[SOFT] & !0xffff];
        }
        cycles
    }

    fn skip(state: &mut State) -> u32 {
        if state[TAKEN] & FULL == 0 {
            state[TAKEN] = FULL;
            return 0;
        }
        *state = [ALONE, 0, state[LATE_NEXT], 0, state[SOFT] >> 16];
        1
    }
}
