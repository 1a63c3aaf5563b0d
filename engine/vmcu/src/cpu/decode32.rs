//! Decoding of 32-bit Thumb instructions other than loads, stores and floating point.

use super::decoded::{
    ASR, CARRY_CLEAR, CARRY_KEPT, CARRY_SET, Decoded, LONG, LSL, LSR, Op, ROR, RRX, SET,
};
use super::{decode_fp, decode_memory};
use crate::cpu::{Core, CoreConfig};

/// Whether the core is of Armv8-M.
pub(super) fn is_v8(config: CoreConfig) -> bool {
    config.core == Core::CortexM33
}

/// Decode the instruction whose halves are `first` and `second`; `literal` as for 16-bit ones.
pub(super) fn decode(config: CoreConfig, first: u32, second: u32, literal: u32) -> Decoded {
    let mut decoded = match first >> 11 & 3 {
        1 => match first >> 5 & 0x3f {
            op if op & 0x32 == 0 => decode_memory::multiple(first, second),
            op if op & 0x32 == 0x02 => {
                decode_memory::dual_exclusive_table(is_v8(config), first, second, literal)
            }
            op if op & 0x30 == 0x10 => shifted_register(first, second),
            _ => decode_fp::decode(config, first, second, literal),
        },
        2 if second & 0x8000 != 0 => branch_control(first, second),
        2 if first & 0x200 == 0 => modified_immediate(first, second),
        2 => plain_immediate(first, second, literal),
        _ if first & 0x400 != 0 => decode_fp::decode(config, first, second, literal),
        _ if first & 0x200 == 0 => decode_memory::single(first, second, literal),
        _ if first & 0x100 == 0 => register(first, second),
        _ if first & 0x80 == 0 => multiply(first, second),
        _ => long_multiply(first, second),
    };
    decoded.flags |= LONG;
    decoded
}

fn registers(first: u32, second: u32) -> Decoded {
    Decoded {
        rn: (first & 15) as u8,
        rd: (second >> 8 & 15) as u8,
        ra: (second >> 12) as u8,
        rm: (second & 15) as u8,
        ..Decoded::new(Op::Undefined)
    }
}

/// The 3 + 2 bit shift amount that several encodings share.
fn amount(second: u32) -> u8 {
    (second >> 10 & 0x1c | second >> 6 & 3) as u8
}

/// Kind and amount of an immediate shift, with the encodings of 32 and RRX resolved.
fn immediate_shift(kind: u8, amount: u8) -> (u8, u8) {
    match (kind, amount) {
        (LSR | ASR, 0) => (kind, 32),
        (ROR, 0) => (RRX, 1),
        _ => (kind, amount),
    }
}

/// Offset into the immediate, register and shifted-register forms of an operation.
#[derive(Clone, Copy)]
enum Form {
    Imm,
    Reg,
    Shift,
}

fn data_operation(op: u32, rn: u8, rd: u8, set: bool, form: Form) -> Op {
    macro_rules! pick {
        ($imm:ident, $reg:ident, $shift:ident) => {
            match form {
                Form::Imm => Op::$imm,
                Form::Reg => Op::$reg,
                Form::Shift => Op::$shift,
            }
        };
    }
    let compare = rd == 15 && set;
    match op {
        0 if compare => pick!(TstImm, TstReg, TstShift),
        0 => pick!(AndImm, AndReg, AndShift),
        1 => pick!(BicImm, BicReg, BicShift),
        2 if rn == 15 => pick!(MovImm, MovReg, MovShift),
        2 => pick!(OrrImm, OrrReg, OrrShift),
        3 if rn == 15 => pick!(MvnImm, MvnReg, MvnShift),
        3 => pick!(OrnImm, OrnReg, OrnShift),
        4 if compare => pick!(TeqImm, TeqReg, TeqShift),
        4 => pick!(EorImm, EorReg, EorShift),
        8 if compare => pick!(CmnImm, CmnReg, CmnShift),
        8 => pick!(AddImm, AddReg, AddShift),
        10 => pick!(AdcImm, AdcReg, AdcShift),
        11 => pick!(SbcImm, SbcReg, SbcShift),
        13 if compare => pick!(CmpImm, CmpReg, CmpShift),
        13 => pick!(SubImm, SubReg, SubShift),
        14 => pick!(RsbImm, RsbReg, RsbShift),
        _ => Op::Undefined,
    }
}

fn shifted_register(first: u32, second: u32) -> Decoded {
    let base = registers(first, second);
    let (mode, amount) = immediate_shift((second >> 4 & 3) as u8, amount(second));
    let op = first >> 5 & 15;
    if op == 6 {
        // PKH: the T bit selects the half, S must be 0.
        let op = match (first & 0x10, mode) {
            (0, LSL) => Op::Pkhbt,
            (0, ASR) => Op::Pkhtb,
            _ => Op::Undefined,
        };
        return Decoded {
            op,
            mode,
            amount,
            ..base
        };
    }
    let set = first & 0x10 != 0;
    let form = if mode == LSL && amount == 0 {
        Form::Reg
    } else {
        Form::Shift
    };
    Decoded {
        op: data_operation(op, base.rn, base.rd, set, form),
        mode,
        amount,
        flags: if set { SET } else { 0 },
        ..base
    }
}

/// The modified immediate constant of a 12-bit field and what it does to the carry.
pub(super) fn expand_immediate(field: u32) -> (u32, u8) {
    let byte = field & 0xff;
    match field >> 8 {
        0 => (byte, CARRY_KEPT),
        1 => (byte | byte << 16, CARRY_KEPT),
        2 => (byte << 8 | byte << 24, CARRY_KEPT),
        3 => (byte * 0x0101_0101, CARRY_KEPT),
        _ => {
            let value = (0x80 | field & 0x7f).rotate_right(field >> 7);
            (
                value,
                if value >> 31 != 0 {
                    CARRY_SET
                } else {
                    CARRY_CLEAR
                },
            )
        }
    }
}

fn field12(first: u32, second: u32) -> u32 {
    (first >> 10 & 1) << 11 | (second >> 12 & 7) << 8 | second & 0xff
}

fn modified_immediate(first: u32, second: u32) -> Decoded {
    let base = registers(first, second);
    let (imm, mode) = expand_immediate(field12(first, second));
    let set = first & 0x10 != 0;
    let op = data_operation(first >> 5 & 15, base.rn, base.rd, set, Form::Imm);
    Decoded {
        op,
        imm,
        mode,
        flags: if set { SET } else { 0 },
        ..base
    }
}

fn plain_immediate(first: u32, second: u32, literal: u32) -> Decoded {
    let base = registers(first, second);
    let imm12 = field12(first, second);
    let imm16 = imm12 | (first & 15) << 12;
    let (low, width) = (amount(second), second & 31);
    match first >> 4 & 31 {
        0 if base.rn == 15 => Decoded {
            op: Op::Adr,
            imm: literal + imm12,
            ..base
        },
        0 => Decoded {
            op: Op::AddImm,
            imm: imm12,
            ..base
        },
        10 if base.rn == 15 => Decoded {
            op: Op::Adr,
            imm: literal.wrapping_sub(imm12),
            ..base
        },
        10 => Decoded {
            op: Op::SubImm,
            imm: imm12,
            ..base
        },
        4 => Decoded {
            op: Op::MovImm,
            imm: imm16,
            ..base
        },
        12 => Decoded {
            op: Op::Movt,
            imm: imm16,
            ..base
        },
        kind @ (16 | 18 | 24 | 26) => {
            let unsigned = kind & 8 != 0;
            let half = kind & 2 != 0 && low == 0;
            let op = match (unsigned, half) {
                (false, false) => Op::Ssat,
                (true, false) => Op::Usat,
                (false, true) => Op::Ssat16,
                (true, true) => Op::Usat16,
            };
            let mode = if kind & 2 != 0 { ASR } else { LSL };
            let width = if half { width & 15 } else { width };
            let imm = width + u32::from(!unsigned);
            Decoded {
                op,
                rm: base.rn,
                mode,
                amount: low,
                imm,
                ..base
            }
        }
        20 if u32::from(low) + width < 32 => Decoded {
            op: Op::Sbfx,
            amount: low,
            imm: width + 1,
            ..base
        },
        28 if u32::from(low) + width < 32 => Decoded {
            op: Op::Ubfx,
            amount: low,
            imm: width + 1,
            ..base
        },
        22 if width >= u32::from(low) => {
            let op = if base.rn == 15 { Op::Bfc } else { Op::Bfi };
            // The immediate is the mask of the field in place.
            let imm = (u32::MAX >> (31 - (width - u32::from(low)))) << low;
            Decoded {
                op,
                amount: low,
                imm,
                ..base
            }
        }
        _ => base,
    }
}

fn branch_control(first: u32, second: u32) -> Decoded {
    let sign = first >> 10 & 1;
    let (j1, j2) = (second >> 13 & 1, second >> 11 & 1);
    let long_offset = {
        let (i1, i2) = (!(j1 ^ sign) & 1, !(j2 ^ sign) & 1);
        let bits = sign << 24 | i1 << 23 | i2 << 22 | (first & 0x3ff) << 12 | (second & 0x7ff) << 1;
        (((bits << 7) as i32 >> 7) as u32).wrapping_add(4)
    };
    match second >> 12 & 5 {
        1 => Decoded {
            imm: long_offset,
            ..Decoded::new(Op::B)
        },
        5 => Decoded {
            imm: long_offset,
            ..Decoded::new(Op::Bl)
        },
        0 if first >> 7 & 7 != 7 => {
            let bits =
                sign << 20 | j2 << 19 | j1 << 18 | (first & 0x3f) << 12 | (second & 0x7ff) << 1;
            Decoded {
                mode: (first >> 6 & 15) as u8,
                imm: (((bits << 11) as i32 >> 11) as u32).wrapping_add(4),
                ..Decoded::new(Op::BCond)
            }
        }
        0 => control(first, second),
        _ => Decoded::new(Op::Undefined),
    }
}

fn control(first: u32, second: u32) -> Decoded {
    let base = Decoded {
        imm: second & 0xff,
        ..registers(first, second)
    };
    match first >> 4 & 0x7f {
        0x38 | 0x39 => Decoded {
            op: Op::Msr,
            mode: (second >> 10 & 3) as u8,
            ..base
        },
        0x3e | 0x3f => Decoded {
            op: Op::Mrs,
            ..base
        },
        // What follows with these bits set is CPS of other profiles.
        0x3a if second & 0x700 != 0 => Decoded::new(Op::Undefined),
        0x3a => match second & 0xff {
            2..=4 => Decoded {
                op: Op::Wait,
                ..base
            },
            _ => Decoded {
                op: Op::Nop,
                ..base
            },
        },
        0x3b => match second >> 4 & 15 {
            2 => Decoded {
                op: Op::Clrex,
                ..base
            },
            4..=6 => Decoded {
                op: Op::Barrier,
                ..base
            },
            _ => base,
        },
        _ => Decoded::new(Op::Undefined),
    }
}

fn register(first: u32, second: u32) -> Decoded {
    let base = registers(first, second);
    if second >> 12 != 15 {
        return base;
    }
    let (op1, op2) = (first >> 4 & 15, second >> 4 & 15);
    if op1 < 8 && op2 == 0 {
        let flags = if op1 & 1 != 0 { SET } else { 0 };
        return Decoded {
            op: Op::ShiftReg,
            mode: (op1 >> 1) as u8,
            flags,
            ..base
        };
    }
    if op1 < 6 && op2 >= 8 {
        let plain = [
            Op::Sxth,
            Op::Uxth,
            Op::Sxtb16,
            Op::Uxtb16,
            Op::Sxtb,
            Op::Uxtb,
        ];
        let adding = [
            Op::Sxtah,
            Op::Uxtah,
            Op::Sxtab16,
            Op::Uxtab16,
            Op::Sxtab,
            Op::Uxtab,
        ];
        let op = if base.rn == 15 { plain } else { adding }[op1 as usize];
        return Decoded {
            op,
            amount: ((op2 & 3) * 8) as u8,
            ..base
        };
    }
    if op1 >= 8 && op2 < 8 {
        // Kind of SIMD addition and its prefix (signed, saturating, halving); 3 and 7 are not assigned.
        let known = matches!(op1 & 7, 0 | 1 | 2 | 4 | 5 | 6) && op2 & 3 != 3;
        let mode = ((op1 & 7) << 3 | op2) as u8;
        return if known {
            Decoded {
                op: Op::Parallel,
                mode,
                ..base
            }
        } else {
            base
        };
    }
    let op = match (op1, op2) {
        (8, 8) => Op::Qadd,
        (8, 9) => Op::Qdadd,
        (8, 10) => Op::Qsub,
        (8, 11) => Op::Qdsub,
        (9, 8) => Op::Rev,
        (9, 9) => Op::Rev16,
        (9, 10) => Op::Rbit,
        (9, 11) => Op::Revsh,
        (10, 8) => Op::Sel,
        (11, 8) => Op::Clz,
        _ => Op::Undefined,
    };
    Decoded { op, ..base }
}

fn multiply(first: u32, second: u32) -> Decoded {
    let base = registers(first, second);
    let alone = base.ra == 15;
    let op2 = second >> 4 & 15;
    let pick = |plain, accumulating| if alone { plain } else { accumulating };
    let op = match (first >> 4 & 7, op2) {
        (0, 0) => pick(Op::Mul, Op::Mla),
        (0, 1) => Op::Mls,
        (1, 0..=3) => pick(Op::Smulxy, Op::Smlaxy),
        (2, 0..=1) => pick(Op::Smuad, Op::Smlad),
        (3, 0..=1) => pick(Op::Smulw, Op::Smlaw),
        (4, 0..=1) => pick(Op::Smusd, Op::Smlsd),
        (5, 0..=1) => pick(Op::Smmul, Op::Smmla),
        (6, 0..=1) => Op::Smmls,
        (7, 0) => pick(Op::Usad8, Op::Usada8),
        _ => Op::Undefined,
    };
    Decoded {
        op,
        mode: (op2 & 3) as u8,
        ..base
    }
}

fn long_multiply(first: u32, second: u32) -> Decoded {
    let base = registers(first, second);
    let op2 = second >> 4 & 15;
    let op = match (first >> 4 & 7, op2) {
        (0, 0) => Op::Smull,
        (1, 15) => Op::Sdiv,
        (2, 0) => Op::Umull,
        (3, 15) => Op::Udiv,
        (4, 0) => Op::Smlal,
        (4, 8..=11) => Op::Smlalxy,
        (4, 12..=13) => Op::Smlald,
        (5, 12..=13) => Op::Smlsld,
        (6, 0) => Op::Umlal,
        (6, 6) => Op::Umaal,
        _ => Op::Undefined,
    };
    Decoded {
        op,
        mode: (op2 & 3) as u8,
        ..base
    }
}
