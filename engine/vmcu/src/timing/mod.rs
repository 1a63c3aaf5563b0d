//! Cycle models: what an instruction costs on each core. They see decoded instructions and whether branches
//! were taken, never values in memory. `docs/timing.md` lists the assumptions.

use crate::cpu::Core;

/// Name of the Cortex-M4 model; it changes whenever a cycle count can change.
pub const M4_MODEL: &str = "m4-1";
/// Name of the Cortex-M7 model; it changes whenever a cycle count can change.
pub const M7_MODEL: &str = "m7-1";

/// The cycle model used for `core`.
pub const fn model_name(core: Core) -> &'static str {
    match core {
        Core::CortexM4 => M4_MODEL,
        Core::CortexM7 => M7_MODEL,
    }
}
