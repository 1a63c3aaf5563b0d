//! The debug port as a probe sees it: SWD line, debug port registers, one memory access port.
//!
//! After Arm's ADIv5.2. It must not know the processor: whatever implements [`DebugTarget`] answers the memory
//! accesses. A read of an access-port register returns its own value, as probes give it after resolving the
//! posted read; RDBUFF repeats it.

mod line;
mod mem_ap;

pub use line::Line;
pub use mem_ap::MemAp;

/// Which port a transfer addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// The debug port itself.
    Dp,
    /// The selected access port.
    Ap,
}

/// Why a transfer failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// Nobody drives the acknowledge: SWD is not selected, or the chip is away.
    NoAnswer,
    /// FAULT acknowledge: a sticky error is set, the debug domain is not powered, or this access failed.
    Fault,
}

/// A memory access that the bus answered with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusError;

/// What stands behind the access port.
pub trait DebugTarget {
    /// Read `bytes` (1, 2, 4) at an aligned address, value in the low bits.
    fn debug_read(&mut self, address: u32, bytes: u32) -> Result<u32, BusError>;
    /// Write `bytes` (1, 2, 4) at an aligned address from the low bits of `value`.
    fn debug_write(&mut self, address: u32, bytes: u32, value: u32) -> Result<(), BusError>;
}

/// DPIDR of a Cortex-M7 SW-DP (`DPv2`, Arm).
pub const DPIDR: u32 = 0x5BA0_2477;

// CTRL/STAT
const STICKYERR: u32 = 1 << 5;
const READOK: u32 = 1 << 6;
const POWER_REQUESTS: u32 = 1 << 30 | 1 << 28 | 1 << 26;
const POWERED: u32 = 1 << 30 | 1 << 28;
const CTRL_WRITABLE: u32 = POWER_REQUESTS | 0x003F_FF0D;

/// State of line, debug port and access port.
#[derive(Clone, Debug, Default)]
pub struct DebugPort {
    /// The SWD line.
    pub line: Line,
    /// Access port 0.
    pub ap: MemAp,
    ctrl: u32,
    select: u32,
    sticky_error: bool,
    read_ok: bool,
    read_buffer: u32,
}

impl DebugPort {
    /// Clock `count` (at most 64) bits onto the line, least significant first.
    pub fn swj_sequence(&mut self, bits: u64, count: u32) {
        if self.line.clock(bits, count) {
            // A line reset leaves the port's registers alone except for SELECT.
            self.select = 0;
        }
    }

    /// Read a register; `address` is its byte address within the port (0, 4, 8, 12).
    pub fn read(
        &mut self,
        target: &mut impl DebugTarget,
        port: Port,
        address: u8,
    ) -> Result<u32, LinkError> {
        self.line.admit(port == Port::Dp && address & 0xC == 0)?;
        if port == Port::Dp {
            return Ok(self.read_dp(address));
        }
        self.check_ap()?;
        let register = self.ap_register(address);
        let value = if self.select >> 24 == 0 {
            self.ap.read(target, register)
        } else {
            Ok(0) // no such access port: IDR reads as zero
        };
        self.read_ok = value.is_ok();
        match value {
            Ok(v) => {
                self.read_buffer = v;
                Ok(v)
            }
            Err(BusError) => self.stick(),
        }
    }

    /// Write a register; `address` is its byte address within the port (0, 4, 8, 12).
    pub fn write(
        &mut self,
        target: &mut impl DebugTarget,
        port: Port,
        address: u8,
        value: u32,
    ) -> Result<(), LinkError> {
        self.line.admit(false)?;
        if port == Port::Dp {
            self.write_dp(address, value);
            return Ok(());
        }
        self.check_ap()?;
        let register = self.ap_register(address);
        if self.select >> 24 != 0 {
            return Ok(());
        }
        match self.ap.write(target, register, value) {
            Ok(()) => Ok(()),
            Err(BusError) => self.stick(),
        }
    }

    fn ap_register(&self, address: u8) -> u8 {
        (self.select & 0xF0) as u8 | address & 0xC
    }

    fn check_ap(&self) -> Result<(), LinkError> {
        if self.sticky_error || self.ctrl & POWERED != POWERED {
            return Err(LinkError::Fault);
        }
        Ok(())
    }

    fn stick<T>(&mut self) -> Result<T, LinkError> {
        self.sticky_error = true;
        Err(LinkError::Fault)
    }

    fn read_dp(&self, address: u8) -> u32 {
        match (address & 0xC, self.select & 0xF) {
            (0x0, _) => DPIDR,
            (0x4, 0) => {
                let acknowledges = (self.ctrl & POWER_REQUESTS) << 1;
                let sticky = if self.sticky_error { STICKYERR } else { 0 };
                let ok = if self.read_ok { READOK } else { 0 };
                self.ctrl | acknowledges | sticky | ok
            }
            // RESEND and RDBUFF: the last access-port read again.
            (0x8 | 0xC, _) => self.read_buffer,
            _ => 0,
        }
    }

    fn write_dp(&mut self, address: u8, value: u32) {
        match (address & 0xC, self.select & 0xF) {
            (0x0, _) if value & 1 << 2 != 0 => self.sticky_error = false, // ABORT.STKERRCLR
            (0x4, 0) => self.ctrl = value & CTRL_WRITABLE,
            (0x8, _) => self.select = value,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
