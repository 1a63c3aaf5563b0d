//! The core debug registers: DHCSR, DCRDR, DEMCR and DFSR, after the Armv7-M architecture manual, Debug system registers.
//! They are state; the machine acts on them.

/// DFSR: halted by request or step.
pub const DFSR_HALTED: u32 = 1;
/// DFSR: breakpoint.
pub const DFSR_BKPT: u32 = 1 << 1;
/// DFSR: vector catch.
pub const DFSR_VCATCH: u32 = 1 << 3;
/// DFSR: external debug request.
pub const DFSR_EXTERNAL: u32 = 1 << 4;

/// DHCSR.
pub const DHCSR: u32 = 0xE000_EDF0;
/// DCRSR.
pub const DCRSR: u32 = 0xE000_EDF4;
/// DCRDR.
pub const DCRDR: u32 = 0xE000_EDF8;
/// DEMCR.
pub const DEMCR: u32 = 0xE000_EDFC;
/// DFSR.
pub const DFSR: u32 = 0xE000_ED30;

const DEBUG_KEY: u32 = 0xA05F;
pub const C_DEBUGEN: u32 = 1;
pub const C_HALT: u32 = 1 << 1;
pub const C_STEP: u32 = 1 << 2;
const C_MASKINTS: u32 = 1 << 3;
const C_SNAPSTALL: u32 = 1 << 5;

const VC_CORERESET: u32 = 1;
const VC_FAULTS: u32 = 0x7F0;
const TRCENA: u32 = 1 << 24;
const DEMCR_WRITABLE: u32 = TRCENA | 0xF << 16 | VC_FAULTS | VC_CORERESET;

/// What a write to DHCSR asks of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Nothing new.
    None,
    /// Enter debug state.
    Halt,
    /// Leave debug state.
    Run,
    /// Execute one instruction.
    Step,
}

/// State of the registers.
#[derive(Clone, Copy, Debug, Default)]
pub struct CoreDebug {
    /// Whether the core is in debug state.
    pub halted: bool,
    /// An instruction was executed since DHCSR was last read.
    pub retired: bool,
    /// DCRDR.
    pub data: u32,
    /// DFSR.
    pub dfsr: u32,
    /// DEMCR.
    pub demcr: u32,
    control: u32,
    was_reset: bool,
}

impl CoreDebug {
    /// System reset. Only power-up would clear `C_DEBUGEN`, DEMCR's catches and TRCENA.
    pub fn reset(&mut self) {
        self.halted = false;
        self.control &= !(C_HALT | C_STEP);
        self.demcr &= VC_FAULTS | VC_CORERESET | TRCENA;
        self.was_reset = true;
    }

    /// Enter debug state for this reason (a DFSR bit).
    pub fn halt(&mut self, reason: u32) {
        self.halted = true;
        self.control |= C_HALT;
        self.dfsr |= reason;
    }

    /// Set `DHCSR.C_DEBUGEN`.
    pub fn enable(&mut self) {
        self.control |= C_DEBUGEN;
    }

    /// `DHCSR.C_DEBUGEN`.
    pub fn enabled(&self) -> bool {
        self.control & C_DEBUGEN != 0
    }

    /// `DHCSR.C_MASKINTS`.
    pub fn masks_interrupts(&self) -> bool {
        self.control & C_MASKINTS != 0
    }

    /// DEMCR's fault catches, bits 10–4.
    pub fn vector_catch(&self) -> u32 {
        self.demcr & VC_FAULTS
    }

    /// Whether reset leads into debug state.
    pub fn catches_reset(&self) -> bool {
        self.enabled() && self.demcr & VC_CORERESET != 0
    }

    /// DEMCR.TRCENA.
    pub fn trace_enabled(&self) -> bool {
        self.demcr & TRCENA != 0
    }

    /// Write DEMCR.
    pub fn set_demcr(&mut self, value: u32) {
        self.demcr = value & DEMCR_WRITABLE;
    }

    /// DHCSR; reading clears its sticky bits.
    pub fn read_dhcsr(&mut self, sleeping: bool, lockup: bool) -> u32 {
        let bit = |set: bool, position: u32| u32::from(set) << position;
        let value = self.control
            | bit(true, 16) // DCRDR transfers complete at once
            | bit(self.halted, 17)
            | bit(sleeping, 18)
            | bit(lockup, 19)
            | bit(self.retired, 24)
            | bit(self.was_reset, 25);
        self.retired = false;
        self.was_reset = false;
        value
    }

    /// Write DHCSR from the debugger. Without the key nothing happens.
    pub fn write_dhcsr(&mut self, value: u32) -> Request {
        if value >> 16 != DEBUG_KEY {
            return Request::None;
        }
        let writable = C_DEBUGEN | C_HALT | C_STEP | C_MASKINTS | C_SNAPSTALL;
        let enabled = value & C_DEBUGEN != 0;
        self.control = if enabled { value & writable } else { 0 };
        match (self.halted, self.control & C_HALT != 0) {
            (false, true) => Request::Halt,
            (true, false) if self.control & C_STEP != 0 => Request::Step,
            (true, false) => Request::Run,
            _ => Request::None,
        }
    }
}
