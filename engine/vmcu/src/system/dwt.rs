//! Data watchpoint and trace unit: the cycle counter. It has no comparators, profiling counters or trace output, and
//! its control register says so.

use crate::cpu::Core;

/// `DWT_CTRL.CYCCNTENA`.
const ENABLE: u32 = 1;
/// No trace packets, no external trigger, no profiling counters; zero comparators in bits 31–28.
const ABSENT: u32 = 1 << 27 | 1 << 26 | 1 << 24;
const UNLOCK_KEY: u32 = 0xC5AC_CE55;

/// State of the unit at [`Dwt::BASE`].
#[derive(Clone, Copy, Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one bit of the hardware"
)]
pub struct Dwt {
    has_lock: bool,
    locked: bool,
    enabled: bool,
    /// DEMCR.TRCENA.
    trace_enabled: bool,
    /// While counting, the cycle at which the counter was zero; otherwise the negated count.
    zero_at: u64,
}

impl Dwt {
    /// Address of the first register.
    pub const BASE: u32 = 0xE000_1000;

    /// As after power-up. On the Cortex-M7 software must unlock the registers through LAR before it writes them.
    pub fn new(core: Core) -> Self {
        let has_lock = core == Core::CortexM7;
        Self {
            has_lock,
            locked: has_lock,
            enabled: false,
            trace_enabled: false,
            zero_at: 0,
        }
    }

    fn counting(self) -> bool {
        self.enabled && self.trace_enabled
    }

    /// The cycle counter.
    pub fn cycle_count(self, cycle: u64) -> u32 {
        let now = if self.counting() { cycle } else { 0 };
        now.wrapping_sub(self.zero_at) as u32
    }

    fn set(&mut self, enabled: bool, trace_enabled: bool, count: u32, cycle: u64) {
        self.enabled = enabled;
        self.trace_enabled = trace_enabled;
        let now = if self.counting() { cycle } else { 0 };
        self.zero_at = now.wrapping_sub(u64::from(count));
    }

    /// DEMCR.TRCENA has changed; without it the counter stands still.
    pub fn set_trace_enabled(&mut self, trace_enabled: bool, cycle: u64) {
        self.set(self.enabled, trace_enabled, self.cycle_count(cycle), cycle);
    }

    /// Value of the register at byte `offset`. The debugger sees no lock.
    pub fn read(self, offset: u32, cycle: u64, debugger: bool) -> u32 {
        match offset {
            0x000 => ABSENT | u32::from(self.enabled),
            0x004 => self.cycle_count(cycle),
            0xFB4 if self.has_lock && !debugger => 1 | u32::from(self.locked) << 1,
            _ => 0,
        }
    }

    /// Write the register at byte `offset`.
    pub fn write(&mut self, offset: u32, value: u32, cycle: u64, debugger: bool) {
        match offset {
            0xFB0 if self.has_lock && !debugger => self.locked = value != UNLOCK_KEY,
            _ if self.locked && !debugger => {}
            0x000 => {
                let count = self.cycle_count(cycle);
                self.set(value & ENABLE != 0, self.trace_enabled, count, cycle);
            }
            0x004 => self.set(self.enabled, self.trace_enabled, value, cycle),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_only_while_trace_and_counter_are_enabled() {
        let mut dwt = Dwt::new(Core::CortexM4);
        dwt.write(0, 1, 100, false);
        assert_eq!(dwt.cycle_count(200), 0, "TRCENA is off");
        dwt.set_trace_enabled(true, 200);
        assert_eq!(dwt.cycle_count(250), 50);
        dwt.write(0, 0, 260, false);
        assert_eq!(dwt.cycle_count(999), 60, "stands still");
        dwt.write(0, 1, 1000, false);
        assert_eq!(dwt.read(4, 1007, false), 67, "goes on from there");
        dwt.write(4, 5, 1010, false);
        assert_eq!(dwt.read(4, 1011, false), 6);
    }

    #[test]
    fn wraps_at_thirty_two_bits() {
        let mut dwt = Dwt::new(Core::CortexM4);
        dwt.set_trace_enabled(true, 0);
        dwt.write(0, 1, 0, false);
        dwt.write(4, u32::MAX, 10, false);
        assert_eq!(dwt.cycle_count(13), 2);
    }

    #[test]
    fn the_m7_lock_holds_software_back_and_not_the_debugger() {
        let mut dwt = Dwt::new(Core::CortexM7);
        assert_eq!(dwt.read(0xFB4, 0, false), 3);
        assert_eq!(dwt.read(0xFB4, 0, true), 0);
        dwt.write(0, 1, 0, false);
        assert_eq!(dwt.read(0, 0, false) & 1, 0);
        dwt.write(0, 1, 0, true);
        assert_eq!(dwt.read(0, 0, false) & 1, 1);
        dwt.write(0xFB0, UNLOCK_KEY, 0, false);
        assert_eq!(dwt.read(0xFB4, 0, false), 1);
        dwt.write(0, 0, 0, false);
        assert_eq!(dwt.read(0, 0, false) & 1, 0);
    }
}
