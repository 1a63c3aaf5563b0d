//! What the Armv8-M Mainline architecture adds.

use super::{Class, Encoding, encoding};
use crate::case::Case;

fn plain(name: impl Into<String>, bits: impl AsRef<str>) -> Encoding {
    encoding(Class::V8, name, bits)
}

pub fn add(all: &mut Vec<Encoding>) {
    for (suffix, size, bytes) in [("B", "00", 1), ("H", "01", 2), ("", "10", 4)] {
        let aim = move |c: &mut Case| c.aim('n', 0, bytes);
        for (name, bits) in [
            ("LDA", "111010001101nnnnttttllll10"),
            ("STL", "111010001100nnnnttttllll10"),
            ("LDAEX", "111010001101nnnnttttllll11"),
        ] {
            all.push(plain(format!("{name}{suffix} T1"), format!("{bits}{size}llll")).make(aim));
        }
        let bits = format!("111010001100nnnnttttllll11{size}dddd");
        let apart = |c: &mut Case| c.get('d') != c.get('n') && c.get('d') != c.get('t');
        let alone = plain(format!("STLEX{suffix} T1, not reserved"), &bits);
        all.push(alone.make(move |c| apart(c) && aim(c)));
        let after = plain(format!("STLEX{suffix} T1, reserved"), &bits).after(4);
        let low = 0x0fcf | u16::from_str_radix(size, 2).unwrap_or(0) << 4;
        all.push(after.make(move |c| {
            let (n, target) = (c.get('n') as u16, c.random.below(13) as u16);
            c.before = vec![0xe8d0 | n, target << 12 | low];
            let address = c.word_place(4);
            n != target && apart(c) && c.give('n', address)
        }));
    }
    for (name, number) in [("MSPLIM", 10), ("PSPLIM", 11)] {
        let read = plain(
            format!("MRS T1, {name}"),
            format!("11110011111ollll10o0dddd{number:08b}"),
        );
        all.push(read);
    }
}
