//! Multiplication and division.

use super::{Class, Encoding, encoding};
use crate::case::Case;

/// The two halves of a long result are different registers.
fn apart(c: &mut Case) -> bool {
    c.get('a') != c.get('d')
}

pub fn add(all: &mut Vec<Encoding>) {
    let plain = |name, bits| encoding(Class::MultiplyDivide, name, bits);
    all.push(plain("MUL T1", "0100001101nnnddd"));
    all.push(plain("MUL T2", "111110110000nnnn1111dddd0000mmmm"));
    all.push(plain("MLA T1", "111110110000nnnnaaaadddd0000mmmm"));
    all.push(plain("MLS T1", "111110110000nnnnaaaadddd0001mmmm"));
    for (name, bits) in [
        ("SDIV T1", "111110111001nnnnlllldddd1111mmmm"),
        ("UDIV T1", "111110111011nnnnlllldddd1111mmmm"),
    ] {
        all.push(plain(name, bits).make(|c| match c.random.below(8) {
            0 => c.give('m', 0),
            1 => c.give('m', u32::MAX) && c.give('n', 1 << 31),
            2 => {
                let divisor = 1 + c.random.below(100);
                c.give('m', divisor)
            }
            _ => true,
        }));
    }
    for (name, bits) in [
        ("SMULL T1", "111110111000nnnnaaaadddd0000mmmm"),
        ("UMULL T1", "111110111010nnnnaaaadddd0000mmmm"),
        ("SMLAL T1", "111110111100nnnnaaaadddd0000mmmm"),
        ("UMLAL T1", "111110111110nnnnaaaadddd0000mmmm"),
    ] {
        all.push(plain(name, bits).make(apart));
    }
    let dsp = |name: &str, bits: &str| encoding(Class::Dsp, format!("{name} T1"), bits);
    for (name, op, low) in [
        ("SMULBB, SMULBT, SMULTB, SMULTT", "001", "00xy"),
        ("SMUAD, SMUADX", "010", "000x"),
        ("SMULWB, SMULWT", "011", "000x"),
        ("SMUSD, SMUSDX", "100", "000x"),
        ("SMMUL, SMMULR", "101", "000x"),
        ("USAD8", "111", "0000"),
    ] {
        all.push(dsp(name, &format!("111110110{op}nnnn1111dddd{low}mmmm")));
    }
    for (name, op, low) in [
        ("SMLABB, SMLABT, SMLATB, SMLATT", "001", "00xy"),
        ("SMLAD, SMLADX", "010", "000x"),
        ("SMLAWB, SMLAWT", "011", "000x"),
        ("SMLSD, SMLSDX", "100", "000x"),
        ("SMMLA, SMMLAR", "101", "000x"),
        ("SMMLS, SMMLSR", "110", "000x"),
        ("USADA8", "111", "0000"),
    ] {
        all.push(dsp(name, &format!("111110110{op}nnnnaaaadddd{low}mmmm")));
    }
    for (name, op, low) in [
        ("SMLALBB, SMLALBT, SMLALTB, SMLALTT", "100", "10xy"),
        ("SMLALD, SMLALDX", "100", "110x"),
        ("SMLSLD, SMLSLDX", "101", "110x"),
        ("UMAAL", "110", "0110"),
    ] {
        all.push(dsp(name, &format!("111110111{op}nnnnaaaadddd{low}mmmm")).make(apart));
    }
}
