//! `m4-1`: the Cortex-M4 after the cycle table of its technical reference manual (r0p1, section 3.3), with
//! zero-wait memory.

use super::Event;
use super::issue::Class;
use crate::cpu::decoded::Op;

/// Cycles to refill the pipeline: the manual says 1–3, by alignment and width of the target.
const REFILL: u32 = 2;

/// What the next instruction's cost depends on.
#[derive(Clone, Debug, Default)]
pub(super) struct Pipeline {
    /// The last instruction was a single load or store: the next one is pipelined behind it.
    in_memory: bool,
    /// Registers that it loaded, which an address can only use after it.
    loaded: u32,
    /// Destination of a floating-point operation of the last cycle.
    float: u32,
}

impl Pipeline {
    #[inline(always)]
    pub(super) fn cost(&mut self, event: Event<'_>) -> u32 {
        let (ins, issue) = (event.ins, &event.ins.issue);
        let pipelined = self.in_memory && self.loaded & issue.reads == 0;
        let waits = u32::from(self.float & issue.reads != 0);
        self.in_memory = false;
        self.loaded = 0;
        self.float = 0;
        let words = u32::from(issue.words);
        let cycles = match issue.class {
            Class::Alu | Class::Multiply | Class::Nothing | Class::Branch => 1,
            Class::Divide | Class::System => 2,
            Class::Load => {
                self.in_memory = true;
                self.loaded = issue.writes;
                1 - u32::from(pipelined) + words
            }
            Class::Store => {
                self.in_memory = true;
                u32::from(ins.op.is_float()) + words
            }
            Class::LoadMany | Class::StoreMany => 1 + words,
            Class::Indirect => match ins.op {
                Op::LdrPc | Op::Tbb | Op::Tbh => 2,
                _ => 1,
            },
            Class::Float => {
                self.float = issue.writes;
                waits + 1 + u32::from(matches!(ins.op, Op::VmovPairToCore | Op::VmovPairFromCore))
            }
            Class::FloatMac => {
                self.float = issue.writes;
                waits + 3
            }
            Class::FloatDivide => waits + 14,
        };
        cycles + event.extra + if event.taken { REFILL } else { 0 }
    }

    pub(super) fn skip(&mut self) -> u32 {
        *self = Self::default();
        1
    }
}
