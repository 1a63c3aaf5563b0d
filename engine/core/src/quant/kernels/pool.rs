//! `AVERAGE_POOL_2D` and `MAX_POOL_2D` over the valid taps of a window.

use super::{QuantError, first_tap, for_rows, same_size};
use crate::graph::Window;
use crate::quant::{PoolParams, Tile, TileMut};

pub(super) fn average(
    window: &Window,
    params: PoolParams,
    input: &Tile<'_>,
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    pool(
        window,
        params,
        input,
        output,
        0,
        |sum, code| sum + code,
        |sum, count| {
            let half = if sum > 0 { count / 2 } else { -(count / 2) };
            (sum + half) / count
        },
    )
}

pub(super) fn maximum(
    window: &Window,
    params: PoolParams,
    input: &Tile<'_>,
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    pool(
        window,
        params,
        input,
        output,
        -128,
        i32::max,
        |largest, _| largest,
    )
}

/// Folds the valid taps of each channel from `start` with `fold`, then `finish`es with their number.
fn pool(
    window: &Window,
    params: PoolParams,
    input: &Tile<'_>,
    output: &mut TileMut<'_>,
    start: i32,
    fold: impl Fn(i32, i32) -> i32 + Sync,
    finish: impl Fn(i32, i32) -> i32 + Sync,
) -> Result<(), QuantError> {
    let channels = output.map[2];
    same_size("channels", input.map[2], channels)?;
    let [low, high] = params.clamp;
    let [kernel_h, kernel_w] = window.kernel;
    let first_x = output.region.x.start;
    let work = output.region.pixels() * channels * kernel_h * kernel_w;
    for_rows(output, work, |y, row| {
        let mut values = vec![start; channels];
        for (i, codes) in row.chunks_exact_mut(channels).enumerate() {
            let (y, x) = (first_tap(window, 0, y), first_tap(window, 1, first_x + i));
            values.fill(start);
            let mut count = 0;
            for tap in 0..kernel_h * kernel_w {
                let y = y + (tap / kernel_w * window.dilation[0]) as isize;
                let x = x + (tap % kernel_w * window.dilation[1]) as isize;
                if let Some(pixel) = input.pixel(y, x)? {
                    count += 1;
                    for (value, &code) in values.iter_mut().zip(pixel) {
                        *value = fold(*value, i32::from(code));
                    }
                }
            }
            if count == 0 {
                return Err(QuantError::EmptyWindow);
            }
            for (code, &value) in codes.iter_mut().zip(&values) {
                *code = finish(value, count).min(high).max(low) as i8;
            }
        }
        Ok(())
    })
}
