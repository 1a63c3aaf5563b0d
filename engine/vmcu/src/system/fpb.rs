//! Breakpoint unit: version 1 on the Cortex-M4 (code region only), version 2 on the Cortex-M7 (whole address space).

use crate::cpu::Core;

const ENABLE: u32 = 1;
const KEY: u32 = 2;

/// State of the unit at [`Fpb::BASE`].
#[derive(Clone, Debug)]
pub struct Fpb {
    core: Core,
    enabled: bool,
    remap: u32,
    comparators: [u32; 8],
}

impl Fpb {
    /// Address of the first register.
    pub const BASE: u32 = 0xE000_2000;

    /// As after power-up: disabled.
    pub fn new(core: Core) -> Self {
        Self {
            core,
            enabled: false,
            remap: 0,
            comparators: [0; 8],
        }
    }

    /// The part of `FP_CTRL` that never changes: revision and numbers of comparators.
    fn identity(&self) -> u32 {
        match self.core {
            Core::CortexM4 => 0x260, // six code and two literal comparators
            Core::CortexM7 | Core::CortexM33 => 0x1000_0080,
        }
    }

    /// How many comparators can break on an instruction.
    fn code_comparators(&self) -> usize {
        match self.core {
            Core::CortexM4 => 6,
            Core::CortexM7 | Core::CortexM33 => 8,
        }
    }

    /// Value of the register at byte `offset`.
    pub fn read(&self, offset: u32) -> u32 {
        match offset {
            0x0 => self.identity() | u32::from(self.enabled),
            0x4 => self.remap,
            0x8..=0x24 => self.comparators[(offset as usize - 8) / 4],
            _ => 0,
        }
    }

    /// Write the register at byte `offset`; `FP_CTRL` only takes a value with its key bit.
    pub fn write(&mut self, offset: u32, value: u32) {
        match offset {
            0x0 if value & KEY != 0 => self.enabled = value & ENABLE != 0,
            0x4 if self.core == Core::CortexM4 => self.remap = value & 0x1FFF_FFE0,
            0x8..=0x24 => self.comparators[(offset as usize - 8) / 4] = value,
            _ => {}
        }
    }

    /// Addresses at which execution stops. Version 1 remapping (REPLACE = 0) is not modelled.
    pub fn breakpoints(&self) -> Vec<u32> {
        let mut addresses = Vec::new();
        let active = self.comparators[..self.code_comparators()]
            .iter()
            .filter(|c| self.enabled && *c & ENABLE != 0);
        for comparator in active {
            match self.core {
                Core::CortexM7 | Core::CortexM33 => addresses.push(comparator & !1),
                Core::CortexM4 => {
                    let word = comparator & 0x1FFF_FFFC;
                    if comparator & 1 << 30 != 0 {
                        addresses.push(word);
                    }
                    if comparator & 1 << 31 != 0 {
                        addresses.push(word + 2);
                    }
                }
            }
        }
        addresses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_needs_its_key() {
        let mut fpb = Fpb::new(Core::CortexM7);
        fpb.write(0, ENABLE);
        assert_eq!(fpb.read(0), 0x1000_0080);
        fpb.write(0, KEY | ENABLE);
        assert_eq!(fpb.read(0), 0x1000_0081);
    }

    #[test]
    fn version_one_names_half_words_of_the_code_region() {
        let mut fpb = Fpb::new(Core::CortexM4);
        fpb.write(0, KEY | ENABLE);
        fpb.write(0x8, 0x4000_0101);
        fpb.write(0xC, 0x8000_0101);
        fpb.write(0x10, 0xC000_0201);
        fpb.write(0x14, 0x4000_0300);
        fpb.write(0x20, 0x4000_0401);
        assert_eq!(
            fpb.breakpoints(),
            [0x100, 0x102, 0x200, 0x202],
            "disabled and literal comparators do not count"
        );
    }

    #[test]
    fn version_two_names_any_address() {
        let mut fpb = Fpb::new(Core::CortexM7);
        fpb.write(0x24, 0x2000_0003);
        assert!(fpb.breakpoints().is_empty(), "unit disabled");
        fpb.write(0, KEY | ENABLE);
        assert_eq!(fpb.breakpoints(), [0x2000_0002]);
    }
}
