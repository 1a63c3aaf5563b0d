//! What each operator becomes.

use crate::build::{File, Options, T, none, options};
use crate::{graph, kinds};
use tinyscope_core::graph::{
    Activation, Combine, Function, Interpolation, Pad, PadFill, Reduce, Resize, Slice,
};
use tinyscope_core::quant::{Value, run};
use tinyscope_core::{Graph, OpKind};

/// int8 of scale 1/2 and zero point 3.
fn q(shape: &[i32]) -> T {
    T::int8(shape, 0.5, 3)
}

#[test]
fn operators_of_one_input_become_their_kind() {
    let image = &[1, 4, 6, 2];
    let unary = |f| OpKind::Unary(f);
    let cases: Vec<(i32, Options, T, OpKind)> = vec![
        (19, none(), q(image), unary(Function::Relu)),
        (20, none(), q(image), unary(Function::ReluN1To1)),
        (21, none(), q(image), unary(Function::Relu6)),
        (117, none(), q(image), unary(Function::HardSwish)),
        (
            14,
            none(),
            T::int8(image, 1.0 / 256.0, -128),
            unary(Function::Logistic),
        ),
        (
            28,
            none(),
            T::int8(image, 1.0 / 128.0, 0),
            unary(Function::Tanh),
        ),
        (
            98,
            options!(LeakyReluOptions, LeakyReluOptionsArgs { alpha: 0.25 }),
            q(image),
            unary(Function::LeakyRelu { alpha: 0.25 }),
        ),
        (
            25,
            options!(SoftmaxOptions, SoftmaxOptionsArgs { beta: 2.0 }),
            T::int8(image, 1.0 / 256.0, -128),
            OpKind::Softmax { beta: 2.0 },
        ),
        (114, none(), T::int8(image, 0.25, -1), OpKind::Quantize),
    ];
    for (code, options, output, kind) in cases {
        assert_eq!(
            kinds(&File::of(code, options, vec![q(image)], vec![output]))[..],
            *std::slice::from_ref(&kind)
        );
        // The same in floating point, where the kind has one.
        if code != 114 && code != 98 && code != 25 {
            let file = File::of(code, none(), vec![T::float(image)], vec![T::float(image)]);
            assert_eq!(kinds(&file), [kind]);
        }
    }
}

#[test]
fn operators_of_two_inputs_broadcast_and_take_constants() {
    let add = |a| {
        options!(
            AddOptions,
            AddOptionsArgs {
                fused_activation_function: a
            }
        )
    };
    let sub = |a| {
        options!(
            SubOptions,
            SubOptionsArgs {
                fused_activation_function: a
            }
        )
    };
    let mul = |a| {
        options!(
            MulOptions,
            MulOptionsArgs {
                fused_activation_function: a
            }
        )
    };
    let cases = [
        (0, add(1), OpKind::Add(Activation::Relu)),
        (41, sub(3), OpKind::Combine(Combine::Sub(Activation::Relu6))),
        (
            18,
            mul(2),
            OpKind::Combine(Combine::Mul(Activation::ReluN1To1)),
        ),
        (55, none(), OpKind::Combine(Combine::Maximum)),
        (57, none(), OpKind::Combine(Combine::Minimum)),
    ];
    for (code, options, kind) in cases {
        let constant = T::int8(&[2], 0.5, 3).with([1, 2]);
        let file = File::of(
            code,
            options,
            vec![constant, q(&[1, 4, 1, 2])],
            vec![q(&[1, 4, 1, 2])],
        );
        let graph = graph(&file);
        assert_eq!(graph.ops[0].kind, kind);
        assert!(graph.tensor(graph.ops[0].inputs[0]).is_constant());
        assert_eq!(graph.inputs.len(), 1);
    }
    let file = File::of(
        0,
        none(),
        vec![q(&[4, 1, 2]), q(&[1, 5, 1])],
        vec![q(&[4, 5, 2])],
    );
    assert_eq!(kinds(&file), [OpKind::Add(Activation::None)]);
}

#[test]
fn reductions_and_pads() {
    let keep = || options!(ReducerOptions, ReducerOptionsArgs { keep_dims: true });
    let reduce = |axes: &[usize], keep_dims| Reduce {
        axes: axes.to_vec(),
        keep_dims,
    };
    let input = || q(&[1, 4, 6, 2]);
    let file = File::of(
        74,
        keep(),
        vec![input(), T::list(&[-2, 1, 2])],
        vec![q(&[1, 1, 1, 2])],
    );
    assert_eq!(kinds(&file), [OpKind::Sum(reduce(&[1, 2], true))]);
    let file = File::of(
        82,
        none(),
        vec![input(), T::scalar(-1)],
        vec![q(&[1, 4, 6])],
    );
    assert_eq!(kinds(&file), [OpKind::ReduceMax(reduce(&[3], false))]);
    let file = File::of(
        40,
        none(),
        vec![input(), T::list(&[1])],
        vec![q(&[1, 6, 2])],
    );
    assert_eq!(kinds(&file), [OpKind::Mean(reduce(&[1], false))]);

    let amounts = || T::list(&[0, 0, 1, 2, 3, 0, 0, 0]).with_shape(&[4, 2]);
    let padded = || q(&[1, 7, 9, 2]);
    let pad = |fill| {
        OpKind::Pad(Pad {
            amounts: vec![[0, 0], [1, 2], [3, 0], [0, 0]],
            fill,
        })
    };
    let mirror = |mode| options!(MirrorPadOptions, MirrorPadOptionsArgs { mode: mode });
    let code = |code: u8| T::int8(&[], 0.5, 3).with([code]);
    let cases: Vec<(i32, Options, Vec<T>, PadFill)> = vec![
        (34, none(), vec![input(), amounts()], PadFill::Zero),
        (
            60,
            none(),
            vec![input(), amounts(), code(9)],
            PadFill::Constant(3.0),
        ),
        (60, none(), vec![input(), amounts(), code(3)], PadFill::Zero),
        (100, mirror(0), vec![input(), amounts()], PadFill::Reflect),
        (100, mirror(1), vec![input(), amounts()], PadFill::Symmetric),
    ];
    for (code, options, inputs, fill) in cases {
        assert_eq!(
            kinds(&File::of(code, options, inputs, vec![padded()])),
            [pad(fill)]
        );
    }
}

#[test]
fn images_are_resized() {
    let sizes = || T::list(&[8, 3]);
    let (input, output) = (q(&[1, 4, 6, 2]), q(&[1, 8, 3, 2]));
    let bilinear = options!(
        ResizeBilinearOptions,
        ResizeBilinearOptionsArgs {
            half_pixel_centers: true
        }
    );
    let nearest = options!(
        ResizeNearestNeighborOptions,
        ResizeNearestNeighborOptionsArgs {
            align_corners: true
        }
    );
    let resize = |interpolation, align_corners, half_pixel_centers| {
        OpKind::Resize(Resize {
            interpolation,
            output: [8, 3],
            align_corners,
            half_pixel_centers,
        })
    };
    let file = File::of(
        23,
        bilinear,
        vec![input.clone(), sizes()],
        vec![output.clone()],
    );
    assert_eq!(kinds(&file), [resize(Interpolation::Bilinear, false, true)]);
    let file = File::of(97, nearest, vec![input, sizes()], vec![output]);
    assert_eq!(kinds(&file), [resize(Interpolation::Nearest, true, false)]);
}

#[test]
fn convolutions_have_groups_dilation_and_multipliers() {
    let conv = options!(
        Conv2DOptions,
        Conv2DOptionsArgs {
            padding: 1,
            stride_w: 2,
            stride_h: 1,
            dilation_h_factor: 2
        }
    );
    let weights = T::codes(&[4, 3, 3, 2], &[1; 72]);
    let file = File::of(
        3,
        conv,
        vec![q(&[1, 9, 9, 4]), weights],
        vec![q(&[1, 5, 4, 4])],
    );
    let kind = &kinds(&file)[0];
    let window = kind.window().expect("a convolution has a window");
    assert_eq!(
        (window.kernel, window.stride, window.dilation),
        ([3, 3], [1, 2], [2, 1])
    );

    let depthwise = options!(
        DepthwiseConv2DOptions,
        DepthwiseConv2DOptionsArgs {
            padding: 0,
            stride_w: 1,
            stride_h: 1,
            depth_multiplier: 3
        }
    );
    let weights = T::codes(&[1, 3, 3, 6], &[1; 54]);
    let file = File::of(
        4,
        depthwise,
        vec![q(&[1, 9, 9, 2]), weights],
        vec![q(&[1, 9, 9, 6])],
    );
    assert!(matches!(&kinds(&file)[..], [OpKind::DepthwiseConv2d(op)] if op.multiplier == 3));

    // SAME: the padding of the convolution from 8×7 to 4×4, the odd pixel at the end.
    let transpose = options!(
        TransposeConvOptions,
        TransposeConvOptionsArgs {
            padding: 0,
            stride_w: 2,
            stride_h: 2
        }
    );
    let weights = T::codes(&[5, 3, 3, 2], &[1; 90]);
    let inputs = vec![T::list(&[1, 8, 7, 5]), weights, q(&[1, 4, 4, 2])];
    let kinds = kinds(&File::of(67, transpose, inputs, vec![q(&[1, 8, 7, 5])]));
    assert!(matches!(&kinds[..], [OpKind::TransposeConv2d(op)]
        if op.padding == [0, 1] && op.output == [8, 7] && op.stride == [2, 2]));
}

#[test]
fn a_dense_layer_may_keep_its_dimensions() {
    let keep = options!(
        FullyConnectedOptions,
        FullyConnectedOptionsArgs {
            keep_num_dims: true
        }
    );
    let weights = T::codes(&[4, 3], &[1; 12]);
    let file = File::of(
        9,
        keep,
        vec![q(&[2, 5, 3]), weights.clone()],
        vec![q(&[2, 5, 4])],
    );
    assert!(matches!(
        &kinds(&file)[..],
        [OpKind::FullyConnected(_), OpKind::Reshape]
    ));
    let file = File::of(9, none(), vec![q(&[2, 5, 3]), weights], vec![q(&[10, 4])]);
    assert!(matches!(&kinds(&file)[..], [OpKind::FullyConnected(_)]));
}

/// A network of one operator, run on 0, 1, 2, …; its outputs.
fn moved(code: i32, options: Options, inputs: Vec<T>, outputs: Vec<T>) -> Vec<Vec<f32>> {
    let graph: Graph = graph(&File::of(code, options, inputs, outputs));
    let mut next = 0_i16;
    let mut count = |elements: usize| -> Vec<f32> {
        (0..elements)
            .map(|_| {
                next += 1;
                f32::from(next - 1)
            })
            .collect()
    };
    let inputs: Vec<Value> = (graph.inputs.iter())
        .map(|&id| Value::F32(count(graph.tensor(id).elements())))
        .collect();
    let trace = run(&graph, &inputs).expect("it runs");
    let of = |&id| {
        trace
            .get(id)
            .and_then(Value::as_f32)
            .expect("a float")
            .to_vec()
    };
    graph.outputs.iter().map(of).collect()
}

// The expected elements are numpy's, of the expression in the comment.
#[test]
fn parts_are_taken_as_numpy_takes_them() {
    let f = T::float;
    // x = arange(6).reshape(2, 3); split(x, 3, axis=1)
    let split = options!(SplitOptions, SplitOptionsArgs { num_splits: 3 });
    assert_eq!(
        moved(
            49,
            split,
            vec![T::scalar(-1), f(&[2, 3])],
            vec![f(&[2, 1]), f(&[2, 1]), f(&[2, 1])]
        ),
        [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]
    );
    // split(x, [1], axis=1), the second size open
    let split = options!(SplitVOptions, SplitVOptionsArgs { num_splits: 2 });
    let inputs = vec![f(&[2, 3]), T::list(&[1, -1]), T::scalar(1)];
    assert_eq!(
        moved(102, split, inputs, vec![f(&[2, 1]), f(&[2, 2])]),
        [vec![0.0, 3.0], vec![1.0, 2.0, 4.0, 5.0]]
    );
    // x[:, 0], x[:, 1], x[:, 2]
    let unpack = options!(UnpackOptions, UnpackOptionsArgs { num: 3, axis: 1 });
    assert_eq!(
        moved(
            88,
            unpack,
            vec![f(&[2, 3])],
            vec![f(&[2]), f(&[2]), f(&[2])]
        ),
        [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]
    );
    // x[1:, :2]
    let inputs = vec![f(&[2, 3]), T::list(&[1, 0]), T::list(&[-1, 2])];
    assert_eq!(moved(65, none(), inputs, vec![f(&[1, 2])]), [[3.0, 4.0]]);
}

#[test]
fn strided_slices_follow_their_masks() {
    let f = T::float;
    let cut = |options, begin: &[i32], end: &[i32], stride: &[i32], shape: &[i32]| {
        let inputs = vec![f(&[2, 3, 4]), T::list(begin), T::list(end), T::list(stride)];
        moved(45, options, inputs, vec![f(shape)]).remove(0)
    };
    // x = arange(24).reshape(2, 3, 4); x[1, ::-2, 1:3]
    let masks = options!(
        StridedSliceOptions,
        StridedSliceOptionsArgs {
            begin_mask: 2,
            end_mask: 2,
            shrink_axis_mask: 1
        }
    );
    assert_eq!(
        cut(masks, &[1, 0, 1], &[9, 0, 3], &[1, -2, 1], &[2, 2]),
        [21.0, 22.0, 13.0, 14.0]
    );
    // x[..., None, -1]
    let masks = options!(
        StridedSliceOptions,
        StridedSliceOptionsArgs {
            ellipsis_mask: 1,
            new_axis_mask: 2,
            shrink_axis_mask: 4
        }
    );
    assert_eq!(
        cut(masks, &[0, 0, -1], &[0, 0, 0], &[1, 1, 1], &[2, 3, 1]),
        [3.0, 7.0, 11.0, 15.0, 19.0, 23.0]
    );
    // x[1:2, 2:3], the ends counted from the begins
    let masks = options!(
        StridedSliceOptions,
        StridedSliceOptionsArgs { offset: true }
    );
    assert_eq!(
        cut(masks, &[1, 2], &[1, 1], &[1, 1], &[1, 1, 4]),
        [20.0, 21.0, 22.0, 23.0]
    );
    // x[None, ...] moves nothing.
    let masks = options!(
        StridedSliceOptions,
        StridedSliceOptionsArgs { new_axis_mask: 1 }
    );
    let inputs = vec![f(&[2, 3, 4]), T::list(&[0]), T::list(&[0]), T::list(&[1])];
    assert_eq!(
        kinds(&File::of(45, masks, inputs, vec![f(&[1, 2, 3, 4])])),
        [OpKind::Reshape]
    );
}

#[test]
fn tensors_are_joined_as_numpy_joins_them() {
    let f = T::float;
    // concatenate([arange(2).reshape(2, 1), arange(2, 6).reshape(2, 2)], -1)
    let concat = options!(ConcatenationOptions, ConcatenationOptionsArgs { axis: -1 });
    assert_eq!(
        moved(2, concat, vec![f(&[2, 1]), f(&[2, 2])], vec![f(&[2, 3])]),
        [[0.0, 2.0, 3.0, 1.0, 4.0, 5.0]]
    );
    // stack([arange(2), arange(2, 4)], axis=-1)
    let pack = options!(
        PackOptions,
        PackOptionsArgs {
            values_count: 2,
            axis: -1
        }
    );
    assert_eq!(
        moved(83, pack, vec![f(&[2]), f(&[2])], vec![f(&[2, 2])]),
        [[0.0, 2.0, 1.0, 3.0]]
    );
    // tile(arange(4).reshape(2, 2), [2, 2])
    assert_eq!(
        moved(
            69,
            none(),
            vec![f(&[2, 2]), T::list(&[2, 2])],
            vec![f(&[4, 4])]
        ),
        [[
            0.0, 1.0, 0.0, 1.0, 2.0, 3.0, 2.0, 3.0, 0.0, 1.0, 0.0, 1.0, 2.0, 3.0, 2.0, 3.0
        ]]
    );
    // transpose(arange(6).reshape(1, 2, 3), [2, 0, 1])
    assert_eq!(
        moved(
            39,
            none(),
            vec![f(&[1, 2, 3]), T::list(&[2, 0, -2])],
            vec![f(&[3, 1, 2])]
        ),
        [[0.0, 3.0, 1.0, 4.0, 2.0, 5.0]]
    );
}

#[test]
fn axes_come_and_go_without_code() {
    let f = T::float;
    let squeeze = || options!(SqueezeOptions, SqueezeOptionsArgs {});
    let cases = [
        File::of(43, squeeze(), vec![f(&[1, 3, 1])], vec![f(&[3])]),
        File::of(
            70,
            none(),
            vec![f(&[3, 2]), T::scalar(-2)],
            vec![f(&[3, 1, 2])],
        ),
        File::of(
            22,
            none(),
            vec![f(&[3, 2]), T::list(&[2, -1])],
            vec![f(&[2, 3])],
        ),
        File::of(22, none(), vec![f(&[3, 2])], vec![f(&[6])]),
    ];
    for file in cases {
        assert_eq!(kinds(&file), [OpKind::Reshape]);
    }
}

#[test]
fn slices_share_the_index_of_their_operator() {
    let split = options!(SplitOptions, SplitOptionsArgs { num_splits: 2 });
    let inputs = vec![T::scalar(3), q(&[1, 4, 6, 2])];
    let file = File::of(49, split, inputs, vec![q(&[1, 4, 6, 1]), q(&[1, 4, 6, 1])]);
    let graph = graph(&file);
    let part = |first| {
        OpKind::Slice(Slice {
            begin: vec![0, 0, 0, first],
            stride: vec![1; 4],
            extent: vec![1, 4, 6, 1],
        })
    };
    let kinds: Vec<_> = graph.ops.iter().map(|op| op.kind.clone()).collect();
    assert_eq!(kinds, [part(0), part(1)]);
    assert!(graph.ops.iter().all(|op| op.source_index == 0));
    assert_eq!(graph.outputs.len(), 2);
}
