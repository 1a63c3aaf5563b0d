//! `DEPTHWISE_CONV_2D`: a window per input channel; output channel `c · multiplier + m` reads input channel `c`.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined is not compiled for the wider vectors"
)]

use super::dot::finish_pixel;
use super::weights::Weights;
use super::wide::Wide;
use super::{QuantError, first_tap, for_rows, same_size};
use crate::graph::{DepthwiseConv2d, Interval, Window};
use crate::quant::{ConvParams, Tile, TileMut};
use pulp::{Arch, NullaryFnOnce};

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
    let work = output.region.pixels() * weights.codes.len();
    for_rows(output, work, |y, row| {
        let y = first_tap(window, 0, y);
        // The lines that the window covers, with the weights that meet them.
        let line = |ky: usize| {
            let line = wide.line(y + (ky * window.dilation[0]) as isize)?;
            Some((
                line,
                &weights.codes[ky * width * channels..][..width * channels],
            ))
        };
        Arch::new().dispatch(Row {
            window,
            weights,
            lines: (0..height).filter_map(line).collect(),
            columns: wide.columns(),
            first_x,
            codes: row,
        });
        Ok(())
    })
}

/// One row of the output.
struct Row<'a> {
    window: &'a Window,
    weights: &'a Weights,
    lines: Vec<(&'a [i16], &'a [i16])>,
    /// The columns that lines hold.
    columns: Interval,
    /// The first column to compute.
    first_x: usize,
    codes: &'a mut [i8],
}

impl NullaryFnOnce for Row<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let channels = self.weights.row;
        let width = self.window.kernel[1];
        let mut sums = vec![0; channels];
        let mut taps = Vec::with_capacity(self.lines.len() * width);
        for (i, codes) in self.codes.chunks_exact_mut(channels).enumerate() {
            let x = first_tap(self.window, 1, self.first_x + i);
            taps.clear();
            for &(line, filters) in &self.lines {
                for kx in 0..width {
                    let at = x + (kx * self.window.dilation[1]) as isize;
                    if at >= self.columns.start as isize && at < self.columns.end as isize {
                        let at = at as usize - self.columns.start;
                        let pixel = &line[at * channels..][..channels];
                        taps.push((pixel, &filters[kx * channels..][..channels]));
                    }
                }
            }
            accumulate(&taps, &mut sums);
            finish_pixel(&self.weights.finish, &sums, codes);
        }
    }
}

/// The sums over all taps, each a pixel with its weights, modulo 2^32.
#[inline(always)]
fn accumulate(taps: &[(&[i16], &[i16])], sums: &mut [i32]) {
    let mut blocks = sums.chunks_exact_mut(BLOCK);
    let mut at = 0;
    for block in &mut blocks {
        let mut sums = [0_i32; BLOCK];
        for (pixel, filter) in taps {
            let (pixel, filter) = (&pixel[at..][..BLOCK], &filter[at..][..BLOCK]);
            for i in 0..BLOCK {
                let product = i32::from(pixel[i]) * i32::from(filter[i]);
                sums[i] = sums[i].wrapping_add(product);
            }
        }
        block.copy_from_slice(&sums);
        at += BLOCK;
    }
    let rest = blocks.into_remainder();
    rest.fill(0);
    for (pixel, filter) in taps {
        for ((sum, &x), &w) in rest.iter_mut().zip(&pixel[at..]).zip(&filter[at..]) {
            *sum = sum.wrapping_add(i32::from(x) * i32::from(w));
        }
    }
}
