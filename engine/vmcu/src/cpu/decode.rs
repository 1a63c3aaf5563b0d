//! Decoding of one instruction, with what the cycle model needs to know about its registers.
//!
//! Encodings that the architecture calls UNPREDICTABLE follow one rule on all cores: they do what the manual's
//! pseudocode does with their fields. Bits that should be zero or one are ignored, PC as the destination of anything
//! but a branch or a load of words is dropped, and the stack pointer keeps its low two bits clear. Where the fields
//! say nothing (a bit field that ends before it begins, a list past the last register) the encoding is undefined.

use super::decoded::{Decoded, Op, SET, STACK, Timed, WRITEBACK};
use super::stack_limit::lowers_stack;
use super::{Core, CoreConfig, decode16, decode32};
use crate::timing::Issue;

const SP: u8 = 13;

/// Whether a first halfword begins a 32-bit instruction.
pub(super) const fn is_long(first: u16) -> bool {
    first >> 11 > 0x1c
}

/// Decode the instruction at `address`; `second` only matters for 32-bit ones.
pub(super) fn decode(config: CoreConfig, address: u32, first: u16, second: u16) -> Timed {
    let literal = 4 - (address & 2);
    let mut decoded = if is_long(first) {
        decode32::decode(config, u32::from(first), u32::from(second), literal)
    } else {
        decode16::decode(config, u32::from(first), literal)
    };
    if decoded.op == Op::Empty {
        decoded.op = Op::Undefined;
    }
    if decoded.op == Op::MovReg && decoded.rd == SP && !decoded.has(SET) {
        decoded.op = Op::MovSp;
    }
    let issue = Issue::of(&decoded);
    if issue.writes & 1 << SP != 0 && !keeps_stack_aligned(&decoded) {
        decoded.flags |= STACK;
    }
    if config.core == Core::CortexM33 && lowers_stack(&decoded) {
        decoded.flags |= STACK;
    }
    Timed {
        code: decoded,
        issue,
    }
}

/// Whether an instruction that writes the stack pointer leaves its low two bits clear by itself.
fn keeps_stack_aligned(ins: &Decoded) -> bool {
    let words = ins.imm.is_multiple_of(4);
    match ins.op {
        Op::MovSp | Op::Ldm | Op::LdmDb | Op::Stm | Op::StmDb | Op::Vldm | Op::Vstm => true,
        Op::AddImm | Op::SubImm => ins.rn == SP && words,
        Op::Ldrd | Op::LdrdLit => ins.rd != SP && ins.ra != SP && words,
        _ => ins.has(WRITEBACK) && ins.rn == SP && ins.rd != SP && words,
    }
}
