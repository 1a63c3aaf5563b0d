//! Each family's peripheral registers: where they are, how they start, which flags follow which switches.

use super::registers::{Follows, Model, Task};
use crate::chip::{ChipSpec, Family};

const fn follows(register: u32, source: u32, mask: u32, shift: i8) -> Follows {
    Follows {
        register,
        source,
        mask,
        shift,
    }
}

/// `own`: bits of a register that show other bits of the same one.
const fn own(register: u32, mask: u32, shift: i8) -> Follows {
    follows(register, register, mask, shift)
}

const fn task(register: u32, changes: u32, value: u32) -> Task {
    Task {
        register,
        changes,
        value,
    }
}

/// The independent watchdog's reload and window after reset, the same in all of ST's families.
const fn reload(watchdog: u32) -> (u32, u32) {
    (watchdog + 8, 0xFFF)
}

/// RM0090, chapters 5 to 7; the windows are the memory map's AHB1, AHB2 and APB blocks.
pub static STM32F4: Model = Model {
    windows: &[(0x4000_0000, 0x4008_0000), (0x5000_0000, 0x5006_0C00)],
    initial: &[
        (0x4002_0000, 0xA800_0000), // GPIOA_MODER: the debug pins
        (0x4002_0400, 0x0000_0280),
        (0x4002_3800, 0x83), // RCC_CR: HSI
        (0x4002_3804, 0x2400_3010),
        (0x4000_7000, 0xC000),
        reload(0x4000_3000),
        (0x4002_3870, 0x0E00_0000),
    ],
    fixed: &[(0x4000_7004, 1 << 14)], // PWR_CSR.VOSRDY
    follows: &[
        // RCC_CR: HSI, HSE, PLL, PLLI2S, PLLSAI; CFGR: the switch; BDCR and CSR: LSE, LSI.
        own(0x4002_3800, 1 << 28 | 1 << 26 | 1 << 24 | 1 << 16 | 1, 1),
        own(0x4002_3808, 3, 2),
        own(0x4002_3870, 1, 1),
        own(0x4002_3874, 1, 1),
        // PWR_CSR: over-drive and its switch, the backup regulator.
        follows(0x4000_7004, 0x4000_7000, 3 << 16, 0),
        own(0x4000_7004, 1 << 9, -6),
    ],
    tasks: &[],
    debug_pins: Some(0x4002_0000),
};

/// RM0385 and RM0410, chapters 4 and 5: as the F4 but for the second set of power registers.
pub static STM32F7: Model = Model {
    windows: &[(0x4000_0000, 0x4008_0000), (0x5000_0000, 0x5006_0C00)],
    initial: &[
        (0x4002_0000, 0xA800_0000),
        (0x4002_0400, 0x0000_0280),
        (0x4002_3800, 0x83),
        (0x4002_3804, 0x2400_3010),
        (0x4000_7000, 0xC000),
        reload(0x4000_3000),
        (0x4000_3010, 0xFFF),
        (0x4002_3870, 0x0E00_0000),
    ],
    fixed: &[(0x4000_7004, 1 << 14)],
    follows: STM32F4.follows,
    tasks: &[],
    debug_pins: Some(0x4002_0000),
};

/// RM0433, chapters 6 (PWR) and 8 (RCC).
pub static STM32H7: Model = Model {
    windows: &[
        (0x4000_0000, 0x4008_0000),
        (0x4802_0000, 0x4802_3000),
        (0x5000_0000, 0x5100_A000),
        (0x5200_0000, 0x5200_A000),
        (0x5800_0000, 0x5802_7000),
    ],
    initial: &[
        (0x5802_0000, 0xABFF_FFFF),
        (0x5802_0400, 0xFFFF_FEBF),
        (0x5802_4400, 0x83), // RCC_CR: HSI
        (0x5802_4428, 0x0202_0200),
        (0x5802_442C, 0x01FF_0000),
        (0x5802_4430, 0x0101_0280),
        (0x5802_4438, 0x0101_0280),
        (0x5802_4440, 0x0101_0280),
        (0x5802_4800, 0xF000_C000),
        (0x5802_480C, 0x6), // PWR_CR3: LDO
        (0x5802_4818, 1 << 14),
        reload(0x5800_4800),
        (0x5800_4810, 0xFFF),
    ],
    fixed: &[
        (0x5802_4400, 1 << 15 | 1 << 14), // D1 and D2 domain clocks
        (0x5802_4804, 1 << 13),           // PWR_CSR1.ACTVOSRDY
        (0x5802_4818, 1 << 13),           // PWR_D3CR.VOSRDY
    ],
    follows: &[
        own(0x5802_4400, 1, 2),                                     // HSI
        own(0x5802_4400, 1 << 7, 1),                                // CSI
        own(0x5802_4400, 1 << 12, 1),                               // HSI48
        own(0x5802_4400, 1 << 28 | 1 << 26 | 1 << 24 | 1 << 16, 1), // PLLs, HSE
        own(0x5802_4400, 1 << 3, 2),                                // HSIDIVF
        own(0x5802_4410, 7, 3),                                     // CFGR: the switch
        own(0x5802_4470, 1, 1),                                     // LSE
        own(0x5802_4474, 1, 1),                                     // LSI
        follows(0x5802_4804, 0x5802_4818, 3 << 14, 0),              // ACTVOS
        own(0x5802_480C, 1 << 24, 2),                               // USB33RDY
        own(0x5802_4808, 1, 16),                                    // the backup regulator
    ],
    tasks: &[],
    debug_pins: Some(0x5802_0000),
};

/// RM0438, chapters 8 (PWR) and 9 (RCC); the instruction cache is chapter 10.
pub static STM32L5: Model = Model {
    windows: &[
        (0x4000_0000, 0x4008_0000),
        (0x4202_0000, 0x420D_3000),
        (0x4402_0000, 0x4402_2000),
    ],
    initial: &[
        (0x4202_0000, 0xABFF_FFFF),
        (0x4202_0400, 0xFFFF_FEBF),
        (0x4002_1000, 0x63), // RCC_CR: MSI at 4 MHz
        (0x4002_1004, 0x4000_0000),
        (0x4002_100C, 0x1000),
        (0x4002_1094, 0x0C00_0600),
        (0x4000_7000, 0x400),
        (0x4000_7010, 1),
        reload(0x4000_3000),
        (0x4000_3010, 0xFFF),
        (0x4003_0400, 0x4), // ICACHE_CR: two ways
    ],
    fixed: &[(0x4003_0404, 1 << 1)], // ICACHE_SR: invalidation done
    follows: &[
        // MSI, HSI, HSE, PLL and the two PLLSAI; the switch; LSE, LSI, HSI48.
        own(0x4002_1000, 1, 1),
        own(0x4002_1000, 1 << 8, 2),
        own(0x4002_1000, 1 << 28 | 1 << 26 | 1 << 24 | 1 << 16, 1),
        own(0x4002_1008, 3, 2),
        own(0x4002_1090, 1, 1),
        own(0x4002_1094, 1, 1),
        own(0x4002_1098, 1, 1),
        // PWR_SR1: the converter is ready when asked for; SR2.REGLPF as CR1.LPR.
        follows(0x4000_7014, 0x4000_7000, 1 << 14, -5),
    ],
    tasks: &[],
    debug_pins: Some(0x4202_0000),
};

/// RM0456, chapters 10 (PWR) and 11 (RCC); the instruction cache is chapter 8.
pub static STM32U5: Model = Model {
    windows: &[
        (0x4000_0000, 0x4008_0000),
        (0x4202_0000, 0x420D_6000),
        (0x4600_0000, 0x4602_8000),
    ],
    initial: &[
        (0x4202_0000, 0xABFF_FFFF),
        (0x4202_0400, 0xFFFF_FEBF),
        (0x4602_0C00, 0x35), // RCC_CR: MSIS and MSIK
        (0x4602_0C08, 0x4444_0000),
        (0x4602_0C34, 0x0101_0280),
        (0x4602_0C3C, 0x0101_0280),
        (0x4602_0C44, 0x0101_0280),
        (0x4602_0CF4, 0x0C00_4400),
        (0x4602_0808, 0),
        reload(0x4000_3000),
        (0x4000_3010, 0xFFF),
        (0x4003_0400, 0x4),
    ],
    fixed: &[
        (0x4602_080C, 1 << 15), // PWR_VOSR.VOSRDY
        (0x4602_083C, 1 << 15), // PWR_SVMSR.ACTVOSRDY
        (0x4003_0404, 1 << 1),
    ],
    follows: &[
        // MSIS, MSIK, HSI, HSI48, SHSI, HSE and the PLLs; the switch; LSE, LSI.
        own(0x4602_0C00, 1, 2),
        own(0x4602_0C00, 1 << 4, 1),
        own(0x4602_0C00, 1 << 8, 2),
        own(0x4602_0C00, 1 << 12, 1),
        own(0x4602_0C00, 1 << 14, 1),
        own(0x4602_0C00, 1 << 28 | 1 << 26 | 1 << 24 | 1 << 16, 1),
        own(0x4602_0C1C, 3, 2),
        own(0x4602_0CF0, 1, 1),
        own(0x4602_0CF0, 1 << 7, 4),
        own(0x4602_0CF0, 1 << 26, 1),
        // The booster, the regulator chosen, and the voltage range in use.
        own(0x4602_080C, 1 << 18, -4),
        follows(0x4602_083C, 0x4602_0808, 1 << 1, 0),
        follows(0x4602_083C, 0x4602_080C, 3 << 16, 0),
    ],
    tasks: &[],
    debug_pins: Some(0x4202_0000),
};

/// nRF52840 product specification, chapter 5 (POWER, CLOCK) and the peripherals' base addresses.
pub static NRF52: Model = Model {
    windows: &[
        (0x1000_0000, 0x1000_1000), // FICR
        (0x4000_0000, 0x4003_0000),
        (0x5000_0000, 0x5000_1000), // GPIO
        (0x5002_A000, 0x5002_B000), // CryptoCell
    ],
    initial: &[
        (0x4000_0578, 0),
        (0x4000_0900, 0xFFFF),
        (0x4001_0504, u32::MAX), // WDT.CRV
        (0x4001_0508, 1),
    ],
    fixed: &[],
    follows: &[
        // LFCLKSRCCOPY shows LFCLKSRC.
        follows(0x4000_041C, 0x4000_0518, 3, 0),
    ],
    tasks: &[
        // HFCLKSTART: event, run, state; HFCLKSTOP.
        task(0x4000_0000, 0x4000_0100, 1),
        task(0x4000_0000, 0x4000_0408, 1),
        task(0x4000_0000, 0x4000_040C, 1 << 16 | 1),
        task(0x4000_0004, 0x4000_0408, 0),
        task(0x4000_0004, 0x4000_040C, 1 << 16),
        // LFCLKSTART and LFCLKSTOP; the source shown is the crystal.
        task(0x4000_0008, 0x4000_0104, 1),
        task(0x4000_0008, 0x4000_0414, 1),
        task(0x4000_0008, 0x4000_0418, 1 << 16 | 1),
        task(0x4000_000C, 0x4000_0414, 0),
        task(0x4000_000C, 0x4000_0418, 0),
        // Calibration is done at once.
        task(0x4000_0010, 0x4000_010C, 1),
    ],
    debug_pins: None,
};

/// The registers of a family.
pub fn model(family: Family) -> &'static Model {
    match family {
        Family::Stm32F4 => &STM32F4,
        Family::Stm32F7 => &STM32F7,
        Family::Stm32H7 => &STM32H7,
        Family::Stm32L5 => &STM32L5,
        Family::Stm32U5 => &STM32U5,
        Family::Nrf52 => &NRF52,
    }
}

/// Three words that are no unique identification: every virtual chip is the same one.
const UNIQUE: u32 = 0x5649_5254;

/// The words by which a program or a debugger recognises the chip: flash size in KiB, unique id, package; Nordic's
/// factory information.
pub fn constants(chip: &ChipSpec) -> Vec<(u32, u32)> {
    let kib = chip.flash().1 / 1024;
    let ram_kib = chip.regions.iter().find(|r| r.base == 0x2000_0000);
    let ram_kib = ram_kib.map_or(0, |r| r.length / 1024);
    let (unique, size) = match chip.family {
        Family::Stm32F4 => (0x1FFF_7A10, (0x1FFF_7A20, kib << 16)),
        Family::Stm32F7 => (0x1FF0_F420, (0x1FF0_F440, kib << 16)),
        Family::Stm32H7 => (0x1FF1_E800, (0x1FF1_E880, kib)),
        Family::Stm32L5 => (0x0BFA_0590, (0x0BFA_05E0, kib)),
        Family::Stm32U5 => (0x0BFA_0700, (0x0BFA_07A0, kib)),
        Family::Nrf52 => {
            return vec![
                (0x1000_0010, 4096), // CODEPAGESIZE
                (0x1000_0014, kib / 4),
                (0x1000_0060, UNIQUE),
                (0x1000_0064, UNIQUE),
                (0x1000_0100, chip.id),
                (0x1000_0104, 0x4141_4430), // VARIANT "AAD0"
                (0x1000_0108, 0x2004),      // PACKAGE: QFN or aQFN
                (0x1000_010C, ram_kib),
                (0x1000_0110, kib),
            ];
        }
    };
    let mut words: Vec<(u32, u32)> = (0..3).map(|i| (unique + 4 * i, UNIQUE)).collect();
    words.push(size);
    words
}
