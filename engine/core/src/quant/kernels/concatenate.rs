//! `CONCATENATION` along any axis.

use super::{QuantError, for_rows, same_size};
use crate::quant::{Tile, TileMut};

/// `shapes` are the inputs' shapes.
pub(super) fn concatenate(
    axis: usize,
    shapes: &[&[usize]],
    inputs: &[Tile<'_>],
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    same_size("inputs", shapes.len(), inputs.len())?;
    let first = shapes.first().copied().unwrap_or_default();
    if axis >= first.len() || shapes.iter().any(|s| s.len() != first.len()) {
        return Err(QuantError::Malformed {
            what: "tensors to join do not have the axis",
        });
    }
    // Where nothing before the axis repeats, it is one of the image's.
    let image_axis = match first.len() {
        0..=2 if first[..axis].iter().all(|&d| d == 1) => Some(2),
        0..=2 => None,
        rank if axis == rank - 1 => Some(2),
        rank if axis == rank - 2 => Some(1),
        _ => first[..axis].iter().all(|&d| d == 1).then_some(0),
    };
    match image_axis {
        Some(2) => channels(inputs, output),
        Some(axis) => pixels(axis, inputs, output),
        None => blocks(axis, shapes, inputs, output),
    }
}

/// The channels of every pixel, one input after the other.
fn channels(inputs: &[Tile<'_>], output: &mut TileMut<'_>) -> Result<(), QuantError> {
    let depth = output.map[2];
    same_size(
        "channels",
        inputs.iter().map(|input| input.map[2]).sum(),
        depth,
    )?;
    let first_x = output.region.x.start;
    for_rows(output, 0, |y, row| {
        for (i, codes) in row.chunks_exact_mut(depth).enumerate() {
            let mut at = 0;
            for input in inputs {
                let pixel = input.pixel(y as isize, (first_x + i) as isize)?;
                let pixel = pixel.unwrap_or_default();
                same_size("channels of an input", input.map[2], pixel.len())?;
                codes[at..at + pixel.len()].copy_from_slice(pixel);
                at += pixel.len();
            }
        }
        Ok(())
    })
}

/// Whole pixels: rows (axis 0) or columns (axis 1), one input after the other.
fn pixels(axis: usize, inputs: &[Tile<'_>], output: &mut TileMut<'_>) -> Result<(), QuantError> {
    let depth = output.map[2];
    let extent = inputs.iter().map(|input| input.map[axis]).sum();
    same_size("extent of the output", extent, output.map[axis])?;
    let first_x = output.region.x.start;
    for_rows(output, 0, |y, row| {
        for (i, codes) in row.chunks_exact_mut(depth).enumerate() {
            let mut at = [y, first_x + i];
            for input in inputs {
                if at[axis] < input.map[axis] {
                    let pixel = input.pixel(at[0] as isize, at[1] as isize)?;
                    let pixel = pixel.unwrap_or_default();
                    same_size("channels of an input", depth, pixel.len())?;
                    codes.copy_from_slice(pixel);
                    break;
                }
                at[axis] -= input.map[axis];
            }
        }
        Ok(())
    })
}

/// Whole tensors along an axis that repeats.
fn blocks(
    axis: usize,
    shapes: &[&[usize]],
    inputs: &[Tile<'_>],
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    let tensors = inputs
        .iter()
        .map(|input| input.flatten("CONCATENATION"))
        .collect::<Result<Vec<_>, _>>()?;
    let repeats: usize = shapes.first().map_or(1, |s| s[..axis].iter().product());
    let mut codes = Vec::with_capacity(output.map.iter().product());
    for i in 0..repeats {
        for (tensor, shape) in tensors.iter().zip(shapes) {
            let block: usize = shape[axis..].iter().product();
            same_size("elements of an input", repeats * block, tensor.len())?;
            codes.extend_from_slice(&tensor[i * block..][..block]);
        }
    }
    output.fill(&codes, "CONCATENATION")
}
