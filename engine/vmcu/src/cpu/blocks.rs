//! The fast way through straight code: a block at a time, with one look at budget, timers and the cycle model for
//! all of it. What a block cannot do (peripherals, faults, exceptions) is left to single steps, which find the core and
//! its clock as if every instruction before had been stepped too.

use super::decoded::{Decoded, NARROW, Op, SET, Timed};
use super::run::{advance, decode_at};
use super::traps::Trap;
use super::{CoreConfig, Cpu};
use crate::memory::{Cells, Memory};
use crate::timing::{Block, Builder, Kind, Model, Timing, straight};

impl Cpu {
    /// Run blocks outside IT blocks, until `end` instructions are reached or a single step is needed. There must be no
    /// breakpoints.
    #[inline(always)]
    pub(super) fn run_blocks<M: Model>(&mut self, end: u64, memory: &mut Memory) {
        // No block may be begun that could reach the next event.
        let horizon = self.system.next_event;
        let most = Block::most_cycles(memory.cells.delays.worst);
        let horizon = horizon.saturating_sub(most);
        loop {
            let pc = self.pc;
            let mut offset = pc.wrapping_sub(self.window.base);
            if self.clock.cycles >= horizon {
                return;
            }
            if offset >= self.window.length {
                if !self.recall_window() {
                    return;
                }
                offset = pc.wrapping_sub(self.window.base);
            }
            let entry = self.window.code + (offset / 2) as usize;
            let mut block = &mut memory.code.blocks[entry];
            if block.kind == Kind::Unknown {
                let room = (self.window.length - offset) / 2;
                let found = find_block(self.config, entry, pc, room, memory);
                block = &mut memory.code.blocks[entry];
                *block = found;
            }
            let count = u64::from(block.count);
            if block.kind == Kind::Single || self.clock.instructions + count > end {
                return;
            }
            // A block was cut to the stretch that was executable when it was made.
            if 2 * u32::from(block.length) > self.window.length - offset {
                return;
            }
            let bytes = 2 * u32::from(block.length);
            let at_hand = block.is_at_hand(pc, &memory.cells);
            if memory.cells.delays.shared {
                if !at_hand {
                    return;
                }
                memory.cells.keep_at_hand(pc, bytes);
            }
            let next = pc.wrapping_add(bytes);
            let run = block.run as usize..block.run as usize + usize::from(block.steps);
            let run = &memory.code.runs[run];
            let halves = &memory.code.decoded[entry..entry + usize::from(block.length)];
            let head = &halves[..usize::from(block.straight)];
            let last = pc.wrapping_add(2 * u32::from(block.last));
            let closing = halves.get(usize::from(block.last));
            let cells = &mut memory.cells;
            // Once, or as long as it branches to itself and nothing else is to be looked at.
            loop {
                self.pc = next;
                self.r[15] = pc.wrapping_add(4);
                let mut rest = run.iter();
                while let Some(ins) = rest.next() {
                    if self.execute(ins, cells).is_err() {
                        let done = &run[..run.len() - rest.len() - 1];
                        return self.stop_at::<M>(pc, done, halves, at_hand, cells);
                    }
                }
                self.clock.instructions += count;
                let mut cycles = block.cost::<M>(&mut self.timing.state, head);
                let mut whole = true;
                if let Some(ins) = closing {
                    match block.kind {
                        Kind::Branching => {
                            let Timing { state, counters } = &mut self.timing;
                            cycles += M::flow(state, counters, ins, last, self.pc != next);
                        }
                        Kind::Conditional => {
                            let group = &halves[usize::from(block.last)..];
                            let (passed, left) = self.run_group::<M>(group, next, cells);
                            cycles += passed;
                            self.clock.instructions -= left;
                            whole = left == 0;
                        }
                        _ => {}
                    }
                }
                if !at_hand {
                    // Data and instructions do not meet in a cache, so that it does not matter which came first.
                    let bytes = if whole {
                        bytes
                    } else {
                        self.pc.wrapping_sub(pc)
                    };
                    cells.touch_stretch(pc, bytes);
                }
                let waited = std::mem::take(&mut cells.delays.stall);
                self.clock.cycles += u64::from(cycles + waited);
                if !whole {
                    return;
                }
                let again = self.pc == pc
                    && self.clock.instructions + count <= end
                    && self.clock.cycles < horizon;
                if !again || !self.t || !block.is_still_at_hand(cells) {
                    break;
                }
            }
        }
    }

    /// Run an IT and what follows up to `next`, as single steps would: the cycles, and how many instructions are left.
    /// Where one cannot be run here, the core is in the IT block before it.
    fn run_group<M: Model>(&mut self, group: &[Timed], next: u32, cells: &mut Cells) -> (u32, u64) {
        let Some(first) = group.first() else {
            return (0, 0);
        };
        let mut cycles = M::straight(&mut self.timing.state, first, 0);
        let (mut it, mut at) = (first.code.imm as u8, 1);
        while let Some(ins) = group.get(at) {
            if self.passes(it >> 4) {
                let mut code = ins.code;
                if code.has(NARROW) {
                    code.flags &= !SET;
                }
                if self.execute_plainly(&code, cells).is_err() {
                    self.pc = next.wrapping_sub(2 * (group.len() - at) as u32);
                    self.it = it;
                    return (cycles, u64::from(conditional(it)));
                }
                cycles += M::straight(&mut self.timing.state, ins, 0);
            } else {
                cycles += M::skip(&mut self.timing.state);
            }
            at += ins.code.length() as usize / 2;
            it = advance(it);
        }
        (cycles, 0)
    }

    #[inline(never)]
    fn execute_plainly(&mut self, ins: &Decoded, cells: &mut Cells) -> Result<(), Trap> {
        self.execute(ins, cells)
    }

    /// Leave the block at `pc` after it has `done` these, and count them.
    #[cold]
    #[inline(never)]
    fn stop_at<M: Model>(
        &mut self,
        pc: u32,
        done: &[Decoded],
        halves: &[Timed],
        at_hand: bool,
        cells: &mut Cells,
    ) {
        let (mut at, mut count) = (0, 0);
        for _ in done.iter().filter(|ins| ins.op != Op::Here) {
            at += halves[at].code.length() as usize / 2;
            count += 1;
        }
        self.pc = pc.wrapping_add(2 * at as u32);
        if !at_hand && at > 0 {
            cells.touch_stretch(pc, 2 * at as u32);
        }
        let waited = std::mem::take(&mut cells.delays.stall);
        let cycles = straight::<M>(&mut self.timing.state, &halves[..at]);
        self.clock.instructions += count;
        self.clock.cycles += u64::from(cycles + waited);
    }

    /// Take up a stretch of code where there was one before. Returns whether it holds what is to be run.
    #[inline(never)]
    fn recall_window(&mut self) -> bool {
        let window = self.windows[window_slot(self.pc)];
        let found = self.t && self.pc.wrapping_sub(window.base) < window.length;
        if found {
            self.window = window;
        }
        found
    }
}

/// Where the stretch of code around an address is kept.
pub(super) fn window_slot(pc: u32) -> usize {
    (pc >> 12) as usize % super::WINDOWS
}

/// How many instructions an IT with this state makes conditional.
fn conditional(it: u8) -> u32 {
    4 - (it & 15).trailing_zeros().min(4)
}

/// The block at `address`, within `room` halfwords.
#[cold]
#[inline(never)]
fn find_block(
    config: CoreConfig,
    entry: usize,
    address: u32,
    room: u32,
    memory: &mut Memory,
) -> Block {
    let mut builder = Builder::new();
    // An instruction across the end of a page is left to single steps.
    let instruction = |at: u32, memory: &mut Memory| {
        if at >= room {
            return None;
        }
        let (entry, address) = (entry + at as usize, address.wrapping_add(2 * at));
        let ins = decode_at(config, entry, address, memory)?;
        (at + ins.code.length() / 2 <= room).then_some(ins)
    };
    loop {
        let at = builder.length();
        let Some(ins) = instruction(at, memory) else {
            break;
        };
        if ins.code.op == Op::It {
            let mut group = vec![ins];
            let mut at = at + ins.code.length() / 2;
            let wanted = 1 + conditional(ins.code.imm as u8) as usize;
            while group.len() < wanted
                && let Some(ins) = instruction(at, memory)
            {
                at += ins.code.length() / 2;
                group.push(ins);
            }
            if group.len() == wanted {
                builder.push_conditional(&group);
            }
            break;
        }
        if !builder.push(&ins) {
            break;
        }
    }
    memory.code.keep(builder)
}
