//! Additions of several lanes, packing and extending pairs, selection.

use super::{Class, Encoding, encoding};

pub fn add(all: &mut Vec<Encoding>) {
    let dsp = |name: String, bits: &str| encoding(Class::Dsp, name + " T1", bits);
    for (prefix, low) in [
        ("S", "000"),
        ("Q", "001"),
        ("SH", "010"),
        ("U", "100"),
        ("UQ", "101"),
        ("UH", "110"),
    ] {
        for (name, op) in [
            ("ADD8", "000"),
            ("ADD16", "001"),
            ("ASX", "010"),
            ("SUB8", "100"),
            ("SUB16", "101"),
            ("SAX", "110"),
        ] {
            let bits = format!("111110101{op}nnnn1111dddd0{low}mmmm");
            all.push(dsp(format!("{prefix}{name}"), &bits));
        }
    }
    for (name, op) in [("XTAH", "00"), ("XTAB16", "01"), ("XTAB", "10")] {
        for (sign, unsigned) in [("S", 0), ("U", 1)] {
            let bits = format!("111110100{op}{unsigned}nnnn1111dddd1orrmmmm");
            all.push(dsp(format!("{sign}{name}"), &bits));
        }
    }
    for (name, unsigned) in [("SXTB16", 0), ("UXTB16", 1)] {
        let bits = format!("11111010001{unsigned}11111111dddd1orrmmmm");
        all.push(dsp(name.into(), &bits));
    }
    all.push(dsp("PKHBT".into(), "111010101100nnnnoiiiddddii00mmmm"));
    all.push(dsp("PKHTB".into(), "111010101100nnnnoiiiddddii10mmmm"));
    all.push(dsp("SEL".into(), "111110101010nnnn1111dddd1000mmmm"));
}
