//! Loads and stores: the fast way into RAM and flash, the slow way to everything else.

use super::traps::{Fault, Trap};
use super::{Core, Cpu, SystemControl};
use crate::bus::{Bus, Effect, Size};
use crate::memory::{Cells, Guard, Memory};

const fn size_of<const N: usize>() -> Size {
    match N {
        1 => Size::Byte,
        2 => Size::Half,
        _ => Size::Word,
    }
}

#[inline(always)]
fn extend<const N: usize>(bytes: [u8; N]) -> u32 {
    bytes
        .iter()
        .rev()
        .fold(0, |value, byte| value << 8 | u32::from(*byte))
}

#[inline(always)]
fn cut<const N: usize>(value: u32) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&value.to_le_bytes()[..N]);
    bytes
}

/// How an instruction reaches memory.
pub(super) trait Access {
    /// The core's privilege has changed within an instruction.
    fn settle(&mut self, cpu: &mut Cpu);

    /// Load `N` bytes, zero-extended.
    fn load<const N: usize>(&mut self, cpu: &mut Cpu, address: u32) -> Result<u32, Trap>;

    /// Load two words in a row, at an address that is a multiple of 4.
    #[inline(always)]
    fn load_two(&mut self, cpu: &mut Cpu, address: u32) -> Result<(u32, u32), Trap> {
        let first = self.load::<4>(cpu, address)?;
        Ok((first, self.load::<4>(cpu, address.wrapping_add(4))?))
    }

    /// Store the low `N` bytes of `value`.
    fn store<const N: usize>(
        &mut self,
        cpu: &mut Cpu,
        address: u32,
        value: u32,
    ) -> Result<(), Trap>;
}

/// Everything: memory, system control registers, peripherals.
pub(super) struct Full<'a, B> {
    pub memory: &'a mut Memory,
    pub bus: &'a mut B,
}

impl<B: Bus> Access for Full<'_, B> {
    fn settle(&mut self, cpu: &mut Cpu) {
        cpu.refresh_protection(self.memory);
    }

    #[inline(always)]
    fn load<const N: usize>(&mut self, cpu: &mut Cpu, address: u32) -> Result<u32, Trap> {
        cpu.load::<N, B>(address, self.memory, self.bus)
    }

    #[inline(always)]
    fn store<const N: usize>(
        &mut self,
        cpu: &mut Cpu,
        address: u32,
        value: u32,
    ) -> Result<(), Trap> {
        cpu.store::<N, B>(address, value, self.memory, self.bus)
    }
}

/// Aligned accesses to flash and RAM that are not decoded code. The trap stands for all others: the instruction
/// has to be run again with [`Full`] access.
impl Access for Cells {
    /// Nothing that runs with this access changes privilege: it takes a handler to leave state unsaved.
    fn settle(&mut self, _: &mut Cpu) {}

    #[inline(always)]
    fn load<const N: usize>(&mut self, _: &mut Cpu, address: u32) -> Result<u32, Trap> {
        match Cells::load::<N>(self, address) {
            Some(bytes) => Ok(extend(bytes)),
            None => Err(Trap::Fault(Fault::DataBus)),
        }
    }

    #[inline(always)]
    fn load_two(&mut self, cpu: &mut Cpu, address: u32) -> Result<(u32, u32), Trap> {
        if let Some(bytes) = self.load_in_line(address) {
            let both = u64::from_le_bytes(bytes);
            return Ok((both as u32, (both >> 32) as u32));
        }
        self.load_one_by_one(cpu, address)
    }

    #[inline(always)]
    fn store<const N: usize>(&mut self, _: &mut Cpu, address: u32, value: u32) -> Result<(), Trap> {
        if Cells::store::<N>(self, address, cut(value)) {
            Ok(())
        } else {
            Err(Trap::Fault(Fault::DataBus))
        }
    }
}

impl Cells {
    #[inline(never)]
    fn load_one_by_one(&mut self, cpu: &mut Cpu, address: u32) -> Result<(u32, u32), Trap> {
        let first = <Self as Access>::load::<4>(self, cpu, address)?;
        let second = <Self as Access>::load::<4>(self, cpu, address.wrapping_add(4))?;
        Ok((first, second))
    }
}

impl Cpu {
    /// Load `N` bytes, zero-extended.
    #[inline(always)]
    pub(super) fn load<const N: usize, B: Bus>(
        &mut self,
        address: u32,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Result<u32, Trap> {
        if address & (N as u32 - 1) == 0
            && let Some(place) = memory.cells.place(address, N as u32)
        {
            if !memory.cells.readable(place.line) {
                return Err(self.access_fault(address));
            }
            memory.cells.touch(place.line, address, false);
            return Ok(extend(memory.cells.get::<N>(place.index)));
        }
        self.load_slow::<N, B>(address, memory, bus)
    }

    #[cold]
    #[inline(never)]
    fn load_slow<const N: usize, B: Bus>(
        &mut self,
        address: u32,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Result<u32, Trap> {
        if address & (N as u32 - 1) != 0 {
            self.check_unaligned(address, N as u32, memory)?;
            let mut bytes = [0; N];
            for (k, byte) in bytes.iter_mut().enumerate() {
                *byte = self.load::<1, B>(address.wrapping_add(k as u32), memory, bus)? as u8;
            }
            return Ok(extend(bytes));
        }
        self.check_privilege(address)?;
        if !self.probe(address, memory.cells.guard()).read {
            return Err(self.access_fault(address));
        }
        let size = size_of::<N>();
        let answer = if SystemControl::owns(address) {
            self.read_system(address, size, memory)
        } else if let Some((target, bit)) = self.bit_band(address, size) {
            let guard = memory.cells.guard();
            memory.cells.set_guard(Guard::Off);
            let word = self.load::<N, B>(target, memory, bus);
            memory.cells.set_guard(guard);
            return word.map(|word| word >> bit & 1);
        } else {
            bus.read(memory, self.clock, address, size)
        };
        match answer {
            Ok(value) => Ok(size.truncate(value)),
            Err(_) => self.bus_error(address),
        }
    }

    /// Store the low `N` bytes of `value`.
    #[inline(always)]
    pub(super) fn store<const N: usize, B: Bus>(
        &mut self,
        address: u32,
        value: u32,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Result<(), Trap> {
        if address & (N as u32 - 1) == 0
            && let Some(place) = memory.cells.place(address, N as u32)
        {
            if !memory.cells.may_write(place.line) {
                return Err(self.access_fault(address));
            }
            if place.writable {
                memory.cells.touch(place.line, address, true);
                memory.put::<N>(place, cut(value));
                return Ok(());
            }
        }
        self.store_slow::<N, B>(address, value, memory, bus)
    }

    #[cold]
    #[inline(never)]
    fn store_slow<const N: usize, B: Bus>(
        &mut self,
        address: u32,
        value: u32,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Result<(), Trap> {
        if address & (N as u32 - 1) != 0 {
            self.check_unaligned(address, N as u32, memory)?;
            for (k, byte) in cut::<N>(value).into_iter().enumerate() {
                let address = address.wrapping_add(k as u32);
                self.store::<1, B>(address, u32::from(byte), memory, bus)?;
            }
            return Ok(());
        }
        self.check_privilege(address)?;
        if !self.probe(address, memory.cells.guard()).write {
            return Err(self.access_fault(address));
        }
        let (size, value) = (size_of::<N>(), size_of::<N>().truncate(value));
        let answer = if SystemControl::owns(address) {
            self.write_system(address, size, value, memory)
        } else if let Some((target, bit)) = self.bit_band(address, size) {
            return self.store_bit::<N, B>(target, bit, value & 1, memory, bus);
        } else {
            let answer = bus.write(memory, self.clock, address, size, value);
            memory.cells.note_register(address, value);
            answer
        };
        match answer {
            Ok(Effect::Continue) => {}
            Ok(effect) => {
                // The instruction completes; the run loop looks at the effect before the next one.
                self.effect = effect;
                self.system.next_event = 0;
            }
            Err(_) => {
                self.bus_error(address)?;
            }
        }
        Ok(())
    }

    /// Where the bit lies that the Cortex-M4 shows as a word at `address` (technical reference manual, 3.7): an address
    /// aligned to the size of the access, and the number of the bit there.
    fn bit_band(&self, address: u32, size: Size) -> Option<(u32, u32)> {
        let alias = matches!(address >> 25, 0x11 | 0x21); // 0x22000000 and 0x42000000, 32 MiB each
        if !alias || !self.config.bit_band || self.config.core != Core::CortexM4 {
            return None;
        }
        let bit = (address & 0x01ff_ffff) >> 2;
        let within = 8 * size.bytes() - 1;
        let target = (address & 0xf000_0000) + ((bit & !within) >> 3);
        Some((target, bit & within))
    }

    fn store_bit<const N: usize, B: Bus>(
        &mut self,
        target: u32,
        bit: u32,
        value: u32,
        memory: &mut Memory,
        bus: &mut B,
    ) -> Result<(), Trap> {
        let guard = memory.cells.guard();
        memory.cells.set_guard(Guard::Off);
        let answer = self.load::<N, B>(target, memory, bus).and_then(|word| {
            let changed = word & !(1 << bit) | value << bit;
            self.store::<N, B>(target, changed, memory, bus)
        });
        memory.cells.set_guard(guard);
        answer
    }

    /// Unaligned accesses cost a cycle in memory, and fault when CCR says so or at a device. Both ends must be allowed
    /// before anything is stored.
    fn check_unaligned(&mut self, address: u32, length: u32, memory: &Memory) -> Result<(), Trap> {
        self.extra += 1;
        let guard = memory.cells.guard();
        let device = |address| self.probe(address, guard).device;
        if self.system.traps_unaligned()
            || device(address)
            || device(address.wrapping_add(length - 1))
        {
            return Err(Trap::Fault(Fault::Unaligned));
        }
        Ok(())
    }

    /// The private peripheral bus is closed to unprivileged code.
    fn check_privilege(&mut self, address: u32) -> Result<(), Trap> {
        if address >> 20 == 0xe00
            && !self.accesses_privileged()
            && !self.system.opens_software_trigger(address)
        {
            return Err(self.data_fault(address));
        }
        Ok(())
    }

    pub(super) fn data_fault(&mut self, address: u32) -> Trap {
        self.trap_value = address;
        Trap::Fault(Fault::DataBus)
    }

    /// Whether the access that is made counts as privileged: not from unprivileged code, and not by LDRT.
    pub(super) fn accesses_privileged(&self) -> bool {
        !self.as_user && self.privileged()
    }

    /// Whether the core is privileged: in a handler, or with CONTROL.nPRIV clear.
    pub fn privileged(&self) -> bool {
        self.ipsr != 0 || self.control & 1 == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::BusFault;
    use crate::cpu::{Clock, CoreConfig};
    use crate::memory::Region;

    const SRAM: u32 = 0x2000_0000;
    const REGISTER: u32 = 0x4000_0010;

    /// One register of 32 bits at [`REGISTER`].
    struct Device(u32);

    impl Bus for Device {
        fn read(&mut self, _: &mut Memory, _: Clock, at: u32, size: Size) -> Result<u32, BusFault> {
            let offset = at.wrapping_sub(REGISTER);
            if offset > 3 {
                return Err(BusFault);
            }
            Ok(size.truncate(self.0 >> (8 * offset)))
        }

        fn write(
            &mut self,
            _: &mut Memory,
            _: Clock,
            at: u32,
            size: Size,
            value: u32,
        ) -> Result<Effect, BusFault> {
            let offset = at.wrapping_sub(REGISTER);
            if offset > 3 {
                return Err(BusFault);
            }
            let lanes = size.truncate(u32::MAX) << (8 * offset);
            self.0 = self.0 & !lanes | value << (8 * offset);
            Ok(Effect::Continue)
        }
    }

    fn parts(config: impl Into<CoreConfig>) -> (Cpu, Memory, Device) {
        let memory = Memory::new(&[Region::ram(SRAM, 0x100)]);
        (Cpu::new(config), memory, Device(0x8000_0000))
    }

    /// Technical reference manual of the Cortex-M4, 3.7.1.
    fn alias(address: u32, bit: u32) -> u32 {
        (address & 0xf000_0000) + 0x0200_0000 + (address & 0xf_ffff) * 32 + bit * 4
    }

    #[test]
    fn each_bit_of_memory_and_of_a_register_is_a_word() {
        let (mut cpu, mut memory, mut bus) = parts(Core::CortexM4);
        for (word, before) in [(SRAM + 0x24, 0), (REGISTER, 0x8000_0000_u32)] {
            let mut expected = before;
            for bit in 0..32 {
                let at = alias(word, bit);
                let seen = cpu.load::<4, _>(at, &mut memory, &mut bus);
                assert_eq!(seen, Ok(expected >> bit & 1), "{at:#x}");
                // Only bit 0 of what is stored counts.
                let value = if bit % 3 == 0 {
                    0xffff_ffff
                } else {
                    0xffff_fffe
                };
                assert_eq!(cpu.store::<4, _>(at, value, &mut memory, &mut bus), Ok(()));
                expected = expected & !(1 << bit) | (value & 1) << bit;
                let seen = cpu.load::<4, _>(word, &mut memory, &mut bus);
                assert_eq!(seen, Ok(expected), "{at:#x}");
                // Bytes and halfwords of the alias show and change the same bit.
                assert_eq!(cpu.load::<1, _>(at, &mut memory, &mut bus), Ok(value & 1));
                assert_eq!(cpu.load::<2, _>(at, &mut memory, &mut bus), Ok(value & 1));
                assert_eq!(cpu.store::<1, _>(at, !value, &mut memory, &mut bus), Ok(()));
                expected ^= 1 << bit;
                let seen = cpu.load::<4, _>(word, &mut memory, &mut bus);
                assert_eq!(seen, Ok(expected), "{at:#x}");
            }
        }
        // A bit of an address where nothing answers.
        let nothing = cpu.load::<4, _>(alias(REGISTER + 4, 0), &mut memory, &mut bus);
        assert!(nothing.is_err());
    }

    #[test]
    fn cores_without_bit_bands_find_nothing_there() {
        let nordic = crate::chip::part("nRF52840_xxAA").expect("a part").core;
        for config in [nordic, Core::CortexM7.into(), Core::CortexM33.into()] {
            let (mut cpu, mut memory, mut bus) = parts(config);
            for at in [alias(SRAM + 0x24, 5), alias(REGISTER, 31)] {
                let seen = cpu.load::<4, _>(at, &mut memory, &mut bus);
                assert!(seen.is_err(), "{config:?}: {at:#x}");
                let stored = cpu.store::<4, _>(at, 1, &mut memory, &mut bus);
                assert!(stored.is_err(), "{config:?}: {at:#x}");
            }
        }
    }
}
