//! Sliding windows: option ranges, and SAME or VALID resolved to pixels.

use super::{OpReader, REPAIR};
use crate::graph::shape::same_padding as same;
use crate::graph::{Padding, TensorId, Window};

/// Kernel, stride and dilation at most: far beyond any model, small enough that sizes cannot overflow.
const MAX_STEP: i64 = 65_535;

/// A window as the file gives it. Pairs are `[vertical, horizontal]`.
pub(super) struct RawWindow {
    pub kernel: [i64; 2],
    pub stride: [i32; 2],
    pub dilation: [i32; 2],
    /// 0 is SAME, 1 is VALID.
    pub padding: i8,
}

/// Whether sizes are in range and `padding` is SAME or VALID; everything else is reported. Pairs are
/// `[vertical, horizontal]`.
pub(super) fn check(
    cx: &mut OpReader<'_, '_>,
    sizes: &[(&str, [i64; 2])],
    padding: i8,
) -> Option<()> {
    let mut fine = true;
    for (what, pair) in sizes {
        for (direction, value) in [("vertical", pair[0]), ("horizontal", pair[1])] {
            if !(1..=MAX_STEP).contains(&value) {
                fine = false;
                cx.error(
                    "bad-options",
                    format!("{direction} {what} {value} is out of range (1 to {MAX_STEP})"),
                    REPAIR,
                );
            }
        }
    }
    if !(0..=1).contains(&padding) {
        fine = false;
        cx.error(
            "bad-options",
            format!("padding {padding} is neither SAME (0) nor VALID (1)"),
            REPAIR,
        );
    }
    fine.then_some(())
}

/// The window over `input`; every option out of range is reported.
pub(super) fn resolve(
    cx: &mut OpReader<'_, '_>,
    input: TensorId,
    raw: &RawWindow,
) -> Option<Window> {
    let stride = raw.stride.map(i64::from);
    let dilation = raw.dilation.map(i64::from);
    let sizes = [
        ("kernel", raw.kernel),
        ("stride", stride),
        ("dilation", dilation),
    ];
    let fine = check(cx, &sizes, raw.padding);
    let &[_, height, width, _] = cx.shape(input) else {
        let found = crate::graph::shape::text(cx.shape(input));
        cx.error(
            "bad-shape",
            format!("the input has shape {found}, not that of an image (NHWC)"),
            "reshape it to four dimensions before this operator",
        );
        return None;
    };
    fine?;
    let pair = |p: [i64; 2]| p.map(|v| v as usize);
    let (kernel, stride, dilation) = (pair(raw.kernel), pair(stride), pair(dilation));
    let axis = |i: usize, input: usize| {
        if raw.padding == 0 {
            same(input, kernel[i], stride[i], dilation[i])
        } else {
            [0, 0]
        }
    };
    let ([top, bottom], [left, right]) = (axis(0, height), axis(1, width));
    Some(Window {
        kernel,
        stride,
        dilation,
        padding: Padding {
            top,
            bottom,
            left,
            right,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::same;
    use crate::graph::shape::window_extent;

    #[test]
    fn same_gives_input_over_stride_rounded_up() {
        for input in 1..40 {
            for (kernel, stride, dilation) in [
                (1, 1, 1),
                (3, 2, 1),
                (5, 3, 1),
                (2, 2, 1),
                (3, 1, 4),
                (1, 4, 1),
            ] {
                let pads = same(input, kernel, stride, dilation);
                assert!(pads[1] - pads[0] <= 1);
                let output = window_extent(input, kernel, stride, dilation, pads);
                assert_eq!(output, Some(input.div_ceil(stride)));
            }
        }
    }

    #[test]
    fn the_odd_pixel_goes_to_the_end() {
        assert_eq!(same(96, 3, 2, 1), [0, 1]);
        assert_eq!(same(49, 10, 2, 1), [4, 5]);
        assert_eq!(same(10, 4, 2, 1), [1, 1]);
    }
}
