//! `RESIZE_BILINEAR` and `RESIZE_NEAREST_NEIGHBOR`.

use super::{OpReader, Parsed, REPAIR, one};
use crate::graph::{Interpolation, OpKind, Resize};

/// Height and width at most: far beyond any model, small enough that sizes cannot overflow.
const MAX_EXTENT: i64 = 65_535;

pub(in crate::import::tflite) fn read_bilinear(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    let options = cx.op.builtin_options_as_resize_bilinear_options();
    let options = cx.options(options, "ResizeBilinearOptions")?;
    let flags = [options.align_corners(), options.half_pixel_centers()];
    read(cx, Interpolation::Bilinear, flags)
}

pub(in crate::import::tflite) fn read_nearest(cx: &mut OpReader<'_, '_>) -> Option<Parsed> {
    let options = cx.op.builtin_options_as_resize_nearest_neighbor_options();
    let options = cx.options(options, "ResizeNearestNeighborOptions")?;
    let flags = [options.align_corners(), options.half_pixel_centers()];
    read(cx, Interpolation::Nearest, flags)
}

fn read(
    cx: &mut OpReader<'_, '_>,
    interpolation: Interpolation,
    [align_corners, half_pixel_centers]: [bool; 2],
) -> Option<Parsed> {
    cx.arity(2, 2)?;
    let activations = cx.in_out();
    let size = cx.integers(1, "new height and width");
    let ((input, output, _), size) = (activations?, size?);
    cx.alike(input, output, 1e-6)?;
    if interpolation == Interpolation::Bilinear && align_corners && half_pixel_centers {
        cx.error(
            "bad-options",
            "corners and pixel centres cannot both be aligned",
            REPAIR,
        );
        return None;
    }
    let range = 1..=MAX_EXTENT;
    let &[height, width] = size.as_slice() else {
        cx.error(
            "bad-options",
            format!("{} numbers are given as height and width", size.len()),
            REPAIR,
        );
        return None;
    };
    if !range.contains(&height) || !range.contains(&width) {
        cx.error(
            "bad-options",
            format!("a new size of {height}×{width} is out of range (1 to {MAX_EXTENT})"),
            REPAIR,
        );
        return None;
    }
    let kind = OpKind::Resize(Resize {
        interpolation,
        output: [height as usize, width as usize],
        align_corners,
        half_pixel_centers,
    });
    Some(one(kind, vec![input], output))
}
