//! Frames that exceptions push, and floating-point state that is saved lazily: when a handler first uses the FPU
//! (PushStack and PreserveFPState of the Armv7-M and Armv8-M manuals).

use super::Cpu;
use super::access::Access;
use super::faults::{lazy_stacking, stacking};
use super::system_control::{
    CCR_STKALIGN, FPCCR_BFRDY, FPCCR_HFRDY, FPCCR_LSPACT, FPCCR_LSPEN, FPCCR_MMRDY,
    FPCCR_SPLIMVIOL, FPCCR_THREAD, FPCCR_UFRDY, FPCCR_USER,
};
use super::traps::{Fault, Trap};
use crate::bus::Bus;
use crate::memory::Memory;

/// Bytes of a frame without and with floating-point state.
const BASIC: u32 = 0x20;
const EXTENDED: u32 = 0x68;
/// Cycles of storing S0–S15 and FPSCR, one word a cycle.
const FLOAT_CYCLES: u64 = 17;

impl Cpu {
    /// Push the frame of an exception on the stack in use. Faults become pending and may be taken first.
    pub(super) fn push_frame<B: Bus>(&mut self, memory: &mut Memory, bus: &mut B) {
        let float = self.control & 4 != 0;
        let size = if float { EXTENDED } else { BASIC };
        let align = float || self.system.ccr & CCR_STKALIGN != 0;
        let sp = self.r[13];
        let frame = sp.wrapping_sub(size) & if align { !7 } else { !3 };
        let padded = align && sp & 4 != 0;
        let limit = self.stack_limit();
        let overflows = frame < limit && !self.ignores_stack_limit();
        let mut stacked = Err(Fault::StackOverflow);
        if overflows {
            self.r[13] = limit;
        } else {
            self.r[13] = frame;
            stacked = self.push_core(frame, padded, memory, bus);
        }
        if float && self.system.fpccr & FPCCR_LSPEN != 0 {
            self.begin_lazy_stacking(frame, overflows);
        } else if float && stacked.is_ok() {
            stacked = self.push_float(frame.wrapping_add(BASIC), memory, bus);
        }
        if let Err(fault) = stacked {
            // What the frame was for is pending too; the priorities decide.
            self.raise(fault);
        }
    }

    fn push_core<B: Bus>(
        &mut self,
        frame: u32,
        padded: bool,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Result<(), Fault> {
        let xpsr = self.xpsr() & !(1 << 9) | u32::from(padded) << 9;
        let words = [
            self.r[0], self.r[1], self.r[2], self.r[3], self.r[12], self.r[14], self.pc, xpsr,
        ];
        for (address, word) in (frame..).step_by(4).zip(words) {
            self.store::<4, B>(address, word, memory, bus)
                .map_err(stacking)?;
        }
        Ok(())
    }

    fn push_float<B: Bus>(
        &mut self,
        start: u32,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Result<(), Fault> {
        if !self.system.fpu_enabled(self.privileged()) {
            return Err(Fault::NoCoprocessor);
        }
        self.clock.cycles += FLOAT_CYCLES;
        for k in 0..17 {
            let address = start.wrapping_add(4 * k);
            self.store::<4, B>(address, self.float_word(k), memory, bus)
                .map_err(stacking)?;
        }
        Ok(())
    }

    /// Word `k` of the floating-point part of a frame: S0–S15, FPSCR.
    fn float_word(&self, k: u32) -> u32 {
        match self.fpu.s.get(k as usize) {
            Some(word) if k < 16 => *word,
            _ => self.fpu.fpscr,
        }
    }

    /// Note in FPCCR and FPCAR where the state belongs and which faults could be taken (UpdateFPCCR).
    fn begin_lazy_stacking(&mut self, frame: u32, overflows: bool) {
        let running = self.execution_priority();
        let ready = |number: u16| {
            self.system.is_enabled(number) && running > self.system.priority(number, true)
        };
        let v8 = self.is_v8();
        let fields = [
            (FPCCR_LSPACT, true),
            (FPCCR_USER, !self.privileged()),
            (FPCCR_THREAD, self.ipsr == 0),
            (FPCCR_HFRDY, running > -1),
            (FPCCR_MMRDY, ready(4)),
            (FPCCR_BFRDY, ready(5)),
            (FPCCR_SPLIMVIOL, v8 && overflows),
            (FPCCR_UFRDY, v8 && ready(6)),
        ];
        for (bit, set) in fields {
            self.system.fpccr = self.system.fpccr & !bit | if set { bit } else { 0 };
        }
        self.system.fpcar = frame.wrapping_add(BASIC) & !7;
    }

    /// The state has been stored, or given up.
    pub(super) fn finish_lazy_stacking(&mut self) {
        self.system.fpccr &= !FPCCR_LSPACT;
    }

    /// What every floating-point instruction begins with: the FPU is enabled, state of an interrupted program is saved,
    /// and CONTROL.FPCA tells that there is state.
    #[inline(always)]
    pub(super) fn check_float<A: Access>(&mut self, access: &mut A) -> Result<(), Trap> {
        let open = self.system.cpacr >> 20 & 3 == 3;
        if open && self.control & 4 != 0 && self.system.fpccr & FPCCR_LSPACT == 0 {
            return Ok(());
        }
        self.prepare_float(access)
    }

    #[cold]
    #[inline(never)]
    fn prepare_float<A: Access>(&mut self, access: &mut A) -> Result<(), Trap> {
        if !self.system.fpu_enabled(self.privileged()) {
            return Err(Trap::Fault(Fault::NoCoprocessor));
        }
        if self.system.fpccr & FPCCR_LSPACT != 0 {
            self.preserve_float(access)?;
        }
        if self.control & 4 == 0 && self.system.preserves_float() {
            self.control |= 4;
            self.fpu.fpscr = self.fpu.fpscr & !0x07c0_0000 | self.system.fpdscr;
        }
        Ok(())
    }

    /// Store the state into its frame, with the privilege of the program that was interrupted.
    fn preserve_float<A: Access>(&mut self, access: &mut A) -> Result<(), Trap> {
        let (ipsr, control) = (self.ipsr, self.control);
        if self.system.fpccr & FPCCR_USER != 0 {
            self.ipsr = 0;
            self.control |= 1;
        }
        access.settle(self);
        let mut stored = Ok(());
        if self.is_v8() && !self.system.fpu_enabled(self.privileged()) {
            stored = Err(Trap::Fault(Fault::NoCoprocessor));
        } else if self.system.fpccr & FPCCR_SPLIMVIOL == 0 {
            stored = self.store_float(access);
        }
        (self.ipsr, self.control) = (ipsr, control);
        access.settle(self);
        stored?;
        self.extra += FLOAT_CYCLES as u32;
        self.finish_lazy_stacking();
        Ok(())
    }

    fn store_float<A: Access>(&mut self, access: &mut A) -> Result<(), Trap> {
        let start = self.system.fpcar;
        for k in 0..17 {
            let (address, word) = (start.wrapping_add(4 * k), self.float_word(k));
            access
                .store::<4>(self, address, word)
                .map_err(|trap| Trap::Fault(lazy_stacking(trap)))?;
        }
        Ok(())
    }
}
