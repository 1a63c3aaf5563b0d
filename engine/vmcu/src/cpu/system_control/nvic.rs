//! Pending, active and enabled exceptions and their priorities.

use super::{SCR_SEVONPEND, SystemControl};
use crate::bus::Size;

/// One bit for each exception number.
type Set = [u32; 8];

impl SystemControl {
    /// Make exception `number` pending (16 and up are interrupts; lines that the core does not have are ignored).
    pub fn set_pending(&mut self, number: u16) {
        if number >= 16 + self.config.interrupts.min(240) {
            return;
        }
        if !bit(&self.pending, number) && self.scr & SCR_SEVONPEND != 0 {
            self.event = true;
        }
        set_bit(&mut self.pending, number, true);
        self.next_event = 0;
    }

    pub(crate) fn clear_pending(&mut self, number: u16) {
        set_bit(&mut self.pending, number, false);
    }

    pub(crate) fn is_pending(&self, number: u16) -> bool {
        bit(&self.pending, number)
    }

    pub(crate) fn is_active(&self, number: u16) -> bool {
        bit(&self.active, number)
    }

    pub(crate) fn set_active(&mut self, number: u16, active: bool) {
        set_bit(&mut self.active, number, active);
        self.next_event = 0;
    }

    /// How many exceptions are active.
    pub(crate) fn active_count(&self) -> u32 {
        self.active.iter().map(|word| word.count_ones()).sum()
    }

    /// Whether exceptions other than the one that runs are active.
    pub(super) fn is_nested(&self) -> bool {
        numbers(&self.active).any(|number| number != self.executing)
    }

    /// Priority of an exception, the group part only where `group` is set; lower goes first.
    pub(crate) fn priority(&self, number: u16, group: bool) -> i16 {
        let priority = match number {
            1 => return -3,
            2 => return -2,
            3 => return -1,
            4..=15 => self.system_priorities[usize::from(number - 4)],
            _ => self
                .priorities
                .get(usize::from(number.wrapping_sub(16)))
                .copied()
                .unwrap_or(0),
        };
        i16::from(if group {
            self.group_priority(priority)
        } else {
            priority
        })
    }

    /// The part of a priority that decides about preemption, as AIRCR.PRIGROUP splits it.
    pub(crate) fn group_priority(&self, priority: u8) -> u8 {
        let sub = (2u16 << self.priority_group) - 1;
        priority & !(sub as u8)
    }

    /// The least group priority of all active exceptions; 256 in thread mode.
    pub(crate) fn active_priority(&self) -> i16 {
        numbers(&self.active)
            .map(|number| self.priority(number, true))
            .min()
            .unwrap_or(256)
    }

    /// Whether SHCSR enables a fault, or NVIC an interrupt; the others always are.
    pub(crate) fn is_enabled(&self, number: u16) -> bool {
        match number {
            4..=6 => self.shcsr >> (12 + number) & 1 != 0,
            0..=15 => true,
            _ => bit(&self.enabled, number - 16),
        }
    }

    /// The pending, enabled exception that goes first.
    pub(crate) fn first_pending(&self) -> Option<u16> {
        self.first_pending_below(256)
    }

    /// The same, among numbers below `limit`.
    pub(crate) fn first_pending_below(&self, limit: u16) -> Option<u16> {
        numbers(&self.pending)
            .filter(|number| *number < limit && self.is_enabled(*number))
            .min_by_key(|number| (self.priority(*number, false), *number))
    }

    /// The lines of word `word` that the core has.
    pub(super) fn implemented_lines(&self, word: usize) -> u32 {
        let lines = u32::from(self.config.interrupts.min(240)).saturating_sub(32 * word as u32);
        1u32.checked_shl(lines).map_or(u32::MAX, |bit| bit - 1)
    }

    /// Set or clear the pending bits of 32 interrupts.
    pub(super) fn change_pending(&mut self, word: usize, value: u32, pending: bool) {
        for line in (0..32).filter(|line| value & 1 << line != 0) {
            let number = 16 + 32 * word as u16 + line;
            if pending {
                self.set_pending(number);
            } else {
                self.clear_pending(number);
            }
        }
    }

    /// Write priorities of interrupts.
    pub(super) fn write_priorities(&mut self, index: u32, size: Size, value: u32) {
        let mask = self.priority_mask();
        let lines = usize::from(self.config.interrupts.min(240));
        for k in 0..size.bytes() {
            let index = (index + k) as usize;
            if index < lines
                && let Some(byte) = self.priorities.get_mut(index)
            {
                *byte = (value >> (8 * k)) as u8 & mask;
            }
        }
    }

    /// Write priorities of system handlers; those of exceptions that do not exist stay zero.
    pub(super) fn write_system_priorities(&mut self, index: u32, size: Size, value: u32) {
        let mask = self.priority_mask();
        for k in 0..size.bytes() {
            let index = (index + k) as usize;
            // MemManage, BusFault, UsageFault, SVCall, DebugMonitor, PendSV, SysTick.
            if matches!(index, 0..=2 | 7 | 8 | 10 | 11)
                && let Some(byte) = self.system_priorities.get_mut(index)
            {
                *byte = (value >> (8 * k)) as u8 & mask;
            }
        }
    }

    /// Pending interrupts, not system exceptions, enabled or not.
    pub(super) fn is_interrupt_pending(&self) -> bool {
        self.pending[0] >> 16 != 0 || self.pending[1..].iter().any(|word| *word != 0)
    }
}

pub(super) fn bit(set: &Set, number: u16) -> bool {
    set.get(usize::from(number / 32))
        .is_some_and(|word| word >> (number % 32) & 1 != 0)
}

pub(super) fn set_bit(set: &mut Set, number: u16, value: bool) {
    if let Some(word) = set.get_mut(usize::from(number / 32)) {
        let mask = 1 << (number % 32);
        *word = if value { *word | mask } else { *word & !mask };
    }
}

fn numbers(set: &Set) -> impl Iterator<Item = u16> + '_ {
    (0..8u16).flat_map(move |word| {
        let mut bits = set[usize::from(word)];
        std::iter::from_fn(move || {
            if bits == 0 {
                return None;
            }
            let line = bits.trailing_zeros() as u16;
            bits &= bits - 1;
            Some(32 * word + line)
        })
    })
}

/// 32 interrupt lines of a set that counts exceptions.
pub(super) fn interrupt_bits(set: &Set, offset: u32) -> u32 {
    let word = (offset >> 2 & 7) as usize;
    let above = set.get(word + 1).map_or(0, |next| next << 16);
    set[word] >> 16 | above
}
