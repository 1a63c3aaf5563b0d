//! Where the pixels of a resampled image lie in the input.

use crate::graph::{Interpolation, Resize};
use crate::quant::params::{ResizeParams, ResizeTap};

/// One, in the 10 fractional bits of coordinates.
const ONE: i64 = 1 << 10;

/// Taps of every row and column of the output, for an input of `[height, width]`.
pub(super) fn resize(op: &Resize, input: [usize; 2]) -> ResizeParams {
    let axis = |axis: usize| {
        let (from, to) = (input[axis], op.output[axis]);
        match op.interpolation {
            Interpolation::Nearest => (0..to).map(|i| nearest(op, i, from, to)).collect(),
            Interpolation::Bilinear => bilinear(op, from, to),
        }
    };
    ResizeParams {
        rows: axis(0),
        columns: axis(1),
    }
}

/// `GetNearestNeighbor`, in float32: the only tap.
fn nearest(op: &Resize, i: usize, from: usize, to: usize) -> ResizeTap {
    let at = nearest_pixel(op, i, from, to);
    ResizeTap {
        lower: at,
        upper: at,
        weight: 0,
    }
}

/// The input pixel nearest to output pixel `i` along an axis of `from` input and `to` output pixels.
pub(in crate::quant) fn nearest_pixel(op: &Resize, i: usize, from: usize, to: usize) -> usize {
    let scale = if op.align_corners && to > 1 {
        (from - 1) as f32 / (to - 1) as f32
    } else {
        from as f32 / to as f32
    };
    let offset = if op.half_pixel_centers { 0.5 } else { 0.0 };
    let at = (i as f32 + offset) * scale;
    let at = if op.align_corners {
        at.round()
    } else {
        at.floor()
    };
    (at as usize).min(from - 1)
}

/// `ComputeInterpolationValuesInteger`. Where rounding of the scale leads past the last pixel, that pixel is taken.
fn bilinear(op: &Resize, from: usize, to: usize) -> Vec<ResizeTap> {
    let (from, to) = (from as i64, to as i64);
    let scale = if op.align_corners && to > 1 {
        (ONE * (from - 1) + (to - 1) / 2) / (to - 1)
    } else {
        (ONE * from + to / 2) / to
    };
    let tap = |i: i64| {
        let at = if op.half_pixel_centers {
            i * scale + scale / 2 - ONE / 2
        } else {
            i * scale
        };
        let lower = (at / ONE).clamp(0, from - 1);
        let upper = ((at + ONE - 1) / ONE).clamp(0, from - 1);
        ResizeTap {
            lower: lower as usize,
            upper: upper as usize,
            weight: (at - ONE * lower) as i32,
        }
    };
    (0..to).map(tap).collect()
}
