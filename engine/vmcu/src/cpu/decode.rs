//! Decoding of one instruction, with what the cycle model needs to know about its registers.

use super::decoded::{Decoded, Op};
use super::{CoreConfig, decode16, decode32};
use crate::timing::Issue;

/// Whether a first halfword begins a 32-bit instruction.
pub(super) const fn is_long(first: u16) -> bool {
    first >> 11 > 0x1c
}

/// Decode the instruction at `address`; `second` only matters for 32-bit ones.
pub(super) fn decode(config: CoreConfig, address: u32, first: u16, second: u16) -> Decoded {
    let literal = 4 - (address & 2);
    let mut decoded = if is_long(first) {
        decode32::decode(config, u32::from(first), u32::from(second), literal)
    } else {
        decode16::decode(u32::from(first), literal)
    };
    if decoded.op == Op::Empty {
        decoded.op = Op::Undefined;
    }
    decoded.issue = Issue::of(&decoded);
    decoded
}
