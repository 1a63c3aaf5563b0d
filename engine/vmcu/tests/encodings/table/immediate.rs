//! Data processing with immediates of 32-bit encodings, bit fields and saturation.

use super::{Class, Encoding, encoding};
use crate::case::Case;

fn plain(name: &str, bits: &str) -> Encoding {
    encoding(Class::DataProcessing, name, bits)
}

/// A byte of zero in the repeating forms is UNPREDICTABLE.
fn modified(c: &mut Case) -> bool {
    let field = c.get('i');
    !(1..4).contains(&(field >> 8)) || field & 0xff != 0
}

pub fn add(all: &mut Vec<Encoding>) {
    for (name, bits) in [
        ("AND (immediate) T1", "11110i00000snnnn0iiiddddiiiiiiii"),
        ("TST (immediate) T1", "11110i000001nnnn0iii1111iiiiiiii"),
        ("BIC (immediate) T1", "11110i00001snnnn0iiiddddiiiiiiii"),
        ("ORR (immediate) T1", "11110i00010snnnn0iiiddddiiiiiiii"),
        ("MOV (immediate) T2", "11110i00010s11110iiiddddiiiiiiii"),
        ("ORN (immediate) T1", "11110i00011snnnn0iiiddddiiiiiiii"),
        ("MVN (immediate) T1", "11110i00011s11110iiiddddiiiiiiii"),
        ("EOR (immediate) T1", "11110i00100snnnn0iiiddddiiiiiiii"),
        ("TEQ (immediate) T1", "11110i001001nnnn0iii1111iiiiiiii"),
        ("ADD (immediate) T3", "11110i01000snnnn0iiiddddiiiiiiii"),
        (
            "ADD (SP plus immediate) T3",
            "11110i01000s11010iiiddddiiiiiiii",
        ),
        ("CMN (immediate) T1", "11110i010001NNNN0iii1111iiiiiiii"),
        ("ADC (immediate) T1", "11110i01010snnnn0iiiddddiiiiiiii"),
        ("SBC (immediate) T1", "11110i01011snnnn0iiiddddiiiiiiii"),
        ("SUB (immediate) T3", "11110i01101snnnn0iiiddddiiiiiiii"),
        (
            "SUB (SP minus immediate) T2",
            "11110i01101s11010iiiddddiiiiiiii",
        ),
        ("CMP (immediate) T2", "11110i011011NNNN0iii1111iiiiiiii"),
        ("RSB (immediate) T2", "11110i01110snnnn0iiiddddiiiiiiii"),
    ] {
        all.push(plain(name, bits).make(modified));
    }
    for (name, bits) in [
        ("ADD (immediate) T4", "11110i100000nnnn0iiiddddiiiiiiii"),
        (
            "ADD (SP plus immediate) T4",
            "11110i10000011010iiiddddiiiiiiii",
        ),
        ("ADR T3", "11110i10000011110iiiddddiiiiiiii"),
        ("SUB (immediate) T4", "11110i101010nnnn0iiiddddiiiiiiii"),
        (
            "SUB (SP minus immediate) T3",
            "11110i10101011010iiiddddiiiiiiii",
        ),
        ("ADR T2", "11110i10101011110iiiddddiiiiiiii"),
        ("MOV (immediate) T3", "11110i100100jjjj0iiiddddiiiiiiii"),
        ("MOVT T1", "11110i101100jjjj0iiiddddiiiiiiii"),
        // Plain bytes and multiples of four: the result is a stack pointer.
        (
            "ADD (SP plus immediate) T3, to SP",
            "1111000100001101000011010iiiii00",
        ),
        (
            "ADD (SP plus immediate) T4, to SP",
            "1111001000001101000011010iiiii00",
        ),
        (
            "SUB (SP minus immediate) T2, to SP",
            "1111000110101101000011010iiiii00",
        ),
        (
            "SUB (SP minus immediate) T3, to SP",
            "1111001010101101000011010iiiii00",
        ),
    ] {
        all.push(plain(name, bits));
    }
    bit_fields(all);
    saturation(all);
}

fn bit_fields(all: &mut Vec<Encoding>) {
    let inside = |c: &mut Case| c.get('i') + c.get('w') < 32;
    let ordered = |c: &mut Case| c.get('w') >= c.get('i');
    let field = |name, bits| encoding(Class::BitField, name, bits);
    all.push(field("SBFX T1", "11110o110100nnnn0iiiddddiiowwwww").make(inside));
    all.push(field("UBFX T1", "11110o111100nnnn0iiiddddiiowwwww").make(inside));
    all.push(field("BFI T1", "11110o110110nnnn0iiiddddiiowwwww").make(ordered));
    all.push(field("BFC T1", "11110o11011011110iiiddddiiowwwww").make(ordered));
}

fn saturation(all: &mut Vec<Encoding>) {
    // A shift right by nothing is the 16-bit form's encoding.
    let shifted = |c: &mut Case| c.get('h') == 0 || c.get('i') != 0;
    let field = |name: &str, bits: &str| encoding(Class::Saturating, name, bits);
    all.push(field("SSAT T1", "11110o1100h0nnnn0iiiddddiiowwwww").make(shifted));
    all.push(field("USAT T1", "11110o1110h0nnnn0iiiddddiiowwwww").make(shifted));
    all.push(field("SSAT16 T1", "11110o110010nnnn0000dddd00oowwww"));
    all.push(field("USAT16 T1", "11110o111010nnnn0000dddd00oowwww"));
    for (name, low) in [
        ("QADD", "1000"),
        ("QDADD", "1001"),
        ("QSUB", "1010"),
        ("QDSUB", "1011"),
    ] {
        all.push(field(
            &format!("{name} T1"),
            &format!("111110101000nnnn1111dddd{low}mmmm"),
        ));
    }
}
