//! Special registers, masks, hints, barriers, exceptions, absent coprocessors.

use super::{Class, Encoding, InIt, encoding};
use crate::case::{Case, HFSR};

fn plain(name: impl Into<String>, bits: impl AsRef<str>) -> Encoding {
    encoding(Class::System, name, bits)
}

/// MRS r0, FAULTMASK and CPSIE f: an SVC at the priority of FAULTMASK would lock the core up.
const UNMASK: [u16; 3] = [0xf3ef, 0x8013, 0xb661];

/// Unprivileged now and then.
fn any_privilege(c: &mut Case) -> bool {
    c.control = u32::from(c.random.one_in(4));
    true
}

pub fn add(all: &mut Vec<Encoding>) {
    special_registers(all);
    hints(all);
    all.push(
        plain("CPS T1", "10110110011ioojj")
            .it(InIt::Never)
            .make(|c| {
                c.after = UNMASK.into();
                c.get('j') != 0 && any_privilege(c)
            }),
    );
    all.push(plain("SVC T1", "11011111iiiiiiii"));
    all.push(plain("UDF T1", "11011110iiiiiiii").it(InIt::Never));
    all.push(plain("UDF T2", "111101111111iiii1010iiiiiiiiiiii").it(InIt::Never));
    // 0xAB is semihosting. QEMU reports the HardFault as forced where HFSR.DEBUGEVT belongs (Armv7-M manual, Fault behavior).
    all.push(plain("BKPT T1", "10111110iiiiiiii").make(|c| {
        c.forget = HFSR;
        c.get('i') != 0xab
    }));
    all.push(
        plain("IT T1", "10111111ccccmmmm")
            .it(InIt::Never)
            .make(|c| {
                if c.random.one_in(12) {
                    c.set('c', 14);
                    let mask = 1 << c.random.below(4);
                    c.set('m', mask);
                }
                c.get('m') != 0
            }),
    );
    for (name, bits) in [
        ("DSB T1", "111100111011llll10o0llll0100iiii"),
        ("DMB T1", "111100111011llll10o0llll0101iiii"),
        ("ISB T1", "111100111011llll10o0llll0110iiii"),
    ] {
        all.push(plain(name, bits));
    }
    // 10 and 11 are the floating-point unit; 14 and 15 are undefined on some cores.
    for (numbers, p) in [
        ("0 to 7", "0ppp"),
        ("8 and 9", "100p"),
        ("12 and 13", "110p"),
    ] {
        for (name, bits) in [
            ("LDC, STC", "111j110piiiiiiiiiiiiPPPPiiiiiiii"),
            ("CDP, MCR, MRC", "111j1110iiiiiiiiiiiiPPPPiiiiiiii"),
        ] {
            let absent = plain(
                format!("{name}, coprocessor {numbers} absent"),
                bits.replace("PPPP", p),
            );
            all.push(absent.it(InIt::Never));
        }
    }
}

fn special_registers(all: &mut Vec<Encoding>) {
    for (name, number) in [
        ("APSR", 0),
        ("IAPSR", 1),
        ("EAPSR", 2),
        ("XPSR", 3),
        ("IPSR", 5),
        ("EPSR", 6),
        ("IEPSR", 7),
        ("MSP", 8),
        ("PSP", 9),
        ("PRIMASK", 16),
        ("BASEPRI", 17),
        ("BASEPRI_MAX", 18),
        ("FAULTMASK", 19),
        ("CONTROL", 20),
    ] {
        let read = plain(
            format!("MRS T1, {name}"),
            format!("11110011111ollll10o0dddd{number:08b}"),
        );
        all.push(read.make(any_privilege));
        let bits = format!("11110011100onnnn10o0mmoo{number:08b}");
        let write = plain(format!("MSR T1, {name}"), bits);
        all.push(
            write
                .it(if number == 19 { InIt::Never } else { InIt::Any })
                .make(move |c| {
                    if number > 7 {
                        c.set('m', 2);
                    }
                    if matches!(number, 8 | 9) {
                        let value = c.r[13] & !0x3f | c.random.below(64);
                        c.give('n', value);
                    }
                    if number == 20 {
                        // FPCA makes S0–S15 unknown after the next exception; the bits above differ in their security.
                        let value = c.random.word() & 3;
                        c.give('n', value);
                    }
                    if number == 19 {
                        c.after = UNMASK.into();
                    }
                    c.get('m') != 0 && any_privilege(c)
                }),
        );
    }
    // With BASEPRI set before, BASEPRI_MAX only lowers it.
    let maximum = plain(
        "MSR T1, BASEPRI_MAX after BASEPRI",
        "11110011100onnnn10o010oo00010010",
    );
    all.push(maximum.after(4).make(|c| {
        let first = c.random.below(13) as u16;
        c.before = vec![0xf380 | first, 0x8811];
        c.r[usize::from(first)] = c.random.operand();
        let value = c.random.operand();
        u32::from(first) != c.get('n') && c.give('n', value)
    }));
}

fn hints(all: &mut Vec<Encoding>) {
    for (name, number) in [("NOP", 0), ("YIELD", 1), ("WFE", 2), ("SEV", 4)] {
        all.push(plain(
            format!("{name} T1"),
            format!("10111111{number:04b}0000"),
        ));
        all.push(plain(
            format!("{name} T2"),
            format!("111100111010llll10o0o000{number:08b}"),
        ));
    }
    let narrow = plain("hint, unallocated, T1", "10111111hhhh0000");
    all.push(narrow.make(|c| c.get('h') > 4));
    // 16 to 31 are given to later extensions.
    let wide = plain("hint, unallocated, T2", "111100111010llll10o0o000hhhhhhhh");
    all.push(wide.make(|c| c.get('h') > 31 && c.get('h') < 240));
    // A hint of later architectures that does nothing on the older ones too.
    all.push(plain("CSDB T1", "111100111010llll10o0o00000010100"));
    all.push(plain("DBG T1", "111100111010llll10o0o0001111iiii"));
    // With interrupts masked and one pending: the core sleeps not at all.
    for (name, bits) in [
        ("WFI T1", "1011111100110000"),
        ("WFI T2", "111100111010llll10o0o00000000011"),
    ] {
        all.push(plain(name, bits).after(6).make(|c| {
            c.before = vec![0xb672, 0x6001, 0xbf00];
            c.r[0] = 0xe000_ed04;
            c.r[1] = 1 << 28;
            true
        }));
    }
}
