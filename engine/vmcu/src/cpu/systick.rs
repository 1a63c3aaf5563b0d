//! The SysTick timer, computed from the core clock instead of being counted.

/// SysTick's registers; the current value follows from the time it was started at (Armv7-M manual, The system timer, SysTick).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "bits of the control register, and what became of them"
)]
pub struct SysTick {
    /// Counting.
    pub enabled: bool,
    /// Makes the exception pending when it reaches zero.
    pub interrupt: bool,
    /// CLKSOURCE: the core clock and not the reference. Without a reference it always is.
    pub core_clock: bool,
    /// Reload value, 24 bits.
    pub reload: u32,
    /// Core clock cycles of one tick of the reference clock; 0 when the chip has none (CALIB.NOREF).
    pub reference_divider: u32,
    /// CALIB.TENMS: the reload value for 10 ms, 0 when the chip does not say.
    pub ten_milliseconds: u32,
    /// Cycle at which the counter had the value `held`.
    since: u64,
    /// The counter then, and as long as it is stopped.
    held: u32,
    /// Times that it reached zero since then, as far as [`SysTick::poll`] and COUNTFLAG know.
    polled: u64,
    flagged: u64,
    /// COUNTFLAG and the exception from before `since`.
    flag: bool,
    due: bool,
}

impl SysTick {
    fn period(&self) -> u64 {
        u64::from(self.reload) + 1
    }

    /// Cycles of one count.
    fn divider(&self) -> u64 {
        if self.core_clock || self.reference_divider == 0 {
            1
        } else {
            u64::from(self.reference_divider)
        }
    }

    /// Counts since `since`.
    fn ticks(&self, cycles: u64) -> u64 {
        if self.enabled {
            cycles.saturating_sub(self.since) / self.divider()
        } else {
            0
        }
    }

    /// The tick at which the counter reaches zero for the time after `crossings`; never when it stands at zero with
    /// nothing to reload.
    fn crossing(&self, crossings: u64) -> Option<u64> {
        let held = u64::from(self.held);
        match (held, self.reload) {
            (0, 0) => None,
            (0, _) => Some((crossings + 1) * self.period()),
            (_, 0) => (crossings == 0).then_some(held),
            _ => Some(held + crossings * self.period()),
        }
    }

    fn crossings(&self, cycles: u64) -> u64 {
        let ticks = self.ticks(cycles);
        let held = u64::from(self.held);
        if held == 0 {
            if self.reload == 0 {
                0
            } else {
                ticks / self.period()
            }
        } else if ticks < held {
            0
        } else if self.reload == 0 {
            1
        } else {
            1 + (ticks - held) / self.period()
        }
    }

    /// The counter at this cycle.
    pub fn value(&self, cycles: u64) -> u32 {
        let (ticks, held) = (self.ticks(cycles), u64::from(self.held));
        if ticks < held {
            return (held - ticks) as u32;
        }
        if self.reload == 0 {
            return 0;
        }
        match (ticks - held) % self.period() {
            0 => 0,
            phase => (self.period() - phase) as u32,
        }
    }

    /// CALIB: without a reference NOREF; SKEW as nothing is said of the reload value for 10 ms.
    pub fn calibration(&self) -> u32 {
        u32::from(self.reference_divider == 0) << 31
            | u32::from(self.ten_milliseconds == 0) << 30
            | self.ten_milliseconds & 0x00ff_ffff
    }

    /// The control register; reading it clears COUNTFLAG.
    pub fn read_control(&mut self, cycles: u64) -> u32 {
        let crossings = self.crossings(cycles);
        let flag = self.flag || crossings > self.flagged;
        self.flagged = crossings;
        self.flag = false;
        u32::from(self.enabled)
            | u32::from(self.interrupt) << 1
            | u32::from(self.core_clock || self.reference_divider == 0) << 2
            | u32::from(flag) << 16
    }

    /// Write the control register.
    pub fn write_control(&mut self, value: u32, cycles: u64) {
        self.settle(cycles);
        self.enabled = value & 1 != 0;
        self.interrupt = value & 2 != 0;
        self.core_clock = value & 4 != 0;
    }

    /// Write the reload register; it counts from the next time that zero is passed.
    pub fn write_reload(&mut self, value: u32, cycles: u64) {
        self.settle(cycles);
        self.reload = value & 0x00ff_ffff;
    }

    /// Any write to the current value clears it and COUNTFLAG, and raises nothing.
    pub fn clear(&mut self, cycles: u64) {
        self.settle(cycles);
        self.held = 0;
        self.flag = false;
    }

    /// Count on from here under new settings.
    fn settle(&mut self, cycles: u64) {
        let crossings = self.crossings(cycles);
        self.due |= self.interrupt && crossings > self.polled;
        self.flag |= crossings > self.flagged;
        self.held = self.value(cycles);
        self.since = cycles;
        self.polled = 0;
        self.flagged = 0;
    }

    /// Whether the exception became due since the last poll.
    pub fn poll(&mut self, cycles: u64) -> bool {
        let crossings = self.crossings(cycles);
        let due = self.due || self.interrupt && crossings > self.polled;
        self.polled = crossings;
        self.due = false;
        due
    }

    /// The cycle at which the exception is due next.
    pub fn next(&self, cycles: u64) -> Option<u64> {
        if !(self.enabled && self.interrupt) {
            return None;
        }
        let tick = self.crossing(self.crossings(cycles))?;
        Some(self.since.saturating_add(tick * self.divider()))
    }

    /// As after reset; what the chip wired up stays.
    #[must_use]
    pub fn reset(&self) -> Self {
        Self {
            reference_divider: self.reference_divider,
            ten_milliseconds: self.ten_milliseconds,
            ..Self::default()
        }
    }
}
