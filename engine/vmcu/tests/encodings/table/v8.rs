//! What the Armv8-M Mainline architecture adds.

use super::{Class, Encoding, InIt, encoding};
use crate::case::Case;

fn plain(name: impl Into<String>, bits: impl AsRef<str>) -> Encoding {
    encoding(Class::V8, name, bits)
}

pub fn add(all: &mut Vec<Encoding>) {
    acquire_and_release(all);
    stack_limits(all);
    // Without the security extension a gateway does nothing; QEMU's core is secure, where it does nothing either.
    all.push(plain("SG T1", "11101001011111111110100101111111").it(InIt::Never));
    for (name, t) in [("TT T1", 0), ("TTT T1", 1)] {
        let target = plain(name, format!("111010000100nnnn1111dddd0{t}oooooo"));
        all.push(target.it(InIt::Never).make(|c| {
            // AND d, d, #0xD0000: regions valid, readable, writable; the rest tells of security.
            let d = c.get('d') as u16;
            c.after = vec![0xf400 | d, 0x2050 | d << 8];
            c.control = u32::from(c.random.one_in(4));
            true
        }));
    }
}

/// The register of the status is neither the base nor the one that is stored.
fn apart(c: &Case) -> bool {
    c.get('d') != c.get('N') && c.get('d') != c.get('t')
}

fn acquire_and_release(all: &mut Vec<Encoding>) {
    for (suffix, size, bytes) in [("B", "00", 1), ("H", "01", 2), ("", "10", 4)] {
        for (name, bits) in [
            ("LDA", "111010001101NNNNttttllll10"),
            ("STL", "111010001100NNNNttttllll10"),
            ("LDAEX", "111010001101NNNNttttllll11"),
        ] {
            let coded = plain(format!("{name}{suffix} T1"), format!("{bits}{size}llll"));
            all.push(coded.make(move |c| c.aim('N', 0, bytes)));
        }
        let bits = format!("111010001100NNNNttttllll11{size}dddd");
        let alone = plain(format!("STLEX{suffix} T1, not reserved"), &bits);
        all.push(alone.make(|c| {
            let address = c.word_place(4);
            apart(c) && c.give('N', address)
        }));
        let low = 0x0fcf | u16::from_str_radix(size, 2).unwrap_or(0) << 4;
        let reserved = plain(format!("STLEX{suffix} T1, reserved"), &bits).after(4);
        all.push(reserved.make(move |c| {
            let (n, target) = (c.get('N') as u16, c.random.below(13) as u16);
            c.before = vec![0xe8d0 | n, target << 12 | low];
            let address = c.word_place(4);
            n != target && apart(c) && c.give('N', address)
        }));
    }
}

fn stack_limits(all: &mut Vec<Encoding>) {
    for (name, number) in [("MSPLIM", 10), ("PSPLIM", 11)] {
        let read = plain(
            format!("MRS T1, {name}"),
            format!("11110011111ollll10o0dddd{number:08b}"),
        );
        all.push(read.make(|c| {
            c.control = u32::from(c.random.one_in(4));
            true
        }));
        let write = plain(
            format!("MSR T1, {name}"),
            format!("11110011100onnnn10o010oo{number:08b}"),
        );
        // Read back at once; the limit is below every stack.
        all.push(write.it(InIt::Never).make(move |c| {
            c.after = vec![0xf3ef, 0x8000 | number];
            c.control = u32::from(c.random.one_in(4));
            let value = c.board.data + c.random.below(0x1000);
            c.give('n', value)
        }));
    }
    // With a limit that is set before. An instruction that stays above it leaves room for the frame of the SVC behind it,
    // and one that faults has that room before.
    limited(
        all,
        "STMDB T1, SP",
        "1110100100101101ororrrrrrrrrrrrr",
        |c| 4 * c.get('r').count_ones(),
    );
    limited(
        all,
        "STR (immediate) T4, SP",
        "1111100001001101tttt1101iiiiii00",
        |c| 4 * c.get('i'),
    );
    limited(
        all,
        "STRD (immediate) T1, SP",
        "1110100101101101tttteeeeiiiiiiii",
        |c| 4 * c.get('i'),
    );
    limited(
        all,
        "SUB (SP minus immediate) T1",
        "101100001iiiiiii",
        |c| 4 * c.get('i'),
    );
    limited(
        all,
        "SUB (SP minus immediate) T2",
        "1111000110101101000011010iiiii00",
        |c| 4 * c.get('i'),
    );
    limited(
        all,
        "SUB (SP minus register) T1",
        "1110101110101101o00011010000mmmm",
        |c| c.r[c.get('m') as usize],
    );
    limited(all, "MOV (register) T1, to SP", "010001101mmmm101", |c| {
        c.r[13].wrapping_sub(c.r[c.get('m') as usize])
    });
    limited(
        all,
        "VSTMDB T1, SP",
        "1110110100101101xxxx1010iiiiiiii",
        |c| 4 * c.get('i'),
    );
    limited(
        all,
        "VSTMDB T1 (D), SP",
        "1110110100101101xxxx1011iiiiiii0",
        |c| 8 * c.get('i'),
    );
    limited(
        all,
        "FSTMDBX T1, SP",
        "1110110100101101xxxx1011iiiiiii1",
        |c| 8 * c.get('i') + 4,
    );
}

/// What an exception frame needs, its alignment included.
const FRAME_BYTES: u32 = 40;

/// A case of an instruction that lowers the stack pointer by `drop` bytes.
fn limited(all: &mut Vec<Encoding>, name: &str, bits: &str, drop: fn(&Case) -> u32) {
    let coded = plain(format!("{name}, with a stack limit"), bits).after(4);
    all.push(coded.make(move |c| {
        let register = c.random.below(13) as u16;
        c.before = vec![0xf380 | register, 0x880b];
        if c.pattern.has('m') {
            let distance = 4 * c.random.below(64);
            let value = if c.pattern.long {
                distance
            } else {
                c.r[13] - distance
            };
            c.give('m', value);
        }
        if c.pattern.has('x') {
            let count = 1 + c.random.below(16);
            c.set('i', count);
            if c.get('x') + count > 16 {
                return false;
            }
        }
        let room = FRAME_BYTES + 8 * c.random.below(20);
        let limit = (c.r[13] - room) & !7;
        let moved = drop(c);
        let clash = c.pattern.has('m') && c.get('m') == u32::from(register);
        let single = c.pattern.has('r') && c.get('r').count_ones() < 2;
        c.r[usize::from(register)] = limit;
        let above = c.r[13] - limit;
        !clash && !single && (moved > above || moved + FRAME_BYTES <= above)
    }));
}
