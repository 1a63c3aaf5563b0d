//! Decoding of 32-bit loads and stores of core registers, of table branches, and of what Armv8-M put among them.

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
    // A base that is also loaded keeps the loaded value.
    let flags = if load && imm >> rn & 1 != 0 { 0 } else { flags };
    Decoded {
        rn,
        flags,
        imm,
        ..Decoded::new(op)
    }
}

/// `mode` of `Op::Nop`: which hint it is; 0 is one of the numbered hints.
pub(super) const PRELOAD_DATA: u8 = 1;
pub(super) const PRELOAD_INSTRUCTION: u8 = 2;
pub(super) const MEMORY_HINT: u8 = 3;
pub(super) const SECURE_GATEWAY: u8 = 4;

/// `mode` of an exclusive access that also orders (LDAEX, STLEX).
pub(super) const ORDERED: u8 = 1;
/// `mode` of an access that takes its size from there: the logarithm of its bytes, and whether it is signed.
pub(super) const SIZE: u8 = 3;
pub(super) const SIGNED: u8 = 4;
/// `mode` of `Op::Tt`: checks as unprivileged code (TTT).
pub(super) const TT_UNPRIVILEGED: u8 = 1;

pub(super) fn dual_exclusive_table(v8: bool, first: u32, second: u32, literal: u32) -> Decoded {
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
    if v8 && (first, second) == (0xe97f, 0xe97f) {
        // There is no secure code to enter.
        return Decoded {
            op: Op::Nop,
            mode: SECURE_GATEWAY,
            ..Decoded::EMPTY
        };
    }
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
    if v8 && !up && !load && second & 0xf03f == 0xf000 {
        // TTA and TTAT are of secure code.
        let op = if second & 0x80 == 0 {
            Op::Tt
        } else {
            Op::Undefined
        };
        return Decoded {
            op,
            rd: base.ra,
            mode: (second >> 6 & 1) as u8 * TT_UNPRIVILEGED,
            ra: 0,
            ..base
        };
    }
    if !up {
        let op = if load { Op::Ldrex } else { Op::Strex };
        return Decoded { op, imm, ..base };
    }
    let kind = second >> 4 & 15;
    if v8 && kind & 8 != 0 {
        return ordered(load, kind, base);
    }
    // For STREXB and STREXH the status register is in the lowest field.
    let op = match (load, kind) {
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

/// Load-acquire and store-release, exclusive or not.
fn ordered(load: bool, kind: u32, base: Decoded) -> Decoded {
    let (exclusive, size) = (kind & 4 != 0, (kind & 3) as u8);
    let op = match (load, exclusive, size) {
        (_, _, 3) => return undefined(),
        (true, false, _) => Op::LoadAcquire,
        (false, false, _) => Op::StoreRelease,
        (true, true, 0) => Op::Ldrexb,
        (true, true, 1) => Op::Ldrexh,
        (true, true, _) => Op::Ldrex,
        (false, true, 0) => Op::Strexb,
        (false, true, 1) => Op::Strexh,
        (false, true, _) => Op::Strex,
    };
    Decoded {
        op,
        mode: if exclusive { ORDERED } else { size },
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
            4 => Decoded {
                op: immediate,
                imm,
                flags: PRE,
                ..base
            },
            6 => Decoded {
                op: if load { Op::LoadUser } else { Op::StoreUser },
                mode: size as u8 | if first & 0x100 != 0 { SIGNED } else { 0 },
                imm: imm8,
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
        (true, 2) if decoded.op != Op::LoadUser => {
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
        (true, 0 | 1) => Decoded {
            op: Op::Nop,
            mode: match (size, first & 0x100 != 0) {
                (0, false) => PRELOAD_DATA,
                (0, true) => PRELOAD_INSTRUCTION,
                _ => MEMORY_HINT,
            },
            rd: 0,
            ..base
        },
        _ => decoded,
    }
}
