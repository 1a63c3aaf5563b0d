//! The bus beyond RAM: which peripheral answers at which address, for the core and for the debugger.

use super::core_debug::{CoreDebug, DCRDR, DEMCR, DFSR, DHCSR};
use crate::bus::{Bus, BusFault, Effect, Size};
use crate::chip::{ChipSpec, Family};
use crate::cpu::{Clock, Core};
use crate::flash::{Flash, FlashEffect, FlashWear, UICR};
use crate::memory::{Kind, Memory};
use crate::system::{DbgMcu, Dwt, Fpb, Registers, RomTables, constants, model};

/// Read-only words that no chip has: instructions executed since power-up (low, then high; reading the low word holds
/// the high one), then the counts of flash erases and programming operations ([`FLASH_COUNTERS`]).
///
/// They lie in the range that Armv7-M leaves to vendors (0xE0100000 and up), where nothing else is. A program must use
/// them only where its host tells it the address; on silicon the host names a zero in RAM instead.
pub const INSTRUCTION_COUNTER: u32 = 0xF000_0000;
/// Sectors or pages erased since power-up; at the next word, words programmed.
pub const FLASH_COUNTERS: u32 = 0xF000_0008;

/// `DAUTHSTATUS` without the security extension: halting and tracing allowed.
const DAUTHSTATUS: u32 = 0xE000_EFB8;
/// `UICR.APPROTECT`: anything but all ones closes the debug port at the next reset.
const APPROTECT: u32 = UICR + 0x208;

/// All peripherals of a chip.
#[derive(Clone, Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "facts of the chip and flags that the machine polls"
)]
pub struct Peripherals {
    /// Flash controller.
    pub flash: Flash,
    /// Core debug registers.
    pub debug: CoreDebug,
    /// Breakpoint unit.
    pub fpb: Fpb,
    /// Cycle counter.
    pub dwt: Dwt,
    /// Debug settings that the core must hear of have changed.
    pub(super) debug_changed: bool,
    is_armv8: bool,
    has_protection: bool,
    is_locked: bool,
    system: Registers,
    dbgmcu: Option<DbgMcu>,
    tables: RomTables,
    instructions_high: u32,
}

impl Peripherals {
    /// As after power-up.
    pub fn new(chip: &ChipSpec) -> Self {
        Self {
            flash: Flash::new(chip),
            debug: CoreDebug::default(),
            fpb: Fpb::new(chip.core.core),
            dwt: Dwt::new(chip.core.core),
            debug_changed: false,
            is_armv8: chip.core.core == Core::CortexM33,
            has_protection: chip.family == Family::Nrf52,
            is_locked: false,
            system: Registers::new(model(chip.family), constants(chip)),
            dbgmcu: DbgMcu::new(chip),
            tables: RomTables::new(chip),
            instructions_high: 0,
        }
    }

    /// System reset. The debug units keep their state, as on silicon.
    pub fn reset(&mut self, memory: &Memory) {
        self.flash.controller_mut().reset();
        self.system.reset();
        let open = |word: &[u8]| word.iter().all(|&byte| byte == 0xFF);
        self.is_locked = self.has_protection && !memory.slice(APPROTECT, 4).is_none_or(open);
    }

    /// Whether the debug port is closed until everything is erased.
    pub fn is_locked(&self) -> bool {
        self.is_locked
    }

    /// How often flash was changed since power-up.
    pub fn flash_wear(&self) -> FlashWear {
        self.flash.controller().wear()
    }

    pub(super) fn debug_pins_connected(&self) -> bool {
        self.system.debug_pins_connected()
    }

    /// Erase all flash and RAM, as Nordic's control access port does.
    pub(super) fn erase_all(&mut self, memory: &mut Memory) {
        if let Flash::Nvmc(nvmc) = &mut self.flash {
            let effect = nvmc.erase_all();
            // Every region of the memory is its own, so that this cannot fail.
            let _ = carry_out(memory, effect);
            for region in memory.regions().to_vec() {
                if region.kind == Kind::Ram {
                    let _ = memory.load(region.base, &vec![0; region.length as usize]);
                }
            }
        }
    }

    /// A word on the STM32H7's system debug bus: the debug block and a ROM table.
    pub(super) fn read_system_bus(&self, address: u32) -> u32 {
        let dbgmcu = self.dbgmcu.as_ref().and_then(|block| block.read(address));
        dbgmcu.or_else(|| self.tables.word(address)).unwrap_or(0)
    }

    /// Write a word on the STM32H7's system debug bus.
    pub(super) fn write_system_bus(&mut self, address: u32, value: u32) {
        if let Some(block) = &mut self.dbgmcu {
            block.write(address, value);
        }
    }

    /// Byte offset of a flash controller register.
    fn flash_register(&self, address: u32) -> Option<u32> {
        let (base, bytes) = self.flash.registers();
        let offset = address.wrapping_sub(base);
        (offset < bytes).then_some(offset)
    }

    /// Read a word register; `debugger` tells who asks.
    pub(super) fn read_word(
        &mut self,
        clock: Clock,
        address: u32,
        debugger: bool,
    ) -> Result<u32, BusFault> {
        let offset = address & 0xFFF;
        let identifies = offset >= 0xFD0 || self.is_armv8 && offset == 0xFBC;
        if address & !0xFFF == Dwt::BASE && !identifies {
            return Ok(self.dwt.read(offset, clock.cycles, debugger));
        }
        if address & !0xFFF == Fpb::BASE && !identifies {
            return Ok(self.fpb.read(offset));
        }
        if let Some(word) = self.tables.word(address) {
            return Ok(word);
        }
        if let Some(offset) = self.flash_register(address) {
            return Ok(self.flash.controller().read(offset, clock.cycles));
        }
        if let Some(word) = self.dbgmcu.as_ref().and_then(|block| block.read(address)) {
            return Ok(word);
        }
        Ok(match address {
            DHCSR => self.debug.read_dhcsr(false, false),
            DCRDR => self.debug.data,
            DEMCR => self.debug.demcr,
            DFSR => self.debug.dfsr,
            DAUTHSTATUS if self.is_armv8 => 0xF,
            INSTRUCTION_COUNTER => {
                self.instructions_high = (clock.instructions >> 32) as u32;
                clock.instructions as u32
            }
            0xF000_0004 => self.instructions_high,
            FLASH_COUNTERS => self.flash_wear().erases as u32,
            0xF000_000C => self.flash_wear().programs as u32,
            // The rest of the private peripheral bus reads as zero (ITM, ETM, TPIU and their like).
            0xE000_0000..=0xE00F_FFFF => 0,
            _ => return self.system.read(address).ok_or(BusFault),
        })
    }

    /// Write a word register; `debugger` tells who asks.
    pub(super) fn write_word(
        &mut self,
        memory: &mut Memory,
        clock: Clock,
        address: u32,
        value: u32,
        debugger: bool,
    ) -> Result<Effect, BusFault> {
        if let Some(offset) = self.flash_register(address) {
            let controller = self.flash.controller_mut();
            let effect = controller.write(offset, value, clock.cycles);
            return carry_out(memory, effect.map_err(|_| BusFault)?);
        }
        if (self.dbgmcu.as_mut()).is_some_and(|block| block.write(address, value)) {
            return Ok(Effect::Continue);
        }
        match address {
            0xE000_1000..=0xE000_1FFF => {
                self.dwt
                    .write(address & 0xFFF, value, clock.cycles, debugger);
            }
            0xE000_2000..=0xE000_2FFF => {
                self.fpb.write(address & 0xFFF, value);
                self.debug_changed = true;
            }
            DEMCR => {
                self.debug.set_demcr(value);
                self.dwt
                    .set_trace_enabled(self.debug.trace_enabled(), clock.cycles);
                self.debug_changed = true;
            }
            DCRDR => self.debug.data = value,
            DFSR => self.debug.dfsr &= !value,
            // Software cannot halt itself through DHCSR here; unmodelled trace units ignore writes.
            0xE000_0000..=0xE00F_FFFF => {}
            _ if self.system.write(address, value) => {}
            _ => return Err(BusFault),
        }
        Ok(Effect::Continue)
    }

    /// A store to flash. Programming goes through the main address; copies on other buses are read-only.
    fn program(
        &mut self,
        memory: &mut Memory,
        clock: Clock,
        address: u32,
        size: Size,
        value: u32,
    ) -> Result<Effect, BusFault> {
        let is_main = |region: &crate::memory::Region| {
            region.kind == Kind::Flash && address.wrapping_sub(region.base) < region.length
        };
        if !memory.regions().iter().any(is_main) {
            return Err(BusFault);
        }
        let controller = self.flash.controller_mut();
        let effect = controller.store(memory, address, size.bytes(), value, clock.cycles);
        carry_out(memory, effect.map_err(|_| BusFault)?)
    }
}

/// Change the cells as the controller says.
fn carry_out(memory: &mut Memory, effect: FlashEffect) -> Result<Effect, BusFault> {
    let done = match effect {
        FlashEffect::None => true,
        FlashEffect::Erase { address, bytes } => memory.erase(address, bytes),
        FlashEffect::EraseAll => {
            let regions = memory.regions().to_vec();
            (regions.iter())
                .filter(|region| region.kind == Kind::Flash)
                .all(|region| memory.erase(region.base, region.length))
        }
        FlashEffect::Program {
            address,
            data,
            length,
        } => memory.program(address, &data[..length as usize]),
    };
    done.then_some(Effect::Continue).ok_or(BusFault)
}

impl Bus for Peripherals {
    fn read(
        &mut self,
        _: &mut Memory,
        clock: Clock,
        address: u32,
        size: Size,
    ) -> Result<u32, BusFault> {
        let word = self.read_word(clock, address & !3, false)?;
        Ok(size.truncate(word >> (8 * (address & 3))))
    }

    fn write(
        &mut self,
        memory: &mut Memory,
        clock: Clock,
        address: u32,
        size: Size,
        value: u32,
    ) -> Result<Effect, BusFault> {
        if memory.region(address).is_some() {
            return self.program(memory, clock, address, size, value);
        }
        let (word, lane) = (address & !3, 8 * (address & 3));
        let mut value = size.truncate(value) << lane;
        if size != Size::Word {
            // A part of a register: the rest stays.
            let kept = !(size.truncate(u32::MAX) << lane);
            value |= self.read_word(clock, word, false)? & kept;
        }
        self.write_word(memory, clock, word, value, false)
    }
}
