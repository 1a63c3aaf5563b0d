//! The machine as the debug port's memory access port sees it: time passes, then the access happens.

use super::core_debug::{DCRSR, DFSR_HALTED, DHCSR, Request};
use super::{Machine, State};
use crate::bus::{Effect, Size};
use crate::cpu::SystemControl;
use crate::port::{BusError, DebugTarget, PortLayout};
use crate::system::port_layout;

const DCRSR_WRITE: u32 = 1 << 16;

impl Machine {
    fn carry_out(&mut self, request: Request) {
        match request {
            Request::None => {}
            Request::Halt => {
                // Entering debug state is the way out of lockup.
                self.cpu.lockup = false;
                self.enter_debug(DFSR_HALTED);
            }
            Request::Run => self.resume(),
            Request::Step => {
                self.resume();
                if self.advance(1) == State::Running || self.state() == State::Sleeping {
                    self.enter_debug(DFSR_HALTED);
                }
            }
        }
    }

    fn resume(&mut self) {
        self.peripherals.debug.halted = false;
        self.pace.restart();
    }

    /// DCRSR: move a core register to or from DCRDR. Only a halted core's registers can be reached.
    fn transfer_register(&mut self, selector: u32) {
        if !self.peripherals.debug.halted {
            return;
        }
        let number = selector as u8 & 0x7F;
        if selector & DCRSR_WRITE != 0 {
            self.cpu.set_register(number, self.peripherals.debug.data);
        } else {
            self.peripherals.debug.data = self.cpu.register(number).unwrap_or(0);
        }
    }

    /// Private peripheral bus registers that this crate's machine, not the core, serves.
    fn is_own_register(address: u32) -> bool {
        let identifies = address & 0xFFF >= 0xFD0;
        (0xE000_0000..0xE010_0000).contains(&address)
            && (identifies || !SystemControl::owns(address))
    }
}

fn size_of(bytes: u32) -> Result<Size, BusError> {
    match bytes {
        1 => Ok(Size::Byte),
        2 => Ok(Size::Half),
        4 => Ok(Size::Word),
        _ => Err(BusError),
    }
}

/// Registers of Nordic's control access port (product specification, 4.8.3).
mod control_port {
    pub const RESET: u8 = 0x00;
    pub const ERASE_ALL: u8 = 0x04;
    pub const PROTECTION_STATUS: u8 = 0x0C;
}

/// The STM32H7's access port to the system debug bus, where the private bus's addresses mean something else.
const SYSTEM_BUS_PORT: u8 = 2;

impl DebugTarget for Machine {
    fn layout(&self) -> &'static PortLayout {
        port_layout(self.chip.family)
    }

    fn is_connected(&self) -> bool {
        self.held_in_reset || self.peripherals.debug_pins_connected()
    }

    fn is_enabled(&self, _: u8) -> bool {
        !self.peripherals.is_locked()
    }

    fn debug_read(&mut self, port: u8, address: u32, bytes: u32) -> Result<u32, BusError> {
        let size = size_of(bytes)?;
        if !self.peripherals.debug.halted {
            let step = self.pace.before_read(address, bytes);
            self.advance(step);
        }
        if port == SYSTEM_BUS_PORT {
            let word = self.peripherals.read_system_bus(address & !3);
            return Ok(size.truncate(word >> (8 * (address & 3))));
        }
        if Self::is_own_register(address) {
            let word = if address & !3 == DHCSR {
                let state = self.state();
                self.peripherals
                    .debug
                    .read_dhcsr(state == State::Sleeping, state == State::LockedUp)
            } else {
                self.peripherals
                    .read_word(self.cpu.clock, address & !3, true)
                    .map_err(|_| BusError)?
            };
            return Ok(size.truncate(word >> (8 * (address & 3))));
        }
        let Self {
            cpu,
            memory,
            peripherals,
            ..
        } = self;
        cpu.read(address, size, memory, peripherals)
            .map_err(|_| BusError)
    }

    fn debug_write(
        &mut self,
        port: u8,
        address: u32,
        bytes: u32,
        value: u32,
    ) -> Result<(), BusError> {
        let size = size_of(bytes)?;
        if !self.peripherals.debug.halted {
            let step = self.pace.before_write(address, bytes);
            self.advance(step);
        }
        let Self {
            cpu,
            memory,
            peripherals,
            ..
        } = self;
        if port == SYSTEM_BUS_PORT {
            peripherals.write_system_bus(address, value);
            return Ok(());
        }
        if Self::is_own_register(address) {
            if size != Size::Word {
                return Err(BusError);
            }
            match address {
                DHCSR => {
                    let request = peripherals.debug.write_dhcsr(value);
                    self.apply_debug_settings();
                    self.carry_out(request);
                }
                DCRSR => self.transfer_register(value),
                _ => {
                    peripherals
                        .write_word(memory, cpu.clock, address, value, true)
                        .map_err(|_| BusError)?;
                    self.apply_debug_settings();
                }
            }
            return Ok(());
        }
        let effect = cpu
            .write(address, size, value, memory, peripherals)
            .map_err(|_| BusError)?;
        if effect == Effect::Reset {
            self.reset();
        }
        Ok(())
    }

    fn read_vendor(&mut self, _: u8, register: u8) -> u32 {
        match register {
            control_port::RESET => u32::from(self.held_in_reset),
            control_port::PROTECTION_STATUS => u32::from(!self.peripherals.is_locked()),
            _ => 0, // among them ERASEALLSTATUS: erasing is done at once
        }
    }

    fn write_vendor(&mut self, _: u8, register: u8, value: u32) {
        match register {
            control_port::RESET => self.drive_reset(value & 1 != 0),
            control_port::ERASE_ALL if value & 1 != 0 => {
                self.peripherals.erase_all(&mut self.memory);
            }
            _ => {}
        }
    }
}
