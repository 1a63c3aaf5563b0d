//! Puts into memory what the memory protection unit and the core's cache bits say, and asks the unit where memory does
//! not know.

use super::mpu::{Access, default_map};
use super::traps::{Fault, Trap};
use super::{Core, Cpu, SystemControl};
use crate::bus::{BusFault, Effect, Size};
use crate::memory::{
    Guard, Memory, NO_READ, NO_USER_READ, NO_USER_WRITE, NO_WRITE, NOT_CACHED, Window,
};

/// CCR.IC and CCR.DC.
const CACHE_BITS: u32 = 3 << 16;
const CCSIDR: u32 = 0xe000_ed80;
const CSSELR: u32 = 0xe000_ed84;
/// Offset of the invalidation of the branch predictor (Armv7-M manual, B2.2.7).
const BPIALL: u32 = 0xf78;

impl Cpu {
    /// Which protecting flags count for what runs now.
    #[inline(always)]
    fn guard(&self) -> Guard {
        if self.system.mpu.applies(true) || self.system.mpu.applies(false) {
            self.guard_as(self.privileged())
        } else {
            Guard::Off
        }
    }

    fn guard_as(&self, privileged: bool) -> Guard {
        if !self.system.mpu.applies(self.execution_priority() < 0) {
            Guard::Off
        } else if privileged {
            Guard::Privileged
        } else {
            Guard::User
        }
    }

    /// Bring memory up to date with the core's mode and its protection and cache registers.
    #[inline(always)]
    pub(super) fn refresh_protection(&mut self, memory: &mut Memory) {
        let guard = self.guard();
        if guard != memory.cells.guard()
            || self.system.mpu.changed
            || (self.system.ccr ^ memory.cells.delays.core_bits) & CACHE_BITS != 0
        {
            self.renew_protection(guard, memory);
        }
    }

    #[cold]
    #[inline(never)]
    fn renew_protection(&mut self, guard: Guard, memory: &mut Memory) {
        let cells = &mut memory.cells;
        self.forget_windows();
        cells.set_guard(guard);
        if std::mem::take(&mut self.system.mpu.changed) {
            let mpu = &self.system.mpu;
            let on = mpu.applies(false);
            cells.protect(|address| {
                if !on {
                    return (0, u32::MAX);
                }
                (
                    flags(|user| mpu.probe(address, !user)),
                    mpu.stretch(address).1,
                )
            });
        }
        let bits = self.system.ccr & CACHE_BITS;
        if bits != cells.delays.core_bits {
            cells.set_core_bits(bits);
        }
    }

    /// From now on, and until the next instruction, memory is accessed as code of this privilege would.
    pub(super) fn access_as(&mut self, privileged: bool, memory: &mut Memory) {
        let guard = self.guard_as(privileged);
        memory.cells.set_guard(guard);
        self.window.length = 0;
    }

    /// From now on, and until the next instruction, memory is accessed by the default map, as for vectors.
    pub(super) fn access_default_map(&mut self, memory: &mut Memory) {
        memory.cells.set_guard(Guard::Off);
        self.window.length = 0;
    }

    /// What is allowed at an address outside memory, or for the fetch of code.
    pub(super) fn probe(&self, address: u32, guard: Guard) -> Access {
        match guard {
            Guard::Off => default_map(address),
            guard => self.system.mpu.probe(address, guard == Guard::Privileged),
        }
    }

    /// The part of `window` around `address` from which instructions may be fetched.
    pub(super) fn executable(
        &self,
        window: Window,
        address: u32,
        guard: Guard,
    ) -> Result<Window, Trap> {
        if !self.probe(address, guard).execute {
            return Err(Trap::Fault(Fault::FetchAccess));
        }
        if guard == Guard::Off {
            return Ok(window);
        }
        let (first, last) = self.system.mpu.stretch(address);
        let skipped = first.saturating_sub(window.base);
        let end = window.base + (window.length - 1);
        Ok(Window {
            base: window.base + skipped,
            length: last.min(end) - (window.base + skipped) + 1,
            code: window.code + skipped as usize / 2,
        })
    }

    /// What TT says of an address, or TTT with `unprivileged` (Armv8-M manual, `TTResp` without the security extension):
    /// the region and its validity (MREGION, MRVALID), readable and writable in bits 18 and 19. Unprivileged code is told
    /// nothing.
    pub(super) fn test_target(&self, address: u32, unprivileged: bool) -> u32 {
        if !self.privileged() {
            return 0;
        }
        let privileged = !unprivileged;
        let access = self.probe(address, self.guard_as(privileged));
        let region = access
            .region
            .map_or(0, |region| u32::from(region) | 1 << 16);
        region | u32::from(access.read) << 18 | u32::from(access.read && access.write) << 19
    }

    pub(super) fn access_fault(&mut self, address: u32) -> Trap {
        self.trap_value = address;
        Trap::Fault(Fault::DataAccess)
    }

    /// Read a register of the system control space; what describes caches comes from memory.
    pub(super) fn read_system(
        &mut self,
        address: u32,
        size: Size,
        memory: &Memory,
    ) -> Result<u32, BusFault> {
        if address & !3 == CCSIDR && self.config.core == Core::CortexM7 {
            let select = self.system.read(self.clock, CSSELR, Size::Word)?;
            let timing = memory.timing();
            let cache = [&timing.data, &timing.fetch][(select & 1) as usize];
            if let Some(cache) = cache {
                let word = cache.size_identification(select & 1 == 0);
                return Ok(size.truncate(word >> (8 * (address & 3))));
            }
        }
        self.system.read(self.clock, address, size)
    }

    /// Write a register of the system control space; cache maintenance goes to memory.
    pub(super) fn write_system(
        &mut self,
        address: u32,
        size: Size,
        value: u32,
        memory: &mut Memory,
    ) -> Result<Effect, BusFault> {
        debug_assert!(SystemControl::owns(address));
        let effect = self.system.write(self.clock, address, size, value)?;
        let offset = address & 0xfff;
        if (0xf50..0xf7c).contains(&offset) && self.config.core == Core::CortexM7 {
            memory.cells.maintain_caches(offset, value);
            if offset == BPIALL {
                self.timing.forget_branches();
            }
        }
        Ok(effect)
    }
}

/// Flags of a line, from what unprivileged (`true`) and privileged code may do.
fn flags(probe: impl Fn(bool) -> Access) -> u8 {
    let (code, user) = (probe(false), probe(true));
    let mut flags = 0;
    for (allowed, flag) in [
        (code.read, NO_READ),
        (code.write, NO_WRITE),
        (user.read, NO_USER_READ),
        (user.write, NO_USER_WRITE),
        (code.cacheable || user.cacheable, NOT_CACHED),
    ] {
        if !allowed {
            flags |= flag;
        }
    }
    flags
}
