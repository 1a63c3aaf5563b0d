//! One virtual chip: core, memory and peripherals, run by instruction counts or through a debug port.
//!
//! It owns halting, stepping and reset. It must not know who drives the debug port, nor what the program computes.

mod core_debug;
mod debugger;
mod pace;
mod peripherals;

pub use core_debug::CoreDebug;
pub use pace::{BASE_STEP, BLOCK_STEP, MAX_STEP, Pace};
pub use peripherals::{FLASH_COUNTERS, INSTRUCTION_COUNTER, Peripherals};

use crate::chip::ChipSpec;
use crate::cpu::{Clock, Cpu, Stop};
use crate::memory::Memory;
use core_debug::{DFSR_BKPT, DFSR_EXTERNAL, DFSR_VCATCH};

/// What the core is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Executing.
    Running,
    /// Waiting for an interrupt or event.
    Sleeping,
    /// In debug state.
    Halted,
    /// Locked up by a fault where no handler could run.
    LockedUp,
}

/// A virtual chip.
#[derive(Clone, Debug)]
pub struct Machine {
    /// What chip it is.
    pub chip: ChipSpec,
    /// The processor.
    pub cpu: Cpu,
    /// RAM and flash.
    pub memory: Memory,
    /// Everything else on the bus.
    pub peripherals: Peripherals,
    /// How far time goes with each debug access.
    pub pace: Pace,
    /// The reset pin is held low: the core does not run, the debug port answers.
    pub held_in_reset: bool,
    sleeping: bool,
}

impl Machine {
    /// The chip as delivered: flash erased, powered up, core running (and, without a program, locked up).
    pub fn new(chip: ChipSpec) -> Self {
        let mut machine = Self {
            cpu: Cpu::new(chip.core),
            memory: Memory::new(&chip.regions),
            peripherals: Peripherals::new(&chip),
            pace: Pace::default(),
            held_in_reset: false,
            sleeping: false,
            chip,
        };
        machine.memory.set_timing(machine.chip.timing.clone());
        machine.reset();
        machine
    }

    /// System reset, as by the reset pin or AIRCR.SYSRESETREQ. Flash, debug settings and time stay.
    pub fn reset(&mut self) {
        self.peripherals.reset(&self.memory);
        self.memory.reset_caches();
        self.cpu.reset(&self.memory, self.chip.vector_table);
        self.sleeping = false;
        let debug = &mut self.peripherals.debug;
        debug.reset();
        if debug.catches_reset() {
            debug.halt(DFSR_VCATCH);
        }
        self.pace.restart();
        self.apply_debug_settings();
    }

    /// Pull the reset pin low or let it go: registers are reset while it is low, and the core starts when it goes high.
    pub fn drive_reset(&mut self, low: bool) {
        if low != self.held_in_reset {
            self.reset();
        }
        self.held_in_reset = low;
    }

    /// Enable halting debug (`DHCSR.C_DEBUGEN`), as a debugger does first. Only power-up disables it again.
    pub fn enable_debug(&mut self) {
        self.peripherals.debug.enable();
        self.apply_debug_settings();
    }

    /// What the core is doing.
    pub fn state(&self) -> State {
        if self.peripherals.debug.halted {
            State::Halted
        } else if self.cpu.lockup {
            State::LockedUp
        } else if self.sleeping {
            State::Sleeping
        } else {
            State::Running
        }
    }

    /// Cycles and instructions since power-up.
    pub fn clock(&self) -> Clock {
        self.cpu.clock
    }

    /// Let at most `instructions` pass; less if the core halts, locks up or sleeps with nothing to wake it. A resting
    /// core lets time pass, a cycle for each instruction it was allowed.
    pub fn advance(&mut self, instructions: u64) -> State {
        if self.sleeping && self.cpu.wakes() {
            self.sleeping = false;
        }
        let mut left = instructions;
        while left > 0 && !self.held_in_reset && !self.at_rest() {
            if self.sleeping {
                self.cpu.clock.cycles += left;
                break;
            }
            let before = self.cpu.clock.instructions;
            let stop = self.cpu.run(left, &mut self.memory, &mut self.peripherals);
            let executed = self.cpu.clock.instructions - before;
            if executed > 0 {
                self.peripherals.debug.retired = true;
            }
            // A stop that executed nothing still uses up budget, so that a reset loop ends.
            left = left.saturating_sub(executed.max(1));
            if self.peripherals.debug_changed {
                self.apply_debug_settings();
            }
            match stop {
                Stop::Budget | Stop::Lockup => {}
                Stop::Bkpt(_) | Stop::HardwareBreakpoint => self.enter_debug(DFSR_BKPT),
                Stop::VectorCatch => self.enter_debug(DFSR_VCATCH),
                Stop::Halted => self.enter_debug(DFSR_EXTERNAL),
                Stop::Reset => self.reset(),
                Stop::Sleep => self.sleeping = true,
            }
        }
        self.state()
    }

    fn at_rest(&self) -> bool {
        self.peripherals.debug.halted || self.cpu.lockup
    }

    fn enter_debug(&mut self, reason: u32) {
        self.peripherals.debug.halt(reason);
        self.sleeping = false;
        self.pace.restart();
    }

    /// Hand the debugger's settings to the core.
    fn apply_debug_settings(&mut self) {
        let Peripherals { debug, fpb, .. } = &self.peripherals;
        let enabled = debug.enabled();
        self.cpu.debug_enabled = enabled;
        self.cpu.mask_interrupts = enabled && debug.masks_interrupts();
        self.cpu.vector_catch = if enabled { debug.vector_catch() } else { 0 };
        self.cpu.breakpoints = if enabled {
            fpb.breakpoints()
        } else {
            Vec::new()
        };
        self.peripherals.debug_changed = false;
    }
}

#[cfg(test)]
mod tests;
