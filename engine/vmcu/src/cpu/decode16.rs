//! Decoding of 16-bit Thumb instructions.

use super::CoreConfig;
use super::decode32::is_v8;
use super::decoded::{ASR, CARRY_KEPT, Decoded, LSL, LSR, NARROW, Op, PRE, ROR, SET, WRITEBACK};

const SP: u8 = 13;

fn field(half: u32, shift: u32) -> u8 {
    (half >> shift) as u8 & 7
}

/// Decode `half`. `literal` is the distance from the instruction to the word-aligned PC it sees: 4, or 2 when
/// the instruction is not word-aligned.
pub(super) fn decode(config: CoreConfig, half: u32, literal: u32) -> Decoded {
    match half >> 12 {
        0 | 1 => shift_add(half),
        2 | 3 => immediate(half),
        4 => match half >> 10 & 3 {
            0 => data(half),
            // BXNS and BLXNS are undefined without the security extension; before Armv8-M these bits should be zero.
            1 if is_v8(config) && half & 0xff04 == 0x4704 => Decoded::new(Op::Undefined),
            1 => high_registers(half),
            _ => Decoded {
                rd: field(half, 8),
                imm: literal + (half & 0xff) * 4,
                ..Decoded::new(Op::LdrLit)
            },
        },
        5 => {
            let op = [
                Op::StrReg,
                Op::StrhReg,
                Op::StrbReg,
                Op::LdrsbReg,
                Op::LdrReg,
                Op::LdrhReg,
                Op::LdrbReg,
                Op::LdrshReg,
            ][(half >> 9 & 7) as usize];
            Decoded {
                rd: field(half, 0),
                rn: field(half, 3),
                rm: field(half, 6),
                ..Decoded::new(op)
            }
        }
        6..=8 => {
            let load = half & 0x800 != 0;
            let (op, scale) = match (half >> 12, load) {
                (6, false) => (Op::StrImm, 4),
                (6, true) => (Op::LdrImm, 4),
                (7, false) => (Op::StrbImm, 1),
                (7, true) => (Op::LdrbImm, 1),
                (_, false) => (Op::StrhImm, 2),
                (_, true) => (Op::LdrhImm, 2),
            };
            Decoded {
                rd: field(half, 0),
                rn: field(half, 3),
                imm: (half >> 6 & 31) * scale,
                ..Decoded::new(op)
            }
        }
        9 => Decoded {
            rd: field(half, 8),
            rn: SP,
            imm: (half & 0xff) * 4,
            ..Decoded::new(if half & 0x800 != 0 {
                Op::LdrImm
            } else {
                Op::StrImm
            })
        },
        10 if half & 0x800 == 0 => Decoded {
            rd: field(half, 8),
            imm: literal + (half & 0xff) * 4,
            ..Decoded::new(Op::Adr)
        },
        10 => Decoded {
            rd: field(half, 8),
            rn: SP,
            imm: (half & 0xff) * 4,
            ..Decoded::new(Op::AddImm)
        },
        11 => miscellaneous(half),
        12 => multiple(half),
        13 => conditional(half),
        _ => Decoded {
            imm: ((((half << 21) as i32) >> 20) as u32).wrapping_add(4),
            ..Decoded::new(if half & 0x800 == 0 {
                Op::B
            } else {
                Op::Undefined
            })
        },
    }
}

fn shift_add(half: u32) -> Decoded {
    let (rd, rn) = (field(half, 0), field(half, 3));
    let flags = SET | NARROW;
    let kind = (half >> 11 & 3) as u8;
    if kind < 3 {
        let amount = (half >> 6 & 31) as u8;
        if kind == LSL && amount == 0 {
            return Decoded {
                rd,
                rm: rn,
                flags,
                ..Decoded::new(Op::MovReg)
            };
        }
        let amount = if amount == 0 { 32 } else { amount };
        return Decoded {
            rd,
            rm: rn,
            mode: kind,
            amount,
            flags,
            ..Decoded::new(Op::MovShift)
        };
    }
    let subtract = half & 0x200 != 0;
    if half & 0x400 != 0 {
        let op = if subtract { Op::SubImm } else { Op::AddImm };
        Decoded {
            rd,
            rn,
            imm: half >> 6 & 7,
            flags,
            ..Decoded::new(op)
        }
    } else {
        let op = if subtract { Op::SubReg } else { Op::AddReg };
        Decoded {
            rd,
            rn,
            rm: field(half, 6),
            flags,
            ..Decoded::new(op)
        }
    }
}

fn immediate(half: u32) -> Decoded {
    let (op, flags) = match half >> 11 & 3 {
        0 => (Op::MovImm, SET | NARROW),
        1 => (Op::CmpImm, SET),
        2 => (Op::AddImm, SET | NARROW),
        _ => (Op::SubImm, SET | NARROW),
    };
    let rd = field(half, 8);
    Decoded {
        rd,
        rn: rd,
        imm: half & 0xff,
        mode: CARRY_KEPT,
        flags,
        ..Decoded::new(op)
    }
}

fn data(half: u32) -> Decoded {
    let (rd, rm) = (field(half, 0), field(half, 3));
    let both = Decoded {
        rd,
        rn: rd,
        rm,
        flags: SET | NARROW,
        ..Decoded::EMPTY
    };
    let compare = Decoded { flags: SET, ..both };
    match half >> 6 & 15 {
        0 => Decoded {
            op: Op::AndReg,
            ..both
        },
        1 => Decoded {
            op: Op::EorReg,
            ..both
        },
        2 => Decoded {
            op: Op::ShiftReg,
            mode: LSL,
            ..both
        },
        3 => Decoded {
            op: Op::ShiftReg,
            mode: LSR,
            ..both
        },
        4 => Decoded {
            op: Op::ShiftReg,
            mode: ASR,
            ..both
        },
        5 => Decoded {
            op: Op::AdcReg,
            ..both
        },
        6 => Decoded {
            op: Op::SbcReg,
            ..both
        },
        7 => Decoded {
            op: Op::ShiftReg,
            mode: ROR,
            ..both
        },
        8 => Decoded {
            op: Op::TstReg,
            ..compare
        },
        9 => Decoded {
            op: Op::RsbImm,
            rn: rm,
            ..both
        },
        10 => Decoded {
            op: Op::CmpReg,
            ..compare
        },
        11 => Decoded {
            op: Op::CmnReg,
            ..compare
        },
        12 => Decoded {
            op: Op::OrrReg,
            ..both
        },
        13 => Decoded {
            op: Op::Mul,
            ..both
        },
        14 => Decoded {
            op: Op::BicReg,
            ..both
        },
        _ => Decoded {
            op: Op::MvnReg,
            ..both
        },
    }
}

fn high_registers(half: u32) -> Decoded {
    let rd = (half & 7 | half >> 4 & 8) as u8;
    let rm = (half >> 3 & 15) as u8;
    let pair = Decoded {
        rd,
        rn: rd,
        rm,
        ..Decoded::EMPTY
    };
    match (half >> 8 & 3, rd) {
        (0, 15) => Decoded {
            op: Op::AddPc,
            ..pair
        },
        (0, _) => Decoded {
            op: Op::AddReg,
            ..pair
        },
        (1, _) => Decoded {
            op: Op::CmpReg,
            flags: SET,
            ..pair
        },
        (2, 15) => Decoded {
            op: Op::MovPc,
            ..pair
        },
        (2, _) => Decoded {
            op: Op::MovReg,
            ..pair
        },
        _ => Decoded {
            op: if half & 0x80 != 0 { Op::Blx } else { Op::Bx },
            ..pair
        },
    }
}

fn miscellaneous(half: u32) -> Decoded {
    let (rd, rm) = (field(half, 0), field(half, 3));
    match half >> 8 & 15 {
        0 => Decoded {
            rd: SP,
            rn: SP,
            imm: (half & 0x7f) * 4,
            ..Decoded::new(if half & 0x80 != 0 {
                Op::SubImm
            } else {
                Op::AddImm
            })
        },
        1 | 3 | 9 | 11 => Decoded {
            rn: rd,
            imm: 4 + ((half >> 3 & 31) << 1 | (half >> 9 & 1) << 6),
            ..Decoded::new(if half & 0x800 != 0 { Op::Cbnz } else { Op::Cbz })
        },
        2 => {
            let op = [Op::Sxth, Op::Sxtb, Op::Uxth, Op::Uxtb][(half >> 6 & 3) as usize];
            Decoded {
                rd,
                rm,
                ..Decoded::new(op)
            }
        }
        4 | 5 => Decoded {
            rn: SP,
            imm: half & 0xff | (half & 0x100) << 6,
            flags: WRITEBACK,
            ..Decoded::new(Op::StmDb)
        },
        6 if half & 0xffe8 == 0xb660 => Decoded {
            imm: half & 3,
            mode: (half >> 4 & 1) as u8,
            ..Decoded::new(Op::Cps)
        },
        10 => {
            let op = [Op::Rev, Op::Rev16, Op::Undefined, Op::Revsh][(half >> 6 & 3) as usize];
            Decoded {
                rd,
                rm,
                ..Decoded::new(op)
            }
        }
        12 | 13 => {
            let list = half & 0xff | (half & 0x100) << 7;
            if list == 0x8000 {
                // A lone PC goes the way of every load into the PC.
                let flags = WRITEBACK;
                return Decoded {
                    rd: 15,
                    rn: SP,
                    imm: 4,
                    flags,
                    ..Decoded::new(Op::LdrPc)
                };
            }
            Decoded {
                rn: SP,
                imm: list,
                flags: WRITEBACK,
                ..Decoded::new(Op::Ldm)
            }
        }
        14 => Decoded {
            imm: half & 0xff,
            ..Decoded::new(Op::Bkpt)
        },
        15 if half & 15 != 0 => Decoded {
            imm: half & 0xff,
            ..Decoded::new(Op::It)
        },
        15 => {
            let hint = half >> 4 & 15;
            let op = if matches!(hint, 2..=4) {
                Op::Wait
            } else {
                Op::Nop
            };
            Decoded {
                imm: hint,
                ..Decoded::new(op)
            }
        }
        _ => Decoded::new(Op::Undefined),
    }
}

fn multiple(half: u32) -> Decoded {
    let rn = field(half, 8);
    let imm = half & 0xff;
    if half & 0x800 == 0 {
        return Decoded {
            rn,
            imm,
            flags: WRITEBACK,
            ..Decoded::new(Op::Stm)
        };
    }
    // A base that is also loaded keeps the loaded value.
    let flags = if imm >> rn & 1 == 0 { WRITEBACK } else { 0 };
    Decoded {
        rn,
        imm,
        flags: flags | PRE,
        ..Decoded::new(Op::Ldm)
    }
}

fn conditional(half: u32) -> Decoded {
    match half >> 8 & 15 {
        14 => Decoded::new(Op::Undefined),
        15 => Decoded {
            imm: half & 0xff,
            ..Decoded::new(Op::Svc)
        },
        condition => Decoded {
            mode: condition as u8,
            imm: (((i32::from(half as u8 as i8)) << 1) as u32).wrapping_add(4),
            ..Decoded::new(Op::BCond)
        },
    }
}
