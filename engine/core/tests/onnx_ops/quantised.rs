//! Quantised operators, in QDQ form and on codes, against ONNX Runtime: to within one code, since it rounds half to even
//! and computes in floating point.

use super::build::{Attr, Model, Random};
use super::oracle::Oracle;
use super::{Compared, compare};
use tinyscope_core::format::onnx::tensor_proto::DataType::{self, Int8, Int32, Uint8};
use tinyscope_core::quant::Value;

/// A model from codes `x` to codes `y`.
fn check(
    oracle: &mut Oracle,
    model: &mut Model,
    code: DataType,
    x: &[i64],
    y: &[i64],
    what: &str,
) -> Compared {
    model.input("x", code, x);
    model.output("y", code, y);
    let mut random = Random::new(11);
    let codes = (0..x.iter().product())
        .map(|_| random.int(-128, 127) as i8)
        .collect();
    let unsigned = code == Uint8;
    let compared = compare(
        oracle,
        &model.bytes(),
        [&[x], &[y]],
        &[Value::I8(codes)],
        unsigned,
    );
    assert!(compared.most <= 1.0, "{what}: off by {}", compared.most);
    assert!(!compared.has_transpose(), "{what}");
    compared
}

/// Zero points in the middle of the codes, and a little off.
const fn zero(code: DataType, off: i32) -> i32 {
    match code {
        Uint8 => 128 + off,
        _ => off,
    }
}

/// Codes of weights `w`, with several scales along the first axis or one.
fn weights(
    model: &mut Model,
    random: &mut Random,
    code: DataType,
    dims: &[i64],
    scales: usize,
    point: i32,
) {
    let count = dims.iter().product::<i64>();
    let low = if code == Uint8 { 0 } else { -127 };
    let codes: Vec<i32> = (0..count)
        .map(|_| random.int(low, low + 254) as i32)
        .collect();
    model.codes("w", code, dims, &codes);
    let list: Vec<f32> = (0..scales).map(|i| 0.004 + 0.001 * i as f32).collect();
    let points = vec![point; scales];
    let shape: &[i64] = if scales == 1 { &[] } else { &[scales as i64] };
    model.reals("w_s", shape, &list);
    model.codes("w_z", code, shape, &points);
}

#[test]
fn qdq_convolutions() {
    let Some(mut oracle) = Oracle::start("QDQ convolutions") else {
        return;
    };
    let mut random = Random::new(21);
    for case in 0..24 {
        let code = if case % 2 == 0 { Int8 } else { Uint8 };
        let channels = 4;
        let group = if case % 3 == 0 { channels } else { 1 };
        let per_channel = case % 4 < 2;
        let mut model = Model::new(13);
        model.scale("x", code, 0.02, zero(code, 3));
        model.scale("y", code, 0.05, zero(code, -20));
        // Unsigned weights have one zero point for the whole tensor.
        let weight = if case % 4 == 3 { Uint8 } else { Int8 };
        let point = if weight == Uint8 { 120 } else { 0 };
        let scales = if per_channel { channels as usize } else { 1 };
        let dims = [channels, channels / group, 3, 3];
        weights(&mut model, &mut random, weight, &dims, scales, point);
        let bias: Vec<i32> = (0..channels)
            .map(|_| random.int(-3000, 3000) as i32)
            .collect();
        model.codes("b", Int32, &[channels], &bias);
        let steps: Vec<f32> = (0..channels)
            .map(|i| 0.02 * (0.004 + if per_channel { 0.001 * i as f32 } else { 0.0 }))
            .collect();
        model.reals("b_s", &[channels], &steps);
        model.codes("b_z", Int32, &[channels], &[0; 4]);
        model.node("DequantizeLinear", "x x_s x_z", "xf", &[]);
        model.node(
            "DequantizeLinear",
            "w w_s w_z",
            "wf",
            &[("axis", Attr::I(0))],
        );
        model.node(
            "DequantizeLinear",
            "b b_s b_z",
            "bf",
            &[("axis", Attr::I(0))],
        );
        let attributes = [("group", Attr::I(group)), ("pads", Attr::Is(&[1, 1, 1, 1]))];
        model.node("Conv", "xf wf bf", "c", &attributes);
        let relu = case % 2 == 0;
        if relu {
            model.node("Relu", "c", "r", &[]);
        }
        model.node(
            "QuantizeLinear",
            if relu { "r y_s y_z" } else { "c y_s y_z" },
            "y",
            &[],
        );
        let what = format!("case {case}");
        let found = check(
            &mut oracle,
            &mut model,
            code,
            &[1, channels, 5, 6],
            &[1, channels, 5, 6],
            &what,
        );
        let expected = if group == 1 {
            "CONV_2D"
        } else {
            "DEPTHWISE_CONV_2D"
        };
        assert_eq!(found.names(), [expected], "{what}");
    }
}

/// `DequantizeLinear`, the nodes, `QuantizeLinear`.
fn between(model: &mut Model, code: DataType, scales: [f32; 2], nodes: impl Fn(&mut Model)) {
    model.scale("x", code, scales[0], zero(code, 5));
    model.scale("y", code, scales[1], zero(code, -7));
    model.node("DequantizeLinear", "x x_s x_z", "a", &[]);
    nodes(model);
    model.node("QuantizeLinear", "b y_s y_z", "y", &[]);
}

/// Operator, attributes, shape of the result, and what becomes of it.
type Case<'a> = (&'a str, &'a [(&'a str, Attr<'a>)], [i64; 4], &'a [&'a str]);

#[test]
fn qdq_functions() {
    let Some(mut oracle) = Oracle::start("QDQ functions") else {
        return;
    };
    let kernel = [("kernel_shape", Attr::Is(&[2, 2]))];
    let whole = [1, 3, 4, 5];
    let cases: [Case<'_>; 10] = [
        ("Relu", &[], whole, &["RELU"]),
        (
            "LeakyRelu",
            &[("alpha", Attr::F(0.1))],
            whole,
            &["LEAKY_RELU"],
        ),
        ("Sigmoid", &[], whole, &["LOGISTIC", "QUANTIZE"]),
        ("Tanh", &[], whole, &["TANH", "QUANTIZE"]),
        (
            "MaxPool",
            &kernel,
            [1, 3, 3, 4],
            &["MAX_POOL_2D", "QUANTIZE"],
        ),
        (
            "AveragePool",
            &kernel,
            [1, 3, 3, 4],
            &["AVERAGE_POOL_2D", "QUANTIZE"],
        ),
        ("GlobalAveragePool", &[], [1, 3, 1, 1], &["MEAN"]),
        (
            "Softmax",
            &[("axis", Attr::I(1))],
            whole,
            &["SOFTMAX", "QUANTIZE"],
        ),
        ("Identity", &[], whole, &["QUANTIZE"]),
        ("HardSwish", &[], whole, &["HARD_SWISH"]),
    ];
    for code in [Int8, Uint8] {
        for (op, attributes, shape, expected) in &cases {
            let mut model = Model::new(14);
            let scale = if matches!(*op, "Sigmoid" | "Tanh" | "Softmax") {
                0.008
            } else {
                0.03
            };
            between(&mut model, code, [0.02, scale], |model| {
                model.node(op, "a", "b", attributes);
            });
            let found = check(&mut oracle, &mut model, code, &whole, shape, op);
            assert_eq!(found.names(), *expected, "{op}");
        }
    }
}

#[test]
fn qdq_sums_products_and_joins() {
    let Some(mut oracle) = Oracle::start("QDQ sums") else {
        return;
    };
    let image = [1, 3, 4, 5];
    for code in [Int8, Uint8] {
        for op in ["Add", "Sub", "Mul", "Max", "Concat"] {
            let mut model = Model::new(13);
            model.scale("p", code, 0.011, zero(code, 9));
            model.scale("y", code, 0.04, zero(code, -7));
            model.scale("x", code, 0.02, zero(code, 5));
            model.node("DequantizeLinear", "x x_s x_z", "a", &[]);
            // A second branch in another scale.
            model.node("LeakyRelu", "a", "l", &[("alpha", Attr::F(0.3))]);
            model.node("QuantizeLinear", "l p_s p_z", "q", &[]);
            model.node("DequantizeLinear", "q p_s p_z", "r", &[]);
            let axis = [("axis", Attr::I(1))];
            let attributes: &[_] = if op == "Concat" { &axis } else { &[] };
            model.node(op, "a r", "b", attributes);
            model.node("QuantizeLinear", "b y_s y_z", "y", &[]);
            let y = if op == "Concat" { [1, 6, 4, 5] } else { image };
            let found = check(&mut oracle, &mut model, code, &image, &y, op);
            let expected: &[&str] = match op {
                "Add" => &["LEAKY_RELU", "ADD"],
                "Sub" => &["LEAKY_RELU", "SUB"],
                "Mul" => &["LEAKY_RELU", "MUL"],
                "Max" => &["LEAKY_RELU", "QUANTIZE", "QUANTIZE", "MAXIMUM"],
                _ => &["LEAKY_RELU", "QUANTIZE", "QUANTIZE", "CONCATENATION"],
            };
            assert_eq!(found.names(), expected);
        }
    }
}

#[test]
fn operators_on_codes() {
    let Some(mut oracle) = Oracle::start("QLinear operators") else {
        return;
    };
    let mut random = Random::new(31);
    for code in [Int8, Uint8] {
        let mut model = Model::new(13);
        model.scale("x", code, 0.02, zero(code, 3));
        model.scale("t", code, 0.05, zero(code, -9));
        model.scale("u", code, 0.03, zero(code, 4));
        model.scale("y", code, 0.06, zero(code, 2));
        let point = if code == Uint8 { 128 } else { 0 };
        weights(&mut model, &mut random, code, &[4, 3, 3, 3], 1, point);
        model.codes("b", Int32, &[4], &[100, -2000, 30, 5]);
        let pads = [("pads", Attr::Is(&[1, 1, 1, 1]))];
        model.node("QLinearConv", "x x_s x_z w w_s w_z t_s t_z b", "t", &pads);
        model.node(
            "com.microsoft:QLinearLeakyRelu",
            "t t_s t_z u_s u_z",
            "u",
            &[("alpha", Attr::F(0.2))],
        );
        model.node(
            "com.microsoft:QLinearAdd",
            "t t_s t_z u u_s u_z y_s y_z",
            "y",
            &[],
        );
        let found = check(
            &mut oracle,
            &mut model,
            code,
            &[1, 3, 5, 6],
            &[1, 4, 5, 6],
            "residual",
        );
        assert_eq!(found.names(), ["CONV_2D", "LEAKY_RELU", "ADD"]);

        let mut model = Model::new(13);
        model.scale("x", code, 0.02, zero(code, 3));
        model.scale("t", code, 0.02, zero(code, 3));
        model.scale("y", code, 0.09, zero(code, 2));
        weights(&mut model, &mut random, code, &[60, 7], 1, point);
        model.node(
            "com.microsoft:QLinearMul",
            "x x_s x_z x x_s x_z t_s t_z",
            "t",
            &[],
        );
        model.node("Flatten", "t", "f", &[]);
        model.node("QLinearMatMul", "f t_s t_z w w_s w_z y_s y_z", "y", &[]);
        let found = check(
            &mut oracle,
            &mut model,
            code,
            &[1, 3, 4, 5],
            &[1, 7],
            "matrix",
        );
        assert_eq!(found.names().last(), Some(&"FULLY_CONNECTED"));

        let mut model = Model::new(13);
        model.scale("x", code, 0.02, zero(code, 3));
        model.scale("t", code, 0.015, zero(code, 3));
        model.scale("y", code, 0.03, zero(code, 2));
        let channels = [("channels_last", Attr::I(0))];
        model.node(
            "com.microsoft:QLinearGlobalAveragePool",
            "x x_s x_z t_s t_z",
            "t",
            &channels,
        );
        weights(&mut model, &mut random, code, &[5, 3], 1, point);
        model.codes("b", Int32, &[5], &[10, -20, 30, 5, 0]);
        model.node("Flatten", "t", "f", &[]);
        model.node(
            "com.microsoft:QGemm",
            "f t_s t_z w w_s w_z b y_s y_z",
            "y",
            &[("transB", Attr::I(1))],
        );
        let found = check(
            &mut oracle,
            &mut model,
            code,
            &[1, 3, 4, 5],
            &[1, 5],
            "head",
        );
        assert_eq!(found.names(), ["MEAN", "FULLY_CONNECTED"]);
    }
}
