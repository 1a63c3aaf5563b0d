//! Instructions in a row that run without a look at anything else, and what they cost together.

use super::issue::Class;
use super::{Model, State};
use crate::cpu::decoded::{Decoded, Op, STACK};
use crate::memory::Cells;

/// What begins at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// Nobody has looked.
    Unknown,
    /// An instruction that is run on its own.
    Single,
    /// Instructions of which none changes the flow.
    Straight,
    /// The same, and a last one that may.
    Branching,
}

/// One block, in halfwords from its first instruction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    pub kind: Kind,
    /// Number of instructions.
    pub count: u8,
    /// Where the last instruction begins.
    pub last: u8,
    /// Length.
    pub length: u8,
    /// Cycles when it is entered in state `before`, the change of flow at its end aside.
    cycles: u32,
    before: State,
    after: State,
    /// The address and the epoch of the caches at which all of it was found to be fetched without waiting.
    fetched: (u32, u32),
}

impl Block {
    /// Not looked at yet.
    pub const UNKNOWN: Self = Self::new(Kind::Unknown);
    /// To be run alone.
    pub const SINGLE: Self = Self::new(Kind::Single);
    /// Most instructions in a block.
    const MOST: u8 = 32;
    /// Greatest length.
    pub const HALFWORDS: usize = 2 * Self::MOST as usize;
    /// More cycles than any block takes: an instruction takes less than 40 when no memory access is slow.
    const CYCLES: u64 = 40 * Self::MOST as u64;
    /// A state that no model has.
    const NEVER: State = [u32::MAX; 4];

    const fn new(kind: Kind) -> Self {
        Self {
            kind,
            count: 0,
            last: 0,
            length: 0,
            cycles: 0,
            before: Self::NEVER,
            after: Self::NEVER,
            fetched: (0, 0),
        }
    }

    /// Whether the block at `pc` can be fetched without waiting.
    #[inline(always)]
    pub fn is_at_hand(&mut self, pc: u32, cells: &Cells) -> bool {
        self.fetched == (pc, cells.delays.epoch) || self.look_for(pc, cells)
    }

    #[cold]
    #[inline(never)]
    fn look_for(&mut self, pc: u32, cells: &Cells) -> bool {
        let found = cells.fetches_at_once(pc, 2 * u32::from(self.length));
        if found {
            self.fetched = (pc, cells.delays.epoch);
        }
        found
    }

    /// More cycles than any block takes when one access waits at most `worst`: an instruction reaches at most ten lines.
    pub fn most_cycles(worst: u32) -> u64 {
        Self::CYCLES + 10 * u64::from(Self::MOST) * u64::from(worst)
    }

    /// Adds an instruction; returns whether the next one may follow.
    pub fn push(&mut self, ins: &Decoded) -> bool {
        if !may_join(ins) {
            if self.count == 0 {
                *self = Self::SINGLE;
            }
            return false;
        }
        self.count += 1;
        self.last = self.length;
        self.length += ins.length() as u8 / 2;
        let branches = changes_flow(ins);
        self.kind = if branches {
            Kind::Branching
        } else {
            Kind::Straight
        };
        !branches && self.count < Self::MOST
    }

    /// Cycles of the whole block but for the change of flow at its end; the last entry state is remembered with
    /// its answer. `decoded` are the block's halfwords.
    #[inline(always)]
    pub fn cost<M: Model>(&mut self, state: &mut State, decoded: &[Decoded]) -> u32 {
        if *state != self.before {
            self.work_out::<M>(state, decoded);
        }
        *state = self.after;
        self.cycles
    }

    #[inline(never)]
    fn work_out<M: Model>(&mut self, state: &State, decoded: &[Decoded]) {
        self.before = *state;
        self.after = *state;
        self.cycles = straight::<M>(&mut self.after, decoded);
    }
}

/// Cycles of these instructions, given by halfwords; none changes the flow.
pub(crate) fn straight<M: Model>(state: &mut State, decoded: &[Decoded]) -> u32 {
    let (mut cycles, mut at) = (0, 0);
    while let Some(ins) = decoded.get(at) {
        cycles += M::straight(state, ins, 0);
        at += ins.length() as usize / 2;
    }
    cycles
}

fn changes_flow(ins: &Decoded) -> bool {
    match ins.issue.class {
        Class::Branch | Class::Indirect => true,
        Class::LoadMany => matches!(ins.op, Op::Ldm | Op::LdmDb) && ins.imm & 1 << 15 != 0,
        _ => false,
    }
}

/// Whether its effect and cost depend on registers and plain memory only, and it can be begun anew when it turns
/// out that they do not.
fn may_join(ins: &Decoded) -> bool {
    if ins.has(STACK) {
        return false;
    }
    match ins.issue.class {
        Class::Divide | Class::System => false,
        Class::Nothing => ins.op == Op::Nop,
        Class::Load | Class::Store => !matches!(
            ins.op,
            Op::Ldrex
                | Op::Ldrexb
                | Op::Ldrexh
                | Op::LoadUser
                | Op::Strex
                | Op::Strexb
                | Op::Strexh
                | Op::StoreUser
        ),
        _ => ins.op != Op::VUndefined,
    }
}
