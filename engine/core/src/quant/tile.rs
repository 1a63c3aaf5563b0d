//! Views of a rectangle of a feature map, addressed in pixels of the whole map.

use super::error::QuantError;
use crate::graph::Region;

/// Codes of a region of a map, to read. Pixel `(y, x)` of the whole map starts at
/// `(y − region.y.start) · row_stride + (x − region.x.start) · C`.
#[derive(Clone, Copy, Debug)]
pub struct Tile<'a> {
    /// Codes, starting with the region's first pixel.
    pub data: &'a [i8],
    /// `[height, width, channels]` of the whole map.
    pub map: [usize; 3],
    /// The part of the map that `data` holds.
    pub region: Region,
    /// Codes from one row to the next.
    pub row_stride: usize,
}

/// Codes of a region of a map, to write. Layout as [`Tile`].
#[derive(Debug)]
pub struct TileMut<'a> {
    /// Codes, starting with the region's first pixel.
    pub data: &'a mut [i8],
    /// `[height, width, channels]` of the whole map.
    pub map: [usize; 3],
    /// The part of the map that is written.
    pub region: Region,
    /// Codes from one row to the next.
    pub row_stride: usize,
}

/// Fails unless `length` codes hold `region` of `map`.
fn check(
    length: usize,
    map: [usize; 3],
    region: Region,
    row_stride: usize,
) -> Result<(), QuantError> {
    let [height, width, channels] = map;
    let Region { y, x } = region;
    if y.start > y.end || x.start > x.end || y.end > height || x.end > width {
        return Err(QuantError::Malformed {
            what: "a tile's region does not lie in its map",
        });
    }
    if region.pixels() == 0 {
        return Ok(());
    }
    let row = x.len() * channels;
    let needed = (y.len() - 1)
        .checked_mul(row_stride)
        .and_then(|rows| rows.checked_add(row));
    match needed {
        Some(needed) if needed <= length && (y.len() == 1 || row <= row_stride) => Ok(()),
        _ => Err(QuantError::Size {
            what: "codes of a tile",
            expected: needed.unwrap_or(usize::MAX),
            found: length,
        }),
    }
}

impl<'a> Tile<'a> {
    /// A whole map, rows packed.
    pub fn whole(data: &'a [i8], map: [usize; 3]) -> Self {
        Self {
            data,
            map,
            region: Region::whole(map[0], map[1]),
            row_stride: map[1] * map[2],
        }
    }

    /// Fails unless the data hold the region and the region lies in the map.
    pub fn check(&self) -> Result<(), QuantError> {
        check(self.data.len(), self.map, self.region, self.row_stride)
    }

    /// The channels of pixel `(y, x)`; `None` outside the map. Call [`Tile::check`] before.
    ///
    /// # Errors
    /// When the pixel is in the map but not in the region.
    #[inline]
    pub fn pixel(&self, y: isize, x: isize) -> Result<Option<&'a [i8]>, QuantError> {
        let [height, width, channels] = self.map;
        let (Ok(y), Ok(x)) = (usize::try_from(y), usize::try_from(x)) else {
            return Ok(None);
        };
        if y >= height || x >= width {
            return Ok(None);
        }
        let Region {
            y: rows,
            x: columns,
        } = self.region;
        if y < rows.start || y >= rows.end || x < columns.start || x >= columns.end {
            return Err(QuantError::OutsideTile {
                y,
                x,
                tile: self.region,
            });
        }
        let start = (y - rows.start) * self.row_stride + (x - columns.start) * channels;
        Ok(Some(&self.data[start..start + channels]))
    }

    /// The codes of the whole map in row-major order; fails with `op`'s name if the tile is only a part.
    pub(super) fn flatten(&self, op: &'static str) -> Result<Vec<i8>, QuantError> {
        let [height, width, channels] = self.map;
        if self.region != Region::whole(height, width) {
            return Err(QuantError::NeedsWhole { op });
        }
        Ok(self
            .data
            .chunks(self.row_stride.max(1))
            .take(height)
            .flat_map(|row| &row[..width * channels])
            .copied()
            .collect())
    }
}

impl<'a> TileMut<'a> {
    /// A whole map, rows packed.
    pub fn whole(data: &'a mut [i8], map: [usize; 3]) -> Self {
        Self {
            data,
            map,
            region: Region::whole(map[0], map[1]),
            row_stride: map[1] * map[2],
        }
    }

    /// Fails unless the data hold the region and the region lies in the map.
    pub fn check(&self) -> Result<(), QuantError> {
        check(self.data.len(), self.map, self.region, self.row_stride)
    }

    /// Writes a whole map from codes in row-major order; fails with `op`'s name if the tile is only a part.
    pub(super) fn fill(&mut self, codes: &[i8], op: &'static str) -> Result<(), QuantError> {
        let [height, width, channels] = self.map;
        if self.region != Region::whole(height, width) {
            return Err(QuantError::NeedsWhole { op });
        }
        super::error::same_size(
            "elements of the output",
            height * width * channels,
            codes.len(),
        )?;
        if codes.is_empty() {
            return Ok(());
        }
        let rows = codes.chunks(width * channels);
        for (to, from) in self.data.chunks_mut(self.row_stride).zip(rows) {
            to[..from.len()].copy_from_slice(from);
        }
        Ok(())
    }
}
