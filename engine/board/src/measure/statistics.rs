//! Order statistics of repeated measurements, in whole cycles: no mean, because one interrupted run would move it.

use serde::{Deserialize, Serialize};

/// Order statistics of one or more values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistics {
    /// Number of values.
    pub runs: u32,
    /// Smallest.
    pub minimum: u64,
    /// A quarter of the values is not larger (nearest rank: Hyndman and Fan 1996, definition 1).
    pub lower_quartile: u64,
    /// The middle value; of two, their mean rounded down.
    pub median: u64,
    /// Three quarters of the values are not larger (nearest rank).
    pub upper_quartile: u64,
    /// Largest.
    pub maximum: u64,
    /// Median of the distances from the median.
    pub median_deviation: u64,
}

impl Statistics {
    /// Of these values; zeros where there are none.
    pub fn of(values: &[u64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_unstable();
        let (Some(&minimum), Some(&maximum)) = (sorted.first(), sorted.last()) else {
            return Self::default();
        };
        let median = middle(&sorted);
        let mut distances: Vec<u64> = sorted.iter().map(|&v| v.abs_diff(median)).collect();
        distances.sort_unstable();
        Self {
            runs: u32::try_from(sorted.len()).unwrap_or(u32::MAX),
            minimum,
            lower_quartile: sorted[sorted.len().div_ceil(4) - 1],
            median,
            upper_quartile: sorted[(sorted.len() * 3).div_ceil(4) - 1],
            maximum,
            median_deviation: middle(&distances),
        }
    }

    /// Largest less smallest.
    pub const fn spread(&self) -> u64 {
        self.maximum - self.minimum
    }
}

/// Median of sorted values, of which there is at least one.
fn middle(sorted: &[u64]) -> u64 {
    let half = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) {
        sorted[half - 1].midpoint(sorted[half])
    } else {
        sorted[half]
    }
}
