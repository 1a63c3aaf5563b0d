//! `DEPTHWISE_CONV_2D`: a window per input channel; output channel `c · multiplier + m` reads input channel `c`.

use super::{QuantError, biases, first_tap, for_rows, output_code, same_size, weight_codes};
use crate::graph::{DepthwiseConv2d, Graph};
use crate::quant::{ConvParams, Tile, TileMut};

pub(super) fn depthwise_conv2d(
    graph: &Graph,
    op: &DepthwiseConv2d,
    params: &ConvParams,
    input: &Tile<'_>,
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    let [_, _, channels] = output.map;
    same_size("output channels", input.map[2] * op.multiplier, channels)?;
    let window = &op.window;
    let [kernel_h, kernel_w] = window.kernel;
    let weights = weight_codes(graph, op.weights, kernel_h * kernel_w * channels)?;
    let biases = biases(graph, op.bias, channels)?;
    same_size("multipliers", channels, params.multipliers.len())?;
    let first_x = output.region.x.start;
    let work = output.region.pixels() * weights.len();
    for_rows(output, work, |y, row| {
        let mut sums = vec![0_i32; channels];
        for (i, codes) in row.chunks_exact_mut(channels).enumerate() {
            let (y, x) = (first_tap(window, 0, y), first_tap(window, 1, first_x + i));
            sums.copy_from_slice(&biases);
            for (tap, filter) in weights.chunks_exact(channels).enumerate() {
                let y = y + (tap / kernel_w * window.dilation[0]) as isize;
                let x = x + (tap % kernel_w * window.dilation[1]) as isize;
                if let Some(pixel) = input.pixel(y, x)? {
                    accumulate(
                        &mut sums,
                        filter,
                        pixel,
                        params.input_zero_point,
                        op.multiplier,
                    );
                }
            }
            for (c, (code, &sum)) in codes.iter_mut().zip(&sums).enumerate() {
                *code = output_code(params, c, sum);
            }
        }
        Ok(())
    })
}

/// Adds one tap's products to all channels' sums, modulo 2^32.
#[inline]
fn accumulate(sums: &mut [i32], filter: &[i8], pixel: &[i8], zero_point: i32, multiplier: usize) {
    let product = |w: i8, code: i8| i32::from(w) * (i32::from(code) - zero_point);
    if multiplier == 1 {
        for ((sum, &w), &code) in sums.iter_mut().zip(filter).zip(pixel) {
            *sum = sum.wrapping_add(product(w, code));
        }
    } else {
        let groups = sums
            .chunks_exact_mut(multiplier)
            .zip(filter.chunks_exact(multiplier));
        for ((sums, filter), &code) in groups.zip(pixel) {
            for (sum, &w) in sums.iter_mut().zip(filter) {
                *sum = sum.wrapping_add(product(w, code));
            }
        }
    }
}
