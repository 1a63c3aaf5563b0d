//! The chip's peripheral registers beyond those with a model of their own: they keep what is written, and a few
//! follow others. What a program switches on is ready at once, so that start-up code does not wait for ever; the core's
//! speed does not change, since the simulator counts cycles, not seconds. For the same reason watchdogs take their keys
//! and never bite. Which registers exist, how they start and what follows what is a table per family.

use std::collections::BTreeMap;

/// Bits of one register that show bits of another.
#[derive(Clone, Copy, Debug)]
pub struct Follows {
    /// Address of the register that is read.
    pub register: u32,
    /// Address of the register whose bits it shows.
    pub source: u32,
    /// The bits in the source.
    pub mask: u32,
    /// How far left they move; to the right if negative.
    pub shift: i8,
}

impl Follows {
    fn bits(self, value: u32) -> u32 {
        let shift = u32::from(self.shift.unsigned_abs());
        if self.shift < 0 {
            (value & self.mask) >> shift
        } else {
            (value & self.mask) << shift
        }
    }
}

/// A register that makes another one a given value when a one is written to it, as Nordic's tasks and events.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    /// Address of the task.
    pub register: u32,
    /// Address of what it changes.
    pub changes: u32,
    /// To this value.
    pub value: u32,
}

/// A family's registers.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// Where peripherals are: first address and end. Elsewhere nobody answers.
    pub windows: &'static [(u32, u32)],
    /// Values after reset that are not zero.
    pub initial: &'static [(u32, u32)],
    /// Bits that always read as ones: address, bits.
    pub fixed: &'static [(u32, u32)],
    /// Ready flags and the like.
    pub follows: &'static [Follows],
    /// Tasks.
    pub tasks: &'static [Task],
    /// First register of the port whose pins 13 and 14 are SWDIO and SWCLK, if they can be used otherwise.
    pub debug_pins: Option<u32>,
}

/// The registers of one chip.
#[derive(Clone, Debug)]
pub struct Registers {
    model: &'static Model,
    /// What was written since reset.
    written: BTreeMap<u32, u32>,
    /// Read-only words of this chip: identification.
    constants: Vec<(u32, u32)>,
}

impl Registers {
    /// As after reset; `constants` are words that identify the chip.
    pub fn new(model: &'static Model, constants: Vec<(u32, u32)>) -> Self {
        Self {
            model,
            written: BTreeMap::new(),
            constants,
        }
    }

    /// System reset.
    pub fn reset(&mut self) {
        self.written.clear();
    }

    fn exists(&self, address: u32) -> bool {
        (self.model.windows.iter()).any(|(start, end)| (*start..*end).contains(&address))
    }

    fn stored(&self, address: u32) -> u32 {
        let initial = || {
            let entry = self.model.initial.iter().find(|(at, _)| *at == address);
            entry.map_or(0, |(_, value)| *value)
        };
        self.written.get(&address).copied().unwrap_or_else(initial)
    }

    /// The word at an aligned address, if something answers there.
    pub fn read(&self, address: u32) -> Option<u32> {
        if let Some((_, value)) = self.constants.iter().find(|(at, _)| *at == address) {
            return Some(*value);
        }
        if !self.exists(address) {
            return None;
        }
        let mut value = self.stored(address);
        for rule in self.model.follows {
            if rule.register == address {
                value = value & !rule.bits(u32::MAX) | rule.bits(self.stored(rule.source));
            }
        }
        for (at, bits) in self.model.fixed {
            if *at == address {
                value |= bits;
            }
        }
        Some(value)
    }

    /// Write the word at an aligned address; false if nothing answers there.
    pub fn write(&mut self, address: u32, value: u32) -> bool {
        if self.constants.iter().any(|(at, _)| *at == address) {
            return true;
        }
        if !self.exists(address) {
            return false;
        }
        let mut is_task = false;
        for task in self.model.tasks {
            if task.register == address {
                is_task = true;
                if value & 1 != 0 {
                    self.written.insert(task.changes, task.value);
                }
            }
        }
        if !is_task {
            self.written.insert(address, value);
        }
        true
    }

    /// Whether the debug pins are still what they are after reset: alternate function 0.
    pub fn debug_pins_connected(&self) -> bool {
        self.model.debug_pins.is_none_or(|port| {
            let mode = self.stored(port); // MODER
            let function = self.stored(port + 0x24); // AFRH
            mode >> 26 & 0xF == 0b1010 && function & 0xFF << 20 == 0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::families::{NRF52, STM32F7};
    use super::*;

    const RCC: u32 = 0x4002_3800;
    const PWR: u32 = 0x4000_7000;

    #[test]
    fn what_is_switched_on_is_ready() {
        let mut clock = Registers::new(&STM32F7, Vec::new());
        assert!(clock.write(RCC, 1 << 24 | 1 << 16 | 1));
        assert_eq!(clock.read(RCC), Some(0x0303_0003));
        assert!(clock.write(RCC, 0));
        assert_eq!(clock.read(RCC), Some(0));
        assert!(clock.write(RCC + 8, 2));
        assert_eq!(clock.read(RCC + 8), Some(0xA));
        assert!(clock.write(PWR, 0xC000 | 3 << 16));
        assert_eq!(clock.read(PWR + 4), Some(0x0003_4000));
        assert_eq!(clock.read(0x6000_0000), None);
        assert!(!clock.write(0x6000_0000, 1));
        clock.reset();
        assert_eq!(clock.read(RCC), Some(0x83), "HSI is on");
    }

    #[test]
    fn tasks_raise_events_that_the_program_clears() {
        let mut clock = Registers::new(&NRF52, Vec::new());
        assert_eq!(clock.read(0x4000_0100), Some(0));
        assert!(clock.write(0x4000_0000, 1));
        assert_eq!(clock.read(0x4000_0000), Some(0), "a task is not kept");
        assert_eq!(clock.read(0x4000_0100), Some(1));
        assert_eq!(clock.read(0x4000_040C), Some(0x1_0001));
        assert!(clock.write(0x4000_0100, 0));
        assert_eq!(clock.read(0x4000_0100), Some(0));
    }

    #[test]
    fn constants_cannot_be_written() {
        let mut chip = Registers::new(&STM32F7, vec![(0x1FF0_F420, 7)]);
        assert!(chip.write(0x1FF0_F420, 8));
        assert_eq!(chip.read(0x1FF0_F420), Some(7));
    }

    #[test]
    fn pins_taken_away_from_the_debug_port() {
        let mut chip = Registers::new(&STM32F7, Vec::new());
        assert!(chip.debug_pins_connected());
        chip.write(0x4002_0000, 0xA000_0000); // PA13 an input
        assert!(!chip.debug_pins_connected());
        chip.reset();
        assert!(chip.debug_pins_connected());
        chip.write(0x4002_0024, 1 << 24);
        assert!(!chip.debug_pins_connected());
    }
}
