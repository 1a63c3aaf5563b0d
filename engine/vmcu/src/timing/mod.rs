//! Cycle models: what an instruction costs on each core. They see decoded instructions and whether branches
//! were taken, never values in memory. `docs/timing.md` lists the assumptions.

mod block;
mod issue;
mod m33;
mod m4;
mod m7;
mod registers;

use crate::cpu::Core;
use crate::cpu::decoded::Timed;

pub(crate) use block::{Block, Builder, Kind, straight};
pub(crate) use issue::{Class, Issue};
pub(crate) use m4::CortexM4;
pub(crate) use m7::CortexM7;
pub(crate) use m33::CortexM33;

/// Name of the Cortex-M4 model; it changes whenever a cycle count can change.
pub const M4_MODEL: &str = "m4-3";
/// Name of the Cortex-M7 model; it changes whenever a cycle count can change.
pub const M7_MODEL: &str = "m7-3";
/// Name of the Cortex-M33 model; it changes whenever a cycle count can change.
pub const M33_MODEL: &str = "m33-3";

/// The cycle model used for `core`.
pub const fn model_name(core: Core) -> &'static str {
    match core {
        Core::CortexM4 => M4_MODEL,
        Core::CortexM7 => M7_MODEL,
        Core::CortexM33 => M33_MODEL,
    }
}

/// What a model remembers of the instructions before, branches aside. Equal states cost equally.
pub(crate) type State = [u32; 5];

/// Two-bit counters of a branch predictor, chosen by address.
pub(crate) type Counters = [u8; COUNTERS];
const COUNTERS: usize = 512;
const WEAKLY_TAKEN: u8 = 2;

/// The cycle model of one core.
pub(crate) trait Model {
    /// After reset.
    const START: State;

    /// Cycles of an instruction without its change of flow: 0 when it is issued together with the one before.
    /// `extra` are those that depended on data: unaligned accesses, quotient bits.
    fn straight(state: &mut State, ins: &Timed, extra: u32) -> u32;

    /// Cycles that the change of flow adds. Called for everything that may change it, after `straight`.
    fn flow(state: &mut State, counters: &mut Counters, ins: &Timed, pc: u32, taken: bool) -> u32;

    /// Cycles of an instruction whose condition in an IT block failed.
    fn skip(state: &mut State) -> u32;
}

/// What the models remember from one instruction to the next.
#[derive(Clone, Debug)]
pub(crate) struct Timing {
    pub state: State,
    pub counters: Box<Counters>,
}

impl Timing {
    pub fn new(core: Core) -> Self {
        Self {
            state: match core {
                Core::CortexM4 => CortexM4::START,
                Core::CortexM7 => CortexM7::START,
                Core::CortexM33 => CortexM33::START,
            },
            counters: Box::new([WEAKLY_TAKEN; COUNTERS]),
        }
    }

    /// As after reset: no branch has been seen.
    pub fn forget_branches(&mut self) {
        self.counters.fill(WEAKLY_TAKEN);
    }

    /// Cycles of one instruction, from `pc`; `taken` when it went elsewhere than to the next one.
    #[inline(always)]
    pub fn cost<M: Model>(&mut self, ins: &Timed, pc: u32, taken: bool, extra: u32) -> u32 {
        let cycles = M::straight(&mut self.state, ins, extra);
        if taken || ins.issue.class == Class::Branch {
            cycles + M::flow(&mut self.state, &mut self.counters, ins, pc, taken)
        } else {
            cycles
        }
    }
}

/// Cycles of a division beyond the least, from the number of significant bits of its operands: the divider
/// makes about three quotient bits a cycle and stops early, within the 2–12 cycles of the manuals.
pub(crate) fn divide_cycles(dividend_bits: u32, divisor_bits: u32) -> u32 {
    ((dividend_bits + 1).saturating_sub(divisor_bits) / 3).min(10)
}
