//! One flat match from operation to effect. Helpers live beside it by subject; nothing here knows of time.

use super::Cpu;
use super::access::Access;
use super::decode_memory::TT_UNPRIVILEGED;
use super::decoded::{Decoded, LSL, Op};
use super::traps::{Fault, Trap};

impl Cpu {
    /// Run one decoded instruction. On entry `pc` is already the next instruction and r15 this one plus 4.
    /// On `Err(Trap::Fault)` no architectural state has changed, except registers of a load of several.
    #[inline(always)]
    pub(super) fn execute<A: Access>(&mut self, ins: &Decoded, access: &mut A) -> Result<(), Trap> {
        macro_rules! set {
            ($value:expr) => {{
                let value = $value;
                self.set_reg(ins.rd, value);
            }};
        }
        macro_rules! rn {
            () => {
                self.reg(ins.rn)
            };
        }
        macro_rules! rm {
            () => {
                self.reg(ins.rm)
            };
        }
        macro_rules! load {
            ($bytes:literal, $address:expr) => {{
                let address = $address;
                access.load::<$bytes>(self, address)?
            }};
        }
        macro_rules! store {
            ($bytes:literal, $address:expr) => {{
                let (address, value) = ($address, self.reg(ins.rd));
                access.store::<$bytes>(self, address, value)?
            }};
        }
        // A load or store that moves its base register.
        macro_rules! load_indexed {
            ($bytes:literal, $extend:expr) => {{
                let (address, base) = self.indexed(ins);
                let value = load!($bytes, address);
                self.set_reg(ins.rn, base);
                set!($extend(value));
            }};
        }
        macro_rules! store_indexed {
            ($bytes:literal) => {{
                let (address, base) = self.indexed(ins);
                store!($bytes, address);
                self.set_reg(ins.rn, base);
            }};
        }
        macro_rules! here {
            () => {
                self.r[15].wrapping_sub(4)
            };
        }
        match ins.op {
            Op::Empty | Op::Undefined => return Err(Trap::Fault(Fault::UndefinedInstruction)),
            Op::NoCoprocessor => return Err(Trap::Fault(Fault::NoCoprocessor)),
            Op::AndImm => self.logical_imm(ins, |a, b| a & b),
            Op::AndReg => self.logical_reg(ins, |a, b| a & b),
            Op::AndShift => self.logical_shift(ins, |a, b| a & b),
            Op::BicImm => self.logical_imm(ins, |a, b| a & !b),
            Op::BicReg => self.logical_reg(ins, |a, b| a & !b),
            Op::BicShift => self.logical_shift(ins, |a, b| a & !b),
            Op::OrrImm => self.logical_imm(ins, |a, b| a | b),
            Op::OrrReg => self.logical_reg(ins, |a, b| a | b),
            Op::OrrShift => self.logical_shift(ins, |a, b| a | b),
            Op::OrnImm => self.logical_imm(ins, |a, b| a | !b),
            Op::OrnReg => self.logical_reg(ins, |a, b| a | !b),
            Op::OrnShift => self.logical_shift(ins, |a, b| a | !b),
            Op::EorImm => self.logical_imm(ins, |a, b| a ^ b),
            Op::EorReg => self.logical_reg(ins, |a, b| a ^ b),
            Op::EorShift => self.logical_shift(ins, |a, b| a ^ b),
            Op::MovImm => self.logical_imm(ins, |_, b| b),
            Op::MovReg => self.logical_reg(ins, |_, b| b),
            Op::MovSp => self.r[13] = rm!() & !3,
            Op::MovShift => self.logical_shift(ins, |_, b| b),
            Op::MvnImm => self.logical_imm(ins, |_, b| !b),
            Op::MvnReg => self.logical_reg(ins, |_, b| !b),
            Op::MvnShift => self.logical_shift(ins, |_, b| !b),
            Op::TstImm => self.test_imm(ins, |a, b| a & b),
            Op::TstReg => self.set_nz(rn!() & rm!()),
            Op::TstShift => self.test_shift(ins, |a, b| a & b),
            Op::TeqImm => self.test_imm(ins, |a, b| a ^ b),
            Op::TeqReg => self.set_nz(rn!() ^ rm!()),
            Op::TeqShift => self.test_shift(ins, |a, b| a ^ b),
            Op::AddImm => self.add(ins, rn!(), ins.imm, false),
            Op::AddReg => self.add(ins, rn!(), rm!(), false),
            Op::AddShift => self.add(ins, rn!(), self.shifted(ins), false),
            Op::AdcImm => self.add(ins, rn!(), ins.imm, self.c),
            Op::AdcReg => self.add(ins, rn!(), rm!(), self.c),
            Op::AdcShift => self.add(ins, rn!(), self.shifted(ins), self.c),
            Op::SubImm => self.subtract(ins, rn!(), ins.imm),
            Op::SubReg => self.subtract(ins, rn!(), rm!()),
            Op::SubShift => self.subtract(ins, rn!(), self.shifted(ins)),
            Op::SbcImm => self.add(ins, rn!(), !ins.imm, self.c),
            Op::SbcReg => self.add(ins, rn!(), !rm!(), self.c),
            Op::SbcShift => self.add(ins, rn!(), !self.shifted(ins), self.c),
            Op::RsbImm => self.subtract(ins, ins.imm, rn!()),
            Op::RsbReg => self.subtract(ins, rm!(), rn!()),
            Op::RsbShift => self.subtract(ins, self.shifted(ins), rn!()),
            Op::CmpImm => self.compare(rn!(), ins.imm),
            Op::CmpReg => self.compare(rn!(), rm!()),
            Op::CmpShift => self.compare(rn!(), self.shifted(ins)),
            Op::CmnImm => self.compare_negative(rn!(), ins.imm),
            Op::CmnReg => self.compare_negative(rn!(), rm!()),
            Op::CmnShift => self.compare_negative(rn!(), self.shifted(ins)),
            Op::Movt => set!(self.reg(ins.rd) & 0xffff | ins.imm << 16),
            Op::Adr => set!(here!().wrapping_add(ins.imm)),
            Op::ShiftReg => self.shift_by_register(ins),

            Op::Mul => {
                let product = rn!().wrapping_mul(rm!());
                if ins.has(super::decoded::SET) {
                    self.set_nz(product);
                }
                set!(product);
            }
            Op::Mla => set!(rn!().wrapping_mul(rm!()).wrapping_add(self.reg(ins.ra))),
            Op::Mls => set!(self.reg(ins.ra).wrapping_sub(rn!().wrapping_mul(rm!()))),
            Op::Smulxy => set!(self.half_product(ins) as u32),
            Op::Smlaxy => {
                let sum = i64::from(self.half_product(ins)) + self.accumulator(ins);
                self.set_sticky(ins.rd, sum);
            }
            Op::Smulw => set!(self.word_half_product(ins) as u32),
            Op::Smlaw => {
                let sum = i64::from(self.word_half_product(ins)) + self.accumulator(ins);
                self.set_sticky(ins.rd, sum);
            }
            Op::Smuad => {
                let (first, second) = self.dual_products(ins);
                self.set_sticky(ins.rd, first + second);
            }
            Op::Smlad => {
                let (first, second) = self.dual_products(ins);
                self.set_sticky(ins.rd, first + second + self.accumulator(ins));
            }
            Op::Smusd => {
                let (first, second) = self.dual_products(ins);
                set!((first - second) as u32);
            }
            Op::Smlsd => {
                let (first, second) = self.dual_products(ins);
                self.set_sticky(ins.rd, first - second + self.accumulator(ins));
            }
            Op::Smmul => self.most_significant(ins, 0, false),
            Op::Smmla => self.most_significant(ins, self.reg(ins.ra), false),
            Op::Smmls => self.most_significant(ins, self.reg(ins.ra), true),
            Op::Usad8 => set!(self.absolute_differences(ins)),
            Op::Usada8 => set!(
                self.absolute_differences(ins)
                    .wrapping_add(self.reg(ins.ra))
            ),
            Op::Smull => {
                let product = i64::from(rn!() as i32) * i64::from(rm!() as i32);
                self.set_long(ins, product as u64);
            }
            Op::Umull => self.set_long(ins, u64::from(rn!()) * u64::from(rm!())),
            Op::Smlal => {
                let product = i64::from(rn!() as i32) * i64::from(rm!() as i32);
                self.set_long(ins, self.long(ins).wrapping_add(product as u64));
            }
            Op::Umlal => {
                let product = u64::from(rn!()) * u64::from(rm!());
                self.set_long(ins, self.long(ins).wrapping_add(product));
            }
            Op::Umaal => {
                let product = u64::from(rn!()) * u64::from(rm!());
                let sum = product + u64::from(self.reg(ins.ra)) + u64::from(self.reg(ins.rd));
                self.set_long(ins, sum);
            }
            Op::Smlalxy => {
                let product = i64::from(self.half_product(ins));
                self.set_long(ins, self.long(ins).wrapping_add(product as u64));
            }
            Op::Smlald => {
                let (first, second) = self.dual_products(ins);
                self.set_long(ins, self.long(ins).wrapping_add((first + second) as u64));
            }
            Op::Smlsld => {
                let (first, second) = self.dual_products(ins);
                self.set_long(ins, self.long(ins).wrapping_add((first - second) as u64));
            }
            Op::Sdiv | Op::Udiv => self.divide(ins)?,

            Op::Sxtb => set!(self.rotated(ins) as i8 as u32),
            Op::Sxth => set!(self.rotated(ins) as i16 as u32),
            Op::Uxtb => set!(self.rotated(ins) & 0xff),
            Op::Uxth => set!(self.rotated(ins) & 0xffff),
            Op::Sxtb16 => set!(self.extend_bytes(ins, 0, true)),
            Op::Uxtb16 => set!(self.extend_bytes(ins, 0, false)),
            Op::Sxtab => set!(rn!().wrapping_add(self.rotated(ins) as i8 as u32)),
            Op::Sxtah => set!(rn!().wrapping_add(self.rotated(ins) as i16 as u32)),
            Op::Uxtab => set!(rn!().wrapping_add(self.rotated(ins) & 0xff)),
            Op::Uxtah => set!(rn!().wrapping_add(self.rotated(ins) & 0xffff)),
            Op::Sxtab16 => set!(self.extend_bytes(ins, rn!(), true)),
            Op::Uxtab16 => set!(self.extend_bytes(ins, rn!(), false)),
            Op::Pkhbt => set!(rn!() & 0xffff | self.shifted(ins) & 0xffff_0000),
            Op::Pkhtb => set!(rn!() & 0xffff_0000 | self.shifted(ins) & 0xffff),
            Op::Parallel => self.parallel(ins),
            Op::Qadd => self.saturating_add(ins, false, false),
            Op::Qsub => self.saturating_add(ins, false, true),
            Op::Qdadd => self.saturating_add(ins, true, false),
            Op::Qdsub => self.saturating_add(ins, true, true),
            Op::Rev => set!(rm!().swap_bytes()),
            Op::Rev16 => set!(rm!().swap_bytes().rotate_right(16)),
            Op::Revsh => set!(rm!().swap_bytes().cast_signed().wrapping_shr(16) as u32),
            Op::Rbit => set!(rm!().reverse_bits()),
            Op::Sel => set!(self.select(ins)),
            Op::Clz => set!(rm!().leading_zeros()),
            Op::Ssat => self.ssat(ins),
            Op::Usat => self.usat(ins),
            Op::Ssat16 => self.saturate_halves(ins, true),
            Op::Usat16 => self.saturate_halves(ins, false),
            Op::Sbfx => {
                let top = rn!() << ((32 - ins.imm - u32::from(ins.amount)) & 31);
                set!((top as i32 >> ((32 - ins.imm) & 31)) as u32);
            }
            Op::Ubfx => {
                let top = rn!() << ((32 - ins.imm - u32::from(ins.amount)) & 31);
                set!(top >> ((32 - ins.imm) & 31));
            }
            Op::Bfi => set!(self.reg(ins.rd) & !ins.imm | rn!() << ins.amount & ins.imm),
            Op::Bfc => set!(self.reg(ins.rd) & !ins.imm),

            Op::LdrImm => set!(load!(4, rn!().wrapping_add(ins.imm))),
            Op::LdrReg => set!(load!(4, self.register_offset(ins))),
            Op::LdrWb => load_indexed!(4, |value| value),
            Op::LdrLit => set!(load!(4, here!().wrapping_add(ins.imm))),
            Op::LdrbImm => set!(load!(1, rn!().wrapping_add(ins.imm))),
            Op::LdrbReg => set!(load!(1, self.register_offset(ins))),
            Op::LdrbWb => load_indexed!(1, |value| value),
            Op::LdrbLit => set!(load!(1, here!().wrapping_add(ins.imm))),
            Op::LdrhImm => set!(load!(2, rn!().wrapping_add(ins.imm))),
            Op::LdrhReg => set!(load!(2, self.register_offset(ins))),
            Op::LdrhWb => load_indexed!(2, |value| value),
            Op::LdrhLit => set!(load!(2, here!().wrapping_add(ins.imm))),
            Op::LdrsbImm => set!(load!(1, rn!().wrapping_add(ins.imm)) as i8 as u32),
            Op::LdrsbReg => set!(load!(1, self.register_offset(ins)) as i8 as u32),
            Op::LdrsbWb => load_indexed!(1, |value: u32| value as i8 as u32),
            Op::LdrsbLit => set!(load!(1, here!().wrapping_add(ins.imm)) as i8 as u32),
            Op::LdrshImm => set!(load!(2, rn!().wrapping_add(ins.imm)) as i16 as u32),
            Op::LdrshReg => set!(load!(2, self.register_offset(ins)) as i16 as u32),
            Op::LdrshWb => load_indexed!(2, |value: u32| value as i16 as u32),
            Op::LdrshLit => set!(load!(2, here!().wrapping_add(ins.imm)) as i16 as u32),
            Op::LdrPc => self.load_pc(ins, here!(), access)?,
            Op::StrImm => store!(4, rn!().wrapping_add(ins.imm)),
            Op::StrReg => store!(4, self.register_offset(ins)),
            Op::StrWb => store_indexed!(4),
            Op::StrbImm => store!(1, rn!().wrapping_add(ins.imm)),
            Op::StrbReg => store!(1, self.register_offset(ins)),
            Op::StrbWb => store_indexed!(1),
            Op::StrhImm => store!(2, rn!().wrapping_add(ins.imm)),
            Op::StrhReg => store!(2, self.register_offset(ins)),
            Op::StrhWb => store_indexed!(2),
            Op::Ldrd | Op::LdrdLit => self.load_pair(ins, here!(), access)?,
            Op::Strd => self.store_pair(ins, access)?,
            Op::Ldm => self.load_multiple(ins, false, access)?,
            Op::LdmDb => self.load_multiple(ins, true, access)?,
            Op::Stm => self.store_multiple(ins, false, access)?,
            Op::StmDb => self.store_multiple(ins, true, access)?,
            Op::Ldrex | Op::Ldrexb | Op::Ldrexh => self.load_exclusive(ins, access)?,
            Op::Strex | Op::Strexb | Op::Strexh => self.store_exclusive(ins, access)?,
            Op::LoadAcquire => self.load_acquire(ins, access)?,
            Op::StoreRelease => self.store_release(ins, access)?,
            Op::LoadUser => self.load_as_user(ins, access)?,
            Op::StoreUser => self.store_as_user(ins, access)?,
            Op::Clrex => self.exclusive = false,
            Op::Tt => set!(self.test_target(rn!(), ins.mode == TT_UNPRIVILEGED)),

            Op::B => self.pc = here!().wrapping_add(ins.imm),
            Op::BCond => {
                if self.passes(ins.mode) {
                    self.pc = here!().wrapping_add(ins.imm);
                }
            }
            Op::Bl => {
                self.r[14] = self.pc | 1;
                self.pc = here!().wrapping_add(ins.imm);
            }
            Op::Bx => return self.branch_exchange(rm!()),
            Op::Blx => {
                let target = rm!();
                self.r[14] = self.pc | 1;
                return self.branch_exchange(target);
            }
            Op::AddPc => self.pc = self.r[15].wrapping_add(rm!()) & !1,
            Op::MovPc => self.pc = rm!() & !1,
            Op::Cbz => {
                if rn!() == 0 {
                    self.pc = here!().wrapping_add(ins.imm);
                }
            }
            Op::Cbnz => {
                if rn!() != 0 {
                    self.pc = here!().wrapping_add(ins.imm);
                }
            }
            Op::Tbb => {
                let distance = load!(1, rn!().wrapping_add(rm!()));
                self.pc = self.r[15].wrapping_add(2 * distance);
            }
            Op::Tbh => {
                let distance = load!(2, rn!().wrapping_add(rm!() << 1));
                self.pc = self.r[15].wrapping_add(2 * distance);
            }
            Op::It => self.it = ins.imm as u8,
            Op::Nop | Op::Barrier => {}
            Op::Here => self.r[15] = self.pc.wrapping_add(ins.imm),
            Op::Wait => return self.hint(ins.imm),
            Op::Bkpt => {
                self.trap_value = ins.imm;
                return Err(Trap::Breakpoint);
            }
            Op::Svc => return Err(Trap::Supervisor),
            Op::Cps => self.change_state(ins),
            Op::Mrs => set!(self.read_special(ins.imm)),
            Op::Msr => self.write_special(ins),
            // All of them by name, so that no operation needs to be checked against a last one.
            Op::Vldr
            | Op::Vstr
            | Op::Vldm
            | Op::Vstm
            | Op::VmovToCore
            | Op::VmovFromCore
            | Op::VmovPairToCore
            | Op::VmovPairFromCore
            | Op::Vmrs
            | Op::Vmsr
            | Op::VmovImm
            | Op::Vmov
            | Op::Vabs
            | Op::Vneg
            | Op::Vsqrt
            | Op::Vcmp
            | Op::VcmpZero
            | Op::VcvtFromInt
            | Op::VcvtToInt
            | Op::VcvtFromFixed
            | Op::VcvtToFixed
            | Op::VcvtFromHalf
            | Op::VcvtToHalf
            | Op::VcvtPrecision
            | Op::Vadd
            | Op::Vsub
            | Op::Vmul
            | Op::Vnmul
            | Op::Vdiv
            | Op::Vmla
            | Op::Vmls
            | Op::Vnmla
            | Op::Vnmls
            | Op::Vfma
            | Op::Vfms
            | Op::Vfnma
            | Op::Vfnms
            | Op::Vmaxnm
            | Op::Vminnm
            | Op::Vrint
            | Op::VcvtDirected
            | Op::Vsel
            | Op::VUndefined => self.execute_float(ins, access)?,
        }
        Ok(())
    }

    #[inline(always)]
    fn accumulator(&self, ins: &Decoded) -> i64 {
        i64::from(self.reg(ins.ra) as i32)
    }

    #[inline(always)]
    fn register_offset(&self, ins: &Decoded) -> u32 {
        debug_assert_eq!(ins.mode, LSL);
        self.reg(ins.rn)
            .wrapping_add(self.reg(ins.rm) << (ins.amount & 31))
    }

    fn divide(&mut self, ins: &Decoded) -> Result<(), Trap> {
        let (dividend, divisor) = (self.reg(ins.rn), self.reg(ins.rm));
        if divisor == 0 {
            if self.system.traps_division() {
                return Err(Trap::Fault(Fault::DivideByZero));
            }
            self.set_reg(ins.rd, 0);
            return Ok(());
        }
        let signed = ins.op == Op::Sdiv;
        let quotient = if signed {
            (dividend as i32).wrapping_div(divisor as i32) as u32
        } else {
            dividend / divisor
        };
        let bits = |value: u32| {
            32 - if signed {
                (value as i32).unsigned_abs()
            } else {
                value
            }
            .leading_zeros()
        };
        self.extra += crate::timing::divide_cycles(bits(dividend), bits(divisor));
        self.set_reg(ins.rd, quotient);
        Ok(())
    }
}
