//! What is computed at import: the arithmetic of shapes, constants that only move, and shapes that files leave open.

use crate::build::{F16, File, I32, I64, O, Options, T, none, options};
use crate::{codes, graph, kinds};
use tinyscope_core::graph::{DType, Data, Pad, PadFill};
use tinyscope_core::{OpKind, Severity, import};

/// `SHAPE`, `STRIDED_SLICE`, `PACK`, `RESHAPE`: how converters write `reshape(x, [shape(x)[0], -1, 8])` for an open batch. The
/// shape of the output is a placeholder.
fn chain() -> File {
    let first = options!(
        StridedSliceOptions,
        StridedSliceOptionsArgs {
            shrink_axis_mask: 1
        }
    );
    let pack = options!(PackOptions, PackOptionsArgs { values_count: 3 });
    let softmax = options!(SoftmaxOptions, SoftmaxOptionsArgs { beta: 1.0 });
    File {
        tensors: vec![
            T::float(&[1, 5, 2, 8]).open(&[-1, 5, 2, 8]).named("x"),
            T::new(I32, &[4]),
            T::list(&[0]),
            T::list(&[1]),
            T::new(I32, &[]),
            T::scalar(-1),
            T::scalar(8),
            T::new(I32, &[3]),
            T::float(&[1, 1, 8]).open(&[-1, -1, 8]),
            T::float(&[1, 1, 8]).open(&[-1, -1, 8]),
        ],
        ops: vec![
            O::new(77, none(), &[0], &[1]),
            O::new(45, first, &[1, 2, 3, 3], &[4]),
            O::new(83, pack, &[4, 5, 6], &[7]),
            O::new(22, none(), &[0, 7], &[8]),
            O::new(25, softmax, &[8], &[9]),
        ],
        inputs: vec![0],
        outputs: vec![9],
    }
}

#[test]
fn the_chain_that_computes_a_shape_vanishes() {
    let imported = import::import("x", &chain().bytes());
    assert_eq!(codes(&imported, Severity::Note), ["open-batch", "folded"]);
    let graph = imported.graph.expect("it imports");
    let kinds: Vec<_> = graph.ops.iter().map(|op| op.kind.name()).collect();
    assert_eq!(kinds, ["RESHAPE", "SOFTMAX"]);
    // The shapes are those that follow, not the placeholders; nothing of the arithmetic is left.
    for op in &graph.ops {
        assert_eq!(graph.tensor(op.outputs[0]).shape, [1, 10, 8]);
    }
    assert_eq!(graph.tensors.len(), 3);
    // The view has learnt them too: input and output of the last operator.
    assert_eq!(imported.view.operators[4].live_bytes, Some(2 * 80 * 4));
    assert_eq!(imported.view.tensors[8].shape, [1, 10, 8]);
}

/// A network that pads a float tensor of four elements by the two numbers that operator `code` computes (or by one, twice).
fn padding(code: i32, options: Options, mut inputs: Vec<T>, result: T) -> File {
    let n = inputs.len() as i32;
    let pack = options!(PackOptions, PackOptionsArgs { values_count: 2 });
    let (dtype, is_scalar) = (result.dtype, result.shape.is_empty());
    inputs.extend([
        result,
        T::new(dtype, &[2]),
        T::list(&[1, 2]),
        T::new(dtype, &[1, 2]),
        T::float(&[4]),
        T::float(&[1]).open(&[-1]),
    ]);
    let mut ops = vec![O::new(code, options, &(0..n).collect::<Vec<_>>(), &[n])];
    if is_scalar {
        ops.push(O::new(83, pack, &[n, n], &[n + 1]));
    }
    let pair = if is_scalar { n + 1 } else { n };
    ops.push(O::new(22, none(), &[pair, n + 2], &[n + 3]));
    ops.push(O::new(34, none(), &[n + 4, n + 3], &[n + 5]));
    File {
        tensors: inputs,
        ops,
        inputs: vec![n + 4],
        outputs: vec![n + 5],
    }
}

#[test]
fn integer_arithmetic_on_constants_is_done_at_import() {
    let list = T::list;
    let add = options!(AddOptions, AddOptionsArgs {});
    let gather = options!(GatherOptions, GatherOptionsArgs { axis: 0 });
    let cast = options!(
        CastOptions,
        CastOptionsArgs {
            in_data_type: I32,
            out_data_type: I64
        }
    );
    let concat = options!(ConcatenationOptions, ConcatenationOptionsArgs { axis: 0 });
    let column = || list(&[3, 4]).with_shape(&[2, 1]);
    let cases = vec![
        (0, add, vec![list(&[1, 2]), list(&[10, 20])], [11, 22]),
        (41, none(), vec![list(&[8, 7]), T::scalar(5)], [3, 2]),
        (18, none(), vec![list(&[3, 4]), list(&[2])], [6, 8]),
        (55, none(), vec![list(&[3, 4]), list(&[4, 2])], [4, 4]),
        (57, none(), vec![list(&[3, 4]), list(&[4, 2])], [3, 2]),
        (36, gather, vec![list(&[7, 8, 9]), list(&[2, 0])], [9, 7]),
        (53, cast, vec![list(&[3, 4])], [3, 4]),
        (2, concat, vec![list(&[3]), list(&[4])], [3, 4]),
        (
            65,
            none(),
            vec![list(&[3, 4, 5]), list(&[1]), list(&[2])],
            [4, 5],
        ),
        (
            43,
            options!(SqueezeOptions, SqueezeOptionsArgs {}),
            vec![column()],
            [3, 4],
        ),
        (81, none(), vec![column(), list(&[0, 1])], [12, 12]),
    ];
    for (code, options, inputs, expected) in cases {
        let dtype = if code == 53 { I64 } else { I32 };
        let result = T::new(dtype, if code == 81 { &[] } else { &[2] });
        let kinds = kinds(&padding(code, options, inputs, result));
        let pad = OpKind::Pad(Pad {
            amounts: vec![expected],
            fill: PadFill::Zero,
        });
        assert_eq!(kinds, [pad], "{code}");
    }
}

#[test]
fn constant_weights_are_moved_and_widened_at_import() {
    // float16 through DEQUANTIZE, then TRANSPOSE, then a fully connected layer.
    let half = |v: f32| half::f16::from_f32(v).to_le_bytes();
    let weights = [1.0, 2.0, 3.0, 4.0, 5.0, -0.5].into_iter().flat_map(half);
    let file = File {
        tensors: vec![
            T::float(&[1, 3]),
            T::new(F16, &[3, 2]).with(weights),
            T::float(&[3, 2]),
            T::list(&[1, 0]),
            T::float(&[2, 3]),
            T::float(&[1, 2]),
        ],
        ops: vec![
            O::new(6, none(), &[1], &[2]),
            O::new(39, none(), &[2, 3], &[4]),
            O::new(9, none(), &[0, 4], &[5]),
        ],
        inputs: vec![0],
        outputs: vec![5],
    };
    let graph = graph(&file);
    let OpKind::FullyConnected(dense) = &graph.ops[0].kind else {
        panic!("only the layer is left");
    };
    let weights = graph.tensor(dense.weights);
    assert_eq!((graph.ops.len(), weights.dtype), (1, DType::F32));
    let expected = [1.0, 3.0, 5.0, 2.0, 4.0, -0.5];
    assert_eq!(weights.data, Some(Data::F32(expected.into())));
}

#[test]
fn only_what_is_open_takes_another_shape() {
    // A convolution's declared output that is wrong in a fixed dimension is not forgiven.
    let mut file = chain();
    file.tensors[9] = T::float(&[1, 1, 8]).open(&[-1, 10, 8]);
    assert_eq!(crate::errors(&file), ["bad-shape"]);
    file.tensors[9] = T::float(&[1, 1, 8]);
    assert_eq!(crate::errors(&file), ["bad-shape"]);
    file.tensors[9] = T::float(&[1, 10, 8]);
    assert_eq!(kinds(&file).len(), 2);
}
