//! What the controllers have in common: how long they are busy and what they have done, and the word that is collected
//! before it is programmed.

use super::{FlashEffect, FlashWear, LONGEST_WORD};

/// Cycles that an erase keeps a controller busy.
pub(super) const ERASE_CYCLES: u64 = 4096;

/// Until when a controller is busy, and what it has done since power-up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Work {
    busy_until: u64,
    pub(super) wear: FlashWear,
}

impl Work {
    pub(super) fn is_busy(&self, cycle: u64) -> bool {
        cycle < self.busy_until
    }

    /// An erase of so many sectors or pages begins.
    pub(super) fn erase(&mut self, units: u32, cycle: u64) {
        self.busy_until = cycle + ERASE_CYCLES;
        self.wear.erases += u64::from(units);
    }

    /// A programming operation of so many cycles begins.
    pub(super) fn program(&mut self, cycles: u64, cycle: u64) {
        self.busy_until = cycle + cycles;
        self.wear.programs += 1;
    }

    /// Nothing is under way any more; wear stays.
    pub(super) fn stop(&mut self) {
        self.busy_until = 0;
    }
}

/// The word that stores are collected in; what none of them filled keeps its ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct WriteBuffer {
    /// Address of the word's first byte, while something is in it.
    pub(super) address: u32,
    pub(super) data: [u8; LONGEST_WORD],
    /// Which bytes are filled, a bit for each.
    filled: u32,
}

impl WriteBuffer {
    pub(super) const EMPTY: Self = Self {
        address: 0,
        data: [0xFF; LONGEST_WORD],
        filled: 0,
    };

    pub(super) fn is_empty(&self) -> bool {
        self.filled == 0
    }

    /// Number of filled bytes.
    pub(super) fn len(&self) -> u32 {
        self.filled.count_ones()
    }

    /// Whether something is in the buffer that belongs to another word than this one.
    pub(super) fn is_elsewhere(&self, word: u32) -> bool {
        !self.is_empty() && self.address != word
    }

    /// Puts the low `bytes` of `value` at byte `first` of the word at `word`; `false` where one is filled already.
    pub(super) fn put(&mut self, word: u32, first: u32, bytes: u32, value: u32) -> bool {
        let mask = ((1 << bytes) - 1) << first;
        if self.filled & mask != 0 {
            return false;
        }
        self.address = word;
        self.filled |= mask;
        self.data[first as usize..(first + bytes) as usize]
            .copy_from_slice(&value.to_le_bytes()[..bytes as usize]);
        true
    }

    /// Empties the buffer; its first `length` bytes are to be programmed.
    pub(super) fn take(&mut self, length: u32) -> FlashEffect {
        let Self { address, data, .. } = std::mem::replace(self, Self::EMPTY);
        FlashEffect::Program {
            address,
            data,
            length,
        }
    }
}
