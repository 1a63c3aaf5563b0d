//! The bus beyond RAM: which peripheral answers at which address, for the core and for the debugger.

use super::core_debug::{CoreDebug, DCRDR, DEMCR, DFSR, DHCSR};
use crate::bus::{Bus, BusFault, Effect, Size};
use crate::chip::{ChipSpec, FlashFamily};
use crate::cpu::Clock;
use crate::flash::{FlashEffect, Stm32F7};
use crate::memory::{Kind, Memory};
use crate::system::{DBGMCU, DbgMcu, Dwt, FLASH_SIZE, Fpb, StSystem, UNIQUE_ID, rom_table_word};

/// Two read-only words, low then high: instructions executed since power-up. Reading the low word holds the high one.
///
/// No chip has this: it lies in the range that Armv7-M leaves to vendors (0xE0100000 and up), where nothing else is.
/// A program must use it only where its host tells it the address; on silicon the host names a zero in RAM instead.
pub const INSTRUCTION_COUNTER: u32 = 0xF000_0000;

/// All peripherals of a chip.
#[derive(Clone, Debug)]
pub struct Peripherals {
    /// Flash controller.
    pub flash: Stm32F7,
    /// Core debug registers.
    pub debug: CoreDebug,
    /// Breakpoint unit.
    pub fpb: Fpb,
    /// Cycle counter.
    pub dwt: Dwt,
    /// Debug settings that the core must hear of have changed.
    pub(super) debug_changed: bool,
    flash_base: u32,
    flash_bytes: u32,
    system: StSystem,
    dbgmcu: DbgMcu,
    instructions_high: u32,
}

impl Peripherals {
    /// As after power-up.
    pub fn new(chip: &ChipSpec) -> Self {
        let FlashFamily::Stm32F7 = chip.flash;
        let flash = chip.regions.iter().find(|r| r.kind == Kind::Flash);
        Self {
            flash: Stm32F7::default(),
            debug: CoreDebug::default(),
            fpb: Fpb::new(chip.core.core),
            dwt: Dwt::new(chip.core.core),
            debug_changed: false,
            flash_base: flash.map_or(0, |r| r.base),
            flash_bytes: flash.map_or(0, |r| r.length),
            system: StSystem::default(),
            dbgmcu: DbgMcu::new(chip.id_code),
            instructions_high: 0,
        }
    }

    /// System reset. The debug units keep their state, as on silicon.
    pub fn reset(&mut self) {
        self.flash.reset();
        self.system = StSystem::default();
    }

    /// Read a word register; `debugger` tells who asks.
    pub(super) fn read_word(
        &mut self,
        clock: Clock,
        address: u32,
        debugger: bool,
    ) -> Result<u32, BusFault> {
        let offset = address & 0xFFF;
        if address & !0xFFF == Dwt::BASE && offset < 0xFD0 {
            return Ok(self.dwt.read(offset, clock.cycles, debugger));
        }
        if address & !0xFFF == Fpb::BASE && offset < 0xFD0 {
            return Ok(self.fpb.read(offset));
        }
        if let Some(word) = rom_table_word(address) {
            return Ok(word);
        }
        Ok(match address {
            DHCSR => self.debug.read_dhcsr(false, false),
            DCRDR => self.debug.data,
            DEMCR => self.debug.demcr,
            DFSR => self.debug.dfsr,
            Stm32F7::BASE..=0x4002_3FFF => self.flash.read(address - Stm32F7::BASE, clock.cycles),
            DBGMCU..=0xE004_200F => self.dbgmcu.read(address - DBGMCU),
            INSTRUCTION_COUNTER => {
                self.instructions_high = (clock.instructions >> 32) as u32;
                clock.instructions as u32
            }
            0xF000_0004 => self.instructions_high,
            a if a == FLASH_SIZE & !3 => (self.flash_bytes / 1024) << 16,
            UNIQUE_ID..=0x1FF0_F42B => 0x5649_5254, // not unique: every virtual chip is the same one
            // The rest of the private peripheral bus reads as zero (ITM, ETM, TPIU and their like).
            0xE000_0000..=0xE00F_FFFF => 0,
            _ => return self.system.read(address).ok_or(BusFault),
        })
    }

    /// Write a word register; `debugger` tells who asks.
    pub(super) fn write_word(
        &mut self,
        memory: &mut Memory,
        clock: Clock,
        address: u32,
        value: u32,
        debugger: bool,
    ) -> Result<Effect, BusFault> {
        match address {
            0xE000_1000..=0xE000_1FFF => {
                self.dwt
                    .write(address & 0xFFF, value, clock.cycles, debugger);
            }
            0xE000_2000..=0xE000_2FFF => {
                self.fpb.write(address & 0xFFF, value);
                self.debug_changed = true;
            }
            DEMCR => {
                self.debug.set_demcr(value);
                self.dwt
                    .set_trace_enabled(self.debug.trace_enabled(), clock.cycles);
                self.debug_changed = true;
            }
            DCRDR => self.debug.data = value,
            DFSR => self.debug.dfsr &= !value,
            Stm32F7::BASE..=0x4002_3FFF => {
                let offset = address - Stm32F7::BASE;
                let effect = self.flash.write(offset, value, clock.cycles);
                let FlashEffect::Erase(sector) = effect.map_err(|_| BusFault)? else {
                    return Ok(Effect::Continue);
                };
                let start = self.flash_base + sector.offset;
                if !memory.erase(start, sector.bytes.min(self.flash_bytes)) {
                    return Err(BusFault);
                }
            }
            DBGMCU..=0xE004_200F => self.dbgmcu.write(address - DBGMCU, value),
            // Software cannot halt itself through DHCSR here; unmodelled trace units ignore writes.
            0xE000_0000..=0xE00F_FFFF => {}
            _ if self.system.write(address, value) => {}
            _ => return Err(BusFault),
        }
        Ok(Effect::Continue)
    }

    /// A store to flash. Programming goes through the main address; the copy on the ITCM bus is read-only.
    fn program(
        &mut self,
        memory: &mut Memory,
        clock: Clock,
        address: u32,
        size: Size,
        value: u32,
    ) -> Result<Effect, BusFault> {
        let offset = address.wrapping_sub(self.flash_base);
        let old = memory
            .slice(address, size.bytes())
            .filter(|_| offset < self.flash_bytes)
            .ok_or(BusFault)?
            .iter()
            .rev()
            .fold(0, |word, byte| word << 8 | u32::from(*byte));
        let cells = self
            .flash
            .program(offset, size.bytes(), old, value, clock.cycles);
        if let Some(cells) = cells {
            let bytes = &cells.to_le_bytes()[..size.bytes() as usize];
            if !memory.program(address, bytes) {
                return Err(BusFault);
            }
        }
        Ok(Effect::Continue)
    }
}

impl Bus for Peripherals {
    fn read(
        &mut self,
        _: &mut Memory,
        clock: Clock,
        address: u32,
        size: Size,
    ) -> Result<u32, BusFault> {
        let word = self.read_word(clock, address & !3, false)?;
        Ok(size.truncate(word >> (8 * (address & 3))))
    }

    fn write(
        &mut self,
        memory: &mut Memory,
        clock: Clock,
        address: u32,
        size: Size,
        value: u32,
    ) -> Result<Effect, BusFault> {
        if memory.region(address).is_some() {
            return self.program(memory, clock, address, size, value);
        }
        if size != Size::Word {
            return Err(BusFault); // registers here are words
        }
        self.write_word(memory, clock, address, value, false)
    }
}
