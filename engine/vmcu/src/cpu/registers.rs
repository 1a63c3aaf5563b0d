//! Register access by number, and the packed forms of the status registers.

use super::{Cpu, FloatUnit};

/// Thumb bit of the xPSR.
pub const XPSR_T: u32 = 1 << 24;

/// The floating-point unit's registers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fpu {
    /// S0–S31 as bit patterns.
    pub s: [u32; 32],
    /// FPSCR.
    pub fpscr: u32,
}

impl Cpu {
    /// The packed xPSR: flags, IT state, T bit, exception number.
    pub fn xpsr(&self) -> u32 {
        let it = u32::from(self.it);
        self.apsr()
            | (it & 3) << 25
            | (it >> 2) << 10
            | u32::from(self.t) << 24
            | u32::from(self.ipsr)
    }

    /// The APSR: NZCVQ in bits 31–27, GE in 19–16.
    pub fn apsr(&self) -> u32 {
        u32::from(self.n) << 31
            | u32::from(self.z) << 30
            | u32::from(self.c) << 29
            | u32::from(self.v) << 28
            | u32::from(self.q) << 27
            | u32::from(self.ge) << 16
    }

    /// Set N, Z, C and V from bits 31–28.
    pub fn set_nzcv(&mut self, value: u32) {
        self.n = value & 1 << 31 != 0;
        self.z = value & 1 << 30 != 0;
        self.c = value & 1 << 29 != 0;
        self.v = value & 1 << 28 != 0;
    }

    /// Unpack an xPSR; the exception number is taken as it is.
    pub fn set_xpsr(&mut self, value: u32) {
        self.set_nzcv(value);
        self.q = value & 1 << 27 != 0;
        self.ge = (value >> 16) as u8 & 15;
        self.it = (value >> 25) as u8 & 3 | ((value >> 10) as u8) << 2;
        self.t = value & XPSR_T != 0;
        self.ipsr = value as u16 & 0x1ff;
        self.system.executing = self.ipsr;
    }

    /// Whether the process stack is in use: thread mode with CONTROL.SPSEL.
    pub fn uses_process_stack(&self) -> bool {
        self.ipsr == 0 && self.control & 2 != 0
    }

    /// The main stack pointer.
    pub fn msp(&self) -> u32 {
        if self.uses_process_stack() {
            self.banked_sp
        } else {
            self.r[13]
        }
    }

    /// The process stack pointer.
    pub fn psp(&self) -> u32 {
        if self.uses_process_stack() {
            self.r[13]
        } else {
            self.banked_sp
        }
    }

    /// Set the main stack pointer.
    pub fn set_msp(&mut self, value: u32) {
        if self.uses_process_stack() {
            self.banked_sp = value & !3;
        } else {
            self.r[13] = value & !3;
        }
    }

    /// Set the process stack pointer.
    pub fn set_psp(&mut self, value: u32) {
        if self.uses_process_stack() {
            self.r[13] = value & !3;
        } else {
            self.banked_sp = value & !3;
        }
    }

    /// Change mode and stack selection together, swapping stack pointers when the one in use changes.
    pub(crate) fn switch(&mut self, ipsr: u16, control: u8) {
        let before = self.uses_process_stack();
        self.ipsr = ipsr;
        self.system.executing = ipsr;
        self.control = control;
        if before != self.uses_process_stack() {
            std::mem::swap(&mut self.r[13], &mut self.banked_sp);
        }
    }

    /// CONTROL's bits that exist: FPCA only with an FPU. SFPA needs the security extension.
    pub(super) fn control_bits(&self) -> u8 {
        if self.config.float == FloatUnit::None {
            3
        } else {
            7
        }
    }

    /// A register by the number that DCRSR.REGSEL gives it: 0–12, 13 SP, 14 LR, 15 PC, 16 xPSR, 17 MSP, 18 PSP,
    /// 20 CONTROL|FAULTMASK|BASEPRI|PRIMASK, 33 FPSCR, 64–95 S0–S31; on Armv8-M also 24 MSP, 25 PSP, 30 MSPLIM,
    /// 31 PSPLIM.
    pub fn register(&self, number: u8) -> Option<u32> {
        Some(match number {
            0..=14 => self.r[usize::from(number)],
            15 => self.pc,
            16 => self.xpsr(),
            17 => self.msp(),
            18 => self.psp(),
            24 if self.is_v8() => self.msp(),
            25 if self.is_v8() => self.psp(),
            30 if self.is_v8() => self.msplim,
            31 if self.is_v8() => self.psplim,
            20 => {
                u32::from(self.control) << 24
                    | u32::from(self.faultmask) << 16
                    | u32::from(self.basepri) << 8
                    | u32::from(self.primask)
            }
            33 => self.fpu.fpscr,
            64..=95 => self.fpu.s[usize::from(number - 64)],
            _ => return None,
        })
    }

    /// Set a register by its DCRSR.REGSEL number; returns whether there is such a register.
    pub fn set_register(&mut self, number: u8, value: u32) -> bool {
        match number {
            13 => self.r[13] = value & !3,
            0..=14 => self.r[usize::from(number)] = value,
            15 => self.pc = value & !1,
            16 => {
                let process = self.uses_process_stack();
                self.set_xpsr(value);
                if process != self.uses_process_stack() {
                    std::mem::swap(&mut self.r[13], &mut self.banked_sp);
                }
            }
            17 => self.set_msp(value),
            18 => self.set_psp(value),
            24 if self.is_v8() => self.set_msp(value),
            25 if self.is_v8() => self.set_psp(value),
            30 if self.is_v8() => self.msplim = value & !7,
            31 if self.is_v8() => self.psplim = value & !7,
            20 => {
                self.switch(self.ipsr, (value >> 24) as u8 & self.control_bits());
                self.faultmask = value & 1 << 16 != 0;
                self.basepri = (value >> 8) as u8 & self.system.priority_mask();
                self.primask = value & 1 != 0;
            }
            33 => self.fpu.fpscr = value,
            64..=95 => self.fpu.s[usize::from(number - 64)] = value,
            _ => return false,
        }
        true
    }
}
