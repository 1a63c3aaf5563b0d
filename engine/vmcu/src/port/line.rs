//! The two-wire line before any transfer: which protocol is selected, and line resets.

use super::LinkError;

/// JTAG-to-SWD switch of `ADIv5`, least significant bit first.
const TO_SWD: u16 = 0xE79E;
/// SWD-to-JTAG switch.
const TO_JTAG: u16 = 0xE73C;
/// Ones in a row that make a line reset.
const RESET_ONES: u32 = 50;

/// State of the line; a chip powers up in JTAG.
#[derive(Clone, Copy, Debug, Default)]
pub struct Line {
    swd: bool,
    /// After a line reset only a read of DPIDR is answered.
    expects_id: bool,
    ones: u32,
    last: u16,
}

impl Line {
    /// Clock in `count` bits; true if a line reset was among them.
    pub fn clock(&mut self, bits: u64, count: u32) -> bool {
        let mut reset = false;
        for i in 0..count.min(64) {
            let bit = bits >> i & 1;
            self.last = self.last >> 1 | (bit as u16) << 15;
            self.ones = if bit == 1 {
                self.ones.saturating_add(1)
            } else {
                0
            };
            if self.ones == RESET_ONES {
                self.expects_id = true;
                reset = true;
            }
            match self.last {
                TO_SWD => {
                    self.swd = true;
                    self.expects_id = true;
                }
                TO_JTAG => self.swd = false,
                _ => {}
            }
        }
        reset
    }

    /// Whether a transfer would be answered; a read of DPIDR ends the wait after a line reset.
    pub fn admit(&mut self, reads_id: bool) -> Result<(), LinkError> {
        if !self.swd || self.expects_id && !reads_id {
            return Err(LinkError::NoAnswer);
        }
        self.expects_id = false;
        self.ones = 0;
        Ok(())
    }
}
