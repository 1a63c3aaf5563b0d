//! `CONV_2D`. Each output pixel's taps are gathered into a row of 16-bit differences from the zero point (0 where a
//! tap is padding), so that every output channel is one dot product.

use super::{QuantError, biases, first_tap, for_rows, output_code, same_size, weight_codes};
use crate::graph::{Conv2d, Graph, Window};
use crate::quant::{ConvParams, Tile, TileMut};

/// Pixels that share one pass over the weights.
const BLOCK: usize = 4;

pub(super) fn conv2d(
    graph: &Graph,
    op: &Conv2d,
    params: &ConvParams,
    input: &Tile<'_>,
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    let [_, _, channels] = output.map;
    let [kernel_h, kernel_w] = op.window.kernel;
    let taps = kernel_h * kernel_w * input.map[2];
    let weights: Vec<i16> = weight_codes(graph, op.weights, channels * taps)?
        .iter()
        .map(|&w| i16::from(w))
        .collect();
    let biases = biases(graph, op.bias, channels)?;
    same_size("multipliers", channels, params.multipliers.len())?;
    if taps == 0 {
        return Err(QuantError::Malformed {
            what: "a convolution without taps",
        });
    }
    let first_x = output.region.x.start;
    let work = output.region.pixels() * channels * taps;
    for_rows(output, work, |y, row| {
        let mut patches = vec![0_i16; BLOCK * taps];
        for (block, codes) in row.chunks_mut(BLOCK * channels).enumerate() {
            let x = first_x + block * BLOCK;
            let pixels = codes.len() / channels;
            for (p, patch) in patches.chunks_exact_mut(taps).take(pixels).enumerate() {
                gather(
                    &op.window,
                    params.input_zero_point,
                    input,
                    [y, x + p],
                    patch,
                )?;
            }
            for (c, filter) in weights.chunks_exact(taps).enumerate() {
                for (p, sum) in dots(filter, &patches).into_iter().take(pixels).enumerate() {
                    codes[p * channels + c] = output_code(params, c, sum.wrapping_add(biases[c]));
                }
            }
        }
        Ok(())
    })
}

/// Writes the differences from the zero point of all taps of one output pixel.
fn gather(
    window: &Window,
    zero_point: i32,
    input: &Tile<'_>,
    [y, x]: [usize; 2],
    patch: &mut [i16],
) -> Result<(), QuantError> {
    let (y, x) = (first_tap(window, 0, y), first_tap(window, 1, x));
    let [_, width] = window.kernel;
    for (tap, to) in patch.chunks_exact_mut(input.map[2]).enumerate() {
        let y = y + (tap / width * window.dilation[0]) as isize;
        let x = x + (tap % width * window.dilation[1]) as isize;
        match input.pixel(y, x)? {
            None => to.fill(0),
            Some(pixel) => {
                for (to, &code) in to.iter_mut().zip(pixel) {
                    *to = i16::from(code) - zero_point as i16;
                }
            }
        }
    }
    Ok(())
}

/// Dot products, modulo 2^32, of one filter with each of [`BLOCK`] patches that lie one after the other.
#[inline]
fn dots(filter: &[i16], patches: &[i16]) -> [i32; BLOCK] {
    let n = filter.len();
    let (a, rest) = patches.split_at(n);
    let (b, rest) = rest.split_at(n);
    let (c, d) = rest.split_at(n);
    let mut sums = [0_i32; BLOCK];
    for ((((&w, &a), &b), &c), &d) in filter.iter().zip(a).zip(b).zip(c).zip(d) {
        let w = i32::from(w);
        sums[0] = sums[0].wrapping_add(w * i32::from(a));
        sums[1] = sums[1].wrapping_add(w * i32::from(b));
        sums[2] = sums[2].wrapping_add(w * i32::from(c));
        sums[3] = sums[3].wrapping_add(w * i32::from(d));
    }
    sums
}
