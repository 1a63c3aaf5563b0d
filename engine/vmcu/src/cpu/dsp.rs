//! The DSP extension: packed additions, multiplications of halves, saturation, packing.

use super::Cpu;
use super::alu::shift;
use super::decoded::Decoded;

/// The low half, sign-extended.
#[inline(always)]
pub(super) const fn low(value: u32) -> i32 {
    value as i16 as i32
}

/// The high half, sign-extended.
#[inline(always)]
pub(super) const fn high(value: u32) -> i32 {
    value as i32 >> 16
}

#[inline(always)]
const fn pack(high: u32, low: u32) -> u32 {
    high << 16 | low & 0xffff
}

/// The half that a bit of `mode` selects: set for the high one.
#[inline(always)]
const fn half(value: u32, top: bool) -> i32 {
    if top { high(value) } else { low(value) }
}

/// Two lanes of 16 bits or four of 8, each `f(a, b)`.
#[inline(always)]
fn lanes8(a: u32, b: u32, f: impl Fn(u32, u32) -> u32) -> u32 {
    let lane = |k: u32| (f(a >> k & 0xff, b >> k & 0xff) & 0xff) << k;
    lane(0) | lane(8) | lane(16) | lane(24)
}

impl Cpu {
    /// Saturate to a signed field of `bits` bits, setting Q.
    #[inline(always)]
    pub(super) fn saturate_signed(&mut self, value: i64, bits: u32) -> u32 {
        let limit = 1i64 << (bits - 1);
        let result = value.clamp(-limit, limit - 1);
        self.q |= result != value;
        result as u32
    }

    /// Saturate to an unsigned field of `bits` bits, setting Q.
    #[inline(always)]
    pub(super) fn saturate_unsigned(&mut self, value: i64, bits: u32) -> u32 {
        let result = value.clamp(0, (1i64 << bits) - 1);
        self.q |= result != value;
        result as u32
    }

    #[inline(always)]
    pub(super) fn ssat(&mut self, ins: &Decoded) {
        let value = shift(self.reg(ins.rm), ins.mode, u32::from(ins.amount), false).0;
        let result = self.saturate_signed(i64::from(value as i32), ins.imm);
        self.set_reg(ins.rd, result);
    }

    #[inline(always)]
    pub(super) fn usat(&mut self, ins: &Decoded) {
        let value = shift(self.reg(ins.rm), ins.mode, u32::from(ins.amount), false).0;
        let result = self.saturate_unsigned(i64::from(value as i32), ins.imm);
        self.set_reg(ins.rd, result);
    }

    pub(super) fn saturate_halves(&mut self, ins: &Decoded, signed: bool) {
        let value = self.reg(ins.rm);
        let (bottom, top) = (i64::from(low(value)), i64::from(high(value)));
        let (bottom, top) = if signed {
            (
                self.saturate_signed(bottom, ins.imm),
                self.saturate_signed(top, ins.imm),
            )
        } else {
            (
                self.saturate_unsigned(bottom, ins.imm),
                self.saturate_unsigned(top, ins.imm),
            )
        };
        self.set_reg(ins.rd, pack(top, bottom));
    }

    /// QADD and its kin: `saturate(rm ± saturate(rn · 1 or 2))`.
    pub(super) fn saturating_add(&mut self, ins: &Decoded, double: bool, subtract: bool) {
        let mut b = i64::from(self.reg(ins.rn) as i32);
        if double {
            b = i64::from(self.saturate_signed(2 * b, 32) as i32);
        }
        let a = i64::from(self.reg(ins.rm) as i32);
        let result = self.saturate_signed(if subtract { a - b } else { a + b }, 32);
        self.set_reg(ins.rd, result);
    }

    /// The product of the halves that `mode` selects (bit 1 of the first operand, bit 0 of the second).
    #[inline(always)]
    pub(super) fn half_product(&self, ins: &Decoded) -> i32 {
        half(self.reg(ins.rn), ins.mode & 2 != 0) * half(self.reg(ins.rm), ins.mode & 1 != 0)
    }

    /// The upper 32 bits of the 48-bit product of a word and a half.
    #[inline(always)]
    pub(super) fn word_half_product(&self, ins: &Decoded) -> i32 {
        let b = half(self.reg(ins.rm), ins.mode & 1 != 0);
        ((i64::from(self.reg(ins.rn) as i32) * i64::from(b)) >> 16) as i32
    }

    /// Both products of halves; `mode` bit 0 crosses the second operand.
    #[inline(always)]
    pub(super) fn dual_products(&self, ins: &Decoded) -> (i64, i64) {
        let a = self.reg(ins.rn);
        let b = self.reg(ins.rm).rotate_right(16 * u32::from(ins.mode & 1));
        (i64::from(low(a) * low(b)), i64::from(high(a) * high(b)))
    }

    /// Write an exact sum, setting Q when it does not fit; the result wraps.
    #[inline(always)]
    pub(super) fn set_sticky(&mut self, rd: u8, exact: i64) {
        self.q |= exact != i64::from(exact as i32);
        self.set_reg(rd, exact as u32);
    }

    /// The upper word of `accumulator:0 ± product`, rounded when `mode` bit 0 is set.
    #[inline(always)]
    pub(super) fn most_significant(&mut self, ins: &Decoded, accumulator: u32, subtract: bool) {
        let product = i64::from(self.reg(ins.rn) as i32) * i64::from(self.reg(ins.rm) as i32);
        let base = (u64::from(accumulator) << 32) as i64;
        let sum = if subtract {
            base.wrapping_sub(product)
        } else {
            base.wrapping_add(product)
        };
        let sum = if ins.mode & 1 != 0 {
            sum.wrapping_add(0x8000_0000)
        } else {
            sum
        };
        self.set_reg(ins.rd, (sum >> 32) as u32);
    }

    /// The pair `rd:ra` as one number.
    #[inline(always)]
    pub(super) fn long(&self, ins: &Decoded) -> u64 {
        u64::from(self.reg(ins.rd)) << 32 | u64::from(self.reg(ins.ra))
    }

    #[inline(always)]
    pub(super) fn set_long(&mut self, ins: &Decoded, value: u64) {
        self.set_reg(ins.ra, value as u32);
        self.set_reg(ins.rd, (value >> 32) as u32);
    }

    pub(super) fn absolute_differences(&self, ins: &Decoded) -> u32 {
        let (a, b) = (
            self.reg(ins.rn).to_le_bytes(),
            self.reg(ins.rm).to_le_bytes(),
        );
        a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(b))).sum()
    }

    /// Bytes of the first operand where GE is set, else of the second.
    #[inline(always)]
    pub(super) fn select(&self, ins: &Decoded) -> u32 {
        // Spread GE to a byte mask.
        let ge = u32::from(self.ge);
        let mask = (ge & 1 | (ge & 2) << 7 | (ge & 4) << 14 | (ge & 8) << 21) * 0xff;
        self.reg(ins.rn) & mask | self.reg(ins.rm) & !mask
    }

    /// Sign- or zero-extended bytes 0 and 2 added to the halves of `base`.
    #[inline(always)]
    pub(super) fn extend_bytes(&self, ins: &Decoded, base: u32, signed: bool) -> u32 {
        let value = self.reg(ins.rm).rotate_right(u32::from(ins.amount));
        let (bottom, top) = if signed {
            (value as i8 as u32, (value >> 16) as i8 as u32)
        } else {
            (value & 0xff, value >> 16 & 0xff)
        };
        pack((base >> 16).wrapping_add(top), base.wrapping_add(bottom))
    }

    #[inline(always)]
    pub(super) fn rotated(&self, ins: &Decoded) -> u32 {
        self.reg(ins.rm).rotate_right(u32::from(ins.amount))
    }

    /// The packed additions and subtractions. `mode` is the kind (add8, add16, asx, –, sub8, sub16, sax) above
    /// the prefix (signed, saturating, halving; bit 2 unsigned).
    pub(super) fn parallel(&mut self, ins: &Decoded) {
        let (a, b) = (self.reg(ins.rn), self.reg(ins.rm));
        let unsigned = ins.mode & 4 != 0;
        let prefix = ins.mode & 3;
        let kind = ins.mode >> 3;
        let result = if matches!(kind, 0 | 4) {
            let subtract = kind & 4 != 0;
            if prefix == 0 {
                self.set_ge8(a, b, subtract, unsigned);
            }
            lanes8(a, b, |a, b| {
                let (a, b) = if unsigned {
                    (a as i32, b as i32)
                } else {
                    (i32::from(a as i8), i32::from(b as i8))
                };
                finish(if subtract { a - b } else { a + b }, prefix, unsigned, 8)
            })
        } else {
            let halves = |value: u32| {
                if unsigned {
                    ((value >> 16) as i32, (value & 0xffff) as i32)
                } else {
                    (high(value), low(value))
                }
            };
            let ((a1, a0), (b1, b0)) = (halves(a), halves(b));
            let (top, bottom) = match kind {
                1 => (a1 + b1, a0 + b0),
                2 => (a1 + b0, a0 - b1),
                5 => (a1 - b1, a0 - b0),
                _ => (a1 - b0, a0 + b1),
            };
            if prefix == 0 {
                let subtracts = (matches!(kind, 5 | 6), matches!(kind, 2 | 5));
                let reached = |lane: i32, subtract: bool| {
                    lane >= if unsigned && !subtract { 0x1_0000 } else { 0 }
                };
                self.ge = if reached(top, subtracts.0) { 12 } else { 0 }
                    | if reached(bottom, subtracts.1) { 3 } else { 0 };
            }
            pack(
                finish(top, prefix, unsigned, 16),
                finish(bottom, prefix, unsigned, 16),
            )
        };
        self.set_reg(ins.rd, result);
    }

    fn set_ge8(&mut self, a: u32, b: u32, subtract: bool, unsigned: bool) {
        self.ge = 0;
        for (k, (a, b)) in a.to_le_bytes().into_iter().zip(b.to_le_bytes()).enumerate() {
            let reached = match (unsigned, subtract) {
                (true, true) => a >= b,
                (true, false) => u16::from(a) + u16::from(b) >= 0x100,
                (false, true) => a as i8 >= b as i8,
                (false, false) => i16::from(a as i8) + i16::from(b as i8) >= 0,
            };
            self.ge |= u8::from(reached) << k;
        }
    }
}

/// One lane's sum brought to its width: wrapped, saturated or halved.
#[inline(always)]
fn finish(sum: i32, prefix: u8, unsigned: bool, bits: u32) -> u32 {
    let result = match prefix {
        0 => sum,
        1 if unsigned => sum.clamp(0, (1 << bits) - 1),
        1 => sum.clamp(-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
        _ => sum >> 1,
    };
    result as u32
}
