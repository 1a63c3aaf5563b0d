//! The debug module (RISC-V External Debug Support 0.13.2, chapter 3): run control, abstract commands on registers, a
//! program buffer, and the system bus.

use super::hart::{Event, debug_cause};
use super::machine::Machine;
use crate::bus::Size;

/// Words of the program buffer.
const PROGRAM_WORDS: usize = 16;
/// Instructions that a program buffer may execute before it is given up: more than it has room for.
const PROGRAM_LIMIT: usize = 64;

/// Addresses of its registers (table 3.8).
mod register {
    pub const DATA0: u8 = 0x04;
    pub const DATA1: u8 = 0x05;
    pub const DMCONTROL: u8 = 0x10;
    pub const DMSTATUS: u8 = 0x11;
    pub const HARTINFO: u8 = 0x12;
    pub const ABSTRACTCS: u8 = 0x16;
    pub const COMMAND: u8 = 0x17;
    pub const PROGBUF0: u8 = 0x20;
    pub const PROGBUF15: u8 = 0x2F;
    pub const SBCS: u8 = 0x38;
    pub const SBADDRESS0: u8 = 0x39;
    pub const SBDATA0: u8 = 0x3C;
    pub const HALTSUM0: u8 = 0x40;
}

// dmcontrol
const HALTREQ: u32 = 1 << 31;
const RESUMEREQ: u32 = 1 << 30;
const ACKHAVERESET: u32 = 1 << 28;
const SETRESETHALTREQ: u32 = 1 << 3;
const CLRRESETHALTREQ: u32 = 1 << 2;
const NDMRESET: u32 = 1 << 1;
const DMACTIVE: u32 = 1;

/// Error codes of abstract commands.
const NOT_SUPPORTED: u32 = 2;
const EXCEPTION: u32 = 3;
const WRONG_STATE: u32 = 4;

// sbcs
const SB_BUSYERROR: u32 = 1 << 22;
const SB_READ_ON_ADDRESS: u32 = 1 << 20;
const SB_AUTOINCREMENT: u32 = 1 << 16;
const SB_READ_ON_DATA: u32 = 1 << 15;
const SB_ERROR: u32 = 7 << 12;
const SB_SETTINGS: u32 = SB_READ_ON_ADDRESS | 7 << 17 | SB_AUTOINCREMENT | SB_READ_ON_DATA;
/// Version 1, 32 bits of address, accesses of 8, 16 and 32 bits.
const SB_FIXED: u32 = 1 << 29 | 32 << 5 | 7;
const SB_BAD_ADDRESS: u32 = 2;
const SB_MISALIGNED: u32 = 3;
const SB_BAD_SIZE: u32 = 4;

/// State of the module.
#[allow(clippy::struct_excessive_bools, reason = "each is a bit of a register")]
#[derive(Clone, Debug, Default)]
pub struct DebugModule {
    /// Whether the hart is in debug mode.
    pub halted: bool,
    /// The hart was reset, and nobody took notice yet.
    pub was_reset: bool,
    control: u32,
    halt_on_reset: bool,
    resumed: bool,
    data: [u32; 2],
    error: u32,
    program: [u32; PROGRAM_WORDS],
    bus_settings: u32,
    bus_error: u32,
    bus_address: u32,
    bus_data: u32,
}

impl DebugModule {
    /// Whether the hart is to halt when it comes out of reset.
    pub fn halt_requested(&self) -> bool {
        self.control & HALTREQ != 0 || self.halt_on_reset
    }

    fn status(&self) -> u32 {
        let both = |set: bool, bit: u32| u32::from(set) * (3 << bit);
        let in_reset = self.control & NDMRESET != 0;
        // Version 0.13, authenticated, halts on reset.
        2 | 1 << 5
            | 1 << 7
            | both(self.halted && !in_reset, 8)
            | both(!self.halted && !in_reset, 10)
            | both(self.resumed, 16)
            | both(self.was_reset, 18)
    }

    fn fail(&mut self, error: u32) {
        if self.error == 0 {
            self.error = error;
        }
    }
}

impl Machine {
    /// Reads a register of the module; a running hart goes on meanwhile.
    pub fn read_debug(&mut self, address: u8) -> u32 {
        match address {
            register::DATA0 => self.debug.data[0],
            register::DATA1 => self.debug.data[1],
            register::DMCONTROL => self.debug.control & (NDMRESET | DMACTIVE),
            register::DMSTATUS => {
                let step = self.pace.before_read(u32::from(address), 4);
                self.advance(step);
                self.debug.status()
            }
            // Two scratch registers.
            register::HARTINFO => 2 << 20,
            register::ABSTRACTCS => {
                (PROGRAM_WORDS as u32) << 24 | self.debug.error << 8 | self.debug.data.len() as u32
            }
            register::PROGBUF0..=register::PROGBUF15 => {
                self.debug.program[usize::from(address - register::PROGBUF0)]
            }
            register::SBCS => SB_FIXED | self.debug.bus_settings | self.debug.bus_error << 12,
            register::SBADDRESS0 => self.debug.bus_address,
            register::SBDATA0 => {
                let value = self.debug.bus_data;
                if self.debug.bus_settings & SB_READ_ON_DATA != 0 {
                    self.read_bus();
                }
                value
            }
            register::HALTSUM0 => u32::from(self.debug.halted),
            _ => 0,
        }
    }

    /// Writes a register of the module.
    pub fn write_debug(&mut self, address: u8, value: u32) {
        if address == register::DMCONTROL {
            self.control(value);
            return;
        }
        if self.debug.control & DMACTIVE == 0 {
            return;
        }
        match address {
            register::DATA0 => self.debug.data[0] = value,
            register::DATA1 => self.debug.data[1] = value,
            register::ABSTRACTCS => self.debug.error &= !(value >> 8 & 7),
            register::COMMAND => self.command(value),
            register::PROGBUF0..=register::PROGBUF15 => {
                self.debug.program[usize::from(address - register::PROGBUF0)] = value;
            }
            register::SBCS => {
                self.debug.bus_settings = value & SB_SETTINGS;
                self.debug.bus_error &= !((value & SB_ERROR) >> 12);
                debug_assert_eq!(SB_FIXED & SB_BUSYERROR, 0, "it is never busy");
            }
            register::SBADDRESS0 => {
                self.debug.bus_address = value;
                if self.debug.bus_settings & SB_READ_ON_ADDRESS != 0 {
                    self.read_bus();
                }
            }
            register::SBDATA0 => {
                self.debug.bus_data = value;
                self.write_bus();
            }
            _ => {}
        }
    }

    fn control(&mut self, value: u32) {
        if value & DMACTIVE == 0 {
            let halted = self.debug.halted;
            self.debug = DebugModule {
                was_reset: self.debug.was_reset,
                ..DebugModule::default()
            };
            // Nobody is there to resume it any more.
            if halted {
                self.resume();
            }
            return;
        }
        let leaves_reset = self.debug.control & NDMRESET != 0 && value & NDMRESET == 0;
        self.debug.control = value & (HALTREQ | NDMRESET | DMACTIVE);
        self.debug.halt_on_reset |= value & SETRESETHALTREQ != 0;
        self.debug.halt_on_reset &= value & CLRRESETHALTREQ == 0;
        // What is taken notice of is an earlier reset: this one is over only later.
        if value & ACKHAVERESET != 0 {
            self.debug.was_reset = false;
        }
        if leaves_reset {
            self.debug.halted = false;
            self.reset();
        }
        if value & NDMRESET != 0 {
            return;
        }
        if value & HALTREQ != 0 {
            if !self.debug.halted {
                self.enter_debug(debug_cause::REQUEST);
            }
        } else if value & RESUMEREQ != 0 && self.debug.halted {
            self.resume();
            self.debug.resumed = true;
        }
    }

    /// An abstract command: access to a register, then the program buffer.
    fn command(&mut self, command: u32) {
        const TRANSFER: u32 = 1 << 17;
        const WRITE: u32 = 1 << 16;
        const POSTEXEC: u32 = 1 << 18;
        let size = command >> 20 & 7;
        if self.debug.error != 0 {
            return;
        }
        if command >> 24 != 0 || command & TRANSFER != 0 && size != 2 {
            self.debug.fail(NOT_SUPPORTED);
            return;
        }
        if !self.debug.halted {
            self.debug.fail(WRONG_STATE);
            return;
        }
        if command & TRANSFER != 0 {
            let number = command as u16;
            let done = if command & WRITE != 0 {
                self.write_register(number, self.debug.data[0])
            } else {
                (self.read_register(number)).map(|value| self.debug.data[0] = value)
            };
            if done.is_none() {
                self.debug.fail(EXCEPTION);
                return;
            }
        }
        if command & POSTEXEC != 0 && self.execute_program().is_none() {
            self.debug.fail(EXCEPTION);
        }
    }

    fn read_register(&self, number: u16) -> Option<u32> {
        match number {
            0x0000..=0x0FFF => self.hart.debug_read_csr(number),
            0x1000..=0x101F => Some(self.hart.x[usize::from(number & 31)]),
            _ => None,
        }
    }

    fn write_register(&mut self, number: u16, value: u32) -> Option<()> {
        match number {
            0x0000..=0x0FFF => self.hart.debug_write_csr(number, value),
            0x1000..=0x101F => {
                if number != 0x1000 {
                    self.hart.x[usize::from(number & 31)] = value;
                }
                Some(())
            }
            _ => None,
        }
    }

    /// Executes the program buffer up to its EBREAK; its jumps lead nowhere. `None` where it traps.
    fn execute_program(&mut self) -> Option<()> {
        let counted = (self.hart.cycles, self.hart.instructions);
        let bytes: Vec<u8> = (self.debug.program.iter())
            .flat_map(|word| word.to_le_bytes())
            .collect();
        let mut at = 0;
        let mut done = Some(());
        for _ in 0..PROGRAM_LIMIT {
            let Some(low) = bytes.get(at..at + 2) else {
                break;
            };
            let low = u16::from_le_bytes([low[0], low[1]]);
            let (word, length) = if low & 3 == 3 {
                let high = bytes.get(at + 2..at + 4).unwrap_or(&[0, 0]);
                let high = u16::from_le_bytes([high[0], high[1]]);
                (u32::from(high) << 16 | u32::from(low), 4)
            } else {
                (super::expand(low).unwrap_or(0), 2)
            };
            at += length as usize;
            match self.hart.execute(word, length, &mut self.memory) {
                Ok(()) => {}
                Err(Event::Break) => break,
                Err(Event::Trap(_) | Event::Reset) => {
                    done = None;
                    break;
                }
            }
        }
        (self.hart.cycles, self.hart.instructions) = counted;
        self.after_write();
        done
    }

    fn bus_size(&mut self) -> Option<Size> {
        let size = match self.debug.bus_settings >> 17 & 7 {
            0 => Size::Byte,
            1 => Size::Half,
            2 => Size::Word,
            _ => {
                self.debug.bus_error = SB_BAD_SIZE;
                return None;
            }
        };
        if self.debug.bus_address & (size.bytes() - 1) != 0 {
            self.debug.bus_error = SB_MISALIGNED;
            return None;
        }
        (self.debug.bus_error == 0).then_some(size)
    }

    fn read_bus(&mut self) {
        let Some(size) = self.bus_size() else { return };
        let address = self.debug.bus_address;
        let step = self.pace.before_read(address, size.bytes());
        self.advance(step);
        match self.memory.read(address, size) {
            Ok(value) => self.debug.bus_data = value,
            Err(_) => self.debug.bus_error = SB_BAD_ADDRESS,
        }
        self.move_on(size);
    }

    fn write_bus(&mut self) {
        let Some(size) = self.bus_size() else { return };
        let address = self.debug.bus_address;
        let step = self.pace.before_write(address, size.bytes());
        self.advance(step);
        let value = size.truncate(self.debug.bus_data);
        if self.memory.write(address, size, value).is_err() {
            self.debug.bus_error = SB_BAD_ADDRESS;
        }
        self.after_write();
        self.move_on(size);
    }

    fn move_on(&mut self, size: Size) {
        if self.debug.bus_settings & SB_AUTOINCREMENT != 0 {
            self.debug.bus_address = self.debug.bus_address.wrapping_add(size.bytes());
        }
    }

    /// A debugger, too, may write the register that resets the chip.
    fn after_write(&mut self) {
        if self.memory.reset_requested {
            self.reset();
        }
    }
}
