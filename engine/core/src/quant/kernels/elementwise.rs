//! Element-wise operators: functions of one code, and of two with broadcasting.

use super::gather::broadcast;
use super::{QuantError, for_rows, requantize, same_size};
use crate::graph::{Combine, shape};
use crate::quant::{AddParams, MulParams, PreluParams, RequantizeParams, Tile, TileMut};

/// An operand's tile and the tensor's shape.
pub(super) type Operand<'a> = (&'a Tile<'a>, &'a [usize]);

/// Each code replaced by its entry in a table of all codes.
pub(super) fn map(
    table: &[i8; 256],
    input: &Tile<'_>,
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    for axis in 0..3 {
        same_size("extent of the input", output.map[axis], input.map[axis])?;
    }
    let channels = output.map[2];
    let first_x = output.region.x.start;
    let work = output.region.pixels() * channels;
    for_rows(output, work, |y, row| {
        for (i, codes) in row.chunks_exact_mut(channels).enumerate() {
            let pixel = input.pixel(y as isize, (first_x + i) as isize)?;
            for (to, &code) in codes.iter_mut().zip(pixel.unwrap_or_default()) {
                *to = table[index(code)];
            }
        }
        Ok(())
    })
}

/// The table of `QUANTIZE` from int8 to int8.
pub(super) fn requantizing(params: &RequantizeParams) -> [i8; 256] {
    std::array::from_fn(|i| {
        requantize(i as i32 - 128 - params.input_zero_point, params.multiplier)
            .wrapping_add(params.output_zero_point)
            .clamp(-128, 127) as i8
    })
}

/// `ADD`, or `SUB` with `sign` −1.
pub(super) fn sum(
    params: &AddParams,
    sign: i32,
    inputs: [Operand<'_>; 2],
    (output, shape): (&mut TileMut<'_>, &[usize]),
) -> Result<(), QuantError> {
    let tables = [summands(params, 0), summands(params, 1)];
    let [low, high] = params.clamp;
    combine(inputs, (output, shape), |a, b| {
        let b = tables[1][index(b)].wrapping_mul(sign);
        let sum = tables[0][index(a)].wrapping_add(b);
        requantize(sum, params.output_multiplier)
            .wrapping_add(params.output_zero_point)
            .max(low)
            .min(high) as i8
    })
}

/// One summand on the common scale, for every code.
fn summands(params: &AddParams, which: usize) -> [i32; 256] {
    std::array::from_fn(|i| {
        let code = i as i32 - 128;
        let shifted =
            (code - params.input_zero_points[which]).wrapping_shl(params.left_shift as u32);
        requantize(shifted, params.input_multipliers[which])
    })
}

pub(super) fn product(
    params: &MulParams,
    inputs: [Operand<'_>; 2],
    output: (&mut TileMut<'_>, &[usize]),
) -> Result<(), QuantError> {
    let [low, high] = params.clamp;
    let [zero_a, zero_b] = params.input_zero_points;
    combine(inputs, output, |a, b| {
        let product = (i32::from(a) - zero_a) * (i32::from(b) - zero_b);
        requantize(product, params.multiplier)
            .wrapping_add(params.output_zero_point)
            .max(low)
            .min(high) as i8
    })
}

pub(super) fn extreme(
    kind: Combine,
    inputs: [Operand<'_>; 2],
    output: (&mut TileMut<'_>, &[usize]),
) -> Result<(), QuantError> {
    match kind {
        Combine::Maximum => combine(inputs, output, i8::max),
        _ => combine(inputs, output, i8::min),
    }
}

pub(super) fn prelu(
    params: &PreluParams,
    inputs: [Operand<'_>; 2],
    output: (&mut TileMut<'_>, &[usize]),
) -> Result<(), QuantError> {
    combine(inputs, output, |code, slope| {
        let x = i32::from(code) - params.input_zero_point;
        let y = if x >= 0 {
            requantize(x, params.positive)
        } else {
            let slope = i32::from(slope) - params.slope_zero_point;
            requantize(x * slope, params.negative)
        };
        y.wrapping_add(params.output_zero_point).clamp(-128, 127) as i8
    })
}

/// A code's place in a table of all codes.
const fn index(code: i8) -> usize {
    (code as i16 + 128) as usize
}

/// `function` of two operands, each broadcast to the output. Where that is not a matter of rows, columns and channels,
/// all tiles must be whole maps.
fn combine(
    inputs: [Operand<'_>; 2],
    (output, shape): (&mut TileMut<'_>, &[usize]),
    function: impl Fn(i8, i8) -> i8 + Sync,
) -> Result<(), QuantError> {
    let name = "an operator that broadcasts along other axes than an image's";
    if inputs
        .iter()
        .any(|(_, from)| !shape::broadcast_by_pixel(from, shape))
    {
        let [a, b] = inputs.map(|(tile, from)| broadcast(&tile.flatten(name)?, from, shape));
        let pairs = a?.into_iter().zip(b?);
        let codes: Vec<i8> = pairs.map(|(a, b)| function(a, b)).collect();
        return output.fill(&codes, name);
    }
    let [a, b] = inputs.map(|(tile, _)| tile);
    let channels = output.map[2];
    let first_x = output.region.x.start;
    let work = output.region.pixels() * channels;
    for_rows(output, work, |y, row| {
        for (i, codes) in row.chunks_exact_mut(channels).enumerate() {
            match (spread(a, y, first_x + i)?, spread(b, y, first_x + i)?) {
                (&[a], b) if b.len() == channels => {
                    for (code, &b) in codes.iter_mut().zip(b) {
                        *code = function(a, b);
                    }
                }
                (a, &[b]) => {
                    for (code, &a) in codes.iter_mut().zip(a) {
                        *code = function(a, b);
                    }
                }
                (a, b) => {
                    for ((code, &a), &b) in codes.iter_mut().zip(a).zip(b) {
                        *code = function(a, b);
                    }
                }
            }
        }
        Ok(())
    })
}

/// The channels, or the one, of an operand for output pixel `(y, x)`.
fn spread<'a>(tile: &Tile<'a>, y: usize, x: usize) -> Result<&'a [i8], QuantError> {
    let y = if tile.map[0] == 1 { 0 } else { y };
    let x = if tile.map[1] == 1 { 0 } else { x };
    let pixel = tile.pixel(y as isize, x as isize)?;
    Ok(pixel.unwrap_or_default())
}
