//! Data processing with registers.

use super::{Class, Encoding, InIt, encoding};
use crate::case::Case;

fn plain(name: &str, bits: &str) -> Encoding {
    encoding(Class::DataProcessing, name, bits)
}

pub fn add(all: &mut Vec<Encoding>) {
    narrow(all);
    high_registers(all);
    wide(all);
    extend_and_reverse(all);
}

fn narrow(all: &mut Vec<Encoding>) {
    all.push(plain("LSL (immediate) T1", "00000iiiiimmmddd").make(|c| c.get('i') != 0));
    all.push(plain("MOV (register) T2", "0000000000mmmddd").it(InIt::Never));
    for (name, bits) in [
        ("LSR (immediate) T1", "00001iiiiimmmddd"),
        ("ASR (immediate) T1", "00010iiiiimmmddd"),
        ("ADD (register) T1", "0001100mmmnnnddd"),
        ("SUB (register) T1", "0001101mmmnnnddd"),
        ("ADD (immediate) T1", "0001110iiinnnddd"),
        ("SUB (immediate) T1", "0001111iiinnnddd"),
        ("MOV (immediate) T1", "00100dddiiiiiiii"),
        ("CMP (immediate) T1", "00101nnniiiiiiii"),
        ("ADD (immediate) T2", "00110dddiiiiiiii"),
        ("SUB (immediate) T2", "00111dddiiiiiiii"),
        ("AND (register) T1", "0100000000mmmddd"),
        ("EOR (register) T1", "0100000001mmmddd"),
        ("LSL (register) T1", "0100000010mmmddd"),
        ("LSR (register) T1", "0100000011mmmddd"),
        ("ASR (register) T1", "0100000100mmmddd"),
        ("ADC (register) T1", "0100000101mmmddd"),
        ("SBC (register) T1", "0100000110mmmddd"),
        ("ROR (register) T1", "0100000111mmmddd"),
        ("TST (register) T1", "0100001000mmmnnn"),
        ("RSB (immediate) T1", "0100001001nnnddd"),
        ("CMP (register) T1", "0100001010mmmnnn"),
        ("CMN (register) T1", "0100001011mmmnnn"),
        ("ORR (register) T1", "0100001100mmmddd"),
        ("BIC (register) T1", "0100001110mmmddd"),
        ("MVN (register) T1", "0100001111mmmddd"),
        ("ADR T1", "10100dddiiiiiiii"),
        ("ADD (SP plus immediate) T1", "10101dddiiiiiiii"),
        ("ADD (SP plus immediate) T2", "101100000iiiiiii"),
        ("SUB (SP minus immediate) T1", "101100001iiiiiii"),
        ("SXTH T1", "1011001000mmmddd"),
        ("SXTB T1", "1011001001mmmddd"),
        ("UXTH T1", "1011001010mmmddd"),
        ("UXTB T1", "1011001011mmmddd"),
        ("REV T1", "1011101000mmmddd"),
        ("REV16 T1", "1011101001mmmddd"),
        ("REVSH T1", "1011101011mmmddd"),
    ] {
        all.push(plain(name, bits));
    }
}

/// Give the register in `letter` a small multiple of four, so that the sum with SP is a stack pointer.
fn small(c: &mut Case, letter: char) -> bool {
    let value = 4 * c.random.below(256);
    c.give(letter, value)
}

/// Like the stack pointer, the low bits at random: they are written as zeros.
fn stack_value(c: &mut Case, letter: char) -> bool {
    let value = c.r[13] + c.random.below(256);
    c.give(letter, value)
}

fn high_registers(all: &mut Vec<Encoding>) {
    all.push(plain("ADD (register) T2", "01000100dmmmmddd"));
    all.push(plain("ADD (register) T2, PC", "01000100d1111ddd"));
    all.push(plain("ADD (SP plus register) T1", "01000100d1101ddd"));
    all.push(plain("ADD (SP plus register) T2", "010001001mmmm101").make(|c| small(c, 'm')));
    // At least one of the registers must be high.
    let high = |c: &mut Case| c.get('N') > 7 || c.get('M') > 7;
    all.push(plain("CMP (register) T2", "01000101NMMMMNNN").make(high));
    all.push(plain("MOV (register) T1", "01000110dMMMMddd"));
    all.push(plain("MOV (register) T1, PC", "01000110d1111ddd"));
    all.push(plain("MOV (register) T1, to SP", "010001101mmmm101").make(|c| stack_value(c, 'm')));
}

fn wide(all: &mut Vec<Encoding>) {
    for (name, bits) in [
        ("AND (register) T2", "11101010000snnnnoiiiddddiittmmmm"),
        ("TST (register) T2", "111010100001nnnnoiii1111iittmmmm"),
        ("BIC (register) T2", "11101010001snnnnoiiiddddiittmmmm"),
        ("ORR (register) T2", "11101010010snnnnoiiiddddiittmmmm"),
        ("ORN (register) T1", "11101010011snnnnoiiiddddiittmmmm"),
        ("MVN (register) T2", "11101010011s1111oiiiddddiittmmmm"),
        ("EOR (register) T2", "11101010100snnnnoiiiddddiittmmmm"),
        ("TEQ (register) T1", "111010101001nnnnoiii1111iittmmmm"),
        ("ADD (register) T3", "11101011000snnnnoiiiddddiittmmmm"),
        (
            "ADD (SP plus register) T3",
            "11101011000s1101oiiiddddiittmmmm",
        ),
        ("CMN (register) T2", "111010110001NNNNoiii1111iittmmmm"),
        ("ADC (register) T2", "11101011010snnnnoiiiddddiittmmmm"),
        ("SBC (register) T2", "11101011011snnnnoiiiddddiittmmmm"),
        ("SUB (register) T2", "11101011101snnnnoiiiddddiittmmmm"),
        (
            "SUB (SP minus register) T1",
            "11101011101s1101oiiiddddiittmmmm",
        ),
        ("CMP (register) T3", "111010111011NNNNoiii1111iittmmmm"),
        ("RSB (register) T1", "11101011110snnnnoiiiddddiittmmmm"),
        ("MOV (register) T3", "11101010010s1111o000dddd0000mmmm"),
        ("RRX T1", "11101010010s1111o000dddd0011mmmm"),
        ("LSL (register) T2", "11111010000snnnn1111dddd0000mmmm"),
        ("LSR (register) T2", "11111010001snnnn1111dddd0000mmmm"),
        ("ASR (register) T2", "11111010010snnnn1111dddd0000mmmm"),
        ("ROR (register) T2", "11111010011snnnn1111dddd0000mmmm"),
    ] {
        all.push(plain(name, bits));
    }
    for (name, bits) in [
        ("LSL (immediate) T2", "11101010010s1111oiiiddddii00mmmm"),
        ("ROR (immediate) T1", "11101010010s1111oiiiddddii11mmmm"),
    ] {
        all.push(plain(name, bits).make(|c| c.get('i') != 0));
    }
    all.push(plain(
        "LSR (immediate) T2",
        "11101010010s1111oiiiddddii01mmmm",
    ));
    all.push(plain(
        "ASR (immediate) T2",
        "11101010010s1111oiiiddddii10mmmm",
    ));
    all.push(plain(
        "MOV (register) T3, from SP",
        "1110101001001111o000dddd00001101",
    ));
    let to_stack = plain(
        "MOV (register) T3, to SP",
        "1110101001001111o00011010000mmmm",
    );
    all.push(to_stack.make(|c| stack_value(c, 'm')));
    for (name, bits) in [
        (
            "ADD (SP plus register) T3, to SP",
            "11101011000s1101o0001101ii00mmmm",
        ),
        (
            "SUB (SP minus register) T1, to SP",
            "11101011101s1101o0001101ii00mmmm",
        ),
    ] {
        all.push(plain(name, bits).make(|c| small(c, 'm')));
    }
}

/// Both register fields name the same register.
fn twice(c: &mut Case) -> bool {
    let register = c.get('m');
    c.set('n', register);
    true
}

fn extend_and_reverse(all: &mut Vec<Encoding>) {
    for (name, op) in [
        ("SXTH T2", "000"),
        ("UXTH T2", "001"),
        ("SXTB T2", "100"),
        ("UXTB T2", "101"),
    ] {
        all.push(plain(name, &format!("111110100{op}11111111dddd1orrmmmm")));
    }
    for (name, op, low) in [
        ("REV T2", "001", "1000"),
        ("REV16 T2", "001", "1001"),
        ("RBIT T1", "001", "1010"),
        ("REVSH T2", "001", "1011"),
        ("CLZ T1", "011", "1000"),
    ] {
        all.push(plain(name, &format!("111110101{op}nnnn1111dddd{low}mmmm")).make(twice));
    }
}
