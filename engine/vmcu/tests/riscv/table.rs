//! Every encoding of RV32IMC with random fields, and registers under which it does something that can be compared:
//! addresses in the scratch bytes, jumps over an instruction that shows.

use super::image::{Case, PAD, SCRATCH, SCRATCH_BYTES};
use super::random::Random;

/// How the registers of an instruction must be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any values.
    Plain,
    /// A load or store of so many bytes through rs1.
    Memory(u32),
    /// A branch over the instruction behind it.
    Branch,
    /// JAL over the instruction behind it.
    Jump,
    /// JALR to behind the instruction behind it.
    Return,
}

/// Fixed bits, and the bits that are free.
pub struct Encoding {
    pub name: &'static str,
    pub fixed: u32,
    pub free: u32,
    pub kind: Kind,
}

const RD: u32 = 31 << 7;
const RS1: u32 = 31 << 15;
const RS2: u32 = 31 << 20;
const IMMEDIATE: u32 = 0xFFF << 20;
const STORE_IMMEDIATE: u32 = 0x7F << 25 | 31 << 7;

const fn wide(name: &'static str, fixed: u32, free: u32, kind: Kind) -> Encoding {
    Encoding {
        name,
        fixed,
        free,
        kind,
    }
}

const fn alu(name: &'static str, funct7: u32, funct3: u32) -> Encoding {
    let fixed = funct7 << 25 | funct3 << 12 | 0x33;
    wide(name, fixed, RD | RS1 | RS2, Kind::Plain)
}

const fn alu_immediate(name: &'static str, funct3: u32) -> Encoding {
    wide(name, funct3 << 12 | 0x13, RD | RS1 | IMMEDIATE, Kind::Plain)
}

const fn shift(name: &'static str, funct7: u32, funct3: u32) -> Encoding {
    let fixed = funct7 << 25 | funct3 << 12 | 0x13;
    wide(name, fixed, RD | RS1 | RS2, Kind::Plain)
}

const fn load(name: &'static str, funct3: u32, bytes: u32) -> Encoding {
    let fixed = funct3 << 12 | 0x03;
    wide(name, fixed, RD | RS1 | IMMEDIATE, Kind::Memory(bytes))
}

const fn store(name: &'static str, funct3: u32, bytes: u32) -> Encoding {
    let fixed = funct3 << 12 | 0x23;
    wide(
        name,
        fixed,
        STORE_IMMEDIATE | RS1 | RS2,
        Kind::Memory(bytes),
    )
}

const fn branch(name: &'static str, funct3: u32) -> Encoding {
    // Offset 8.
    wide(name, 8 << 7 | funct3 << 12 | 0x63, RS1 | RS2, Kind::Branch)
}

/// A control register that nothing else writes between two cases: `mtval`. (QEMU 7.2 keeps the lowest bit of `mepc`,
/// which is always 0.)
const fn csr(name: &'static str, funct3: u32) -> Encoding {
    let fixed = 0x343 << 20 | funct3 << 12 | 0x73;
    wide(name, fixed, RD | RS1, Kind::Plain)
}

const fn short(name: &'static str, fixed: u32, free: u32, kind: Kind) -> Encoding {
    wide(name, fixed, free, kind)
}

use Kind::{Branch, Jump, Memory, Plain, Return};

/// The 32-bit encodings of I, M, Zicsr and Zifencei, then the 16-bit ones of C.
pub const ENCODINGS: [Encoding; 75] = [
    wide("LUI", 0x37, 0xFFFF_F000 | RD, Plain),
    wide("AUIPC", 0x17, 0xFFFF_F000 | RD, Plain),
    wide("JAL", 8 << 20 | 0x6F, RD, Jump),
    wide("JALR", 0x67, RD | RS1 | IMMEDIATE, Return),
    branch("BEQ", 0),
    branch("BNE", 1),
    branch("BLT", 4),
    branch("BGE", 5),
    branch("BLTU", 6),
    branch("BGEU", 7),
    load("LB", 0, 1),
    load("LH", 1, 2),
    load("LW", 2, 4),
    load("LBU", 4, 1),
    load("LHU", 5, 2),
    store("SB", 0, 1),
    store("SH", 1, 2),
    store("SW", 2, 4),
    alu_immediate("ADDI", 0),
    alu_immediate("SLTI", 2),
    alu_immediate("SLTIU", 3),
    alu_immediate("XORI", 4),
    alu_immediate("ORI", 6),
    alu_immediate("ANDI", 7),
    shift("SLLI", 0, 1),
    shift("SRLI", 0, 5),
    shift("SRAI", 0x20, 5),
    alu("ADD", 0, 0),
    alu("SUB", 0x20, 0),
    alu("SLL", 0, 1),
    alu("SLT", 0, 2),
    alu("SLTU", 0, 3),
    alu("XOR", 0, 4),
    alu("SRL", 0, 5),
    alu("SRA", 0x20, 5),
    alu("OR", 0, 6),
    alu("AND", 0, 7),
    alu("MUL", 1, 0),
    alu("MULH", 1, 1),
    alu("MULHSU", 1, 2),
    alu("MULHU", 1, 3),
    alu("DIV", 1, 4),
    alu("DIVU", 1, 5),
    alu("REM", 1, 6),
    alu("REMU", 1, 7),
    wide("FENCE", 0x0F, 0x0FF0_0000, Plain),
    wide("FENCE.I", 0x100F, 0, Plain),
    csr("CSRRW", 1),
    csr("CSRRS", 2),
    csr("CSRRC", 3),
    csr("CSRRWI", 5),
    csr("CSRRSI", 6),
    csr("CSRRCI", 7),
    wide("ECALL", 0x73, 0, Plain),
    short("C.ADDI4SPN", 0x0000, 0x1FFC, Plain),
    short("C.LW", 0x4000, 0x1FFC, Memory(4)),
    short("C.SW", 0xC000, 0x1FFC, Memory(4)),
    short("C.ADDI", 0x0001, 0x1FFC, Plain),
    short("C.JAL", 0x2019, 0, Jump),
    short("C.LI", 0x4001, 0x1FFC, Plain),
    short("C.LUI", 0x6001, 0x1FFC, Plain),
    short("C.SRLI", 0x8001, 0x03FC, Plain),
    short("C.SRAI", 0x8401, 0x03FC, Plain),
    short("C.ANDI", 0x8801, 0x13FC, Plain),
    short("C.SUB to C.AND", 0x8C01, 0x03FC, Plain),
    short("C.J", 0xA019, 0, Jump),
    short("C.BEQZ", 0xC019, 0x0380, Branch),
    short("C.BNEZ", 0xE019, 0x0380, Branch),
    short("C.SLLI", 0x0002, 0x0FFC, Plain),
    short("C.LWSP", 0x4002, 0x1FFC, Memory(4)),
    short("C.SWSP", 0xC002, 0x1FFC, Memory(4)),
    short("C.JR", 0x8002, 0x0F80, Return),
    short("C.MV", 0x8002, 0x0FFC, Plain),
    short("C.JALR", 0x9002, 0x0F80, Return),
    short("C.ADD", 0x9002, 0x0FFC, Plain),
];

impl Encoding {
    fn is_short(&self) -> bool {
        self.fixed & 3 != 3
    }

    /// An instruction of this encoding, at an address of which only the lowest 12 bits may be unknown; `None` where the
    /// fields make another encoding, or none.
    pub fn case(&self, random: &mut Random, address: u32) -> Option<Case> {
        let word = self.fixed | random.word() & self.free;
        let full = if self.is_short() {
            tinyscope_vmcu::riscv::expand(word as u16)?
        } else {
            word
        };
        let (rd, rs1) = (full >> 7 & 31, full >> 15 & 31);
        let mut registers = std::array::from_fn(|_| random.operand());
        registers[0] = 0;
        let length = if self.is_short() { 2 } else { 4 };
        let target = address + length + 4;
        match self.kind {
            Kind::Memory(bytes) => {
                let offset = match full & 0x7F {
                    0x23 => (full as i32 >> 20) as u32 & !31 | rd,
                    _ => (full as i32 >> 20) as u32,
                };
                let place = SCRATCH + random.word() % SCRATCH_BYTES / 4 * 4;
                let place = place + random.word() % 4 / bytes * bytes;
                if rs1 == 0 {
                    return None;
                }
                registers[rs1 as usize] = place.wrapping_sub(offset);
            }
            Kind::Return => {
                // C.MV and C.ADD begin in the same way.
                if full & 0x7F != 0x67 || rs1 == 0 {
                    return None;
                }
                registers[rs1 as usize] = target.wrapping_sub((full as i32 >> 20) as u32);
            }
            // C.JR, C.JALR and C.EBREAK begin in the same way.
            Kind::Plain if matches!(full, 0x0010_0073) || full & 0x7F == 0x67 => return None,
            _ => {}
        }
        let mut code = word.to_le_bytes()[..length as usize].to_vec();
        code.extend(PAD.to_le_bytes());
        Some(Case { registers, code })
    }
}
