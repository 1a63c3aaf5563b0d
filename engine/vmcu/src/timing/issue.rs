//! What the cycle models know of an instruction from its decoding alone.

use super::registers::{FLAGS, register_masks};
use crate::cpu::decoded::{DOUBLE, Decoded, Op, WRITEBACK};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Class {
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
fn class(op: Op) -> Class {
    CLASSES[usize::from(op as u8)]
}

/// Issue slots of the Cortex-M7: an instruction may join another when their masks have no bit in common.
pub(super) mod slot {
    /// Banks of the tightly coupled memory and the data cache, of even and of odd words: one load a cycle each.
    pub(crate) const EVEN: u8 = 1;
    pub(crate) const ODD: u8 = 2;
    /// Multiplier, and stores: one instruction of them a cycle.
    pub(crate) const MULTIPLIER: u8 = 4;
    /// Floating-point unit.
    pub(crate) const FLOAT: u8 = 8;
    /// The shifter before the arithmetic unit.
    pub(crate) const SHIFTER: u8 = 16;
    /// Set in what ends its cycle: nothing may join it.
    pub(crate) const CLOSING: u8 = 32;
    /// Set in what may not join, and in every cycle that is open.
    pub(crate) const ALONE: u8 = 64;
    /// Set in every instruction, and in a cycle that is full.
    pub(crate) const FULL: u8 = 128;
}

/// The facts about one instruction that the models use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Issue {
    /// Unit.
    pub class: Class,
    /// Issue slots it takes, see [`slot`].
    pub slots: u8,
    /// Cycles on the M7 before anything else issues.
    pub busy: u8,
    /// Words moved by a transfer of several.
    pub words: u8,
    /// Registers that must be ready when it issues. Store data and accumulators are needed a stage later and
    /// are left out.
    pub reads: u32,
    /// Registers written.
    pub writes: u32,
    /// Those of them that must be ready a stage earlier: addresses, factors, operands that are shifted or extracted.
    pub early: u32,
    /// Registers of those written that are ready one cycle late on the M7.
    pub late: u32,
}

impl Issue {
    /// Of an instruction that is not decoded.
    pub const NONE: Self = Self {
        class: Class::System,
        slots: 0,
        busy: 0,
        words: 0,
        reads: 0,
        writes: 0,
        early: 0,
        late: 0,
    };

    /// Of a decoded instruction.
    pub fn of(ins: &Decoded) -> Self {
        let class = class(ins.op);
        let (reads, writes) = register_masks(ins);
        let words = words_moved(ins);
        // The address unit has the new value of a base register at once.
        let base = if ins.has(WRITEBACK) {
            1 << (ins.rn & 15)
        } else {
            0
        };
        let late = match class {
            Class::Load | Class::LoadMany => writes & !base,
            Class::Multiply | Class::Float | Class::FloatMac => writes,
            _ => 0,
        };
        let unit = match class {
            Class::Alu if extracts(ins.op) => slot::ALONE | slot::SHIFTER,
            Class::Alu if shifts_operand(ins.op) => slot::SHIFTER,
            Class::Alu | Class::Nothing | Class::Branch => 0,
            Class::Load => banks(ins),
            Class::Store | Class::Multiply => slot::MULTIPLIER,
            Class::Float | Class::FloatMac => slot::FLOAT,
            _ => slot::ALONE | slot::CLOSING,
        };
        let busy = match class {
            Class::Divide | Class::System => 2,
            // The data path is 64 bits wide.
            Class::LoadMany | Class::StoreMany => words.div_ceil(2).max(1),
            Class::FloatDivide if ins.has(DOUBLE) => 30,
            Class::FloatDivide if ins.op == Op::Vdiv => 16,
            Class::FloatDivide => 14,
            // The multiplier is half as wide as doubles need.
            Class::FloatMac if ins.has(DOUBLE) => 7,
            Class::Float if ins.has(DOUBLE) && matches!(ins.op, Op::Vmul | Op::Vnmul) => 5,
            _ => 1,
        };
        let reads = reads & !late_operands(ins, class);
        let early = reads & early_operands(ins, class);
        Self {
            class,
            slots: unit | slot::FULL,
            busy,
            words,
            reads,
            writes,
            early,
            late,
        }
    }
}

/// Operands that may arrive late without a stall: the data of a store, the accumulator of a multiplication.
fn late_operands(ins: &Decoded, class: Class) -> u32 {
    let (rd, ra) = (1 << (ins.rd & 15), 1 << (ins.ra & 15));
    let kept = 1 << (ins.rn & 15) | 1 << (ins.rm & 15);
    match class {
        Class::Store if ins.op.is_float() => 0,
        Class::Store if matches!(ins.op, Op::StrReg | Op::StrbReg | Op::StrhReg) => rd & !kept,
        Class::Store => rd & !(1 << (ins.rn & 15)),
        Class::Multiply => match ins.op {
            Op::Smlal | Op::Umlal | Op::Umaal | Op::Smlalxy | Op::Smlald | Op::Smlsld => {
                (ra | rd) & !kept
            }
            _ => ra & !kept,
        },
        _ => 0,
    }
}

/// Operands that must be there a stage before the arithmetic unit (measured: pipeline cycle test by jnk0le, Cortex-M7).
fn early_operands(ins: &Decoded, class: Class) -> u32 {
    match class {
        Class::Branch => 0,
        Class::Alu if shifts_operand(ins.op) => 1 << (ins.rm & 15) | FLAGS,
        Class::Alu => match ins.op {
            Op::Sbfx | Op::Ubfx | Op::Bfi => 1 << (ins.rn & 15),
            Op::Rbit
            | Op::Rev
            | Op::Rev16
            | Op::Revsh
            | Op::Pkhbt
            | Op::Pkhtb
            | Op::Sxtab
            | Op::Sxtah
            | Op::Uxtab
            | Op::Uxtah
            | Op::Sxtab16
            | Op::Uxtab16 => 1 << (ins.rm & 15),
            _ => FLAGS,
        },
        Class::StoreMany => 1 << (ins.rn & 15),
        _ => u32::MAX,
    }
}

/// Bit fields, extensions and the packed operations but for multiplications: on the Cortex-M7 the first of a pair only.
pub(super) fn extracts(op: Op) -> bool {
    (Op::Sxtb as u8..=Op::Bfc as u8).contains(&(op as u8))
}

/// Whether the second operand is shifted on its way.
#[rustfmt::skip]
pub(super) fn shifts_operand(op: Op) -> bool {
    matches!(
        op,
        Op::AndShift | Op::BicShift | Op::OrrShift | Op::OrnShift | Op::EorShift | Op::MvnShift
            | Op::TstShift | Op::TeqShift | Op::AddShift | Op::AdcShift | Op::SubShift
            | Op::SbcShift | Op::RsbShift | Op::CmpShift | Op::CmnShift
    )
}

/// Additions, moves and shifts, whose result the Cortex-M7 has a stage earlier than others.
pub(super) fn is_quick(op: Op) -> bool {
    matches!(
        op,
        Op::AddImm
            | Op::AddReg
            | Op::SubImm
            | Op::SubReg
            | Op::MovImm
            | Op::MovReg
            | Op::MovSp
            | Op::MovShift
            | Op::ShiftReg
            | Op::Movt
            | Op::Adr
            | Op::Rev
            | Op::Rev16
            | Op::Revsh
            | Op::Rbit
    )
}

/// A load of a word or a floating-point register: its result is there for arithmetic at once.
pub(super) fn loads_word(op: Op) -> bool {
    matches!(op, Op::LdrImm | Op::LdrReg | Op::LdrWb | Op::LdrLit)
}

/// The banks that a load may need: a word at a constant offset from a base, taken to be a multiple of 8, needs one.
fn banks(ins: &Decoded) -> u8 {
    match ins.op {
        Op::LdrImm if ins.imm & 4 == 0 => slot::EVEN,
        Op::LdrImm => slot::ODD,
        _ => slot::EVEN | slot::ODD,
    }
}

fn words_moved(ins: &Decoded) -> u8 {
    match ins.op {
        Op::Ldrd | Op::LdrdLit | Op::Strd => 2,
        Op::Ldm | Op::LdmDb | Op::Stm | Op::StmDb => ins.imm.count_ones() as u8,
        Op::Vldm | Op::Vstm => ins.imm as u8,
        Op::Vldr | Op::Vstr => ins.amount,
        _ => 1,
    }
}

/// Last operation of each range.
const RANGES: [(Op, Class); 32] = [
    (Op::NoCoprocessor, Class::System),
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
    (Op::LoadUser, Class::Load),
    (Op::StoreUser, Class::Store),
    (Op::Tt, Class::System),
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
    (Op::VcvtPrecision, Class::Float),
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
