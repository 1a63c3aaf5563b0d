//! One round of one encoding: an instruction with random fields, and the state it begins in.

use crate::board::Board;
use crate::pattern::Pattern;
use crate::random::Random;
use crate::table::{Encoding, Float, InIt};

/// Length of the scratch memory that every case gets filled anew, and that is compared.
pub const SCRATCH_BYTES: u32 = 256;
/// The instruction after a case, and all around it: SVC #0.
pub const LANDING: u16 = 0xdf00;

pub struct Case<'a> {
    pub random: &'a mut Random,
    pub pattern: &'a Pattern,
    pub board: &'static Board,
    /// Address of the instruction under test.
    pub pc: u32,
    pub opcode: u32,
    /// r0–r14.
    pub r: [u32; 15],
    /// NZCVQ and GE as in the xPSR.
    pub flags: u32,
    pub it: u8,
    /// FPSCR and S0–S31.
    pub float: Option<[u32; 33]>,
    /// Bits set in CCR.
    pub ccr: u32,
    pub cpacr: u32,
    pub control: u32,
    /// Instructions before the one under test.
    pub before: Vec<u16>,
    /// Instructions after it.
    pub after: Vec<u16>,
    /// Words put into memory beforehand.
    pub pokes: Vec<(u32, u32)>,
    /// Halfwords of the code around, by address.
    pub code: Vec<(u32, u16)>,
    /// Offset of a word of the state that is not compared, 0 for none.
    pub forget: u32,
}

/// Offset of HFSR in the state.
pub const HFSR: u32 = 4 * 25;

impl<'a> Case<'a> {
    /// A case at `pc`, tried until its fields satisfy the encoding's rules.
    pub fn new(
        encoding: &'a Encoding,
        board: &'static Board,
        pc: u32,
        random: &'a mut Random,
    ) -> Self {
        let mut case = Self {
            random,
            pattern: &encoding.pattern,
            board,
            pc,
            opcode: 0,
            r: [0; 15],
            flags: 0,
            it: 0,
            float: None,
            ccr: 0,
            cpacr: 0,
            control: 0,
            before: Vec::new(),
            after: Vec::new(),
            pokes: Vec::new(),
            code: Vec::new(),
            forget: 0,
        };
        for _ in 0..10_000 {
            case.draw(encoding);
            if (encoding.make)(&mut case) && case.stack_is_good() {
                return case;
            }
        }
        panic!("{}: its rules cannot be satisfied", encoding.name);
    }

    fn draw(&mut self, encoding: &Encoding) {
        self.before.clear();
        self.after.clear();
        self.pokes.clear();
        self.code.clear();
        self.opcode = encoding.pattern.value | encoding.pattern.ones;
        for (letter, bits) in &encoding.pattern.fields {
            let value = match (letter, bits.len()) {
                ('d' | 'n' | 'm' | 'a' | 't' | 'e', 4) => self.register(false),
                ('D' | 'N' | 'M' | 'T', 4) => self.register(true),
                ('c', 4) => self.random.below(14),
                ('i', _) if self.random.one_in(5) => 0,
                (_, width) => self.random.word() >> (32 - width),
            };
            self.set(*letter, value);
        }
        for k in 0..15 {
            self.r[k] = match self.random.below(10) {
                0 if k > 0 => self.r[k - 1],
                _ => self.random.operand(),
            };
        }
        self.r[13] = self.board.scratch() + 0x1000 + 4 * self.random.below(256);
        self.flags = self.random.word() & 0xf80f_0000;
        self.it = match encoding.it {
            _ if !self.random.one_in(3) => 0,
            InIt::Never => 0,
            InIt::Last => (self.random.below(14) << 4) as u8 | 8,
            InIt::Any => (self.random.below(14) << 4) as u8 | self.random.below(16) as u8,
        };
        if self.it.trailing_zeros() >= 4 {
            self.it = 0;
        }
        self.ccr = if self.random.one_in(6) {
            self.random.below(4) << 3
        } else {
            0
        };
        self.cpacr = 0xf << 20;
        self.control = 0;
        if encoding.float != Float::None && self.random.one_in(30) {
            self.cpacr = self.random.pick(&[0, 5 << 20]);
            self.control = self.random.below(2);
        }
        self.float = match encoding.float {
            Float::None => None,
            Float::Single => Some(self.float_state(Random::single)),
            Float::Double => {
                let mut state = self.float_state(Random::single);
                for pair in state[1..].chunks_exact_mut(2) {
                    if !self.random.one_in(8) {
                        let value = self.random.double();
                        (pair[0], pair[1]) = (value as u32, (value >> 32) as u32);
                    }
                }
                Some(state)
            }
        };
    }

    /// FPSCR with random modes half of the time, since the plain mode is the one that code uses.
    fn float_state(&mut self, mut value: impl FnMut(&mut Random) -> u32) -> [u32; 33] {
        let mut state = [0; 33];
        for word in &mut state {
            *word = value(self.random);
        }
        let modes = if self.random.one_in(2) {
            0x07c0_0000
        } else {
            0
        };
        state[0] = self.random.word() & (modes | 0xf000_009f);
        state
    }

    fn register(&mut self, stack_pointer: bool) -> u32 {
        match self.random.below(if stack_pointer { 15 } else { 14 }) {
            13 => 14,
            14 => 13,
            register => register,
        }
    }

    pub fn get(&self, letter: char) -> u32 {
        self.pattern.get(self.opcode, letter)
    }

    pub fn set(&mut self, letter: char, value: u32) {
        self.opcode = self.pattern.set(self.opcode, letter, value);
    }

    pub fn give(&mut self, letter: char, value: u32) -> bool {
        let register = self.get(letter) as usize;
        if register < 15 {
            self.r[register] = value;
        }
        register < 15
    }

    /// Address of the instruction after the one under test.
    pub fn next(&self) -> u32 {
        self.pc + if self.pattern.long { 4 } else { 2 }
    }

    /// The PC that the instruction sees, aligned to a word.
    pub fn literal_base(&self) -> u32 {
        (self.pc + 4) & !3
    }

    /// An address behind the instruction with an SVC.
    pub fn landing(&mut self) -> u32 {
        self.next() + 2 * self.random.below(5)
    }

    /// A landing with the Thumb bit, which is now and then missing. Then the address is a multiple of four: elsewhere
    /// QEMU reports the misaligned Arm instruction instead of the state (UNALIGNED for INVSTATE).
    pub fn thumb_landing(&mut self) -> u32 {
        let target = self.landing();
        if target.is_multiple_of(4) && self.random.one_in(5) {
            target
        } else {
            target | 1
        }
    }

    /// A place in the scratch memory for an access of `bytes`, not always aligned, seldom outside of all memory.
    pub fn place(&mut self, bytes: u32) -> u32 {
        let mut at = self.random.below(SCRATCH_BYTES + 1 - bytes);
        if !self.random.one_in(5) {
            at &= !(bytes.next_power_of_two().min(4) - 1);
        }
        if bytes <= 4 && self.random.one_in(40) {
            // Aligned: QEMU reports the word's address, not the access's.
            return self.board.unmapped + (at & !3);
        }
        self.board.scratch() + at
    }

    /// An aligned place in the scratch memory.
    pub fn word_place(&mut self, bytes: u32) -> u32 {
        self.board.scratch() + 4 * self.random.below((SCRATCH_BYTES - bytes) / 4 + 1)
    }

    /// Let the base register in `letter` plus `offset` be an address for `bytes`.
    pub fn aim(&mut self, letter: char, offset: u32, bytes: u32) -> bool {
        let address = self.place(bytes);
        self.give(letter, address.wrapping_sub(offset))
    }

    /// Whether the stack pointer is one that an exception can be taken on.
    pub fn stack_is_good(&self) -> bool {
        self.is_stack(self.r[13])
    }

    pub fn is_stack(&self, address: u32) -> bool {
        address.is_multiple_of(4) && address.abs_diff(self.board.scratch() + 0x800) < 0x2000
    }
}
