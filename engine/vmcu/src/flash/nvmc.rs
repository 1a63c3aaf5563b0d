//! The non-volatile memory controller of nRF52: pages of 4 KiB, words of 32 bits, and the user information page.
//!
//! After Nordic's nRF52840 product specification, chapter 4.3: write and erase enables, page, information page and
//! full erase. A store that is not enabled or not a whole word is a bus error.

use super::{Controller, FlashEffect, FlashWear, Refused, Work};
use crate::chip::ChipSpec;
use crate::memory::Memory;

/// Address of the user information configuration registers, a page of flash.
pub const UICR: u32 = 0x1000_1000;

const PAGE: u32 = 4096;
/// CONFIG: write enabled.
const WEN: u32 = 1;
/// CONFIG: erase enabled.
const EEN: u32 = 2;

const PROGRAM_CYCLES: u64 = 32;

/// State of the controller.
#[derive(Clone, Debug)]
pub struct Nvmc {
    base: u32,
    bytes: u32,
    config: u32,
    cache: u32,
    work: Work,
}

impl Nvmc {
    /// As after power-up: reading only.
    pub fn new(chip: &ChipSpec) -> Self {
        let (base, bytes) = chip.flash();
        Self {
            base,
            bytes,
            config: 0,
            cache: 0,
            work: Work::default(),
        }
    }

    /// Erase everything, as the control access port does without the processor.
    pub fn erase_all(&mut self) -> FlashEffect {
        self.work.wear.erases += u64::from(self.bytes / PAGE) + 1;
        FlashEffect::EraseAll
    }

    fn erase(&mut self, offset: u32, value: u32, cycle: u64) -> FlashEffect {
        if self.config & EEN == 0 {
            return FlashEffect::None;
        }
        self.work.erase(0, cycle);
        let page = match offset {
            0x50C if value & 1 != 0 => return self.erase_all(),
            0x514 if value & 1 != 0 => UICR,
            0x508 | 0x510 if value.wrapping_sub(self.base) < self.bytes => value & !(PAGE - 1),
            _ => return FlashEffect::None,
        };
        self.work.wear.erases += 1;
        FlashEffect::Erase {
            address: page,
            bytes: PAGE,
        }
    }
}

impl Controller for Nvmc {
    fn read(&self, offset: u32, cycle: u64) -> u32 {
        match offset {
            0x400 | 0x408 => u32::from(!self.work.is_busy(cycle)), // READY, READYNEXT
            0x504 => self.config,
            0x540 => self.cache,
            _ => 0,
        }
    }

    fn write(&mut self, offset: u32, value: u32, cycle: u64) -> Result<FlashEffect, Refused> {
        match offset {
            0x504 => self.config = value & 3,
            0x508..=0x514 => return Ok(self.erase(offset, value, cycle)),
            0x540 => self.cache = value & 0x101,
            _ => {}
        }
        Ok(FlashEffect::None)
    }

    fn store(
        &mut self,
        _: &Memory,
        address: u32,
        bytes: u32,
        value: u32,
        cycle: u64,
    ) -> Result<FlashEffect, Refused> {
        if bytes != 4 || self.config & WEN == 0 {
            return Err(Refused);
        }
        self.work.program(PROGRAM_CYCLES, cycle);
        Ok(FlashEffect::program_word(address, 4, value))
    }

    fn reset(&mut self) {
        self.config = 0;
        self.cache = 0;
        self.work.stop();
    }

    fn wear(&self) -> FlashWear {
        self.work.wear
    }
}

#[cfg(test)]
#[path = "nvmc_tests.rs"]
mod tests;
