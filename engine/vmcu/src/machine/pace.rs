//! How far the chip's time goes while the host talks to it.
//!
//! There is no clock behind the simulator: each memory access through the debug port lets a running core execute a
//! number of instructions, so the same accesses always give the same state. A single access stands for the time that
//! a transfer takes on the wire, one within a block for less. While the host only polls (the same address read again,
//! nothing written) that time doubles with each round, so that long programs need few polls.

/// Instructions per access when the host does not poll: a transfer at 4 MHz SWD takes about 12 µs.
pub const BASE_STEP: u64 = 2_500;
/// Instructions per access that goes on where the last one ended.
pub const BLOCK_STEP: u64 = 100;
/// Upper limit per access: tens of milliseconds of simulation, so that a host can cancel.
pub const MAX_STEP: u64 = 2_000_000;
/// Reads of other addresses after which a polled address counts as forgotten.
const FORGET_AFTER: u32 = 32;

/// State of the pace.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    step: u64,
    /// Where the last access ended.
    block_end: Option<u32>,
    polled: Option<u32>,
    others: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            step: BASE_STEP,
            block_end: None,
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

    /// Instructions to run before a read of `bytes` at `address`.
    pub fn before_read(&mut self, address: u32, bytes: u32) -> u64 {
        let base = self.base_step(address, bytes);
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
        base
    }

    /// Instructions to run before a write of `bytes` at `address`. A host that writes is at work, not waiting: the
    /// step falls to a quarter, and the next address read becomes the polled one.
    pub fn before_write(&mut self, address: u32, bytes: u32) -> u64 {
        self.polled = None;
        self.step = (self.step / 4).max(BASE_STEP);
        self.base_step(address, bytes)
    }

    fn base_step(&mut self, address: u32, bytes: u32) -> u64 {
        let in_block = self.block_end == Some(address);
        self.block_end = Some(address.wrapping_add(bytes));
        if in_block { BLOCK_STEP } else { BASE_STEP }
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
            total += pace.before_read(0x2000_0100, 4);
            total += pace.before_read(0x2000_0104, 4);
            total += pace.before_read(0x2000_0108, 4);
            rounds += 1;
        }
        assert!(rounds < 40, "{rounds}");
    }

    #[test]
    fn block_transfers_take_little_time_and_do_not_speed_up() {
        let mut pace = Pace::default();
        assert_eq!(pace.before_write(0x2000_0000, 4), BASE_STEP);
        for address in (0x2000_0004..0x2000_4000).step_by(4) {
            assert_eq!(pace.before_write(address, 4), BLOCK_STEP);
        }
        assert_eq!(pace.before_read(0x2000_0000, 4), BASE_STEP);
        for address in (0x2000_0004..0x2000_4000).step_by(4) {
            assert_eq!(pace.before_read(address, 4), BLOCK_STEP);
        }
    }

    #[test]
    fn an_address_that_is_no_longer_polled_is_forgotten() {
        let mut pace = Pace::default();
        pace.before_read(0x1000, 4);
        let steps: Vec<u64> = (0..40).map(|_| pace.before_read(0x2000, 4)).collect();
        assert_eq!(steps[0], BASE_STEP);
        assert!(steps[39] > BASE_STEP);
    }
}
