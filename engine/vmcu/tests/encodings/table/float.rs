//! Floating point: single precision as the Cortex-M4 has it, the additions of the fifth version, double precision.

use super::{Class, Encoding, Float, encoding};
use crate::board::Board;
use crate::case::Case;

/// In the texts of this module `x`, `y` and `z` are the registers d, n and m; `Q` is the bit that says double precision,
/// whose registers have no fifth bit: `X`, `Y`, `Z`.
fn both(
    board: &Board,
    all: &mut Vec<Encoding>,
    name: &str,
    bits: &str,
    make: fn(&mut Case) -> bool,
) {
    let single = bits
        .replace('Q', "0")
        .replace('X', "x")
        .replace('Y', "y")
        .replace('Z', "z");
    let coded = encoding(Class::FloatSingle, format!("{name} T1, single"), single);
    all.push(coded.float(Float::Single).make(make));
    if board.has_double() {
        let double = bits.replace('Q', "1").replace(['X', 'Y', 'Z'], "0");
        let coded = encoding(Class::FloatDouble, format!("{name} T1, double"), double);
        all.push(coded.float(Float::Double).make(make));
    }
}

fn any(_: &mut Case) -> bool {
    true
}

pub fn add(board: &Board, all: &mut Vec<Encoding>) {
    arithmetic(board, all);
    conversions(board, all);
    if board.has_fpv5() {
        directed(board, all);
    }
    transfers(all);
    memory(all);
}

fn arithmetic(board: &Board, all: &mut Vec<Encoding>) {
    for (name, high, middle, op) in [
        ("VMLA", 0, "00", 0),
        ("VMLS", 0, "00", 1),
        ("VNMLS", 0, "01", 0),
        ("VNMLA", 0, "01", 1),
        ("VMUL", 0, "10", 0),
        ("VNMUL", 0, "10", 1),
        ("VADD", 0, "11", 0),
        ("VSUB", 0, "11", 1),
        ("VDIV", 1, "00", 0),
        ("VFNMS", 1, "01", 0),
        ("VFNMA", 1, "01", 1),
        ("VFMA", 1, "10", 0),
        ("VFMS", 1, "10", 1),
    ] {
        let bits = format!("11101110{high}X{middle}yyyyxxxx101QY{op}Z0zzzz");
        both(board, all, name, &bits, any);
    }
    both(
        board,
        all,
        "VMOV (immediate)",
        "111011101X11iiiixxxx101Qo0o0iiii",
        any,
    );
    for (name, kind, high) in [
        ("VMOV (register)", "0000", 0),
        ("VABS", "0000", 1),
        ("VNEG", "0001", 0),
        ("VSQRT", "0001", 1),
        ("VCMP", "0100", 0),
        ("VCMPE", "0100", 1),
    ] {
        let bits = format!("111011101X11{kind}xxxx101Q{high}1Z0zzzz");
        both(board, all, name, &bits, any);
    }
    for (name, high) in [("VCMP (zero)", 0), ("VCMPE (zero)", 1)] {
        let bits = format!("111011101X110101xxxx101Q{high}1o0oooo");
        both(board, all, name, &bits, any);
    }
}

fn conversions(board: &Board, all: &mut Vec<Encoding>) {
    // The integer is in a single register, whatever the precision.
    for (name, sign) in [("VCVT (from U32)", 0), ("VCVT (from S32)", 1)] {
        let bits = format!("111011101X111000xxxx101Q{sign}1y0zzzz");
        both(board, all, name, &bits.replace('y', "z"), any);
    }
    for (name, kind, zero) in [
        ("VCVTR (to U32)", "1100", 0),
        ("VCVT (to U32)", "1100", 1),
        ("VCVTR (to S32)", "1101", 0),
        ("VCVT (to S32)", "1101", 1),
    ] {
        let bits = format!("111011101x11{kind}xxxx101Q{zero}1Z0zzzz");
        both(board, all, name, &bits, any);
    }
    for (name, kind) in [
        ("VCVT (from signed fixed)", "1010"),
        ("VCVT (from unsigned fixed)", "1011"),
        ("VCVT (to signed fixed)", "1110"),
        ("VCVT (to unsigned fixed)", "1111"),
    ] {
        // The lowest bit of the immediate lies apart from the others.
        let bits = format!("111011101X11{kind}xxxx101Qw1k0iiii");
        both(board, all, name, &bits, |c| {
            let fraction_bits = c.get('i') << 1 | c.get('k');
            // The field is the size without the fraction bits.
            let size = if c.get('w') != 0 { 32 } else { 16 };
            fraction_bits <= size
        });
    }
    for (name, kind, top) in [
        ("VCVTB (from F16)", "0010", 0),
        ("VCVTT (from F16)", "0010", 1),
        ("VCVTB (to F16)", "0011", 0),
        ("VCVTT (to F16)", "0011", 1),
    ] {
        // With double precision only FPv5 has them; the half is in a single register.
        let from = kind == "0010";
        let (d, m) = if from { ('X', 'z') } else { ('x', 'Z') };
        let bits = format!("111011101{d}11{kind}xxxx101Q{top}1{m}0zzzz");
        both(board, all, name, &bits, any);
    }
    if board.has_double() {
        let double =
            |name: &str, bits| encoding(Class::FloatDouble, name, bits).float(Float::Double);
        all.push(double(
            "VCVT T1, single to double",
            "111011101011 0111 xxxx 1010 11z0 zzzz",
        ));
        all.push(double(
            "VCVT T1, double to single",
            "111011101x11 0111 xxxx 1011 1100 zzzz",
        ));
    }
}

fn directed(board: &Board, all: &mut Vec<Encoding>) {
    both(board, all, "VSEL", "111111100Xccyyyyxxxx101QY0Z0zzzz", any);
    both(
        board,
        all,
        "VMAXNM",
        "111111101X00yyyyxxxx101QY0Z0zzzz",
        any,
    );
    both(
        board,
        all,
        "VMINNM",
        "111111101X00yyyyxxxx101QY1Z0zzzz",
        any,
    );
    both(
        board,
        all,
        "VRINTA, VRINTN, VRINTP, VRINTM",
        "111111101X1110rrxxxx101Q01Z0zzzz",
        any,
    );
    both(
        board,
        all,
        "VCVTA, VCVTN, VCVTP, VCVTM",
        "111111101x1111rrxxxx101Qs1Z0zzzz",
        any,
    );
    both(
        board,
        all,
        "VRINTR",
        "111011101X110110xxxx101Q01Z0zzzz",
        any,
    );
    both(
        board,
        all,
        "VRINTZ",
        "111011101X110110xxxx101Q11Z0zzzz",
        any,
    );
    both(
        board,
        all,
        "VRINTX",
        "111011101X110111xxxx101Q01Z0zzzz",
        any,
    );
}

fn single(name: &str, bits: &str) -> Encoding {
    encoding(Class::FloatSingle, format!("{name} T1"), bits).float(Float::Single)
}

fn transfers(all: &mut Vec<Encoding>) {
    all.push(single(
        "VMOV (core to S)",
        "111011100000yyyytttt1010yoo1oooo",
    ));
    all.push(single(
        "VMOV (S to core)",
        "111011100001yyyytttt1010yoo1oooo",
    ));
    all.push(single(
        "VMOV (core to half of D)",
        "1110111000i0yyyytttt10110001oooo",
    ));
    all.push(single(
        "VMOV (half of D to core)",
        "1110111000i1yyyytttt10110001oooo",
    ));
    all.push(single("VMSR", "1110111011100001tttt1010ooo1oooo"));
    all.push(single("VMRS", "1110111011110001tttt1010ooo1oooo"));
    all.push(single(
        "VMRS (to APSR)",
        "11101110111100011111 1010ooo1oooo",
    ));
    all.push(
        single(
            "VMOV (two core to two S)",
            "111011000100eeeetttt101000z1zzzz",
        )
        .make(|c| low_first(c) != 31),
    );
    all.push(
        single(
            "VMOV (two S to two core)",
            "111011000101eeeetttt101000z1zzzz",
        )
        .make(|c| low_first(c) != 31 && c.get('t') != c.get('e')),
    );
    all.push(single(
        "VMOV (two core to D)",
        "111011000100eeeetttt10110001zzzz",
    ));
    all.push(
        single("VMOV (D to two core)", "111011000101eeeetttt10110001zzzz")
            .make(|c| c.get('t') != c.get('e')),
    );
}

/// A single register's number, whose lowest bit stands before the four others.
fn low_first(c: &Case) -> u32 {
    let field = c.get('z');
    (field & 15) << 1 | field >> 4
}

fn memory(all: &mut Vec<Encoding>) {
    for (suffix, q) in [("S", "0"), ("D", "1")] {
        let x = if q == "0" { "x" } else { "0" };
        let double = q == "1";
        for (name, l) in [("VLDR", 1), ("VSTR", 0)] {
            let coded = single(
                &format!("{name} ({suffix})"),
                &format!("11101101u{x}0{l}NNNNxxxx101{q}iiiiiiii"),
            );
            all.push(coded.make(move |c| {
                let distance = 4 * c.get('i');
                let offset = if c.get('u') != 0 {
                    distance
                } else {
                    distance.wrapping_neg()
                };
                let slant = if c.random.one_in(16) {
                    c.random.below(4)
                } else {
                    0
                };
                let address = c.word_place(12) + slant;
                c.give('N', address.wrapping_sub(offset))
            }));
        }
        let literal = single(
            &format!("VLDR (literal, {suffix})"),
            &format!("11101101u{x}011111xxxx101{q}iiiiiiii"),
        );
        all.push(literal);
        for (name, bits, down) in [
            ("VLDM", "11101100 1Xw1 NNNN", false),
            ("VSTM", "11101100 1Xw0 NNNN", false),
            ("VLDMDB", "11101101 0X11 NNNN", true),
            ("VSTMDB", "11101101 0X10 NNNN", true),
            ("VPOP", "11101100 1X11 1101", false),
            ("VPUSH", "11101101 0X10 1101", true),
        ] {
            let bits = bits.replace('X', x);
            let coded = single(
                &format!("{name} ({suffix})"),
                &format!("{bits}xxxx101{q}iiiiiii{}", if double { "0" } else { "i" }),
            );
            all.push(coded.make(move |c| multiple(c, double, down)));
            if double && !name.starts_with("VP") {
                let extended = name
                    .replace('V', "F")
                    .replace('M', "MX")
                    .replace("MXDB", "MDBX");
                let coded = single(&extended, &format!("{bits}xxxx1011iiiiiii1"));
                all.push(coded.make(move |c| multiple(c, true, down)));
            }
        }
    }
}

/// The list stays within the registers and the scratch memory; a doubleword list has at most 16.
fn multiple(c: &mut Case, double: bool, down: bool) -> bool {
    let limit = if double { 16 } else { 32 };
    let count = 1 + c.random.below(limit);
    c.set('i', count);
    let number = c.get('x');
    let first = if double {
        number
    } else {
        (number & 15) << 1 | number >> 4
    };
    let words = if double { 2 * count + 1 } else { count };
    let address = c.word_place(4 * words);
    let real = 4 * if double && c.opcode & 1 == 0 {
        2 * count
    } else {
        words
    };
    let start = if down { address + real } else { address };
    let aimed = if c.pattern.has('N') {
        c.give('N', start)
    } else {
        c.r[13] = start;
        true
    };
    aimed && first + count <= limit
}
