//! `ADD` of two maps of one shape.

use super::{QuantError, for_rows, requantize, same_size};
use crate::quant::{AddParams, Tile, TileMut};

pub(super) fn add(
    params: &AddParams,
    inputs: [&Tile<'_>; 2],
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    for input in inputs {
        for axis in 0..3 {
            same_size("extent of a summand", output.map[axis], input.map[axis])?;
        }
    }
    let tables = [table(params, 0), table(params, 1)];
    let [low, high] = params.clamp;
    let channels = output.map[2];
    let first_x = output.region.x.start;
    let work = output.region.pixels() * channels;
    for_rows(output, work, |y, row| {
        for (i, codes) in row.chunks_exact_mut(channels).enumerate() {
            let x = (first_x + i) as isize;
            let pixels = (
                inputs[0].pixel(y as isize, x)?,
                inputs[1].pixel(y as isize, x)?,
            );
            let (Some(a), Some(b)) = pixels else {
                continue; // Not reached: the maps have the output's extent.
            };
            for ((code, &a), &b) in codes.iter_mut().zip(a).zip(b) {
                let sum = tables[0][index(a)].wrapping_add(tables[1][index(b)]);
                *code = requantize(sum, params.output_multiplier)
                    .wrapping_add(params.output_zero_point)
                    .min(high)
                    .max(low) as i8;
            }
        }
        Ok(())
    })
}

/// A code's place in a table of all codes.
const fn index(code: i8) -> usize {
    (code as i16 + 128) as usize
}

/// One summand on the common scale, for every code.
fn table(params: &AddParams, which: usize) -> [i32; 256] {
    std::array::from_fn(|i| {
        let code = i as i32 - 128;
        let shifted =
            (code - params.input_zero_points[which]).wrapping_shl(params.left_shift as u32);
        requantize(shifted, params.input_multipliers[which])
    })
}
