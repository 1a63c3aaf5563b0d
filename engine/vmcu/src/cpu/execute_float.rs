//! The floating-point instructions: register traffic here, arithmetic in [`super::float`].

use super::Cpu;
use super::access::Access;
use super::decode_fp::AS_FPSCR;
use super::decoded::{Decoded, Op, PRE, SET, WRITEBACK};
use super::execute_memory::check_aligned;
use super::float::Rounding;
use super::float::arithmetic::{
    add, compare, divide, extreme, multiply, multiply_add, square_root,
};
use super::float::convert::{
    Fixed, from_fixed, from_half, integer, round_integral, to_fixed, to_half,
};
use super::traps::{Fault, Trap};

const NEGATE: u32 = 1 << 31;
/// FPSCR bits that exist: NZCV, AHP, DN, FZ, RMode, IDC, IXC–IOC.
const FPSCR_MASK: u32 = 0xf7c0_009f;

impl Cpu {
    fn s(&self, register: u8) -> u32 {
        self.fpu.s[usize::from(register & 31)]
    }

    #[inline(never)]
    pub(super) fn execute_float<A: Access>(
        &mut self,
        ins: &Decoded,
        access: &mut A,
    ) -> Result<(), Trap> {
        if !self.system.fpu_enabled(self.privileged()) {
            return Err(Trap::Fault(Fault::NoCoprocessor));
        }
        if ins.op == Op::VUndefined {
            return Err(Trap::Fault(Fault::UndefinedInstruction));
        }
        if self.control & 4 == 0 && self.system.preserves_float() {
            self.control |= 4;
            self.fpu.fpscr = self.fpu.fpscr & !0x07c0_0000 | self.system.fpdscr;
        }
        match ins.op {
            Op::Vldr | Op::Vstr => return self.float_single(ins, access),
            Op::Vldm | Op::Vstm => return self.float_multiple(ins, access),
            Op::VmovToCore => self.set_reg(ins.rd, self.s(ins.rn)),
            Op::VmovFromCore => self.fpu.s[usize::from(ins.rn & 31)] = self.reg(ins.rd),
            Op::VmovPairToCore => {
                let (first, second) = (self.s(ins.rm), self.s(ins.rm + 1));
                self.set_reg(ins.rd, first);
                self.set_reg(ins.ra, second);
            }
            Op::VmovPairFromCore => {
                self.fpu.s[usize::from(ins.rm & 31)] = self.reg(ins.rd);
                self.fpu.s[usize::from((ins.rm + 1) & 31)] = self.reg(ins.ra);
            }
            Op::Vmrs if ins.rd == 15 => self.set_nzcv(self.fpu.fpscr),
            Op::Vmrs => self.set_reg(ins.rd, self.fpu.fpscr),
            Op::Vmsr => self.fpu.fpscr = self.reg(ins.rd) & FPSCR_MASK,
            Op::Vcmp | Op::VcmpZero => {
                let b = if ins.op == Op::Vcmp {
                    self.s(ins.rm)
                } else {
                    0
                };
                let nzcv = compare(self.s(ins.rd), b, ins.mode != 0, &mut self.fpu.fpscr);
                self.fpu.fpscr = self.fpu.fpscr & 0x0fff_ffff | nzcv;
            }
            _ => self.fpu.s[usize::from(ins.rd & 31)] = self.float_result(ins),
        }
        Ok(())
    }

    /// The new value of the destination register of an arithmetic instruction.
    fn float_result(&mut self, ins: &Decoded) -> u32 {
        let (d, n, m) = (self.s(ins.rd), self.s(ins.rn), self.s(ins.rm));
        let flags = [
            self.z,
            self.v,
            self.n == self.v,
            !self.z && self.n == self.v,
        ];
        let status = &mut self.fpu.fpscr;
        match ins.op {
            Op::VmovImm => ins.imm,
            Op::Vmov => m,
            Op::Vabs => m & !NEGATE,
            Op::Vneg => m ^ NEGATE,
            Op::Vsqrt => square_root(m, status),
            Op::Vadd => add(n, m, status),
            Op::Vsub => add_negated(n, m, status),
            Op::Vmul => multiply(n, m, status),
            Op::Vnmul => multiply(n, m, status) ^ NEGATE,
            Op::Vdiv => divide(n, m, status),
            // Chained: the product is rounded before it is added.
            Op::Vmla => {
                let product = multiply(n, m, status);
                add(d, product, status)
            }
            Op::Vmls => {
                let product = multiply(n, m, status) ^ NEGATE;
                add(d, product, status)
            }
            Op::Vnmla => {
                let product = multiply(n, m, status) ^ NEGATE;
                add(d ^ NEGATE, product, status)
            }
            Op::Vnmls => {
                let product = multiply(n, m, status);
                add(d ^ NEGATE, product, status)
            }
            Op::Vfma => multiply_add(d, n, m, status),
            Op::Vfms => multiply_add(d, n ^ NEGATE, m, status),
            Op::Vfnma => multiply_add(d ^ NEGATE, n ^ NEGATE, m, status),
            Op::Vfnms => multiply_add(d ^ NEGATE, n, m, status),
            Op::Vmaxnm => extreme(n, m, true, status),
            Op::Vminnm => extreme(n, m, false, status),
            Op::Vsel => {
                if flags[usize::from(ins.mode & 3)] {
                    n
                } else {
                    m
                }
            }
            Op::Vrint => round_integral(m, rounding(ins.mode, *status), ins.has(SET), status),
            Op::VcvtFromInt => from_fixed(m, integer(ins.mode != 0), Rounding::of(*status), status),
            Op::VcvtToInt | Op::VcvtDirected => {
                let mode = rounding(ins.amount, *status);
                to_fixed(m, integer(ins.mode != 0), mode, status)
            }
            Op::VcvtFromFixed => from_fixed(d, fixed(ins), Rounding::NearestEven, status),
            Op::VcvtToFixed => to_fixed(d, fixed(ins), Rounding::Zero, status),
            Op::VcvtHalfToSingle => from_half(m >> (16 * u32::from(ins.mode)), status),
            // What is left is VCVTB and VCVTT to half precision.
            _ => {
                let shift = 16 * u32::from(ins.mode);
                let half = to_half(m, status);
                d & !(0xffff << shift) | half << shift
            }
        }
    }

    fn float_single<A: Access>(&mut self, ins: &Decoded, access: &mut A) -> Result<(), Trap> {
        let base = if ins.mode == 1 {
            self.r[15].wrapping_sub(4)
        } else {
            self.reg(ins.rn)
        };
        self.float_words(
            ins,
            base.wrapping_add(ins.imm),
            u32::from(ins.amount),
            access,
        )
    }

    fn float_multiple<A: Access>(&mut self, ins: &Decoded, access: &mut A) -> Result<(), Trap> {
        let base = self.reg(ins.rn);
        let bytes = 4 * ins.imm;
        let moved = if ins.has(PRE) {
            base.wrapping_sub(bytes)
        } else {
            base.wrapping_add(bytes)
        };
        let address = if ins.has(PRE) { moved } else { base };
        self.float_words(ins, address, ins.imm, access)?;
        if ins.has(WRITEBACK) {
            self.set_reg(ins.rn, moved);
        }
        Ok(())
    }

    fn float_words<A: Access>(
        &mut self,
        ins: &Decoded,
        mut address: u32,
        count: u32,
        access: &mut A,
    ) -> Result<(), Trap> {
        check_aligned(address)?;
        let load = matches!(ins.op, Op::Vldr | Op::Vldm);
        for register in ins.rd..ins.rd + count as u8 {
            if load {
                let value = access.load::<4>(self, address)?;
                self.fpu.s[usize::from(register & 31)] = value;
            } else {
                let value = self.s(register);
                access.store::<4>(self, address, value)?;
            }
            address = address.wrapping_add(4);
        }
        Ok(())
    }
}

/// `n - m`: like a sum with the sign of `m` turned, but a NaN keeps its sign.
fn add_negated(n: u32, m: u32, status: &mut u32) -> u32 {
    let nan = m & !NEGATE > 0x7f80_0000;
    add(n, if nan { m } else { m ^ NEGATE }, status)
}

fn rounding(mode: u8, fpscr: u32) -> Rounding {
    match mode {
        0 => Rounding::NearestAway,
        1 => Rounding::NearestEven,
        2 => Rounding::Up,
        3 => Rounding::Down,
        AS_FPSCR => Rounding::of(fpscr),
        _ => Rounding::Zero,
    }
}

fn fixed(ins: &Decoded) -> Fixed {
    Fixed {
        bits: if ins.mode & 2 != 0 { 32 } else { 16 },
        fraction_bits: u32::from(ins.amount),
        signed: ins.mode & 1 != 0,
    }
}
