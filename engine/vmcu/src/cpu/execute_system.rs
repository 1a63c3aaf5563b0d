//! Special registers, interrupt masks, and branches that may leave a handler.

use super::Cpu;
use super::decoded::Decoded;
use super::traps::Trap;

impl Cpu {
    /// Branch to an address whose bit 0 becomes the Thumb bit; in a handler, 0xF0000000 and up return from it.
    #[inline(always)]
    pub(super) fn branch_exchange(&mut self, target: u32) -> Result<(), Trap> {
        if target >= 0xf000_0000 && self.ipsr != 0 {
            self.trap_value = target;
            return Err(Trap::Return);
        }
        self.pc = target & !1;
        self.t = target & 1 != 0;
        if !self.t {
            // The next fetch takes the slow way and faults there.
            self.window.length = 0;
        }
        Ok(())
    }

    /// CPS: `mode` 1 disables; `imm` selects PRIMASK (bit 1) and FAULTMASK (bit 0).
    pub(super) fn change_state(&mut self, ins: &Decoded) {
        if !self.privileged() {
            return;
        }
        let disable = ins.mode != 0;
        if ins.imm & 2 != 0 {
            self.primask = disable;
        }
        if ins.imm & 1 != 0 && (!disable || self.execution_priority() > -1) {
            self.faultmask = disable;
        }
        self.system.next_event = 0;
    }

    /// MRS from the special register `number` (SYSm).
    pub(super) fn read_special(&self, number: u32) -> u32 {
        match number {
            0..=7 => {
                let mut value = 0;
                if number & 1 != 0 {
                    value |= u32::from(self.ipsr);
                }
                // The EPSR reads as zero.
                if number & 4 == 0 {
                    value |= self.apsr();
                }
                value
            }
            // Unprivileged code reads the rest as zero, CONTROL aside.
            20 => u32::from(self.control),
            _ if !self.privileged() => 0,
            8 => self.msp(),
            9 => self.psp(),
            10 if self.is_v8() => self.msplim,
            11 if self.is_v8() => self.psplim,
            16 => u32::from(self.primask),
            17 | 18 => u32::from(self.basepri),
            19 => u32::from(self.faultmask),
            _ => 0,
        }
    }

    /// MSR; `mode` is the mask of the APSR parts: bit 1 NZCVQ, bit 0 GE.
    pub(super) fn write_special(&mut self, ins: &Decoded) {
        let value = self.reg(ins.rn);
        if ins.imm < 4 {
            if ins.mode & 2 != 0 {
                self.set_nzcv(value);
                self.q = value & 1 << 27 != 0;
            }
            if ins.mode & 1 != 0 {
                self.ge = (value >> 16) as u8 & 15;
            }
            return;
        }
        if !self.privileged() {
            return;
        }
        match ins.imm {
            8 => self.set_msp(value),
            9 => self.set_psp(value),
            10 if self.is_v8() => self.msplim = value & !7,
            11 if self.is_v8() => self.psplim = value & !7,
            16 => self.primask = value & 1 != 0,
            17 => self.basepri = value as u8 & self.system.priority_mask(),
            18 => {
                let level = value as u8 & self.system.priority_mask();
                if level != 0 && (level < self.basepri || self.basepri == 0) {
                    self.basepri = level;
                }
            }
            19 if value & 1 == 0 || self.execution_priority() > -1 => {
                self.faultmask = value & 1 != 0;
            }
            20 => {
                // A handler stays on the main stack. In Armv7-M it cannot even write SPSEL.
                let select = if self.ipsr == 0 || self.is_v8() {
                    value as u8 & 2
                } else {
                    self.control & 2
                };
                let others = self.control_bits() & !2;
                self.switch(self.ipsr, value as u8 & others | select);
            }
            _ => {}
        }
        self.system.next_event = 0;
    }
}
