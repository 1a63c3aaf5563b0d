//! The system control registers that belong to the core: SysTick, NVIC and SCB of the system control space, after
//! the Armv7-M architecture manual (DDI 0403E), chapter B3, and the Armv8-M one (DDI 0553), part D1.
//! The debug registers in the same space (DHCSR, DCRSR, DCRDR, DEMCR) and DFSR belong to the machine around it.

mod identity;
mod nvic;
mod registers;

use super::mpu::Mpu;
use super::systick::SysTick;
use super::{Core, CoreConfig, FloatUnit};
use identity::cpuid;

pub(crate) use registers::BASE;

/// Most interrupt lines that any core has here.
const INTERRUPTS: usize = 240;

/// CCR.STKALIGN: frames are aligned to eight bytes.
pub(super) const CCR_STKALIGN: u32 = 1 << 9;
/// CCR.BFHFNMIGN: bus errors are ignored at negative priorities.
pub(super) const CCR_BFHFNMIGN: u32 = 1 << 8;
/// CCR.STKOFHFNMIGN: stack limits are ignored at negative priorities (Armv8-M).
pub(super) const CCR_STKOFHFNMIGN: u32 = 1 << 10;
/// CCR.NONBASETHRDENA: thread mode may be entered from any level (Armv7-M).
pub(super) const CCR_NONBASETHRDENA: u32 = 1;
/// SCR.SLEEPONEXIT.
pub(super) const SCR_SLEEPONEXIT: u32 = 1 << 1;
/// SCR.SEVONPEND.
const SCR_SEVONPEND: u32 = 1 << 4;

/// FPCCR.ASPEN: executing a floating-point instruction sets CONTROL.FPCA.
pub(super) const FPCCR_ASPEN: u32 = 1 << 31;
/// FPCCR.LSPEN: floating-point state is saved lazily.
pub(super) const FPCCR_LSPEN: u32 = 1 << 30;
/// FPCCR.CLRONRET: S0–S15 and FPSCR are cleared on exception return (Armv8-M).
pub(super) const FPCCR_CLRONRET: u32 = 1 << 28;
/// FPCCR.UFRDY (Armv8-M).
pub(super) const FPCCR_UFRDY: u32 = 1 << 10;
/// FPCCR.SPLIMVIOL: the frame that space is reserved in lies below the stack limit (Armv8-M).
pub(super) const FPCCR_SPLIMVIOL: u32 = 1 << 9;
/// FPCCR.BFRDY.
pub(super) const FPCCR_BFRDY: u32 = 1 << 6;
/// FPCCR.MMRDY.
pub(super) const FPCCR_MMRDY: u32 = 1 << 5;
/// FPCCR.HFRDY.
pub(super) const FPCCR_HFRDY: u32 = 1 << 4;
/// FPCCR.THREAD.
pub(super) const FPCCR_THREAD: u32 = 1 << 3;
/// FPCCR.USER.
pub(super) const FPCCR_USER: u32 = 1 << 1;
/// FPCCR.LSPACT: a frame waits for the floating-point state.
pub(super) const FPCCR_LSPACT: u32 = 1;

/// SysTick, NVIC and SCB. Public fields hold the registers as software sees them.
#[derive(Clone, Debug)]
pub struct SystemControl {
    config: CoreConfig,
    /// CPUID.
    pub cpuid: u32,
    /// ACTLR: kept, without effect.
    pub actlr: u32,
    /// VTOR.
    pub vtor: u32,
    /// SCR.
    pub scr: u32,
    /// CCR.
    pub ccr: u32,
    /// SHCSR: the enable bits 18–16.
    pub shcsr: u32,
    /// CFSR: UFSR, BFSR and MMFSR.
    pub cfsr: u32,
    /// HFSR.
    pub hfsr: u32,
    /// MMFAR.
    pub mmfar: u32,
    /// BFAR.
    pub bfar: u32,
    /// AFSR.
    pub afsr: u32,
    /// CPACR; CP10 and CP11 enable the FPU.
    pub cpacr: u32,
    /// FPCCR.
    pub fpccr: u32,
    /// FPCAR.
    pub fpcar: u32,
    /// FPDSCR.
    pub fpdscr: u32,
    /// AIRCR.PRIGROUP.
    pub priority_group: u8,
    /// SysTick.
    pub systick: SysTick,
    /// Memory protection unit.
    pub mpu: Mpu,
    /// Priorities of exceptions 4–15 (SHPR).
    pub system_priorities: [u8; 12],
    /// Priorities of interrupts (NVIC IPR).
    pub priorities: [u8; INTERRUPTS],
    /// Enabled interrupts, one bit each.
    pub enabled: [u32; 8],
    /// Pending exceptions by number, one bit each; interrupts begin at 16.
    pub pending: [u32; 8],
    /// Active exceptions by number, one bit each.
    pub active: [u32; 8],
    /// The event register of WFE.
    pub event: bool,
    /// IPSR, for the fields that tell it.
    pub(crate) executing: u16,
    cache_select: u32,
    /// Cycle before which neither a timer nor a pending exception needs looking at; 0 asks for a look now.
    pub(crate) next_event: u64,
}

impl SystemControl {
    /// Registers as after reset.
    pub fn new(config: CoreConfig) -> Self {
        Self {
            config,
            cpuid: cpuid(config.core),
            actlr: 0,
            vtor: 0,
            scr: 0,
            ccr: match config.core {
                Core::CortexM4 => CCR_STKALIGN,
                core => fixed_configuration(core),
            },
            shcsr: 0,
            cfsr: 0,
            hfsr: 0,
            mmfar: 0,
            bfar: 0,
            afsr: 0,
            cpacr: 0,
            fpccr: if config.float == FloatUnit::None {
                0
            } else {
                FPCCR_ASPEN | FPCCR_LSPEN
            },
            fpcar: 0,
            fpdscr: 0,
            priority_group: 0,
            systick: SysTick::default(),
            mpu: Mpu::new(config),
            system_priorities: [0; 12],
            priorities: [0; INTERRUPTS],
            enabled: [0; 8],
            pending: [0; 8],
            active: [0; 8],
            event: false,
            executing: 0,
            cache_select: 0,
            next_event: 0,
        }
    }

    /// Whether `address` is a register of this block. False for the debug registers between 0xE000EDF0 and
    /// 0xE000EDFF and for DFSR (0xE000ED30).
    pub fn owns(address: u32) -> bool {
        let offset = address.wrapping_sub(BASE);
        offset < 0x1000 && !matches!(offset, 0xd30..=0xd33 | 0xdf0..=0xdff | 0xfb8..=0xfbf)
    }

    pub(crate) fn traps_unaligned(&self) -> bool {
        self.ccr & 8 != 0
    }

    pub(crate) fn traps_division(&self) -> bool {
        self.ccr & 16 != 0
    }

    /// Whether STIR is open to unprivileged code: `CCR.USERSETMPEND`.
    pub(crate) fn opens_software_trigger(&self, address: u32) -> bool {
        address == BASE + 0xf00 && self.ccr & 2 != 0
    }

    pub(crate) fn fpu_enabled(&self, privileged: bool) -> bool {
        match self.cpacr >> 20 & 3 {
            3 => true,
            1 => privileged,
            _ => false,
        }
    }

    /// FPCCR.ASPEN: floating-point state is part of the exception frame.
    pub(crate) fn preserves_float(&self) -> bool {
        self.fpccr & FPCCR_ASPEN != 0
    }

    /// Implemented bits of a priority.
    pub(crate) fn priority_mask(&self) -> u8 {
        u8::MAX << (8 - self.config.priority_bits.clamp(3, 8))
    }
}

/// Bits of CCR that read as one on this core: STKALIGN and branch prediction on the M7, and on Armv8-M those that
/// have become fixed.
fn fixed_configuration(core: Core) -> u32 {
    match core {
        Core::CortexM4 => 0,
        Core::CortexM7 => 0x4_0000 | CCR_STKALIGN,
        Core::CortexM33 => CCR_STKALIGN | CCR_NONBASETHRDENA,
    }
}
