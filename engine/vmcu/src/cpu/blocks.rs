//! The fast way through straight code: a block at a time, with one look at budget, timers and the cycle model for
//! all of it. What a block cannot do (peripherals, faults, exceptions, IT blocks) is left to single steps, which
//! find the core and its clock as if every instruction before had been stepped too.

use super::run::decode_at;
use super::{CoreConfig, Cpu};
use crate::memory::Memory;
use crate::timing::{Block, Kind, Model, straight};

impl Cpu {
    /// Run blocks in thread mode outside IT blocks, until `end` instructions are reached or a single step is
    /// needed. There must be no breakpoints.
    #[inline(always)]
    pub(super) fn run_blocks<M: Model>(&mut self, end: u64, memory: &mut Memory) {
        // No block may be begun that could reach the next event.
        let horizon = self.system.next_event;
        let most = Block::most_cycles(memory.cells.delays.worst);
        let horizon = horizon.saturating_sub(most);
        loop {
            let pc = self.pc;
            let offset = pc.wrapping_sub(self.window.base);
            if offset >= self.window.length || self.clock.cycles >= horizon {
                return;
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
            if 2 * u32::from(block.length) > self.window.length - offset
                || !block.is_at_hand(pc, &memory.cells)
            {
                return;
            }
            let next = pc.wrapping_add(2 * u32::from(block.length));
            let halves = &memory.code.decoded[entry..entry + usize::from(block.length)];
            self.pc = next;
            let mut at = 0;
            let mut r15 = pc.wrapping_add(4);
            while let Some(ins) = halves.get(at) {
                self.r[15] = r15;
                if self.execute(ins, &mut memory.cells).is_err() {
                    self.pc = r15.wrapping_sub(4);
                    let waited = std::mem::take(&mut memory.cells.delays.stall);
                    self.clock.cycles += u64::from(waited);
                    self.account::<M>(&halves[..at]);
                    return;
                }
                at += ins.length() as usize / 2;
                r15 = r15.wrapping_add(ins.length());
            }
            let mut cycles = block.cost::<M>(&mut self.timing.state, halves);
            if block.kind == Kind::Branching
                && let Some(ins) = halves.get(usize::from(block.last))
            {
                let last = pc.wrapping_add(2 * u32::from(block.last));
                let (state, counters) = (&mut self.timing.state, &mut self.timing.counters);
                cycles += M::flow(state, counters, ins, last, self.pc != next);
            }
            self.clock.instructions += count;
            let waited = std::mem::take(&mut memory.cells.delays.stall);
            self.clock.cycles += u64::from(cycles + waited);
        }
    }

    /// Count the instructions of a block that was left early.
    #[cold]
    #[inline(never)]
    fn account<M: Model>(&mut self, halves: &[crate::cpu::decoded::Decoded]) {
        let (mut at, mut count) = (0, 0);
        while let Some(ins) = halves.get(at) {
            at += ins.length() as usize / 2;
            count += 1;
        }
        self.clock.instructions += count;
        self.clock.cycles += u64::from(straight::<M>(&mut self.timing.state, halves));
    }
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
    let mut block = Block::UNKNOWN;
    loop {
        let at = u32::from(block.length);
        if at >= room {
            return block;
        }
        let entry = entry + at as usize;
        let address = address.wrapping_add(2 * at);
        // An instruction across the end of a page is left to single steps.
        let fits = |length: u32| at + length / 2 <= room;
        match decode_at(config, entry, address, memory) {
            Some(ins) if fits(ins.length()) => {
                if !block.push(&ins) {
                    return block;
                }
            }
            _ if at == 0 => return Block::SINGLE,
            _ => return block,
        }
    }
}
