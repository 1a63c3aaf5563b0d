//! Every refusal has its code.

use crate::build::{File, I16, O, Options, T, none, options};
use crate::errors;

fn q(shape: &[i32]) -> T {
    T::int8(shape, 0.5, 3)
}

/// What is wrong, the operator's code and options, its inputs and outputs, and the code of the error.
pub type Case = (&'static str, i32, Options, Vec<T>, Vec<T>, &'static str);

/// Every case is refused with its code, whatever else is found.
pub fn check(cases: Vec<Case>) {
    for (what, code, options, inputs, outputs, expected) in cases {
        let found = errors(&File::of(code, options, inputs, outputs));
        assert!(found.contains(&expected), "{what}: {found:?}");
    }
}

#[test]
fn operators_that_compute_are_refused_by_code() {
    let add = || options!(AddOptions, AddOptionsArgs {});
    let tanh = options!(
        AddOptions,
        AddOptionsArgs {
            fused_activation_function: 4
        }
    );
    let leaky = |alpha| options!(LeakyReluOptions, LeakyReluOptionsArgs { alpha: alpha });
    let pack = |n| options!(PackOptions, PackOptionsArgs { values_count: n });
    let transpose = || {
        options!(
            TransposeConvOptions,
            TransposeConvOptionsArgs {
                stride_w: 1,
                stride_h: 1
            }
        )
    };
    let list = T::list;
    check(vec![
        (
            "shapes that cannot be broadcast",
            0,
            add(),
            vec![q(&[2]), q(&[3])],
            vec![q(&[3])],
            "bad-shape",
        ),
        (
            "one operand",
            0,
            add(),
            vec![q(&[2])],
            vec![q(&[2])],
            "operand-count",
        ),
        (
            "two outputs",
            19,
            none(),
            vec![q(&[2])],
            vec![q(&[2]), q(&[2])],
            "operand-count",
        ),
        (
            "int8 and float32",
            0,
            add(),
            vec![q(&[2]), T::float(&[2])],
            vec![q(&[2])],
            "mixed-types",
        ),
        (
            "an activation of 16 bits among int8",
            0,
            add(),
            vec![q(&[2]), T::new(I16, &[2])],
            vec![q(&[2])],
            "unsupported-type",
        ),
        (
            "fused TANH",
            0,
            tanh,
            vec![q(&[2]), q(&[2])],
            vec![q(&[2])],
            "unsupported-activation",
        ),
        (
            "other options",
            0,
            pack(2),
            vec![q(&[2]), q(&[2])],
            vec![q(&[2])],
            "bad-options",
        ),
        (
            "too fine an output",
            0,
            add(),
            vec![q(&[2]), q(&[2])],
            vec![T::int8(&[2], 1e-9, 0)],
            "bad-quantisation",
        ),
        (
            "too fine a product",
            18,
            none(),
            vec![q(&[2]), q(&[2])],
            vec![T::int8(&[2], 1e-12, 0)],
            "bad-quantisation",
        ),
        (
            "a maximum on another scale",
            55,
            none(),
            vec![q(&[2]), q(&[2])],
            vec![T::int8(&[2], 1.0, 3)],
            "scale-changes",
        ),
        (
            "no scale",
            19,
            none(),
            vec![T::new(9, &[2])],
            vec![q(&[2])],
            "bad-quantisation",
        ),
        (
            "a logistic function on another scale",
            14,
            none(),
            vec![q(&[2])],
            vec![q(&[2])],
            "bad-quantisation",
        ),
        (
            "RELU6 on another scale",
            21,
            none(),
            vec![q(&[2])],
            vec![T::int8(&[2], 1.0, 3)],
            "scale-changes",
        ),
        (
            "HARD_SWISH to a finer scale",
            117,
            none(),
            vec![q(&[2])],
            vec![T::int8(&[2], 1e-4, 3)],
            "bad-quantisation",
        ),
        (
            "an infinite slope",
            98,
            leaky(f32::INFINITY),
            vec![q(&[2])],
            vec![q(&[2])],
            "bad-options",
        ),
        (
            "no slope",
            98,
            none(),
            vec![q(&[2])],
            vec![q(&[2])],
            "bad-options",
        ),
        (
            "slopes that are computed",
            54,
            none(),
            vec![q(&[2]), q(&[2])],
            vec![q(&[2])],
            "no-data",
        ),
        (
            "slopes that do not fit",
            54,
            none(),
            vec![q(&[2]), T::codes(&[3], &[1; 3])],
            vec![q(&[2])],
            "bad-shape",
        ),
        (
            "quantised to float",
            114,
            none(),
            vec![q(&[3])],
            vec![T::float(&[3])],
            "unsupported-type",
        ),
        (
            "dequantised to int8",
            6,
            none(),
            vec![q(&[3])],
            vec![q(&[3])],
            "unsupported-type",
        ),
        (
            "gathered activations",
            36,
            none(),
            vec![q(&[3]), list(&[0])],
            vec![q(&[1])],
            "not-constant",
        ),
        (
            "cast activations",
            53,
            none(),
            vec![q(&[3])],
            vec![T::float(&[3])],
            "not-constant",
        ),
        (
            "only constants",
            0,
            add(),
            vec![T::codes(&[1], &[1]), T::codes(&[1], &[1])],
            vec![q(&[1])],
            "constant-operands",
        ),
        (
            "an output of another rank",
            67,
            transpose(),
            vec![
                list(&[4, 4, 1]),
                T::codes(&[1, 3, 3, 1], &[1; 9]),
                q(&[1, 4, 4, 1]),
            ],
            vec![q(&[1, 4, 4, 1])],
            "bad-shape",
        ),
        (
            "weights of a transposed convolution that are computed",
            67,
            transpose(),
            vec![list(&[1, 4, 4, 1]), q(&[1, 3, 3, 1]), q(&[1, 4, 4, 1])],
            vec![q(&[1, 4, 4, 1])],
            "no-data",
        ),
        (
            "depth as no axis of the input",
            9,
            none(),
            vec![q(&[1, 5]), T::codes(&[1, 3], &[1; 3])],
            vec![q(&[1, 1])],
            "bad-shape",
        ),
    ]);
}

#[test]
fn open_inputs_are_asked_about() {
    let input = T::int8(&[1, 1, 1, 3], 1.0, 0).open(&[-1, -1, -1, 3]);
    let file = File::of(19, none(), vec![input.clone()], vec![input]);
    assert_eq!(errors(&file), ["open-dimension"]);
    let input = T::int8(&[1, -1, 3], 1.0, 0);
    let file = File::of(19, none(), vec![input.clone()], vec![input]);
    assert!(errors(&file).contains(&"open-dimension"));
}

#[test]
fn unsupported_operators_are_named_with_what_to_do() {
    let custom = O {
        custom: Some(b"Flex\x1b[31mErf\n".to_vec()),
        ..O::new(32, none(), &[0], &[1])
    };
    let file = File {
        tensors: vec![q(&[2]), q(&[2]), q(&[2]), q(&[2])],
        ops: vec![
            custom,
            O::new(111, none(), &[1], &[2]),
            O {
                version: 99,
                ..O::new(19, none(), &[2], &[3])
            },
        ],
        inputs: vec![0],
        outputs: vec![3],
    };
    let imported = tinyscope_core::import::import("x", &file.bytes());
    let shown: Vec<String> = imported
        .diagnostics
        .iter()
        .map(ToString::to_string)
        .collect();
    let [flex, elu, relu, supported] = &shown[..] else {
        panic!("three errors and a note: {shown:#?}");
    };
    assert!(supported.starts_with("note[supported-operators]") && supported.contains("CONV_2D"));
    assert!(flex.contains("CUSTOM Flex\\u{1b}[31mErf\\n") && flex.contains("SELECT_TF_OPS"));
    assert!(elu.contains("operator 1 (ELU)") && elu.contains("LEAKY_RELU"));
    assert!(relu.contains("unsupported-version") && relu.contains("version 99"));
    // All three are told of in the view, which also knows the shapes.
    assert!(
        imported
            .view
            .operators
            .iter()
            .all(|op| op.problem.is_some())
    );
    assert!(
        imported
            .view
            .operators
            .iter()
            .all(|op| op.live_bytes == Some(4))
    );
}

#[test]
fn all_problems_are_told_at_once() {
    let add = options!(
        AddOptions,
        AddOptionsArgs {
            fused_activation_function: 4
        }
    );
    let file = File {
        tensors: vec![
            q(&[2]),
            q(&[3]),
            q(&[3]),
            q(&[4]),
            T::list(&[2, 2]),
            q(&[7]),
        ],
        ops: vec![
            O::new(0, add, &[0, 1], &[2]),
            O::new(22, none(), &[2, 4], &[3]),
            O::new(16, none(), &[3], &[5]),
        ],
        inputs: vec![0, 1],
        outputs: vec![5],
    };
    let mut found = errors(&file);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "bad-shape",
            "unsupported-activation",
            "unsupported-operator"
        ]
    );
}
