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
        mean,
    )
}

/// A sum divided by the number of codes in it, rounded half away from zero.
pub(super) const fn mean(sum: i32, count: i32) -> i32 {
    let half = if sum > 0 { count / 2 } else { -(count / 2) };
    (sum + half) / count
}

impl PoolParams {
    /// The code of a pooled value.
    pub(super) fn code(self, value: i32) -> i8 {
        let [low, high] = self.clamp;
        value.min(high).max(low) as i8
    }
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
    let first_x = output.region.x.start;
    let taps = |axis: usize| window.kernel[axis].min(input.map[axis]);
    let work = output.region.pixels() * channels * taps(0) * taps(1);
    for_rows(output, work, |y, row| {
        let mut values = vec![start; channels];
        for (i, codes) in row.chunks_exact_mut(channels).enumerate() {
            values.fill(start);
            let mut count = 0;
            for y in valid_taps(window, 0, y, input.map[0]) {
                for x in valid_taps(window, 1, first_x + i, input.map[1]) {
                    let pixel = input.pixel(y as isize, x as isize)?;
                    count += 1;
                    for (value, &code) in values.iter_mut().zip(pixel.unwrap_or_default()) {
                        *value = fold(*value, i32::from(code));
                    }
                }
            }
            if count == 0 {
                return Err(QuantError::EmptyWindow);
            }
            for (code, &value) in codes.iter_mut().zip(&values) {
                *code = params.code(finish(value, count));
            }
        }
        Ok(())
    })
}

/// The pixels of the map, of `extent` along an axis, that the window of output `out` covers. Padding, however wide,
/// costs nothing.
fn valid_taps(
    window: &Window,
    axis: usize,
    out: usize,
    extent: usize,
) -> impl Iterator<Item = usize> {
    let (first, step) = (first_tap(window, axis, out), window.dilation[axis]);
    let skipped = first.min(0).unsigned_abs().div_ceil(step);
    (skipped..window.kernel[axis])
        .map(move |k| first.saturating_add_unsigned(k * step) as usize)
        .take_while(move |&at| at < extent)
}
