//! `DEPTHWISE_CONV_2D`: a window per input channel; output channel `c · multiplier + m` reads input channel `c`.

use super::dot::finish;
use super::weights::Weights;
use super::wide::Wide;
use super::{QuantError, first_tap, for_rows, same_size};
use crate::graph::DepthwiseConv2d;
use crate::quant::{ConvParams, Tile, TileMut};

/// Channels whose sums stay in registers while the taps go by.
const BLOCK: usize = 16;

pub(super) fn depthwise_conv2d(
    op: &DepthwiseConv2d,
    params: &ConvParams,
    weights: &Weights,
    input: &Tile<'_>,
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    let [_, _, channels] = output.map;
    same_size("output channels", input.map[2] * op.multiplier, channels)?;
    same_size("multipliers", channels, params.multipliers.len())?;
    let window = &op.window;
    let [height, width] = window.kernel;
    same_size("weights", height * width * channels, weights.codes.len())?;
    let zero_point = params.input_zero_point;
    let wide = Wide::new(window, input, output.region, zero_point, op.multiplier)?;
    let first_x = output.region.x.start;
    let columns = wide.columns();
    let work = output.region.pixels() * weights.codes.len();
    for_rows(output, work, |y, row| {
        let y = first_tap(window, 0, y);
        // The lines that the window covers, with the weights that meet them.
        let lines: Vec<(&[i16], &[i16])> = (0..height)
            .filter_map(|ky| {
                let line = wide.line(y + (ky * window.dilation[0]) as isize)?;
                Some((
                    line,
                    &weights.codes[ky * width * channels..][..width * channels],
                ))
            })
            .collect();
        let mut sums = vec![0; channels];
        let mut taps = Vec::with_capacity(height * width);
        for (i, codes) in row.chunks_exact_mut(channels).enumerate() {
            let x = first_tap(window, 1, first_x + i);
            taps.clear();
            for &(line, filters) in &lines {
                for kx in 0..width {
                    let at = usize::try_from(x + (kx * window.dilation[1]) as isize);
                    if let Ok(at) = at
                        && (columns.start..columns.end).contains(&at)
                    {
                        let pixel = &line[(at - columns.start) * channels..][..channels];
                        taps.push((pixel, &filters[kx * channels..][..channels]));
                    }
                }
            }
            accumulate(&taps, &mut sums);
            finish(params, &weights.biases, &sums, codes);
        }
        Ok(())
    })
}

/// The sums over all taps, each a pixel with its weights, modulo 2^32.
fn accumulate(taps: &[(&[i16], &[i16])], sums: &mut [i32]) {
    let whole = sums.len() / BLOCK * BLOCK;
    let (blocks, rest) = sums.split_at_mut(whole);
    for (block, to) in blocks.chunks_exact_mut(BLOCK).enumerate() {
        let at = block * BLOCK;
        let mut sums = [0_i32; BLOCK];
        for (pixel, filter) in taps {
            let (pixel, filter) = (&pixel[at..][..BLOCK], &filter[at..][..BLOCK]);
            for i in 0..BLOCK {
                let product = i32::from(pixel[i]) * i32::from(filter[i]);
                sums[i] = sums[i].wrapping_add(product);
            }
        }
        to.copy_from_slice(&sums);
    }
    rest.fill(0);
    for (pixel, filter) in taps {
        for ((sum, &x), &w) in rest.iter_mut().zip(&pixel[whole..]).zip(&filter[whole..]) {
            *sum = sum.wrapping_add(i32::from(x) * i32::from(w));
        }
    }
}
