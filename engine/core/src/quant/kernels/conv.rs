//! `CONV_2D`. Each output pixel's taps are gathered into one row (0 where a tap is padding), so that every output
//! channel is one dot product.

use super::dot::{BLOCK, finish, products};
use super::weights::{LANES, Weights};
use super::wide::Wide;
use super::{QuantError, first_tap, for_rows, same_size};
use crate::graph::{Conv2d, Graph, Interval, Padding, Window, shape};
use crate::quant::{ConvParams, Tile, TileMut};

pub(super) fn conv2d(
    graph: &Graph,
    op: &Conv2d,
    params: &ConvParams,
    weights: &Weights,
    input: &Tile<'_>,
    output: &mut TileMut<'_>,
) -> Result<(), QuantError> {
    let [_, _, channels] = output.map;
    same_size("multipliers", channels, params.multipliers.len())?;
    let depth = graph.tensor(op.weights).shape.last().copied().unwrap_or(0);
    let groups =
        shape::groups(input.map[2], depth, channels).map_err(|_| QuantError::Malformed {
            what: "the weights do not divide the channels into groups",
        })?;
    let taps = op.window.kernel[0] * op.window.kernel[1];
    let row = (taps * depth).next_multiple_of(LANES);
    same_size("weights", row, weights.row)?;
    let zero_point = params.input_zero_point;
    let wide = Wide::new(&op.window, input, output.region, zero_point, 1)?;
    let patch = Patch {
        window: &op.window,
        wide: &wide,
        channels: input.map[2],
        depth,
        row,
    };
    let columns = output.region.x;
    let work = output.region.pixels() * channels * taps * depth;
    for_rows(output, work, |y, codes| {
        let direct = patch.line(y, columns);
        let mut patches = vec![0; BLOCK * groups * row];
        let mut sums = vec![0; BLOCK * channels];
        for (block, codes) in codes.chunks_mut(BLOCK * channels).enumerate() {
            let pixels = codes.len() / channels;
            let rows = match direct {
                // Whole blocks of pixels that lie one after the other need no copy.
                Some(line) if pixels == BLOCK => &line[block * BLOCK * row..][..BLOCK * row],
                _ => {
                    let x = columns.start + block * BLOCK;
                    for (p, to) in patches
                        .chunks_exact_mut(groups * row)
                        .take(pixels)
                        .enumerate()
                    {
                        patch.gather(y, x + p, to);
                    }
                    &patches[..]
                }
            };
            products(&weights.codes, rows, [groups, row], &mut sums);
            finish(&weights.finish, &sums, codes);
        }
        Ok(())
    })
}

/// Gathers taps.
struct Patch<'a> {
    window: &'a Window,
    wide: &'a Wide,
    channels: usize,
    /// Channels in one group.
    depth: usize,
    /// Elements of one group's patch, zeros at its end included.
    row: usize,
}

impl<'a> Patch<'a> {
    /// For a window of one tap on every pixel, the patches of row `y` as they lie in the map; `None` where they must be
    /// gathered.
    fn line(&self, y: usize, columns: Interval) -> Option<&'a [i16]> {
        let window = self.window;
        let plain = self.depth == self.channels
            && window.kernel == [1, 1]
            && window.stride == [1, 1]
            && window.padding == Padding::default()
            && self.row == self.channels;
        let wide: &'a Wide = self.wide;
        if plain && wide.columns() == columns {
            wide.line(y as isize)
        } else {
            None
        }
    }

    /// Writes the patch of output pixel `(y, x)`: for each group, its channels of tap after tap.
    fn gather(&self, y: usize, x: usize, patch: &mut [i16]) {
        let (y, x) = (first_tap(self.window, 0, y), first_tap(self.window, 1, x));
        let [height, width] = self.window.kernel;
        let dilation = self.window.dilation;
        let one_run = self.depth == self.channels && dilation[1] == 1;
        for ky in 0..height {
            let line = self.wide.line(y + (ky * dilation[0]) as isize);
            if one_run {
                let run = &mut patch[ky * width * self.depth..][..width * self.depth];
                self.copy_run(line, x, run);
                continue;
            }
            for kx in 0..width {
                let pixel = line.and_then(|line| self.pixel(line, x + (kx * dilation[1]) as isize));
                let tap = (ky * width + kx) * self.depth;
                for (group, to) in patch.chunks_exact_mut(self.row).enumerate() {
                    let to = &mut to[tap..][..self.depth];
                    match pixel {
                        Some(pixel) => {
                            to.copy_from_slice(&pixel[group * self.depth..][..self.depth]);
                        }
                        None => to.fill(0),
                    }
                }
            }
        }
    }

    /// Copies the pixels from column `x` on, zeros for those outside.
    fn copy_run(&self, line: Option<&[i16]>, x: isize, to: &mut [i16]) {
        let Interval { start, end } = self.wide.columns();
        let pixels = (to.len() / self.channels) as isize;
        let (first, last) = (x.max(start as isize), (x + pixels).min(end as isize));
        let Some(line) = line.filter(|_| first < last) else {
            to.fill(0);
            return;
        };
        let at = |x: isize| x as usize * self.channels;
        let (before, rest) = to.split_at_mut(at(first - x));
        let (inside, after) = rest.split_at_mut(at(last - first));
        before.fill(0);
        inside.copy_from_slice(&line[at(first - start as isize)..][..inside.len()]);
        after.fill(0);
    }

    fn pixel<'l>(&self, line: &'l [i16], x: isize) -> Option<&'l [i16]> {
        let Interval { start, end } = self.wide.columns();
        let x = usize::try_from(x)
            .ok()
            .filter(|x| (start..end).contains(x))?;
        line.get((x - start) * self.channels..)?
            .get(..self.channels)
    }
}
