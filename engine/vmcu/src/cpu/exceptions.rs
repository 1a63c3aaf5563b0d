//! Exceptions: priorities, entry, tail-chaining and late arrival, after the pseudocode of the Armv7-M manual
//! (ExceptionEntry) and of the Armv8-M manual. Frames and the way back are in their own files.

use super::traps::{Fault, Trap};
use super::{Core, Cpu, Stop};
use crate::bus::{Bus, Effect};
use crate::memory::Memory;

pub(super) const HARD_FAULT: u16 = 3;
const SUPERVISOR_CALL: u16 = 11;
const SYSTICK: u16 = 15;
/// Exceptions from this number on are held back by DHCSR.C_MASKINTS.
const FIRST_MASKED: u16 = 14;
/// Cycles from recognising an exception to its first instruction, with zero-wait memory (Cortex-M4 TRM, 3.9).
const ENTRY_CYCLES: u64 = 12;
/// The same where the last handler's frame is kept (tail-chaining).
const TAIL_CHAIN_CYCLES: u64 = 6;
/// EXC_RETURN and FNC_RETURN of Armv8-M are the addresses from here on.
const RETURN_PREFIX_V8: u32 = 0xff00_0000;

impl Cpu {
    /// Priority at which the core runs: what an exception must be below to be taken.
    pub fn execution_priority(&self) -> i16 {
        let priority = self.unmasked_priority();
        if self.primask {
            priority.min(0)
        } else {
            priority
        }
    }

    /// The same with PRIMASK clear, which WFI looks at.
    pub(super) fn unmasked_priority(&self) -> i16 {
        let mut priority = self.system.active_priority();
        if self.basepri != 0 {
            priority = priority.min(i16::from(self.system.group_priority(self.basepri)));
        }
        if self.faultmask {
            priority = priority.min(-1);
        }
        priority
    }

    pub(super) fn is_v8(&self) -> bool {
        self.config.core == Core::CortexM33
    }

    /// The pending exception that goes first, whether or not it may be taken.
    pub(super) fn candidate(&self) -> Option<u16> {
        let limit = if self.mask_interrupts {
            FIRST_MASKED
        } else {
            u16::MAX
        };
        self.system.first_pending_below(limit)
    }

    /// Whether a pending exception preempts what runs.
    pub(super) fn is_preempted(&self) -> bool {
        self.candidate()
            .is_some_and(|number| self.system.priority(number, true) < self.execution_priority())
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
            Trap::Fault(fault @ (Fault::LazyStacking | Fault::LazyStackingAccess)) => {
                self.lazy_fault(fault, memory, bus)
            }
            Trap::Fault(fault) => self.fault(fault, memory, bus),
            Trap::Supervisor => {
                if self.system.priority(SUPERVISOR_CALL, true) < self.execution_priority() {
                    self.system.set_pending(SUPERVISOR_CALL);
                    self.enter(memory, bus)
                } else {
                    self.fault(Fault::SupervisorCall, memory, bus)
                }
            }
            Trap::Return if self.is_v8() && self.trap_value < RETURN_PREFIX_V8 => {
                self.pc = self.trap_value & !1;
                self.t = self.trap_value & 1 != 0;
                self.window.length = 0;
                None
            }
            Trap::Return => self.exception_return(memory, bus),
            Trap::Wait => self.wait(false),
            Trap::WaitForEvent => self.wait(true),
        }
    }

    /// Record a fault and take its exception. `pc` is the address to return to.
    fn fault<B: Bus>(&mut self, fault: Fault, memory: &mut Memory, bus: &mut B) -> Option<Stop> {
        if self.raise(fault) {
            self.enter(memory, bus)
        } else {
            Some(self.lock_up())
        }
    }

    /// A fault while a floating-point instruction saved the state that an exception left to it. Where the fault has
    /// to wait, the state is given up and the instruction goes on.
    fn lazy_fault<B: Bus>(
        &mut self,
        fault: Fault,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Option<Stop> {
        if !self.raise_lazily(fault) {
            return Some(self.lock_up());
        }
        if self.is_preempted() {
            return self.enter(memory, bus);
        }
        self.finish_lazy_stacking();
        None
    }

    /// Exception entry: push the frame, then take the pending exception that goes first.
    pub(super) fn enter<B: Bus>(&mut self, memory: &mut Memory, bus: &mut B) -> Option<Stop> {
        let code = self.return_code();
        self.push_frame(memory, bus);
        self.clock.cycles += ENTRY_CYCLES;
        self.take(code, memory, bus)
    }

    /// Take the pending exception that goes first on the frame that is there.
    pub(super) fn tail_chain<B: Bus>(
        &mut self,
        code: u32,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Option<Stop> {
        self.clock.cycles += TAIL_CHAIN_CYCLES;
        self.take(code, memory, bus)
    }

    /// EXC_RETURN for the state before an exception. Without the security extension S and ES are clear, and DCRS set.
    fn return_code(&self) -> u32 {
        let float = u32::from(self.control & 4 == 0) << 4;
        let thread = u32::from(self.ipsr == 0) << 3;
        let process = u32::from(self.control & 2 != 0) << 2;
        if self.is_v8() {
            0xffff_ffa0 | float | thread | process
        } else if self.ipsr == 0 {
            0xffff_ffe1 | float | thread | process
        } else {
            0xffff_ffe1 | float
        }
    }

    /// Exceptions that became pending while the frame was pushed are late arrivals and may go first; a vector that
    /// cannot be read leads to HardFault and leaves its exception pending.
    fn take<B: Bus>(&mut self, code: u32, memory: &mut Memory, bus: &mut B) -> Option<Stop> {
        self.poll_timer();
        loop {
            let number = self.candidate()?;
            self.access_default_map(memory);
            let vector = self.system.vtor.wrapping_add(4 * u32::from(number));
            if let Ok(handler) = self.load::<4, B>(vector, memory, bus) {
                self.activate(number, code);
                self.pc = handler & !1;
                self.t = handler & 1 != 0;
                return self.is_caught(number).then_some(Stop::VectorCatch);
            }
            let terminal = self.system.priority(number, true) <= -1;
            self.raise(Fault::VectorTable);
            if terminal {
                self.activate(number, code);
                return Some(self.lock_up());
            }
        }
    }

    fn activate(&mut self, number: u16, code: u32) {
        self.r[14] = code;
        // SPSEL and FPCA are clear in a handler until it uses the FPU.
        self.switch(number, self.control & 1);
        self.it = 0;
        self.exclusive = false;
        self.window.length = 0;
        self.system.event = true;
        self.system.clear_pending(number);
        self.system.set_active(number, true);
    }

    pub(super) fn poll_timer(&mut self) {
        if self.system.systick.poll(self.clock.cycles) {
            self.system.set_pending(SYSTICK);
        }
    }

    /// Look at timers, pending exceptions and effects of stores; `Some` ends the run.
    #[cold]
    pub(super) fn service<B: Bus>(&mut self, memory: &mut Memory, bus: &mut B) -> Option<Stop> {
        match std::mem::replace(&mut self.effect, Effect::Continue) {
            Effect::Continue => {}
            Effect::Reset => return Some(Stop::Reset),
            Effect::Halt => return Some(Stop::Halted),
        }
        self.poll_timer();
        if self.is_preempted() {
            return self.enter(memory, bus);
        }
        self.system.next_event = self
            .system
            .systick
            .next(self.clock.cycles)
            .unwrap_or(u64::MAX);
        None
    }
}
