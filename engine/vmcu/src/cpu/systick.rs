//! The SysTick timer, computed from the core clock instead of being counted.

/// SysTick's registers; the current value follows from the time it was started at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SysTick {
    /// Counting.
    pub enabled: bool,
    /// Makes the exception pending when it reaches zero.
    pub interrupt: bool,
    /// CLKSOURCE; both sources run at the core clock here.
    pub core_clock: bool,
    /// Reload value, 24 bits.
    pub reload: u32,
    /// Cycle at which the counter last stood at zero before counting began (may lie in the past of a restart).
    start: u64,
    /// Value held while stopped.
    held: u32,
    /// Zero crossings already seen by [`SysTick::poll`] and by a read of the control register.
    polled: u64,
    flagged: u64,
}

impl SysTick {
    fn period(&self) -> u64 {
        u64::from(self.reload) + 1
    }

    fn crossings(&self, cycles: u64) -> u64 {
        if !self.enabled || self.reload == 0 {
            return 0;
        }
        cycles.saturating_sub(self.start) / self.period()
    }

    /// The counter at this cycle.
    pub fn value(&self, cycles: u64) -> u32 {
        if !self.enabled || self.reload == 0 {
            return self.held;
        }
        match cycles.saturating_sub(self.start) % self.period() {
            0 => 0,
            phase => (self.period() - phase) as u32,
        }
    }

    /// The control register; reading it clears COUNTFLAG.
    pub fn read_control(&mut self, cycles: u64) -> u32 {
        let crossings = self.crossings(cycles);
        let flag = crossings > self.flagged;
        self.flagged = crossings;
        u32::from(self.enabled)
            | u32::from(self.interrupt) << 1
            | u32::from(self.core_clock) << 2
            | u32::from(flag) << 16
    }

    /// Write the control register.
    pub fn write_control(&mut self, value: u32, cycles: u64) {
        let held = self.value(cycles);
        self.enabled = value & 1 != 0;
        self.interrupt = value & 2 != 0;
        self.core_clock = value & 4 != 0;
        self.restart(held, cycles);
    }

    /// Write the reload register.
    pub fn write_reload(&mut self, value: u32, cycles: u64) {
        let held = self.value(cycles);
        self.reload = value & 0x00ff_ffff;
        self.restart(held, cycles);
    }

    /// Any write to the current value clears it.
    pub fn clear(&mut self, cycles: u64) {
        self.restart(0, cycles);
    }

    fn restart(&mut self, value: u32, cycles: u64) {
        self.held = value;
        // Phase 0 is a counter at zero that reloads on the next cycle.
        let phase = if value == 0 {
            0
        } else {
            self.period().saturating_sub(u64::from(value))
        };
        self.start = cycles.saturating_sub(phase);
        self.polled = 0;
        self.flagged = 0;
    }

    /// Whether the exception became due since the last poll.
    pub fn poll(&mut self, cycles: u64) -> bool {
        let crossings = self.crossings(cycles);
        let due = self.interrupt && crossings > self.polled;
        self.polled = crossings;
        due
    }

    /// The cycle at which the exception is due next.
    pub fn next(&self, cycles: u64) -> Option<u64> {
        (self.enabled && self.interrupt && self.reload != 0)
            .then(|| self.start + (self.crossings(cycles) + 1) * self.period())
    }
}
