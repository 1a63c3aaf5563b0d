//! Which unit an operation occupies.

use crate::cpu::decoded::Op;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Integer operation of either pipe.
    Alu,
    /// Multiplier and multiply-accumulate unit.
    Multiply,
    /// Integer division.
    Divide,
    /// One load.
    Load,
    /// One store.
    Store,
    /// Loads of several words.
    LoadMany,
    /// Stores of several words.
    StoreMany,
    /// Branch to an address in the instruction.
    Branch,
    /// Branch to an address in a register or in memory.
    Indirect,
    /// Floating-point operation.
    Float,
    /// Floating-point multiplication with addition.
    FloatMac,
    /// Floating-point division or root.
    FloatDivide,
    /// IT, NOP: takes a slot and does nothing.
    Nothing,
    /// Executes alone: barriers, special registers, exceptions.
    System,
}

/// The class of an operation, from ranges in the order in which [`Op`] lists them.
#[inline(always)]
pub(super) fn class(op: Op) -> Class {
    CLASSES[usize::from(op as u8)]
}

/// Last operation of each range.
const RANGES: [(Op, Class); 32] = [
    (Op::Undefined, Class::System),
    (Op::ShiftReg, Class::Alu),
    (Op::Smlsld, Class::Multiply),
    (Op::Udiv, Class::Divide),
    (Op::Bfc, Class::Alu),
    (Op::LdrshLit, Class::Load),
    (Op::LdrPc, Class::Indirect),
    (Op::StrhWb, Class::Store),
    (Op::LdrdLit, Class::LoadMany),
    (Op::Strd, Class::StoreMany),
    (Op::LdmDb, Class::LoadMany),
    (Op::StmDb, Class::StoreMany),
    (Op::Ldrexh, Class::Load),
    (Op::Strexh, Class::Store),
    (Op::Clrex, Class::System),
    (Op::Bl, Class::Branch),
    (Op::MovPc, Class::Indirect),
    (Op::Cbnz, Class::Branch),
    (Op::Tbh, Class::Indirect),
    (Op::Nop, Class::Nothing),
    (Op::Msr, Class::System),
    (Op::Vldr, Class::Load),
    (Op::Vstr, Class::Store),
    (Op::Vldm, Class::LoadMany),
    (Op::Vstm, Class::StoreMany),
    (Op::Vneg, Class::Float),
    (Op::Vsqrt, Class::FloatDivide),
    (Op::VcvtSingleToHalf, Class::Float),
    (Op::Vnmul, Class::Float),
    (Op::Vdiv, Class::FloatDivide),
    (Op::Vfnms, Class::FloatMac),
    (Op::VUndefined, Class::Float),
];

static CLASSES: [Class; 256] = table();

const fn table() -> [Class; 256] {
    let mut table = [Class::System; 256];
    let (mut range, mut op) = (0, 0);
    while range < RANGES.len() {
        let (last, class) = RANGES[range];
        while op <= last as usize {
            table[op] = class;
            op += 1;
        }
        range += 1;
    }
    table
}
