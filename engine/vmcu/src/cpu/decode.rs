//! Decoding of one instruction, with what the cycle model needs to know about its registers.

use super::decoded::{Decoded, Op, SET, WRITEBACK};
use super::{Core, decode16, decode32};

/// Whether a first halfword begins a 32-bit instruction.
pub(super) const fn is_long(first: u16) -> bool {
    first >> 11 > 0x1c
}

/// Decode the instruction at `address`; `second` only matters for 32-bit ones.
pub(super) fn decode(core: Core, address: u32, first: u16, second: u16) -> Decoded {
    let literal = 4 - (address & 2);
    let mut decoded = if is_long(first) {
        decode32::decode(core, u32::from(first), u32::from(second), literal)
    } else {
        decode16::decode(u32::from(first), literal)
    };
    if decoded.op == Op::Empty {
        decoded.op = Op::Undefined;
    }
    (decoded.reads, decoded.writes) = register_masks(&decoded);
    decoded
}

/// Bit for the flags in a mask.
const FLAGS: u16 = 1 << 15;

/// Masks of the registers read and written. For floating-point arithmetic the bits are S registers modulo 16,
/// a coarse but sufficient guess at dependencies; transfers name only their core registers.
fn register_masks(ins: &Decoded) -> (u16, u16) {
    let bit = |register: u8| (1u16 << (register & 15)) & 0x7fff;
    let float = |register: u8| 1u16 << (register & 15);
    let (rd, rn, rm, ra) = (bit(ins.rd), bit(ins.rn), bit(ins.rm), bit(ins.ra));
    let (sd, sn, sm) = (float(ins.rd), float(ins.rn), float(ins.rm));
    let list = ins.imm as u16 & 0x7fff;
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

fn operands(op: Op, core: [u16; 4], float: [u16; 3], list: u16) -> (u16, u16) {
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
        MovReg | MovShift | MvnReg | MvnShift | Sxtb | Sxth | Uxtb | Uxth | Sxtb16 | Uxtb16
        | Rev | Rev16 | Revsh | Rbit | Clz | Ssat | Usat | Ssat16 | Usat16 => (rm, rd),
        AdcReg | AdcShift | SbcReg | SbcShift | Sel => (rn | rm | FLAGS, rd),
        Mla | Mls | Smlaxy | Smlaw | Smlad | Smlsd | Smmla | Smmls | Usada8 => (rn | rm | ra, rd),
        Smull | Umull => (rn | rm, rd | ra),
        Smlal | Umlal | Umaal | Smlalxy | Smlald | Smlsld => (rn | rm | rd | ra, rd | ra),
        LdrImm | LdrWb | LdrbImm | LdrbWb | LdrhImm | LdrhWb | LdrsbImm | LdrsbWb | LdrshImm
        | LdrshWb | Ldrex | Ldrexb | Ldrexh => (rn, rd),
        LdrReg | LdrbReg | LdrhReg | LdrsbReg | LdrshReg => (rn | rm, rd),
        LdrLit | LdrbLit | LdrhLit | LdrsbLit | LdrshLit => (0, rd),
        LdrPc => (rn, 0),
        StrImm | StrWb | StrbImm | StrbWb | StrhImm | StrhWb => (rn | rd, 0),
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
        It | Empty | Undefined | B | Nop | Barrier | Wait | Bkpt | Svc | Cps | Clrex => (0, 0),
        Vldr | Vstr | Vldm | Vstm => (rn, 0),
        VmovToCore | Vmrs => (0, rd),
        VmovFromCore | Vmsr => (rd, 0),
        VmovPairToCore => (0, rd | ra),
        VmovPairFromCore => (rd | ra, 0),
        VmovImm => (0, sd),
        Vmov | Vabs | Vneg | Vsqrt | VcvtFromInt | VcvtToInt | VcvtHalfToSingle | Vrint
        | VcvtDirected => (sm, sd),
        VcvtFromFixed | VcvtToFixed => (sd, sd),
        VcvtSingleToHalf => (sm | sd, sd),
        Vcmp => (sd | sm, 0),
        VcmpZero => (sd, 0),
        Vmla | Vmls | Vnmla | Vnmls | Vfma | Vfms | Vfnma | Vfnms => (sn | sm | sd, sd),
        Vadd | Vsub | Vmul | Vnmul | Vdiv | Vmaxnm | Vminnm | Vsel => (sn | sm, sd),
        VUndefined => (0, 0),
        // The register forms that are left: two operands, one destination.
        _ => (rn | rm, rd),
    }
}
