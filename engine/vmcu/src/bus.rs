//! What the core sees beyond RAM and flash: the [`Bus`] trait that peripherals answer. It owns only the
//! vocabulary (sizes, faults, effects); devices and the system control registers live elsewhere.

use crate::cpu::Clock;
use crate::memory::Memory;

/// Width of one access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// One byte.
    Byte = 1,
    /// Two bytes.
    Half = 2,
    /// Four bytes.
    Word = 4,
}

impl Size {
    /// Width in bytes.
    pub const fn bytes(self) -> u32 {
        self as u32
    }

    /// `value` cut to this width.
    pub const fn truncate(self, value: u32) -> u32 {
        match self {
            Self::Byte => value & 0xff,
            Self::Half => value & 0xffff,
            Self::Word => value,
        }
    }
}

/// Nobody answered at that address, or the device refused the access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusFault;

impl std::fmt::Display for BusFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("bus fault")
    }
}

impl std::error::Error for BusFault {}

/// What a write asks of the core besides going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Continue,
    /// The system is to be reset; [`crate::Cpu::run`] returns [`crate::Stop::Reset`] after this instruction.
    Reset,
    /// The core is to halt; [`crate::Cpu::run`] returns [`crate::Stop::Halted`] after this instruction.
    Halt,
}

/// Everything that is neither RAM, flash (for reading) nor a system control register of the core.
///
/// Writes into a flash region arrive here too, so that a flash controller can accept or refuse them and
/// change the array through [`Memory::program`] and [`Memory::erase`]. A peripheral that interrupts sets the
/// line with [`crate::cpu::SystemControl::set_pending`] between two calls of `run`.
pub trait Bus {
    /// Read `size` at `address`, zero-extended.
    fn read(
        &mut self,
        memory: &mut Memory,
        clock: Clock,
        address: u32,
        size: Size,
    ) -> Result<u32, BusFault>;

    /// Write the low `size` of `value` at `address`.
    fn write(
        &mut self,
        memory: &mut Memory,
        clock: Clock,
        address: u32,
        size: Size,
        value: u32,
    ) -> Result<Effect, BusFault>;
}

/// A bus on which nobody answers.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPeripherals;

impl Bus for NoPeripherals {
    fn read(&mut self, _: &mut Memory, _: Clock, _: u32, _: Size) -> Result<u32, BusFault> {
        Err(BusFault)
    }

    fn write(
        &mut self,
        _: &mut Memory,
        _: Clock,
        _: u32,
        _: Size,
        _: u32,
    ) -> Result<Effect, BusFault> {
        Err(BusFault)
    }
}
