//! Registers that say which core it is and what it has: CPUID, the feature registers and those of the FPU, after
//! the cores' technical reference manuals (Cortex-M4 DDI 0439, M7 DDI 0489, M33 100230).

use crate::cpu::{Core, CoreConfig, FloatUnit};

/// CPUID: M4 r0p1, M7 r1p0, M33 r0p4.
pub(super) const fn cpuid(core: Core) -> u32 {
    match core {
        Core::CortexM4 => 0x410f_c241,
        Core::CortexM7 => 0x411f_c270,
        Core::CortexM33 => 0x410f_d214,
    }
}

/// The identification register at this offset of the system control space; zero where there is none.
pub(super) const fn identity(config: CoreConfig, offset: u32) -> u32 {
    let features = match config.core {
        Core::CortexM4 => features_m4(offset),
        Core::CortexM7 => features_m7(offset),
        Core::CortexM33 => features_m33(offset),
    };
    features | float_features(config, offset)
}

const fn features_m4(offset: u32) -> u32 {
    match offset {
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
        _ => 0,
    }
}

/// Its cache registers say what the STM32F74x has.
const fn features_m7(offset: u32) -> u32 {
    match offset {
        0xd68 => 0x2023_2231,
        0xd70 => 0x0131_0132,
        0xd78 => 0x0900_0003,
        0xd7c => 0x8303_c003,
        _ => features_m4(offset),
    }
}

/// Without the security extension.
const fn features_m33(offset: u32) -> u32 {
    match offset {
        0xd48 => 0x0020_0000,
        0xd50 => 0x0010_1f40,
        0xd64 => 0x0221_2000,
        0xd68 => 0x2023_2232,
        0xd70 => 0x0131_0132,
        0xd7c => 0x8000_c000,
        _ => features_m4(offset),
    }
}

/// MVFR0, MVFR1 and MVFR2.
const fn float_features(config: CoreConfig, offset: u32) -> u32 {
    match (offset, config.float) {
        (_, FloatUnit::None) => 0,
        (0xf40, FloatUnit::Single) => 0x1011_0021,
        (0xf40, FloatUnit::Double) => 0x1011_0221,
        (0xf44, FloatUnit::Single) => 0x1100_0011,
        (0xf44, FloatUnit::Double) => 0x1200_0011,
        // FPv5 has VSEL, VMAXNM and the directed conversions.
        (0xf48, _) if !matches!(config.core, Core::CortexM4) => 0x40,
        _ => 0,
    }
}
