//! Which registers an instruction reads and writes, as masks.

use crate::cpu::decoded::{DOUBLE, Decoded, Op, SET, WRITEBACK};

/// Bit for the flags in a mask.
pub(super) const FLAGS: u32 = 1 << 15;

/// Masks of the registers read and written: core registers in the low half, the flags in bit 15, S registers
/// modulo 16 in the upper half (a coarse but sufficient guess at dependencies).
pub(super) fn register_masks(ins: &Decoded) -> (u32, u32) {
    let bit = |register: u8| 1u32 << (register & 15) & 0x7fff;
    // A D register is two S registers; where only some operands are, one more in the mask does no harm.
    let width: u32 = if ins.has(DOUBLE) { 3 } else { 1 };
    let float = |register: u8| width << (16 + (register & 15));
    let (rd, rn, rm, ra) = (bit(ins.rd), bit(ins.rn), bit(ins.rm), bit(ins.ra));
    let (sd, sn, sm) = (float(ins.rd), float(ins.rn), float(ins.rm));
    let list = ins.imm & 0x7fff;
    let (mut reads, mut writes) = operands(ins.op, [rd, rn, rm, ra], [sd, sn, sm], list);
    if ins.flags & SET != 0 && !ins.op.is_float() {
        writes |= FLAGS;
    }
    if ins.flags & WRITEBACK != 0 {
        writes |= rn;
    }
    if matches!(ins.op, Op::LdrPc) {
        reads |= rm;
    }
    (reads, writes)
}

/// Whether it has the program counter among its general registers, as a source or a destination that is dropped.
pub(super) fn names_pc(ins: &Decoded) -> bool {
    const PC: u32 = 1 << 16;
    let bit = |register: u8| if register & 15 == 15 { PC } else { 0 };
    let core = [ins.rd, ins.rn, ins.rm, ins.ra].map(bit);
    let list = if ins.imm & 1 << 15 != 0 { PC } else { 0 };
    let (reads, writes) = operands(ins.op, core, [0; 3], list);
    let base = ins.flags & WRITEBACK != 0 && ins.rn & 15 == 15;
    // What reads it without naming it.
    let unnamed = match ins.op {
        Op::AddPc | Op::LdrPc | Op::Tbb | Op::Tbh => true,
        Op::Vldr | Op::Vstr => ins.mode == 1,
        _ => false,
    };
    (reads | writes) & PC != 0 || base || unnamed
}

#[allow(clippy::match_same_arms, reason = "in the order of the operations")]
fn operands(op: Op, core: [u32; 4], float: [u32; 3], list: u32) -> (u32, u32) {
    #[allow(clippy::enum_glob_use, reason = "a table of operations")]
    use Op::*;
    let [rd, rn, rm, ra] = core;
    let [sd, sn, sm] = float;
    match op {
        AndImm | BicImm | OrrImm | OrnImm | EorImm | AddImm | SubImm | RsbImm | Sbfx | Ubfx => {
            (rn, rd)
        }
        AdcImm | SbcImm => (rn | FLAGS, rd),
        TstImm | TeqImm | CmpImm | CmnImm => (rn, 0),
        TstReg | TstShift | TeqReg | TeqShift | CmpReg | CmpShift | CmnReg | CmnShift => {
            (rn | rm, 0)
        }
        MovImm | MvnImm | Adr | Mrs => (0, rd),
        Movt | Bfc => (rd, rd),
        Bfi => (rn | rd, rd),
        MovReg | MovSp | MovShift | MvnReg | MvnShift | Sxtb | Sxth | Uxtb | Uxth | Sxtb16
        | Uxtb16 | Rev | Rev16 | Revsh | Rbit | Clz | Ssat | Usat | Ssat16 | Usat16 => (rm, rd),
        AdcReg | AdcShift | SbcReg | SbcShift | Sel => (rn | rm | FLAGS, rd),
        Mla | Mls | Smlaxy | Smlaw | Smlad | Smlsd | Smmla | Smmls | Usada8 => (rn | rm | ra, rd),
        Smull | Umull => (rn | rm, rd | ra),
        Smlal | Umlal | Umaal | Smlalxy | Smlald | Smlsld => (rn | rm | rd | ra, rd | ra),
        LdrImm | LdrWb | LdrbImm | LdrbWb | LdrhImm | LdrhWb | LdrsbImm | LdrsbWb | LdrshImm
        | LdrshWb | Ldrex | Ldrexb | Ldrexh | LoadAcquire | LoadUser | Tt => (rn, rd),
        LdrReg | LdrbReg | LdrhReg | LdrsbReg | LdrshReg => (rn | rm, rd),
        LdrLit | LdrbLit | LdrhLit | LdrsbLit | LdrshLit => (0, rd),
        LdrPc => (rn, 0),
        StrImm | StrWb | StrbImm | StrbWb | StrhImm | StrhWb | StoreRelease | StoreUser => {
            (rn | rd, 0)
        }
        StrReg | StrbReg | StrhReg => (rn | rm | rd, 0),
        Ldrd => (rn, rd | ra),
        LdrdLit => (0, rd | ra),
        Strd => (rn | rd | ra, 0),
        Ldm | LdmDb => (rn, list),
        Stm | StmDb => (rn | list, 0),
        Strex | Strexb | Strexh => (rn | rd, ra),
        BCond => (FLAGS, 0),
        Bl => (0, 1 << 14),
        Blx => (rm, 1 << 14),
        Bx | MovPc | AddPc => (rm, 0),
        Cbz | Cbnz | Msr => (rn, 0),
        Tbb | Tbh => (rn | rm, 0),
        It | Here | Empty | Undefined | NoCoprocessor | B | Nop | Barrier | Wait | Bkpt | Svc
        | Cps | Clrex => (0, 0),
        Vldr => (rn, sd),
        Vstr | Vldm | Vstm => (rn, 0),
        VmovToCore => (sn, rd),
        VmovFromCore => (rd, sn),
        Vmrs => (0, rd),
        Vmsr => (rd, 0),
        VmovPairToCore => (0, rd | ra),
        VmovPairFromCore => (rd | ra, 0),
        VmovImm => (0, sd),
        Vmov | Vabs | Vneg | Vsqrt | VcvtFromInt | VcvtToInt | VcvtFromHalf | VcvtPrecision
        | Vrint | VcvtDirected => (sm, sd),
        VcvtFromFixed | VcvtToFixed => (sd, sd),
        VcvtToHalf => (sm | sd, sd),
        Vcmp => (sd | sm, 0),
        VcmpZero => (sd, 0),
        Vmla | Vmls | Vnmla | Vnmls | Vfma | Vfms | Vfnma | Vfnms => (sn | sm | sd, sd),
        Vadd | Vsub | Vmul | Vnmul | Vdiv | Vmaxnm | Vminnm | Vsel => (sn | sm, sd),
        VUndefined => (0, 0),
        // The register forms that are left: two operands, one destination.
        _ => (rn | rm, rd),
    }
}
