//! Cases as bytes: the code, and beside it a record for each that the harness reads.
//!
//! A record is, in words: its length, address of the scratch contents, number of words to put in memory, whether
//! there are floating-point registers, CCR bits, CPACR, CONTROL, frame address, r4–r11, the frame
//! (r0–r3, r12, lr, pc, xPSR), offset of a word of the state that is not compared or 0, then FPSCR and S0–S31, then pairs of address and word.

use std::fmt::Write;

use crate::board::{Board, MEMORY_BYTES};
use crate::case::{Case, LANDING, SCRATCH_BYTES};
use crate::random::Random;
use crate::table::Encoding;

/// Random words that the scratch memory is filled from.
const POOL_WORDS: u32 = 4096;
/// The harness ends here, and a field of landings begins.
pub const FIELD: u32 = 0x1000;
pub const FIELD_BYTES: u32 = 0x1_0000;
/// The first halfwords of the blob: 0 for hashes, 1 for the whole state of every case.
const MODE_BYTES: u32 = 4;
/// Cases in an image: what the memory for results and records has room for.
const MOST_CASES: usize = 24_000;

/// Memory full of landings.
pub fn landings(bytes: u32) -> Vec<u8> {
    LANDING.to_le_bytes().repeat(bytes as usize / 2)
}

/// Where the first record lies.
pub fn records(board: &Board) -> u32 {
    board.blob + MODE_BYTES + 4 * POOL_WORDS
}

/// What can be said about a case when it is the one that differs.
#[derive(Clone, Debug)]
pub struct Told {
    pub name: String,
    pub encoding: usize,
    pub pc: u32,
    pub opcode: u32,
    pub text: String,
    record: Vec<u32>,
}

pub struct Image {
    pub board: &'static Board,
    pub code: Vec<u8>,
    pub cases: Vec<Told>,
    pool: Vec<u32>,
    free: u32,
}

impl Image {
    /// An image without cases. `harness` lies at the beginning of the code.
    pub fn new(board: &'static Board, harness: &[u8], random: &mut Random) -> Self {
        let mut code = landings(MEMORY_BYTES);
        assert!(harness.len() < FIELD as usize, "the harness fits");
        code[..harness.len()].copy_from_slice(harness);
        Self {
            board,
            code,
            cases: Vec::new(),
            pool: (0..POOL_WORDS).map(|_| random.operand()).collect(),
            free: FIELD + FIELD_BYTES,
        }
    }

    /// Put one more case of this encoding into the image; false when it is full.
    pub fn push(&mut self, index: usize, encoding: &Encoding, random: &mut Random) -> bool {
        let slot = 2 * encoding.room + 40;
        if self.cases.len() >= MOST_CASES || self.free + slot > MEMORY_BYTES - FIELD_BYTES {
            return false;
        }
        let start = self.board.code + self.free + encoding.room + 2 * random.below(2);
        self.free += slot;
        let pool = self.board.blob + MODE_BYTES + 4 * random.below(POOL_WORDS - SCRATCH_BYTES / 4);
        // Instructions before the one under test take four bytes each.
        let pc = start + encoding.before_bytes;
        let case = Case::new(encoding, self.board, pc, random);
        assert_eq!(
            2 * case.before.len() as u32,
            encoding.before_bytes,
            "{}",
            encoding.name
        );
        let mut at = start;
        let instruction = if case.pattern.long {
            vec![(case.opcode >> 16) as u16, case.opcode as u16]
        } else {
            vec![case.opcode as u16]
        };
        for half in case.before.iter().chain(&instruction).chain(&case.after) {
            put(&mut self.code, at - self.board.code, *half);
            at += 2;
        }
        for (address, half) in &case.code {
            put(&mut self.code, address - self.board.code, *half);
        }
        self.cases.push(Told {
            name: encoding.name.clone(),
            encoding: index,
            pc,
            opcode: case.opcode,
            text: describe(&case),
            record: record(&case, start, pool),
        });
        true
    }

    /// The records of the cases `first ..`, at most `count`.
    pub fn blob(&self, dump: bool, first: usize, count: usize) -> Vec<u8> {
        let mode = [u32::from(dump)];
        let records = self
            .cases
            .iter()
            .skip(first)
            .take(count)
            .flat_map(|told| &told.record);
        let words = mode.iter().chain(&self.pool).chain(records).chain(&[0]);
        words.flat_map(|word| word.to_le_bytes()).collect()
    }
}

fn put(code: &mut [u8], at: u32, half: u16) {
    code[at as usize..][..2].copy_from_slice(&half.to_le_bytes());
}

fn record(case: &Case, start: u32, pool: u32) -> Vec<u32> {
    let r = &case.r;
    // The frame is aligned to eight bytes; bit 9 of the xPSR says whether the stack pointer was.
    let padded = r[13] & 4;
    let frame = r[13] - padded - 32;
    let it = u32::from(case.it);
    let xpsr = case.flags | 1 << 24 | (it & 3) << 25 | (it >> 2) << 10 | padded << 7;
    let mut words = vec![
        0,
        pool,
        case.pokes.len() as u32,
        u32::from(case.float.is_some()),
    ];
    words.extend([case.ccr, case.cpacr, case.control, frame]);
    words.extend(&r[4..12]);
    words.extend([r[0], r[1], r[2], r[3], r[12], r[14], start, xpsr]);
    words.push(case.forget);
    words.extend(case.float.iter().flatten());
    words.extend(
        case.pokes
            .iter()
            .flat_map(|(address, word)| [*address, *word]),
    );
    words[0] = words.len() as u32;
    words
}

fn describe(case: &Case) -> String {
    let registers: Vec<String> = case.r.iter().map(|r| format!("{r:x}")).collect();
    let mut text = format!(
        "r0-r14 {} flags {:08x} it {:02x} ccr {:x} cpacr {:x} control {}",
        registers.join(" "),
        case.flags,
        case.it,
        case.ccr,
        case.cpacr,
        case.control
    );
    if let Some(float) = case.float {
        let registers: Vec<String> = float[1..].iter().map(|s| format!("{s:x}")).collect();
        let _ = write!(
            text,
            " fpscr {:08x} s0-s31 {}",
            float[0],
            registers.join(" ")
        );
    }
    if !case.pokes.is_empty() {
        let _ = write!(text, " memory {:x?}", case.pokes);
    }
    text
}
