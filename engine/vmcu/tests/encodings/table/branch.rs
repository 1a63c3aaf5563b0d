//! Branches. Targets lie in the instruction's own room, in a field of landings near or far, or in system space, where
//! the fetch faults.

use super::{Class, Encoding, InIt, encoding};
use crate::board::{FAR_BYTES, MEMORY_BYTES};
use crate::case::{Case, LANDING};
use crate::image::{FIELD, FIELD_BYTES};

fn plain(name: &str, bits: &str) -> Encoding {
    encoding(Class::Branch, name, bits).it(InIt::Last)
}

/// Distance from the instruction's PC to an SVC in either field.
fn to_field(c: &mut Case) -> u32 {
    let start = if c.random.one_in(2) {
        FIELD
    } else {
        MEMORY_BYTES - FIELD_BYTES
    };
    let target = c.board.code + start + 2 * c.random.below(FIELD_BYTES / 2 - 16);
    target.wrapping_sub(c.pc + 4)
}

/// The signed distance `width` bits wide in halfwords, as a branch at most `reach` bytes away has it.
fn near(c: &mut Case, reach: u32) -> u32 {
    let halves = c.random.below(reach) as i32 - (reach / 2) as i32;
    // Not to the instruction itself.
    let length = if c.pattern.long { 4 } else { 2 };
    let distance = halves * 2;
    if (-4..length - 4).contains(&distance) {
        0u32.wrapping_sub(64)
    } else {
        distance as u32
    }
}

/// T4 of B, and BL: I1 and I2 are stored inverted when the sign is clear.
fn long_offset(c: &mut Case, distance: u32) {
    let sign = distance >> 31;
    c.set('s', sign);
    c.set('j', !(distance >> 23 ^ sign) & 1);
    c.set('k', !(distance >> 22 ^ sign) & 1);
    c.set('h', distance >> 12 & 0x3ff);
    c.set('i', distance >> 1 & 0x7ff);
}

fn far(c: &mut Case) -> bool {
    let distance = match c.random.below(4) {
        0 => near(c, 1000),
        1 => to_field(c),
        2 => to_field(c).wrapping_add(c.board.alias.map_or(0, |alias| alias - c.board.code)),
        _ => match c.board.far {
            Some(far) if c.random.one_in(2) => {
                far + 2 * c.random.below(FAR_BYTES / 2 - 16) - (c.pc + 4)
            }
            // Below address 0 is system space.
            _ if c.board.code == 0 => {
                0u32.wrapping_sub(c.pc + 0x10_0000 + 2 * c.random.below(0x70_0000))
            }
            _ => to_field(c),
        },
    };
    long_offset(c, distance);
    true
}

pub fn add(all: &mut Vec<Encoding>) {
    all.push(
        plain("B T1", "1101cccciiiiiiii")
            .it(InIt::Never)
            .room(320)
            .make(|c| {
                let distance = near(c, 256);
                c.set('i', distance >> 1);
                true
            }),
    );
    all.push(plain("B T2", "11100iiiiiiiiiii").room(2200).make(|c| {
        let distance = near(c, 2048);
        c.set('i', distance >> 1);
        true
    }));
    all.push(
        plain("B T3", "11110scccchhhhhh10j0kiiiiiiiiiii")
            .it(InIt::Never)
            .room(1100)
            .make(|c| {
                let distance = if c.random.one_in(3) {
                    near(c, 1000)
                } else {
                    to_field(c)
                };
                c.set('s', distance >> 31);
                c.set('k', distance >> 19);
                c.set('j', distance >> 18);
                c.set('h', distance >> 12);
                c.set('i', distance >> 1);
                true
            }),
    );
    all.push(
        plain("B T4", "11110shhhhhhhhhh10j1kiiiiiiiiiii")
            .room(1100)
            .make(far),
    );
    all.push(
        plain("BL T1", "11110shhhhhhhhhh11j1kiiiiiiiiiii")
            .room(1100)
            .make(far),
    );
    let to_register = |c: &mut Case| {
        let target = c.thumb_landing();
        c.give('m', target)
    };
    all.push(plain("BX T1", "010001110mmmmooo").make(to_register));
    all.push(plain("BLX (register) T1", "010001111mmmmooo").make(to_register));
    all.push(plain("MOV (register) T1, to PC", "010001101mmmm111").make(to_register));
    all.push(
        plain("ADD (register) T2, to PC", "010001001mmmm111").make(|c| {
            let target = c.thumb_landing();
            c.give('m', target.wrapping_sub(c.pc + 4))
        }),
    );
    for (name, bits) in [
        ("CBZ T1", "101100i1iiiiinnn"),
        ("CBNZ T1", "101110i1iiiiinnn"),
    ] {
        all.push(plain(name, bits).it(InIt::Never).room(160).make(|c| {
            let value = if c.random.one_in(2) {
                0
            } else {
                c.random.operand()
            };
            c.give('n', value)
        }));
    }
    table_branches(all);
}

fn table_branches(all: &mut Vec<Encoding>) {
    for (name, bits, bytes) in [
        ("TBB T1", "111010001101nnnnlllloooo0000mmmm", 1),
        ("TBH T1", "111010001101nnnnlllloooo0001mmmm", 2),
    ] {
        let bits_of_pc = bits.replace("nnnn", "1111");
        all.push(plain(name, bits).room(700).make(move |c| {
            let distance = c.random.below(256);
            let address = c.board.scratch() + bytes * c.random.below(128 / bytes);
            let index = c.random.operand();
            // The entry, and neighbours with nothing that could be mistaken for it.
            let word = distance << (8 * (address & 3));
            c.pokes.push((address & !3, word));
            let distinct = c.get('n') != c.get('m');
            distinct
                && c.give('m', index)
                && c.give('n', address.wrapping_sub(index.wrapping_mul(bytes)))
        }));
        let behind = plain(&format!("{name}, table behind it"), &bits_of_pc)
            .room(700)
            .it(InIt::Never);
        all.push(behind.make(move |c| {
            let distance = 40 + c.random.below(200);
            let index = c.random.below(40 / bytes);
            let address = c.pc + 4 + index * bytes;
            let entry = if bytes == 2 {
                distance as u16
            } else {
                let mut pair = LANDING.to_le_bytes();
                pair[(address & 1) as usize] = distance as u8;
                u16::from_le_bytes(pair)
            };
            c.code.push((address & !1, entry));
            c.give('m', index)
        }));
    }
}
