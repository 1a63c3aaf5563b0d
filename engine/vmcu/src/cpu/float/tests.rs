//! The exact arithmetic against the host's, which rounds to nearest as the default FPSCR does.

use super::arithmetic::{add, divide, multiply, multiply_add, square_root};
use super::{DEFAULT_NAN, DN, DZC, FZ, IDC, IOC, IXC, OFC, UFC};

/// Bit patterns of every exponent, many of them special, from a fixed sequence.
fn operands() -> impl Iterator<Item = [u32; 3]> {
    let mut state = 1u32;
    let mut next = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let bits = state ^ state >> 13;
        match state >> 29 {
            0 => bits & 0x807f_ffff,
            1 => bits & 0x80ff_ffff | 0x3f00_0000,
            2 => bits & 0xff80_0000,
            _ => bits,
        }
    };
    (0..50_000).map(move |_| [next(), next(), next()])
}

fn agree(bits: u32, host: f32, what: &str) {
    if host.is_nan() {
        assert_eq!(bits & 0x7fc0_0000, DEFAULT_NAN, "{what}");
    } else {
        assert_eq!(bits, host.to_bits(), "{what}");
    }
}

#[test]
fn results_are_the_hosts() {
    for [a, b, c] in operands() {
        let (x, y, z) = (f32::from_bits(a), f32::from_bits(b), f32::from_bits(c));
        let what = format!("{a:08x} {b:08x} {c:08x}");
        // Without the sticky inexact flag nothing is left to the host.
        agree(add(a, b, &mut 0), x + y, &what);
        agree(multiply(a, b, &mut 0), x * y, &what);
        agree(divide(a, b, &mut 0), x / y, &what);
        agree(square_root(a, &mut 0), x.sqrt(), &what);
        agree(multiply_add(c, a, b, &mut 0), x.mul_add(y, z), &what);
    }
}

#[test]
fn the_short_cut_changes_nothing() {
    for [a, b, c] in operands() {
        let exact = |f: &dyn Fn(&mut u32) -> u32| {
            let (mut slow, mut fast) = (0, IXC);
            assert_eq!(f(&mut slow), f(&mut fast), "{a:08x} {b:08x} {c:08x}");
            assert_eq!(slow | IXC, fast, "{a:08x} {b:08x} {c:08x}");
        };
        exact(&|status| add(a, b, status));
        exact(&|status| multiply(a, b, status));
        exact(&|status| divide(a, b, status));
        exact(&|status| square_root(a, status));
        exact(&|status| multiply_add(c, a, b, status));
    }
}

#[test]
fn flags_tell_what_happened() {
    let flags = |f: &dyn Fn(&mut u32) -> u32, before: u32| {
        let mut status = before;
        let result = f(&mut status);
        (result, status & !before)
    };
    let (one, two, tiny, huge) = (0x3f80_0000, 0x4000_0000, 1, 0x7f7f_ffff);
    assert_eq!(flags(&|s| add(one, two, s), 0), (0x4040_0000, 0));
    assert_eq!(flags(&|s| divide(one, 0, s), 0), (0x7f80_0000, DZC));
    assert_eq!(flags(&|s| divide(0, 0, s), 0), (DEFAULT_NAN, IOC));
    assert_eq!(
        flags(&|s| multiply(huge, two, s), 0),
        (0x7f80_0000, OFC | IXC)
    );
    assert_eq!(
        flags(&|s| multiply(huge, two, s), 3 << 22),
        (huge, OFC | IXC)
    );
    assert_eq!(
        flags(&|s| multiply(tiny, 0x3f00_0000, s), 0),
        (0, UFC | IXC)
    );
    assert_eq!(flags(&|s| add(tiny, one, s), FZ), (one, IDC));
    // A signalling NaN becomes quiet, or the default one.
    assert_eq!(flags(&|s| add(0x7f80_0001, one, s), 0), (0x7fc0_0001, IOC));
    assert_eq!(flags(&|s| add(0xffc0_0001, one, s), DN), (DEFAULT_NAN, 0));
}
