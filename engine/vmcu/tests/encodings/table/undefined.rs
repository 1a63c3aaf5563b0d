//! What no encoding of the table has: random instructions of that space fault on both.

use super::{Class, Encoding, InIt, encoding};

/// Regions of the undefined space, by what their instructions begin with.
const REGIONS: [(&str, &str); 6] = [
    ("undefined, 16 bits", "jjjjjjjjjjjjjjjj"),
    (
        "undefined, loads and stores of several registers",
        "1110100jjjjjjjjjjjjjjjjjjjjjjjjj",
    ),
    (
        "undefined, data processing with shifted registers",
        "1110101jjjjjjjjjjjjjjjjjjjjjjjjj",
    ),
    (
        "undefined, immediates, branches and control",
        "11110jjjjjjjjjjjjjjjjjjjjjjjjjjj",
    ),
    (
        "undefined, loads, stores and registers",
        "111110jjjjjjjjjjjjjjjjjjjjjjjjjj",
    ),
    (
        "undefined, coprocessors and floating point",
        "111j11jjjjjjjjjjjjjjjjjjjjjjjjjj",
    ),
];

/// The undefined space around `table`.
pub fn add(table: &mut Vec<Encoding>) {
    let known: Vec<(bool, u32, u32)> = table
        .iter()
        .map(|encoding| {
            (
                encoding.pattern.long,
                encoding.pattern.mask,
                encoding.pattern.value,
            )
        })
        .collect();
    for (name, bits) in REGIONS {
        let known = known.clone();
        let undefined = encoding(Class::Undefined, name, bits).it(InIt::Never);
        table.push(undefined.make(move |c| {
            let (long, opcode) = (c.pattern.long, c.opcode);
            let begins_long = !long && opcode >> 11 > 0x1c;
            // QEMU knows instructions of the A profile here: HLT 0x3C, which is semihosting, SETEND, and exclusive
            // accesses to doublewords.
            let foreign = if long {
                opcode & 0xffe0_0070 == 0xe8c0_0070
            } else {
                opcode == 0xbabc || opcode & 0xfff0 == 0xb650
            };
            !begins_long
                && !foreign
                && !known
                    .iter()
                    .any(|(l, mask, value)| *l == long && opcode & mask == *value)
        }));
    }
}
