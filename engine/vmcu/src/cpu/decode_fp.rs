//! Decoding of the floating-point instructions: FPv4-SP, and the additions of FPv5. Double precision is
//! undefined on both cores as they are modelled; transfers of doubleword registers are not.

use super::decoded::{Decoded, Op, PRE, SET, WRITEBACK};
use crate::cpu::{Core, CoreConfig};

/// `Op::Undefined` with this mode is an absent coprocessor.
pub(super) const NO_COPROCESSOR: u8 = 1;

pub(super) fn decode(config: CoreConfig, first: u32, second: u32, literal: u32) -> Decoded {
    let double = match second >> 8 & 15 {
        10 => false,
        11 => true,
        _ => {
            return Decoded {
                mode: NO_COPROCESSOR,
                ..Decoded::new(Op::Undefined)
            };
        }
    };
    let single = |high: u32, low: u32| ((high & 15) << 1 | low & 1) as u8;
    let base = Decoded {
        rd: single(second >> 12, first >> 6),
        rn: single(first, second >> 7),
        rm: single(second, second >> 5),
        ..Decoded::new(Op::VUndefined)
    };
    let fpv5 = config.core != Core::CortexM4;
    match (first >> 8 & 15, first & 0x1000 != 0) {
        (0xc | 0xd, false) => memory(first, second, literal, double, base),
        (0xe, false) if second & 0x10 != 0 => transfer(first, second, double, base),
        (0xe, false) if !double => arithmetic(first, second, fpv5, base),
        (0xe, true) if !double && fpv5 && second & 0x10 == 0 => directed(first, second, base),
        _ => base,
    }
}

/// The index of the first single register of a doubleword register.
fn double_index(number: u32, high: u32) -> Option<u8> {
    (high & 1 == 0).then_some(((number & 15) << 1) as u8)
}

fn memory(first: u32, second: u32, literal: u32, double: bool, base: Decoded) -> Decoded {
    let load = first & 0x10 != 0;
    let rn = (first & 15) as u8;
    let (pre, up, writeback) = (first & 0x100 != 0, first & 0x80 != 0, first & 0x20 != 0);
    if !pre && !up {
        // VMOV of two core registers.
        if first & 0x40 == 0 || second & 0xd0 != 0x10 {
            return base;
        }
        let rm = if double {
            double_index(second, second >> 5)
        } else {
            Some(base.rm)
        };
        let Some(rm) = rm.filter(|rm| *rm < 31) else {
            return base;
        };
        let op = if load {
            Op::VmovPairToCore
        } else {
            Op::VmovPairFromCore
        };
        return Decoded {
            op,
            rd: (second >> 12) as u8,
            ra: rn,
            rn: 0,
            rm,
            ..base
        };
    }
    let rd = if double {
        double_index(second >> 12, first >> 6)
    } else {
        Some(base.rd)
    };
    let Some(rd) = rd else { return base };
    let count = second & 0xff;
    if pre && !writeback {
        let imm = if up {
            count * 4
        } else {
            (count * 4).wrapping_neg()
        };
        let (imm, mode) = if rn == 15 {
            (literal.wrapping_add(imm), 1)
        } else {
            (imm, 0)
        };
        let op = if load { Op::Vldr } else { Op::Vstr };
        return Decoded {
            op,
            rd,
            rn,
            imm,
            mode,
            amount: 1 + u8::from(double),
            ..base
        };
    }
    // FLDMX and FSTMX have one word more than they move.
    let count = if double { count & !1 } else { count };
    if count == 0 || u32::from(rd) + count > 32 {
        return base;
    }
    let flags = if writeback { WRITEBACK } else { 0 } | if pre { PRE } else { 0 };
    let op = if load { Op::Vldm } else { Op::Vstm };
    Decoded {
        op,
        rd,
        rn,
        imm: count,
        flags,
        ..base
    }
}

fn transfer(first: u32, second: u32, double: bool, base: Decoded) -> Decoded {
    let rd = (second >> 12) as u8;
    let load = first & 0x10 != 0;
    let kind = first >> 5 & 7;
    let op = if load {
        Op::VmovToCore
    } else {
        Op::VmovFromCore
    };
    match (double, kind) {
        (false, 0) => Decoded { op, rd, ..base },
        (true, 0 | 1) => match double_index(first, second >> 7) {
            Some(register) => Decoded {
                op,
                rd,
                rn: register + kind as u8,
                ..base
            },
            None => base,
        },
        (false, 7) => {
            let op = if load { Op::Vmrs } else { Op::Vmsr };
            // MVFR0–2 cannot be read this way on the M profile.
            if first & 15 == 1 {
                Decoded { op, rd, ..base }
            } else {
                base
            }
        }
        _ => base,
    }
}

fn expand_float(field: u32) -> u32 {
    let exponent = if field & 0x40 != 0 {
        0x1f << 25
    } else {
        1 << 30
    };
    (field & 0x80) << 24 | exponent | (field & 0x3f) << 19
}

fn arithmetic(first: u32, second: u32, fpv5: bool, base: Decoded) -> Decoded {
    let second_form = second & 0x40 != 0;
    let pick = |plain, other| if second_form { other } else { plain };
    let op = match first >> 4 & 0xb {
        0x0 => pick(Op::Vmla, Op::Vmls),
        0x1 => pick(Op::Vnmls, Op::Vnmla),
        0x2 => pick(Op::Vmul, Op::Vnmul),
        0x3 => pick(Op::Vadd, Op::Vsub),
        0x8 => pick(Op::Vdiv, Op::VUndefined),
        0x9 => pick(Op::Vfnms, Op::Vfnma),
        0xa => pick(Op::Vfma, Op::Vfms),
        _ if !second_form => {
            let imm = expand_float((first & 15) << 4 | second & 15);
            return Decoded {
                op: Op::VmovImm,
                imm,
                ..base
            };
        }
        _ => return unary(first & 15, second, fpv5, base),
    };
    Decoded { op, ..base }
}

/// Rounding of `Vrint` and `VcvtDirected` as `mode` holds it: ties away, ties to even, up, down, to zero, as FPSCR says.
pub(super) const TO_ZERO: u8 = 4;
pub(super) const AS_FPSCR: u8 = 5;

fn unary(kind: u32, second: u32, fpv5: bool, base: Decoded) -> Decoded {
    let high = second & 0x80 != 0;
    match (kind, high) {
        (0, false) => Decoded {
            op: Op::Vmov,
            ..base
        },
        (0, true) => Decoded {
            op: Op::Vabs,
            ..base
        },
        (1, false) => Decoded {
            op: Op::Vneg,
            ..base
        },
        (1, true) => Decoded {
            op: Op::Vsqrt,
            ..base
        },
        (2, top) => Decoded {
            op: Op::VcvtHalfToSingle,
            mode: top.into(),
            ..base
        },
        (3, top) => Decoded {
            op: Op::VcvtSingleToHalf,
            mode: top.into(),
            ..base
        },
        // Mode 1: quiet NaNs signal too (VCMPE).
        (4, quiet) => Decoded {
            op: Op::Vcmp,
            mode: quiet.into(),
            ..base
        },
        (5, quiet) => Decoded {
            op: Op::VcmpZero,
            mode: quiet.into(),
            ..base
        },
        (6, false) if fpv5 => Decoded {
            op: Op::Vrint,
            mode: AS_FPSCR,
            ..base
        },
        (6, true) if fpv5 => Decoded {
            op: Op::Vrint,
            mode: TO_ZERO,
            ..base
        },
        // VRINTX also reports inexactness.
        (7, false) if fpv5 => Decoded {
            op: Op::Vrint,
            mode: AS_FPSCR,
            flags: SET,
            ..base
        },
        (8, is_signed) => Decoded {
            op: Op::VcvtFromInt,
            mode: is_signed.into(),
            ..base
        },
        (12 | 13, to_zero) => {
            let amount = if to_zero { TO_ZERO } else { AS_FPSCR };
            Decoded {
                op: Op::VcvtToInt,
                mode: (kind & 1) as u8,
                amount,
                ..base
            }
        }
        (10 | 11 | 14 | 15, wide) => {
            let size = if wide { 32 } else { 16 };
            let bits = (second & 15) << 1 | second >> 5 & 1;
            let op = if kind & 4 == 0 {
                Op::VcvtFromFixed
            } else {
                Op::VcvtToFixed
            };
            // Mode: bit 0 signed, bit 1 32 bits wide; the amount is the number of fraction bits.
            let mode = u8::from(kind & 1 == 0) | u8::from(wide) << 1;
            match u8::try_from(size - bits as i32) {
                Ok(amount) => Decoded {
                    op,
                    mode,
                    amount,
                    ..base
                },
                Err(_) => base,
            }
        }
        _ => base,
    }
}

fn directed(first: u32, second: u32, base: Decoded) -> Decoded {
    let low = second & 0x40 != 0;
    match (first >> 4 & 0xb, first & 0xc) {
        (kind @ 0..=3, _) if !low => Decoded {
            op: Op::Vsel,
            mode: kind as u8,
            ..base
        },
        (8, _) => Decoded {
            op: if low { Op::Vminnm } else { Op::Vmaxnm },
            ..base
        },
        (0xb, 8) if low && second & 0x80 == 0 => Decoded {
            op: Op::Vrint,
            mode: (first & 3) as u8,
            ..base
        },
        (0xb, 12) if low => Decoded {
            op: Op::VcvtDirected,
            mode: (second >> 7 & 1) as u8,
            amount: (first & 3) as u8,
            ..base
        },
        _ => base,
    }
}
