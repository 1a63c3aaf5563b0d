//! `m4-3`: the Cortex-M4 after the cycle table and the load and store timings of its technical reference manual (r0p1,
//! sections 3.3.1 and 3.3.3, 7.2.3), with zero-wait memory.

use super::issue::Class;
use super::{Counters, Model, State};
use crate::cpu::decoded::{LONG, Op, Timed};

// Cycles to refill the pipeline: the manual says 1 to 3, by alignment and width of the target, and by whether the
// address was known early.
const REFILL: u32 = 1;
const REFILL_INDIRECT: u32 = 2;
const REFILL_LOADED: u32 = 3;

// What the next instruction's cost depends on.
/// What the last instruction was, see the bits below.
const BEFORE: usize = 0;
/// Registers that it loaded, which an address can only use after it.
const LOADED: usize = 1;
/// Destination of a floating-point operation of the last cycle.
const FLOAT: usize = 2;
/// Registers that it computed: an address that depends on them waits.
const MADE: usize = 3;

/// A single load: the next load or store is pipelined behind it.
const LOAD: u32 = 1;
/// An instruction of 16 bits, into which an IT is folded.
const NARROW: u32 = 2;
/// A branch to a halfword that is not at the beginning of a word.
const SPLIT: u32 = 4;

/// The model of the Cortex-M4.
pub(crate) enum CortexM4 {}

impl Model for CortexM4 {
    const START: State = [0; 5];

    #[inline(always)]
    fn straight(state: &mut State, ins: &Timed, extra: u32) -> u32 {
        let (issue, op) = (&ins.issue, ins.code.op);
        let [before, loaded, float, made, _] = *state;
        let single = matches!(issue.class, Class::Load | Class::Store);
        let pipelined = u32::from(single && before & LOAD != 0 && loaded & issue.early == 0);
        let moves = single || matches!(issue.class, Class::LoadMany | Class::StoreMany);
        let waits = u32::from(float & issue.reads != 0 || moves && made & issue.early != 0)
            + u32::from(before & SPLIT != 0 && ins.code.has(LONG));
        *state = Self::START;
        state[BEFORE] = if ins.code.has(LONG) { 0 } else { NARROW };
        let words = u32::from(issue.words);
        let cycles = match issue.class {
            Class::Nothing if op == Op::It => u32::from(before & NARROW == 0),
            Class::Alu | Class::Multiply => {
                state[MADE] = issue.writes;
                1
            }
            Class::Nothing | Class::Branch => 1,
            Class::Divide => {
                state[MADE] = issue.writes;
                2
            }
            Class::System => 2,
            Class::Load => {
                state[BEFORE] |= LOAD;
                state[LOADED] = issue.writes;
                1 - pipelined + words
            }
            // Nothing is pipelined behind a store.
            Class::Store => match op {
                Op::StrReg | Op::StrbReg | Op::StrhReg => 2 - pipelined,
                _ => u32::from(op.is_float()) + words - pipelined,
            },
            Class::LoadMany | Class::StoreMany => 1 + words,
            Class::Indirect => match op {
                Op::LdrPc => 2,
                Op::Tbb | Op::Tbh => 3,
                _ => 1,
            },
            Class::Float => {
                state[FLOAT] = issue.writes;
                1 + u32::from(matches!(op, Op::VmovPairToCore | Op::VmovPairFromCore))
            }
            Class::FloatMac => {
                state[FLOAT] = issue.writes;
                3
            }
            Class::FloatDivide => 14,
        };
        cycles + waits + extra
    }

    #[inline(always)]
    fn flow(state: &mut State, _: &mut Counters, ins: &Timed, pc: u32, taken: bool) -> u32 {
        if !taken {
            return 0;
        }
        *state = Self::START;
        match (ins.issue.class, ins.code.op) {
            (Class::Branch, _) => {
                let target = pc.wrapping_add(4).wrapping_add(ins.code.imm);
                state[BEFORE] = if target & 2 == 0 { 0 } else { SPLIT };
                REFILL
            }
            (_, Op::LdrPc | Op::Tbb | Op::Tbh) => REFILL_LOADED,
            _ => REFILL_INDIRECT,
        }
    }

    fn skip(state: &mut State) -> u32 {
        *state = Self::START;
        1
    }
}
