//! The exact arithmetic against the host's, which rounds to nearest as the default FPSCR does.

use super::arithmetic::{add, divide, multiply, multiply_add, square_root};
use super::convert::convert;
use super::format::{Double, Format, Half, Host, Single};
use super::{AHP, DN, DZC, FZ, IDC, IOC, IXC, OFC, UFC};

/// Bit patterns of every exponent, many of them special, from a fixed sequence.
fn operands<F: Format>() -> impl Iterator<Item = [u64; 3]> {
    let mut state = 1u64;
    let mut next = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let bits = (state ^ state >> 29) & (F::SIGN | (F::SIGN - 1));
        let near_one = F::INFINITY & (F::INFINITY >> 1);
        match state >> 61 {
            // Subnormal; close to 1; a power of two; with few bits, so that results are exact or tie.
            0 => bits & !F::INFINITY,
            1 => bits & (F::SIGN | F::FRACTION) | near_one,
            2 => bits & !F::FRACTION,
            3 => bits & !(F::FRACTION >> 4),
            _ => bits,
        }
    };
    (0..50_000).map(move |_| [next(), next(), next()])
}

fn agree<F: Format>(bits: u64, host: u64, what: &str) {
    if F::is_nan(host) {
        assert_eq!(bits & F::DEFAULT_NAN, F::DEFAULT_NAN, "{what}");
    } else {
        assert_eq!(bits, host, "{what}");
    }
}

fn compare_with_host<F: Host>() {
    for [a, b, c] in operands::<F>() {
        let what = format!("{a:x} {b:x} {c:x}");
        // Without the sticky inexact flag nothing is left to the host.
        agree::<F>(add::<F>(a, b, &mut 0), F::add(a, b), &what);
        agree::<F>(multiply::<F>(a, b, &mut 0), F::multiply(a, b), &what);
        agree::<F>(divide::<F>(a, b, &mut 0), F::divide(a, b), &what);
        agree::<F>(square_root::<F>(a, &mut 0), F::square_root(a), &what);
        let fused = multiply_add::<F>(c, a, b, &mut 0);
        agree::<F>(fused, F::multiply_add(c, a, b), &what);
    }
}

#[test]
fn results_are_the_hosts() {
    compare_with_host::<Single>();
    compare_with_host::<Double>();
}

fn compare_short_cut<F: Host>() {
    for [a, b, c] in operands::<F>() {
        let exact = |f: &dyn Fn(&mut u32) -> u64| {
            let (mut slow, mut fast) = (0, IXC);
            assert_eq!(f(&mut slow), f(&mut fast), "{a:x} {b:x} {c:x}");
            assert_eq!(slow | IXC, fast, "{a:x} {b:x} {c:x}");
        };
        exact(&|status| add::<F>(a, b, status));
        exact(&|status| multiply::<F>(a, b, status));
        exact(&|status| divide::<F>(a, b, status));
        exact(&|status| square_root::<F>(a, status));
        exact(&|status| multiply_add::<F>(c, a, b, status));
    }
}

#[test]
fn the_short_cut_changes_nothing() {
    compare_short_cut::<Single>();
    compare_short_cut::<Double>();
}

#[test]
fn formats_convert_as_on_the_host() {
    for [bits, _, _] in operands::<Double>() {
        let single = f64::from_bits(bits) as f32;
        let ours = convert::<Double, Single>(bits, &mut 0);
        agree::<Single>(ours, single.to_bits().into(), &format!("{bits:x}"));
    }
    for [bits, _, _] in operands::<Single>() {
        let double = f64::from(f32::from_bits(bits as u32));
        let ours = convert::<Single, Double>(bits, &mut 0);
        agree::<Double>(ours, double.to_bits(), &format!("{bits:x}"));
    }
    // Every half is a single and a double, in both of its forms, and comes back from them.
    for half in 0..0x1_0000 {
        for status in [0, AHP] {
            let (mut there, mut back) = (status, status);
            let single = convert::<Half, Single>(half, &mut there);
            let double = convert::<Half, Double>(half, &mut there);
            assert_eq!(double, convert::<Single, Double>(single, &mut back));
            let quiet = if there & IOC == 0 { 0 } else { Half::QUIET };
            assert_eq!(convert::<Single, Half>(single, &mut back), half | quiet);
            assert_eq!(convert::<Double, Half>(double, &mut back), half | quiet);
            assert_eq!(back, status, "{half:x}");
        }
    }
}

#[test]
fn flags_tell_what_happened() {
    let flags = |f: &dyn Fn(&mut u32) -> u64, before: u32| {
        let mut status = before;
        let result = f(&mut status);
        (result, status & !before)
    };
    let (one, two, tiny, huge) = (0x3f80_0000, 0x4000_0000, 1, 0x7f7f_ffff);
    let nan = Single::DEFAULT_NAN;
    assert_eq!(flags(&|s| add::<Single>(one, two, s), 0), (0x4040_0000, 0));
    assert_eq!(
        flags(&|s| divide::<Single>(one, 0, s), 0),
        (0x7f80_0000, DZC)
    );
    assert_eq!(flags(&|s| divide::<Single>(0, 0, s), 0), (nan, IOC));
    assert_eq!(
        flags(&|s| multiply::<Single>(huge, two, s), 0),
        (0x7f80_0000, OFC | IXC)
    );
    assert_eq!(
        flags(&|s| multiply::<Single>(huge, two, s), 3 << 22),
        (huge, OFC | IXC)
    );
    assert_eq!(
        flags(&|s| multiply::<Single>(tiny, 0x3f00_0000, s), 0),
        (0, UFC | IXC)
    );
    assert_eq!(flags(&|s| add::<Single>(tiny, one, s), FZ), (one, IDC));
    // A signalling NaN becomes quiet, or the default one.
    assert_eq!(
        flags(&|s| add::<Single>(0x7f80_0001, one, s), 0),
        (0x7fc0_0001, IOC)
    );
    assert_eq!(flags(&|s| add::<Single>(0xffc0_0001, one, s), DN), (nan, 0));
}
