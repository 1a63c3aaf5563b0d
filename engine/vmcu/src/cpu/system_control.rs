//! The system control registers that belong to the core: SysTick, NVIC and SCB of the system control space.
//! The debug registers in the same space (DHCSR, DCRSR, DCRDR, DEMCR) and DFSR belong to the machine around it.

use super::systick::SysTick;
use super::{Clock, Core, CoreConfig};
use crate::bus::{BusFault, Effect, Size};

const BASE: u32 = 0xe000_e000;
/// STM32 parts implement the upper four bits of a priority.
const PRIORITY_BITS: u8 = 0xf0;
const INTERRUPTS: usize = 240;

/// SysTick, NVIC and SCB. Public fields hold the registers as software sees them.
#[derive(Clone, Debug)]
pub struct SystemControl {
    config: CoreConfig,
    /// CPUID.
    pub cpuid: u32,
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
    /// FPCCR. State is always stacked eagerly, whatever LSPEN says.
    pub fpccr: u32,
    /// FPCAR.
    pub fpcar: u32,
    /// FPDSCR.
    pub fpdscr: u32,
    /// AIRCR.PRIGROUP.
    pub priority_group: u8,
    /// SysTick.
    pub systick: SysTick,
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
    cache_select: u32,
    /// Cycle before which neither a timer nor a pending exception needs looking at; 0 asks for a look now.
    pub(crate) next_event: u64,
}

impl SystemControl {
    /// Registers as after reset.
    pub fn new(config: CoreConfig) -> Self {
        let m7 = config.core == Core::CortexM7;
        Self {
            config,
            cpuid: match config.core {
                Core::CortexM4 => 0x410f_c241,
                Core::CortexM7 => 0x411f_c270,
                Core::CortexM33 => 0x410f_d213,
            },
            vtor: 0,
            scr: 0,
            // STKALIGN; on the M7 also branch prediction, which is always on.
            ccr: if m7 { 0x4_0200 } else { 0x200 },
            shcsr: 0,
            cfsr: 0,
            hfsr: 0,
            mmfar: 0,
            bfar: 0,
            afsr: 0,
            cpacr: 0,
            fpccr: 0xc000_0000,
            fpcar: 0,
            fpdscr: 0,
            priority_group: 0,
            systick: SysTick::default(),
            system_priorities: [0; 12],
            priorities: [0; INTERRUPTS],
            enabled: [0; 8],
            pending: [0; 8],
            active: [0; 8],
            cache_select: 0,
            next_event: 0,
        }
    }

    /// Whether `address` is a register of this block. False for the debug registers between 0xE000EDF0 and
    /// 0xE000EDFF and for DFSR (0xE000ED30).
    pub fn owns(address: u32) -> bool {
        let offset = address.wrapping_sub(BASE);
        offset < 0x1000 && !matches!(offset, 0xd30..=0xd33 | 0xdf0..=0xdff)
    }

    /// Make exception `number` pending (16 and up are interrupts).
    pub fn set_pending(&mut self, number: u16) {
        set_bit(&mut self.pending, number, true);
        self.next_event = 0;
    }

    pub(crate) fn clear_pending(&mut self, number: u16) {
        set_bit(&mut self.pending, number, false);
    }

    pub(crate) fn is_active(&self, number: u16) -> bool {
        bit(&self.active, number)
    }

    pub(crate) fn set_active(&mut self, number: u16, active: bool) {
        set_bit(&mut self.active, number, active);
        self.next_event = 0;
    }

    pub(crate) fn traps_unaligned(&self) -> bool {
        self.ccr & 8 != 0
    }

    pub(crate) fn traps_division(&self) -> bool {
        self.ccr & 16 != 0
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
        self.fpccr >> 31 != 0
    }

    /// Priority of an exception, the group part only where `group` is set; lower goes first.
    pub(crate) fn priority(&self, number: u16, group: bool) -> i16 {
        let priority = match number {
            1 => return -3,
            2 => return -2,
            3 => return -1,
            4..=15 => self.system_priorities[usize::from(number - 4)],
            _ => self
                .priorities
                .get(usize::from(number.wrapping_sub(16)))
                .copied()
                .unwrap_or(0),
        };
        let sub = (2u16 << self.priority_group) - 1;
        i16::from(if group {
            priority & !(sub as u8)
        } else {
            priority
        })
    }

    /// The least group priority of all active exceptions; 256 in thread mode.
    pub(crate) fn active_priority(&self) -> i16 {
        numbers(&self.active)
            .map(|number| self.priority(number, true))
            .min()
            .unwrap_or(256)
    }

    /// The pending, enabled exception that goes first.
    pub(crate) fn first_pending(&self) -> Option<u16> {
        numbers(&self.pending)
            .filter(|number| *number < 16 || bit(&self.enabled, number - 16))
            .min_by_key(|number| (self.priority(*number, false), *number))
    }

    /// Read a register.
    pub fn read(&mut self, clock: Clock, address: u32, size: Size) -> Result<u32, BusFault> {
        if !Self::owns(address) {
            return Err(BusFault);
        }
        let word = self.read_word(clock, address & 0xffc);
        Ok(size.truncate(word >> (8 * (address & 3))))
    }

    fn read_word(&mut self, clock: Clock, offset: u32) -> u32 {
        let m7 = self.config.core == Core::CortexM7;
        match offset {
            0x004 => 7,
            0x010 => self.systick.read_control(clock.cycles),
            0x014 => self.systick.reload,
            0x018 => self.systick.value(clock.cycles),
            0x01c => 0xc000_0000,
            0x100..=0x11f | 0x180..=0x19f => self.enabled[(offset >> 2 & 7) as usize],
            0x200..=0x21f | 0x280..=0x29f => interrupt_bits(&self.pending, offset),
            0x300..=0x31f => interrupt_bits(&self.active, offset),
            0x400..=0x4ef => word_of(&self.priorities, (offset - 0x400) as usize),
            0xd00 => self.cpuid,
            0xd04 => self.read_icsr(),
            0xd08 => self.vtor,
            0xd0c => 0xfa05_0000 | u32::from(self.priority_group) << 8,
            0xd10 => self.scr,
            0xd14 => self.ccr,
            0xd18..=0xd23 => word_of(&self.system_priorities, (offset - 0xd18) as usize),
            0xd24 => self.read_shcsr(),
            0xd28 => self.cfsr,
            0xd2c => self.hfsr,
            0xd34 => self.mmfar,
            0xd38 => self.bfar,
            0xd3c => self.afsr,
            // Feature registers: Thumb-2 with DSP, and on the M7 its caches as the STM32F74x has them.
            0xd40 => 0x30,
            0xd44 => 0x200,
            0xd48 => 0x0010_0000,
            0xd50 => 0x0010_0030,
            0xd58 => 0x0100_0000,
            0xd60 => 0x0110_1110,
            0xd64 => 0x0211_2000,
            0xd68 => 0x2123_2231,
            0xd6c => 0x0111_1131,
            0xd70 => 0x0131_0102,
            0xd78 if m7 => 0x0900_0003,
            0xd7c if m7 => 0x8303_c003,
            0xd80 if m7 => [0xf003_e019, 0xf007_e009][(self.cache_select & 1) as usize],
            0xd84 => self.cache_select,
            0xd88 => self.cpacr,
            0xf34 => self.fpccr,
            0xf38 => self.fpcar,
            0xf3c => self.fpdscr,
            0xf40 => 0x1011_0021,
            0xf44 if m7 => 0x1200_0011,
            0xf44 => 0x1100_0011,
            0xf48 if m7 => 0x40,
            _ => 0,
        }
    }

    fn read_icsr(&self) -> u32 {
        let active = self.active_number();
        let pending = self.first_pending().map_or(0, u32::from);
        let interrupts = numbers(&self.pending).any(|number| number >= 16);
        let only_one = numbers(&self.active).count() <= 1;
        active
            | u32::from(only_one) << 11
            | pending << 12
            | u32::from(interrupts) << 22
            | u32::from(bit(&self.pending, 15)) << 26
            | u32::from(bit(&self.pending, 14)) << 28
            | u32::from(bit(&self.pending, 2)) << 31
    }

    /// The active exception that runs: the one with the least priority value.
    fn active_number(&self) -> u32 {
        numbers(&self.active)
            .min_by_key(|number| (self.priority(*number, true), *number))
            .map_or(0, u32::from)
    }

    fn read_shcsr(&self) -> u32 {
        let active = |number, at: u32| u32::from(bit(&self.active, number)) << at;
        self.shcsr
            | active(4, 0)
            | active(5, 1)
            | active(6, 3)
            | active(11, 7)
            | active(14, 10)
            | active(15, 11)
    }

    /// Write a register. AIRCR.SYSRESETREQ returns [`Effect::Reset`].
    pub fn write(
        &mut self,
        clock: Clock,
        address: u32,
        size: Size,
        value: u32,
    ) -> Result<Effect, BusFault> {
        if !Self::owns(address) {
            return Err(BusFault);
        }
        let offset = address & 0xfff;
        let shift = 8 * (address & 3);
        match offset {
            0x400..=0x4ef => put_bytes(&mut self.priorities, offset - 0x400, size, value),
            0xd18..=0xd23 => put_bytes(&mut self.system_priorities, offset - 0xd18, size, value),
            // Write one to clear, so a narrow write must not touch its neighbours.
            0xd28..=0xd2b => self.cfsr &= !(size.truncate(value) << shift),
            _ if size == Size::Word => return Ok(self.write_word(clock, offset, value)),
            _ => return Err(BusFault),
        }
        self.next_event = 0;
        Ok(Effect::Continue)
    }

    fn write_word(&mut self, clock: Clock, offset: u32, value: u32) -> Effect {
        let word = (offset >> 2 & 7) as usize;
        match offset {
            0x010 => self.systick.write_control(value, clock.cycles),
            0x014 => self.systick.write_reload(value, clock.cycles),
            0x018 => self.systick.clear(clock.cycles),
            0x100..=0x11f => self.enabled[word] |= value,
            0x180..=0x19f => self.enabled[word] &= !value,
            0x200..=0x21f => self.change_pending(word, value, true),
            0x280..=0x29f => self.change_pending(word, value, false),
            0xd04 => {
                for (mask, number, pending) in [
                    (1 << 31, 2, true),
                    (1 << 28, 14, true),
                    (1 << 27, 14, false),
                    (1 << 26, 15, true),
                    (1 << 25, 15, false),
                ] {
                    if value & mask != 0 {
                        set_bit(&mut self.pending, number, pending);
                    }
                }
            }
            0xd08 => self.vtor = value & 0xffff_ff80,
            0xd0c if value >> 16 == 0x05fa => {
                self.priority_group = (value >> 8) as u8 & 7;
                if value & 4 != 0 {
                    return Effect::Reset;
                }
            }
            0xd10 => self.scr = value & 0x16,
            0xd14 => {
                let fixed = if self.config.core == Core::CortexM7 {
                    0x4_0200
                } else {
                    0
                };
                self.ccr = value & 0x7_031b | fixed;
            }
            0xd24 => self.shcsr = value & 0x7_0000,
            0xd2c => self.hfsr &= !value,
            0xd34 => self.mmfar = value,
            0xd38 => self.bfar = value,
            0xd3c => self.afsr = value,
            0xd84 => self.cache_select = value & 15,
            0xd88 => self.cpacr = value & 0x00f0_0000,
            0xf00 => self.set_pending(16 + (value as u16 & 0xff)),
            0xf34 => self.fpccr = value & 0xc000_0000 | self.fpccr & 0x3fff_ffff,
            0xf38 => self.fpcar = value & !7,
            0xf3c => self.fpdscr = value & 0x07c0_0000,
            _ => {}
        }
        self.next_event = 0;
        Effect::Continue
    }

    fn change_pending(&mut self, word: usize, value: u32, pending: bool) {
        for line in (0..32).filter(|line| value & 1 << line != 0) {
            set_bit(&mut self.pending, 16 + 32 * word as u16 + line, pending);
        }
    }
}

fn bit(set: &[u32; 8], number: u16) -> bool {
    set.get(usize::from(number / 32))
        .is_some_and(|word| word >> (number % 32) & 1 != 0)
}

fn set_bit(set: &mut [u32; 8], number: u16, value: bool) {
    if let Some(word) = set.get_mut(usize::from(number / 32)) {
        let mask = 1 << (number % 32);
        *word = if value { *word | mask } else { *word & !mask };
    }
}

fn numbers(set: &[u32; 8]) -> impl Iterator<Item = u16> + '_ {
    (0..8u16).flat_map(move |word| {
        let bits = set[usize::from(word)];
        (0..32)
            .filter(move |line| bits >> line & 1 != 0)
            .map(move |line| 32 * word + line)
    })
}

/// 32 interrupt lines of a set that counts exceptions.
fn interrupt_bits(set: &[u32; 8], offset: u32) -> u32 {
    let word = (offset >> 2 & 7) as usize;
    let above = set.get(word + 1).map_or(0, |next| next << 16);
    set[word] >> 16 | above
}

fn word_of(bytes: &[u8], index: usize) -> u32 {
    (0..4)
        .map(|k| u32::from(bytes.get(index + k).copied().unwrap_or(0)) << (8 * k))
        .sum()
}

fn put_bytes(bytes: &mut [u8], index: u32, size: Size, value: u32) {
    for k in 0..size.bytes() {
        if let Some(byte) = bytes.get_mut((index + k) as usize) {
            *byte = (value >> (8 * k)) as u8 & PRIORITY_BITS;
        }
    }
}
