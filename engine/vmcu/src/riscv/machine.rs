//! The chip: hart, memory and debug module, and how far its time goes while a host talks to it.

use super::csr::Counters;
use super::debug_module::DebugModule;
use super::hart::{Hart, Stop, debug_cause};
use super::memory::{Memory, Ram};
use crate::machine::Pace;
use std::ops::Range;

/// What is told of a chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChipSpec {
    /// Name.
    pub name: String,
    /// Core clock in hertz.
    pub clock_hz: u64,
    /// JTAG identification.
    pub idcode: u32,
    /// Where execution begins after reset.
    pub reset_pc: u32,
    /// RAMs.
    pub rams: Vec<Ram>,
    /// Addresses of peripherals.
    pub peripherals: Range<u32>,
    /// Words of its mask ROM that tell what it is, by address.
    pub rom: Vec<(u32, u32)>,
    /// A peripheral's register, and the bit of it that resets the chip.
    pub reset_bit: Option<(u32, u32)>,
    /// Performance counters.
    pub counters: Counters,
}

impl ChipSpec {
    /// Espressif's ESP32-C3 with this RAM (ESP32-C3 Technical Reference Manual, 3 and 1.7; the word of the ROM and the
    /// JTAG number are those by which tools know the chip).
    pub fn esp32c3(name: &str, clock_hz: u64, ram: Ram) -> Self {
        Self {
            name: name.to_owned(),
            clock_hz,
            idcode: 0x0000_5C25,
            reset_pc: 0x4000_0000,
            rams: vec![ram],
            peripherals: 0x6000_0000..0x600D_1000,
            rom: vec![(0x4000_1000, 0x1B31_506F)],
            // RTC_CNTL_OPTIONS0_REG, SW_SYS_RST.
            reset_bit: Some((0x6000_8000, 1 << 31)),
            counters: Counters::Espressif,
        }
    }
}

/// A chip with a debugger's access to it.
#[derive(Clone, Debug)]
pub struct Machine {
    /// What it is.
    pub chip: ChipSpec,
    /// Its processor.
    pub hart: Hart,
    /// What the processor reaches.
    pub memory: Memory,
    pub(super) debug: DebugModule,
    pub(super) pace: Pace,
}

impl Machine {
    /// As after power-up: running what its ROM would hold.
    pub fn new(chip: ChipSpec) -> Self {
        let mut memory = Memory::new(&chip.rams, chip.peripherals.clone());
        memory.rom = chip.rom.iter().copied().collect();
        memory.reset_bit = chip.reset_bit;
        Self {
            hart: Hart::new(chip.reset_pc, chip.counters),
            memory,
            debug: DebugModule::default(),
            pace: Pace::default(),
            chip,
        }
    }

    /// Resets hart and peripherals; RAM stays. A hart in debug mode stays there, and one that is asked to halt halts.
    pub fn reset(&mut self) {
        let (dcsr, halted) = (self.hart.csr.dcsr, self.debug.halted);
        self.memory.reset();
        self.hart.reset(self.chip.reset_pc);
        self.debug.was_reset = true;
        if halted || self.debug.halt_requested() {
            // What the debugger set is its own as long as the hart does not run.
            self.hart.csr.dcsr = if halted { dcsr } else { 0 };
            self.enter_debug(debug_cause::RESET);
        }
    }

    /// Lets a running hart execute at most so many instructions.
    pub fn advance(&mut self, instructions: u64) {
        if self.debug.halted {
            return;
        }
        match self.hart.run(&mut self.memory, instructions) {
            Stop::Limit => {}
            Stop::Debug(cause) => self.enter_debug(cause),
            Stop::Reset => self.reset(),
        }
    }

    pub(super) fn enter_debug(&mut self, cause: u32) {
        self.hart.csr.dpc = self.hart.pc;
        self.hart.csr.set_debug_cause(cause);
        self.debug.halted = true;
    }

    pub(super) fn resume(&mut self) {
        self.hart.pc = self.hart.csr.dpc;
        self.hart.loaded = 0;
        self.debug.halted = false;
        self.pace.restart();
        if self.hart.csr.steps() {
            self.advance(1);
            if !self.debug.halted {
                self.enter_debug(debug_cause::STEP);
            }
        }
    }
}
