//! Pools over the valid taps of a window.

use super::{QuantError, for_rows};
use crate::graph::Window;

/// Input coordinates of the valid taps of output coordinate `out` along `axis`.
fn valid(window: &Window, axis: usize, out: usize, extent: usize) -> impl Iterator<Item = usize> {
    let padding = [window.padding.top, window.padding.left][axis];
    let (first, dilation) = (out * window.stride[axis], window.dilation[axis]);
    (0..window.kernel[axis])
        .filter_map(move |k| (first + k * dilation).checked_sub(padding))
        .filter(move |&at| at < extent)
}

/// Folds the valid taps of each output pixel into `start`, then calls `finish` with their number.
fn pool(
    window: &Window,
    x: &[f32],
    [h, w, c]: [usize; 3],
    [oh, ow, _]: [usize; 3],
    start: f32,
    fold: impl Fn(&mut f32, f32) + Sync,
    finish: impl Fn(&mut f32, f32) + Sync,
) -> Result<Vec<f32>, QuantError> {
    let empty = |axis, outputs, extent| {
        (0..outputs).any(|out| valid(window, axis, out, extent).next().is_none())
    };
    if empty(0, oh, h) || empty(1, ow, w) {
        return Err(QuantError::EmptyWindow);
    }
    let mut result = vec![start; oh * ow * c];
    let work = result.len() * window.kernel[0] * window.kernel[1];
    for_rows(&mut result, ow * c, work, |y, row| {
        for (column, out) in row.chunks_exact_mut(c).enumerate() {
            let mut count = 0_u32;
            for y in valid(window, 0, y, h) {
                for column in valid(window, 1, column, w) {
                    count += 1;
                    let pixel = &x[(y * w + column) * c..][..c];
                    for (out, &x) in out.iter_mut().zip(pixel) {
                        fold(out, x);
                    }
                }
            }
            for out in out {
                finish(out, count as f32);
            }
        }
    });
    Ok(result)
}

pub(super) fn average(
    window: &Window,
    x: &[f32],
    input: [usize; 3],
    output: [usize; 3],
) -> Result<Vec<f32>, QuantError> {
    let add = |sum: &mut f32, x| *sum += x;
    pool(window, x, input, output, 0.0, add, |sum, n| *sum /= n)
}

pub(super) fn maximum(
    window: &Window,
    x: &[f32],
    input: [usize; 3],
    output: [usize; 3],
) -> Result<Vec<f32>, QuantError> {
    let larger = |best: &mut f32, x: f32| {
        // What is no number is kept.
        if x > *best || x.is_nan() {
            *best = x;
        }
    };
    pool(
        window,
        x,
        input,
        output,
        f32::NEG_INFINITY,
        larger,
        |_, _| {},
    )
}
