//! Cycle models: what an instruction costs on each core. They see decoded instructions and whether branches
//! were taken, never values in memory. `docs/timing.md` lists the assumptions.

mod issue;
mod m4;
mod m7;
mod registers;

use crate::cpu::Core;
use crate::cpu::decoded::Decoded;

pub(crate) use issue::Issue;

/// Name of the Cortex-M4 model; it changes whenever a cycle count can change.
pub const M4_MODEL: &str = "m4-1";
/// Name of the Cortex-M7 model; it changes whenever a cycle count can change.
pub const M7_MODEL: &str = "m7-1";

/// The cycle model used for `core`.
pub const fn model_name(core: Core) -> &'static str {
    match core {
        Core::CortexM4 => M4_MODEL,
        Core::CortexM7 => M7_MODEL,
    }
}

/// What the models remember from one instruction to the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timing {
    m4: m4::Pipeline,
    m7: m7::Pipeline,
}

/// One executed instruction, as the models see it.
#[derive(Clone, Copy)]
struct Event<'a> {
    ins: &'a Decoded,
    pc: u32,
    /// The program counter went elsewhere than to the next instruction.
    taken: bool,
    /// Cycles that depended on data: unaligned accesses, quotient bits.
    extra: u32,
}

impl Timing {
    /// Cycles that this instruction adds: 0 when it is issued together with the one before.
    #[inline(always)]
    pub(crate) fn cost(
        &mut self,
        core: Core,
        ins: &Decoded,
        pc: u32,
        next: u32,
        actual: u32,
        extra: u32,
    ) -> u32 {
        let event = Event {
            ins,
            pc,
            taken: next != actual,
            extra,
        };
        match core {
            Core::CortexM4 => self.m4.cost(event),
            Core::CortexM7 => self.m7.cost(event),
        }
    }

    /// Cycles of an instruction whose condition in an IT block failed.
    pub(crate) fn skip(&mut self, core: Core) -> u32 {
        match core {
            Core::CortexM4 => self.m4.skip(),
            Core::CortexM7 => self.m7.skip(),
        }
    }
}

/// Cycles of a division beyond the least, from the number of significant bits of its operands: the divider
/// makes about three quotient bits a cycle and stops early, within the 2–12 cycles of the manuals.
pub(crate) fn divide_cycles(dividend_bits: u32, divisor_bits: u32) -> u32 {
    ((dividend_bits + 1).saturating_sub(divisor_bits) / 3).min(10)
}
