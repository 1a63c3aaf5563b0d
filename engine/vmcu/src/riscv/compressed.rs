//! The C extension: every 16-bit instruction is a 32-bit one in short (volume I, chapter 16, tables 16.4 to 16.7).

const LOAD: u32 = 0x03;
const OP_IMM: u32 = 0x13;
const STORE: u32 = 0x23;
const OP: u32 = 0x33;
const LUI: u32 = 0x37;
const BRANCH: u32 = 0x63;
const JALR: u32 = 0x67;
const JAL: u32 = 0x6F;
const EBREAK: u32 = 0x0010_0073;

/// Bits `high` to `low` of `word`, moved to begin at bit `to`.
const fn bits(word: u32, high: u32, low: u32, to: u32) -> u32 {
    ((word >> low) & ((1 << (high - low + 1)) - 1)) << to
}

/// The sign of a `width`-bit number carried on.
const fn extend(value: u32, width: u32) -> u32 {
    (((value << (32 - width)) as i32) >> (32 - width)) as u32
}

const fn i_type(opcode: u32, rd: u32, funct3: u32, rs1: u32, immediate: u32) -> u32 {
    (immediate & 0xFFF) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode
}

const fn r_type(funct7: u32, rs2: u32, rs1: u32, funct3: u32, rd: u32) -> u32 {
    funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | OP
}

const fn store_word(rs2: u32, rs1: u32, offset: u32) -> u32 {
    bits(offset, 11, 5, 25) | rs2 << 20 | rs1 << 15 | 2 << 12 | bits(offset, 4, 0, 7) | STORE
}

const fn jump(rd: u32, offset: u32) -> u32 {
    bits(offset, 20, 20, 31)
        | bits(offset, 10, 1, 21)
        | bits(offset, 11, 11, 20)
        | bits(offset, 19, 12, 12)
        | rd << 7
        | JAL
}

const fn branch_zero(funct3: u32, rs1: u32, offset: u32) -> u32 {
    bits(offset, 12, 12, 31)
        | bits(offset, 10, 5, 25)
        | rs1 << 15
        | funct3 << 12
        | bits(offset, 4, 1, 8)
        | bits(offset, 11, 11, 7)
        | BRANCH
}

/// The 32-bit instruction that a 16-bit one stands for; `None` for reserved ones and those of absent extensions.
pub const fn expand(half: u16) -> Option<u32> {
    let c = half as u32;
    match (c & 3, c >> 13) {
        (0, funct) => quadrant_0(c, funct),
        (1, funct) => quadrant_1(c, funct),
        (2, funct) => quadrant_2(c, funct),
        _ => None,
    }
}

const fn quadrant_0(c: u32, funct: u32) -> Option<u32> {
    let (high, low) = (8 + bits(c, 9, 7, 0), 8 + bits(c, 4, 2, 0));
    let word_offset = bits(c, 5, 5, 6) | bits(c, 12, 10, 3) | bits(c, 6, 6, 2);
    match funct {
        0 => {
            let immediate =
                bits(c, 10, 7, 6) | bits(c, 12, 11, 4) | bits(c, 5, 5, 3) | bits(c, 6, 6, 2);
            if immediate == 0 {
                return None;
            }
            Some(i_type(OP_IMM, low, 0, 2, immediate))
        }
        2 => Some(i_type(LOAD, low, 2, high, word_offset)),
        6 => Some(store_word(low, high, word_offset)),
        _ => None,
    }
}

const fn quadrant_1(c: u32, funct: u32) -> Option<u32> {
    let rd = bits(c, 11, 7, 0);
    let short = 8 + bits(c, 9, 7, 0);
    let immediate = extend(bits(c, 12, 12, 5) | bits(c, 6, 2, 0), 6);
    let target = extend(
        bits(c, 12, 12, 11)
            | bits(c, 11, 11, 4)
            | bits(c, 10, 9, 8)
            | bits(c, 8, 8, 10)
            | bits(c, 7, 7, 6)
            | bits(c, 6, 6, 7)
            | bits(c, 5, 3, 1)
            | bits(c, 2, 2, 5),
        12,
    );
    let near = extend(
        bits(c, 12, 12, 8)
            | bits(c, 11, 10, 3)
            | bits(c, 6, 5, 6)
            | bits(c, 4, 3, 1)
            | bits(c, 2, 2, 5),
        9,
    );
    match funct {
        0 => Some(i_type(OP_IMM, rd, 0, rd, immediate)),
        1 => Some(jump(1, target)),
        2 => Some(i_type(OP_IMM, rd, 0, 0, immediate)),
        3 if rd == 2 => {
            let adjust = extend(
                bits(c, 12, 12, 9)
                    | bits(c, 6, 6, 4)
                    | bits(c, 5, 5, 6)
                    | bits(c, 4, 3, 7)
                    | bits(c, 2, 2, 5),
                10,
            );
            if adjust == 0 {
                return None;
            }
            Some(i_type(OP_IMM, 2, 0, 2, adjust))
        }
        3 => {
            if immediate == 0 {
                return None;
            }
            Some(immediate << 12 | rd << 7 | LUI)
        }
        4 => arithmetic(c, short, immediate),
        5 => Some(jump(0, target)),
        6 => Some(branch_zero(0, short, near)),
        _ => Some(branch_zero(1, short, near)),
    }
}

const fn arithmetic(c: u32, rd: u32, immediate: u32) -> Option<u32> {
    let rs2 = 8 + bits(c, 4, 2, 0);
    let long = bits(c, 12, 12, 0) == 1;
    match bits(c, 11, 10, 0) {
        // Shift amounts of 32 and more are reserved for wider registers.
        0 | 1 if long => None,
        0 => Some(i_type(OP_IMM, rd, 5, rd, immediate & 31)),
        1 => Some(i_type(OP_IMM, rd, 5, rd, 0x400 | immediate & 31)),
        2 => Some(i_type(OP_IMM, rd, 7, rd, immediate)),
        _ if long => None,
        _ => Some(match bits(c, 6, 5, 0) {
            0 => r_type(0x20, rs2, rd, 0, rd),
            1 => r_type(0, rs2, rd, 4, rd),
            2 => r_type(0, rs2, rd, 6, rd),
            _ => r_type(0, rs2, rd, 7, rd),
        }),
    }
}

const fn quadrant_2(c: u32, funct: u32) -> Option<u32> {
    let (rd, rs2) = (bits(c, 11, 7, 0), bits(c, 6, 2, 0));
    let long = bits(c, 12, 12, 0) == 1;
    match funct {
        0 if long => None,
        0 => Some(i_type(OP_IMM, rd, 1, rd, rs2)),
        2 => {
            let offset = bits(c, 3, 2, 6) | bits(c, 12, 12, 5) | bits(c, 6, 4, 2);
            if rd == 0 {
                return None;
            }
            Some(i_type(LOAD, rd, 2, 2, offset))
        }
        4 => match (long, rd, rs2) {
            (false, 0, 0) => None,
            (false, _, 0) => Some(i_type(JALR, 0, 0, rd, 0)),
            (false, ..) => Some(r_type(0, rs2, 0, 0, rd)),
            (true, 0, 0) => Some(EBREAK),
            (true, _, 0) => Some(i_type(JALR, 1, 0, rd, 0)),
            (true, ..) => Some(r_type(0, rs2, rd, 0, rd)),
        },
        6 => Some(store_word(rs2, 2, bits(c, 8, 7, 6) | bits(c, 12, 9, 2))),
        _ => None,
    }
}
