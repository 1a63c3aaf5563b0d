//! The cycle model `rv32imc-1` (docs/timing.md): a four-stage pipeline that issues one instruction a cycle, in order.
//! Espressif publishes no table of cycles; what is taken off the single cycle here is stated, not measured.

/// Name and version of the model, to be told beside every cycle count that it makes.
pub const MODEL_NAME: &str = "rv32imc-1";

/// A taken branch or a jump: the two instructions fetched behind it are lost.
pub const TAKEN: u64 = 2;
/// The instruction after a load waits a cycle for what was loaded.
pub const LOAD_USE: u64 = 1;
/// A division takes a cycle for every bit of the quotient and one to begin, beyond its own.
pub const DIVISION: u64 = 33;
/// Entering a trap or returning from it refills the pipeline.
pub const TRAP: u64 = 4;

/// Whether the instruction reads register `number`, which is not 0.
#[inline(always)]
pub const fn reads(word: u32, number: u8) -> bool {
    let (rs1, rs2) = ((word >> 15 & 31) as u8, (word >> 20 & 31) as u8);
    match word & 0x7F {
        // LUI, AUIPC, JAL
        0x37 | 0x17 | 0x6F => false,
        // BRANCH, STORE, OP
        0x63 | 0x23 | 0x33 => rs1 == number || rs2 == number,
        _ => rs1 == number,
    }
}
