//! Loads and stores of several registers, and exclusive accesses.

use super::memory::to_pc;
use super::{Class, Encoding, encoding};
use crate::case::Case;

fn plain(name: &str, bits: &str) -> Encoding {
    encoding(Class::LoadStore, name, bits)
}

/// Address of the first word of a list of `words`, seldom not aligned or outside of all memory.
fn first_word(c: &mut Case, words: u32) -> u32 {
    match c.random.below(32) {
        0 => c.board.unmapped + 4 * c.random.below(64),
        1 | 2 => c.word_place(4 * words + 4) + c.random.below(4),
        _ => c.word_place(4 * words),
    }
}

/// Aim the base register in `n` at a list of registers.
fn list(c: &mut Case, base: char, words: u32, down: bool) -> bool {
    let address = first_word(c, words);
    c.give(base, if down { address + 4 * words } else { address })
}

/// Stack pointer such that a list of `words` lies in the scratch memory.
fn stack(c: &mut Case, words: u32, down: bool) -> bool {
    c.r[13] = c.word_place(4 * words) + if down { 4 * words } else { 0 };
    words > 0
}

pub fn add(all: &mut Vec<Encoding>) {
    narrow(all);
    wide(all);
    loads_of_pc(all);
    exclusive(all);
}

fn narrow(all: &mut Vec<Encoding>) {
    // A base in the list is stored only when it is the lowest.
    all.push(plain("STM T1", "11000nnnrrrrrrrr").make(|c| {
        let (n, r) = (c.get('n'), c.get('r'));
        let lowest = r & (1 << n) == 0 || r.trailing_zeros() == n;
        r != 0 && lowest && list(c, 'n', r.count_ones(), false)
    }));
    all.push(plain("LDM T1", "11001nnnrrrrrrrr").make(|c| {
        let r = c.get('r');
        r != 0 && list(c, 'n', r.count_ones(), false)
    }));
    all.push(
        plain("PUSH T1", "1011010rrrrrrrrr").make(|c| stack(c, c.get('r').count_ones(), true)),
    );
    all.push(
        plain("POP T1", "10111100rrrrrrrr").make(|c| stack(c, c.get('r').count_ones(), false)),
    );
}

fn wide(all: &mut Vec<Encoding>) {
    for (name, bits, down) in [
        ("LDM T2", "1110100010w1nnnnororrrrrrrrrrrrr", false),
        ("STM T2", "1110100010w0nnnnororrrrrrrrrrrrr", false),
        ("LDMDB T1", "1110100100w1nnnnororrrrrrrrrrrrr", true),
        ("STMDB T1", "1110100100w0nnnnororrrrrrrrrrrrr", true),
    ] {
        all.push(plain(name, bits).make(move |c| {
            let words = c.get('r').count_ones();
            words >= 2 && base_survives(c) && list(c, 'n', words, down)
        }));
    }
    let two = |c: &Case| c.get('r').count_ones() >= 2;
    let pop = plain("POP T2", "1110100010111101ororrrrrrrrrrrrr");
    all.push(pop.make(move |c| two(c) && stack(c, c.get('r').count_ones(), false)));
    let push = plain("PUSH T2", "1110100100101101ororrrrrrrrrrrrr");
    all.push(push.make(move |c| two(c) && stack(c, c.get('r').count_ones(), true)));
    let pop = plain("POP T3", "1111100001011101tttt101100000100");
    all.push(pop.make(|c| stack(c, 1, false)));
    let push = plain("PUSH T3", "1111100001001101tttt110100000100");
    all.push(push.make(|c| stack(c, 1, true)));
}

/// Without write-back, or with a base that is not in the list. Bit 14 of the list stands before bits 12 to 0.
fn base_survives(c: &Case) -> bool {
    c.get('w') == 0 || c.opcode >> c.get('n') & 1 == 0
}

fn loads_of_pc(all: &mut Vec<Encoding>) {
    all.push(to_pc("POP T1, with PC", "10111101rrrrrrrr", |c| {
        let words = c.get('r').count_ones();
        stack(c, words + 1, false);
        Some(c.r[13] + 4 * words)
    }));
    for (name, bits, down) in [
        ("LDM T2, with PC", "1110100010w1nnnn10orrrrrrrrrrrrr", false),
        (
            "LDMDB T1, with PC",
            "1110100100w1nnnn10orrrrrrrrrrrrr",
            true,
        ),
    ] {
        all.push(to_pc(name, bits, move |c| {
            let words = 1 + c.get('r').count_ones();
            let address = c.word_place(4 * words);
            let good = words >= 2 && base_survives(c);
            let aimed = c.give('n', if down { address + 4 * words } else { address });
            (good && aimed).then_some(address + 4 * (words - 1))
        }));
    }
    all.push(to_pc(
        "POP T2, with PC",
        "111010001011110110orrrrrrrrrrrrr",
        |c| {
            let words = c.get('r').count_ones();
            stack(c, words + 1, false);
            (words > 0).then_some(c.r[13] + 4 * words)
        },
    ));
    all.push(to_pc(
        "POP T3, to PC",
        "11111000010111011111101100000100",
        |c| {
            stack(c, 1, false);
            Some(c.r[13])
        },
    ));
    all.push(to_pc(
        "LDR (immediate) T3, to PC",
        "111110001101nnnn1111iiiiiiiiiiii",
        |c| {
            let address = c.word_place(4);
            c.give('n', address - c.get('i')).then_some(address)
        },
    ));
    let negative = |c: &mut Case| {
        let address = c.word_place(4);
        c.give('n', address + c.get('i')).then_some(address)
    };
    let bits = "111110000101nnnn11111100iiiiiiii";
    all.push(to_pc("LDR (immediate) T4, to PC", bits, negative));
    let written_back = |c: &mut Case| {
        let address = c.word_place(4);
        let offset = match (c.get('p'), c.get('u')) {
            (0, _) => 0,
            (_, 0) => c.get('i').wrapping_neg(),
            _ => c.get('i'),
        };
        c.give('n', address.wrapping_sub(offset)).then_some(address)
    };
    let bits = "111110000101nnnn11111pu1iiiiiiii";
    all.push(to_pc(
        "LDR (immediate) T4, write-back, to PC",
        bits,
        written_back,
    ));
    all.push(to_pc(
        "LDR (register) T2, to PC",
        "111110000101nnnn1111000000iimmmm",
        |c| {
            let (address, index) = (c.word_place(4), c.random.operand());
            let base = address.wrapping_sub(index << c.get('i'));
            let distinct = c.get('n') != c.get('m');
            (distinct && c.give('m', index) && c.give('n', base)).then_some(address)
        },
    ));
    // The literal is behind the instruction, in the way of nothing.
    let literal = encoding(
        Class::Branch,
        "LDR (literal) T2, to PC",
        "11111000u10111111111iiiiiiiiiiii",
    );
    all.push(literal.it(super::InIt::Last).room(0x200).make(|c| {
        let distance = 4 * c.random.below(64) + 32;
        let up = c.get('u') != 0;
        c.set('i', distance);
        let base = c.literal_base();
        let address = if up { base + distance } else { base - distance };
        let target = c.thumb_landing();
        c.code.push((address, target as u16));
        c.code.push((address + 2, (target >> 16) as u16));
        true
    }));
}

fn exclusive(all: &mut Vec<Encoding>) {
    let plain = |name: &str, bits: &str| encoding(Class::Exclusive, format!("{name} T1"), bits);
    all.push(
        plain("LDREX", "111010000101NNNNttttlllliiiiiiii").make(|c| {
            let address = first_word(c, 1);
            c.give('N', address - 4 * c.get('i'))
        }),
    );
    all.push(plain("LDREXB", "111010001101NNNNttttllll0100llll").make(|c| c.aim('N', 0, 1)));
    all.push(plain("LDREXH", "111010001101NNNNttttllll0101llll").make(|c| c.aim('N', 0, 2)));
    all.push(plain("CLREX", "111100111011llll10o0llll0010llll"));
    // A store with nothing reserved, and one after a load to which the address may or may not belong.
    for (name, store, load, bytes) in [
        ("STREX", "111010000100NNNNttttddddiiiiiiii", 0xe850, 4),
        ("STREXB", "111010001100NNNNttttllll0100dddd", 0x0f4f, 1),
        ("STREXH", "111010001100NNNNttttllll0101dddd", 0x0f5f, 2),
    ] {
        // Aligned: QEMU looks at the alignment only when the address is reserved.
        all.push(
            plain(&format!("{name}, not reserved"), store).make(move |c| {
                let offset = if bytes == 4 { 4 * c.get('i') } else { 0 };
                let address = c.word_place(4);
                apart(c) && c.give('N', address.wrapping_sub(offset))
            }),
        );
        all.push(
            plain(&format!("{name}, reserved"), store)
                .after(4)
                .make(move |c| {
                    let (n, offset) = (c.get('N') as u16, if bytes == 4 { c.get('i') } else { 0 });
                    // Loaded into another register than the two that the store reads.
                    let target = c.random.below(13) as u16;
                    c.before = if bytes == 4 {
                        vec![load | n, target << 12 | 0xf00 | offset as u16]
                    } else {
                        vec![0xe8d0 | n, target << 12 | load]
                    };
                    let address = c.board.scratch() + c.random.below(60) * 4;
                    let fits = u32::from(target) != c.get('N') && apart(c);
                    fits && c.give('N', address.wrapping_sub(4 * offset))
                }),
        );
    }
    let cleared = plain("STREX, after CLREX", "111010000100NNNNttttdddd00000000").after(8);
    all.push(cleared.make(|c| {
        let n = c.get('N') as u16;
        c.before = vec![0xe850 | n, 0x0f00, 0xf3bf, 0x8f2f];
        let address = c.word_place(4);
        n != 0 && apart(c) && c.give('N', address)
    }));
}

/// The status register is neither the base nor the one that is stored.
fn apart(c: &mut Case) -> bool {
    c.get('d') != c.get('N') && c.get('d') != c.get('t')
}
