//! How the values of one tensor are distributed.

/// Bins of a histogram.
const BINS: usize = 2048;

/// Counts of values between two ends. Zeros are counted apart: they are exact whatever the scale, and after an
/// activation they are many.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Smallest and largest value.
    pub ends: [f32; 2],
    /// Values by bin, from the smallest on; zeros are not among them.
    pub counts: Vec<u64>,
    /// Zeros.
    pub zeros: u64,
}

impl Histogram {
    /// No value yet; all will lie between `ends`.
    pub fn new(ends: [f32; 2]) -> Self {
        Self {
            ends,
            counts: vec![0; BINS],
            zeros: 0,
        }
    }

    /// Counts values.
    pub fn add(&mut self, values: &[f32]) {
        let [low, high] = self.ends.map(f64::from);
        let per_unit = BINS as f64 / (high - low).max(f64::MIN_POSITIVE);
        for &x in values {
            if x == 0.0 {
                self.zeros += 1;
            } else {
                let bin = (f64::from(x) - low) * per_unit;
                self.counts[(bin as usize).min(BINS - 1)] += 1;
            }
        }
    }

    /// Adds the counts of another histogram with the same ends.
    pub fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.zeros += other.zeros;
    }

    /// Width of a bin.
    pub fn width(&self) -> f64 {
        (f64::from(self.ends[1]) - f64::from(self.ends[0])) / BINS as f64
    }

    /// The middle of each bin and its count; empty bins are left out.
    pub fn bins(&self) -> impl Iterator<Item = (f64, u64)> {
        let (low, width) = (f64::from(self.ends[0]), self.width());
        let bins = self.counts.iter().enumerate();
        bins.filter(|&(_, &count)| count > 0)
            .map(move |(bin, &count)| (low + (bin as f64 + 0.5) * width, count))
    }
}
