//! RAM, which data and instructions may see at different addresses, and the peripherals' registers as plain storage.

use crate::bus::{BusFault, Size};
use std::collections::BTreeMap;
use std::ops::Range;

/// A RAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ram {
    /// Address for data.
    pub base: u32,
    /// Address for instructions; the same, where there is one bus.
    pub instructions: u32,
    /// Size.
    pub bytes: u32,
}

/// What the hart and the debugger's system bus reach.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    rams: Vec<(Ram, Vec<u8>)>,
    /// Addresses of the peripherals.
    pub peripherals: Range<u32>,
    registers: BTreeMap<u32, u32>,
    /// Words of the mask ROM that are known, by address.
    pub rom: BTreeMap<u32, u32>,
    /// A register, and the bit of it that resets the chip.
    pub reset_bit: Option<(u32, u32)>,
    /// That bit was written.
    pub reset_requested: bool,
}

fn part(cells: &[u8], at: usize, size: Size) -> u32 {
    match size {
        Size::Byte => u32::from(cells[at]),
        Size::Half => u32::from(u16::from_le_bytes([cells[at], cells[at + 1]])),
        Size::Word => u32::from_le_bytes([cells[at], cells[at + 1], cells[at + 2], cells[at + 3]]),
    }
}

impl Memory {
    /// With these RAMs, all bytes 0, and peripherals at these addresses.
    pub fn new(rams: &[Ram], peripherals: Range<u32>) -> Self {
        Self {
            rams: (rams.iter())
                .map(|ram| (*ram, vec![0; ram.bytes as usize]))
                .collect(),
            peripherals,
            ..Self::default()
        }
    }

    /// The peripherals forget; RAM does not.
    pub fn reset(&mut self) {
        self.registers.clear();
        self.reset_requested = false;
    }

    /// The cells of an aligned access that lie in RAM: by its address for data, or for instructions.
    #[inline(always)]
    fn ram(&self, address: u32, bytes: u32) -> Option<(usize, usize)> {
        self.rams.iter().enumerate().find_map(|(index, (ram, _))| {
            let at = address.wrapping_sub(ram.base);
            let at = if at < ram.bytes {
                at
            } else {
                address.wrapping_sub(ram.instructions)
            };
            (at < ram.bytes && ram.bytes - at >= bytes).then_some((index, at as usize))
        })
    }

    /// Two bytes of an instruction; only from the address for instructions.
    #[inline(always)]
    pub fn fetch(&self, address: u32) -> Result<u16, BusFault> {
        for (ram, cells) in &self.rams {
            let at = address.wrapping_sub(ram.instructions);
            if at < ram.bytes {
                let at = at as usize;
                let pair = cells.get(at..at + 2).ok_or(BusFault)?;
                return Ok(u16::from_le_bytes([pair[0], pair[1]]));
            }
        }
        Err(BusFault)
    }

    /// Reads at an aligned address.
    #[inline(always)]
    pub fn read(&self, address: u32, size: Size) -> Result<u32, BusFault> {
        if let Some((index, at)) = self.ram(address, size.bytes()) {
            return Ok(part(&self.rams[index].1, at, size));
        }
        self.read_elsewhere(address, size)
    }

    #[cold]
    fn read_elsewhere(&self, address: u32, size: Size) -> Result<u32, BusFault> {
        let word = address & !3;
        let value = if let Some(value) = self.rom.get(&word) {
            *value
        } else if self.peripherals.contains(&address) {
            self.registers.get(&word).copied().unwrap_or(0)
        } else {
            return Err(BusFault);
        };
        Ok(size.truncate(value >> (8 * (address & 3))))
    }

    /// Writes at an aligned address.
    #[inline(always)]
    pub fn write(&mut self, address: u32, size: Size, value: u32) -> Result<(), BusFault> {
        let Some((index, at)) = self.ram(address, size.bytes()) else {
            return self.write_elsewhere(address, size, value);
        };
        let cells = &mut self.rams[index].1[at..];
        match size {
            Size::Byte => cells[0] = value as u8,
            Size::Half => cells[..2].copy_from_slice(&(value as u16).to_le_bytes()),
            Size::Word => cells[..4].copy_from_slice(&value.to_le_bytes()),
        }
        Ok(())
    }

    #[cold]
    fn write_elsewhere(&mut self, address: u32, size: Size, value: u32) -> Result<(), BusFault> {
        if !self.peripherals.contains(&address) {
            return Err(BusFault);
        }
        let shift = 8 * (address & 3);
        let mask = size.truncate(u32::MAX) << shift;
        let word = self.registers.entry(address & !3).or_insert(0);
        *word = *word & !mask | value << shift & mask;
        self.reset_requested |= (self.reset_bit)
            .is_some_and(|(register, bit)| register == address & !3 && *word & bit != 0);
        Ok(())
    }

    /// Puts bytes into RAM; whether all of them lie there.
    pub fn load(&mut self, address: u32, bytes: &[u8]) -> bool {
        let Ok(count) = u32::try_from(bytes.len()) else {
            return false;
        };
        let Some((index, at)) = self.ram(address, count) else {
            return false;
        };
        self.rams[index].1[at..at + bytes.len()].copy_from_slice(bytes);
        true
    }

    /// Bytes of RAM.
    pub fn bytes(&self, address: u32, count: u32) -> Option<&[u8]> {
        let (index, at) = self.ram(address, count)?;
        Some(&self.rams[index].1[at..at + count as usize])
    }
}
