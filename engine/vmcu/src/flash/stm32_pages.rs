//! The embedded flash of STM32L5 (words of 64 bits) and U5 (words of 128 bits): pages of one size in two banks, a
//! register file for non-secure code and one for secure code, of which TZEN = 0 leaves the first.
//!
//! After ST's reference manuals RM0438, chapter 6, and RM0456, chapter 7: keys, lock, page, bank and mass erase,
//! programming of whole words that are erased or become all zeros, write protection, error flags.

use super::{
    Controller, FlashEffect, FlashWear, Keys, Refused, ST_KEYS, ST_OPTION_KEYS, Work, WriteBuffer,
};
use crate::chip::{ChipSpec, Family};
use crate::memory::Memory;

// FLASH_NSSR
const EOP: u32 = 1;
const PROGERR: u32 = 1 << 3;
const WRPERR: u32 = 1 << 4;
const PGAERR: u32 = 1 << 5;
const SIZERR: u32 = 1 << 6;
const PGSERR: u32 = 1 << 7;
const BSY: u32 = 1 << 16;
/// A part of a word waits for the rest.
const WDW: u32 = 1 << 17;
const ERRORS: u32 = PROGERR | WRPERR | PGAERR | SIZERR | PGSERR | 1 << 1;
const CLEARABLE: u32 = EOP | ERRORS | 1 << 13;
// FLASH_NSCR
const PG: u32 = 1;
const PER: u32 = 1 << 1;
const MER1: u32 = 1 << 2;
const BKER: u32 = 1 << 11;
const MER2: u32 = 1 << 15;
const STRT: u32 = 1 << 16;
const OPTLOCK: u32 = 1 << 30;
const LOCK: u32 = 1 << 31;
const CR_WRITABLE: u32 = PG | PER | MER1 | 0xFF << 3 | BKER | 1 << 14 | MER2 | 0x3 << 24;

const OPTR: u32 = 0x40;
const OPTIONS: usize = 20;
const PROGRAM_CYCLES: u64 = 48;

/// State of the controller.
#[derive(Clone, Debug)]
pub struct StPages {
    base: u32,
    bank_bytes: u32,
    page_bytes: u32,
    word_bytes: u32,
    keys: Keys,
    option_keys: Keys,
    acr: u32,
    sr: u32,
    cr: u32,
    /// Option registers from OPTR on, in order.
    options: [u32; OPTIONS],
    buffer: WriteBuffer,
    work: Work,
}

impl StPages {
    /// As after power-up, option bytes as delivered: TrustZone off, two banks, nothing protected.
    pub fn new(chip: &ChipSpec) -> Self {
        let (base, bytes) = chip.flash();
        let u5 = chip.family == Family::Stm32U5;
        let mut options = [0; OPTIONS];
        options[0] = if u5 { 0x1FEF_F8AA } else { 0x7FEF_F8AA };
        for protection in [6, 7, 10, 11] {
            options[protection] = 0x0000_00FF; // WRP1A, WRP1B, WRP2A, WRP2B: ends before it begins
        }
        Self {
            base,
            bank_bytes: bytes / 2,
            page_bytes: if u5 { 8192 } else { 2048 },
            word_bytes: if u5 { 16 } else { 8 },
            keys: Keys::Locked,
            option_keys: Keys::Locked,
            acr: 0,
            sr: 0,
            cr: LOCK | OPTLOCK,
            options,
            buffer: WriteBuffer::EMPTY,
            work: Work::default(),
        }
    }

    /// Whether a page (counted within its bank) lies in one of the bank's two protected areas.
    fn is_protected(&self, bank: u32, page: u32) -> bool {
        let first = if bank == 0 { 6 } else { 10 };
        self.options[first..first + 2].iter().any(|area| {
            let (start, end) = (area & 0xFF, area >> 16 & 0xFF);
            (start..=end).contains(&page)
        })
    }

    fn fail(&mut self, flag: u32) -> FlashEffect {
        self.sr |= flag;
        self.buffer = WriteBuffer::EMPTY;
        FlashEffect::None
    }

    fn write_control(&mut self, value: u32, cycle: u64) -> FlashEffect {
        self.cr = self.cr & OPTLOCK | value & (CR_WRITABLE | OPTLOCK);
        if value & OPTLOCK != 0 {
            self.option_keys = Keys::Locked;
        }
        if value & LOCK != 0 {
            self.cr |= LOCK;
            self.keys = Keys::Locked;
        }
        if value & PG == 0 {
            self.buffer = WriteBuffer::EMPTY;
        }
        if value & STRT == 0 {
            return FlashEffect::None;
        }
        let pages = self.bank_bytes / self.page_bytes;
        let (bank, first, count) = match (value & PER != 0, value & MER1 != 0, value & MER2 != 0) {
            (true, false, false) => (u32::from(value & BKER != 0), value >> 3 & 0xFF, 1),
            (false, true, false) => (0, 0, pages),
            (false, false, true) => (1, 0, pages),
            (false, true, true) => (0, 0, 2 * pages),
            _ => return self.fail(PGSERR),
        };
        if count == 1 && first >= pages {
            return self.fail(PGSERR);
        }
        let protected =
            (first..first + count).any(|page| self.is_protected(bank + page / pages, page % pages));
        if protected {
            return self.fail(WRPERR);
        }
        self.sr |= EOP;
        self.work.erase(count, cycle);
        FlashEffect::Erase {
            address: self.base + bank * self.bank_bytes + first * self.page_bytes,
            bytes: count * self.page_bytes,
        }
    }
}

impl Controller for StPages {
    fn read(&self, offset: u32, cycle: u64) -> u32 {
        match offset {
            0x00 => self.acr,
            0x20 => {
                let busy = if self.work.is_busy(cycle) { BSY } else { 0 };
                self.sr | busy | if self.buffer.is_empty() { 0 } else { WDW }
            }
            0x28 => self.cr,
            0x2C => LOCK, // secure registers without TrustZone
            OPTR.. => *(self.options.get((offset - OPTR) as usize / 4)).unwrap_or(&0),
            _ => 0,
        }
    }

    fn write(&mut self, offset: u32, value: u32, cycle: u64) -> Result<FlashEffect, Refused> {
        match offset {
            0x00 => self.acr = value & 0x7F0F,
            0x08 => self.keys.offer(value, ST_KEYS, &mut self.cr, LOCK)?,
            0x10 => {
                let lock = if self.keys.is_open() { OPTLOCK } else { 0 };
                self.option_keys
                    .offer(value, ST_OPTION_KEYS, &mut self.cr, lock)?;
            }
            0x20 => self.sr &= !(value & CLEARABLE),
            0x28 if self.cr & LOCK == 0 => return Ok(self.write_control(value, cycle)),
            OPTR.. if self.cr & OPTLOCK == 0 => {
                if let Some(option) = self.options.get_mut((offset - OPTR) as usize / 4) {
                    *option = value;
                }
            }
            _ => {}
        }
        Ok(FlashEffect::None)
    }

    fn store(
        &mut self,
        memory: &Memory,
        address: u32,
        bytes: u32,
        value: u32,
        cycle: u64,
    ) -> Result<FlashEffect, Refused> {
        let offset = address.wrapping_sub(self.base);
        let word = address & !(self.word_bytes - 1);
        let (bank, page) = (
            offset / self.bank_bytes.max(1),
            offset % self.bank_bytes.max(1) / self.page_bytes,
        );
        if self.cr & (LOCK | PG) != PG || self.sr & ERRORS != 0 {
            return Ok(self.fail(PGSERR));
        }
        if self.is_protected(bank, page) {
            return Ok(self.fail(WRPERR));
        }
        if bytes != 4 {
            return Ok(self.fail(SIZERR));
        }
        let first = address - word;
        // Words come in ascending order from the first.
        if self.buffer.len() != first || self.buffer.is_elsewhere(word) {
            return Ok(self.fail(PGAERR));
        }
        self.buffer.put(word, first, 4, value);
        if self.buffer.len() < self.word_bytes {
            return Ok(FlashEffect::None);
        }
        let written = &self.buffer.data[..self.word_bytes as usize];
        let cells = memory.slice(word, self.word_bytes).ok_or(Refused)?;
        let erased = cells.iter().all(|&byte| byte == 0xFF);
        if !erased && written.iter().any(|&byte| byte != 0) {
            return Ok(self.fail(PROGERR));
        }
        self.sr |= EOP;
        self.work.program(PROGRAM_CYCLES, cycle);
        Ok(self.buffer.take(self.word_bytes))
    }

    fn reset(&mut self) {
        self.keys = Keys::Locked;
        self.option_keys = Keys::Locked;
        self.acr = 0;
        self.sr = 0;
        self.cr = LOCK | OPTLOCK;
        self.work.stop();
        self.buffer = WriteBuffer::EMPTY;
    }

    fn wear(&self) -> FlashWear {
        self.work.wear
    }
}

#[cfg(test)]
#[path = "stm32_pages_tests.rs"]
mod tests;
