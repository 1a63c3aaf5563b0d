//! Fixed-point primitives against independent formulations in wider integers and in floating point.
#![allow(missing_docs, reason = "tests")]

use proptest::prelude::*;
use tinyscope_core::quant::Multiplier;
use tinyscope_core::quant::fixed::{
    exp_negative, high_multiply, logistic, quantize_multiplier, reciprocal, requantize,
    rounding_divide, tanh,
};

/// `numerator / 2^bits`, to nearest, ties away from zero, by comparing twice the remainder with the divisor.
fn nearest_away(numerator: i128, bits: u32) -> i128 {
    let divisor = 1_i128 << bits;
    let (quotient, remainder) = (numerator.abs() / divisor, numerator.abs() % divisor);
    (quotient + i128::from(2 * remainder >= divisor)) * numerator.signum()
}

/// The first rounding of requantise: to nearest, ties towards plus infinity.
fn nearest_up(numerator: i128, bits: u32) -> i128 {
    (numerator + (1 << (bits - 1))).div_euclid(1 << bits)
}

/// Any int32, with the edges drawn often.
fn int32() -> impl Strategy<Value = i32> {
    prop_oneof![
        4 => any::<i32>(),
        2 => -70_000..70_000,
        1 => prop_oneof![Just(i32::MIN), Just(i32::MAX), Just(0), Just(-1), Just(1 << 30)],
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn high_multiply_rounds_the_wide_product(a in int32(), b in int32()) {
        let exact = nearest_up(i128::from(a) * i128::from(b), 31).min(i128::from(i32::MAX));
        prop_assert_eq!(i128::from(high_multiply(a, b)), exact);
    }

    #[test]
    fn rounding_divide_is_nearest_ties_away(x in int32(), exponent in 0_u32..=31) {
        prop_assert_eq!(i128::from(rounding_divide(x, exponent)), nearest_away(i128::from(x), exponent));
    }

    #[test]
    fn requantize_rounds_twice(x in int32(), magnitude in 1_i32 << 30..=i32::MAX, negative: bool, shift in -31_i32..=8) {
        let left = shift.max(0);
        let mantissa = if negative { -magnitude } else { magnitude };
        // Modulo 2^32, as int32 registers hold it.
        let shifted = ((i128::from(x) << left) + (1 << 31)).rem_euclid(1 << 32) - (1 << 31);
        let first = nearest_up(shifted * i128::from(mantissa), 31);
        let exact = nearest_away(first, (-shift).max(0) as u32);
        prop_assert_eq!(i128::from(requantize(x, Multiplier { mantissa, shift })), exact);
    }

    #[test]
    fn requantize_is_within_one_of_the_real_product(x in -(1 << 24)..1 << 24, factor in 1e-9..64.0_f64) {
        let by = quantize_multiplier(factor).expect("the factor is in range");
        let real = f64::from(x) * factor;
        prop_assert!((f64::from(requantize(x, by)) - real).abs() <= 1.0 + real.abs() * 1e-9);
    }

    #[test]
    fn multiplier_is_the_nearest_of_31_bits(factor in prop_oneof![1e-9..1.0_f64, 1.0..1e9_f64]) {
        let by = quantize_multiplier(factor).expect("the factor is in range");
        prop_assert!(by.mantissa >= 1 << 30);
        let unit = 2_f64.powi(by.shift - 31);
        prop_assert!((f64::from(by.mantissa) * unit - factor).abs() <= unit / 2.0);
    }

    #[test]
    fn exp_is_near_the_real_one(a in -(1_i64 << 31)..=0) {
        let real = (a as f64 / f64::from(1 << 26)).exp();
        let ours = f64::from(exp_negative::<5>(a as i32)) / f64::from(1_u32 << 31);
        // A fourth-order expansion over at most 1/8, then at most eight roundings of the Q0.31 result.
        let bound = 0.125_f64.powi(5) / 120.0 + 8.0 * 2_f64.powi(-31);
        prop_assert!((ours - real).abs() < bound, "exp: {ours} is not {real}");
    }

    #[test]
    fn logistic_and_tanh_are_near_the_real_ones(a: i32) {
        let x = f64::from(a) / f64::from(1 << 27);
        let real = |ours: i32| f64::from(ours) / f64::from(1_u32 << 31);
        prop_assert!((real(logistic(a)) - 1.0 / (1.0 + (-x).exp())).abs() < 1e-6, "{x}");
        prop_assert!((real(tanh(a)) - x.tanh()).abs() < 1e-6, "{x}");
    }

    #[test]
    fn reciprocal_is_near_the_real_one(x in 1_i32..=i32::MAX) {
        let (scale, bits) = reciprocal(x);
        let ours = f64::from(scale) / f64::from(1_u32 << 31) * 2_f64.powi(-bits);
        let real = f64::from(1 << 19) / f64::from(x);
        prop_assert!((ours / real - 1.0).abs() < 1e-7, "1/x: {ours} is not {real}");
    }
}

#[test]
fn requantize_rounds_twice_where_once_would_differ() {
    // 0.499…·2^-1 rounds to 0.5 first and then away from zero; once would give 0.
    let by = Multiplier {
        mantissa: 1 << 30,
        shift: -1,
    };
    assert_eq!(
        requantize(1, by),
        1,
        "1/4 becomes 1/2 rounded up to 1, then 1/2 rounded up to 1"
    );
    assert_eq!(requantize(-1, by), 0, "-1/4 becomes -1/2 rounded up to 0");
    assert_eq!(requantize(2, by), 1);
    assert_eq!(requantize(-2, by), -1);
}

#[test]
fn saturation_and_zero() {
    assert_eq!(high_multiply(i32::MIN, i32::MIN), i32::MAX);
    assert_eq!(high_multiply(i32::MIN, i32::MAX), i32::MIN + 1);
    assert_eq!(rounding_divide(i32::MIN, 31), -1);
    assert_eq!(rounding_divide(i32::MAX, 31), 1);
    assert_eq!(rounding_divide(i32::MAX, 0), i32::MAX);
    assert_eq!(exp_negative::<5>(0), i32::MAX);
}

#[test]
fn multiplier_edges() {
    let of = quantize_multiplier;
    let zero = Some(Multiplier::default());
    assert_eq!(of(0.0), zero);
    assert_eq!(of(2_f64.powi(-33) * 1.999), zero, "below 2^-32");
    assert_eq!(
        of(2_f64.powi(-32)).map(|m| m.shift),
        Some(-31),
        "2^-32 = 0.5 · 2^-31"
    );
    assert_eq!(
        of(1.0),
        Some(Multiplier {
            mantissa: 1 << 30,
            shift: 1
        })
    );
    // Rounds up to 2^31: halved, one more shift.
    assert_eq!(
        of(1.0 - 2_f64.powi(-40)),
        Some(Multiplier {
            mantissa: 1 << 30,
            shift: 1
        })
    );
    assert_eq!(of(f64::MIN_POSITIVE / 4.0), zero, "subnormal");
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 2_f64.powi(31)] {
        assert_eq!(of(bad), None, "{bad}");
    }
}
