//! Estimated cycles: what a step does, term by term, times what each term was found to cost. It ranks steps and
//! schedules before anything is compiled; a measurement replaces it.

use super::coefficients::of;
use super::work::Work;
use crate::plan::Core;

/// What a term of a class costs, in thousandths, in the order of [`super::Class::terms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coefficients {
    /// Cycles of a Cortex-M7, fitted to the virtual STM32F746.
    pub m7_millicycles: &'static [u32],
    /// Armv7E-M instructions, fitted to the same runs.
    pub milli_instructions: &'static [u32],
}

/// Cycles per instruction, in thousandths, of the cores that no fit was made for: assumed from their pipelines.
const fn millicycles_per_instruction(core: Core) -> u64 {
    match core {
        Core::CortexM7 | Core::CortexM4 | Core::CortexM33 => 1_150,
        Core::CortexM3 | Core::RiscV32Imc | Core::Other => 1_300,
        Core::CortexM0Plus => 1_500,
    }
}

/// Estimated cycles of a step on a core, wait states of the flash not counted. A Cortex-M7's are fitted; those of
/// other cores are fitted instructions of Armv7E-M times an assumed number of cycles.
pub fn estimate_cycles(work: &Work, core: Core) -> u64 {
    let coefficients = of(work.class);
    if core == Core::CortexM7 {
        total(work, coefficients.m7_millicycles)
    } else {
        let instructions = total(work, coefficients.milli_instructions);
        instructions.saturating_mul(millicycles_per_instruction(core)) / 1_000
    }
}

fn total(work: &Work, thousandths: &[u32]) -> u64 {
    let terms = work.counts.iter().zip(thousandths);
    terms
        .map(|(&count, &each)| count.saturating_mul(u64::from(each)))
        .fold(0, u64::saturating_add)
        / 1_000
}
