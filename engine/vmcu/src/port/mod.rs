//! The debug port as a probe sees it: SWD line, debug port registers, access ports.
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

/// An access port: what its identification and base registers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessPort {
    /// IDR.
    pub idr: u32,
    /// BASE: address of a ROM table, and whether there is one.
    pub base: u32,
    /// Whether it leads to memory; else its registers are the vendor's own.
    pub is_memory: bool,
}

/// A debug port and its access ports, numbered from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortLayout {
    /// DPIDR.
    pub dpidr: u32,
    /// Access ports; there are no others.
    pub ports: &'static [AccessPort],
}

/// Most access ports that a chip has.
pub const MOST_PORTS: usize = 4;

/// What stands behind the debug port. Access ports are named by their numbers.
pub trait DebugTarget {
    /// The debug port's own layout.
    fn layout(&self) -> &'static PortLayout;
    /// Whether the wires reach the debug port.
    fn is_connected(&self) -> bool {
        true
    }
    /// Whether an access port takes part: CSW.DeviceEn. One that does not answers with errors.
    fn is_enabled(&self, _port: u8) -> bool {
        true
    }
    /// Read `bytes` (1, 2, 4) at an aligned address, value in the low bits.
    fn debug_read(&mut self, port: u8, address: u32, bytes: u32) -> Result<u32, BusError>;
    /// Write `bytes` (1, 2, 4) at an aligned address from the low bits of `value`.
    fn debug_write(
        &mut self,
        port: u8,
        address: u32,
        bytes: u32,
        value: u32,
    ) -> Result<(), BusError>;
    /// Read a vendor's own access port register.
    fn read_vendor(&mut self, _port: u8, _register: u8) -> u32 {
        0
    }
    /// Write a vendor's own access port register.
    fn write_vendor(&mut self, _port: u8, _register: u8, _value: u32) {}
}

/// Every access port's identification register.
const IDR: u8 = 0xFC;

// CTRL/STAT
const STICKYERR: u32 = 1 << 5;
const READOK: u32 = 1 << 6;
const POWER_REQUESTS: u32 = 1 << 30 | 1 << 28 | 1 << 26;
const POWERED: u32 = 1 << 30 | 1 << 28;
const CTRL_WRITABLE: u32 = POWER_REQUESTS | 0x003F_FF0D;

/// State of line, debug port and access ports.
#[derive(Clone, Debug, Default)]
pub struct DebugPort {
    /// The SWD line.
    pub line: Line,
    memory_ports: [MemAp; MOST_PORTS],
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
        if !target.is_connected() {
            return Err(LinkError::NoAnswer);
        }
        self.line.admit(port == Port::Dp && address & 0xC == 0)?;
        if port == Port::Dp {
            return Ok(self.read_dp(target.layout().dpidr, address));
        }
        self.check_ap()?;
        let (number, register) = self.ap_register(address);
        let value = match target.layout().ports.get(usize::from(number)) {
            None => Ok(0), // no such access port: IDR reads as zero
            Some(layout) if register == IDR => Ok(layout.idr),
            Some(layout) if layout.is_memory => {
                let ap = &mut self.memory_ports[usize::from(number) % MOST_PORTS];
                ap.read(target, number, register)
            }
            Some(_) => Ok(target.read_vendor(number, register)),
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
        if !target.is_connected() {
            return Err(LinkError::NoAnswer);
        }
        self.line.admit(false)?;
        if port == Port::Dp {
            self.write_dp(address, value);
            return Ok(());
        }
        self.check_ap()?;
        let (number, register) = self.ap_register(address);
        let result = match target.layout().ports.get(usize::from(number)) {
            None => Ok(()),
            Some(layout) if layout.is_memory => {
                let ap = &mut self.memory_ports[usize::from(number) % MOST_PORTS];
                ap.write(target, number, register, value)
            }
            Some(_) => {
                target.write_vendor(number, register, value);
                Ok(())
            }
        };
        match result {
            Ok(()) => Ok(()),
            Err(BusError) => self.stick(),
        }
    }

    /// Number of the selected access port, and the address of its register.
    fn ap_register(&self, address: u8) -> (u8, u8) {
        let register = (self.select & 0xF0) as u8 | address & 0xC;
        ((self.select >> 24) as u8, register)
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

    fn read_dp(&self, dpidr: u32, address: u8) -> u32 {
        match (address & 0xC, self.select & 0xF) {
            (0x0, _) => dpidr,
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
