//! The debug transport module behind a JTAG port (debug specification, 6.1), at the level of whole registers.

use super::machine::Machine;

/// Instruction of the identification register.
pub const IDCODE: u32 = 0x01;
/// Instruction of the transport's control and status.
pub const DTMCS: u32 = 0x10;
/// Instruction of the access to the debug module.
pub const DMI: u32 = 0x11;

/// Bits of an address of the debug module.
const ADDRESS_BITS: u32 = 7;
/// Version 0.13; no idle cycles are needed.
const STATUS: u32 = ADDRESS_BITS << 4 | 1;
const READ: u64 = 1;
const WRITE: u64 = 2;

/// What the port keeps between two scans.
#[derive(Clone, Debug, Default)]
pub struct Tap {
    /// Address and data of the last operation, as the next scan shifts them out.
    last: u64,
}

impl Tap {
    /// Shifts `value` through the data register that `instruction` selects: what comes out was captured before `value`
    /// takes effect.
    pub fn scan(&mut self, machine: &mut Machine, instruction: u32, value: u64) -> u64 {
        match instruction {
            IDCODE => u64::from(machine.chip.idcode),
            DTMCS => u64::from(STATUS),
            DMI => {
                let captured = self.last;
                let address = (value >> 34) as u8 & ((1 << ADDRESS_BITS) - 1);
                let data = (value >> 2) as u32;
                let answer = match value & 3 {
                    READ => machine.read_debug(address),
                    WRITE => {
                        machine.write_debug(address, data);
                        data
                    }
                    _ => return captured,
                };
                self.last = u64::from(address) << 34 | u64::from(answer) << 2;
                captured
            }
            // BYPASS: one bit late, and nothing happens.
            _ => value << 1,
        }
    }
}
