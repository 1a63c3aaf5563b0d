//! Reading and writing the registers by their offset in the system control space.

use super::identity::identity;
use super::nvic::{bit, interrupt_bits, set_bit};
use super::{FPCCR_ASPEN, FPCCR_LSPEN, SystemControl, fixed_configuration};
use crate::bus::{BusFault, Effect, Size};
use crate::cpu::{Clock, Core, FloatUnit, Mpu};

/// Where the system control space begins.
pub(crate) const BASE: u32 = 0xe000_e000;

/// SHCSR's bits that are state of an exception: its number, the active and the pended bit.
const HANDLERS: [(u16, u32, u32); 8] = [
    (4, 0, 13),
    (5, 1, 14),
    (6, 3, 12),
    (11, 7, 15),
    (14, 10, NO_BIT),
    (15, 11, NO_BIT),
    // Only in Armv8-M, and read-only there without the security extension.
    (3, 2, 21),
    (2, 5, NO_BIT),
];
const WRITABLE_HANDLERS: usize = 6;
/// This exception's pended bit is elsewhere (ICSR).
const NO_BIT: u32 = 32;
const SHCSR_ENABLES: u32 = 0x7_0000;

impl SystemControl {
    /// Read a register.
    pub fn read(&mut self, clock: Clock, address: u32, size: Size) -> Result<u32, BusFault> {
        if !Self::owns(address) {
            return Err(BusFault);
        }
        let word = self.read_word(clock, address & 0xffc);
        Ok(size.truncate(word >> (8 * (address & 3))))
    }

    fn read_word(&mut self, clock: Clock, offset: u32) -> u32 {
        let m7 = self.config.core == Core::CortexM7;
        match offset {
            0x004 => u32::from(self.config.interrupts.clamp(1, 240) - 1) / 32,
            0x008 => self.actlr,
            0x010 => self.systick.read_control(clock.cycles),
            0x014 => self.systick.reload,
            0x018 => self.systick.value(clock.cycles),
            0x01c => self.systick.calibration(),
            0x100..=0x11f | 0x180..=0x19f => self.enabled[(offset >> 2 & 7) as usize],
            0x200..=0x21f | 0x280..=0x29f => interrupt_bits(&self.pending, offset),
            0x300..=0x31f => interrupt_bits(&self.active, offset),
            0x400..=0x4ef => word_of(&self.priorities, (offset - 0x400) as usize),
            0xd00 => self.cpuid,
            0xd04 => self.read_icsr(),
            0xd08 => self.vtor,
            0xd0c => self.read_aircr(),
            0xd10 => self.scr,
            0xd14 => self.ccr,
            0xd18..=0xd23 => word_of(&self.system_priorities, (offset - 0xd18) as usize),
            0xd24 => self.read_shcsr(),
            0xd28 => self.cfsr,
            0xd2c => self.hfsr,
            0xd34 => self.mmfar,
            0xd38 => self.bfar,
            0xd3c => self.afsr,
            0xd80 if m7 => [0xf003_e019, 0xf007_e009][(self.cache_select & 1) as usize],
            0xd84 if m7 => self.cache_select,
            0xd88 => self.cpacr,
            _ if Mpu::owns(offset) => self.mpu.read(offset),
            0xf34 => self.fpccr,
            0xf38 => self.fpcar,
            0xf3c => self.fpdscr,
            _ => identity(self.config, offset),
        }
    }

    /// VECTPENDING leaves masks aside, as the architecture manual has it (ICSR).
    fn read_icsr(&self) -> u32 {
        let pending = self.first_pending().map_or(0, u32::from);
        u32::from(self.executing)
            | u32::from(!self.is_nested()) << 11
            | pending << 12
            | u32::from(self.is_interrupt_pending()) << 22
            | u32::from(bit(&self.pending, 15)) << 26
            | u32::from(bit(&self.pending, 14)) << 28
            | u32::from(bit(&self.pending, 2)) << 31
    }

    fn read_aircr(&self) -> u32 {
        // Armv8-M without the security extension: BFHFNMINS reads as one.
        let fixed = if self.config.core == Core::CortexM33 {
            1 << 13
        } else {
            0
        };
        0xfa05_0000 | fixed | u32::from(self.priority_group) << 8
    }

    fn read_shcsr(&self) -> u32 {
        let known = if self.config.core == Core::CortexM33 {
            HANDLERS.len()
        } else {
            WRITABLE_HANDLERS
        };
        let one = |set, at: u32| u32::from(set).checked_shl(at).unwrap_or(0);
        HANDLERS[..known]
            .iter()
            .map(|&(number, active, pended)| {
                one(bit(&self.active, number), active) | one(bit(&self.pending, number), pended)
            })
            .fold(self.shcsr, |word, bits| word | bits)
    }

    fn write_shcsr(&mut self, value: u32) {
        self.shcsr = value & SHCSR_ENABLES;
        for &(number, active, pended) in &HANDLERS[..WRITABLE_HANDLERS] {
            set_bit(&mut self.active, number, value >> active & 1 != 0);
            if pended != NO_BIT {
                set_bit(&mut self.pending, number, value >> pended & 1 != 0);
            }
        }
    }

    /// Write a register. AIRCR.SYSRESETREQ returns [`Effect::Reset`].
    pub fn write(
        &mut self,
        clock: Clock,
        address: u32,
        size: Size,
        value: u32,
    ) -> Result<Effect, BusFault> {
        if !Self::owns(address) {
            return Err(BusFault);
        }
        let offset = address & 0xfff;
        let shift = 8 * (address & 3);
        match offset {
            0x400..=0x4ef => self.write_priorities(offset - 0x400, size, value),
            0xd18..=0xd23 => self.write_system_priorities(offset - 0xd18, size, value),
            // Write one to clear, so a narrow write must not touch its neighbours.
            0xd28..=0xd2b => self.cfsr &= !(size.truncate(value) << shift),
            _ if size == Size::Word => return Ok(self.write_word(clock, offset, value)),
            _ => return Err(BusFault),
        }
        self.next_event = 0;
        Ok(Effect::Continue)
    }

    fn write_word(&mut self, clock: Clock, offset: u32, value: u32) -> Effect {
        let word = (offset >> 2 & 7) as usize;
        match offset {
            0x008 => self.actlr = value,
            0x010 => self.systick.write_control(value, clock.cycles),
            0x014 => self.systick.write_reload(value, clock.cycles),
            0x018 => self.systick.clear(clock.cycles),
            0x100..=0x11f => self.enabled[word] |= value & self.implemented_lines(word),
            0x180..=0x19f => self.enabled[word] &= !value,
            0x200..=0x21f => self.change_pending(word, value, true),
            0x280..=0x29f => self.change_pending(word, value, false),
            0xd04 => self.write_icsr(value),
            0xd08 => self.vtor = value & 0xffff_ff80,
            0xd0c if value >> 16 == 0x05fa => {
                self.priority_group = (value >> 8) as u8 & 7;
                if value & 4 != 0 {
                    return Effect::Reset;
                }
            }
            0xd10 => self.scr = value & 0x16,
            0xd14 => {
                let writable = match self.config.core {
                    Core::CortexM4 => 0x31b,
                    Core::CortexM7 => 0x7_011b,
                    Core::CortexM33 => 0x51a,
                };
                self.ccr = value & writable | fixed_configuration(self.config.core);
            }
            0xd24 => self.write_shcsr(value),
            0xd2c => self.hfsr &= !value,
            0xd34 => self.mmfar = value,
            0xd38 => self.bfar = value,
            0xd3c => self.afsr = value,
            0xd84 => self.cache_select = value & 15,
            _ if Mpu::owns(offset) => self.mpu.write(offset, value),
            0xf00 => self.set_pending(16 + (value as u16 & 0x1ff)),
            0xd88 | 0xf34 | 0xf38 | 0xf3c if self.config.float == FloatUnit::None => {}
            0xd88 => self.cpacr = value & 0x00f0_0000,
            0xf34 => self.fpccr = value & self.context_control_bits(),
            0xf38 => self.fpcar = value & !7,
            0xf3c => self.fpdscr = value & 0x07c0_0000,
            _ => {}
        }
        self.next_event = 0;
        Effect::Continue
    }

    fn write_icsr(&mut self, value: u32) {
        for (mask, number) in [(1 << 31, 2), (1 << 28, 14), (1 << 26, 15)] {
            if value & mask != 0 {
                self.set_pending(number);
            }
        }
        // Armv8-M can take back an NMI that has not been taken: PENDNMICLR.
        let v8 = self.config.core == Core::CortexM33;
        for (mask, number) in [(u32::from(v8) << 30, 2), (1 << 27, 14), (1 << 25, 15)] {
            if value & mask != 0 {
                self.clear_pending(number);
            }
        }
    }

    /// FPCCR's bits that exist.
    fn context_control_bits(&self) -> u32 {
        let common = FPCCR_ASPEN | FPCCR_LSPEN | 0x17b;
        if self.config.core == Core::CortexM33 {
            common | super::FPCCR_CLRONRET | super::FPCCR_UFRDY | super::FPCCR_SPLIMVIOL
        } else {
            common
        }
    }
}

fn word_of(bytes: &[u8], index: usize) -> u32 {
    (0..4)
        .map(|k| u32::from(bytes.get(index + k).copied().unwrap_or(0)) << (8 * k))
        .sum()
}
