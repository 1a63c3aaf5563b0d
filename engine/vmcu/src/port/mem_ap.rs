//! A memory access port: memory behind CSW, TAR and the data registers.

use super::{BusError, DebugTarget};

const DEVICE_ENABLED: u32 = 1 << 6;
const CSW_WRITABLE: u32 = 0x7F00_0037;

/// State of the access port.
#[derive(Clone, Copy, Debug)]
pub struct MemAp {
    csw: u32,
    tar: u32,
}

impl Default for MemAp {
    fn default() -> Self {
        Self {
            csw: 0x2300_0002,
            tar: 0,
        }
    }
}

impl MemAp {
    /// Read a register by its 8-bit address.
    pub fn read(
        &mut self,
        target: &mut impl DebugTarget,
        port: u8,
        register: u8,
    ) -> Result<u32, BusError> {
        let enabled = target.is_enabled(port);
        Ok(match register {
            0x00 => self.csw | if enabled { DEVICE_ENABLED } else { 0 },
            0x04 => self.tar,
            0x0C..=0x1C if !enabled => return Err(BusError),
            0x0C => {
                let mut word = 0;
                for _ in 0..self.transfers() {
                    word |= target.debug_read(port, self.address(), self.bytes())? << self.lane();
                    self.advance();
                }
                word
            }
            0x10..=0x1C => target.debug_read(port, self.banked(register), 4)?,
            0xF8 => (target.layout().ports.get(usize::from(port))).map_or(0, |layout| layout.base),
            _ => 0, // CFG: little-endian, 32-bit addresses; the rest is reserved
        })
    }

    /// Write a register by its 8-bit address.
    pub fn write(
        &mut self,
        target: &mut impl DebugTarget,
        port: u8,
        register: u8,
        value: u32,
    ) -> Result<(), BusError> {
        match register {
            0x0C..=0x1C if !target.is_enabled(port) => return Err(BusError),
            0x00 => {
                self.csw = value & CSW_WRITABLE;
                if self.csw & 7 > 2 {
                    self.csw = self.csw & !7 | 2; // at most a word
                }
            }
            0x04 => self.tar = value,
            0x0C => {
                for _ in 0..self.transfers() {
                    let mask = u32::MAX >> (32 - 8 * self.bytes());
                    let lane = value >> self.lane() & mask;
                    target.debug_write(port, self.address(), self.bytes(), lane)?;
                    self.advance();
                }
            }
            0x10..=0x1C => target.debug_write(port, self.banked(register), 4, value)?,
            _ => {}
        }
        Ok(())
    }

    fn bytes(self) -> u32 {
        1 << (self.csw & 3)
    }

    /// Bus transfers of one DRW access: several only with packed increment.
    fn transfers(self) -> u32 {
        if self.csw >> 4 & 3 == 2 {
            4 / self.bytes()
        } else {
            1
        }
    }

    fn address(self) -> u32 {
        self.tar & !(self.bytes() - 1)
    }

    /// Bit position of the byte lane that the address uses.
    fn lane(self) -> u32 {
        8 * (self.address() & 3)
    }

    fn banked(self, register: u8) -> u32 {
        self.tar & !0xF | u32::from(register & 0xC)
    }

    /// The increment wraps within 1 KiB.
    fn advance(&mut self) {
        if self.csw >> 4 & 3 != 0 {
            self.tar = self.tar & !0x3FF | self.tar.wrapping_add(self.bytes()) & 0x3FF;
        }
    }
}
