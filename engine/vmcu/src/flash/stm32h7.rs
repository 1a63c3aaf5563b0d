//! The embedded flash of STM32H742, H743, H750 and H753: two banks, each with its own registers, programmed in words
//! of 256 bits with a code that detects and corrects errors.
//!
//! After ST's reference manual RM0433, chapter 4: keys, lock, sector, bank and mass erase, the write buffer with
//! forced write, write protection, error flags. A flash word that is programmed twice loses its check code; silicon
//! says so (DBECCERR) when the word is read, this model when it is programmed.

use super::{
    Controller, FlashEffect, FlashWear, Keys, LONGEST_WORD, Refused, ST_KEYS, ST_OPTION_KEYS, Work,
    WriteBuffer,
};
use crate::chip::ChipSpec;
use crate::memory::Memory;

// FLASH_CR
const LOCK: u32 = 1;
const PG: u32 = 1 << 1;
const SER: u32 = 1 << 2;
const BER: u32 = 1 << 3;
const FW: u32 = 1 << 6;
const START: u32 = 1 << 7;
/// Programming, erase selections, parallelism, sector number, CRC enable and the interrupt enables.
const CR_WRITABLE: u32 = PG | SER | BER | 0x3 << 4 | 0x7 << 8 | 1 << 15 | 0x0FEF_0000;
// FLASH_SR
const BSY: u32 = 1;
const WBNE: u32 = 1 << 1;
const QW: u32 = 1 << 2;
const EOP: u32 = 1 << 16;
const WRPERR: u32 = 1 << 17;
const PGSERR: u32 = 1 << 18;
const STRBERR: u32 = 1 << 19;
const INCERR: u32 = 1 << 21;
const DBECCERR: u32 = 1 << 26;
const CLEARABLE: u32 = 0x0FEF_0000;
// FLASH_OPTCR
const OPTLOCK: u32 = 1;
const OPT_MER: u32 = 1 << 4;

const WORD: u32 = LONGEST_WORD as u32;
/// Distance of the banks' addresses.
const BANK: u32 = 1 << 20;
const SECTOR: u32 = 128 * 1024;
const PROGRAM_CYCLES: u64 = 64;

/// Registers of one bank, and the flash word that is being collected.
#[derive(Clone, Copy, Debug)]
struct Bank {
    /// Flash in this bank, bytes.
    bytes: u32,
    keys: Keys,
    cr: u32,
    sr: u32,
    /// `FLASH_WPSN`: a one leaves the sector writable.
    writable: u32,
    work: Work,
    buffer: WriteBuffer,
}

impl Bank {
    fn new(bytes: u32) -> Self {
        Self {
            bytes,
            keys: Keys::Locked,
            cr: LOCK,
            sr: 0,
            writable: 0xFF,
            work: Work::default(),
            buffer: WriteBuffer::EMPTY,
        }
    }

    fn reset(&mut self) {
        self.work.stop();
        *self = Self {
            writable: self.writable,
            work: self.work,
            ..Self::new(self.bytes)
        };
    }

    fn erase(&mut self, bytes: u32, cycle: u64) {
        self.sr |= EOP;
        self.work.erase(bytes / SECTOR, cycle);
    }

    fn fail(&mut self, flag: u32) -> FlashEffect {
        self.sr |= flag;
        FlashEffect::None
    }

    /// Program what the buffer holds; what it does not hold keeps its ones.
    fn commit(&mut self, cycle: u64) -> FlashEffect {
        self.sr |= EOP;
        self.work.program(PROGRAM_CYCLES, cycle);
        self.buffer.take(WORD)
    }
}

/// State of the controller.
#[derive(Clone, Debug)]
pub struct Stm32H7 {
    base: u32,
    banks: [Bank; 2],
    acr: u32,
    option_keys: Keys,
    optcr: u32,
}

impl Stm32H7 {
    /// As after power-up, option bytes as delivered.
    pub fn new(chip: &ChipSpec) -> Self {
        let (base, _) = chip.flash();
        let in_bank = |bank: u32| {
            (chip.sectors.iter())
                .filter(|sector| sector.offset / BANK == bank)
                .map(|sector| sector.bytes)
                .sum()
        };
        Self {
            base,
            banks: [Bank::new(in_bank(0)), Bank::new(in_bank(1))],
            acr: 0x37,
            option_keys: Keys::Locked,
            optcr: OPTLOCK,
        }
    }

    fn write_control(&mut self, number: usize, value: u32, cycle: u64) -> FlashEffect {
        let base = self.base + number as u32 * BANK;
        let bank = &mut self.banks[number];
        if bank.cr & LOCK != 0 {
            return FlashEffect::None;
        }
        bank.cr = value & CR_WRITABLE;
        if value & LOCK != 0 {
            bank.cr |= LOCK;
            bank.keys = Keys::Locked;
        }
        if value & PG == 0 {
            bank.buffer = WriteBuffer::EMPTY;
        }
        if value & FW != 0 && !bank.buffer.is_empty() {
            return bank.commit(cycle);
        }
        if value & START == 0 {
            return FlashEffect::None;
        }
        let (offset, bytes) = if value & BER != 0 {
            (0, bank.bytes)
        } else if value & SER != 0 {
            ((value >> 8 & 7) * SECTOR, SECTOR)
        } else {
            return bank.fail(PGSERR);
        };
        if bytes == 0 || offset + bytes > bank.bytes {
            return bank.fail(PGSERR);
        }
        let sectors = ((1 << (bytes / SECTOR)) - 1) << (offset / SECTOR);
        if bank.writable & sectors != sectors {
            return bank.fail(WRPERR);
        }
        bank.erase(bytes, cycle);
        FlashEffect::Erase {
            address: base + offset,
            bytes,
        }
    }

    fn mass_erase(&mut self, cycle: u64) -> FlashEffect {
        for bank in &mut self.banks {
            if bank.cr & LOCK != 0 {
                return bank.fail(PGSERR);
            }
        }
        for bank in &mut self.banks {
            bank.erase(bank.bytes, cycle);
        }
        FlashEffect::EraseAll
    }
}

impl Controller for Stm32H7 {
    fn read(&self, offset: u32, cycle: u64) -> u32 {
        let bank = &self.banks[(offset >> 8 & 1) as usize];
        match (offset, offset & 0xFF) {
            (0x18 | 0x118, _) => self.optcr,
            (0x1C | 0x20 | 0x11C | 0x120, _) => 0x1086_AAF0, // OPTSR as delivered
            (0x40 | 0x44 | 0x140 | 0x144, _) => 0x1FF0_0800, // BOOT: flash, then system memory
            (_, 0x00) => self.acr,
            (_, 0x0C) => bank.cr,
            (_, 0x10) => {
                let busy = if bank.work.is_busy(cycle) {
                    BSY | QW
                } else {
                    0
                };
                bank.sr | busy | if bank.buffer.is_empty() { 0 } else { WBNE }
            }
            (_, 0x38 | 0x3C) => bank.writable,
            _ => 0,
        }
    }

    fn write(&mut self, offset: u32, value: u32, cycle: u64) -> Result<FlashEffect, Refused> {
        let number = (offset >> 8 & 1) as usize;
        let bank = &mut self.banks[number];
        match offset & 0xFF {
            _ if offset >= 0x200 => {}
            0x00 => self.acr = value & 0x3F,
            0x04 => bank.keys.offer(value, ST_KEYS, &mut bank.cr, LOCK)?,
            0x08 => self
                .option_keys
                .offer(value, ST_OPTION_KEYS, &mut self.optcr, OPTLOCK)?,
            0x0C => return Ok(self.write_control(number, value, cycle)),
            0x14 => bank.sr &= !(value & CLEARABLE),
            0x18 if self.optcr & OPTLOCK == 0 => {
                self.optcr = value & (OPTLOCK | 1 << 30 | 1 << 31);
                if value & OPTLOCK != 0 {
                    self.option_keys = Keys::Locked;
                }
                if value & OPT_MER != 0 {
                    return Ok(self.mass_erase(cycle));
                }
            }
            0x3C if self.optcr & OPTLOCK == 0 => bank.writable = value & 0xFF,
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
        let bank = self
            .banks
            .get_mut((offset / BANK) as usize)
            .ok_or(Refused)?;
        if bank.cr & (LOCK | PG) != PG {
            return Ok(bank.fail(PGSERR));
        }
        if bank.writable >> (offset % BANK / SECTOR) & 1 == 0 {
            return Ok(bank.fail(WRPERR));
        }
        let word = address & !(WORD - 1);
        if bank.buffer.is_elsewhere(word) {
            bank.buffer = WriteBuffer::EMPTY;
            return Ok(bank.fail(INCERR));
        }
        if !bank.buffer.put(word, address - word, bytes, value) {
            bank.buffer = WriteBuffer::EMPTY;
            return Ok(bank.fail(STRBERR));
        }
        if bank.buffer.len() < WORD {
            return Ok(FlashEffect::None);
        }
        let old = memory.slice(word, WORD).unwrap_or(&[]);
        if old.iter().any(|&byte| byte != 0xFF) && old != bank.buffer.data {
            bank.sr |= DBECCERR;
        }
        Ok(bank.commit(cycle))
    }

    fn reset(&mut self) {
        for bank in &mut self.banks {
            bank.reset();
        }
        self.acr = 0x37;
        self.option_keys = Keys::Locked;
        self.optcr |= OPTLOCK;
    }

    fn wear(&self) -> FlashWear {
        let [a, b] = self.banks.map(|bank| bank.work.wear);
        FlashWear {
            erases: a.erases + b.erases,
            programs: a.programs + b.programs,
        }
    }
}

#[cfg(test)]
#[path = "stm32h7_tests.rs"]
mod tests;
