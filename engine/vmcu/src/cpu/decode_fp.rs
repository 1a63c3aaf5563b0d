//! Decoding of the floating-point instructions: FPv4-SP, and the additions of FPv5 in single and double precision.
//! Doubleword registers are moved, loaded and stored by every unit.

use super::decode32::is_v8;
use super::decoded::{DOUBLE, Decoded, Op, PRE, SET, WRITEBACK};
use crate::cpu::{Core, CoreConfig, FloatUnit};

pub(super) fn decode(config: CoreConfig, first: u32, second: u32, literal: u32) -> Decoded {
    if first & 0x300 == 0x300 {
        // Advanced SIMD, which no core of the M profile has.
        return Decoded::new(Op::Undefined);
    }
    if is_v8(config) && first & 0xffe0 == 0xec20 && second == 0x0a00 {
        // VLLDM and VLSTM are of secure code, whatever the unit.
        return Decoded::new(Op::Undefined);
    }
    let absent = config.float == FloatUnit::None;
    let double = match second >> 8 & 15 {
        10 if !absent => false,
        11 if !absent => true,
        _ => return Decoded::new(Op::NoCoprocessor),
    };
    // S registers have their lowest bit apart; D registers are named by their first S register, and those whose
    // number is odd here are the upper sixteen, which do not exist.
    let register = |high: u32, low: u32| ((high & 15) << 1 | low & 1) as u8;
    let base = Decoded {
        rd: register(second >> 12, first >> 6),
        rn: register(first, second >> 7),
        rm: register(second, second >> 5),
        ..Decoded::new(Op::VUndefined)
    };
    let unit = Unit {
        fpv5: config.core != Core::CortexM4,
        double: config.float == FloatUnit::Double,
    };
    let decoded = match (first >> 8 & 15, first & 0x1000 != 0) {
        (0xc | 0xd, false) => return memory(first, second, literal, double, base),
        (0xe, false) if second & 0x10 != 0 => return transfer(first, second, double, base),
        (0xe, false) => arithmetic(first, second, double, unit, base),
        (0xe, true) if unit.fpv5 && second & 0x10 == 0 => directed(first, second, base),
        _ => return base,
    };
    let wide = double || decoded.op == Op::VcvtPrecision;
    if wide && !unit.double || is_beyond(&decoded, double) {
        return base;
    }
    Decoded {
        flags: decoded.flags | if double { DOUBLE } else { 0 },
        ..decoded
    }
}

/// What the floating-point unit has beyond FPv4-SP.
#[derive(Clone, Copy)]
struct Unit {
    fpv5: bool,
    double: bool,
}

/// Whether the operation uses a D register that does not exist; `double` is its size bit.
fn is_beyond(ins: &Decoded, double: bool) -> bool {
    let (d, n, m) = match ins.op {
        Op::VcvtPrecision if !double => (true, false, false),
        _ if !double => (false, false, false),
        Op::VcvtPrecision | Op::VcvtToInt | Op::VcvtDirected | Op::VcvtToHalf => {
            (false, false, true)
        }
        Op::VcvtFromInt
        | Op::VcvtFromHalf
        | Op::VcvtFromFixed
        | Op::VcvtToFixed
        | Op::VmovImm
        | Op::VcmpZero => (true, false, false),
        Op::Vmov | Op::Vabs | Op::Vneg | Op::Vsqrt | Op::Vcmp | Op::Vrint => (true, false, true),
        _ => (true, true, true),
    };
    let odd = |register: u8, wide: bool| wide && register & 1 != 0;
    odd(ins.rd, d) || odd(ins.rn, n) || odd(ins.rm, m)
}

fn memory(first: u32, second: u32, literal: u32, double: bool, base: Decoded) -> Decoded {
    let load = first & 0x10 != 0;
    let rn = (first & 15) as u8;
    let (pre, up, writeback) = (first & 0x100 != 0, first & 0x80 != 0, first & 0x20 != 0);
    let exists = |register: u8| !double || register & 1 == 0;
    if !pre && !up {
        // VMOV of two core registers.
        if first & 0x60 != 0x40 || second & 0xd0 != 0x10 || !exists(base.rm) || base.rm == 31 {
            return base;
        }
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
            ..base
        };
    }
    // With write-back a list goes up from the base or down before it, never up before it.
    if !exists(base.rd) || pre && up && writeback {
        return base;
    }
    let words = second & 0xff;
    if pre && !writeback {
        let imm = if up {
            words * 4
        } else {
            (words * 4).wrapping_neg()
        };
        let (imm, mode) = if rn == 15 {
            (literal.wrapping_add(imm), 1)
        } else {
            (imm, 0)
        };
        let op = if load { Op::Vldr } else { Op::Vstr };
        return Decoded {
            op,
            rn,
            imm,
            mode,
            amount: 1 + u8::from(double),
            ..base
        };
    }
    // FLDMX and FSTMX pass over one word more than they move.
    let count = if double { words & !1 } else { words };
    if count == 0 || u32::from(base.rd) + count > 32 {
        return base;
    }
    let flags = if writeback { WRITEBACK } else { 0 } | if pre { PRE } else { 0 };
    let op = if load { Op::Vldm } else { Op::Vstm };
    Decoded {
        op,
        rn,
        imm: count,
        amount: words as u8,
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
        // A half of a doubleword register; bytes and halfwords are of Advanced SIMD.
        (true, 0 | 1) if base.rn & 1 == 0 && second & 0x60 == 0 => Decoded {
            op,
            rd,
            rn: base.rn + kind as u8,
            ..base
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

/// The constant of VMOV, as the upper word of a double or as a single.
fn expand_immediate(field: u32, double: bool) -> u32 {
    let (ones, above_one, shift) = if double {
        (0xff << 22, 1 << 30, 16)
    } else {
        (0x1f << 25, 1 << 30, 19)
    };
    let exponent = if field & 0x40 != 0 { ones } else { above_one };
    (field & 0x80) << 24 | exponent | (field & 0x3f) << shift
}

fn arithmetic(first: u32, second: u32, double: bool, unit: Unit, base: Decoded) -> Decoded {
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
            let imm = expand_immediate((first & 15) << 4 | second & 15, double);
            return Decoded {
                op: Op::VmovImm,
                imm,
                ..base
            };
        }
        _ => return unary(first & 15, second, unit.fpv5, base),
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
            op: Op::VcvtFromHalf,
            mode: top.into(),
            ..base
        },
        (3, top) => Decoded {
            op: Op::VcvtToHalf,
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
        (7, true) => Decoded {
            op: Op::VcvtPrecision,
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
