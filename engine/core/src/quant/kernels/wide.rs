//! What a window reads of a tile, widened once so that the inner loops need not.

use super::{PARALLEL_FROM, QuantError, first_tap};
use crate::graph::{Interval, Region, Window};
use crate::quant::Tile;
use rayon::prelude::*;

/// 16-bit differences of codes from their zero point, for every pixel of the map that a window reads.
pub(super) struct Wide {
    data: Vec<i16>,
    region: Region,
    channels: usize,
}

impl Wide {
    /// Widens what `window` reads of `input` for the pixels `out` of its output; each channel `repeat` times in a row.
    ///
    /// # Errors
    /// When the tile does not hold a pixel of the map that is read.
    pub fn new(
        window: &Window,
        input: &Tile<'_>,
        out: Region,
        zero_point: i32,
        repeat: usize,
    ) -> Result<Self, QuantError> {
        let read = |axis: usize, out: Interval, held: Interval| {
            read_along(window, axis, out, input.map[axis], held)
        };
        let outside = |y, x| QuantError::OutsideTile {
            y,
            x,
            tile: input.region,
        };
        let Region { y, x } = input.region;
        let region = Region {
            y: read(0, out.y, y).map_err(|i| outside(i, x.start))?,
            x: read(1, out.x, x).map_err(|i| outside(y.start, i))?,
        };
        let channels = input.map[2] * repeat;
        let row = region.x.len() * channels;
        let mut data = vec![0; region.y.len() * row];
        let from = (region.x.start.saturating_sub(x.start)) * input.map[2];
        let widen = |(i, to): (usize, &mut [i16])| {
            let start = (region.y.start + i - y.start) * input.row_stride + from;
            let codes = &input.data[start..][..region.x.len() * input.map[2]];
            if repeat == 1 {
                for (to, &code) in to.iter_mut().zip(codes) {
                    *to = i16::from(code) - zero_point as i16;
                }
            } else {
                for (to, &code) in to.chunks_exact_mut(repeat).zip(codes) {
                    to.fill(i16::from(code) - zero_point as i16);
                }
            }
        };
        if row > 0 && data.len() < PARALLEL_FROM {
            data.chunks_exact_mut(row).enumerate().for_each(widen);
        } else if row > 0 {
            data.par_chunks_exact_mut(row).enumerate().for_each(widen);
        }
        Ok(Self {
            data,
            region,
            channels,
        })
    }

    /// The pixels of row `y` from column [`Wide::columns`] on; `None` where the row is padding.
    #[inline]
    pub fn line(&self, y: isize) -> Option<&[i16]> {
        let rows = self.region.y;
        let y = usize::try_from(y).ok()?;
        if y < rows.start || y >= rows.end {
            return None;
        }
        let row = self.region.x.len() * self.channels;
        self.data.get((y - rows.start) * row..)?.get(..row)
    }

    /// The columns that lines hold; others are padding, or not read.
    pub fn columns(&self) -> Interval {
        self.region.x
    }
}

/// The smallest interval of the map that holds what output pixels `out` read along an axis; the index of a pixel that
/// is read but not held as an error.
fn read_along(
    window: &Window,
    axis: usize,
    out: Interval,
    extent: usize,
    held: Interval,
) -> Result<Interval, usize> {
    let mut hull = None::<Interval>;
    for o in out.start..out.end {
        let first = first_tap(window, axis, o);
        for k in 0..window.kernel[axis] {
            let at = first.saturating_add_unsigned(k * window.dilation[axis]);
            let Some(at) = usize::try_from(at).ok().filter(|&at| at < extent) else {
                continue;
            };
            if at < held.start || at >= held.end {
                return Err(at);
            }
            let pixel = Interval::new(at, at + 1);
            hull = Some(hull.map_or(pixel, |hull| hull.hull(pixel)));
        }
    }
    Ok(hull.unwrap_or_default())
}
