//! What instructions are called: the headings of the architecture manuals' alphabetical lists, one for each operation
//! and form. For lists and reports; nothing here has an effect.

use super::CoreConfig;
use super::decode::decode;
use super::decode_fp::TO_ZERO;
use super::decode_memory::{
    MEMORY_HINT, ORDERED, PRELOAD_DATA, PRELOAD_INSTRUCTION, SECURE_GATEWAY, SIGNED, SIZE,
    TT_UNPRIVILEGED,
};
use super::decoded::{DOUBLE, Decoded, Op};

/// The name of no instruction: the encoding is undefined on this core.
pub const UNDEFINED: &str = "UNDEFINED";
/// The name of instructions of a coprocessor that this core lacks.
pub const NO_COPROCESSOR_NAME: &str = "NOCP";

/// Name of the instruction that a core has at `address`, as `ADD (immediate)`; `second` only matters for instructions
/// of 32 bits. Encodings T1, T2 and so on of one instruction share a name. It is [`UNDEFINED`] or
/// [`NO_COPROCESSOR_NAME`] for what the core does not have.
pub fn operation_name(config: CoreConfig, address: u32, first: u16, second: u16) -> &'static str {
    name(&decode(config, address, first, second).code)
}

fn name(ins: &Decoded) -> &'static str {
    match ins.op {
        Op::NoCoprocessor => NO_COPROCESSOR_NAME,
        Op::Parallel => PARALLEL[usize::from(ins.mode >> 3 & 7)][usize::from(ins.mode & 7)],
        Op::Wait => pick(ins.imm & 1 != 0, "WFE", "WFI"),
        Op::Barrier => match ins.imm >> 4 {
            4 => "DSB",
            5 => "DMB",
            _ => "ISB",
        },
        Op::Nop => hint(ins),
        Op::Ldrex | Op::Ldrexb | Op::Ldrexh | Op::Strex | Op::Strexb | Op::Strexh => {
            pick(ins.mode == ORDERED, plain(ins.op), ordered(ins.op))
        }
        Op::LoadAcquire => ["LDAB", "LDAH", "LDA", UNDEFINED][usize::from(ins.mode & SIZE)],
        Op::StoreRelease => ["STLB", "STLH", "STL", UNDEFINED][usize::from(ins.mode & SIZE)],
        Op::LoadUser => [
            "LDRBT", "LDRHT", "LDRT", UNDEFINED, "LDRSBT", "LDRSHT", UNDEFINED, UNDEFINED,
        ][usize::from(ins.mode & (SIZE | SIGNED))],
        Op::StoreUser => ["STRBT", "STRHT", "STRT", UNDEFINED][usize::from(ins.mode & SIZE)],
        Op::Tt => pick(ins.mode == TT_UNPRIVILEGED, "TT", "TTT"),
        _ => match formats(ins) {
            Some((single, double)) => pick(ins.has(DOUBLE), single, double),
            None => plain(ins.op),
        },
    }
}

/// The ordered form of an exclusive access.
fn ordered(op: Op) -> &'static str {
    match op {
        Op::Ldrex => "LDAEX",
        Op::Ldrexb => "LDAEXB",
        Op::Ldrexh => "LDAEXH",
        Op::Strex => "STLEX",
        Op::Strexb => "STLEXB",
        _ => "STLEXH",
    }
}

/// What does nothing here.
fn hint(ins: &Decoded) -> &'static str {
    match (ins.mode, ins.imm) {
        (PRELOAD_DATA, _) => "PLD",
        (PRELOAD_INSTRUCTION, _) => "PLI",
        (MEMORY_HINT, _) => "memory hint",
        (SECURE_GATEWAY, _) => "SG",
        (_, 0) => "NOP",
        (_, 1) => "YIELD",
        (_, 4) => "SEV",
        (_, 0x14) => "CSDB",
        (_, 0xf0..=0xff) => "DBG",
        _ => "NOP (hint)",
    }
}

const fn pick(second: bool, plain: &'static str, other: &'static str) -> &'static str {
    if second { other } else { plain }
}

/// Packed additions by kind (add8, add16, asx, –, sub8, sub16, sax) and prefix.
const PARALLEL: [[&str; 8]; 8] = {
    macro_rules! family {
        ($kind:literal) => {
            [
                concat!("S", $kind),
                concat!("Q", $kind),
                concat!("SH", $kind),
                UNDEFINED,
                concat!("U", $kind),
                concat!("UQ", $kind),
                concat!("UH", $kind),
                UNDEFINED,
            ]
        };
    }
    [
        family!("ADD8"),
        family!("ADD16"),
        family!("ASX"),
        [UNDEFINED; 8],
        family!("SUB8"),
        family!("SUB16"),
        family!("SAX"),
        [UNDEFINED; 8],
    ]
};

/// Names of a floating-point operation in single and in double precision.
fn formats(ins: &Decoded) -> Option<(&'static str, &'static str)> {
    Some(match ins.op {
        Op::VmovImm => ("VMOV.F32 (immediate)", "VMOV.F64 (immediate)"),
        Op::Vmov => ("VMOV.F32 (register)", "VMOV.F64 (register)"),
        Op::Vabs => ("VABS.F32", "VABS.F64"),
        Op::Vneg => ("VNEG.F32", "VNEG.F64"),
        Op::Vsqrt => ("VSQRT.F32", "VSQRT.F64"),
        Op::Vcmp => ("VCMP.F32", "VCMP.F64"),
        Op::VcmpZero => ("VCMP.F32 (zero)", "VCMP.F64 (zero)"),
        Op::VcvtFromInt => ("VCVT.F32 (from integer)", "VCVT.F64 (from integer)"),
        Op::VcvtFromFixed => ("VCVT.F32 (from fixed-point)", "VCVT.F64 (from fixed-point)"),
        Op::VcvtToFixed => (
            "VCVT (to fixed-point, from F32)",
            "VCVT (to fixed-point, from F64)",
        ),
        Op::VcvtFromHalf => ("VCVTB, VCVTT.F32.F16", "VCVTB, VCVTT.F64.F16"),
        Op::VcvtToHalf => ("VCVTB, VCVTT.F16.F32", "VCVTB, VCVTT.F16.F64"),
        Op::Vadd => ("VADD.F32", "VADD.F64"),
        Op::Vsub => ("VSUB.F32", "VSUB.F64"),
        Op::Vmul => ("VMUL.F32", "VMUL.F64"),
        Op::Vnmul => ("VNMUL.F32", "VNMUL.F64"),
        Op::Vdiv => ("VDIV.F32", "VDIV.F64"),
        Op::Vmla => ("VMLA.F32", "VMLA.F64"),
        Op::Vmls => ("VMLS.F32", "VMLS.F64"),
        Op::Vnmla => ("VNMLA.F32", "VNMLA.F64"),
        Op::Vnmls => ("VNMLS.F32", "VNMLS.F64"),
        Op::Vfma => ("VFMA.F32", "VFMA.F64"),
        Op::Vfms => ("VFMS.F32", "VFMS.F64"),
        Op::Vfnma => ("VFNMA.F32", "VFNMA.F64"),
        Op::Vfnms => ("VFNMS.F32", "VFNMS.F64"),
        Op::Vmaxnm => ("VMAXNM.F32", "VMAXNM.F64"),
        Op::Vminnm => ("VMINNM.F32", "VMINNM.F64"),
        Op::Vrint => ("VRINT.F32", "VRINT.F64"),
        Op::VcvtDirected => (
            "VCVTA, VCVTN, VCVTP, VCVTM (from F32)",
            "VCVTA, VCVTN, VCVTP, VCVTM (from F64)",
        ),
        Op::Vsel => ("VSEL.F32", "VSEL.F64"),
        Op::VcvtPrecision => ("VCVT.F64.F32", "VCVT.F32.F64"),
        Op::VcvtToInt if ins.amount == TO_ZERO => {
            ("VCVT (to integer, from F32)", "VCVT (to integer, from F64)")
        }
        Op::VcvtToInt => ("VCVTR (from F32)", "VCVTR (from F64)"),
        _ => return None,
    })
}

/// Operations that have one name.
fn plain(op: Op) -> &'static str {
    match op {
        Op::AndImm => "AND (immediate)",
        Op::AndReg => "AND (register)",
        Op::AndShift => "AND (shifted register)",
        Op::BicImm => "BIC (immediate)",
        Op::BicReg => "BIC (register)",
        Op::BicShift => "BIC (shifted register)",
        Op::OrrImm => "ORR (immediate)",
        Op::OrrReg => "ORR (register)",
        Op::OrrShift => "ORR (shifted register)",
        Op::OrnImm => "ORN (immediate)",
        Op::OrnReg => "ORN (register)",
        Op::OrnShift => "ORN (shifted register)",
        Op::EorImm => "EOR (immediate)",
        Op::EorReg => "EOR (register)",
        Op::EorShift => "EOR (shifted register)",
        Op::MovImm => "MOV (immediate)",
        Op::MovReg | Op::MovSp => "MOV (register)",
        Op::MovShift => "MOV (shifted register)",
        Op::MvnImm => "MVN (immediate)",
        Op::MvnReg => "MVN (register)",
        Op::MvnShift => "MVN (shifted register)",
        Op::TstImm => "TST (immediate)",
        Op::TstReg => "TST (register)",
        Op::TstShift => "TST (shifted register)",
        Op::TeqImm => "TEQ (immediate)",
        Op::TeqReg => "TEQ (register)",
        Op::TeqShift => "TEQ (shifted register)",
        Op::AddImm => "ADD (immediate)",
        Op::AddReg => "ADD (register)",
        Op::AddShift => "ADD (shifted register)",
        Op::AdcImm => "ADC (immediate)",
        Op::AdcReg => "ADC (register)",
        Op::AdcShift => "ADC (shifted register)",
        Op::SubImm => "SUB (immediate)",
        Op::SubReg => "SUB (register)",
        Op::SubShift => "SUB (shifted register)",
        Op::SbcImm => "SBC (immediate)",
        Op::SbcReg => "SBC (register)",
        Op::SbcShift => "SBC (shifted register)",
        Op::RsbImm => "RSB (immediate)",
        Op::RsbReg => "RSB (register)",
        Op::RsbShift => "RSB (shifted register)",
        Op::CmpImm => "CMP (immediate)",
        Op::CmpReg => "CMP (register)",
        Op::CmpShift => "CMP (shifted register)",
        Op::CmnImm => "CMN (immediate)",
        Op::CmnReg => "CMN (register)",
        Op::CmnShift => "CMN (shifted register)",
        Op::Movt => "MOVT",
        Op::Adr => "ADR",
        Op::ShiftReg => "LSL, LSR, ASR, ROR (register)",
        Op::Mul => "MUL",
        Op::Mla => "MLA",
        Op::Mls => "MLS",
        Op::Smulxy => "SMULBB, SMULBT, SMULTB, SMULTT",
        Op::Smlaxy => "SMLABB, SMLABT, SMLATB, SMLATT",
        Op::Smulw => "SMULWB, SMULWT",
        Op::Smlaw => "SMLAWB, SMLAWT",
        Op::Smuad => "SMUAD, SMUADX",
        Op::Smlad => "SMLAD, SMLADX",
        Op::Smusd => "SMUSD, SMUSDX",
        Op::Smlsd => "SMLSD, SMLSDX",
        Op::Smmul => "SMMUL, SMMULR",
        Op::Smmla => "SMMLA, SMMLAR",
        Op::Smmls => "SMMLS, SMMLSR",
        Op::Usad8 => "USAD8",
        Op::Usada8 => "USADA8",
        Op::Smull => "SMULL",
        Op::Umull => "UMULL",
        Op::Smlal => "SMLAL",
        Op::Umlal => "UMLAL",
        Op::Umaal => "UMAAL",
        Op::Smlalxy => "SMLALBB, SMLALBT, SMLALTB, SMLALTT",
        Op::Smlald => "SMLALD, SMLALDX",
        Op::Smlsld => "SMLSLD, SMLSLDX",
        Op::Sdiv => "SDIV",
        Op::Udiv => "UDIV",
        Op::Sxtb => "SXTB",
        Op::Sxth => "SXTH",
        Op::Uxtb => "UXTB",
        Op::Uxth => "UXTH",
        Op::Sxtb16 => "SXTB16",
        Op::Uxtb16 => "UXTB16",
        Op::Sxtab => "SXTAB",
        Op::Sxtah => "SXTAH",
        Op::Uxtab => "UXTAB",
        Op::Uxtah => "UXTAH",
        Op::Sxtab16 => "SXTAB16",
        Op::Uxtab16 => "UXTAB16",
        Op::Pkhbt => "PKHBT",
        Op::Pkhtb => "PKHTB",
        Op::Qadd => "QADD",
        Op::Qsub => "QSUB",
        Op::Qdadd => "QDADD",
        Op::Qdsub => "QDSUB",
        Op::Rev => "REV",
        Op::Rev16 => "REV16",
        Op::Revsh => "REVSH",
        Op::Rbit => "RBIT",
        Op::Sel => "SEL",
        Op::Clz => "CLZ",
        Op::Ssat => "SSAT",
        Op::Usat => "USAT",
        Op::Ssat16 => "SSAT16",
        Op::Usat16 => "USAT16",
        Op::Sbfx => "SBFX",
        Op::Ubfx => "UBFX",
        Op::Bfi => "BFI",
        Op::Bfc => "BFC",
        Op::LdrImm => "LDR (immediate)",
        Op::LdrReg => "LDR (register)",
        Op::LdrWb => "LDR (indexed)",
        Op::LdrLit => "LDR (literal)",
        Op::LdrbImm => "LDRB (immediate)",
        Op::LdrbReg => "LDRB (register)",
        Op::LdrbWb => "LDRB (indexed)",
        Op::LdrbLit => "LDRB (literal)",
        Op::LdrhImm => "LDRH (immediate)",
        Op::LdrhReg => "LDRH (register)",
        Op::LdrhWb => "LDRH (indexed)",
        Op::LdrhLit => "LDRH (literal)",
        Op::LdrsbImm => "LDRSB (immediate)",
        Op::LdrsbReg => "LDRSB (register)",
        Op::LdrsbWb => "LDRSB (indexed)",
        Op::LdrsbLit => "LDRSB (literal)",
        Op::LdrshImm => "LDRSH (immediate)",
        Op::LdrshReg => "LDRSH (register)",
        Op::LdrshWb => "LDRSH (indexed)",
        Op::LdrshLit => "LDRSH (literal)",
        Op::LdrPc => "LDR (to PC)",
        Op::StrImm => "STR (immediate)",
        Op::StrReg => "STR (register)",
        Op::StrWb => "STR (indexed)",
        Op::StrbImm => "STRB (immediate)",
        Op::StrbReg => "STRB (register)",
        Op::StrbWb => "STRB (indexed)",
        Op::StrhImm => "STRH (immediate)",
        Op::StrhReg => "STRH (register)",
        Op::StrhWb => "STRH (indexed)",
        Op::Ldrd => "LDRD (immediate)",
        Op::LdrdLit => "LDRD (literal)",
        Op::Strd => "STRD (immediate)",
        Op::Ldm => "LDM",
        Op::LdmDb => "LDMDB",
        Op::Stm => "STM",
        Op::StmDb => "STMDB",
        Op::Ldrex => "LDREX",
        Op::Ldrexb => "LDREXB",
        Op::Ldrexh => "LDREXH",
        Op::Strex => "STREX",
        Op::Strexb => "STREXB",
        Op::Strexh => "STREXH",
        Op::Clrex => "CLREX",
        Op::B => "B",
        Op::BCond => "B (conditional)",
        Op::Bl => "BL",
        Op::Bx => "BX",
        Op::Blx => "BLX (register)",
        Op::AddPc => "ADD (register, PC)",
        Op::MovPc => "MOV (register, PC)",
        Op::Cbz => "CBZ",
        Op::Cbnz => "CBNZ",
        Op::Tbb => "TBB",
        Op::Tbh => "TBH",
        Op::It => "IT",
        Op::Bkpt => "BKPT",
        Op::Svc => "SVC",
        Op::Cps => "CPS",
        Op::Mrs => "MRS",
        Op::Msr => "MSR",
        Op::Vldr => "VLDR",
        Op::Vstr => "VSTR",
        Op::Vldm => "VLDM",
        Op::Vstm => "VSTM",
        Op::VmovToCore => "VMOV (scalar to core register)",
        Op::VmovFromCore => "VMOV (core register to scalar)",
        Op::VmovPairToCore => "VMOV (two scalars to core registers)",
        Op::VmovPairFromCore => "VMOV (two core registers to scalars)",
        Op::Vmrs => "VMRS",
        Op::Vmsr => "VMSR",
        // Named above, or nothing at all.
        _ => UNDEFINED,
    }
}
