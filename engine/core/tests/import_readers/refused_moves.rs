//! Operators that move elements, refused.

use crate::build::{I32, T, none, options};
use crate::refusals::check;

fn q(shape: &[i32]) -> T {
    T::int8(shape, 0.5, 3)
}

#[test]
fn operators_that_move_are_refused_by_code() {
    let concat = |axis| {
        options!(
            ConcatenationOptions,
            ConcatenationOptionsArgs { axis: axis }
        )
    };
    let fused = options!(
        ConcatenationOptions,
        ConcatenationOptionsArgs {
            axis: 0,
            fused_activation_function: 1
        }
    );
    let split = |n| options!(SplitOptions, SplitOptionsArgs { num_splits: n });
    let split_v = |n| options!(SplitVOptions, SplitVOptionsArgs { num_splits: n });
    let unpack = |num| options!(UnpackOptions, UnpackOptionsArgs { num: num, axis: 0 });
    let pack = |n| options!(PackOptions, PackOptionsArgs { values_count: n });
    let mirror = options!(MirrorPadOptions, MirrorPadOptionsArgs { mode: 2 });
    let strided = || options!(StridedSliceOptions, StridedSliceOptionsArgs {});
    let bilinear = options!(
        ResizeBilinearOptions,
        ResizeBilinearOptionsArgs {
            align_corners: true,
            half_pixel_centers: true
        }
    );
    let nearest = || {
        options!(
            ResizeNearestNeighborOptions,
            ResizeNearestNeighborOptionsArgs {}
        )
    };
    let squeeze = || options!(SqueezeOptions, SqueezeOptionsArgs {});
    let list = T::list;
    let amounts = |n: i32| T::list(&[n; 4]).with_shape(&[2, 2]);
    check(vec![
        (
            "joined along no axis",
            2,
            concat(2),
            vec![q(&[2]), q(&[2])],
            vec![q(&[4])],
            "bad-options",
        ),
        (
            "joined with an activation",
            2,
            fused,
            vec![q(&[2]), q(&[2])],
            vec![q(&[4])],
            "unsupported-activation",
        ),
        (
            "joined on two scales",
            2,
            concat(0),
            vec![q(&[2]), T::int8(&[2], 1.0, 3)],
            vec![q(&[4])],
            "scale-changes",
        ),
        (
            "packed otherwise than said",
            83,
            pack(3),
            vec![q(&[2]), q(&[2])],
            vec![q(&[2, 2])],
            "bad-options",
        ),
        (
            "packed in two shapes",
            83,
            pack(2),
            vec![q(&[2]), q(&[3])],
            vec![q(&[2, 2])],
            "bad-shape",
        ),
        (
            "split unevenly",
            49,
            split(2),
            vec![T::scalar(0), q(&[3])],
            vec![q(&[1]), q(&[2])],
            "bad-options",
        ),
        (
            "split along a computed axis",
            49,
            split(1),
            vec![T::new(I32, &[]), q(&[3])],
            vec![q(&[3])],
            "not-constant",
        ),
        (
            "split otherwise than said",
            49,
            split(3),
            vec![T::scalar(0), q(&[2])],
            vec![q(&[1]), q(&[1])],
            "bad-options",
        ),
        (
            "parts that do not add up",
            102,
            split_v(2),
            vec![q(&[3]), list(&[1, 1]), T::scalar(0)],
            vec![q(&[1]), q(&[1])],
            "bad-options",
        ),
        (
            "unpacked otherwise than said",
            88,
            unpack(2),
            vec![q(&[3, 1])],
            vec![q(&[1]), q(&[1])],
            "bad-options",
        ),
        (
            "a slice beyond the end",
            65,
            none(),
            vec![q(&[3]), list(&[2]), list(&[2])],
            vec![q(&[2])],
            "bad-options",
        ),
        (
            "a slice of another rank",
            65,
            none(),
            vec![q(&[3]), list(&[0, 0]), list(&[1, 1])],
            vec![q(&[1])],
            "bad-options",
        ),
        (
            "a slice of nothing",
            45,
            strided(),
            vec![q(&[3]), list(&[2]), list(&[1]), list(&[1])],
            vec![q(&[1])],
            "bad-options",
        ),
        (
            "a step of 0",
            45,
            strided(),
            vec![q(&[3]), list(&[0]), list(&[3]), list(&[0])],
            vec![q(&[3])],
            "bad-options",
        ),
        (
            "a slice of another shape",
            45,
            strided(),
            vec![q(&[3]), list(&[0]), list(&[2]), list(&[1])],
            vec![q(&[3])],
            "bad-shape",
        ),
        (
            "reduced along no axis",
            40,
            none(),
            vec![q(&[3]), list(&[1])],
            vec![q(&[3])],
            "bad-options",
        ),
        (
            "a maximum over axes on another scale",
            82,
            none(),
            vec![q(&[3]), list(&[0])],
            vec![T::int8(&[], 1.0, 3)],
            "scale-changes",
        ),
        (
            "padding of another rank",
            34,
            none(),
            vec![q(&[3]), amounts(1)],
            vec![q(&[5])],
            "bad-shape",
        ),
        (
            "negative padding",
            34,
            none(),
            vec![q(&[3, 3]), amounts(-1)],
            vec![q(&[1, 1])],
            "bad-options",
        ),
        (
            "padding with a list",
            60,
            none(),
            vec![q(&[3, 3]), amounts(1), T::int8(&[2], 0.5, 3).with([1, 2])],
            vec![q(&[5, 5])],
            "bad-options",
        ),
        (
            "padding on another scale",
            60,
            none(),
            vec![q(&[3, 3]), amounts(1), T::codes(&[], &[1])],
            vec![q(&[5, 5])],
            "scale-changes",
        ),
        (
            "a mirror of no kind",
            100,
            mirror,
            vec![q(&[3, 3]), amounts(1)],
            vec![q(&[5, 5])],
            "bad-options",
        ),
        (
            "corners and centres",
            23,
            bilinear,
            vec![q(&[1, 2, 2, 1]), list(&[4, 4])],
            vec![q(&[1, 4, 4, 1])],
            "bad-options",
        ),
        (
            "resized to nothing",
            97,
            nearest(),
            vec![q(&[1, 2, 2, 1]), list(&[0, 4])],
            vec![q(&[1, 1, 4, 1])],
            "bad-options",
        ),
        (
            "resized to a list",
            97,
            nearest(),
            vec![q(&[1, 2, 2, 1]), list(&[4])],
            vec![q(&[1, 4, 4, 1])],
            "bad-options",
        ),
        (
            "an axis squeezed that is there",
            43,
            squeeze(),
            vec![q(&[3, 1])],
            vec![q(&[3, 1])],
            "bad-shape",
        ),
        (
            "an axis put in beyond the end",
            70,
            none(),
            vec![q(&[3]), T::scalar(2)],
            vec![q(&[3, 1])],
            "bad-options",
        ),
        (
            "a shape that does not fit",
            22,
            none(),
            vec![q(&[3]), list(&[2, -1])],
            vec![q(&[3])],
            "bad-shape",
        ),
        (
            "a shape that is computed",
            22,
            none(),
            vec![q(&[3]), T::new(I32, &[1])],
            vec![q(&[3])],
            "not-constant",
        ),
        (
            "axes named twice",
            39,
            none(),
            vec![q(&[3, 2]), list(&[0, 0])],
            vec![q(&[2, 3])],
            "bad-options",
        ),
        (
            "no copies",
            69,
            none(),
            vec![q(&[3]), list(&[0])],
            vec![q(&[3])],
            "bad-options",
        ),
    ]);
}
