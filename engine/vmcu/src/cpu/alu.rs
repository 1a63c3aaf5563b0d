//! Data processing: flags, shifts, and the three operand forms.

use super::Cpu;
use super::decoded::{ASR, CARRY_KEPT, CARRY_SET, Decoded, LSL, LSR, ROR, SET};

/// `value` shifted by 0–255, and the carry out (`carry` when nothing is shifted). RRX shifts `carry` in.
#[inline]
pub(super) fn shift(value: u32, kind: u8, amount: u32, carry: bool) -> (u32, bool) {
    if amount == 0 {
        return (value, carry);
    }
    match kind {
        LSL => match amount {
            1..=31 => (value << amount, value >> (32 - amount) & 1 != 0),
            32 => (0, value & 1 != 0),
            _ => (0, false),
        },
        LSR => match amount {
            1..=31 => (value >> amount, value >> (amount - 1) & 1 != 0),
            32 => (0, value >> 31 != 0),
            _ => (0, false),
        },
        ASR => {
            let signed = value as i32;
            if amount < 32 {
                ((signed >> amount) as u32, value >> (amount - 1) & 1 != 0)
            } else {
                ((signed >> 31) as u32, value >> 31 != 0)
            }
        }
        ROR => {
            let result = value.rotate_right(amount & 31);
            (result, result >> 31 != 0)
        }
        _ => (value >> 1 | u32::from(carry) << 31, value & 1 != 0),
    }
}

/// `a + b + carry` with carry out and signed overflow.
#[inline(always)]
fn add_with_carry(a: u32, b: u32, carry: bool) -> (u32, bool, bool) {
    let (partial, first) = a.overflowing_add(b);
    let (sum, second) = partial.overflowing_add(u32::from(carry));
    (sum, first | second, ((a ^ sum) & (b ^ sum)) >> 31 != 0)
}

impl Cpu {
    /// Register by number; r15 reads as the instruction's address plus 4.
    #[inline(always)]
    pub(super) fn reg(&self, number: u8) -> u32 {
        self.r[usize::from(number & 15)]
    }

    #[inline(always)]
    pub(super) fn set_reg(&mut self, number: u8, value: u32) {
        self.r[usize::from(number & 15)] = value;
    }

    #[inline(always)]
    pub(super) fn set_nz(&mut self, result: u32) {
        self.n = result >> 31 != 0;
        self.z = result == 0;
    }

    /// The shifted second operand, for operations whose carry out is the adder's.
    #[inline(always)]
    pub(super) fn shifted(&self, ins: &Decoded) -> u32 {
        let value = self.reg(ins.rm);
        if ins.mode == LSL && ins.amount < 32 {
            return value << ins.amount;
        }
        shift(value, ins.mode, u32::from(ins.amount), self.c).0
    }

    #[inline(always)]
    fn logical(&mut self, ins: &Decoded, result: u32, carry: bool) {
        if ins.has(SET) {
            self.set_nz(result);
            self.c = carry;
        }
        self.set_reg(ins.rd, result);
    }

    #[inline(always)]
    fn immediate_carry(&self, ins: &Decoded) -> bool {
        if ins.mode == CARRY_KEPT {
            self.c
        } else {
            ins.mode == CARRY_SET
        }
    }

    #[inline(always)]
    pub(super) fn logical_imm(&mut self, ins: &Decoded, f: impl Fn(u32, u32) -> u32) {
        let carry = self.immediate_carry(ins);
        self.logical(ins, f(self.reg(ins.rn), ins.imm), carry);
    }

    #[inline(always)]
    pub(super) fn logical_reg(&mut self, ins: &Decoded, f: impl Fn(u32, u32) -> u32) {
        self.logical(ins, f(self.reg(ins.rn), self.reg(ins.rm)), self.c);
    }

    #[inline(always)]
    pub(super) fn logical_shift(&mut self, ins: &Decoded, f: impl Fn(u32, u32) -> u32) {
        let (b, carry) = shift(self.reg(ins.rm), ins.mode, u32::from(ins.amount), self.c);
        self.logical(ins, f(self.reg(ins.rn), b), carry);
    }

    #[inline(always)]
    pub(super) fn test_imm(&mut self, ins: &Decoded, f: impl Fn(u32, u32) -> u32) {
        self.c = self.immediate_carry(ins);
        self.set_nz(f(self.reg(ins.rn), ins.imm));
    }

    #[inline(always)]
    pub(super) fn test_shift(&mut self, ins: &Decoded, f: impl Fn(u32, u32) -> u32) {
        let (b, carry) = shift(self.reg(ins.rm), ins.mode, u32::from(ins.amount), self.c);
        self.c = carry;
        self.set_nz(f(self.reg(ins.rn), b));
    }

    /// `rd = a + b + carry`
    #[inline(always)]
    pub(super) fn add(&mut self, ins: &Decoded, a: u32, b: u32, carry: bool) {
        let (sum, carry_out, overflow) = add_with_carry(a, b, carry);
        if ins.has(SET) {
            self.set_nz(sum);
            self.c = carry_out;
            self.v = overflow;
        }
        self.set_reg(ins.rd, sum);
    }

    /// `rd = a - b`. Simpler than `a + !b + 1`, and what loops count with.
    #[inline(always)]
    pub(super) fn subtract(&mut self, ins: &Decoded, a: u32, b: u32) {
        if ins.has(SET) {
            self.compare(a, b);
        }
        self.set_reg(ins.rd, a.wrapping_sub(b));
    }

    /// The flags of `a - b`.
    #[inline(always)]
    pub(super) fn compare(&mut self, a: u32, b: u32) {
        let difference = a.wrapping_sub(b);
        self.set_nz(difference);
        self.c = a >= b;
        self.v = ((a ^ b) & (a ^ difference)) >> 31 != 0;
    }

    /// The flags of `a + b`.
    #[inline(always)]
    pub(super) fn compare_negative(&mut self, a: u32, b: u32) {
        let (sum, carry_out, overflow) = add_with_carry(a, b, false);
        self.set_nz(sum);
        self.c = carry_out;
        self.v = overflow;
    }

    /// Shift by the low byte of a register.
    #[inline(always)]
    pub(super) fn shift_by_register(&mut self, ins: &Decoded) {
        let amount = self.reg(ins.rm) & 0xff;
        let (result, carry) = shift(self.reg(ins.rn), ins.mode, amount, self.c);
        self.logical(ins, result, carry);
    }

    /// Whether `condition` (as encoded) holds.
    #[inline(always)]
    pub(super) fn passes(&self, condition: u8) -> bool {
        let flags = u32::from(self.n) << 3
            | u32::from(self.z) << 2
            | u32::from(self.c) << 1
            | u32::from(self.v);
        CONDITIONS[usize::from(condition & 15)] >> flags & 1 != 0
    }
}

/// For each condition, bit `NZCV` tells whether it holds.
const CONDITIONS: [u16; 16] = condition_table();

const fn condition_table() -> [u16; 16] {
    let mut table = [0u16; 16];
    let mut flags = 0;
    while flags < 16 {
        let (n, z, c, v) = (
            flags & 8 != 0,
            flags & 4 != 0,
            flags & 2 != 0,
            flags & 1 != 0,
        );
        let holds = [z, c, n, v, c && !z, n == v, !z && n == v, true];
        let mut pair = 0;
        while pair < 8 {
            if holds[pair] {
                table[2 * pair] |= 1 << flags;
            }
            // AL has no opposite; 15 also means always.
            if !holds[pair] || pair == 7 {
                table[2 * pair + 1] |= 1 << flags;
            }
            pair += 1;
        }
        flags += 1;
    }
    table
}
