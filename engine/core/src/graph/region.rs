//! Rectangles of feature maps, in pixels of the whole map.

use serde::Serialize;

/// Half-open interval `start..end` along one image axis, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Interval {
    /// First pixel.
    pub start: usize,
    /// One past the last pixel.
    pub end: usize,
}

impl Interval {
    /// `start..end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// Number of pixels.
    pub const fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether there is no pixel.
    pub const fn is_empty(self) -> bool {
        self.start >= self.end
    }

    /// The smallest interval that covers both.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        Self::new(self.start.min(other.start), self.end.max(other.end))
    }
}

/// Rectangle of a feature map: rows `y`, columns `x`, all channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Region {
    /// Rows.
    pub y: Interval,
    /// Columns.
    pub x: Interval,
}

impl Region {
    /// The whole map of `height` × `width` pixels.
    pub const fn whole(height: usize, width: usize) -> Self {
        Self {
            y: Interval::new(0, height),
            x: Interval::new(0, width),
        }
    }

    /// Number of pixels.
    pub const fn pixels(self) -> usize {
        self.y.len() * self.x.len()
    }

    /// The smallest rectangle that covers both.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        Self {
            y: self.y.hull(other.y),
            x: self.x.hull(other.x),
        }
    }
}
