//! The ways in which a segment can be run, as a person or the search chooses them.

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What a line-buffered step hands on at a time.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum HandOver {
    /// A whole row: a k×k window keeps k rows of its input, a 1×1 convolution one.
    #[default]
    Row,
    /// A pixel: a k×k window keeps k − 1 rows and k pixels of its input, a 1×1 convolution one pixel.
    Pixel,
}

/// A way to run consecutive steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// One operator after the other, each over its whole map.
    Layer,
    /// All steps for one patch of the last output, then for the next; halos are recomputed (`MCUNetV2`).
    Patch {
        /// Patches vertically and horizontally.
        grid: [usize; 2],
    },
    /// The output in strips of so many rows, each from left to right: columns are kept, rows shared by two strips are
    /// recomputed (msf-CNN's H-cache).
    HorizontalCache {
        /// Rows of the last output in a strip.
        rows: usize,
    },
    /// Each step as soon as its window is complete, the last rows of every map kept: nothing is recomputed.
    LineBuffers {
        /// What is handed on at a time.
        hand_over: HandOver,
    },
    /// Tile by tile, with the rows above and the columns to the left kept: nothing is recomputed (`StreamNet`).
    TileCache {
        /// Rows and columns of the last output in a tile.
        tile: [usize; 2],
    },
}

impl Method {
    /// Line buffers of whole rows.
    pub const ROWS: Self = Self::LineBuffers {
        hand_over: HandOver::Row,
    };
    /// Line buffers with pixels handed on.
    pub const PIXELS: Self = Self::LineBuffers {
        hand_over: HandOver::Pixel,
    };

    /// Name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Layer => "layer by layer",
            Self::Patch { .. } => "patches",
            Self::HorizontalCache { .. } => "horizontal cache",
            Self::LineBuffers {
                hand_over: HandOver::Row,
            } => "line buffers, rows",
            Self::LineBuffers {
                hand_over: HandOver::Pixel,
            } => "line buffers, pixels",
            Self::TileCache { .. } => "tile cache",
        }
    }
}

/// Consecutive steps and the way they are run.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stage {
    /// Steps of the lowered graph.
    pub steps: Range<usize>,
    /// How they are run.
    pub method: Method,
}

/// How the network's input comes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum InputMode {
    /// It lies in the arena before the run.
    #[default]
    Resident,
    /// It arrives row by row from a callback, a camera for example, each row once.
    Rows,
}
