//! Flash controllers: the state machine between a store to flash and the cells, one module per family.
//!
//! A controller decides; it does not hold the cells. It must not know the processor or the bus: it gets register
//! accesses and stores, and answers with what is to happen to the array.

mod stm32f7;

pub use stm32f7::{F7_KEYS, Stm32F7};

/// One erasable unit: offset from the start of flash and length, both in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sector {
    /// Offset from the start of flash, bytes.
    pub offset: u32,
    /// Length, bytes.
    pub bytes: u32,
}

/// What a register write does to the array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlashEffect {
    /// Nothing.
    None,
    /// These cells become all ones.
    Erase(Sector),
}

/// The access is answered with a bus error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

/// How often the array was changed since power-up; tests and reports read it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlashWear {
    /// Sector erases; a mass erase counts every sector.
    pub erases: u64,
    /// Stores that were programmed.
    pub programs: u64,
}
