//! Instructions in a row that run without a look at anything else, and what they cost together.

use super::issue::Class;
use super::registers::names_pc;
use super::{Model, State};
use crate::cpu::decoded::{Decoded, Op, STACK, Timed};
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
    /// The same, and a last one that is an IT with the instructions that it makes conditional.
    Conditional,
}

/// One block, in halfwords from its first instruction.
///
/// What it runs lies apart, without gaps. There r15 is the address of the first instruction plus 4, and all offsets are
/// relative to that, unless an [`Op::Here`] says otherwise: it sets r15 to the end of the block plus its immediate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    pub kind: Kind,
    /// Number of instructions.
    pub count: u8,
    /// Where the last instruction, or the IT, begins.
    pub last: u8,
    /// Length.
    pub length: u8,
    /// Length without an IT and what follows it.
    pub straight: u8,
    /// Number of entries of what is run.
    pub steps: u8,
    /// Where what is run begins.
    pub run: u32,
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
    /// Most instructions in a block, before an IT and the four that it makes conditional.
    const MOST: u8 = 32;
    /// Greatest length.
    pub const HALFWORDS: usize = 2 * (Self::MOST as usize + 5);
    /// More cycles than any block takes: an instruction takes less than 40 when no memory access is slow.
    const CYCLES: u64 = 40 * (Self::MOST as u64 + 5);
    /// A state that no model has.
    const NEVER: State = [u32::MAX; 5];

    const fn new(kind: Kind) -> Self {
        Self {
            kind,
            count: 0,
            last: 0,
            length: 0,
            straight: 0,
            steps: 0,
            run: 0,
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

    /// Whether it was, and no cache has let anything go since.
    #[inline(always)]
    pub fn is_still_at_hand(&self, cells: &Cells) -> bool {
        self.fetched.1 == cells.delays.epoch
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
        Self::CYCLES + 10 * (u64::from(Self::MOST) + 5) * u64::from(worst)
    }

    /// Cycles of the whole block but for the change of flow at its end and for an IT and what it makes conditional; the
    /// last entry state is remembered with its answer. `decoded` are the block's straight halfwords.
    #[inline(always)]
    pub fn cost<M: Model>(&mut self, state: &mut State, decoded: &[Timed]) -> u32 {
        if *state != self.before {
            self.work_out::<M>(state, decoded);
        }
        *state = self.after;
        self.cycles
    }

    #[inline(never)]
    fn work_out<M: Model>(&mut self, state: &State, decoded: &[Timed]) {
        self.before = *state;
        self.after = *state;
        self.cycles = straight::<M>(&mut self.after, decoded);
    }
}

/// Makes a block, instruction by instruction.
pub(crate) struct Builder {
    block: Block,
    run: Vec<Decoded>,
    /// r15 here, as far as it is known: halfwords after that of the first instruction.
    here: Option<u8>,
}

impl Builder {
    pub fn new() -> Self {
        Self {
            block: Block::UNKNOWN,
            run: Vec::new(),
            here: Some(0),
        }
    }

    /// Halfwords up to where the next instruction begins.
    pub fn length(&self) -> u32 {
        u32::from(self.block.length)
    }

    /// Adds an instruction; returns whether the next one may follow.
    pub fn push(&mut self, ins: &Timed) -> bool {
        if !may_join(ins) {
            return false;
        }
        let block = &mut self.block;
        let mut code = ins.code;
        let here = block.length;
        if is_relative(&code) {
            if self.here.is_none() {
                self.run.push(Self::here(here));
            }
            let known = self.here.unwrap_or(here);
            code.imm = code.imm.wrapping_add(2 * u32::from(here - known));
            self.here = Some(known);
        } else if names_pc(&code) {
            if self.here != Some(here) {
                self.run.push(Self::here(here));
            }
            self.here = None;
        }
        self.run.push(code);
        block.count += 1;
        block.last = here;
        block.length += ins.code.length() as u8 / 2;
        block.straight = block.length;
        let branches = changes_flow(ins);
        block.kind = if branches {
            Kind::Branching
        } else {
            Kind::Straight
        };
        !branches && block.count < Block::MOST
    }

    /// Adds an IT with the instructions that it makes conditional, if they can be run here.
    pub fn push_conditional(&mut self, group: &[Timed]) {
        let joins = |ins: &Timed| may_join(ins) && !changes_flow(ins) && !names_pc(&ins.code);
        let literal = |ins: &Timed| is_relative(&ins.code);
        if group[1..].iter().any(|ins| !joins(ins) || literal(ins)) {
            return;
        }
        let block = &mut self.block;
        block.last = block.length;
        for ins in group {
            block.count += 1;
            block.length += ins.code.length() as u8 / 2;
        }
        block.kind = Kind::Conditional;
    }

    fn here(halfwords: u8) -> Decoded {
        Decoded {
            imm: 4 + 2 * u32::from(halfwords),
            ..Decoded::new(Op::Here)
        }
    }

    /// The block; what it runs is put behind `runs`.
    pub fn finish(mut self, runs: &mut Vec<Decoded>) -> Block {
        if self.block.count == 0 {
            return Block::SINGLE;
        }
        let bytes = 2 * u32::from(self.block.length);
        for code in &mut self.run {
            if code.op == Op::Here {
                code.imm = code.imm.wrapping_sub(bytes);
            }
        }
        self.block.run = runs.len() as u32;
        self.block.steps = self.run.len() as u8;
        runs.append(&mut self.run);
        self.block
    }
}

/// Whether its immediate is an offset from its own address.
fn is_relative(ins: &Decoded) -> bool {
    match ins.op {
        Op::LdrLit
        | Op::LdrbLit
        | Op::LdrhLit
        | Op::LdrsbLit
        | Op::LdrshLit
        | Op::LdrdLit
        | Op::Adr
        | Op::B
        | Op::BCond
        | Op::Bl
        | Op::Cbz
        | Op::Cbnz => ins.rd != 15 && ins.ra != 15,
        _ => false,
    }
}

/// Cycles of these instructions, given by halfwords; none changes the flow.
pub(crate) fn straight<M: Model>(state: &mut State, decoded: &[Timed]) -> u32 {
    let (mut cycles, mut at) = (0, 0);
    while let Some(ins) = decoded.get(at) {
        cycles += M::straight(state, ins, 0);
        at += ins.code.length() as usize / 2;
    }
    cycles
}

fn changes_flow(ins: &Timed) -> bool {
    match ins.issue.class {
        Class::Branch | Class::Indirect => true,
        Class::LoadMany => {
            matches!(ins.code.op, Op::Ldm | Op::LdmDb) && ins.code.imm & 1 << 15 != 0
        }
        _ => false,
    }
}

/// Whether its effect and cost depend on registers and plain memory only, and it can be begun anew when it turns
/// out that they do not.
fn may_join(ins: &Timed) -> bool {
    if ins.code.has(STACK) {
        return false;
    }
    match ins.issue.class {
        Class::Divide | Class::System => false,
        Class::Nothing => ins.code.op == Op::Nop,
        Class::Load | Class::Store => !matches!(
            ins.code.op,
            Op::Ldrex
                | Op::Ldrexb
                | Op::Ldrexh
                | Op::LoadUser
                | Op::Strex
                | Op::Strexb
                | Op::Strexh
                | Op::StoreUser
        ),
        _ => ins.code.op != Op::VUndefined,
    }
}
