//! `TRANSPOSE_CONV`, from the output's side: pixel `y` reads input `i` through tap `k` where `i · stride + k = y + padding`.

use super::dot::{BLOCK, finish, products};
use super::weights::{LANES, Weights};
use super::{QuantError, for_rows, same_size};
use crate::graph::{Graph, TransposeConv2d};
use crate::quant::{ConvParams, Tile, TileMut};

pub(super) fn transpose_conv2d(
    graph: &Graph,
    op: &TransposeConv2d,
    params: &ConvParams,
    weights: &Weights,
    input: &Tile<'_>,
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    let [_, _, channels] = output.map;
    let depth = input.map[2];
    let &[_, height, width, _] = graph.tensor(op.weights).shape.as_slice() else {
        return Err(QuantError::Malformed {
            what: "weights are not OHWI",
        });
    };
    let row = (height * width * depth).next_multiple_of(LANES);
    same_size("weights", row, weights.row)?;
    same_size("multipliers", channels, params.multipliers.len())?;
    let zero_point = params.input_zero_point as i16;
    let first_x = output.region.x.start;
    let work = output.region.pixels() * channels * height * width * depth;
    for_rows(output, work, |y, codes| {
        let mut patches = vec![0_i16; BLOCK * row];
        let mut sums = vec![0; BLOCK * channels];
        for (block, codes) in codes.chunks_mut(BLOCK * channels).enumerate() {
            patches.fill(0);
            let pixels = codes.len() / channels;
            for (p, patch) in patches.chunks_exact_mut(row).take(pixels).enumerate() {
                let x = first_x + block * BLOCK + p;
                for (tap, to) in patch
                    .chunks_exact_mut(depth)
                    .take(height * width)
                    .enumerate()
                {
                    let at = [
                        source(op, 0, y, tap / width, input.map[0]),
                        source(op, 1, x, tap % width, input.map[1]),
                    ];
                    let [Some(y), Some(x)] = at else { continue };
                    let pixel = input.pixel(y as isize, x as isize)?.unwrap_or_default();
                    for (to, &code) in to.iter_mut().zip(pixel) {
                        *to = i16::from(code) - zero_point;
                    }
                }
            }
            products(&weights.codes, &patches, [1, row], &mut sums);
            finish(&weights.finish, &sums, codes);
        }
        Ok(())
    })
}

/// The input index that output `out` reads through tap `tap` along an axis, if there is one.
fn source(
    op: &TransposeConv2d,
    axis: usize,
    out: usize,
    tap: usize,
    extent: usize,
) -> Option<usize> {
    let scaled = (out + op.padding[axis]).checked_sub(tap)?;
    let at = scaled / op.stride[axis];
    (scaled.is_multiple_of(op.stride[axis]) && at < extent).then_some(at)
}
