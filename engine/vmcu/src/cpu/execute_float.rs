//! The floating-point instructions: register traffic here, arithmetic in [`super::float`].

use super::Cpu;
use super::access::Access;
use super::decode_fp::AS_FPSCR;
use super::decoded::{DOUBLE, Decoded, Op, PRE, SET, WRITEBACK};
use super::execute_memory::check_aligned;
use super::float::Rounding;
use super::float::arithmetic::{
    add, compare, divide, extreme, multiply, multiply_add, square_root, subtract,
};
use super::float::convert::{Fixed, convert, from_fixed, integer, round_integral, to_fixed};
use super::float::format::{Double, Format, Half, Host, Single};
use super::traps::{Fault, Trap};

/// FPSCR bits that exist: NZCV, AHP, DN, FZ, RMode, IDC, IXC–IOC.
const FPSCR_MASK: u32 = 0xf7c0_009f;

impl Cpu {
    fn s(&self, register: u8) -> u32 {
        self.fpu.s[usize::from(register & 31)]
    }

    fn set_s(&mut self, register: u8, value: u32) {
        self.fpu.s[usize::from(register & 31)] = value;
    }

    /// The register of the format that begins with this S register.
    fn float<F: Format>(&self, register: u8) -> u64 {
        let low = u64::from(self.s(register));
        if F::SIGN >> 32 == 0 {
            low
        } else {
            u64::from(self.s(register + 1)) << 32 | low
        }
    }

    fn set_float<F: Format>(&mut self, register: u8, value: u64) {
        self.set_s(register, value as u32);
        if F::SIGN >> 32 != 0 {
            self.set_s(register + 1, (value >> 32) as u32);
        }
    }

    #[inline(never)]
    pub(super) fn execute_float<A: Access>(
        &mut self,
        ins: &Decoded,
        access: &mut A,
    ) -> Result<(), Trap> {
        self.check_float(access)?;
        if ins.op == Op::VUndefined {
            return Err(Trap::Fault(Fault::UndefinedInstruction));
        }
        match ins.op {
            Op::Vldr | Op::Vstr => return self.float_single(ins, access),
            Op::Vldm | Op::Vstm => return self.float_multiple(ins, access),
            Op::VmovToCore => self.set_reg(ins.rd, self.s(ins.rn)),
            Op::VmovFromCore => self.set_s(ins.rn, self.reg(ins.rd)),
            Op::VmovPairToCore => {
                let (first, second) = (self.s(ins.rm), self.s(ins.rm + 1));
                self.set_reg(ins.rd, first);
                self.set_reg(ins.ra, second);
            }
            Op::VmovPairFromCore => {
                self.set_s(ins.rm, self.reg(ins.rd));
                self.set_s(ins.rm + 1, self.reg(ins.ra));
            }
            Op::Vmrs if ins.rd == 15 => self.set_nzcv(self.fpu.fpscr),
            Op::Vmrs => self.set_reg(ins.rd, self.fpu.fpscr),
            Op::Vmsr => self.fpu.fpscr = self.reg(ins.rd) & FPSCR_MASK,
            _ if ins.has(DOUBLE) => self.calculate::<Double>(ins),
            _ => self.calculate::<Single>(ins),
        }
        Ok(())
    }

    /// What stays in no format: comparisons and conversions. `F` is what the size bit says.
    fn calculate<F: Host>(&mut self, ins: &Decoded) {
        match ins.op {
            Op::Vcmp | Op::VcmpZero => {
                let other = if ins.op == Op::Vcmp { u64::MAX } else { 0 };
                let b = self.float::<F>(ins.rm) & other;
                let a = self.float::<F>(ins.rd);
                let nzcv = compare::<F>(a, b, ins.mode != 0, &mut self.fpu.fpscr);
                self.fpu.fpscr = self.fpu.fpscr & 0x0fff_ffff | nzcv;
            }
            Op::VcvtToInt | Op::VcvtDirected => {
                let mode = rounding(ins.amount, self.fpu.fpscr);
                let m = self.float::<F>(ins.rm);
                let kind = integer(ins.mode != 0);
                let result = to_fixed::<F>(m, kind, mode, &mut self.fpu.fpscr);
                self.set_s(ins.rd, result as u32);
            }
            Op::VcvtToHalf => {
                let shift = 16 * u32::from(ins.mode);
                let m = self.float::<F>(ins.rm);
                let half = convert::<F, Half>(m, &mut self.fpu.fpscr) as u32;
                let kept = self.s(ins.rd) & !(0xffff << shift);
                self.set_s(ins.rd, kept | half << shift);
            }
            Op::VcvtPrecision if ins.has(DOUBLE) => {
                let m = self.float::<Double>(ins.rm);
                let result = convert::<Double, Single>(m, &mut self.fpu.fpscr);
                self.set_float::<Single>(ins.rd, result);
            }
            Op::VcvtPrecision => {
                let m = self.float::<Single>(ins.rm);
                let result = convert::<Single, Double>(m, &mut self.fpu.fpscr);
                self.set_float::<Double>(ins.rd, result);
            }
            _ => {
                let result = self.float_result::<F>(ins);
                self.set_float::<F>(ins.rd, result);
            }
        }
    }

    /// The new value of the destination register of an operation that gives a number of format `F`.
    fn float_result<F: Host>(&mut self, ins: &Decoded) -> u64 {
        let d = self.float::<F>(ins.rd);
        let n = self.float::<F>(ins.rn);
        let m = self.float::<F>(ins.rm);
        let word = u64::from(self.s(ins.rm));
        let flags = [
            self.z,
            self.v,
            self.n == self.v,
            !self.z && self.n == self.v,
        ];
        let negate = F::SIGN;
        let status = &mut self.fpu.fpscr;
        match ins.op {
            // The immediate is the upper word of a double.
            Op::VmovImm => u64::from(ins.imm) << (F::SIGN.ilog2() - 31),
            Op::Vabs => m & !negate,
            Op::Vneg => m ^ negate,
            Op::Vsqrt => square_root::<F>(m, status),
            Op::Vadd => add::<F>(n, m, status),
            Op::Vsub => subtract::<F>(n, m, status),
            Op::Vmul => multiply::<F>(n, m, status),
            Op::Vnmul => multiply::<F>(n, m, status) ^ negate,
            Op::Vdiv => divide::<F>(n, m, status),
            // Chained: the product is rounded before it is added.
            Op::Vmla => {
                let product = multiply::<F>(n, m, status);
                add::<F>(d, product, status)
            }
            Op::Vmls => {
                let product = multiply::<F>(n, m, status) ^ negate;
                add::<F>(d, product, status)
            }
            Op::Vnmla => {
                let product = multiply::<F>(n, m, status) ^ negate;
                add::<F>(d ^ negate, product, status)
            }
            Op::Vnmls => {
                let product = multiply::<F>(n, m, status);
                add::<F>(d ^ negate, product, status)
            }
            Op::Vfma => multiply_add::<F>(d, n, m, status),
            Op::Vfms => multiply_add::<F>(d, n ^ negate, m, status),
            Op::Vfnma => multiply_add::<F>(d ^ negate, n ^ negate, m, status),
            Op::Vfnms => multiply_add::<F>(d ^ negate, n, m, status),
            Op::Vmaxnm => extreme::<F>(n, m, true, status),
            Op::Vminnm => extreme::<F>(n, m, false, status),
            Op::Vsel if flags[usize::from(ins.mode & 3)] => n,
            Op::Vsel | Op::Vmov => m,
            Op::Vrint => {
                let mode = rounding(ins.mode, *status);
                round_integral::<F>(m, mode, ins.has(SET), status)
            }
            Op::VcvtFromInt => {
                from_fixed::<F>(word, integer(ins.mode != 0), Rounding::of(*status), status)
            }
            Op::VcvtFromFixed => from_fixed::<F>(d, fixed(ins), Rounding::NearestEven, status),
            Op::VcvtToFixed => to_fixed::<F>(d, fixed(ins), Rounding::Zero, status),
            // What is left is VCVTB and VCVTT from half precision.
            _ => convert::<Half, F>(word >> (16 * u32::from(ins.mode)) & 0xffff, status),
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
        let bytes = 4 * u32::from(ins.amount);
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
                self.set_s(register, value);
            } else {
                let value = self.s(register);
                access.store::<4>(self, address, value)?;
            }
            address = address.wrapping_add(4);
        }
        Ok(())
    }
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
