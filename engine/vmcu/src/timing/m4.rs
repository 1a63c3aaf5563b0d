//! `m4-1`: the Cortex-M4 after the cycle table of its technical reference manual (r0p1, section 3.3), with
//! zero-wait memory.

use super::Event;
use super::class::Class;
use crate::cpu::decoded::Op;

/// Cycles to refill the pipeline: the manual says 1–3, by alignment and width of the target.
const REFILL: u32 = 2;

/// What the next instruction's cost depends on.
#[derive(Clone, Debug, Default)]
pub(super) struct Pipeline {
    /// The last instruction was a single load or store: the next one is pipelined behind it.
    in_memory: bool,
    /// Registers that it loaded, which an address can only use after it.
    loaded: u16,
    /// Destination of a floating-point operation of the last cycle (S registers modulo 16).
    float: u16,
}

impl Pipeline {
    #[inline(always)]
    pub(super) fn cost(&mut self, event: Event<'_>) -> u32 {
        let ins = event.ins;
        let pipelined = self.in_memory && self.loaded & ins.reads == 0;
        let waits = u32::from(self.float & ins.reads != 0);
        self.in_memory = false;
        self.loaded = 0;
        self.float = 0;
        let words = ins.imm.count_ones();
        let cycles = match event.class {
            Class::Alu | Class::Multiply | Class::Nothing => 1,
            Class::Divide => 2,
            Class::Load => {
                self.in_memory = true;
                self.loaded = ins.writes;
                2 - u32::from(pipelined) + float_words(event)
            }
            Class::Store => {
                self.in_memory = true;
                1 + u32::from(ins.op.is_float()) + float_words(event)
            }
            Class::LoadMany | Class::StoreMany => 1 + words_moved(event, words),
            Class::Branch => 1,
            Class::Indirect => match ins.op {
                Op::LdrPc | Op::Tbb | Op::Tbh => 2,
                _ => 1,
            },
            Class::Float => {
                self.float = ins.writes;
                waits + 1 + u32::from(matches!(ins.op, Op::VmovPairToCore | Op::VmovPairFromCore))
            }
            Class::FloatMac => {
                self.float = ins.writes;
                waits + 3
            }
            Class::FloatDivide => waits + 14,
            Class::System => 2,
        };
        cycles + event.extra + if event.taken { REFILL } else { 0 }
    }

    pub(super) fn skip(&mut self) -> u32 {
        *self = Self::default();
        1
    }
}

/// Words beyond the first of a doubleword transfer.
fn float_words(event: Event<'_>) -> u32 {
    if event.ins.op.is_float() {
        u32::from(event.ins.amount).saturating_sub(1)
    } else {
        0
    }
}

/// Words that an instruction over several of them moves.
pub(super) fn words_moved(event: Event<'_>, listed: u32) -> u32 {
    match event.ins.op {
        Op::Ldrd | Op::LdrdLit | Op::Strd => 2,
        Op::Vldm | Op::Vstm => event.ins.imm,
        _ => listed,
    }
}
