//! The measuring firmware: C sources of ours that are built together with a generated program, and the linker
//! script made from the chip's memory map.

mod caches;
mod link_script;

pub use caches::caches_in_words;
pub use link_script::{Placement, link_script, placement};

use crate::toolchain::Architecture;
use tinyscope_core::plan::Target;

/// C sources and headers that every processor has: file name and text. The `.c` files are compiled, each on its own.
const COMMON: &[(&str, &str)] = &[
    ("firmware.h", include_str!("firmware.h")),
    ("harness.c", include_str!("harness.c")),
    ("report.c", include_str!("report.c")),
    ("rtt.c", include_str!("rtt.c")),
    ("memory.c", include_str!("memory.c")),
    ("runtime.c", include_str!("runtime.c")),
];

const ARM: &[(&str, &str)] = &[
    ("processor.h", include_str!("arm/processor.h")),
    ("startup.c", include_str!("arm/startup.c")),
    ("caches.c", include_str!("arm/caches.c")),
    ("clock.c", include_str!("arm/clock.c")),
    ("guard.c", include_str!("arm/guard.c")),
];

const RISC_V: &[(&str, &str)] = &[
    ("processor.h", include_str!("riscv/processor.h")),
    ("startup.c", include_str!("riscv/startup.c")),
    ("clock.c", include_str!("riscv/clock.c")),
    ("guard.c", include_str!("riscv/guard.c")),
];

/// The firmware of an architecture, as file names and texts.
pub fn sources(architecture: Architecture) -> impl Iterator<Item = (&'static str, &'static str)> {
    let own = match architecture {
        Architecture::Arm => ARM,
        Architecture::RiscV => RISC_V,
    };
    COMMON.iter().chain(own).copied()
}

/// Definitions by which the firmware knows the processor of a target: caches, and what is a chip's own.
pub fn defines(target: &Target) -> Vec<&'static str> {
    let mut defines = vec!["-DTINYSCOPE_HOOKS=1"];
    defines.extend(caches::defines(&target.chip, target.core));
    let own = OWN.iter().find(|(prefix, _)| {
        (target.chip.get(..prefix.len())).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
    });
    defines.extend(own.map(|(_, define)| *define));
    defines
}

/// Chips with watchdogs and counters of their own, by the beginning of their names.
const OWN: &[(&str, &str)] = &[
    ("ESP32C2", "-DTINYSCOPE_ESP32C2=1"),
    ("ESP32C3", "-DTINYSCOPE_ESP32C3=1"),
];

/// Names of the variables that the host looks up in the image.
pub mod symbol {
    /// The RTT control block.
    pub const RTT: &str = "_SEGGER_RTT";
    /// The words through which host and firmware talk.
    pub const CONTROL: &str = "tinyscope_control";
    /// The guarded arena.
    pub const ARENA: &str = "tinyscope_arena";
}

/// Bytes of guard before the arena and below the stack; after the arena there are as many or up to twice as many.
pub const GUARD_BYTES: u64 = 32;

/// What an untouched byte of a guard beside the arena holds, by its index from the guard's start.
pub fn guard_paint(index: u32) -> u8 {
    index.wrapping_mul(29).wrapping_add(0xA6) as u8
}

/// What an untouched word of the arena holds, by its index.
pub fn arena_paint(word: u32) -> u32 {
    0x9E37_79B1_u32.wrapping_mul(word.wrapping_add(1))
}
