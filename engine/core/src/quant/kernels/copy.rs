//! Operators that move codes: `PAD`, `TRANSPOSE`, and `QUANTIZE` from int8 to int8.

use super::{QuantError, for_rows, requantize, same_size};
use crate::graph::Pad;
use crate::quant::{RequantizeParams, Tile, TileMut};

/// `[before, after]` for height, width and channels.
fn image_amounts(amounts: &[[usize; 2]]) -> Result<[[usize; 2]; 3], QuantError> {
    match *amounts {
        [[0, 0], h, w, c] | [h, w, c] => Ok([h, w, c]),
        [[0, 0], c] | [c] => Ok([[0, 0], [0, 0], c]),
        _ => Err(QuantError::Malformed {
            what: "padding must be of an image's height, width or channels",
        }),
    }
}

pub(super) fn pad(
    op: &Pad,
    zero_point: i32,
    input: &Tile<'_>,
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    let amounts = image_amounts(&op.amounts)?;
    for (axis, [before, after]) in amounts.into_iter().enumerate() {
        let padded = before.saturating_add(input.map[axis]).saturating_add(after);
        same_size("extent after padding", padded, output.map[axis])?;
    }
    let [[top, _], [left, _], [front, _]] = amounts;
    let channels = output.map[2];
    let first_x = output.region.x.start;
    for_rows(output, 0, |y, row| {
        row.fill(zero_point as i8);
        for (i, codes) in row.chunks_exact_mut(channels).enumerate() {
            let y = y as isize - top as isize;
            let x = (first_x + i) as isize - left as isize;
            if let Some(pixel) = input.pixel(y, x)? {
                codes[front..front + pixel.len()].copy_from_slice(pixel);
            }
        }
        Ok(())
    })
}

pub(super) fn requantize_codes(
    params: &RequantizeParams,
    input: &Tile<'_>,
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    for axis in 0..3 {
        same_size("extent of the input", output.map[axis], input.map[axis])?;
    }
    let channels = output.map[2];
    let first_x = output.region.x.start;
    for_rows(output, 0, |y, row| {
        for (i, codes) in row.chunks_exact_mut(channels).enumerate() {
            let pixel = input.pixel(y as isize, (first_x + i) as isize)?;
            for (to, &code) in codes.iter_mut().zip(pixel.unwrap_or_default()) {
                let centred = i32::from(code) - params.input_zero_point;
                *to = requantize(centred, params.multiplier)
                    .wrapping_add(params.output_zero_point)
                    .clamp(-128, 127) as i8;
            }
        }
        Ok(())
    })
}

/// Elements with axes permuted: output axis `i` is input axis `permutation[i]`.
pub(in crate::quant) fn transpose<T: Copy>(
    elements: &[T],
    shape: &[usize],
    permutation: &[usize],
) -> Result<Vec<T>, QuantError> {
    same_size(
        "elements of the input",
        shape.iter().product(),
        elements.len(),
    )?;
    let mut sorted = permutation.to_vec();
    sorted.sort_unstable();
    if !sorted.iter().copied().eq(0..shape.len()) {
        return Err(QuantError::Malformed {
            what: "a permutation names each axis once",
        });
    }
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    let mut position = vec![0_usize; shape.len()];
    let mut transposed = Vec::with_capacity(elements.len());
    for _ in 0..elements.len() {
        let from: usize = permutation
            .iter()
            .zip(&position)
            .map(|(&axis, p)| p * strides[axis])
            .sum();
        transposed.push(elements[from]);
        for i in (0..position.len()).rev() {
            position[i] += 1;
            if position[i] < shape[permutation[i]] {
                break;
            }
            position[i] = 0;
        }
    }
    Ok(transposed)
}
