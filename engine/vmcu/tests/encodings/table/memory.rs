//! Single loads and stores, pairs, and preload hints.

use super::{Class, Encoding, InIt, encoding};
use crate::case::Case;

fn plain(name: impl Into<String>, bits: impl AsRef<str>) -> Encoding {
    encoding(Class::LoadStore, name, bits)
}

/// The base register in `n` plus its scaled immediate in `i`.
fn scaled(c: &mut Case, bytes: u32) -> bool {
    c.aim('n', c.get('i') * bytes, bytes)
}

/// The 8-bit offset with its sign in `u`, and whether it is used before the access, in `p`; with write-back.
fn indexed(c: &mut Case, bytes: u32, scale: u32) -> bool {
    let distance = c.get('i') * scale;
    let offset = if c.get('u') != 0 {
        distance
    } else {
        distance.wrapping_neg()
    };
    // Pairs have the bit in the first halfword.
    let before = if c.pattern.has('p') {
        c.get('p') != 0
    } else {
        c.opcode & 1 << 24 != 0
    };
    let aimed = c.aim('N', if before { offset } else { 0 }, bytes);
    // The base register that is left must be a stack pointer too.
    let left = c.r[c.get('N') as usize].wrapping_add(offset);
    aimed && (c.get('N') != 13 || c.is_stack(left))
}

/// Base plus register, shifted left by `shift`; the same register seldom.
fn register(c: &mut Case, base: char, shift: u32, bytes: u32) -> bool {
    if c.get(base) == c.get('m') {
        let address = c.place(bytes);
        let value = address / (1 + (1 << shift));
        return value * (1 + (1 << shift)) == address && c.give('m', value);
    }
    let index = if c.random.one_in(2) {
        c.random.below(4096)
    } else {
        c.random.operand()
    };
    c.give('m', index) && c.aim(base, index << shift, bytes)
}

/// Loads and stores by size: name, size bits, bytes.
const SIZES: [(&str, &str, u32); 3] = [("", "10", 4), ("B", "00", 1), ("H", "01", 2)];

pub fn add(all: &mut Vec<Encoding>) {
    narrow(all);
    for (load, l) in [("LDR", "1"), ("STR", "0")] {
        for (suffix, size, bytes) in SIZES {
            wide(
                all,
                &format!("{load}{suffix}"),
                &format!("111110000{size}{l}"),
                bytes,
            );
        }
    }
    wide(all, "LDRSB", "111110010001", 1);
    wide(all, "LDRSH", "111110010011", 2);
    pairs(all);
    stack_pointer(all);
    hints(all);
}

fn narrow(all: &mut Vec<Encoding>) {
    for (name, bits, bytes) in [
        ("STR (register) T1", "0101000mmmnnnttt", 4),
        ("STRH (register) T1", "0101001mmmnnnttt", 2),
        ("STRB (register) T1", "0101010mmmnnnttt", 1),
        ("LDRSB (register) T1", "0101011mmmnnnttt", 1),
        ("LDR (register) T1", "0101100mmmnnnttt", 4),
        ("LDRH (register) T1", "0101101mmmnnnttt", 2),
        ("LDRB (register) T1", "0101110mmmnnnttt", 1),
        ("LDRSH (register) T1", "0101111mmmnnnttt", 2),
    ] {
        all.push(plain(name, bits).make(move |c| register(c, 'n', 0, bytes)));
    }
    for (name, bits, bytes) in [
        ("STR (immediate) T1", "01100iiiiinnnttt", 4),
        ("LDR (immediate) T1", "01101iiiiinnnttt", 4),
        ("STRB (immediate) T1", "01110iiiiinnnttt", 1),
        ("LDRB (immediate) T1", "01111iiiiinnnttt", 1),
        ("STRH (immediate) T1", "10000iiiiinnnttt", 2),
        ("LDRH (immediate) T1", "10001iiiiinnnttt", 2),
    ] {
        all.push(plain(name, bits).make(move |c| scaled(c, bytes)));
    }
    all.push(plain("LDR (literal) T1", "01001tttiiiiiiii"));
    for (name, bits) in [
        ("STR (immediate) T2", "10010tttiiiiiiii"),
        ("LDR (immediate) T2", "10011tttiiiiiiii"),
    ] {
        all.push(plain(name, bits).make(|c| {
            c.r[13] = c.word_place(4).wrapping_sub(4 * c.get('i'));
            true
        }));
    }
}

/// The 32-bit encodings of one operation; `bits` is the first halfword without the base register.
fn wide(all: &mut Vec<Encoding>, name: &str, bits: &str, bytes: u32) {
    let load = bits.ends_with('1');
    let signed = bits.starts_with("11111001");
    // Signed loads have no 16-bit form with an immediate, words have two.
    let narrow = match (bytes, signed) {
        (4, _) => 2,
        (_, true) => 0,
        _ => 1,
    };
    let t = |k: u32| format!("{name} (immediate) T{}", narrow + k);
    let mid = format!("{}1{}", &bits[..8], &bits[9..]);
    let immediate = plain(t(1), format!("{mid}NNNNttttiiiiiiiiiiii"));
    all.push(immediate.make(move |c| c.aim('N', c.get('i'), bytes)));
    let negative = plain(t(2), format!("{bits}NNNNtttt1100iiiiiiii"));
    all.push(negative.make(move |c| c.aim('N', c.get('i').wrapping_neg(), bytes)));
    let written_back = plain(
        format!("{}, write-back", t(2)),
        format!("{bits}NNNNtttt1pu1iiiiiiii"),
    );
    all.push(written_back.make(move |c| c.get('N') != c.get('t') && indexed(c, bytes, 1)));
    let offset = plain(
        format!("{name} (register) T2"),
        format!("{bits}NNNNtttt000000iimmmm"),
    );
    all.push(offset.make(move |c| register(c, 'N', c.get('i'), bytes)));
    let unprivileged = plain(format!("{name}T T1"), format!("{bits}nnnntttt1110iiiiiiii"));
    all.push(unprivileged.make(move |c| c.aim('n', c.get('i'), bytes)));
    if load {
        let literal = plain(
            format!("{name} (literal) T{}", if bytes == 4 { 2 } else { 1 }),
            literal_bits(bits, "tttt"),
        );
        all.push(literal);
    }
}

/// A first halfword's literal form.
fn literal_bits(bits: &str, target: &str) -> String {
    format!("{}u{}1111{target}iiiiiiiiiiii", &bits[..8], &bits[9..])
}

fn pairs(all: &mut Vec<Encoding>) {
    for (name, l) in [("LDRD", 1), ("STRD", 0)] {
        // A register is not loaded twice.
        let once = move |c: &Case| l == 0 || c.get('t') != c.get('e');
        let offset = plain(
            format!("{name} (immediate) T1"),
            format!("11101001u10{l}NNNNtttteeeeiiiiiiii"),
        );
        all.push(offset.make(move |c| {
            let distance = 4 * c.get('i');
            let up = c.get('u') != 0;
            once(c)
                && c.aim(
                    'N',
                    if up {
                        distance
                    } else {
                        distance.wrapping_neg()
                    },
                    8,
                )
        }));
        for (form, p) in [("pre-indexed", 1), ("post-indexed", 0)] {
            let bits = format!("1110100{p}u11{l}NNNNtttteeeeiiiiiiii");
            all.push(
                plain(format!("{name} (immediate) T1, {form}"), bits).make(move |c| {
                    let (n, t, e) = (c.get('N'), c.get('t'), c.get('e'));
                    n != t && n != e && once(c) && indexed(c, 8, 4)
                }),
            );
        }
    }
    let literal = plain("LDRD (literal) T1", "11101001u1o11111tttteeeeiiiiiiii");
    all.push(literal.make(|c| c.get('t') != c.get('e')));
}

/// Loads of the stack pointer: the word at the address is made one, its low bits are dropped.
fn stack_pointer(all: &mut Vec<Encoding>) {
    let mut add = |name: &str, bits: &str, offset: fn(&mut Case) -> u32| {
        all.push(plain(format!("{name}, to SP"), bits).make(move |c| {
            let (address, offset) = (c.word_place(4), offset(c));
            let value = c.r[13] - c.random.below(1024);
            c.pokes.push((address, value));
            c.give('n', address.wrapping_sub(offset))
        }));
    };
    add(
        "LDR (immediate) T3",
        "111110001101nnnn1101iiiiiiiiiiii",
        |c| c.get('i'),
    );
    add(
        "LDR (immediate) T4",
        "111110000101nnnn11011100iiiiiiii",
        |c| c.get('i').wrapping_neg(),
    );
    add(
        "LDR (immediate) T4, write-back",
        "111110000101nnnn11011pu1iiiiiiii",
        |c| match (c.get('p'), c.get('u')) {
            (0, _) => 0,
            (_, 0) => c.get('i').wrapping_neg(),
            _ => c.get('i'),
        },
    );
    add(
        "LDR (register) T2",
        "111110000101nnnn1101000000iimmmm",
        |c| {
            // Not the base.
            let (index, other) = (c.random.operand(), (c.get('n') + 1) % 13);
            c.set('m', other);
            c.give('m', index);
            index << c.get('i')
        },
    );
}

/// Hints have no effect, whatever the address.
fn hints(all: &mut Vec<Encoding>) {
    for (name, bits) in [
        ("PLD", "111110000001"),
        ("PLI", "111110010001"),
        ("memory hint, unallocated", "111110000011"),
        ("memory hint, unallocated (signed)", "111110010011"),
    ] {
        let mid = format!("{}1{}", &bits[..8], &bits[9..]);
        all.push(plain(
            format!("{name} (immediate) T1"),
            format!("{mid}NNNN1111iiiiiiiiiiii"),
        ));
        all.push(plain(
            format!("{name} (immediate) T2"),
            format!("{bits}NNNN11111100iiiiiiii"),
        ));
        all.push(plain(
            format!("{name} (literal) T1"),
            literal_bits(bits, "1111"),
        ));
        all.push(plain(
            format!("{name} (register) T1"),
            format!("{bits}NNNN1111000000iimmmm"),
        ));
    }
}

/// A load into the PC branches: the word at the address is made a landing.
pub fn to_pc(
    name: &str,
    bits: &str,
    make: impl Fn(&mut Case) -> Option<u32> + 'static,
) -> Encoding {
    encoding(Class::Branch, name, bits)
        .it(InIt::Last)
        .make(move |c| {
            let Some(address) = make(c) else { return false };
            let target = c.thumb_landing();
            c.pokes.push((address, target));
            true
        })
}
