//! Exception return: integrity checks, tail-chaining, unstacking, sleep on exit.

use super::faults::unstacking;
use super::system_control::{
    CCR_NONBASETHRDENA, CCR_STKALIGN, FPCCR_CLRONRET, FPCCR_LSPACT, SCR_SLEEPONEXIT,
};
use super::traps::{Fault, Trap};
use super::{Cpu, FloatUnit, Stop};
use crate::bus::Bus;
use crate::memory::Memory;

/// Cycles of an exception return.
const RETURN_CYCLES: u64 = 10;
const NON_MASKABLE: u16 = 2;
const HARD_FAULT: u16 = 3;

/// What an EXC_RETURN value asks for.
#[derive(Clone, Copy)]
struct Return {
    thread: bool,
    process: bool,
    float: bool,
}

/// The registers of a frame.
struct Frame {
    core: [u32; 8],
    /// S0–S15 and FPSCR, when they were read.
    float: Option<[u32; 17]>,
}

impl Cpu {
    /// Return from the active exception as EXC_RETURN in `trap_value` says.
    pub(super) fn exception_return<B: Bus>(
        &mut self,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Option<Stop> {
        let returning = self.ipsr;
        let was_active = self.system.is_active(returning);
        let nested = self.system.active_count() > 1;
        let code = self.trap_value | 0xff00_0000;
        self.deactivate(returning);
        let wanted = self.decode_return(code, nested).filter(|_| was_active);
        let Some(wanted) = wanted else {
            return self.fail_return(Fault::InvalidReturn, code, memory, bus);
        };
        if self.is_v8() {
            self.clear_on_return();
        }
        self.poll_timer();
        if self.is_preempted() {
            return self.tail_chain(code, memory, bus);
        }
        let base = if wanted.process {
            self.psp()
        } else {
            self.msp()
        };
        let frame = match self.read_frame(base, wanted, memory, bus) {
            Ok(frame) => frame,
            Err(fault) => return self.fail_return(fault, code, memory, bus),
        };
        self.commit(base, wanted, code, &frame);
        self.clock.cycles += RETURN_CYCLES;
        if wanted.thread
            && self.system.scr & SCR_SLEEPONEXIT != 0
            && self.system.active_count() == 0
        {
            return self.wait(false);
        }
        None
    }

    /// Clear the active bit, and FAULTMASK except on the way back from an NMI (Armv8-M: from any negative priority).
    fn deactivate(&mut self, returning: u16) {
        let level = self.system.active_priority();
        let number = match level {
            // A wrong IPSR must not leave the core at a negative priority (Armv8-M manual, DeActivate).
            -1 if self.is_v8() => HARD_FAULT,
            -2 if self.is_v8() => NON_MASKABLE,
            _ => returning,
        };
        self.system.set_active(number, false);
        let keeps = if self.is_v8() {
            level < 0
        } else {
            returning == NON_MASKABLE
        };
        self.faultmask &= keeps;
    }

    /// What `code` says, if it is legal here.
    fn decode_return(&self, code: u32, nested: bool) -> Option<Return> {
        let float = code & 1 << 4 == 0;
        if float && self.config.float == FloatUnit::None {
            return None;
        }
        let legal = if self.is_v8() {
            // PREFIX and RES1 are ones, DCRS is set; S, ES and bit 1 are clear.
            code & 0xffff_ffe3 == 0xffff_ffa0
        } else {
            let thread = matches!(code & 15, 9 | 13);
            let base = !nested || self.system.ccr & CCR_NONBASETHRDENA != 0;
            code & 0xffff_ffe0 == 0xffff_ffe0 && (code & 15 == 1 || thread && base)
        };
        let thread = code & 8 != 0;
        legal.then_some(Return {
            thread,
            process: thread && code & 4 != 0,
            float,
        })
    }

    /// Take a fault of the return on the frame that is there.
    fn fail_return<B: Bus>(
        &mut self,
        fault: Fault,
        code: u32,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Option<Stop> {
        if self.raise(fault) {
            self.tail_chain(code, memory, bus)
        } else {
            Some(self.lock_up())
        }
    }

    /// FPCCR.CLRONRET: hide the handler's floating-point registers.
    fn clear_on_return(&mut self) {
        let fpccr = self.system.fpccr;
        if self.control & 4 != 0 && fpccr & FPCCR_CLRONRET != 0 && fpccr & FPCCR_LSPACT == 0 {
            self.fpu.s[..16].fill(0);
            self.fpu.fpscr = 0;
        }
    }

    /// Read the frame at the privilege of the mode that is returned to. Nothing is changed yet.
    fn read_frame<B: Bus>(
        &mut self,
        base: u32,
        wanted: Return,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Result<Frame, Fault> {
        let ipsr = self.ipsr;
        if wanted.thread {
            self.ipsr = 0;
        }
        self.refresh_protection(memory);
        let frame = self.read_frame_as_set(base, wanted, memory, bus);
        self.ipsr = ipsr;
        frame
    }

    fn read_frame_as_set<B: Bus>(
        &mut self,
        base: u32,
        wanted: Return,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Result<Frame, Fault> {
        let mut core = [0; 8];
        self.read_words(base, &mut core, memory, bus)?;
        if (core[7].trailing_zeros() >= 9) != wanted.thread {
            return Err(Fault::InvalidReturn);
        }
        let mut float = None;
        if wanted.float && self.system.fpccr & FPCCR_LSPACT == 0 {
            if !self.system.fpu_enabled(self.privileged()) {
                return Err(Fault::NoCoprocessor);
            }
            let mut words = [0; 17];
            self.read_words(base.wrapping_add(0x20), &mut words, memory, bus)?;
            float = Some(words);
        }
        Ok(Frame { core, float })
    }

    fn read_words<B: Bus>(
        &mut self,
        base: u32,
        words: &mut [u32],
        memory: &mut Memory,
        bus: &mut B,
    ) -> Result<(), Fault> {
        for (word, address) in words.iter_mut().zip((base..).step_by(4)) {
            *word = self
                .load::<4, B>(address, memory, bus)
                .map_err(|trap: Trap| unstacking(trap))?;
        }
        Ok(())
    }

    /// Make the frame's state the core's.
    fn commit(&mut self, base: u32, wanted: Return, code: u32, frame: &Frame) {
        let [r0, r1, r2, r3, r12, lr, pc, xpsr] = frame.core;
        if let Some(float) = &frame.float {
            self.fpu.s[..16].copy_from_slice(&float[..16]);
            self.fpu.fpscr = float[16];
        }
        if wanted.float {
            self.system.fpccr &= !FPCCR_LSPACT;
        }
        // Armv8-M keeps SPSEL of the code in a handler too.
        let select = if self.is_v8() {
            code & 4 != 0
        } else {
            wanted.process
        };
        let control = self.control & 1 | u8::from(select) << 1 | u8::from(wanted.float) << 2;
        self.switch(xpsr as u16 & 0x1ff, control);
        let size = if wanted.float { 0x68 } else { 0x20 };
        let aligned = wanted.float || self.system.ccr & CCR_STKALIGN != 0;
        let padding = if aligned { xpsr >> 7 & 4 } else { 0 };
        self.r[13] = base.wrapping_add(size) | padding;
        self.set_xpsr(xpsr);
        (self.r[0], self.r[1], self.r[2], self.r[3]) = (r0, r1, r2, r3);
        (self.r[12], self.r[14], self.pc) = (r12, lr, pc & !1);
        self.exclusive = false;
        self.window.length = 0;
        self.system.event = true;
        self.system.next_event = 0;
    }
}
