//! The program that both simulators run: for each case all registers are loaded, the instruction executed, and all
//! registers stored; a trap is recorded and the next case follows.

/// Where code, cases, and the bytes that loads and stores use lie.
pub const CODE: u32 = 0x8000_0000;
pub const CASES: u32 = 0x8080_0000;
pub const SCRATCH: u32 = 0x80F0_0000;
pub const SCRATCH_BYTES: u32 = 0x2000;
pub const RAM_BYTES: u32 = 16 << 20;
/// Words of a case: cause (slot 0), x1 to x31, `mtval`, `mepc`, address of the next case's code.
pub const CASE_WORDS: usize = 36;
const MTVAL: u32 = 32;
const MEPC: u32 = 33;
const NEXT: u32 = 34;
/// Most of them that one image has room for.
pub const MOST_CASES: usize = 24_000;

const MSCRATCH: u32 = 0x340;

fn lw(rd: u32, rs1: u32, offset: u32) -> u32 {
    offset << 20 | rs1 << 15 | 2 << 12 | rd << 7 | 0x03
}

fn sw(rs2: u32, rs1: u32, offset: u32) -> u32 {
    (offset >> 5) << 25 | rs2 << 20 | rs1 << 15 | 2 << 12 | (offset & 31) << 7 | 0x23
}

fn csrrw(rd: u32, number: u32, rs1: u32) -> u32 {
    number << 20 | rs1 << 15 | 1 << 12 | rd << 7 | 0x73
}

fn csrr(rd: u32, number: u32) -> u32 {
    number << 20 | 2 << 12 | rd << 7 | 0x73
}

const EBREAK: u32 = 0x0010_0073;
/// `x7` inverted: whether it was executed shows.
pub const PAD: u32 = 0xFFF3_C393;

/// An instruction with the registers that it begins with.
pub struct Case {
    pub registers: [u32; 32],
    /// The instruction, and what it may jump over.
    pub code: Vec<u8>,
}

/// The image, with its entry at its begin.
pub struct Image {
    pub bytes: Vec<u8>,
    /// Where a simulator that knows no semihosting has arrived.
    pub end: u32,
}

struct Writer(Vec<u8>);

impl Writer {
    fn word(&mut self, word: u32) {
        self.0.extend(word.to_le_bytes());
    }

    fn here(&self) -> u32 {
        CODE + self.0.len() as u32
    }

    /// LUI and ADDI.
    fn set(&mut self, rd: u32, value: u32) {
        let high = value.wrapping_add(0x800) & !0xFFF;
        let low = value.wrapping_sub(high) & 0xFFF;
        self.word(high | rd << 7 | 0x37);
        self.word(low << 20 | rd << 15 | rd << 7 | 0x13);
    }

    fn store_registers(&mut self) {
        self.word(csrrw(31, MSCRATCH, 31));
        for register in 1..31 {
            self.word(sw(register, 31, 4 * register));
        }
        self.word(csrr(1, MSCRATCH));
        self.word(sw(1, 31, 124));
    }

    /// A call of the host (RISC-V semihosting): `operation` with its block at `block`.
    fn semihost(&mut self, operation: u32, block: u32) {
        self.set(10, operation);
        self.set(11, block);
        while !self.0.len().is_multiple_of(16) {
            self.word(0x13);
        }
        for word in [0x01F0_1013, EBREAK, 0x4070_5013] {
            self.word(word);
        }
    }
}

/// Lays `cases` out; at the end the host is asked to write cases and scratch bytes to `file`.
pub fn build(cases: &[Case], scratch: &[u8], file: &str) -> Image {
    assert!(cases.len() <= MOST_CASES);
    let mut code = Writer(Vec::new());
    // mtvec: the handler lies behind a jump to the first case.
    code.set(5, CODE + 0x100);
    code.word(csrrw(0, 0x305, 5));
    code.word(0x1F40_006F); // to CODE + 0x200
    code.0.resize(0x100, 0);
    code.store_registers();
    code.word(csrr(1, 0x342));
    code.word(sw(1, 31, 0));
    code.word(csrr(1, 0x343));
    code.word(sw(1, 31, 4 * MTVAL));
    code.word(csrr(1, 0x341));
    code.word(sw(1, 31, 4 * MEPC));
    code.word(lw(1, 31, 4 * NEXT));
    code.word(0x0000_8067); // jr x1
    assert!(code.0.len() <= 0x200);
    code.0.resize(0x200, 0);
    let mut table = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        code.set(31, CASES + (index * 4 * CASE_WORDS) as u32);
        for register in 1..31 {
            code.word(lw(register, 31, 4 * register));
        }
        code.word(csrrw(0, MSCRATCH, 31));
        code.word(lw(31, 31, 124));
        code.0.extend(&case.code);
        code.store_registers();
        while !code.0.len().is_multiple_of(4) {
            code.0.extend([1, 0]); // c.nop
        }
        table.extend(case.registers);
        table.extend([0, 0, code.here(), 0]);
    }
    let end = code.here();
    // The blocks lie behind all code.
    let blocks = CASES - 0x400;
    let bytes = (CASE_WORDS * 4 * cases.len()) as u32;
    // Open for writing in binary.
    code.semihost(0x01, blocks);
    code.set(12, blocks + 16);
    code.word(sw(10, 12, 0));
    code.set(12, blocks + 32);
    code.word(sw(10, 12, 0));
    code.semihost(0x05, blocks + 16);
    code.semihost(0x05, blocks + 32);
    code.semihost(0x18, 0x20026);
    assert!(code.here() < blocks, "{} cases are too many", cases.len());
    let mut image = code.0;
    let name = blocks + 64;
    image.resize((blocks - CODE) as usize, 0);
    let words = [
        [name, 5, file.len() as u32, 0],
        [0, CASES, bytes, 0],
        [0, SCRATCH, SCRATCH_BYTES, 0],
        [0; 4],
    ];
    image.extend(words.concat().iter().flat_map(|word| word.to_le_bytes()));
    image.extend(file.as_bytes());
    image.resize((CASES - CODE) as usize, 0);
    image.extend(table.iter().flat_map(|word| word.to_le_bytes()));
    image.resize((SCRATCH - CODE) as usize, 0);
    image.extend(scratch);
    Image { bytes: image, end }
}
