//! The compact form of an instruction that the interpreter runs, and what the cycle models add to it.

use crate::timing::Issue;

/// One decoded instruction, all offsets relative to its own address, so that it holds for every alias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// What to do.
    pub(crate) op: Op,
    /// Destination, or the register that is stored.
    pub(crate) rd: u8,
    /// First operand, base address.
    pub(crate) rn: u8,
    /// Second operand.
    pub(crate) rm: u8,
    /// Accumulator, low half of a long result, second register of a pair.
    pub(crate) ra: u8,
    /// Shift kind, carry of an immediate, halves of a multiplication: whatever the operation needs.
    pub(crate) mode: u8,
    /// Shift amount, lowest bit, rotation.
    pub(crate) amount: u8,
    /// `LONG`, `SET` and their like.
    pub(crate) flags: u8,
    /// Immediate, register list, or offset from the instruction's own address.
    pub(crate) imm: u32,
}

/// A decoded instruction with what the cycle models need, worked out once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timed {
    pub code: Decoded,
    pub issue: Issue,
}

// The interpreter's speed depends on both.
const _: () = assert!(size_of::<Decoded>() == 12 && size_of::<Timed>() == 32);

impl Timed {
    /// Not decoded yet.
    pub const EMPTY: Self = Self {
        code: Decoded::EMPTY,
        issue: Issue::NONE,
    };
}

/// The instruction has 32 bits: two bytes more.
pub(crate) const LONG: u8 = 2;
/// Sets the flags.
pub(crate) const SET: u8 = 1;
/// Sets the flags only outside an IT block.
pub(crate) const NARROW: u8 = 4;
/// Writes the address back to the base register.
pub(crate) const WRITEBACK: u8 = 8;
/// Uses the address before writing it back (pre-indexed or offset).
pub(crate) const PRE: u8 = 16;
/// A floating-point operation in double precision; its D registers are given by their first S register.
pub(crate) const DOUBLE: u8 = 32;
/// May leave low bits of the stack pointer set, which has none, or move it below its limit: the run loop sees to it.
pub(crate) const STACK: u8 = 64;

/// Carry of a modified immediate: unchanged, clear or set.
pub(crate) const CARRY_KEPT: u8 = 0;
pub(crate) const CARRY_CLEAR: u8 = 1;
pub(crate) const CARRY_SET: u8 = 2;

/// Shift kinds as instructions encode them, and RRX.
pub(crate) const LSL: u8 = 0;
pub(crate) const LSR: u8 = 1;
pub(crate) const ASR: u8 = 2;
pub(crate) const ROR: u8 = 3;
pub(crate) const RRX: u8 = 4;

impl Decoded {
    /// Not decoded yet.
    pub const EMPTY: Self = Self::new(Op::Empty);

    pub(crate) const fn new(op: Op) -> Self {
        Self {
            op,
            rd: 0,
            rn: 0,
            rm: 0,
            ra: 0,
            mode: 0,
            amount: 0,
            flags: 0,
            imm: 0,
        }
    }

    #[inline(always)]
    pub(crate) const fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Length in bytes.
    #[inline(always)]
    pub(crate) const fn length(&self) -> u32 {
        2 + (self.flags & LONG) as u32
    }
}

/// Operations; `Here` is none of the processor's: see [`crate::timing::Block`]. A data operation has a form for an immediate, a register and a shifted register; a load has
/// one for an immediate offset, a register offset, write-back and a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[rustfmt::skip]
pub(crate) enum Op {
    Empty, Undefined, NoCoprocessor,
    AndImm, AndReg, AndShift, BicImm, BicReg, BicShift, OrrImm, OrrReg, OrrShift, OrnImm, OrnReg, OrnShift,
    EorImm, EorReg, EorShift, MovImm, MovReg, MovSp, MovShift, MvnImm, MvnReg, MvnShift,
    TstImm, TstReg, TstShift, TeqImm, TeqReg, TeqShift,
    AddImm, AddReg, AddShift, AdcImm, AdcReg, AdcShift, SubImm, SubReg, SubShift, SbcImm, SbcReg, SbcShift,
    RsbImm, RsbReg, RsbShift, CmpImm, CmpReg, CmpShift, CmnImm, CmnReg, CmnShift,
    Movt, Adr, ShiftReg,
    Mul, Mla, Mls, Smulxy, Smlaxy, Smulw, Smlaw, Smuad, Smlad, Smusd, Smlsd, Smmul, Smmla, Smmls, Usad8, Usada8,
    Smull, Umull, Smlal, Umlal, Umaal, Smlalxy, Smlald, Smlsld, Sdiv, Udiv,
    Sxtb, Sxth, Uxtb, Uxth, Sxtb16, Uxtb16, Sxtab, Sxtah, Uxtab, Uxtah, Sxtab16, Uxtab16,
    Pkhbt, Pkhtb, Parallel, Qadd, Qsub, Qdadd, Qdsub, Rev, Rev16, Revsh, Rbit, Sel, Clz,
    Ssat, Usat, Ssat16, Usat16, Sbfx, Ubfx, Bfi, Bfc,
    LdrImm, LdrReg, LdrWb, LdrLit, LdrbImm, LdrbReg, LdrbWb, LdrbLit, LdrhImm, LdrhReg, LdrhWb, LdrhLit,
    LdrsbImm, LdrsbReg, LdrsbWb, LdrsbLit, LdrshImm, LdrshReg, LdrshWb, LdrshLit, LdrPc,
    StrImm, StrReg, StrWb, StrbImm, StrbReg, StrbWb, StrhImm, StrhReg, StrhWb,
    Ldrd, LdrdLit, Strd, Ldm, LdmDb, Stm, StmDb, Ldrex, Ldrexb, Ldrexh, LoadAcquire, LoadUser,
    Strex, Strexb, Strexh, StoreRelease, StoreUser, Clrex, Tt,
    B, BCond, Bl, Bx, Blx, AddPc, MovPc, Cbz, Cbnz, Tbb, Tbh,
    It, Here, Nop, Barrier, Wait, Bkpt, Svc, Cps, Mrs, Msr,
    Vldr, Vstr, Vldm, Vstm, VmovToCore, VmovFromCore, VmovPairToCore, VmovPairFromCore, Vmrs, Vmsr,
    VmovImm, Vmov, Vabs, Vneg, Vsqrt, Vcmp, VcmpZero,
    VcvtFromInt, VcvtToInt, VcvtFromFixed, VcvtToFixed, VcvtFromHalf, VcvtToHalf, VcvtPrecision,
    Vadd, Vsub, Vmul, Vnmul, Vdiv, Vmla, Vmls, Vnmla, Vnmls, Vfma, Vfms, Vfnma, Vfnms,
    Vmaxnm, Vminnm, Vrint, VcvtDirected, Vsel,
    /// A floating-point instruction that this FPU does not have.
    VUndefined,
}

impl Op {
    /// Whether it is an instruction of the floating-point unit.
    #[inline(always)]
    pub(crate) const fn is_float(self) -> bool {
        self as u8 >= Self::Vldr as u8
    }
}
