//! The measuring firmware: C sources of ours that are built together with a generated program, and the linker
//! script made from the chip's memory map.

mod link_script;

pub use link_script::{Placement, link_script, placement};

use crate::toolchain::{Architecture, architecture};
use tinyscope_core::plan::Core;

/// C sources and headers: file name and text. The `.c` files are compiled, each on its own.
pub const SOURCES: &[(&str, &str)] = &[
    ("firmware.h", include_str!("firmware.h")),
    ("startup.c", include_str!("startup.c")),
    ("harness.c", include_str!("harness.c")),
    ("clock.c", include_str!("clock.c")),
    ("guard.c", include_str!("guard.c")),
    ("report.c", include_str!("report.c")),
    ("rtt.c", include_str!("rtt.c")),
    ("memory.c", include_str!("memory.c")),
    ("runtime.c", include_str!("runtime.c")),
];

/// Whether the firmware is for this processor: it needs Arm's exceptions and a cycle counter.
pub const fn supports(core: Core) -> bool {
    matches!(architecture(core), Some(Architecture::Arm))
}

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

/// What an untouched word of the arena holds, by its index.
pub fn arena_paint(word: u32) -> u32 {
    0x9E37_79B1_u32.wrapping_mul(word.wrapping_add(1))
}
