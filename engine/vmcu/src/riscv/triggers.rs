//! Hardware breakpoints: triggers of type 2, address match on execution (debug specification, 5.2.9).

/// Number of triggers, as the ESP32-C3 has them.
pub const TRIGGERS: usize = 8;

const TYPE: u32 = 2 << 28;
const DMODE: u32 = 1 << 27;
const ACTION_DEBUG: u32 = 1 << 12;
const MATCH: u32 = 0xF << 7;
const MACHINE: u32 = 1 << 6;
const EXECUTE: u32 = 1 << 2;
const WRITABLE: u32 = DMODE | ACTION_DEBUG | MATCH | MACHINE | 1 << 3 | EXECUTE | 3;

/// The trigger registers.
#[derive(Clone, Debug, Default)]
pub struct Triggers {
    /// `tselect`.
    pub selected: usize,
    control: [u32; TRIGGERS],
    address: [u32; TRIGGERS],
    /// Addresses whose execution halts the hart.
    armed: Vec<u32>,
}

impl Triggers {
    /// Writes `tselect`; a trigger that is not there is not selected.
    pub fn select(&mut self, number: u32) {
        if (number as usize) < TRIGGERS {
            self.selected = number as usize;
        }
    }

    /// `tdata1`.
    pub fn control(&self) -> u32 {
        self.control[self.selected] | TYPE
    }

    /// Writes `tdata1`.
    pub fn set_control(&mut self, value: u32) {
        self.control[self.selected] = value & WRITABLE;
        self.arm();
    }

    /// `tdata2`.
    pub fn address(&self) -> u32 {
        self.address[self.selected]
    }

    /// Writes `tdata2`.
    pub fn set_address(&mut self, value: u32) {
        self.address[self.selected] = value;
        self.arm();
    }

    fn arm(&mut self) {
        const ON: u32 = ACTION_DEBUG | MACHINE | EXECUTE;
        let triggers = self.control.iter().zip(&self.address);
        self.armed = triggers
            .filter(|(control, _)| **control & (ON | MATCH) == ON)
            .map(|(_, address)| *address)
            .collect();
    }

    /// Whether the instruction at `pc` is not to be executed.
    #[inline(always)]
    pub fn hits(&self, pc: u32) -> bool {
        !self.armed.is_empty() && self.armed.contains(&pc)
    }
}
