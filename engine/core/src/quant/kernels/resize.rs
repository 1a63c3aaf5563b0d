//! `RESIZE_NEAREST_NEIGHBOR` and `RESIZE_BILINEAR`: the four pixels around, weighted in integers.

use super::{QuantError, for_rows, same_size};
use crate::quant::{ResizeParams, ResizeTap, Tile, TileMut};

/// One, as weights count it.
const ONE: i64 = 1 << 10;

pub(super) fn resize(
    params: &ResizeParams,
    input: &Tile<'_>,
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    let [height, width, channels] = output.map;
    same_size("rows of the output", params.rows.len(), height)?;
    same_size("columns of the output", params.columns.len(), width)?;
    same_size("channels", input.map[2], channels)?;
    let first_x = output.region.x.start;
    let work = output.region.pixels() * channels * 4;
    for_rows(output, work, |y, row| {
        let y = params.rows[y];
        for (i, codes) in row.chunks_exact_mut(channels).enumerate() {
            let x = params.columns[first_x + i];
            let pixel = |y: usize, x: usize| {
                let pixel = input.pixel(y as isize, x as isize)?;
                pixel.ok_or(QuantError::Malformed {
                    what: "a pixel to resample lies outside the map",
                })
            };
            let nearest = pixel(y.lower, x.lower)?;
            if y.upper == y.lower && x.upper == x.lower {
                codes.copy_from_slice(nearest);
                continue;
            }
            let around = [
                nearest,
                pixel(y.lower, x.upper)?,
                pixel(y.upper, x.lower)?,
                pixel(y.upper, x.upper)?,
            ];
            weigh(around, [y, x], codes);
        }
        Ok(())
    })
}

/// The pixels `[above left, above right, below left, below right]`, weighted, rounded half away from zero.
fn weigh(around: [&[i8]; 4], [y, x]: [ResizeTap; 2], codes: &mut [i8]) {
    let below = [ONE - i64::from(y.weight), i64::from(y.weight)];
    let right = [ONE - i64::from(x.weight), i64::from(x.weight)];
    for (c, code) in codes.iter_mut().enumerate() {
        let sum: i64 = (0..4)
            .map(|i| i64::from(around[i][c]) * below[i / 2] * right[i % 2])
            .sum();
        let half = if sum > 0 { 1 << 19 } else { -(1 << 19) };
        *code = ((sum + half) / (1 << 20)) as i8;
    }
}
