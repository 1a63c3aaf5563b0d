//! One hart: fetches, executes, traps, and enters debug mode.

use super::compressed::expand;
use super::csr::{Counters, Csrs};
use super::memory::Memory;
use super::pmp::{Access, Pmp};
use super::timing;
use super::triggers::Triggers;
use std::sync::LazyLock;

/// Every 16-bit instruction in full; 0, which is no instruction, for those that are none.
static EXPANDED: LazyLock<Vec<u32>> = LazyLock::new(|| {
    (0..=u16::MAX)
        .map(|half| expand(half).unwrap_or(0))
        .collect()
});

/// An exception: `mcause` and `mtval`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trap {
    /// Number.
    pub cause: u32,
    /// Address or instruction.
    pub value: u32,
}

/// Why an instruction was not the usual one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Trap(Trap),
    /// EBREAK; debug mode or an exception, as `dcsr` says.
    Break,
    /// A register of the chip was written that resets it.
    Reset,
}

/// Why the hart stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It executed as many instructions as it was allowed to.
    Limit,
    /// It is to enter debug mode, for this cause of `dcsr`.
    Debug(u32),
    /// The chip is to be reset.
    Reset,
}

/// Causes of `dcsr` (debug specification, 4.8.1).
pub(super) mod debug_cause {
    pub const EBREAK: u32 = 1;
    pub const TRIGGER: u32 = 2;
    pub const REQUEST: u32 = 3;
    pub const STEP: u32 = 4;
    pub const RESET: u32 = 5;
}

pub(super) const ILLEGAL: u32 = 2;
const FETCH_FAULT: u32 = 1;
const BREAKPOINT: u32 = 3;
/// `dcsr`: EBREAK in machine mode enters debug mode.
const EBREAKM: u32 = 1 << 15;

/// Registers and counters of a hart.
#[derive(Clone, Debug)]
pub struct Hart {
    /// x0 to x31; x0 stays 0.
    pub x: [u32; 32],
    /// Address of the next instruction.
    pub pc: u32,
    /// Simulated cycles since power-up.
    pub cycles: u64,
    /// Instructions executed since power-up.
    pub instructions: u64,
    pub(super) csr: Csrs,
    pub(super) pmp: Pmp,
    pub(super) triggers: Triggers,
    pub(super) counters: Counters,
    /// The register that the last instruction loaded; 0 if it was no load.
    pub(super) loaded: u8,
}

impl Hart {
    /// As after power-up, about to execute what lies at `pc`.
    pub fn new(pc: u32, counters: Counters) -> Self {
        Self {
            x: [0; 32],
            pc,
            cycles: 0,
            instructions: 0,
            csr: Csrs::default(),
            pmp: Pmp::default(),
            triggers: Triggers::default(),
            counters,
            loaded: 0,
        }
    }

    /// Reset: control registers forget, counters of the simulation go on. Triggers belong to the debugger and stay.
    pub fn reset(&mut self, pc: u32) {
        self.csr = Csrs::default();
        self.pmp = Pmp::default();
        self.pc = pc;
        self.loaded = 0;
    }

    /// Executes at most `limit` instructions.
    pub fn run(&mut self, memory: &mut Memory, limit: u64) -> Stop {
        for _ in 0..limit {
            if self.triggers.hits(self.pc) {
                return Stop::Debug(debug_cause::TRIGGER);
            }
            match self.step(memory) {
                Ok(()) => {}
                Err(Event::Break) if self.csr.dcsr & EBREAKM != 0 => {
                    return Stop::Debug(debug_cause::EBREAK);
                }
                Err(Event::Break) => self.trap(Trap {
                    cause: BREAKPOINT,
                    value: self.pc,
                }),
                Err(Event::Trap(trap)) => self.trap(trap),
                Err(Event::Reset) => return Stop::Reset,
            }
        }
        Stop::Limit
    }

    fn trap(&mut self, trap: Trap) {
        self.pc = self.csr.enter_trap(self.pc, trap.cause, trap.value);
        self.cycles += 1 + timing::TRAP;
        self.loaded = 0;
    }

    #[inline(always)]
    fn half(&mut self, memory: &Memory, address: u32) -> Result<u16, Event> {
        let fault = Event::Trap(Trap {
            cause: FETCH_FAULT,
            value: address,
        });
        if !self.pmp.allows(Access::Execute, address, 2) {
            return Err(fault);
        }
        memory.fetch(address).map_err(|_| fault)
    }

    #[inline(always)]
    fn step(&mut self, memory: &mut Memory) -> Result<(), Event> {
        let low = self.half(memory, self.pc)?;
        let (word, length) = if low & 3 == 3 {
            let high = self.half(memory, self.pc.wrapping_add(2))?;
            (u32::from(high) << 16 | u32::from(low), 4)
        } else {
            let word = EXPANDED[usize::from(low)];
            if word == 0 {
                return Err(Event::Trap(Trap {
                    cause: ILLEGAL,
                    value: u32::from(low),
                }));
            }
            (word, 2)
        };
        self.execute(word, length, memory)
    }
}
