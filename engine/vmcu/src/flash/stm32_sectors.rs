//! The embedded flash interface of STM32F4 and F7: sectors of several sizes, programming by PSIZE.
//!
//! After ST's reference manuals RM0090, chapter 3, and RM0385 and RM0410, chapter 3: keys, lock, sector and mass
//! erase, programming with PG and PSIZE, write protection, error flags.

use super::{
    Controller, FlashEffect, FlashWear, Keys, Refused, ST_KEYS, ST_OPTION_KEYS, Sector, Work,
};
use crate::chip::{ChipSpec, Family};
use crate::memory::Memory;

// FLASH_SR
const OPERR: u32 = 1 << 1;
const WRPERR: u32 = 1 << 4;
const PGAERR: u32 = 1 << 5;
const PGPERR: u32 = 1 << 6;
/// PGSERR on the F4.
const ERSERR: u32 = 1 << 7;
const EOP: u32 = 1;
const BSY: u32 = 1 << 16;
const CLEARABLE: u32 = EOP | OPERR | WRPERR | PGAERR | PGPERR | ERSERR | 1 << 8;
// FLASH_CR
const PG: u32 = 1;
const SER: u32 = 1 << 1;
const MER: u32 = 1 << 2;
/// Mass erase of the second bank.
const MER1: u32 = 1 << 15;
const STRT: u32 = 1 << 16;
const EOPIE: u32 = 1 << 24;
const ERRIE: u32 = 1 << 25;
const LOCK: u32 = 1 << 31;
const CR_WRITABLE: u32 = PG | SER | MER | 0x1F << 3 | 0x3 << 8 | MER1 | EOPIE | ERRIE;
// FLASH_OPTCR
const OPTLOCK: u32 = 1;
const OPTSTRT: u32 = 1 << 1;

const PROGRAM_CYCLES: u64 = 32;
/// Sectors whose protection bits are in `FLASH_OPTCR`; the rest are in `FLASH_OPTCR1`.
const IN_OPTCR: usize = 12;

/// State of the controller.
#[derive(Clone, Debug)]
pub struct StSectors {
    base: u32,
    sectors: Vec<Sector>,
    /// Sectors from this index on are in the second bank: they have numbers from 16 on.
    second_bank: usize,
    acr_writable: u32,
    keys: Keys,
    option_keys: Keys,
    acr: u32,
    sr: u32,
    cr: u32,
    optcr: u32,
    optcr1: u32,
    work: Work,
}

impl StSectors {
    /// As after power-up, option bytes as delivered.
    pub fn new(chip: &ChipSpec) -> Self {
        let (base, bytes) = chip.flash();
        let f4 = chip.family == Family::Stm32F4;
        let two_banks = f4 && bytes == 2 << 20; // the F7's are one after nDBANK as delivered
        let second_bank = if two_banks {
            (chip.sectors.iter())
                .position(|s| s.offset >= bytes / 2)
                .unwrap_or(usize::MAX)
        } else {
            usize::MAX
        };
        Self {
            base,
            second_bank,
            sectors: chip.sectors.clone(),
            acr_writable: if f4 { 0x1F0F } else { 0x0B0F },
            keys: Keys::Locked,
            option_keys: Keys::Locked,
            acr: 0,
            sr: 0,
            cr: LOCK,
            optcr: match (f4, chip.id & 0xFFF) {
                (true, _) => 0x0FFF_AAED,
                (false, 0x451) => 0xFFFF_AAFD, // F76x and F77x: one bank
                (false, _) => 0xC0FF_AAFD,
            },
            // Protection of the sectors from the twelfth on; on the F7 the boot addresses.
            optcr1: if f4 { 0x0FFF_0000 } else { 0x0040_0080 },
            work: Work::default(),
        }
    }

    /// Index of the sector with this number (`FLASH_CR.SNB`).
    fn by_number(&self, number: usize) -> Option<usize> {
        let index = match (self.second_bank, number) {
            (usize::MAX, n) => n,
            (second, 16..) => number - 16 + second,
            (second, n) if n < second => n,
            _ => return None,
        };
        (index < self.sectors.len()).then_some(index)
    }

    fn is_protected(&self, index: usize) -> bool {
        let (register, bit) = if index < IN_OPTCR {
            (self.optcr, index)
        } else {
            (self.optcr1, index - IN_OPTCR)
        };
        register >> (16 + bit) & 1 == 0
    }

    fn write_control(&mut self, value: u32, cycle: u64) -> FlashEffect {
        self.cr = value & CR_WRITABLE;
        if value & LOCK != 0 {
            self.cr |= LOCK;
            self.keys = Keys::Locked;
        }
        if value & STRT == 0 {
            return FlashEffect::None;
        }
        let in_second = |index: &usize| *index >= self.second_bank;
        let all = 0..self.sectors.len();
        let chosen: Vec<usize> = match (value & SER != 0, value & MER != 0, value & MER1 != 0) {
            (true, false, false) => {
                let number = value >> 3 & 0x1F;
                let Some(index) = self.by_number(number as usize) else {
                    return self.fail(ERSERR);
                };
                vec![index]
            }
            (false, true, true) => all.collect(),
            (false, true, false) => all.filter(|index| !in_second(index)).collect(),
            (false, false, true) => all.filter(in_second).collect(),
            _ => return self.fail(ERSERR),
        };
        if chosen.iter().any(|&index| self.is_protected(index)) {
            return self.fail(WRPERR);
        }
        let (Some(&first), Some(&last)) = (chosen.first(), chosen.last()) else {
            return self.fail(ERSERR); // a second bank that is not there
        };
        self.work.erase(chosen.len() as u32, cycle);
        self.tell_end();
        let (first, last) = (self.sectors[first], self.sectors[last]);
        FlashEffect::Erase {
            address: self.base + first.offset,
            bytes: last.offset + last.bytes - first.offset,
        }
    }

    fn tell_end(&mut self) {
        if self.cr & EOPIE != 0 {
            self.sr |= EOP;
        }
    }

    fn fail(&mut self, flag: u32) -> FlashEffect {
        self.sr |= flag;
        if self.cr & ERRIE != 0 {
            self.sr |= OPERR;
        }
        FlashEffect::None
    }
}

impl Controller for StSectors {
    fn read(&self, offset: u32, cycle: u64) -> u32 {
        match offset {
            0x00 => self.acr,
            0x0C => self.sr | if self.work.is_busy(cycle) { BSY } else { 0 },
            0x10 => self.cr,
            0x14 => self.optcr,
            0x18 => self.optcr1,
            _ => 0,
        }
    }

    /// A wrong key is a bus error and jams the lock until reset.
    fn write(&mut self, offset: u32, value: u32, cycle: u64) -> Result<FlashEffect, Refused> {
        match offset {
            0x00 => self.acr = value & self.acr_writable,
            0x04 => self.keys.offer(value, ST_KEYS, &mut self.cr, LOCK)?,
            0x08 => self
                .option_keys
                .offer(value, ST_OPTION_KEYS, &mut self.optcr, OPTLOCK)?,
            0x0C => self.sr &= !(value & CLEARABLE),
            0x10 if self.cr & LOCK == 0 => return Ok(self.write_control(value, cycle)),
            0x14 if self.optcr & OPTLOCK == 0 => {
                self.optcr = value & !OPTSTRT;
                if value & OPTLOCK != 0 {
                    self.option_keys = Keys::Locked;
                }
                if value & OPTSTRT != 0 {
                    self.work.erase(0, cycle);
                }
            }
            0x18 if self.optcr & OPTLOCK == 0 => self.optcr1 = value,
            _ => {}
        }
        Ok(FlashEffect::None)
    }

    /// A store that is not carried out sets an error flag that says why. Programming only turns ones into zeros.
    fn store(
        &mut self,
        _: &Memory,
        address: u32,
        bytes: u32,
        value: u32,
        cycle: u64,
    ) -> Result<FlashEffect, Refused> {
        let offset = address.wrapping_sub(self.base);
        let sector = self.sectors.iter().rposition(|s| s.offset <= offset);
        let error = if self.cr & (LOCK | PG) != PG || self.cr & (SER | MER | MER1) != 0 {
            ERSERR
        } else if self.is_protected(sector.unwrap_or(0)) {
            WRPERR
        } else if 1 << (self.cr >> 8 & 3) != bytes {
            PGPERR
        } else if offset % 16 + bytes > 16 {
            PGAERR
        } else {
            self.work.program(PROGRAM_CYCLES, cycle);
            self.tell_end();
            return Ok(FlashEffect::program_word(address, bytes, value));
        };
        Ok(self.fail(error))
    }

    fn reset(&mut self) {
        self.keys = Keys::Locked;
        self.option_keys = Keys::Locked;
        self.acr = 0;
        self.sr = 0;
        self.cr = LOCK;
        self.optcr |= OPTLOCK;
        self.work.stop();
    }

    fn wear(&self) -> FlashWear {
        self.work.wear
    }
}

#[cfg(test)]
#[path = "stm32_sectors_tests.rs"]
mod tests;
