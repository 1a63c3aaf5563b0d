//! Exceptions: entry, return, faults with their status registers, escalation and lockup.

use super::traps::{Fault, FaultRecord, Trap};
use super::{Cpu, Stop};
use crate::bus::Bus;
use crate::memory::Memory;

const HARD_FAULT: u16 = 3;
const SUPERVISOR_CALL: u16 = 11;
/// Where the program counter stands in lockup.
const LOCKUP_PC: u32 = 0xefff_fffe;
/// Cycles from recognising an exception to its first instruction, with zero-wait memory (Cortex-M4 TRM).
const ENTRY_CYCLES: u64 = 12;
/// Cycles of an exception return.
const RETURN_CYCLES: u64 = 10;
const FORCED: u32 = 1 << 30;

/// The exception that a fault raises and its bit in CFSR; `None` is always a HardFault.
fn status(fault: Fault) -> Option<(u16, u32)> {
    Some(match fault {
        Fault::FetchAccess => (4, 1),
        Fault::DataAccess => (4, 1 << 1 | 1 << 7),
        Fault::UnstackingAccess => (4, 1 << 3),
        Fault::StackingAccess => (4, 1 << 4),
        Fault::LazyStackingAccess => (4, 1 << 5),
        Fault::FetchBus => (5, 1 << 8),
        Fault::DataBus => (5, 1 << 9 | 1 << 15),
        Fault::Unstacking => (5, 1 << 11),
        Fault::Stacking => (5, 1 << 12),
        Fault::LazyStacking => (5, 1 << 13),
        Fault::UndefinedInstruction => (6, 1 << 16),
        Fault::InvalidState => (6, 1 << 17),
        Fault::InvalidReturn => (6, 1 << 18),
        Fault::NoCoprocessor => (6, 1 << 19),
        Fault::StackOverflow => (6, 1 << 20),
        Fault::Unaligned => (6, 1 << 24),
        Fault::DivideByZero => (6, 1 << 25),
        Fault::VectorTable | Fault::DebugEvent | Fault::SupervisorCall => return None,
    })
}

/// The DEMCR vector catch bit of a fault.
fn catch_bit(fault: Fault) -> u32 {
    match fault {
        Fault::FetchAccess | Fault::DataAccess => 1 << 4,
        Fault::NoCoprocessor => 1 << 5,
        Fault::Unaligned | Fault::DivideByZero => 1 << 6,
        Fault::UndefinedInstruction
        | Fault::InvalidState
        | Fault::InvalidReturn
        | Fault::StackOverflow => 1 << 7,
        Fault::FetchBus | Fault::DataBus => 1 << 8,
        Fault::Stacking
        | Fault::Unstacking
        | Fault::LazyStacking
        | Fault::StackingAccess
        | Fault::UnstackingAccess
        | Fault::LazyStackingAccess
        | Fault::VectorTable => 1 << 9,
        Fault::DebugEvent | Fault::SupervisorCall => 0,
    }
}

/// The fault of a frame that could not be written.
fn stacking(result: Result<(), Trap>) -> Fault {
    match result {
        Err(Trap::Fault(Fault::DataAccess)) => Fault::StackingAccess,
        _ => Fault::Stacking,
    }
}

/// The fault of a frame that could not be read.
fn unstacking(trap: Trap) -> Fault {
    match trap {
        Trap::Fault(Fault::DataAccess) => Fault::UnstackingAccess,
        _ => Fault::Unstacking,
    }
}

impl Cpu {
    /// Priority at which the core runs: what an exception must be below to be taken.
    pub fn execution_priority(&self) -> i16 {
        let mut priority = self.system.active_priority();
        if self.basepri != 0 {
            priority = priority.min(i16::from(self.basepri));
        }
        if self.primask {
            priority = priority.min(0);
        }
        if self.faultmask {
            priority = priority.min(-1);
        }
        priority
    }

    /// Deal with what stopped an instruction; `Some` ends the run.
    #[cold]
    pub(super) fn handle<B: Bus>(
        &mut self,
        trap: Trap,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Option<Stop> {
        match trap {
            Trap::Breakpoint if self.debug_enabled => Some(Stop::Bkpt(self.trap_value as u8)),
            Trap::Breakpoint => self.fault(Fault::DebugEvent, memory, bus),
            Trap::Fault(fault) => self.fault(fault, memory, bus),
            Trap::Supervisor => {
                if self.system.priority(SUPERVISOR_CALL, true) < self.execution_priority() {
                    self.enter(SUPERVISOR_CALL, memory, bus)
                } else {
                    self.fault(Fault::SupervisorCall, memory, bus)
                }
            }
            Trap::Return => self.exception_return(memory, bus),
            Trap::Wait => self.wait(),
        }
    }

    /// Record a fault and take its exception. `pc` is the address to return to.
    fn fault<B: Bus>(&mut self, fault: Fault, memory: &mut Memory, bus: &mut B) -> Option<Stop> {
        let address =
            matches!(fault, Fault::DataBus | Fault::DataAccess).then_some(self.trap_value);
        self.fault = Some(FaultRecord {
            fault,
            pc: self.pc,
            address,
        });
        let mut number = HARD_FAULT;
        if let Some((exception, bits)) = status(fault) {
            self.system.cfsr |= bits;
            let enabled = self.system.shcsr >> (12 + exception) & 1 != 0;
            if enabled && self.system.priority(exception, true) < self.execution_priority() {
                number = exception;
            } else {
                self.system.hfsr |= FORCED;
            }
        }
        match fault {
            Fault::DataBus => self.system.bfar = self.trap_value,
            Fault::DataAccess => self.system.mmfar = self.trap_value,
            Fault::VectorTable => self.system.hfsr |= 1 << 1,
            Fault::DebugEvent => self.system.hfsr |= 1 << 31,
            Fault::SupervisorCall => self.system.hfsr |= FORCED,
            _ => {}
        }
        if number == HARD_FAULT && self.execution_priority() <= -1 {
            return Some(self.lock_up());
        }
        let stop = self.enter(number, memory, bus);
        let hard = if self.ipsr == HARD_FAULT { 1 << 10 } else { 0 };
        if stop.is_none() && self.vector_catch & (catch_bit(fault) | hard) != 0 {
            return Some(Stop::VectorCatch);
        }
        stop
    }

    fn lock_up(&mut self) -> Stop {
        self.lockup = true;
        self.pc = LOCKUP_PC;
        Stop::Lockup
    }

    /// Push the frame and go to the handler of exception `number`.
    fn enter<B: Bus>(&mut self, number: u16, memory: &mut Memory, bus: &mut B) -> Option<Stop> {
        let float = self.control & 4 != 0;
        let thread = self.ipsr == 0;
        let process = self.uses_process_stack();
        let stacked = self.push_frame(float, memory, bus);
        self.r[14] =
            0xffff_ffe1 | u32::from(!float) << 4 | u32::from(thread) << 3 | u32::from(process) << 2;
        // SPSEL and FPCA are clear in a handler until it uses the FPU.
        self.switch(number, self.control & 1);
        self.it = 0;
        self.exclusive = false;
        self.system.clear_pending(number);
        self.system.set_active(number, true);
        self.clock.cycles += ENTRY_CYCLES;
        if stacked.is_err() && number != HARD_FAULT {
            // The derived fault replaces the handler: nothing can be returned to.
            return self.fault(stacking(stacked), memory, bus);
        }
        if stacked.is_err() {
            self.system.cfsr |= status(stacking(stacked)).map_or(0, |(_, bits)| bits);
        }
        let vector = self.system.vtor.wrapping_add(4 * u32::from(number));
        match self.load::<4, B>(vector, memory, bus) {
            Ok(handler) => {
                self.pc = handler & !1;
                self.t = handler & 1 != 0;
                self.window.length = 0;
                None
            }
            Err(_) => self.fault(Fault::VectorTable, memory, bus),
        }
    }

    fn push_frame<B: Bus>(
        &mut self,
        float: bool,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Result<(), Trap> {
        let align = self.system.ccr & 1 << 9 != 0;
        let sp = self.r[13];
        let padded = align && sp & 4 != 0;
        let size = if float { 0x68 } else { 0x20 };
        let frame = sp.wrapping_sub(size) & if align { !7 } else { !3 };
        let xpsr = self.xpsr() & !(1 << 9) | u32::from(padded) << 9;
        let words = [
            self.r[0], self.r[1], self.r[2], self.r[3], self.r[12], self.r[14], self.pc, xpsr,
        ];
        self.r[13] = frame;
        for (address, word) in (frame..).step_by(4).zip(words) {
            self.store::<4, B>(address, word, memory, bus)?;
        }
        if float {
            self.system.fpcar = frame.wrapping_add(0x20);
            for k in 0..16u32 {
                let value = self.fpu.s[k as usize];
                self.store::<4, B>(frame.wrapping_add(0x20 + 4 * k), value, memory, bus)?;
            }
            self.store::<4, B>(frame.wrapping_add(0x60), self.fpu.fpscr, memory, bus)?;
        }
        Ok(())
    }

    /// Return from the active exception as EXC_RETURN in `trap_value` says.
    fn exception_return<B: Bus>(&mut self, memory: &mut Memory, bus: &mut B) -> Option<Stop> {
        let code = self.trap_value;
        let returning = self.ipsr;
        let (thread, process) = match code & 0xffff_ffef {
            0xffff_ffe1 => (false, false),
            0xffff_ffe9 => (true, false),
            0xffff_ffed => (true, true),
            _ => return self.fault(Fault::InvalidReturn, memory, bus),
        };
        if !self.system.is_active(returning) {
            return self.fault(Fault::InvalidReturn, memory, bus);
        }
        let frame = if process { self.psp() } else { self.msp() };
        let float = code & 16 == 0;
        let mut words = [0; 8];
        for (word, address) in words.iter_mut().zip((frame..).step_by(4)) {
            match self.load::<4, B>(address, memory, bus) {
                Ok(value) => *word = value,
                Err(trap) => return self.fault(unstacking(trap), memory, bus),
            }
        }
        let [r0, r1, r2, r3, r12, lr, pc, xpsr] = words;
        if (xpsr.trailing_zeros() >= 9) != thread {
            return self.fault(Fault::InvalidReturn, memory, bus);
        }
        if float {
            for k in 0..17u32 {
                let address = frame.wrapping_add(0x20 + 4 * k);
                let value = match self.load::<4, B>(address, memory, bus) {
                    Ok(value) => value,
                    Err(trap) => return self.fault(unstacking(trap), memory, bus),
                };
                match self.fpu.s.get_mut(k as usize) {
                    Some(register) if k < 16 => *register = value,
                    _ => self.fpu.fpscr = value,
                }
            }
        }
        self.system.set_active(returning, false);
        if returning != 2 {
            self.faultmask = false;
        }
        let control = self.control & 1 | u8::from(process) << 1 | u8::from(float) << 2;
        self.switch(xpsr as u16 & 0x1ff, control);
        let size = if float { 0x68 } else { 0x20 };
        let padding = if xpsr & 1 << 9 != 0 { 4 } else { 0 };
        self.r[13] = frame.wrapping_add(size + padding);
        self.set_xpsr(xpsr);
        (self.r[0], self.r[1], self.r[2], self.r[3]) = (r0, r1, r2, r3);
        (self.r[12], self.r[14], self.pc) = (r12, lr, pc & !1);
        self.exclusive = false;
        self.window.length = 0;
        self.clock.cycles += RETURN_CYCLES;
        None
    }

    /// Look at timers, pending exceptions and effects of stores; `Some` ends the run.
    #[cold]
    pub(super) fn service<B: Bus>(&mut self, memory: &mut Memory, bus: &mut B) -> Option<Stop> {
        match std::mem::replace(&mut self.effect, crate::bus::Effect::Continue) {
            crate::bus::Effect::Continue => {}
            crate::bus::Effect::Reset => return Some(Stop::Reset),
            crate::bus::Effect::Halt => return Some(Stop::Halted),
        }
        if self.system.systick.poll(self.clock.cycles) {
            self.system.set_pending(15);
        }
        if let Some(number) = self.system.first_pending()
            && self.system.priority(number, true) < self.execution_priority()
            && !(self.mask_interrupts && number >= 14)
        {
            return self.enter(number, memory, bus);
        }
        self.system.next_event = self
            .system
            .systick
            .next(self.clock.cycles)
            .unwrap_or(u64::MAX);
        None
    }

    /// WFI: go on at once if something is pending, else let time pass until SysTick is due.
    fn wait(&mut self) -> Option<Stop> {
        if self.system.first_pending().is_some() {
            return None;
        }
        match self.system.systick.next(self.clock.cycles) {
            Some(cycle) => {
                self.clock.cycles = self.clock.cycles.max(cycle);
                self.system.next_event = 0;
                None
            }
            None => Some(Stop::Sleep),
        }
    }
}
