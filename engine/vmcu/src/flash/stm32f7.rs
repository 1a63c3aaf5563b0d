//! The embedded flash interface of STM32F74x/75x: single bank of 1 MiB, eight sectors.
//!
//! After ST's reference manual RM0385, chapter 3: keys, lock, sector and mass erase, programming with PG and PSIZE,
//! write protection, error flags. Busy times are far shorter than on silicon; what is kept is that BSY is seen set.

use super::{FlashEffect, FlashWear, Refused, Sector};

/// Unlock keys of `FLASH_KEYR`, in order.
pub const F7_KEYS: [u32; 2] = [0x4567_0123, 0xCDEF_89AB];
const OPTION_KEYS: [u32; 2] = [0x0819_2A3B, 0x4C5D_6E7F];

const SECTORS: [Sector; 8] = {
    const K: u32 = 1024;
    const fn sector(offset: u32, bytes: u32) -> Sector {
        Sector {
            offset: offset * K,
            bytes: bytes * K,
        }
    }
    [
        sector(0, 32),
        sector(32, 32),
        sector(64, 32),
        sector(96, 32),
        sector(128, 128),
        sector(256, 256),
        sector(512, 256),
        sector(768, 256),
    ]
};

// FLASH_SR
const OPERR: u32 = 1 << 1;
const WRPERR: u32 = 1 << 4;
const PGAERR: u32 = 1 << 5;
const PGPERR: u32 = 1 << 6;
const ERSERR: u32 = 1 << 7;
const EOP: u32 = 1;
const BSY: u32 = 1 << 16;
const CLEARABLE: u32 = EOP | OPERR | WRPERR | PGAERR | PGPERR | ERSERR;
// FLASH_CR
const PG: u32 = 1;
const SER: u32 = 1 << 1;
const MER: u32 = 1 << 2;
const STRT: u32 = 1 << 16;
const EOPIE: u32 = 1 << 24;
const ERRIE: u32 = 1 << 25;
const LOCK: u32 = 1 << 31;
const CR_WRITABLE: u32 = PG | SER | MER | 0xF << 3 | 0x3 << 8 | EOPIE | ERRIE;
// FLASH_OPTCR
const OPTLOCK: u32 = 1;
const OPTSTRT: u32 = 1 << 1;

const PROGRAM_CYCLES: u64 = 32;
const ERASE_CYCLES: u64 = 4096;

/// Progress through a pair of unlock keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keys {
    Locked,
    HalfOpen,
    Open,
    /// A wrong key: shut until the next reset.
    Jammed,
}

impl Keys {
    fn offer(self, key: u32, pair: [u32; 2]) -> Result<Self, Refused> {
        match (self, key) {
            (Self::Locked, k) if k == pair[0] => Ok(Self::HalfOpen),
            (Self::HalfOpen, k) if k == pair[1] => Ok(Self::Open),
            (Self::Open, _) => Ok(Self::Open),
            _ => Err(Refused),
        }
    }
}

/// State of the controller. Registers are word registers at [`Stm32F7::BASE`].
#[derive(Clone, Debug)]
pub struct Stm32F7 {
    keys: Keys,
    option_keys: Keys,
    acr: u32,
    sr: u32,
    cr: u32,
    optcr: u32,
    optcr1: u32,
    busy_until: u64,
    /// Changes of the array since power-up.
    pub wear: FlashWear,
}

impl Default for Stm32F7 {
    fn default() -> Self {
        Self {
            keys: Keys::Locked,
            option_keys: Keys::Locked,
            acr: 0,
            sr: 0,
            cr: LOCK,
            optcr: 0xC0FF_AAFD,
            optcr1: 0x0040_0080,
            busy_until: 0,
            wear: FlashWear::default(),
        }
    }
}

impl Stm32F7 {
    /// Address of the first register.
    pub const BASE: u32 = 0x4002_3C00;

    /// The sector table, ascending.
    pub fn sectors() -> &'static [Sector] {
        &SECTORS
    }

    /// System reset: locks again; option bytes and wear stay.
    pub fn reset(&mut self) {
        *self = Self {
            optcr: self.optcr | OPTLOCK,
            optcr1: self.optcr1,
            wear: self.wear,
            ..Self::default()
        };
    }

    /// Value of the register at byte `offset` from [`Self::BASE`] at a core cycle.
    pub fn read(&self, offset: u32, cycle: u64) -> u32 {
        match offset {
            0x00 => self.acr,
            0x0C => self.sr | if cycle < self.busy_until { BSY } else { 0 },
            0x10 => self.cr,
            0x14 => self.optcr,
            0x18 => self.optcr1,
            _ => 0,
        }
    }

    /// Write the register at byte `offset`. A wrong key is a bus error and jams the lock until reset.
    pub fn write(&mut self, offset: u32, value: u32, cycle: u64) -> Result<FlashEffect, Refused> {
        match offset {
            0x00 => self.acr = value & 0x0B0F,
            0x04 => {
                self.keys = self.keys.offer(value, F7_KEYS).inspect_err(|_| {
                    self.keys = Keys::Jammed;
                })?;
                if self.keys == Keys::Open {
                    self.cr &= !LOCK;
                }
            }
            0x08 => {
                self.option_keys =
                    self.option_keys
                        .offer(value, OPTION_KEYS)
                        .inspect_err(|_| {
                            self.option_keys = Keys::Jammed;
                        })?;
                if self.option_keys == Keys::Open {
                    self.optcr &= !OPTLOCK;
                }
            }
            0x0C => self.sr &= !(value & CLEARABLE),
            0x10 if self.cr & LOCK == 0 => return Ok(self.write_control(value, cycle)),
            0x14 if self.optcr & OPTLOCK == 0 => {
                self.optcr = value & !OPTSTRT;
                if value & OPTLOCK != 0 {
                    self.option_keys = Keys::Locked;
                }
                if value & OPTSTRT != 0 {
                    self.busy_until = cycle + ERASE_CYCLES;
                }
            }
            0x18 if self.optcr & OPTLOCK == 0 => self.optcr1 = value,
            _ => {}
        }
        Ok(FlashEffect::None)
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
        let not_protected = self.optcr >> 16 & 0xFF;
        let sector = match (value & SER != 0, value & MER != 0) {
            (true, false) => {
                let number = value >> 3 & 0xF;
                let Some(sector) = SECTORS.get(number as usize) else {
                    return self.fail(ERSERR);
                };
                if not_protected >> number & 1 == 0 {
                    return self.fail(WRPERR);
                }
                self.wear.erases += 1;
                *sector
            }
            (false, true) => {
                if not_protected != 0xFF {
                    return self.fail(WRPERR);
                }
                self.wear.erases += SECTORS.len() as u64;
                Sector {
                    offset: 0,
                    bytes: SECTORS.iter().map(|s| s.bytes).sum(),
                }
            }
            _ => return self.fail(ERSERR),
        };
        self.finish(cycle + ERASE_CYCLES);
        FlashEffect::Erase(sector)
    }

    /// A store of `bytes` (1, 2, 4) at `offset` into flash whose cells hold `old`; the cells' new value, or `None`
    /// when the store is not carried out and an error flag says why. Programming only turns ones into zeros.
    pub fn program(
        &mut self,
        offset: u32,
        bytes: u32,
        old: u32,
        value: u32,
        cycle: u64,
    ) -> Option<u32> {
        let sector = SECTORS
            .iter()
            .rposition(|s| s.offset <= offset)
            .unwrap_or(0);
        let error = if self.cr & (LOCK | PG) != PG || self.cr & (SER | MER) != 0 {
            ERSERR
        } else if self.optcr >> (16 + sector) & 1 == 0 {
            WRPERR
        } else if 1 << (self.cr >> 8 & 3) != bytes {
            PGPERR
        } else if offset % 16 + bytes > 16 {
            PGAERR
        } else {
            self.wear.programs += 1;
            self.finish(cycle + PROGRAM_CYCLES);
            return Some(old & value);
        };
        self.fail(error);
        None
    }

    fn finish(&mut self, busy_until: u64) {
        self.busy_until = busy_until;
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

#[cfg(test)]
#[path = "stm32f7_tests.rs"]
mod tests;
