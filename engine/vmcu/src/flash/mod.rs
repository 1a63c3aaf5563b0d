//! Flash controllers: the state machine between a store to flash and the cells, one module per kind.
//!
//! A controller decides; it does not hold the cells. It must not know the processor or the bus: it gets register
//! accesses and stores, and answers with what is to happen to the array. Busy times are far shorter than on silicon;
//! what is kept is that a program sees the controller busy.

mod keys;
mod nvmc;
mod stm32_pages;
mod stm32_sectors;
mod stm32h7;
mod work;

pub use keys::{Keys, ST_KEYS, ST_OPTION_KEYS};
pub use nvmc::{Nvmc, UICR};
pub use stm32_pages::StPages;
pub use stm32_sectors::StSectors;
pub use stm32h7::Stm32H7;

use work::{Work, WriteBuffer};

use crate::chip::{ChipSpec, Family};
use crate::memory::Memory;

/// One erasable unit: offset from the start of flash and length, both in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sector {
    /// Offset from the start of flash, bytes.
    pub offset: u32,
    /// Length, bytes.
    pub bytes: u32,
}

/// Longest stretch that one programming operation writes, bytes.
pub const LONGEST_WORD: usize = 32;

/// What a register write or a store does to the array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlashEffect {
    /// Nothing.
    None,
    /// These cells become all ones.
    Erase {
        /// First address.
        address: u32,
        /// Length, bytes.
        bytes: u32,
    },
    /// All flash, information pages included, becomes all ones.
    EraseAll,
    /// Zeros of `data` become zeros of the cells.
    Program {
        /// First address.
        address: u32,
        /// The bytes, as many as `length` says.
        data: [u8; LONGEST_WORD],
        /// Number of bytes.
        length: u32,
    },
}

impl FlashEffect {
    /// Program the low `bytes` of a word.
    fn program_word(address: u32, bytes: u32, value: u32) -> Self {
        let mut data = [0xFF; LONGEST_WORD];
        data[..4].copy_from_slice(&value.to_le_bytes());
        Self::Program {
            address,
            data,
            length: bytes,
        }
    }
}

/// The access is answered with a bus error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

/// How often the array was changed since power-up; tests and reports read it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlashWear {
    /// Sectors or pages erased; a mass erase counts every one.
    pub erases: u64,
    /// Programming operations: words of the size that the controller programs at once.
    pub programs: u64,
}

/// A flash controller on the bus.
pub trait Controller {
    /// Value of the register at byte `offset` from the first at a core cycle.
    fn read(&self, offset: u32, cycle: u64) -> u32;
    /// Write the register at byte `offset`.
    fn write(&mut self, offset: u32, value: u32, cycle: u64) -> Result<FlashEffect, Refused>;
    /// A store of `bytes` (1, 2, 4) at `address` into flash. `memory` is to look at the cells.
    fn store(
        &mut self,
        memory: &Memory,
        address: u32,
        bytes: u32,
        value: u32,
        cycle: u64,
    ) -> Result<FlashEffect, Refused>;
    /// System reset: locks again; option bytes and wear stay.
    fn reset(&mut self);
    /// Changes of the array since power-up.
    fn wear(&self) -> FlashWear;
}

/// The controller of a chip.
#[derive(Clone, Debug)]
pub enum Flash {
    /// STM32F4 and F7.
    Sectors(StSectors),
    /// STM32H7.
    H7(Stm32H7),
    /// STM32L5 and U5.
    Pages(StPages),
    /// nRF52.
    Nvmc(Nvmc),
}

impl Flash {
    /// The controller of this chip, as after power-up with option bytes as delivered.
    pub fn new(chip: &ChipSpec) -> Self {
        match chip.family {
            Family::Stm32F4 | Family::Stm32F7 => Self::Sectors(StSectors::new(chip)),
            Family::Stm32H7 => Self::H7(Stm32H7::new(chip)),
            Family::Stm32L5 | Family::Stm32U5 => Self::Pages(StPages::new(chip)),
            Family::Nrf52 => Self::Nvmc(Nvmc::new(chip)),
        }
    }

    /// Address of the first register, and how many bytes of registers there are.
    pub fn registers(&self) -> (u32, u32) {
        match self {
            Self::Sectors(_) => (0x4002_3C00, 0x400),
            Self::H7(_) => (0x5200_2000, 0x1000),
            Self::Pages(_) => (0x4002_2000, 0x400),
            Self::Nvmc(_) => (0x4001_E000, 0x1000),
        }
    }

    /// Behind the differences.
    pub fn controller(&self) -> &dyn Controller {
        match self {
            Self::Sectors(it) => it,
            Self::H7(it) => it,
            Self::Pages(it) => it,
            Self::Nvmc(it) => it,
        }
    }

    /// Behind the differences.
    pub fn controller_mut(&mut self) -> &mut dyn Controller {
        match self {
            Self::Sectors(it) => it,
            Self::H7(it) => it,
            Self::Pages(it) => it,
            Self::Nvmc(it) => it,
        }
    }
}
