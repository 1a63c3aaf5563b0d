//! The run loop: fetch from the decoded-instruction cache, IT blocks, time.

use super::access::Full;
use super::blocks::window_slot;
use super::decoded::{Decoded, NARROW, Op, SET, STACK, Timed};
use super::traps::{Fault, Trap};
use super::{Core, CoreConfig, Cpu, Stop, WINDOWS, decode};
use crate::bus::Bus;
use crate::memory::{Memory, Window};
use crate::timing::{CortexM4, CortexM7, CortexM33, Model};

impl Cpu {
    /// Run at most `budget` instructions.
    ///
    /// A breakpoint at the program counter stops at once, before anything runs. After [`Stop::Bkpt`] the
    /// program counter is at the BKPT instruction; the caller moves it on. After a reset or lockup the
    /// caller calls [`Cpu::reset`].
    pub fn run<B: Bus>(&mut self, budget: u64, memory: &mut Memory, bus: &mut B) -> Stop {
        if self.lockup && !self.leaves_lockup() {
            return Stop::Lockup;
        }
        match self.config.core {
            Core::CortexM4 => self.run_as::<CortexM4, B>(budget, memory, bus),
            Core::CortexM7 => self.run_as::<CortexM7, B>(budget, memory, bus),
            Core::CortexM33 => self.run_as::<CortexM33, B>(budget, memory, bus),
        }
    }

    fn run_as<M: Model, B: Bus>(&mut self, budget: u64, memory: &mut Memory, bus: &mut B) -> Stop {
        // Memory and registers may have been changed from outside.
        self.forget_windows();
        self.system.next_event = 0;
        let end = self.clock.instructions.saturating_add(budget);
        while self.clock.instructions < end {
            self.refresh_protection(memory);
            if self.clock.cycles >= self.system.next_event {
                if let Some(stop) = self.service(memory, bus) {
                    return stop;
                }
                self.refresh_protection(memory);
            }
            if !self.breakpoints.is_empty() {
                if self.breakpoints.contains(&self.pc) {
                    return Stop::HardwareBreakpoint;
                }
            } else if self.it == 0 && self.ipsr == 0 {
                self.run_blocks::<M>(end, memory);
                if self.clock.instructions >= end {
                    break;
                }
            }
            if let Err(trap) = self.step::<M, B>(memory, bus)
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
    fn step<M: Model, B: Bus>(&mut self, memory: &mut Memory, bus: &mut B) -> Result<(), Trap> {
        let pc = self.pc;
        let mut offset = pc.wrapping_sub(self.window.base);
        if offset >= self.window.length {
            self.move_window(memory)?;
            offset = pc.wrapping_sub(self.window.base);
        }
        let entry = self.window.code + (offset / 2) as usize;
        let Some(timed) = decode_at(self.config, entry, pc, memory) else {
            self.clock.instructions += 1;
            return Err(Trap::Fault(Fault::FetchBus));
        };
        let mut ins = timed.code;
        if offset + ins.length() > self.window.length {
            self.check_second_half(pc, memory)?;
        }
        memory.cells.touch_code(pc, ins.length());
        self.r[15] = pc.wrapping_add(4);
        let next = pc.wrapping_add(ins.length());
        self.pc = next;
        self.extra = 0;
        let it = self.it;
        if it != 0 {
            self.it = advance(it);
            if !self.passes(it >> 4) && ins.op != Op::Bkpt {
                self.clock.instructions += 1;
                let waited = std::mem::take(&mut memory.cells.delays.stall);
                self.clock.cycles += u64::from(M::skip(&mut self.timing.state) + waited);
                return Ok(());
            }
            if ins.has(NARROW) {
                ins.flags &= !SET;
            }
        }
        if ins.has(STACK)
            && let Err(trap) = self.check_stack_limit(&ins)
        {
            return Err(self.interrupted(trap, pc, it));
        }
        let done = if matches!(ins.op, Op::LoadUser | Op::StoreUser) {
            self.execute_unprivileged(&ins, memory, bus)
        } else {
            self.execute(&ins, &mut Full { memory, bus })
        };
        let waited = std::mem::take(&mut memory.cells.delays.stall);
        self.clock.cycles += u64::from(waited);
        if let Err(trap) = done {
            return Err(self.interrupted(trap, pc, it));
        }
        if ins.has(STACK) {
            self.r[13] &= !3;
        }
        let taken = self.pc != next;
        self.clock.instructions += 1;
        self.clock.cycles += u64::from(self.timing.cost::<M>(&timed, pc, taken, self.extra));
        Ok(())
    }

    /// LDRT, STRT and kin.
    #[cold]
    #[inline(never)]
    fn execute_unprivileged<B: Bus>(
        &mut self,
        ins: &Decoded,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Result<(), Trap> {
        self.access_as(false, memory);
        self.execute(ins, &mut Full { memory, bus })
    }

    /// The second half of an instruction lies beyond the stretch that may be executed, or beyond a page.
    #[cold]
    #[inline(never)]
    fn check_second_half(&mut self, pc: u32, memory: &Memory) -> Result<(), Trap> {
        let second = self.probe(pc.wrapping_add(2), memory.cells.guard());
        if second.execute {
            return Ok(());
        }
        self.clock.instructions += 1;
        self.clock.cycles += 1;
        Err(Trap::Fault(Fault::FetchAccess))
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
            Trap::Supervisor | Trap::Return | Trap::Wait | Trap::WaitForEvent => {
                self.clock.instructions += 1;
                self.clock.cycles += 1;
            }
        }
        trap
    }

    /// Nothing is known any more of where code may be fetched from.
    pub(super) fn forget_windows(&mut self) {
        self.window.length = 0;
        self.windows = [Window::default(); WINDOWS];
    }

    #[cold]
    #[inline(never)]
    fn move_window(&mut self, memory: &mut Memory) -> Result<(), Trap> {
        self.window.length = 0;
        let guard = memory.cells.guard();
        let trap = if self.t {
            match memory.code_window(self.pc) {
                Some(window) => match self.executable(window, self.pc, guard) {
                    Ok(window) => {
                        self.window = window;
                        self.windows[window_slot(self.pc)] = window;
                        return Ok(());
                    }
                    Err(trap) => trap,
                },
                None if !self.probe(self.pc, guard).execute => Trap::Fault(Fault::FetchAccess),
                None => Trap::Fault(Fault::FetchBus),
            }
        } else {
            Trap::Fault(Fault::InvalidState)
        };
        self.clock.instructions += 1;
        self.clock.cycles += 1;
        Err(trap)
    }
}

/// The IT state after one more instruction.
pub(super) fn advance(it: u8) -> u8 {
    if it.trailing_zeros() >= 3 {
        0
    } else {
        it & 0xe0 | it << 1 & 0x1f
    }
}

/// The instruction at `address`, whose entry in the cache this is; `None` when its second half lies nowhere.
#[inline(always)]
pub(super) fn decode_at(
    config: CoreConfig,
    entry: usize,
    address: u32,
    memory: &mut Memory,
) -> Option<Timed> {
    let ins = memory.code.decoded[entry];
    if ins.code.op == Op::Empty {
        return decode_new(config, entry, address, memory);
    }
    Some(ins)
}

#[cold]
#[inline(never)]
fn decode_new(
    config: CoreConfig,
    entry: usize,
    address: u32,
    memory: &mut Memory,
) -> Option<Timed> {
    let half = |address| {
        let index = memory.find(address, 2)?;
        Some((index, u16::from_le_bytes(memory.cells.get(index))))
    };
    let (index, first) = half(address)?;
    let mut second = 0;
    if decode::is_long(first) {
        // The second half may lie in the next region.
        second = half(address.wrapping_add(2))?.1;
    }
    let ins = decode::decode(config, address, first, second);
    memory.code.decoded[entry] = ins;
    memory.cells.mark_code(index);
    Some(ins)
}
