//! Control and status registers of machine mode (volume II, table 2.5), and Espressif's own (ESP32-C3 Technical
//! Reference Manual, 1.4.1). Fields without effect in this model read as zero.

use super::hart::Hart;
use super::pmp::ENTRIES;

/// Which performance counters there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counters {
    /// `mcycle` and `minstret`.
    Standard,
    /// Espressif's `mpcer`, `mpcmr` and `mpccr`: one counter of a chosen event, and none of the standard ones.
    Espressif,
}

/// Registers that only keep what they are told, as far as bits can be written.
#[derive(Clone, Debug, Default)]
pub struct Csrs {
    /// `mstatus`: MIE and MPIE; MPP is always machine mode.
    pub mstatus: u32,
    pub mie: u32,
    pub mtvec: u32,
    pub mscratch: u32,
    pub mepc: u32,
    pub mcause: u32,
    pub mtval: u32,
    /// `dcsr`'s writable bits; only a debugger reaches them.
    pub dcsr: u32,
    pub dpc: u32,
    pub dscratch: [u32; 2],
    event: u32,
    mode: u32,
    /// What `mpccr`, `mcycle` and `minstret` were when the counts behind them were 0.
    event_base: u32,
    cycle_base: u64,
    instruction_base: u64,
}

const MIE: u32 = 1 << 3;
const MPIE: u32 = 1 << 7;
const MPP: u32 = 3 << 11;
/// I, M and C, of 32 bits.
const MISA: u32 = 1 << 30 | 1 << 12 | 1 << 8 | 1 << 2;
/// Espressif's JEDEC number, and the only architecture that it has given a number.
const MVENDORID: u32 = 0x612;
const MARCHID: u32 = 0x8000_0001;

/// Cause field of `dcsr`, and the bits that a debugger sets: ebreakm, ebreaks, ebreaku, stepie, stopcount, step.
const DCSR_WRITABLE: u32 = 1 << 15 | 1 << 13 | 1 << 12 | 1 << 11 | 1 << 10 | 1 << 2;
/// Version 0.13 of external debug, machine mode.
const DCSR_FIXED: u32 = 4 << 28 | 3;

impl Csrs {
    /// Entering a trap: the handler's address.
    pub fn enter_trap(&mut self, pc: u32, cause: u32, value: u32) -> u32 {
        let enabled = self.mstatus & MIE != 0;
        self.mstatus = if enabled { MPIE } else { 0 };
        (self.mepc, self.mcause, self.mtval) = (pc, cause, value);
        self.mtvec & !3
    }

    /// MRET: where it goes on.
    pub fn leave_trap(&mut self) -> u32 {
        let enabled = self.mstatus & MPIE != 0;
        self.mstatus = MPIE | if enabled { MIE } else { 0 };
        self.mepc
    }

    /// Whether resuming executes one instruction.
    pub fn steps(&self) -> bool {
        self.dcsr & 1 << 2 != 0
    }

    /// Sets the cause in `dcsr`.
    pub fn set_debug_cause(&mut self, cause: u32) {
        self.dcsr = self.dcsr & !(7 << 6) | cause << 6;
    }
}

impl Hart {
    /// Reads a register; `None` where there is none.
    pub fn read_csr(&self, number: u16) -> Option<u32> {
        let csr = &self.csr;
        Some(match number {
            0x300 => csr.mstatus | MPP,
            0x301 => MISA,
            0x304 => csr.mie,
            0x305 => csr.mtvec,
            0x340 => csr.mscratch,
            0x341 => csr.mepc,
            0x342 => csr.mcause,
            0x343 => csr.mtval,
            0x3A0..=0x3A3 => self.pmp.config(usize::from(number - 0x3A0)),
            0x3B0..=0x3BF => self.pmp.address(usize::from(number - 0x3B0) % ENTRIES),
            0x7A0 => self.triggers.selected as u32,
            0x7A1 => self.triggers.control(),
            0x7A2 => self.triggers.address(),
            0xF11 if self.counters == Counters::Espressif => MVENDORID,
            0xF12 if self.counters == Counters::Espressif => MARCHID,
            // Nothing is pending; numbers that were never given, and the only hart.
            0x344 | 0xF11..=0xF14 => 0,
            _ => return self.read_counter(number),
        })
    }

    fn read_counter(&self, number: u16) -> Option<u32> {
        let csr = &self.csr;
        let (cycles, instructions) = (
            self.cycles.wrapping_sub(csr.cycle_base),
            self.instructions.wrapping_sub(csr.instruction_base),
        );
        match (self.counters, number) {
            (Counters::Espressif, 0x7E0) => Some(csr.event),
            (Counters::Espressif, 0x7E1) => Some(csr.mode),
            (Counters::Espressif, 0x7E2) => Some(self.events().wrapping_sub(csr.event_base)),
            (Counters::Standard, 0xB00) => Some(cycles as u32),
            (Counters::Standard, 0xB80) => Some((cycles >> 32) as u32),
            (Counters::Standard, 0xB02) => Some(instructions as u32),
            (Counters::Standard, 0xB82) => Some((instructions >> 32) as u32),
            _ => None,
        }
    }

    /// The event that `mpcer` chooses, since the beginning: cycles or instructions; others are not counted.
    fn events(&self) -> u32 {
        match self.csr.event & 3 {
            1 => self.cycles as u32,
            2 => self.instructions as u32,
            _ => 0,
        }
    }

    /// Writes a register; `None` where there is none or it can only be read.
    pub fn write_csr(&mut self, number: u16, value: u32) -> Option<()> {
        match number {
            0x300 => self.csr.mstatus = value & (MIE | MPIE),
            0x301 | 0x344 => {}
            0x304 => self.csr.mie = value & 0x888,
            // Espressif's processors know only vectors, in a table of 256 bytes.
            0x305 if self.counters == Counters::Espressif => self.csr.mtvec = value & !0xFF | 1,
            0x305 => self.csr.mtvec = value & !2,
            0x340 => self.csr.mscratch = value,
            0x341 => self.csr.mepc = value & !1,
            0x342 => self.csr.mcause = value,
            0x343 => self.csr.mtval = value,
            0x3A0..=0x3A3 => self.pmp.set_config(usize::from(number - 0x3A0), value),
            0x3B0..=0x3BF => {
                let entry = usize::from(number - 0x3B0) % ENTRIES;
                self.pmp.set_address(entry, value);
            }
            0x7A0 => self.triggers.select(value),
            0x7A1 => self.triggers.set_control(value),
            0x7A2 => self.triggers.set_address(value),
            _ => return self.write_counter(number, value),
        }
        Some(())
    }

    fn write_counter(&mut self, number: u16, value: u32) -> Option<()> {
        let high = u64::from(value) << 32;
        let low = u64::from(value);
        match (self.counters, number) {
            (Counters::Espressif, 0x7E0) => self.csr.event = value & 0x7FF,
            (Counters::Espressif, 0x7E1) => self.csr.mode = value & 3,
            (Counters::Espressif, 0x7E2) => {
                self.csr.event_base = self.events().wrapping_sub(value);
            }
            // A written half takes effect, the other one stays.
            (Counters::Standard, 0xB00 | 0xB80) => {
                let now = self.cycles.wrapping_sub(self.csr.cycle_base);
                let wanted = if number == 0xB00 {
                    now >> 32 << 32 | low
                } else {
                    now & 0xFFFF_FFFF | high
                };
                self.csr.cycle_base = self.cycles.wrapping_sub(wanted);
            }
            (Counters::Standard, 0xB02 | 0xB82) => {
                let now = self.instructions.wrapping_sub(self.csr.instruction_base);
                let wanted = if number == 0xB02 {
                    now >> 32 << 32 | low
                } else {
                    now & 0xFFFF_FFFF | high
                };
                self.csr.instruction_base = self.instructions.wrapping_sub(wanted);
            }
            _ => return None,
        }
        Some(())
    }

    /// [`Hart::read_csr`] for a debugger, which has registers of its own.
    pub fn debug_read_csr(&self, number: u16) -> Option<u32> {
        match number {
            0x7B0 => Some(self.csr.dcsr | DCSR_FIXED),
            0x7B1 => Some(self.csr.dpc),
            0x7B2 | 0x7B3 => Some(self.csr.dscratch[usize::from(number & 1)]),
            _ => self.read_csr(number),
        }
    }

    /// [`Hart::write_csr`] for a debugger.
    pub fn debug_write_csr(&mut self, number: u16, value: u32) -> Option<()> {
        match number {
            0x7B0 => {
                let kept = self.csr.dcsr & !DCSR_WRITABLE;
                self.csr.dcsr = kept | value & DCSR_WRITABLE;
            }
            0x7B1 => self.csr.dpc = value & !1,
            0x7B2 | 0x7B3 => self.csr.dscratch[usize::from(number & 1)] = value,
            _ => return self.write_csr(number, value),
        }
        Some(())
    }
}
