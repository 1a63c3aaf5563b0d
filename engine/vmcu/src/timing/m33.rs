//! `m33-3`: the Cortex-M33 as an in-order pipeline of three stages that issues some pairs of 16-bit instructions at once
//! (technical reference manual, 1.1: "limited dual-issue of common 16-bit instruction pairs"). Arm publishes no cycle
//! table for it; `docs/timing.md` names what the rules are taken from.

use super::issue::{Class, shifts_operand};
use super::registers::FLAGS;
use super::{Counters, Model, State};
use crate::cpu::decoded::{LONG, Op, SET, Timed};

const REFILL: u32 = 1;
const REFILL_INDIRECT: u32 = 2;

// What the next instruction's cost depends on.
/// What the last instruction was, see the bits below.
const BEFORE: usize = 0;
/// Results that are ready one cycle late.
const LATE: usize = 1;

/// An instruction of 16 bits, which another may join.
const NARROW: u32 = 1;
/// It set the flags.
const FLAGGED: u32 = 2;
/// A multiply-accumulate of the floating-point unit, which is busy for two cycles more.
const BUSY: u32 = 4;

/// The model of the Cortex-M33.
pub(crate) enum CortexM33 {}

/// Results that come from the third stage, where multiplications, shifted operands and packed operations end.
fn late(ins: &Timed) -> u32 {
    let (issue, op) = (&ins.issue, ins.code.op);
    let packed = (Op::Sxtab as u8..=Op::Qdsub as u8).contains(&(op as u8));
    match issue.class {
        Class::Load | Class::LoadMany | Class::Multiply | Class::Float | Class::FloatMac => {
            issue.late
        }
        Class::Alu if shifts_operand(op) || packed => issue.writes & !FLAGS,
        _ => 0,
    }
}

impl Model for CortexM33 {
    const START: State = [0; 5];

    #[inline(always)]
    fn straight(state: &mut State, ins: &Timed, extra: u32) -> u32 {
        let (issue, op) = (&ins.issue, ins.code.op);
        let [before, pending, ..] = *state;
        let narrow = !ins.code.has(LONG);
        let second = issue.class == Class::Nothing || issue.class == Class::Branch;
        let waits = u32::from(pending & issue.reads != 0);
        *state = Self::START;
        if narrow && second && before & NARROW != 0 && waits == 0 {
            // A branch that is taken waits for flags that were set with it.
            state[BEFORE] = before & FLAGGED;
            return extra;
        }
        state[BEFORE] = if narrow { NARROW } else { 0 };
        if narrow && issue.writes & FLAGS != 0 {
            state[BEFORE] |= FLAGGED;
        }
        if issue.class == Class::Branch {
            state[BEFORE] = 0;
        }
        state[LATE] = late(ins);
        let words = u32::from(issue.words);
        let cycles = match issue.class {
            Class::Multiply if narrow && ins.code.has(SET) => 2,
            Class::Alu | Class::Multiply | Class::Nothing | Class::Branch => 1,
            Class::Divide | Class::System => 2,
            Class::Load | Class::Store | Class::LoadMany | Class::StoreMany => words.max(1),
            Class::Indirect => match op {
                Op::LdrPc | Op::Tbb | Op::Tbh => 2,
                _ => 1,
            },
            Class::Float => {
                1 + u32::from(op == Op::VmovPairToCore) + 2 * u32::from(before & BUSY != 0)
            }
            Class::FloatMac => {
                state[BEFORE] = BUSY;
                1 + 2 * u32::from(before & BUSY != 0)
            }
            Class::FloatDivide => 14,
        };
        cycles + waits + extra
    }

    #[inline(always)]
    fn flow(state: &mut State, _: &mut Counters, ins: &Timed, _: u32, taken: bool) -> u32 {
        if !taken {
            return 0;
        }
        let flagged = state[BEFORE] & FLAGGED != 0 && ins.code.op == Op::BCond;
        *state = Self::START;
        match ins.issue.class {
            Class::Branch => REFILL + u32::from(flagged),
            _ => REFILL_INDIRECT,
        }
    }

    fn skip(state: &mut State) -> u32 {
        *state = Self::START;
        1
    }
}
