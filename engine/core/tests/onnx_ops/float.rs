//! Operators on real numbers.

use super::build::{Attr, Model, Random};
use super::oracle::Oracle;
use super::{Compared, compare};
use tinyscope_core::format::onnx::tensor_proto::DataType::Float;
use tinyscope_core::quant::Value;

/// Sums of a few hundred products of numbers up to 1, added in another order.
const TOLERANCE: f32 = 1e-4;

/// One input `x`, any number of nodes, one output `y`.
fn check(oracle: &mut Oracle, model: &mut Model, x: &[i64], y: &[i64], what: &str) -> Compared {
    model.input("x", Float, x);
    model.output("y", Float, y);
    let input = Value::F32(Random::new(x.iter().sum::<i64>() as u64).reals(x));
    let compared = compare(oracle, &model.bytes(), [&[x], &[y]], &[input], false);
    assert!(
        compared.most < TOLERANCE,
        "{what}: off by {}",
        compared.most
    );
    compared
}

fn out(input: i64, kernel: i64, stride: i64, dilation: i64, pads: i64) -> i64 {
    (input + pads - (kernel - 1) * dilation - 1) / stride + 1
}

#[test]
fn convolutions() {
    let Some(mut oracle) = Oracle::start("ONNX convolutions") else {
        return;
    };
    let mut random = Random::new(1);
    for case in 0..60 {
        let group = [1, 1, 2, 4][random.int(0, 3) as usize];
        let (c, o) = (group * random.int(1, 3), group * random.int(1, 3));
        let depthwise = case % 3 == 0;
        let (group, c, o) = if depthwise {
            (c, c, c * random.int(1, 2))
        } else {
            (group, c, o)
        };
        let [h, w] = [random.int(9, 13), random.int(14, 18)];
        let [kh, kw, sh, sw, dh, dw] =
            std::array::from_fn(|i| random.int(1, if i < 2 { 3 } else { 2 }));
        let pads: [i64; 4] = std::array::from_fn(|_| random.int(0, 2));
        let mut model = Model::new(random.int(11, 21));
        model.random(&mut random, "w", &[o, c / group, kh, kw]);
        model.random(&mut random, "b", &[o]);
        let auto = random.int(0, 5);
        let (strides, dilations) = ([sh, sw], [dh, dw]);
        let mut attributes = vec![("group", Attr::I(group)), ("strides", Attr::Is(&strides))];
        let (oh, ow) = match auto {
            0 => {
                attributes.push(("auto_pad", Attr::S("SAME_UPPER")));
                ((h + sh - 1) / sh, (w + sw - 1) / sw)
            }
            1 => {
                attributes.push(("auto_pad", Attr::S("SAME_LOWER")));
                ((h + sh - 1) / sh, (w + sw - 1) / sw)
            }
            _ => {
                attributes.push(("pads", Attr::Is(&pads)));
                attributes.push(("dilations", Attr::Is(&dilations)));
                (
                    out(h, kh, sh, dh, pads[0] + pads[2]),
                    out(w, kw, sw, dw, pads[1] + pads[3]),
                )
            }
        };
        let operands = if case % 2 == 0 { "x w b" } else { "x w" };
        let relu = random.int(0, 2) == 0;
        model.node("Conv", operands, if relu { "t" } else { "y" }, &attributes);
        if relu {
            model.node("Relu", "t", "y", &[]);
        }
        let what = format!("case {case}: {c}→{o} in {group}, {kh}×{kw}");
        let found = check(
            &mut oracle,
            &mut model,
            &[1, c, h, w],
            &[1, o, oh, ow],
            &what,
        );
        let expected = if group > 1 && c == group {
            "DEPTHWISE_CONV_2D"
        } else {
            "CONV_2D"
        };
        assert_eq!(found.names(), [expected], "{what}");
    }
}

#[test]
fn transposed_convolutions_and_signals() {
    let Some(mut oracle) = Oracle::start("ONNX transposed convolutions") else {
        return;
    };
    let mut random = Random::new(2);
    for case in 0..20 {
        let [c, o, k, s] = [
            random.int(1, 3),
            random.int(1, 4),
            random.int(2, 4),
            random.int(1, 3),
        ];
        let [h, w] = [random.int(5, 6), random.int(7, 9)];
        let p = random.int(0, (k - 1).min(1));
        let extra = if s > 1 { random.int(0, 1) } else { 0 };
        let mut model = Model::new(13);
        model.random(&mut random, "w", &[c, o, k, k]);
        model.random(&mut random, "b", &[o]);
        let size = |n: i64| s * (n - 1) + k + extra - 2 * p;
        let attributes = [
            ("strides", Attr::Is(&[s, s][..])),
            ("pads", Attr::Is(&[p, p, p, p])),
            ("output_padding", Attr::Is(&[extra, extra])),
        ];
        model.node("ConvTranspose", "x w b", "y", &attributes);
        let y = [1, o, size(h), size(w)];
        check(
            &mut oracle,
            &mut model,
            &[1, c, h, w],
            &y,
            &format!("case {case}"),
        );
    }
    // A signal is an image of height 1.
    let mut model = Model::new(15);
    model.random(&mut random, "w", &[5, 3, 4]);
    model.random(&mut random, "b", &[5]);
    model.node(
        "Conv",
        "x w b",
        "t",
        &[("strides", Attr::Is(&[2])), ("pads", Attr::Is(&[1, 2]))],
    );
    model.node("MaxPool", "t", "u", &[("kernel_shape", Attr::Is(&[2]))]);
    model.node("GlobalAveragePool", "u", "y", &[]);
    let found = check(&mut oracle, &mut model, &[1, 3, 40], &[1, 5, 1], "a signal");
    assert!(!found.has_transpose());
}

#[test]
fn pools() {
    let Some(mut oracle) = Oracle::start("ONNX pools") else {
        return;
    };
    let mut random = Random::new(3);
    for case in 0..40 {
        let [c, k, s] = [random.int(2, 4), random.int(2, 4), random.int(1, 3)];
        let [h, w] = [random.int(9, 12), random.int(25, 30)];
        let p = random.int(0, 1);
        // Of windows that would begin beyond the image, the specification says one thing and the runtime another.
        let beyond = |n: i64| (n + 2 * p - k) % s != 0 && ((n + 2 * p - k) / s + 1) * s >= n + p;
        let ceil = i64::from(case % 4 < 2 && !beyond(h) && !beyond(w));
        let include = i64::from(case % 3 == 0 && ceil == 0);
        let size = |n: i64| {
            let room = n + 2 * p - k;
            let floor = room / s + 1;
            floor + i64::from(ceil == 1 && room % s != 0)
        };
        let mut model = Model::new(random.int(11, 21));
        let (kernel, strides, pads) = ([k, k], [s, s], [p; 4]);
        let mut attributes = vec![
            ("kernel_shape", Attr::Is(&kernel)),
            ("strides", Attr::Is(&strides)),
            ("pads", Attr::Is(&pads)),
            ("ceil_mode", Attr::I(ceil)),
        ];
        let op = if case % 2 == 0 {
            "MaxPool"
        } else {
            "AveragePool"
        };
        if op == "AveragePool" {
            attributes.push(("count_include_pad", Attr::I(include)));
        }
        model.node(op, "x", "y", &attributes);
        let what =
            format!("case {case}: {op} {k} stride {s} pad {p} ceil {ceil} include {include}");
        check(
            &mut oracle,
            &mut model,
            &[1, c, h, w],
            &[1, c, size(h), size(w)],
            &what,
        );
    }
    for op in ["GlobalAveragePool", "GlobalMaxPool"] {
        let mut model = Model::new(13);
        model.node(op, "x", "y", &[]);
        check(&mut oracle, &mut model, &[1, 5, 7, 9], &[1, 5, 1, 1], op);
    }
}

#[test]
fn a_flattened_image_permutes_the_weights_and_moves_nothing() {
    let Some(mut oracle) = Oracle::start("ONNX flattening") else {
        return;
    };
    let mut random = Random::new(4);
    for (case, op) in ["Flatten", "Reshape", "MatMul", "transB", "alpha"]
        .into_iter()
        .enumerate()
    {
        let mut model = Model::new(13);
        model.random(&mut random, "k", &[3, 2, 3, 3]);
        model.node("Conv", "x k", "a", &[]);
        model.ints("shape", &[0, -1]);
        match op {
            "Reshape" => model.node("Reshape", "a shape", "f", &[]),
            _ => model.node("Flatten", "a", "f", &[]),
        }
        let depth = 3 * 4 * 5;
        model.random(&mut random, "b", &[7]);
        match op {
            "MatMul" => {
                model.random(&mut random, "w", &[depth, 7]);
                model.node("MatMul", "f w", "m", &[]);
                model.node("Add", "m b", "y", &[]);
            }
            "transB" => {
                model.random(&mut random, "w", &[7, depth]);
                model.node("Gemm", "f w b", "y", &[("transB", Attr::I(1))]);
            }
            "alpha" => {
                model.random(&mut random, "w", &[depth, 7]);
                let factors = [("alpha", Attr::F(0.5)), ("beta", Attr::F(2.0))];
                model.node("Gemm", "f w b", "y", &factors);
            }
            _ => {
                model.random(&mut random, "w", &[depth, 7]);
                model.node("Gemm", "f w b", "y", &[]);
            }
        }
        let found = check(
            &mut oracle,
            &mut model,
            &[1, 2, 6, 7],
            &[1, 7],
            &format!("{case} {op}"),
        );
        assert_eq!(found.names(), ["CONV_2D", "FULLY_CONNECTED"], "{op}");
    }
}

#[test]
fn element_wise_functions_broadcast_in_the_order_of_the_file() {
    let Some(mut oracle) = Oracle::start("ONNX element-wise functions") else {
        return;
    };
    let mut random = Random::new(5);
    let shapes: [&[i64]; 7] = [
        &[],
        &[1],
        &[3, 1, 1],
        &[1, 3, 1, 1],
        &[6],
        &[5, 1],
        &[1, 3, 5, 6],
    ];
    for op in ["Add", "Sub", "Mul", "Div", "Max", "Min"] {
        for (index, shape) in shapes.into_iter().enumerate() {
            for swapped in [false, true] {
                if op == "Div" && swapped {
                    continue;
                }
                let mut model = Model::new(14);
                let values: Vec<f32> = random.reals(shape).iter().map(|v| v + 2.0).collect();
                model.reals("c", shape, &values);
                // Something before that lies as NHWC.
                model.node("MaxPool", "x", "a", &[("kernel_shape", Attr::Is(&[2, 2]))]);
                model.node(op, if swapped { "c a" } else { "a c" }, "y", &[]);
                let what = format!("{op} with shape {index}");
                let found = check(&mut oracle, &mut model, &[1, 3, 6, 7], &[1, 3, 5, 6], &what);
                assert!(!found.has_transpose(), "{what}");
            }
        }
    }
    // Two computed operands of different rank, and one that is a vector per channel.
    let mut model = Model::new(14);
    model.node("GlobalAveragePool", "x", "g", &[]);
    model.node("Sigmoid", "g", "s", &[]);
    model.node("Mul", "x s", "y", &[]);
    let found = check(
        &mut oracle,
        &mut model,
        &[1, 3, 5, 6],
        &[1, 3, 5, 6],
        "a gate per channel",
    );
    assert!(!found.has_transpose());
}

#[test]
fn batch_normalisation_is_folded_or_stands_alone() {
    let Some(mut oracle) = Oracle::start("ONNX batch normalisation") else {
        return;
    };
    let mut random = Random::new(6);
    for before in ["Conv", "depthwise", "Gemm", "Relu"] {
        let mut model = Model::new(15);
        for name in ["scale", "bias", "mean", "var"] {
            let values: Vec<f32> = random.reals(&[4]).iter().map(|v| v + 1.5).collect();
            model.reals(name, &[4], &values);
        }
        let image: &[i64] = &[1, 4, 5, 6];
        let (x, y) = match before {
            "Conv" => {
                model.random(&mut random, "w", &[4, 4, 1, 1]);
                model.node("Conv", "x w", "a", &[]);
                (image, image)
            }
            "depthwise" => {
                model.random(&mut random, "w", &[4, 1, 1, 1]);
                model.random(&mut random, "b", &[4]);
                model.node("Conv", "x w b", "a", &[("group", Attr::I(4))]);
                (image, image)
            }
            "Gemm" => {
                model.random(&mut random, "w", &[6, 4]);
                model.node("Gemm", "x w", "a", &[]);
                (&[1, 6][..], &[1, 4][..])
            }
            _ => {
                model.node("Relu", "x", "a", &[]);
                (image, image)
            }
        };
        model.node("BatchNormalization", "a scale bias mean var", "n", &[]);
        model.node("Relu", "n", "y", &[]);
        let found = check(&mut oracle, &mut model, x, y, before);
        let expected: &[&str] = match before {
            "Conv" => &["CONV_2D"],
            "depthwise" => &["DEPTHWISE_CONV_2D"],
            "Gemm" => &["FULLY_CONNECTED"],
            _ => &["RELU", "MUL", "ADD"],
        };
        assert_eq!(found.names(), expected);
    }
}

/// Operator, operands, and what becomes of it.
type Case = (&'static str, &'static str, &'static [&'static str]);

#[test]
fn functions_of_one_operand() {
    let Some(mut oracle) = Oracle::start("ONNX functions") else {
        return;
    };
    let cases: [Case; 15] = [
        ("Relu", "x", &["RELU"]),
        ("Sigmoid", "x", &["LOGISTIC"]),
        ("Tanh", "x", &["TANH"]),
        ("HardSwish", "x", &["HARD_SWISH"]),
        ("LeakyRelu", "x", &["LEAKY_RELU"]),
        ("HardSigmoid", "x", &["MUL", "ADD", "MUL"]),
        ("Clip", "x zero six", &["RELU6"]),
        ("Clip", "x minus one", &["RELU_N1_TO_1"]),
        ("Clip", "x zero", &["RELU"]),
        ("Clip", "x _ one", &["MINIMUM"]),
        ("Clip", "x minus six", &["MAXIMUM", "MINIMUM"]),
        ("PRelu", "x slopes", &["PRELU"]),
        ("PRelu", "x one", &["LEAKY_RELU"]),
        ("Identity", "x", &["RESHAPE"]),
        ("Dropout", "x", &["RESHAPE"]),
    ];
    let mut random = Random::new(7);
    for (op, operands, expected) in cases {
        let mut model = Model::new(14);
        for (name, value) in [("zero", 0.0), ("one", 1.0), ("minus", -1.0), ("six", 6.0)] {
            model.reals(name, &[], &[value]);
        }
        model.random(&mut random, "slopes", &[3, 1, 1]);
        model.node(op, operands, "y", &[]);
        let found = check(&mut oracle, &mut model, &[1, 3, 4, 5], &[1, 3, 4, 5], op);
        assert_eq!(found.names(), expected, "{op}");
    }
    // The usual hard swish in two nodes.
    let mut model = Model::new(13);
    let factors = [("alpha", Attr::F(1.0 / 6.0)), ("beta", Attr::F(0.5))];
    model.node("HardSigmoid", "x", "g", &factors);
    model.node("Mul", "g x", "y", &[]);
    let found = check(
        &mut oracle,
        &mut model,
        &[1, 3, 4, 5],
        &[1, 3, 4, 5],
        "hard swish",
    );
    assert_eq!(found.names(), ["HARD_SWISH"]);
    for (axis, opset) in [(1, 13), (-1, 13), (2, 13), (1, 12), (3, 12)] {
        let mut model = Model::new(opset);
        model.node("Softmax", "x", "y", &[("axis", Attr::I(axis))]);
        let what = format!("softmax along {axis} in {opset}");
        check(&mut oracle, &mut model, &[1, 3, 4, 5], &[1, 3, 4, 5], &what);
    }
}

#[test]
fn reductions() {
    let Some(mut oracle) = Oracle::start("ONNX reductions") else {
        return;
    };
    for (op, since) in [("ReduceMean", 18), ("ReduceSum", 13), ("ReduceMax", 18)] {
        for (axes, keep) in [
            (&[2, 3][..], 1),
            (&[2, 3], 0),
            (&[-1], 0),
            (&[1], 1),
            (&[0, 1, 2], 0),
        ] {
            for opset in [11, 18] {
                let mut model = Model::new(opset);
                let keepdims = ("keepdims", Attr::I(keep));
                if opset >= since {
                    model.ints("axes", axes);
                    model.node(op, "x axes", "y", &[keepdims]);
                } else {
                    model.node(op, "x", "y", &[keepdims, ("axes", Attr::Is(axes))]);
                }
                let mut y = vec![1, 3, 4, 5];
                let gone: Vec<usize> = axes.iter().map(|&a| a.rem_euclid(4) as usize).collect();
                for &axis in &gone {
                    y[axis] = 1;
                }
                if keep == 0 {
                    y = (0..4).filter(|a| !gone.contains(a)).map(|a| y[a]).collect();
                }
                let what = format!("{op} {axes:?} {keep} in {opset}");
                check(&mut oracle, &mut model, &[1, 3, 4, 5], &y, &what);
            }
        }
    }
}

#[test]
fn parts_and_joins_follow_the_layout() {
    let Some(mut oracle) = Oracle::start("ONNX slices") else {
        return;
    };
    let pool = |model: &mut Model| {
        model.node("MaxPool", "x", "a", &[("kernel_shape", Attr::Is(&[2, 2]))]);
    };
    let image: &[i64] = &[1, 4, 6, 9];
    // Channels 3 to 1 backwards, and columns from the end.
    let mut model = Model::new(13);
    pool(&mut model);
    for (name, list) in [
        ("s", [3, -3]),
        ("e", [0, 100]),
        ("axes", [1, 3]),
        ("steps", [-1, 2]),
    ] {
        model.ints(name, &list);
    }
    model.node("Slice", "a s e axes steps", "y", &[]);
    let found = check(&mut oracle, &mut model, image, &[1, 3, 5, 2], "slice");
    assert!(!found.has_transpose());
    // Split along channels and joined the other way round.
    let mut model = Model::new(13);
    pool(&mut model);
    model.ints("sizes", &[1, 3]);
    model.node("Split", "a sizes", "p q", &[("axis", Attr::I(1))]);
    model.node("Concat", "q p", "y", &[("axis", Attr::I(1))]);
    let found = check(
        &mut oracle,
        &mut model,
        image,
        &[1, 4, 5, 8],
        "split and concat",
    );
    assert_eq!(
        found.names(),
        ["MAX_POOL_2D", "SLICE", "SLICE", "CONCATENATION"]
    );
    for axis in [1, 2, 3] {
        let mut model = Model::new(13);
        pool(&mut model);
        model.node("Concat", "a a", "y", &[("axis", Attr::I(axis))]);
        let mut y = [1, 4, 5, 8];
        y[axis as usize] *= 2;
        let found = check(&mut oracle, &mut model, image, &y, "concat");
        assert!(!found.has_transpose());
    }
    for (mode, value) in [("constant", 0.0), ("constant", 0.5), ("reflect", 0.0)] {
        let mut model = Model::new(13);
        pool(&mut model);
        model.ints("pads", &[0, 0, 1, 2, 0, 0, 3, 0]);
        model.reals("v", &[], &[value]);
        model.node("Pad", "a pads v", "y", &[("mode", Attr::S(mode))]);
        let found = check(&mut oracle, &mut model, image, &[1, 4, 9, 10], mode);
        assert!(!found.has_transpose());
    }
    // An index out of an axis, which goes.
    let mut model = Model::new(13);
    pool(&mut model);
    model.ints("i", &[2]);
    model.node("Squeeze", "i", "j", &[]);
    model.node("Gather", "a j", "g", &[("axis", Attr::I(1))]);
    model.ints("one", &[1]);
    model.node("Unsqueeze", "g one", "y", &[]);
    check(&mut oracle, &mut model, image, &[1, 1, 5, 8], "gather");
}

#[test]
fn resizing_in_the_modes_that_exist_here() {
    let Some(mut oracle) = Oracle::start("ONNX resizing") else {
        return;
    };
    let cases = [
        ("nearest", "asymmetric", "floor", 2.0),
        ("nearest", "half_pixel", "round_prefer_floor", 2.0),
        ("nearest", "half_pixel", "round_prefer_ceil", 3.0),
        ("nearest", "align_corners", "round_prefer_ceil", 2.0),
        ("nearest", "asymmetric", "floor", 0.5),
        ("linear", "half_pixel", "floor", 2.0),
        ("linear", "asymmetric", "floor", 2.0),
        ("linear", "align_corners", "floor", 3.0),
        ("linear", "pytorch_half_pixel", "floor", 2.0),
        ("linear", "half_pixel", "floor", 0.5),
    ];
    for (mode, coordinates, nearest, factor) in cases {
        let mut model = Model::new(13);
        model.reals("scales", &[4], &[1.0, 1.0, factor, factor]);
        let attributes = [
            ("mode", Attr::S(mode)),
            ("coordinate_transformation_mode", Attr::S(coordinates)),
            ("nearest_mode", Attr::S(nearest)),
        ];
        model.node("Resize", "x _ scales", "y", &attributes);
        let size = |n: i64| (n as f32 * factor) as i64;
        let what = format!("{mode} {coordinates} {nearest} {factor}");
        let y = [1, 3, size(4), size(6)];
        let found = check(&mut oracle, &mut model, &[1, 3, 4, 6], &y, &what);
        assert!(!found.has_transpose());
    }
}

#[test]
fn shapes_computed_in_the_file_are_folded() {
    let Some(mut oracle) = Oracle::start("ONNX shape arithmetic") else {
        return;
    };
    // What exporters make of view(x.size(0), -1), twice as wide as it need be.
    let mut random = Random::new(8);
    let mut model = Model::new(13);
    model.node("MaxPool", "x", "a", &[("kernel_shape", Attr::Is(&[2, 2]))]);
    model.node("Shape", "a", "s", &[]);
    model.ints("zero", &[0]);
    model.node("Gather", "s zero", "n", &[]);
    model.ints("rest", &[-1]);
    model.node("Concat", "n rest", "t", &[("axis", Attr::I(0))]);
    model.node("Reshape", "a t", "f", &[]);
    model.random(&mut random, "w", &[3 * 3 * 4, 5]);
    model.node("MatMul", "f w", "y", &[]);
    let found = check(
        &mut oracle,
        &mut model,
        &[1, 3, 4, 5],
        &[1, 5],
        "flatten by shape",
    );
    assert_eq!(found.names(), ["MAX_POOL_2D", "FULLY_CONNECTED"]);
}

#[test]
fn channels_that_are_shuffled_move_once() {
    let Some(mut oracle) = Oracle::start("ONNX channel shuffle") else {
        return;
    };
    let mut model = Model::new(13);
    model.node("Relu", "x", "a", &[]);
    model.ints("apart", &[1, 2, 3, 4, 5]);
    model.ints("together", &[1, 6, 4, 5]);
    model.node("Reshape", "a apart", "b", &[]);
    model.node(
        "Transpose",
        "b",
        "c",
        &[("perm", Attr::Is(&[0, 2, 1, 3, 4]))],
    );
    model.node("Reshape", "c together", "d", &[]);
    model.node("MaxPool", "d", "y", &[("kernel_shape", Attr::Is(&[1, 1]))]);
    let found = check(
        &mut oracle,
        &mut model,
        &[1, 6, 4, 5],
        &[1, 6, 4, 5],
        "shuffle",
    );
    let transposes = found.names().iter().filter(|n| **n == "TRANSPOSE").count();
    assert_eq!(transposes, 1, "{:?}", found.names());
}
