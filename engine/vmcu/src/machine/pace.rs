//! How far the chip's time goes while the host talks to it.
//!
//! There is no clock behind the simulator: each memory access through the debug port lets a running core execute a
//! number of instructions, so the same accesses always give the same state. An access stands for the time that a
//! transfer takes on the wire. While the host only polls (the same address read again, nothing written) that time
//! doubles with each round, so that long programs need few polls.

/// Instructions per access when the host does not poll: a transfer at 4 MHz SWD takes about 12 µs.
pub const BASE_STEP: u64 = 2_500;
/// Upper limit per access: tens of milliseconds of simulation, so that a host can cancel.
pub const MAX_STEP: u64 = 2_000_000;

/// Reads of other addresses after which a polled address counts as forgotten.
const FORGET_AFTER: u32 = 32;

/// State of the pace.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    step: u64,
    polled: Option<u32>,
    others: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            step: BASE_STEP,
            polled: None,
            others: 0,
        }
    }
}

impl Pace {
    /// The core was resumed, stopped or reset: back to the base step.
    pub fn restart(&mut self) {
        *self = Self::default();
    }

    /// Instructions to run before a read of `address`.
    pub fn before_read(&mut self, address: u32) -> u64 {
        if self.polled == Some(address) {
            self.others = 0;
            let step = self.step;
            self.step = (step * 2).min(MAX_STEP);
            return step;
        }
        self.others += 1;
        if self.polled.is_none() || self.others > FORGET_AFTER {
            self.polled = Some(address);
            self.others = 0;
        }
        BASE_STEP
    }

    /// Instructions to run before a write. A host that writes is at work, not waiting: the step falls to a quarter,
    /// and the next address read becomes the polled one.
    pub fn before_write(&mut self) -> u64 {
        self.polled = None;
        self.step = (self.step / 4).max(BASE_STEP);
        BASE_STEP
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polling_one_address_reaches_forty_million_instructions_in_few_rounds() {
        let mut pace = Pace::default();
        let (mut total, mut rounds) = (0, 0);
        while total < 40_000_000 {
            // A round reads a status word and two data words.
            total += pace.before_read(0x2000_0100);
            total += pace.before_read(0x2000_0104);
            total += pace.before_read(0x2000_0108);
            rounds += 1;
        }
        assert!(rounds < 40, "{rounds}");
    }

    #[test]
    fn block_transfers_do_not_speed_up() {
        let mut pace = Pace::default();
        for address in (0x2000_0000..0x2000_4000).step_by(4) {
            assert_eq!(pace.before_read(address), BASE_STEP);
            assert_eq!(pace.before_write(), BASE_STEP);
        }
    }

    #[test]
    fn an_address_that_is_no_longer_polled_is_forgotten() {
        let mut pace = Pace::default();
        pace.before_read(0x1000);
        let steps: Vec<u64> = (0..40).map(|_| pace.before_read(0x2000)).collect();
        assert_eq!(steps[0], BASE_STEP);
        assert!(steps[39] > BASE_STEP);
    }
}
