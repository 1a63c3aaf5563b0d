//! Decoding of 32-bit loads and stores of core registers, and of table branches.

use super::decoded::{Decoded, Op, PRE, WRITEBACK};

fn undefined() -> Decoded {
    Decoded::new(Op::Undefined)
}

pub(super) fn multiple(first: u32, second: u32) -> Decoded {
    let rn = (first & 15) as u8;
    let load = first & 0x10 != 0;
    let op = match (first >> 7 & 3, load) {
        (1, true) => Op::Ldm,
        (1, false) => Op::Stm,
        (2, true) => Op::LdmDb,
        (2, false) => Op::StmDb,
        _ => return undefined(),
    };
    let flags = if first & 0x20 != 0 { WRITEBACK } else { 0 };
    let imm = if load {
        second & 0xdfff
    } else {
        second & 0x5fff
    };
    Decoded {
        rn,
        flags,
        imm,
        ..Decoded::new(op)
    }
}

pub(super) fn dual_exclusive_table(first: u32, second: u32, literal: u32) -> Decoded {
    let base = Decoded {
        rd: (second >> 12) as u8,
        rn: (first & 15) as u8,
        rm: (second & 15) as u8,
        ra: (second >> 8 & 15) as u8,
        ..undefined()
    };
    let (pre, up, writeback) = (first & 0x100 != 0, first & 0x80 != 0, first & 0x20 != 0);
    let load = first & 0x10 != 0;
    let imm = (second & 0xff) * 4;
    if pre || writeback {
        let imm = if up { imm } else { imm.wrapping_neg() };
        let flags = if pre { PRE } else { 0 } | if writeback { WRITEBACK } else { 0 };
        return match (load, base.rn) {
            (true, 15) => Decoded {
                op: Op::LdrdLit,
                imm: literal.wrapping_add(imm),
                flags: PRE,
                ..base
            },
            (true, _) => Decoded {
                op: Op::Ldrd,
                imm,
                flags,
                ..base
            },
            (false, _) => Decoded {
                op: Op::Strd,
                imm,
                flags,
                ..base
            },
        };
    }
    if !up {
        let op = if load { Op::Ldrex } else { Op::Strex };
        return Decoded { op, imm, ..base };
    }
    // For STREXB and STREXH the status register is in the lowest field.
    let op = match (load, second >> 4 & 15) {
        (true, 0) => {
            return Decoded {
                op: Op::Tbb,
                ..base
            };
        }
        (true, 1) => {
            return Decoded {
                op: Op::Tbh,
                ..base
            };
        }
        (true, 4) => Op::Ldrexb,
        (true, 5) => Op::Ldrexh,
        (false, 4) => Op::Strexb,
        (false, 5) => Op::Strexh,
        _ => return undefined(),
    };
    Decoded {
        op,
        ra: base.rm,
        imm: 0,
        ..base
    }
}

/// The forms of one single load or store: immediate, register, write-back, literal.
fn forms(load: bool, size: u32, signed: bool) -> Option<[Op; 4]> {
    Some(match (load, size, signed) {
        (true, 0, false) => [Op::LdrbImm, Op::LdrbReg, Op::LdrbWb, Op::LdrbLit],
        (true, 1, false) => [Op::LdrhImm, Op::LdrhReg, Op::LdrhWb, Op::LdrhLit],
        (true, 2, false) => [Op::LdrImm, Op::LdrReg, Op::LdrWb, Op::LdrLit],
        (true, 0, true) => [Op::LdrsbImm, Op::LdrsbReg, Op::LdrsbWb, Op::LdrsbLit],
        (true, 1, true) => [Op::LdrshImm, Op::LdrshReg, Op::LdrshWb, Op::LdrshLit],
        (false, 0, false) => [Op::StrbImm, Op::StrbReg, Op::StrbWb, Op::Undefined],
        (false, 1, false) => [Op::StrhImm, Op::StrhReg, Op::StrhWb, Op::Undefined],
        (false, 2, false) => [Op::StrImm, Op::StrReg, Op::StrWb, Op::Undefined],
        _ => return None,
    })
}

pub(super) fn single(first: u32, second: u32, literal: u32) -> Decoded {
    let load = first & 0x10 != 0;
    let size = first >> 5 & 3;
    let Some([immediate, register, writeback, literal_form]) =
        forms(load, size, first & 0x100 != 0)
    else {
        return undefined();
    };
    let rd = (second >> 12) as u8;
    let rn = (first & 15) as u8;
    let base = Decoded {
        rd,
        rn,
        ..undefined()
    };
    let (up12, imm12, imm8) = (first & 0x80 != 0, second & 0xfff, second & 0xff);
    let decoded = if rn == 15 {
        let imm = if up12 { imm12 } else { imm12.wrapping_neg() };
        Decoded {
            op: literal_form,
            imm: literal.wrapping_add(imm),
            flags: PRE,
            ..base
        }
    } else if up12 {
        Decoded {
            op: immediate,
            imm: imm12,
            flags: PRE,
            ..base
        }
    } else if second & 0x800 == 0 {
        if second & 0x7c0 != 0 {
            return undefined();
        }
        let (rm, amount) = ((second & 15) as u8, (second >> 4 & 3) as u8);
        Decoded {
            op: register,
            rm,
            amount,
            ..base
        }
    } else {
        let imm = if second & 0x200 != 0 {
            imm8
        } else {
            imm8.wrapping_neg()
        };
        match second >> 8 & 7 {
            // Negative offset, and the unprivileged forms, which differ only under an MPU.
            4 | 6 => Decoded {
                op: immediate,
                imm,
                flags: PRE,
                ..base
            },
            5 | 7 => Decoded {
                op: writeback,
                imm,
                flags: PRE | WRITEBACK,
                ..base
            },
            1 | 3 => Decoded {
                op: writeback,
                imm,
                flags: WRITEBACK,
                ..base
            },
            _ => return undefined(),
        }
    };
    match (load && rd == 15, size) {
        // Mode tells the load into the PC how to find its address.
        (true, 2) => {
            let mode = match decoded.op {
                Op::LdrReg => 1,
                Op::LdrLit => 2,
                _ => 0,
            };
            Decoded {
                op: Op::LdrPc,
                mode,
                ..decoded
            }
        }
        // Preload hints.
        (true, _) => Decoded {
            op: Op::Nop,
            ..base
        },
        _ => decoded,
    }
}
