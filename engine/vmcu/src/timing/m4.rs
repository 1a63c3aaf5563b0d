//! `m4-3`: the Cortex-M4 after the cycle table of its technical reference manual (r0p1, section 3.3), with
//! zero-wait memory.

use super::issue::Class;
use super::{Counters, Model, State};
use crate::cpu::decoded::{Op, Timed};

/// Cycles to refill the pipeline: the manual says 1–3, by alignment and width of the target.
const REFILL: u32 = 2;

// What the next instruction's cost depends on.
/// 1 when the last instruction was a single load or store: the next one is pipelined behind it.
const IN_MEMORY: usize = 0;
/// Registers that it loaded, which an address can only use after it.
const LOADED: usize = 1;
/// Destination of a floating-point operation of the last cycle.
const FLOAT: usize = 2;

/// The model of the Cortex-M4.
pub(crate) enum CortexM4 {}

impl Model for CortexM4 {
    const START: State = [0; 4];

    #[inline(always)]
    fn straight(state: &mut State, ins: &Timed, extra: u32) -> u32 {
        let issue = &ins.issue;
        let pipelined = state[IN_MEMORY] != 0 && state[LOADED] & issue.reads == 0;
        let waits = u32::from(state[FLOAT] & issue.reads != 0);
        *state = Self::START;
        let words = u32::from(issue.words);
        let cycles = match issue.class {
            Class::Alu | Class::Multiply | Class::Nothing | Class::Branch => 1,
            Class::Divide | Class::System => 2,
            Class::Load => {
                state[IN_MEMORY] = 1;
                state[LOADED] = issue.writes;
                1 - u32::from(pipelined) + words
            }
            Class::Store => {
                state[IN_MEMORY] = 1;
                u32::from(ins.code.op.is_float()) + words
            }
            Class::LoadMany | Class::StoreMany => 1 + words,
            Class::Indirect => match ins.code.op {
                Op::LdrPc | Op::Tbb | Op::Tbh => 2,
                _ => 1,
            },
            Class::Float => {
                state[FLOAT] = issue.writes;
                waits
                    + 1
                    + u32::from(matches!(
                        ins.code.op,
                        Op::VmovPairToCore | Op::VmovPairFromCore
                    ))
            }
            Class::FloatMac => {
                state[FLOAT] = issue.writes;
                waits + 3
            }
            Class::FloatDivide => waits + 14,
        };
        cycles + extra
    }

    #[inline(always)]
    fn flow(_: &mut State, _: &mut Counters, _: &Timed, _: u32, taken: bool) -> u32 {
        if taken { REFILL } else { 0 }
    }

    fn skip(state: &mut State) -> u32 {
        *state = Self::START;
        1
    }
}
