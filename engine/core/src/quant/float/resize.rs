//! Resampling, with the coordinates of TFLite's reference kernels (`resize_bilinear.h`, `resize_nearest_neighbor.h`), which
//! are computed in float32.

use crate::graph::{Interpolation, Resize};

/// Input pixels per output pixel along one axis.
fn scale(op: &Resize, input: usize, output: usize) -> f32 {
    if op.align_corners && output > 1 {
        (input - 1) as f32 / (output - 1) as f32
    } else {
        input as f32 / output as f32
    }
}

/// The input pixel nearest to output pixel `i`.
fn nearest(op: &Resize, scale: f32, i: usize, input: usize) -> usize {
    let offset = if op.half_pixel_centers { 0.5 } else { 0.0 };
    let at = (i as f32 + offset) * scale;
    let at = if op.align_corners {
        at.round()
    } else {
        at.floor()
    };
    (at.max(0.0) as usize).min(input - 1)
}

/// The two input pixels around output pixel `i`, and the share of the second.
fn between(op: &Resize, scale: f32, i: usize, input: usize) -> ([usize; 2], f32) {
    let at = if op.half_pixel_centers {
        (i as f32 + 0.5) * scale - 0.5
    } else {
        i as f32 * scale
    };
    let low = at.floor().max(0.0) as usize;
    let high = at.ceil().max(0.0) as usize;
    let low = low.min(input - 1);
    ([low, high.min(input - 1)], at - low as f32)
}

pub(super) fn resize(op: &Resize, x: &[f32], [h, w, c]: [usize; 3]) -> Vec<f32> {
    let [oh, ow] = op.output;
    let scales = [scale(op, h, oh), scale(op, w, ow)];
    let pixel = |y: usize, column: usize| &x[(y * w + column) * c..][..c];
    let mut result = Vec::with_capacity(oh * ow * c);
    for y in 0..oh {
        for column in 0..ow {
            match op.interpolation {
                Interpolation::Nearest => {
                    let from = nearest(op, scales[0], y, h);
                    result.extend_from_slice(pixel(from, nearest(op, scales[1], column, w)));
                }
                Interpolation::Bilinear => {
                    let ([top, bottom], down) = between(op, scales[0], y, h);
                    let ([left, right], across) = between(op, scales[1], column, w);
                    let corners = [
                        (pixel(top, left), (1.0 - down) * (1.0 - across)),
                        (pixel(bottom, left), down * (1.0 - across)),
                        (pixel(top, right), (1.0 - down) * across),
                        (pixel(bottom, right), down * across),
                    ];
                    result.extend((0..c).map(|c| {
                        let parts = corners.iter().map(|(pixel, share)| pixel[c] * share);
                        parts.sum::<f32>()
                    }));
                }
            }
        }
    }
    result
}
