//! The run loop: fetch from the decoded-instruction cache, IT blocks, time.

use super::decoded::{Decoded, NARROW, Op, SET};
use super::traps::{Fault, Trap};
use super::{Cpu, Stop, decode};
use crate::bus::Bus;
use crate::memory::Memory;

impl Cpu {
    /// Run at most `budget` instructions.
    ///
    /// A breakpoint at the program counter stops at once, before anything runs. After [`Stop::Bkpt`] the
    /// program counter is at the BKPT instruction; the caller moves it on. After a reset or lockup the
    /// caller calls [`Cpu::reset`].
    pub fn run<B: Bus>(&mut self, budget: u64, memory: &mut Memory, bus: &mut B) -> Stop {
        if self.lockup {
            return Stop::Lockup;
        }
        // Memory and registers may have been changed from outside.
        self.window.length = 0;
        self.system.next_event = 0;
        let end = self.clock.instructions.saturating_add(budget);
        while self.clock.instructions < end {
            if self.clock.cycles >= self.system.next_event
                && let Some(stop) = self.service(memory, bus)
            {
                return stop;
            }
            if !self.breakpoints.is_empty() && self.breakpoints.contains(&self.pc) {
                return Stop::HardwareBreakpoint;
            }
            if let Err(trap) = self.step(memory, bus)
                && let Some(stop) = self.handle(trap, memory, bus)
            {
                return stop;
            }
        }
        // A store of the last instruction may have asked for a reset or a halt.
        if self.effect == crate::bus::Effect::Continue {
            return Stop::Budget;
        }
        self.service(memory, bus).unwrap_or(Stop::Budget)
    }

    /// Run one instruction and account for its time.
    #[inline(always)]
    fn step<B: Bus>(&mut self, memory: &mut Memory, bus: &mut B) -> Result<(), Trap> {
        let pc = self.pc;
        let mut offset = pc.wrapping_sub(self.window.base);
        if offset >= self.window.length {
            self.move_window(memory)?;
            offset = pc.wrapping_sub(self.window.base);
        }
        let entry = self.window.code + (offset / 2) as usize;
        let mut ins = memory.code[entry];
        if ins.op == Op::Empty {
            ins = self.decode_at(entry, memory)?;
        }
        self.r[15] = pc.wrapping_add(4);
        let next = pc.wrapping_add(ins.length());
        self.pc = next;
        self.extra = 0;
        let it = self.it;
        if it != 0 {
            self.it = if it.trailing_zeros() >= 3 {
                0
            } else {
                it & 0xe0 | it << 1 & 0x1f
            };
            if !self.passes(it >> 4) && ins.op != Op::Bkpt {
                self.clock.instructions += 1;
                self.clock.cycles += u64::from(self.timing.skip(self.core));
                return Ok(());
            }
            if ins.has(NARROW) {
                ins.flags &= !SET;
            }
        }
        if let Err(trap) = self.execute(&ins, memory, bus) {
            return Err(self.interrupted(trap, pc, it));
        }
        self.clock.instructions += 1;
        self.clock.cycles += u64::from(
            self.timing
                .cost(self.core, &ins, pc, next, self.pc, self.extra),
        );
        Ok(())
    }

    /// Leave the core as the trap needs it: at the instruction for a fault or a breakpoint, else past it.
    #[cold]
    #[inline(never)]
    fn interrupted(&mut self, trap: Trap, pc: u32, it: u8) -> Trap {
        match trap {
            Trap::Breakpoint => {
                self.pc = pc;
                self.it = it;
            }
            Trap::Fault(_) => {
                self.pc = pc;
                self.it = it;
                self.clock.instructions += 1;
                self.clock.cycles += 1;
            }
            Trap::Supervisor | Trap::Return | Trap::Wait => {
                self.clock.instructions += 1;
                self.clock.cycles += 1;
            }
        }
        trap
    }

    #[cold]
    #[inline(never)]
    fn move_window(&mut self, memory: &mut Memory) -> Result<(), Trap> {
        self.window.length = 0;
        let fault = if !self.t {
            Fault::InvalidState
        } else if let Some(window) = memory.code_window(self.pc) {
            self.window = window;
            return Ok(());
        } else if matches!(self.pc >> 29, 2 | 5..=7) {
            Fault::FetchAccess
        } else {
            Fault::FetchBus
        };
        self.clock.instructions += 1;
        self.clock.cycles += 1;
        Err(Trap::Fault(fault))
    }

    #[cold]
    #[inline(never)]
    fn decode_at(&mut self, entry: usize, memory: &mut Memory) -> Result<Decoded, Trap> {
        let Some(index) = memory.find(self.pc, 2) else {
            return Err(Trap::Fault(Fault::FetchBus));
        };
        let first = u16::from_le_bytes(memory.get(index));
        let mut second = 0;
        if decode::is_long(first) {
            // The second half may lie in the next region.
            let Some(next) = memory.find(self.pc.wrapping_add(2), 2) else {
                self.clock.instructions += 1;
                return Err(Trap::Fault(Fault::FetchBus));
            };
            second = u16::from_le_bytes(memory.get(next));
        }
        let ins = decode::decode(self.core, self.pc, first, second);
        memory.code[entry] = ins;
        memory.mark_code(index);
        Ok(ins)
    }
}
